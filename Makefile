# make demo    set everything up and run the main job on the embedded local Bedrock
# make test    set everything up, lint, and run all tests
# make bench   measure against boto3 (a release build; minutes)
#
# Needs Rust, Python >= 3.10 and make. PYTHON and VENV choose another interpreter:
#     make test PYTHON=python3.13 VENV=.venv-3.13

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PYO3_PYTHON := $(abspath $(BIN)/python)
# maturin develop installs into the environment that is active.
export VIRTUAL_ENV := $(abspath $(VENV))

.PHONY: demo test lint format rust-test python-test bench build clean

demo: build
	$(BIN)/python examples/demo.py

test: lint rust-test python-test

build: $(VENV)/.build-tools
	$(BIN)/maturin develop --quiet

lint: build $(VENV)/.test-tools
	cargo fmt --check
	cargo clippy --quiet --all-targets -- --deny warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest fastbedrock --mypy-config-file pyproject.toml --allowlist tests/stubtest.allow

format:
	cargo fmt
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

rust-test: $(VENV)/.build-tools
	$(BIN)/python tools/rust_tests.py

python-test: build $(VENV)/.test-tools
	$(BIN)/python -m pytest

bench: $(VENV)/.test-tools
	$(BIN)/maturin develop --quiet --release
	$(BIN)/python bench/run.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.build-tools: | $(BIN)/python
	$(BIN)/python -m pip install --quiet "maturin>=1.9,<2"
	touch $@

# pip reads the group from pyproject.toml, where the versions are.
$(VENV)/.test-tools: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

clean:
	rm -rf $(VENV) target
