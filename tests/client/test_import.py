"""What the import loads, and which names are public."""

from __future__ import annotations

import pytest

import fastbedrock
from programs import run_python
from recording_engine import clean_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    clean_environment(monkeypatch, tmp_path)


HEAVY = ["botocore", "boto3", "json", "inspect", "dataclasses", "typing", "re", "configparser"]
HEAVY += ["logging"]
CREATION = """
import sys
before = set(sys.modules)
import fastbedrock
client = fastbedrock.client("bedrock-runtime", region_name="us-east-1", aws_access_key_id="A",
                            aws_secret_access_key="S", config=fastbedrock.Config(read_timeout=5))
print(*(set(sys.modules) - before))
"""


def test_importing_and_making_a_client_load_no_heavy_modules():
    loaded = run_python(CREATION).split()
    assert "fastbedrock.session" in loaded
    assert [name for name in loaded if name.split(".")[0] in HEAVY] == []
    assert "fastbedrock.exceptions" not in loaded


def test_making_a_client_loads_these_modules_of_the_package_only():
    # Each module takes 0.1 to 0.2 ms.
    code = """
import sys, fastbedrock
client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
print(*(name for name in sys.modules if name.startswith("fastbedrock")))
"""
    assert sorted(run_python(code).split()) == [
        "fastbedrock",
        "fastbedrock._client",
        "fastbedrock._client.base",
        "fastbedrock._client.classes",
        "fastbedrock._client.synchronous",
        "fastbedrock._core",
        "fastbedrock._replaced",
        "fastbedrock.session",
    ]


def test_a_class_of_the_core_is_made_when_it_is_asked_for():
    code = """
from fastbedrock import _core
print("EventStream" in vars(_core), _core.EventStream.__name__, hasattr(_core, "Nope"))
"""
    assert run_python(code) == "False EventStream False"


def test_no_module_of_the_package_imports_botocore():
    code = """
import sys, fastbedrock
from fastbedrock import errorfactory, exceptions, paginate, response
client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
client.converse.__doc__, client.meta.config, client.meta.service_model, client.exceptions
client.get_paginator("list_async_invokes"), isinstance(client, str)
errorfactory.client_error({"Error": {"Code": "ThrottlingException"}}, "Converse", "bedrock-runtime")
print("botocore" in sys.modules)
"""
    assert run_python(code) == "False"


@pytest.mark.parametrize("name", ["ddtrace", "newrelic"])
def test_a_client_loads_botocore_for_a_package_that_patches_it_when_it_is_loaded(name):
    code = f"""
import sys, types, fastbedrock

class NotInstalled:
    def find_spec(self, name, *args):
        if name.startswith("botocore"):
            raise ModuleNotFoundError(name)

def loads_botocore():
    client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
    return "botocore.client" in sys.modules

before = loads_botocore()
sys.modules["{name}"] = types.ModuleType("{name}")
sys.meta_path.insert(0, NotInstalled())
without = loads_botocore()
del sys.meta_path[0]
print(before, without, loads_botocore())
"""
    assert run_python(code) == "False False True"


def test_the_public_names():
    assert fastbedrock.__all__ == [
        "AsyncBedrockRuntime",
        "BaseClient",
        "BedrockRuntime",
        "Config",
        "Session",
        "__version__",
        "acollect_stream",
        "astream_text",
        "async_client",
        "client",
        "collect_stream",
        "exceptions",
        "install",
        "installed",
        "models",
        "reply_text",
        "set_stream_logger",
        "setup_default_session",
        "stream_text",
        "uninstall",
    ]
    for name in fastbedrock.__all__:
        assert getattr(fastbedrock, name) is not None
    assert set(fastbedrock.__all__) <= set(dir(fastbedrock))
    with pytest.raises(AttributeError, match="module 'fastbedrock' has no attribute 'nope'"):
        _ = fastbedrock.nope


def test_the_client_class_is_public_and_named_as_botocores():
    client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
    assert type(client) is fastbedrock.BedrockRuntime
    assert (fastbedrock.BedrockRuntime.__module__, fastbedrock.BedrockRuntime.__name__) == (
        "fastbedrock",
        "BedrockRuntime",
    )
    assert isinstance(client, fastbedrock.BaseClient)
