"""Real Bedrock traffic put to the local Bedrock: what the service took, it takes, and its answers
have every member that the service's had.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from botocore.eventstream import EventStreamBuffer

from local_requests import connect
from recorded_traffic import Interaction, interactions

# Not families of the local Bedrock.
FOREIGN = ("ai21.", "arn:aws:sagemaker", "application-inference-profile", "cohere.rerank")
# Models and bodies of the time before the Messages API.
OLD = ("claude-v2", "claude-instant", "titan-embed-text-v1")
# Answers of stand-ins for the service, not of the service.
STAND_INS = ("203 ", "205 ", "206 ", "207 ")
# Members of ApplyGuardrail that no service model knows.
UNMODELLED = {"blockedResponse", "output"}


def taken() -> Iterator[Interaction]:
    """What the service answered, of the families that there are here."""
    for recorded in interactions():
        model = recorded.params.get("modelId", "")
        if (
            recorded.reply.status == 200
            and not any(word in model for word in FOREIGN + OLD)
            and not recorded.name.startswith(STAND_INS)
        ):
            yield recorded


def members(recorded: Interaction, body: bytes) -> set[str]:
    """The names of an answer's members, or of all of its events' members."""
    if recorded.operation.get_event_stream_output() is None:
        return set(json.loads(body))
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    names: set[str] = set()
    for event in buffer:
        payload: dict[str, Any] = json.loads(event.payload)
        if "bytes" in payload:
            payload = json.loads(b64decode(payload["bytes"]))
        names |= {event.headers[":event-type"], *payload}
    return names - {"p"}


def test_what_the_service_took_is_taken_and_answered_alike(local_bedrock):
    answers: list[Any] = []
    client = connect(local_bedrock)
    client.meta.events.register(
        "before-parse.bedrock-runtime.*",
        lambda response_dict, **_: answers.append(response_dict["body"]),
    )
    count = 0
    for recorded in taken():
        method = recorded.operation.name
        method = "".join(f"_{c.lower()}" if c.isupper() else c for c in method).lstrip("_")
        response = getattr(client, method)(**recorded.params)
        body = answers.pop()
        body = body if isinstance(body, bytes) else body.read()
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
        missing = members(recorded, recorded.reply.body) - members(recorded, body) - UNMODELLED
        assert not missing, recorded.name
        count += 1
    assert count > 200
