# make demo    set everything up and run a tour on the embedded local Bedrock
# make test    set everything up, lint, and run all tests
# make docs    build the site of docs/ into target/site; `mkdocs serve` of its environment shows it
# make bench   measure against other clients, and write bench/results.json, the tables and charts
#              (a release build by a profile, and half an hour on a quiet machine; needs rustup)
# make frameworks   run frameworks and watchers of boto3 with our clients (gigabytes of packages)
# make guard   compare instruction counts with known ones (a release build; needs valgrind)
# make update-models   write models/ and the recorded references for the botocore in pyproject.toml
#
# Needs Rust, Python >= 3.10 and make. PYTHON and VENV choose another interpreter:
#     make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PYO3_PYTHON := $(abspath $(BIN)/python)
# maturin develop installs into the active environment.
export VIRTUAL_ENV := $(abspath $(VENV))

# aiobotocore needs another version of botocore than our tests, so it has a separate environment.
PEERS := $(VENV)-peers
JS_PEER := $(PEERS)/js
NPM := $(shell command -v npm)
# What builds the site needs newer versions of packages that botocore depends on.
DOCS := $(VENV)-docs

.PHONY: demo test lint docs format rust-test python-test peer-test bench guard frameworks \
    update-models build clean

demo: build
	$(BIN)/python examples/demo.py

test: lint docs rust-test python-test peer-test

# Not quiet: the first build takes two minutes, and cargo shows its progress.
build: $(VENV)/.build-tools
	$(BIN)/maturin develop $(MATURIN_ARGUMENTS)

lint: build $(VENV)/.test-tools
	cargo fmt --check
	cargo clippy --quiet --all-targets -- --deny warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest fastbedrock --mypy-config-file pyproject.toml --allowlist tests/stubtest.allow

docs: $(DOCS)/.tools
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict

format:
	cargo fmt
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

rust-test: $(VENV)/.build-tools
	$(BIN)/python tools/rust_tests.py

python-test: build $(VENV)/.test-tools
	$(BIN)/python -m pytest

# Other clients on the local Bedrock, so that not only our own client tests how it behaves.
peer-test: build $(PEERS)/.tools $(if $(NPM),$(JS_PEER)/node_modules)
	PYTHONPATH=python $(PEERS)/bin/python -m pytest -p fastbedrock.pytest_plugin tests/local/test_aiobotocore.py \
	    tests/asyncio/test_aiobotocore_patches.py tests/in_place/test_aiobotocore.py
	$(if $(NPM),FASTBEDROCK_JS_MODULES=$(abspath $(JS_PEER)/node_modules) \
	    $(BIN)/python -m pytest tests/local/test_javascript.py,@echo "no npm: the tests with the JavaScript SDK are skipped")

# As wheels are built.
bench: $(VENV)/.build-tools $(VENV)/.test-tools $(PEERS)/.tools
	rustup component add llvm-tools
	$(BIN)/maturin develop --quiet --pgo
	$(BIN)/python bench/run.py --peers $(PEERS)

guard: $(VENV)/.build-tools
	$(BIN)/maturin develop --quiet --release
	$(BIN)/python bench/guard.py

frameworks: build
	$(BIN)/python frameworks/run.py

update-models: $(VENV)/.test-tools
	$(BIN)/python tools/update_models.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.build-tools: | $(BIN)/python
	$(BIN)/python -m pip install --quiet "maturin>=1.13,<2"
	touch $@

# The versions are in pyproject.toml, in the dependency group "test".
$(VENV)/.test-tools: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --group test
	touch $@

$(PEERS)/.tools: | $(BIN)/python
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet aiobotocore==3.10.0 boto3 "pytest>=8.3" "pytest-asyncio>=1.0"
	touch $@

$(DOCS)/.tools: pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade pip
	$(DOCS)/bin/python -m pip install --quiet --group docs
	touch $@

$(JS_PEER)/node_modules:
	npm install --prefix $(JS_PEER) --silent --no-audit --no-fund @aws-sdk/client-bedrock-runtime

clean:
	rm -rf $(VENV) $(PEERS) $(DOCS) target
