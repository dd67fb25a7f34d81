"""The local Bedrock's agents answer from knowledge bases, remember, and ask for actions."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError, EventStreamError

from fastbedrock.local import serve
from local_requests import call, check_answer
from local_services import each_client, service_client
from shop_knowledge import ID, RETURNS, SHOES, uri, write

SERVICE = "bedrock-agent-runtime"
AGENT = {"agentId": "AGENT12345", "agentAliasId": "TSTALIASID", "sessionId": "session-1"}
ENDED = "Session is terminated as 'endSession' flag is set in request."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def shop(folder):
    with serve(knowledge_bases={ID: folder}) as server:
        yield server


@pytest.fixture
def client(shop):
    with service_client("boto3", shop, SERVICE) as client:
        yield client


def say(client, text, **more):
    """The events of the agent's answer."""
    return client("InvokeAgent", **{**AGENT, "inputText": text, **more})["completion"]


def text_of(events):
    return b"".join(event["chunk"]["bytes"] for event in events if "chunk" in event).decode()


def citations_of(events):
    return [
        citation
        for event in events
        if "chunk" in event
        for citation in event["chunk"].get("attribution", {}).get("citations", [])
    ]


def cited(events):
    return [
        (
            citation["generatedResponsePart"]["textResponsePart"]["text"],
            [
                reference["location"]["s3Location"]["uri"]
                for reference in citation["retrievedReferences"]
            ],
        )
        for citation in citations_of(events)
    ]


def steps_of(events):
    """The kinds and the contents of the trace's steps."""
    return [
        step
        for event in events
        if "trace" in event
        for step in event["trace"]["trace"].get("orchestrationTrace", {}).items()
    ]


def words_of(body):
    """The texts of a conversation that the model gets."""
    return [block["text"] for message in body["messages"] for block in message["content"]]


@each_client
def test_an_agent_answers_from_its_knowledge_base(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        answer = client("InvokeAgent", **AGENT, inputText="When is the refund of a coat due?")
        (event,) = answer["completion"]
        assert text_of([event]) == RETURNS
        assert cited([event]) == [(RETURNS, [uri("returns.md")])]
        assert answer["sessionId"] == AGENT["sessionId"]
        assert answer["contentType"] == "application/json"
        (event,) = say(client, "Good morning!")
        assert event == {"chunk": {"bytes": b"Good morning!"}}


@each_client
def test_a_streamed_answer_has_its_citations_at_the_end_of_each_part(kind, shop):
    shop.reply(f"{RETURNS} {SHOES} Yes.")
    with service_client(kind, shop, SERVICE) as client:
        events = say(client, "coats", streamingConfigurations={"streamFinalResponse": True})
    assert len(events) > 10
    text = text_of(events)
    assert text == f"{RETURNS} {SHOES} Yes."
    assert cited(events) == [(RETURNS, [uri("returns.md")]), (SHOES, [uri("about/shoes.txt")])]
    said = ""
    for event in events:
        said += event["chunk"]["bytes"].decode()
        for part, _ in cited([event]):
            assert said.endswith(part)


@each_client
def test_the_trace_tells_what_the_agent_does(kind, shop):
    with service_client(kind, shop, SERVICE) as client:
        events = say(client, "Where are the shoes made?", enableTrace=True)
    steps = steps_of(events)
    assert [kind for kind, _ in steps] == [
        "rationale",
        "invocationInput",
        "observation",
        "modelInvocationInput",
        "modelInvocationOutput",
        "observation",
    ]
    assert steps[1][1]["knowledgeBaseLookupInput"] == {
        "knowledgeBaseId": ID,
        "text": "Where are the shoes made?",
    }
    references = steps[2][1]["knowledgeBaseLookupOutput"]["retrievedReferences"]
    assert references[0]["content"]["text"] == SHOES
    prompt = json.loads(steps[3][1]["text"])
    assert SHOES in prompt["system"][0]["text"]
    assert steps[5][1]["finalResponse"] == {"text": text_of(events)}
    assert "chunk" in events[-1]
    trace = events[0]["trace"]
    assert {name: trace[name] for name in AGENT} == AGENT
    assert trace["agentVersion"] == "DRAFT"
    assert trace["eventTime"].tzinfo is not None


@pytest.mark.parametrize("reply", [RETURNS, {"toolUse": {"name": "a__b", "input": {"n": [1]}}}])
def test_events_are_valid_by_the_service_model(folder, reply):
    agents = {"*": {"guardrail": "abc", "model": "amazon.nova-lite-v1:0"}}
    with serve(knowledge_bases={ID: folder}, agents=agents, replies=reply) as server:
        request = {"inputText": "coats", "enableTrace": True}
        answer = call(server, "InvokeAgent", request, service=SERVICE, **AGENT)
        check_answer("InvokeAgent", answer, service=SERVICE)
    kinds = {event.headers[":event-type"] for event in answer.events}
    assert kinds == {"trace", "chunk" if isinstance(reply, str) else "returnControl"}


@each_client
def test_a_session_remembers(kind, shop):
    asked = []
    shop.reply(lambda request: asked.append(request["body"]) or f"reply {len(asked)}")
    with service_client(kind, shop, SERVICE) as client:
        say(client, "one")
        say(client, "two")
        say(client, "other session", sessionId="session-2")
        say(client, "three")
        ended = say(client, "", endSession=True)
        assert ended == [{"chunk": {"bytes": ENDED.encode()}}]
        say(client, "four")
    assert [words_of(body) for body in asked] == [
        ["one"],
        ["one", "reply 1", "two"],
        ["other session"],
        ["one", "reply 1", "two", "reply 2", "three"],
        ["four"],
    ]


def test_a_follow_up_goes_on_with_the_question_before(client):
    say(client, "Can coats be returned?")
    assert text_of(say(client, "And for how long?")).startswith("Coats can be returned")
    assert text_of(say(client, "And for how long?", sessionId="new")) == "And for how long?"


def test_the_caller_chooses_what_the_agent_is_told(shop, client):
    asked = []
    shop.configure(agents={"AGENT12345": {"instruction": "Be brief.", "knowledge_bases": []}})
    shop.reply(lambda request: asked.append(request["body"]) or "fine")
    history = [
        {"role": "user", "content": [{"text": "one"}]},
        {"role": "assistant", "content": [{"text": "1"}]},
    ]
    state = {
        "promptSessionAttributes": {"today": "Monday"},
        "conversationHistory": {"messages": history},
    }
    say(client, "two", sessionState=state)
    say(
        client,
        "three",
        promptCreationConfigurations={"previousConversationTurnsToInclude": 1},
    )
    say(client, "four")
    assert asked[0]["system"] == [{"text": "Be brief.\n\ntoday: Monday"}]
    assert [words_of(body) for body in asked] == [
        ["one", "1", "two"],
        ["two", "fine", "three"],
        ["one", "1", "two", "fine", "three", "fine", "four"],
    ]
    with pytest.raises(client.client.exceptions.ResourceNotFoundException, match="Agent OTHER"):
        say(client, "x", agentId="OTHER")


def test_the_caller_filters_what_the_agent_finds(client):
    of_2020 = {"equals": {"key": "year", "value": 2020}}
    config = {
        "knowledgeBaseId": ID,
        "retrievalConfiguration": {"vectorSearchConfiguration": {"filter": of_2020}},
    }
    events = say(client, "exchanged?", sessionState={"knowledgeBaseConfigurations": [config]})
    assert [uris for _, uris in cited(events)] == [[uri("about/shoes.txt")]]


@each_client
def test_an_agent_returns_control_and_goes_on_with_the_result(kind, local_bedrock):
    tool = {"name": "weather__forecast", "input": {"city": "Porto", "days": 2, "exact": True}}
    local_bedrock.reply([{"text": "I have to look.", "toolUse": tool}])
    with service_client(kind, local_bedrock, SERVICE) as client:
        (event,) = say(client, "How is the weather in Porto?")
        control = event["returnControl"]
        assert control["invocationInputs"] == [
            {
                "functionInvocationInput": {
                    "actionGroup": "weather",
                    "actionInvocationType": "RESULT",
                    "agentId": AGENT["agentId"],
                    "function": "forecast",
                    "parameters": [
                        {"name": "city", "type": "string", "value": "Porto"},
                        {"name": "days", "type": "integer", "value": "2"},
                        {"name": "exact", "type": "boolean", "value": "true"},
                    ],
                }
            }
        ]
        result = {
            "functionResult": {
                "actionGroup": "weather",
                "function": "forecast",
                "responseBody": {"TEXT": {"body": "sunny"}},
            }
        }

        def finish(*results):
            state = {
                "invocationId": control["invocationId"],
                "returnControlInvocationResults": list(results),
            }
            return client("InvokeAgent", **AGENT, sessionState=state)["completion"]

        with pytest.raises(ClientError, match="results of 1 actions, and the request has 2"):
            finish(result, result)
        assert text_of(finish(result)) == "The tool answered: sunny"
        with pytest.raises(ClientError, match="results of 0 actions"):
            finish(result)
        # A new question in place of the results drops the actions.
        local_bedrock.reply([{"toolUse": tool}])
        say(client, "How is the weather in Porto?")
        assert text_of(say(client, "Never mind.")) == "Never mind."


def test_a_guardrail_of_an_agent_is_in_the_trace(shop, client):
    shop.configure(agents={"*": {"guardrail": "abc"}})
    for text, action in [("forbidden coats", "INTERVENED"), ("coats", "NONE")]:
        events = say(client, text, enableTrace=True)
        traces = [event["trace"]["trace"] for event in events if "trace" in event]
        (guardrail,) = (trace["guardrailTrace"] for trace in traces if "guardrailTrace" in trace)
        assert guardrail["action"] == action
    assert text_of(say(client, "forbidden")) == "Sorry, the model cannot answer this question."


@each_client
def test_errors_are_the_agents_own(kind, local_bedrock):
    local_bedrock.reply([{"error": "ThrottlingException"}, {"error": "ModelErrorException"}])
    with service_client(kind, local_bedrock, SERVICE) as client:
        errors = client.client.exceptions
        with pytest.raises(errors.ThrottlingException):
            say(client, "Hello")
        with pytest.raises(errors.DependencyFailedException, match="unexpected error") as raised:
            say(client, "Hello")
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 424
        local_bedrock.fault("exception_frame", after=0, code="ThrottlingException", message="slow")
        with pytest.raises(EventStreamError, match="slow"):
            say(client, "Hello")


def test_a_request_without_words_is_refused(client):
    with pytest.raises(ClientError, match=r"ValidationException.*inputText is required"):
        client("InvokeAgent", **AGENT)


def test_settings_of_agents_are_checked(local_bedrock):
    for setting, problem in [
        ([], "agents: a JSON object"),
        ({"A": {"modle": "x"}}, "no setting called modle"),
    ]:
        with pytest.raises(ValueError, match=problem):
            local_bedrock.configure(agents=setting)
    local_bedrock.configure(agents={"*": {"model": "nonsense.model"}})
    with service_client("boto3", local_bedrock, SERVICE) as client:
        with pytest.raises(ClientError, match="model identifier is invalid"):
            say(client, "x")
    local_bedrock.configure(agents={"*": {"knowledge_bases": ["NOSUCHBASE"]}})
    with service_client("boto3", local_bedrock, SERVICE) as client:
        with pytest.raises(ClientError, match="NOSUCHBASE does not exist"):
            say(client, "x")
