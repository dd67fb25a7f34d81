"""Recorded traffic, sent to the local Bedrock again.

It accepts the requests that the service accepted, and its responses have every member that the
service's responses had.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from botocore.eventstream import EventStreamBuffer

from local_requests import connect
from recorded_traffic import Interaction, interactions

# Model families that the local Bedrock does not have.
FOREIGN = ("ai21.", "arn:aws:sagemaker", "application-inference-profile", "cohere.rerank")
# Models and bodies from before the Messages API.
OLD = ("claude-v2", "claude-instant", "titan-embed-text-v1")
# Recordings of stand-ins for the service.
STAND_INS = ("203 ", "205 ", "206 ", "207 ")
# Members of ApplyGuardrail that no service model knows.
UNMODELLED = {"blockedResponse", "output"}


def accepted() -> Iterator[Interaction]:
    """The recorded successes of the service, for the families that the local Bedrock has."""
    for recorded in interactions():
        model = recorded.params.get("modelId", "")
        if (
            recorded.reply.status == 200
            and not any(word in model for word in FOREIGN + OLD)
            and not recorded.name.startswith(STAND_INS)
        ):
            yield recorded


def members(recorded: Interaction, body: bytes) -> set[str]:
    """The names of a response's members, or of the members of all its events."""
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


def test_recorded_requests_are_accepted_and_responses_have_the_same_members(local_bedrock):
    answers: list[Any] = []
    client = connect(local_bedrock)
    client.meta.events.register(
        "before-parse.bedrock-runtime.*",
        lambda response_dict, **_: answers.append(response_dict["body"]),
    )
    count = 0
    for recorded in accepted():
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
