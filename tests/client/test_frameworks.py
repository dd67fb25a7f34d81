"""Clients of both faces support what frameworks do with a Bedrock client."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Mapping

import boto3
import botocore.client
import botocore.config
import botocore.eventstream
import botocore.exceptions
import botocore.model
import botocore.response
import pytest

import fastbedrock
from differential import SETTINGS
from event_loops import INVOKE, connect, run
from programs import HELLO
from scripted_server import Reply, Server, in_order

CHAT = "anthropic.claude-3-haiku-20240307-v1:0"


@pytest.fixture
def sync(local_bedrock):
    with fastbedrock.client(
        "bedrock-runtime", endpoint_url=local_bedrock.endpoint_url, **local_bedrock.credentials
    ) as client:
        yield client


@pytest.fixture(params=["client", "async_client"])
def client(request):
    """A client of either face, without an endpoint of its own."""
    make = getattr(fastbedrock.Session(), request.param)
    keys = {name: value for name, value in SETTINGS.items() if name.startswith("aws_")}
    return make("bedrock-runtime", region_name="eu-west-1", **keys)


def test_meta_names_region_and_endpoint(client):
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.endpoint_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert client.meta.partition == "aws"
    assert client.meta.method_to_api_mapping["converse"] == "Converse"


def test_the_configuration_is_one_of_botocores(client):
    for config in (client.meta.config, client._client_config):
        assert isinstance(config, botocore.config.Config)
        assert config.region_name == "eu-west-1"
    # strands merges its own options into this Config.
    merged = botocore.config.Config(user_agent_extra="x").merge(client._client_config)
    assert merged.region_name == "eu-west-1"


def test_the_service_model_names_an_operations_members(client):
    model = client.meta.service_model
    assert (str(model.service_id), model.service_name) == ("Bedrock Runtime", "bedrock-runtime")
    shape = model.operation_model("Converse").input_shape
    assert isinstance(shape, botocore.model.StructureShape)
    assert "outputConfig" in shape.members
    assert "user" in model.shape_for("ConversationRole").enum
    assert "text" in model.shape_for("ContentBlock").members


def test_a_client_returns_its_credentials(client):
    found = client._get_credentials()
    assert found.access_key == SETTINGS["aws_access_key_id"]
    assert found.get_frozen_credentials().secret_key == SETTINGS["aws_secret_access_key"]


@pytest.mark.parametrize(
    "name",
    [
        "AccessDeniedException",
        "ClientError",
        "InternalServerException",
        "ModelErrorException",
        "ModelNotReadyException",
        "ModelTimeoutException",
        "ResourceNotFoundException",
        "ServiceQuotaExceededException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "ValidationException",
    ],
)
def test_error_classes_are_available_and_can_be_instantiated(client, name):
    cls = getattr(client.exceptions, name)
    error = cls({"Error": {"Code": name, "Message": "no"}}, "Converse")
    assert isinstance(error, botocore.exceptions.ClientError)
    assert str(error) == f"An error occurred ({name}) when calling the Converse operation: no"

    class Mixin:
        pass

    derived = type(name, (cls, Mixin), {})(error.response, error.operation_name)
    assert isinstance(derived, cls)
    assert derived.response["Error"]["Code"] == name


def test_an_instance_can_be_patched_and_weakly_referenced_and_is_true(client):
    original = client.invoke_model
    client.invoke_model = "instrumented"
    client.marked_by = "a framework"
    assert vars(client)["invoke_model"] == "instrumented"
    del client.invoke_model
    assert client.invoke_model == original
    assert client
    reference = weakref.ref(client)
    assert reference() is client


def test_an_unreferenced_client_is_collected(client):
    make = type(client)
    other = make(client._options)
    reference = weakref.ref(other)
    del other
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("make", [fastbedrock.client, fastbedrock.async_client])
def test_an_unreferenced_client_with_credentials_from_its_owner_is_collected(make):
    class Owner:
        def __init__(self):
            self.client = make("bedrock-runtime", "us-east-1", credentials=self.keys)

        def keys(self):
            raise AssertionError("nobody calls")

    owner = Owner()
    references = weakref.ref(owner), weakref.ref(owner.client)
    del owner
    gc.collect()
    assert [reference() for reference in references] == [None, None]


# --- instructor, OpenTelemetry: isinstance ------------------------------------------------------


def test_the_synchronous_client_is_an_instance_of_botocores(sync):
    assert isinstance(sync, botocore.client.BaseClient)
    stream = sync.converse_stream(**HELLO)["stream"]
    assert isinstance(stream, botocore.eventstream.EventStream)
    body = sync.invoke_model(**INVOKE)["body"]
    assert isinstance(body, botocore.response.StreamingBody)
    body._self_marked = stream.marked = "by an instrumentation"
    stream.close()
    assert json.loads(body.read())["results"]


def test_the_asynchronous_client_is_not(local_bedrock):
    client = connect(local_bedrock)
    assert not isinstance(client, botocore.client.BaseClient)
    # agno refuses a client of botocore that is not one of aiobotocore.
    assert {cls.__module__.partition(".")[0] for cls in type(client).__mro__} == {
        "fastbedrock",
        "builtins",
    }


# --- agent-framework, semantic-kernel: responses ------------------------------------------------


def test_a_response_is_a_mapping_with_headers_in_lower_case(local_bedrock, sync):
    for response in (
        sync.invoke_model(**INVOKE),
        run(connect(local_bedrock).invoke_model(**INVOKE)),
    ):
        assert isinstance(response, Mapping)
        headers = response["ResponseMetadata"]["HTTPHeaders"]
        assert int(headers["x-amzn-bedrock-input-token-count"]) > 0
        assert int(headers["x-amzn-bedrock-invocation-latency"]) >= 0
        assert response["ResponseMetadata"]["RequestId"] == headers["x-amzn-requestid"]


@pytest.mark.parametrize("body", ['{"inputText": "Hello"}', b'{"inputText": "Hello"}'])
def test_a_request_body_may_be_text_or_bytes(local_bedrock, sync, body):
    params = {
        "modelId": "amazon.titan-text-express-v1",
        "accept": "application/json",
        "contentType": "application/json",
        "body": body,
    }
    expected = json.loads(sync.invoke_model(**params)["body"].read())

    async def read():
        async with (await connect(local_bedrock).invoke_model(**params))["body"] as stream:
            return json.loads(await stream.read())

    assert run(read()) == expected


# --- pydantic-ai: a worker thread per chunk, abandoned when the request is cancelled ------------


@pytest.mark.local_bedrock(tokens_per_second=50)
def test_an_abandoned_worker_threads_stream_can_be_closed_later(local_bedrock, sync):
    anyio = pytest.importorskip("anyio")
    streams = []

    def call():
        streams.append(sync.converse_stream(**HELLO)["stream"])

    async def main():
        await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
        events = iter(streams[0])
        first = await anyio.to_thread.run_sync(next, events)
        with anyio.move_on_after(0.001):
            while True:
                await anyio.to_thread.run_sync(next, events, abandon_on_cancel=True)
        streams[0].close()
        return first

    assert "messageStart" in run(main())


# --- strands: a session -------------------------------------------------------------------------


def test_a_session_makes_clients_by_keywords():
    session = fastbedrock.Session("A", "S", region_name="eu-west-1")
    assert session.region_name == "eu-west-1"
    config = botocore.config.Config(read_timeout=120).merge(
        botocore.config.Config(user_agent_extra="strands-agents")
    )
    with Server(in_order(Reply())) as server:
        client = session.client(
            service_name="bedrock-runtime",
            config=config,
            endpoint_url=server.url,
            region_name=session.region_name,
        )
        client.converse(**HELLO)
    assert client.meta.config.read_timeout == 120
    assert "strands-agents" in server.requests[0].header("User-Agent")


# --- haystack, crewai, deepeval: aiobotocore's session ------------------------------------------


def test_a_session_makes_clients_as_aiobotocores_does(local_bedrock):
    keys = local_bedrock.credentials
    session = fastbedrock.Session()

    async def main():
        async with session.create_client(
            "bedrock-runtime",
            aws_access_key_id=keys["aws_access_key_id"],
            aws_secret_access_key=keys["aws_secret_access_key"],
            aws_session_token=None,
            region_name=keys["region_name"],
            endpoint_url=local_bedrock.endpoint_url,
            config=botocore.config.Config(user_agent_extra="x-client-framework:haystack"),
        ) as client:
            response = await client.converse(**HELLO)
            stream = (await client.converse_stream(**HELLO)).get("stream")
            events = [event async for event in stream]
            body = (await client.invoke_model(**INVOKE)).get("body")
            return response, events, json.loads(await body.read())

    response, events, body = run(main())
    assert response["stopReason"] == "end_turn"
    assert [next(iter(event)) for event in events][-1] == "metadata"
    assert body["results"]


# --- agno, llama-index: a client that is never entered ------------------------------------------


def test_an_asynchronous_client_works_without_being_entered(local_bedrock):
    client = connect(local_bedrock)

    async def main():
        assert asyncio.iscoroutinefunction(client.converse)
        try:
            response = await client.converse(**HELLO)
        except (
            client.exceptions.ThrottlingException,
            client.exceptions.InternalServerException,
            client.exceptions.ServiceUnavailableException,
            client.exceptions.ModelTimeoutException,
        ):
            pytest.fail("it was refused")
        return response

    assert run(main())["output"]["message"]["role"] == "assistant"


# --- LangChain itself ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def langchain_aws():
    """langchain-aws. Undoes its patches of boto3 afterwards, for the tests that ask boto3."""
    with pytest.MonkeyPatch.context() as patch:
        for owner in (boto3, boto3.session.Session):
            patch.setattr(owner, "client", owner.client)
        yield pytest.importorskip("langchain_aws")


@pytest.fixture
def model(langchain_aws, sync):
    return langchain_aws.ChatBedrockConverse(model=CHAT, client=sync, bedrock_client=object())


def test_langchain_invokes_and_streams(model):
    assert model.invoke("Hello").content == "Hello"
    assert "".join(chunk.text for chunk in model.stream("one two three")) == "one two three"


def test_langchains_async_methods_use_threads(model):
    async def main():
        texts = [chunk.text async for chunk in model.astream("one two")]
        answers = await asyncio.gather(*(model.ainvoke(str(number)) for number in range(20)))
        return "".join(texts), [answer.content for answer in answers]

    assert run(main()) == ("one two", [str(number) for number in range(20)])


def test_langchain_calls_tools(model):
    tool = {"title": "weather", "type": "object", "properties": {"city": {"enum": ["Paris"]}}}
    (call,) = model.bind_tools([tool]).invoke("How is the weather?").tool_calls
    assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})


def test_langchain_raises_our_errors(local_bedrock, model):
    local_bedrock.fault("error", code="ValidationException", message="too long")
    with pytest.raises(botocore.exceptions.ClientError, match="too long") as raised:
        model.invoke("Hello")
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_langchain_embeds(langchain_aws, sync):
    model = langchain_aws.BedrockEmbeddings(model_id="amazon.titan-embed-text-v2:0", client=sync)
    assert [len(vector) for vector in model.embed_documents(["a", "b"])] == [1024, 1024]
