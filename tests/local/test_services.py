"""All services share the port of a local Bedrock; what it does not have, it says."""

from __future__ import annotations

import json

import botocore.session
import pytest
from botocore.exceptions import ClientError

from fastbedrock.local import serve
from local_requests import send
from local_services import each_client, service_client

ACCOUNT = "arn:aws:bedrock:us-east-1:123456789012"
AUTOMATION = f"{ACCOUNT}:data-automation-invocation/00000000-0000-4000-a000-000000000000"
MISSING = {
    "bedrock": ("ListEvaluationJobs", {}),
    "bedrock-agent": ("ListAgents", {"maxResults": 3}),
    "bedrock-agent-runtime": ("ListSessions", {}),
    "bedrock-agentcore": (
        "ListEvents",
        {"memoryId": "mymemory-0123456789", "sessionId": "s", "actorId": "a"},
    ),
    "bedrock-agentcore-control": ("ListMemories", {}),
    "bedrock-data-automation": ("ListBlueprints", {}),
    "bedrock-data-automation-runtime": ("ListTagsForResource", {"resourceARN": AUTOMATION}),
}
TAGGED = {
    "bedrock-agent": f"{ACCOUNT}:agent/ABCDEFGHIJ",
    "bedrock-agent-runtime": f"{ACCOUNT}:session/00000000-0000-4000-a000-000000000000",
    "bedrock-agentcore-control": "arn:aws:bedrock-agentcore:us-east-1:123456789012:memory/abc",
    "bedrock-data-automation": f"{ACCOUNT}:blueprint/abcdefghijkl",
}


@pytest.fixture(scope="module")
def echo():
    with serve(unimplemented="echo") as server:
        yield server


@each_client
@pytest.mark.parametrize("service", MISSING)
def test_an_operation_that_is_missing_is_named_once(kind, service):
    operation, parameters = MISSING[service]
    with serve() as server, service_client(kind, server, service) as client:
        with pytest.raises(ClientError) as raised:
            client(operation, **parameters)
        requests = server.counters["requests"]
    error = raised.value.response["Error"]
    assert error["Code"] == "NotImplementedException"
    assert error["Message"].startswith(f"{operation} of {service} is not implemented here")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert requests == {operation: {"501": 1}}


@pytest.mark.parametrize("service", TAGGED)
def test_services_with_the_same_path_are_told_apart(service, local_bedrock):
    with service_client("boto3", local_bedrock, service) as client:
        name = "resourceARN" if service == "bedrock-data-automation" else "resourceArn"
        with pytest.raises(ClientError, match=f"ListTagsForResource of {service} is not"):
            client("ListTagsForResource", **{name: TAGGED[service]})


@pytest.mark.parametrize("service", MISSING)
def test_each_operation_without_mandatory_arguments_echoes_alike(service, echo):
    model = botocore.session.Session().get_service_model(service)
    arguments = dict([MISSING[service]])
    answers = {}
    for kind in ("boto3", "sync"):
        with service_client(kind, echo, service) as client:
            for name in model.operation_names:
                shape = model.operation_model(name).input_shape
                given = arguments.get(name, {})
                if shape is None or given.keys() >= {*shape.required_members}:
                    answer = client(name, **given)
                    del answer["ResponseMetadata"]
                    answers.setdefault(name, []).append(answer)
    assert answers
    assert [name for name, (one, other) in answers.items() if one != other] == []


@each_client
def test_a_failed_validation_has_the_services_own_members(kind, local_bedrock):
    with service_client(kind, local_bedrock, "bedrock-agentcore") as client:
        with pytest.raises(ClientError) as raised:
            client("ListEvents", memoryId="not a memory", sessionId="s", actorId="a")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert raised.value.response["reason"] == "FieldValidationFailed"


@each_client
def test_a_missing_operation_may_echo_its_request(kind, echo):
    role = "arn:aws:iam::123456789012:role/mine"
    with service_client(kind, echo, "bedrock-agent") as client:
        flow = client("CreateFlow", name="mine", executionRoleArn=role)
        assert (flow["name"], flow["executionRoleArn"]) == ("mine", role)
        assert flow["ResponseMetadata"]["HTTPStatusCode"] == 201
        assert flow["createdAt"].isoformat() == "2024-01-01T00:00:00+00:00"
        agent = client("CreateAgent", agentName="mine")["agent"]
        assert (agent["agentName"], agent["agentStatus"]) == ("mine", "CREATING")
        with pytest.raises(ClientError, match=r"ValidationException.*'name' failed to satisfy"):
            client("CreateFlow", name="", executionRoleArn=role)
    with service_client(kind, echo, "bedrock-data-automation-runtime") as client:
        with pytest.raises(client.client.exceptions.ValidationException, match="'resourceARN'"):
            client("ListTagsForResource", resourceARN="x" * 20)
    with service_client(kind, echo, "bedrock-agentcore") as client:
        answer = client(
            "InvokeAgentRuntime",
            agentRuntimeArn="arn",
            payload=b'{"a": 1}',
            contentType="application/json",
        )
        assert (answer["response"], answer["contentType"]) == (b'{"a": 1}', "application/json")
        card = client("GetAgentCard", agentRuntimeArn="arn", runtimeSessionId="s" * 40)
        assert (card["runtimeSessionId"], card["agentCard"]) == ("s" * 40, {})
        code = {"codeInterpreterIdentifier": "aws.codeinterpreter.v1", "name": "executeCode"}
        assert client("InvokeCodeInterpreter", **code)["stream"] == [{"result": {"content": []}}]
    with service_client(kind, echo, "bedrock-agent-runtime") as client:
        (event,) = client("InvokeFlow", **FLOW)["responseStream"]
        assert len(event) == 1
    with service_client(kind, echo, "bedrock") as client:
        arn = f"{ACCOUNT}:automated-reasoning-policy/abcdefghijkl:1"
        answer = client("ExportAutomatedReasoningPolicyVersion", policyArn=arn)
        assert answer["policyDefinition"] == {}


FLOW = {
    "flowIdentifier": "ABCDEFGHIJ",
    "flowAliasIdentifier": "TSTALIASID",
    "inputs": [{"nodeName": "In", "nodeOutputName": "document", "content": {"document": "hi"}}],
}


@pytest.mark.parametrize(
    ("path", "name", "status"),
    [
        ("/evaluation-jobs", "bedrock", 501),
        ("/evaluation-jobs", "bedrock-agentcore", 403),
        ("/agents/", "bedrock", 501),
        ("/identities/GetApiKey", "bedrock-agentcore", 404),
    ],
)
def test_the_signature_has_to_name_the_service(path, name, status, local_bedrock):
    method = "POST" if path == "/agents/" else "GET"
    answer = send(local_bedrock, method, path, signing_name=name)
    assert answer.status == status, answer.body


def test_an_api_key_is_for_the_runtime_and_the_control_plane(local_bedrock):
    headers = {"Authorization": f"Bearer {local_bedrock.api_key}"}
    for path, status in [("/evaluation-jobs", 501), ("/async-invoke", 200), ("/agents/", 403)]:
        method = "POST" if path == "/agents/" else "GET"
        answer = send(local_bedrock, method, path, headers=headers, sign=False)
        assert answer.status == status, answer.body
    assert json.loads(answer.body)["message"].startswith("API keys are not supported")
