"""Responses with an empty or an unexpected body are read as by botocore, for every operation.

A success without a body is a response without members, whatever its status: a service may leave out
everything that is optional. (A body that is not JSON is an error; docs/differences.md lists that.)
"""

from __future__ import annotations

from functools import partial
from random import Random

import pytest

import generators
import reference
from differential import Raised
from scripted_server import Reply

OPERATIONS = reference.operations()
IN_JSON = [
    model
    for model in OPERATIONS
    if not model.has_event_stream_output and not model.has_streaming_output
]
STATUSES = (200, 201, 202, 203, 204, 205, 206, 207, 226, 299)
JSON = ("Content-Type", "application/json")
NO_LENGTH = b"HTTP/1.1 %d X\r\nX-A: b\r\n\r\n"


def valid_params(operation: object) -> dict:
    return generators.valid_params(Random(5), operation)


def empty_replies(status: int) -> list[Reply]:
    """All forms of a response without a body."""
    replies = [
        Reply(status, [JSON], b"", framing="length"),
        Reply(status, (), b"", framing="length"),
        Reply(status, [("Content-Type", "text/html")], b"", framing="length"),
        Reply(raw=NO_LENGTH % status, then="keep" if status == 204 else "close"),
    ]
    # A 204 has no body, so that a chunk of length 0 would be read as the next response.
    then = "close" if status == 204 else "keep"
    return [*replies, Reply(status, [JSON], b"", framing="chunked", then=then)]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda model: model.name)
def test_a_success_without_a_body_has_no_members(pair, operation, status):
    for reply in empty_replies(status):
        params = partial(valid_params, operation)
        found = pair.agree(operation.name, params, reply, note=repr(reply))
        assert not isinstance(found, Raised)
        members = {*operation.output_shape.members} & {*found}
        streams = operation.has_event_stream_output or operation.has_streaming_output
        assert len(members - {"contentType"}) == (1 if streams else 0)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("operation", IN_JSON, ids=lambda model: model.name)
def test_a_body_of_odd_json_is_read_whatever_the_status(pair, operation, status):
    bodies = [b"{}", b"[]", b"null", b"5", b'""', b"\xff", b'{"\xff": 1}', b" {} ", b'{"a":1}']
    for body in bodies if status != 204 else []:
        params = partial(valid_params, operation)
        found = pair.agree(operation.name, params, Reply(status, [JSON], body), note=repr(body))
        read = body.strip().startswith(b"{") and b"\xff" not in body
        assert isinstance(found, Raised) is not read


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda model: model.name)
def test_a_204_has_no_body_even_if_one_is_sent(pair, operation):
    params = partial(valid_params, operation)
    reply = Reply(204, [JSON], b'{"stopReason": "end_turn"}', then="close")
    pair.agree(operation.name, params, reply)
