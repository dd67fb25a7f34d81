"""The client has boto3's methods, attributes and errors. A recording engine replaces the core."""

from __future__ import annotations

import copy
import inspect
import pickle
import pydoc
import re
import threading
import weakref
from unittest import mock

import boto3
import botocore.client
import botocore.config
import botocore.exceptions
import botocore.model
import pytest

import fastbedrock
from fastbedrock import exceptions
from programs import run_python
from recording_engine import RecordingEngine, clean_environment

KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI"}
BIDIRECTIONAL = "invoke_model_with_bidirectional_stream"


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    clean_environment(monkeypatch, tmp_path)
    monkeypatch.setattr("fastbedrock._core.Engine", RecordingEngine)


@pytest.fixture
def client():
    return fastbedrock.client("bedrock-runtime", "eu-west-1", **KEYS)


@pytest.fixture(scope="module")
def reference():
    return boto3.Session("A", "S", region_name="eu-west-1").client("bedrock-runtime")


def outcome(function):
    """The ``repr`` of what the function returns, or the class name and text of its exception."""
    try:
        return repr(function())
    except Exception as error:
        return type(error).__name__, str(error)


def test_methods_are_boto3s(client, reference):
    def methods(one):
        return {
            name for name in dir(one) if not name.startswith("_") and callable(getattr(one, name))
        }

    assert methods(client) == methods(reference)
    assert client.meta.method_to_api_mapping == reference.meta.method_to_api_mapping
    assert list(client.meta.method_to_api_mapping) == list(reference.meta.method_to_api_mapping)


def test_a_call_reaches_the_engine_by_the_name_of_its_operation(client):
    for name, operation in client.meta.method_to_api_mapping.items():
        if name != BIDIRECTIONAL:
            assert getattr(client, name)(modelId="m", self="s") == {"operation": operation}
            assert client._engine.calls[-1] == (operation, {"modelId": "m", "self": "s"})


def test_every_call_passes_the_method_that_instrumentations_wrap(client, monkeypatch):
    seen = []
    original = fastbedrock.BaseClient._make_api_call

    def wrapped(self, operation_name, api_params):
        seen.append((self, operation_name, api_params))
        return original(self, operation_name, api_params)

    monkeypatch.setattr(fastbedrock.BaseClient, "_make_api_call", wrapped)
    assert client.converse(modelId="m") == {"operation": "Converse"}
    assert seen == [(client, "Converse", {"modelId": "m"})]


@pytest.mark.parametrize(
    "misuse",
    [
        lambda client: client.converse("m"),
        lambda client: client.invoke_model("m", modelId="m"),
        lambda client: client.nope,
        lambda client: client._nope,
        lambda client: client.get_waiter("x"),
        lambda client: client.waiter_names,
        lambda client: client.get_paginator("converse"),
        lambda client: client.get_paginator("nope"),
        lambda client: client.can_paginate("nope"),
        lambda client: client.can_paginate("converse"),
        lambda client: client.can_paginate("list_async_invokes"),
        lambda client: client.meta.partition,
        lambda client: client.meta.region_name,
        lambda client: client.meta.nope.__class__,
    ],
)
def test_misuse_raises_boto3s_errors(client, reference, misuse):
    assert outcome(lambda: misuse(client)) == outcome(lambda: misuse(reference))


def test_calling_the_bidirectional_operation_is_an_error_that_says_so(client, reference):
    assert not hasattr(client, BIDIRECTIONAL)
    assert not hasattr(reference, BIDIRECTIONAL)
    with pytest.raises(AttributeError, match="streams in both directions") as raised:
        getattr(client, BIDIRECTIONAL)
    assert str(raised.value).startswith(outcome(lambda: getattr(reference, BIDIRECTIONAL))[1])


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("list_foundation_models", "bedrock"),
        ("create_knowledge_base", "bedrock-agent"),
        ("retrieve_and_generate", "bedrock-agent-runtime"),
        ("invoke_agent_runtime", "bedrock-agentcore"),
        ("create_agent_runtime", "bedrock-agentcore-control"),
        ("create_blueprint", "bedrock-data-automation"),
    ],
)
def test_calling_another_services_operation_names_that_service(client, name, service):
    with pytest.raises(AttributeError) as raised:
        getattr(client, name)
    text = f"'BedrockRuntime' object has no attribute '{name}': it is an operation of '{service}'"
    assert (str(raised.value), raised.value.name) == (text, name)
    assert str(pickle.loads(pickle.dumps(raised.value))) == text


@pytest.mark.parametrize("name", ["nope", "", "Bedrock-Runtime", "bedrock-agents", "s3"])
def test_the_error_of_an_unknown_service_has_botocores_text(name):
    with pytest.raises(botocore.exceptions.UnknownServiceError) as raised:
        fastbedrock.client(name, "eu-west-1")
    known = ", ".join(fastbedrock.Session().get_available_services())
    start = f"Unknown service: '{name}'. Valid service names are: {known}"
    assert str(raised.value).startswith(start)
    hint = str(raised.value)[len(start) :]
    assert ("did you mean" in hint) == ("bedrock" in name.lower())
    assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args


def test_clients_are_instances_of_botocores_class_if_it_is_loaded(client):
    assert isinstance(client, botocore.client.BaseClient)
    assert isinstance(client, fastbedrock.BedrockRuntime)
    assert client.__class__.__name__ == "BedrockRuntime"
    assert not any(base.__module__.startswith("botocore") for base in type(client).__mro__)
    assert not isinstance(client, botocore.config.Config)


def test_clients_are_instances_of_botocores_class_even_if_it_is_imported_later():
    code = """
import fastbedrock
client = fastbedrock.client("bedrock-runtime", region_name="us-east-1")
config = client.meta.config
assert client.__class__ is fastbedrock.BedrockRuntime
import botocore.client, botocore.config
print(isinstance(client, botocore.client.BaseClient), isinstance(config, botocore.config.Config))
"""
    assert run_python(code) == "True True"


def test_an_instance_takes_attributes_and_weak_references(client):
    client.invoke_model = lambda **params: "replaced"
    assert client.invoke_model() == "replaced"
    assert weakref.ref(client)() is client
    assert client
    assert {client: 1}[client] == 1


def test_the_repr_shows_no_secrets(client):
    told = f"{client!r} {client.meta!r} {vars(client)!r} {client._get_credentials()!r}"
    frozen = client._get_credentials().get_frozen_credentials()
    for secret in (KEYS["aws_secret_access_key"], "hunter2"):
        assert secret not in f"{told} {frozen!r}"
    assert "BedrockRuntime in eu-west-1" in told


def test_credentials_have_botocores_names(client):
    credentials = client._get_credentials()
    reference = boto3.Session(*KEYS.values()).get_credentials()
    for name in ("access_key", "secret_key", "token", "method", "account_id"):
        assert getattr(credentials, name) == getattr(reference, name)
    frozen, expected = credentials.get_frozen_credentials(), reference.get_frozen_credentials()
    assert tuple(frozen) == tuple(expected)
    for name in expected._fields:
        assert getattr(frozen, name) == getattr(expected, name)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda client: pickle.loads(pickle.dumps(client))]
)
def test_a_copy_has_the_same_configuration_and_its_own_engine(copied):
    config = fastbedrock.Config(read_timeout=7, retries={"max_attempts": 1})
    client = fastbedrock.client("bedrock-runtime", "eu-west-1", config=config, **KEYS)
    again = copied(client)
    assert type(again) is type(client)
    assert again._engine is not client._engine
    assert again._engine.options == client._engine.options
    assert client._engine.options == {
        "region_name": "eu-west-1",
        "read_timeout": 7,
        "total_max_attempts": 2,
        **KEYS,
    }
    assert again.converse(modelId="m") == {"operation": "Converse"}


def test_a_copy_shares_credentials_that_hold_locks():
    class Credentials:
        access_key, secret_key, token, method = "A", "S", None, "custom"

        def __init__(self):
            self.lock = threading.Lock()

    credentials = Credentials()
    client = fastbedrock.client("bedrock-runtime", "eu-west-1", credentials=credentials)
    assert copy.deepcopy(client)._engine.options["credentials"] is credentials


def test_a_bound_method_pickles():
    client = fastbedrock.client("bedrock-runtime", "eu-west-1")
    assert pickle.loads(pickle.dumps(client.converse))(modelId="m") == {"operation": "Converse"}


def test_leaving_the_context_closes_and_the_client_stays_usable(client):
    with client as entered:
        assert entered is client
    assert client._engine.closed == 1
    client.close()
    assert client._engine.closed == 2
    assert client.converse(modelId="m") == {"operation": "Converse"}


def test_docstrings_list_parameters_results_and_errors(client, reference):
    for name, operation in client.meta.method_to_api_mapping.items():
        if name == BIDIRECTIONAL:
            continue
        model = reference.meta.service_model.operation_model(operation)
        text = inspect.getdoc(getattr(client, name))
        assert text == getattr(fastbedrock.BedrockRuntime, name).__doc__
        assert operation in text.splitlines()[0]
        parts = dict(re.findall(r"^(\w+)[^\n]*:\n((?:    .*\n?)+)", text, re.M))
        given = re.findall(r"^    (\w+) \(.*\): (required|optional)", parts["Parameters"], re.M)
        required = model.input_shape.required_members
        assert given == [
            (member, "required" if member in required else "optional")
            for member in model.input_shape.members
        ]
        results = re.findall(r"^    (\w+) \(", parts["Returns"], re.M)
        assert results == [*model.output_shape.members, "ResponseMetadata"]
        for shape in model.error_shapes:
            assert f"    {shape.name}\n" in text


def test_docstrings_give_types_and_limits(client):
    text = client.converse.__doc__
    assert "    modelId (str): required; 1 to 2048 characters\n" in text
    assert "    body (StreamingBody)\n" in client.invoke_model.__doc__
    assert "    stream (EventStream of messageStart, " in client.converse_stream.__doc__
    assert "generated if not given" in client.start_async_invoke.__doc__
    for name in dir(client):
        if not name.startswith("_") and callable(getattr(client, name)):
            assert inspect.getdoc(getattr(client, name)), name


def test_methods_look_like_methods(client):
    method = client.converse
    assert (method.__name__, method.__qualname__) == ("converse", "BedrockRuntime.converse")
    assert method.__self__ is client
    assert inspect.ismethod(method)
    parameters = inspect.signature(method).parameters
    assert next(iter(parameters)) == "modelId"
    assert {parameter.kind for parameter in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert [name for name, one in parameters.items() if one.default is one.empty] == ["modelId"]
    assert "modelId (str): required" in pydoc.render_doc(method, renderer=pydoc.plaintext)
    page = pydoc.render_doc(fastbedrock.BedrockRuntime, renderer=pydoc.plaintext)
    # Python 3.13 puts each parameter of a long signature on a line of its own.
    assert re.search(r"converse\([\s|]*self,[\s|]*/,[\s|]*\*,[\s|]*modelId", page)


@pytest.mark.parametrize("of_class", [True, False])
def test_a_client_can_be_mocked_by_its_specification(client, of_class):
    spec = fastbedrock.BedrockRuntime if of_class else client
    mocked = mock.create_autospec(spec, instance=of_class)
    mocked.converse.return_value = {"mocked": True}
    assert mocked.converse(modelId="m") == {"mocked": True}
    with pytest.raises(TypeError, match="modelId"):
        mocked.converse()
    with mock.patch.object(client, "converse", return_value=1) as patched:
        assert client.converse(modelId="m") == 1
    patched.assert_called_once_with(modelId="m")


def test_methods_of_the_class_look_like_functions():
    function = fastbedrock.BedrockRuntime.converse
    assert inspect.isfunction(function)
    assert inspect.isroutine(function)
    assert not inspect.iscoroutinefunction(function)
    assert next(iter(inspect.signature(function).parameters)) == "self"
    assert pickle.loads(pickle.dumps(function)) is function
    functions = dict(inspect.getmembers(fastbedrock.BedrockRuntime, inspect.isfunction))
    assert functions["converse"] is function


def test_the_configuration_in_effect_is_a_botocore_config(client):
    config = client.meta.config
    assert config is client._client_config
    assert isinstance(config, botocore.config.Config)
    assert (config.region_name, config.connect_timeout, config.read_timeout) == (
        "eu-west-1",
        10,
        600,
    )
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    merged = botocore.config.Config(read_timeout=1).merge(config)
    assert merged.read_timeout == 600


def test_the_service_model_is_botocores_if_that_is_loaded(client, reference):
    ours, expected = client.meta.service_model, reference.meta.service_model
    assert type(ours) is botocore.model.ServiceModel
    assert client._service_model is ours
    assert (ours.service_name, ours.service_id) == (expected.service_name, expected.service_id)
    members = ours.operation_model("Converse").input_shape.members
    assert list(members) == list(expected.operation_model("Converse").input_shape.members)
    assert isinstance(ours.shape_for("Message"), botocore.model.StructureShape)
    assert ours.shape_for("ConversationRole").enum == expected.shape_for("ConversationRole").enum


def test_the_exceptions_of_a_client_are_one_object(client):
    other = fastbedrock.client("bedrock-runtime", "eu-west-1")
    assert client.exceptions is other.exceptions
    assert client.exceptions.ClientError is exceptions.ClientError


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("BedrockAgent", "did you mean 'bedrock-agent'?"),
        ("bedrock-agent-core", "did you mean 'bedrock-agentcore'?"),
        ("bedrock-runtimes", "did you mean 'bedrock-runtime'?"),
        ("bedrock_runtime", "did you mean 'bedrock-runtime'?"),
    ],
)
def test_the_error_of_an_unknown_service_says_what_to_use_instead(name, hint):
    with pytest.raises(fastbedrock.exceptions.UnknownServiceError, match=re.escape(hint)):
        fastbedrock.client(name, region_name="us-east-1")
