"""Odd HTTP/1 responses: boto3 and both faces read them alike.

:data:`DIFFERENT` lists the exceptions, with the reasons: the HTTP libraries differ.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from differential import Boto3, ClientAndServer, Outcome, Pair, Raised, disagreement
from frames import event
from scripted_server import Reply

HELLO: dict[str, Any] = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "x"}]}]}
BODY = json.dumps(
    {"output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}}}
).encode()
SIZE = len(BODY)
HALF = SIZE // 2
TYPE = "Content-Type: application/json"
LENGTH = f"Content-Length: {SIZE}"
CHUNKED = "Transfer-Encoding: chunked"
OK = "HTTP/1.1 200 OK"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


def answer(
    *fields: str,
    status: str = OK,
    body: bytes = BODY,
    newline: str = "\r\n",
    before: bytes = b"",
    then: str = "keep",
) -> Reply:
    head = newline.join([status, TYPE, *fields, "", ""])
    return Reply(raw=before + head.encode("latin-1") + body, then=then)


def closed(*fields: str, **arguments: Any) -> Reply:
    """A response after which the server closes the connection."""
    return answer(*fields, then="close", **arguments)


def chunks(
    first: str = "%x", second: str = "%x", last: bytes = b"0\r\n\r\n", newline: bytes = b"\r\n"
) -> bytes:
    """The body in two chunks, with the sizes written in these ways."""
    pieces = ((first % HALF, BODY[:HALF]), (second % (SIZE - HALF), BODY[HALF:]))
    written = (size.encode() + newline + piece + newline for size, piece in pieces)
    return b"".join(written) + last


def chunked(*fields: str, then: str = "keep", **arguments: Any) -> Reply:
    return answer(CHUNKED, *fields, body=chunks(**arguments), then=then)


def many(count: int, size: int) -> tuple[str, ...]:
    return tuple(f"X-{number}: {'a' * size}" for number in range(count))


SAME: dict[str, Reply] = {
    "ordinary": answer(LENGTH),
    "ordinary in chunks": chunked(),
    # Transfer-Encoding
    "identity before a length": answer("Transfer-Encoding: identity", LENGTH),
    "identity after a length": answer(LENGTH, "Transfer-Encoding: identity"),
    "identity in capitals": answer("TRANSFER-ENCODING: IDENTITY", LENGTH),
    "identity without a length": closed("Transfer-Encoding: identity"),
    "identity in HTTP/1.0": closed("Transfer-Encoding: identity", LENGTH, status="HTTP/1.0 200 OK"),
    "identity in an error": answer(
        "Transfer-Encoding: identity",
        "x-amzn-errortype: ThrottlingException",
        "Content-Length: 15",
        status="HTTP/1.1 429 Slow down",
        body=b'{"message":"m"}',
    ),
    "no coding": answer("Transfer-Encoding: ", LENGTH),
    "an unknown coding": answer("Transfer-Encoding: foo", LENGTH),
    "an unknown coding without a length": closed("Transfer-Encoding: foo"),
    "a coding that is not done": answer("Transfer-Encoding: gzip", LENGTH),
    "identity and chunked": answer("Transfer-Encoding: identity, chunked", body=chunks()),
    "gzip and chunked": answer("Transfer-Encoding: gzip, chunked", body=chunks()),
    "chunked twice": answer("Transfer-Encoding: chunked, chunked", body=chunks()),
    "chunked on two lines": answer(CHUNKED, CHUNKED, body=chunks()),
    "identity on one line, chunked on the next": answer(
        "Transfer-Encoding: identity", CHUNKED, body=chunks()
    ),
    "chunked on one line, identity on the next": answer(
        CHUNKED, "Transfer-Encoding: identity", body=chunks()
    ),
    "chunked in capitals": answer("transfer-encoding: CHUNKED", body=chunks()),
    "chunked in HTTP/1.0": closed(CHUNKED, status="HTTP/1.0 200 OK", body=chunks()),
    "chunked with a length": answer(LENGTH, CHUNKED, body=chunks()),
    "chunked with a wrong length": answer("Content-Length: 3", CHUNKED, body=chunks()),
    # Content-Length
    "a length twice": answer(LENGTH, LENGTH),
    "a length three times": answer(LENGTH, LENGTH, LENGTH),
    "a length, and again with zeros": answer(LENGTH, f"Content-Length: 0{SIZE}"),
    "a length with zeros": answer(f"Content-Length: {SIZE:040}"),
    "a length after blanks": answer(f"Content-Length: \t  {SIZE}"),
    "no length, closed": closed("Connection: close"),
    "no length, closed without a word": closed(),
    "no length, closed against its word": closed("Connection: keep-alive"),
    # Chunks
    "chunk extensions": chunked(first="%x;a=b", second="%x;c"),
    "chunk extensions with blanks": chunked(first="%x ; a=b", second="%x\t;c"),
    "a quoted chunk extension": chunked(first='%x;a="b;c"'),
    "chunk sizes in capitals": chunked(first="%X", second="%X"),
    "chunk sizes with zeros": chunked(first="000%x", second="00000000000000000000%x"),
    "chunk sizes before blanks": chunked(first="%x ", second="%x  \t"),
    "a last chunk of zeros": chunked(last=b"000\r\n\r\n"),
    "a last chunk with an extension": chunked(last=b"0;x=y\r\n\r\n"),
    "trailers": chunked(last=b"0\r\nX-A: b\r\nX-C: d\r\n\r\n"),
    "trailers that are none": chunked(last=b"0\r\nnonsense\r\n\r\n"),
    "200 trailers": chunked(last=b"0\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    "no last chunk": chunked(last=b"", then="close"),
    "an empty chunk size": closed(CHUNKED, body=b"\r\n" + chunks()),
    "a chunk size that is none": closed(CHUNKED, body=b"zz\r\n" + chunks()),
    "a chunk size beyond all": closed(CHUNKED, body=b"f" * 20 + b"\r\n" + chunks()),
    "a chunk without an end": closed(CHUNKED, body=b"%x\r\n%b0\r\n\r\n" % (SIZE, BODY)),
    "chunk extensions of 70 KB": chunked(first="%x;" + "a" * 70_000, then="close"),
    # Lines
    "bare line feeds": answer(LENGTH, newline="\n"),
    "a bare line feed": answer(LENGTH, before=b"", status=OK + "\nX-A: b"),
    "a folded header": answer("X-F: a\r\n b\r\n\tc", LENGTH),
    "an empty name": answer(": value", LENGTH),
    "a last line without a colon": answer(LENGTH, "nonsense"),
    "Latin-1 and UTF-8 in a value": answer("X-A: \xe9\xff caf\xc3\xa9", LENGTH),
    "99 headers": answer(*many(97, 1), LENGTH),
    "101 headers": answer(*many(99, 1), LENGTH),
    "a header of 64 KiB": answer("X: " + "a" * (65_536 - 5), LENGTH),
    "six headers of 60 KB": answer(*many(6, 60_000), LENGTH),
    # Status lines
    "no reason": answer(LENGTH, status="HTTP/1.1 200"),
    "an empty reason": answer(LENGTH, status="HTTP/1.1 200 "),
    "a reason in Latin-1": answer(LENGTH, status="HTTP/1.1 200 caf\xe9"),
    "a reason of 60 KB": answer(LENGTH, status="HTTP/1.1 200 " + "x" * 60_000),
    "HTTP/1.0": closed(LENGTH, status="HTTP/1.0 200 OK"),
    "HTTP/1.0 without a length": closed(status="HTTP/1.0 200 OK"),
    "HTTP/1.0 kept alive": answer(LENGTH, "Connection: keep-alive", status="HTTP/1.0 200 OK"),
    **{
        f"status line {line!r}": closed(LENGTH, status=line)
        for line in (
            "http/1.1 200 OK",
            "HTTP/2.0 200 OK",
            "HTTP/2 200 OK",
            "HTTP/1 200 OK",
            "ICY 200 OK",
            "HTTP/1.1 99 X",
            "HTTP/1.1 099 X",
            "HTTP/1.1 600 X",
            "HTTP/1.1 999 X",
            "HTTP/1.1 1000 X",
            "HTTP/1.1 -200 X",
            "HTTP/1.1 abc X",
            "HTTP/1.1 200OK",
            "HTTP/1.1",
            "HTTP/1.1 ",
            "200 OK",
        )
    },
    # Before and after the response
    "100 first": answer(LENGTH, before=CONTINUE),
    "100 three times": answer(LENGTH, before=CONTINUE * 3),
    "100 with headers": answer(LENGTH, before=b"HTTP/1.1 100 Go\r\nContent-Length: 0\r\n\r\n"),
    "100 first, then identity": answer("Transfer-Encoding: identity", LENGTH, before=CONTINUE),
    "100 and no more": Reply(raw=CONTINUE, then="close"),
    "101": closed("Upgrade: x", "Connection: upgrade", status="HTTP/1.1 101 X", body=b""),
    "something else first": closed(LENGTH, before=b"garbage\r\n"),
    "nothing": Reply(raw=b"", then="close"),
    "304": closed(LENGTH, status="HTTP/1.1 304 X", body=b""),
    # Content-Encoding: neither client asked for one, and neither undoes it.
    "a Content-Encoding that was not done": answer("Content-Encoding: gzip", LENGTH),
    "a Content-Encoding of no meaning": answer("Content-Encoding: identity", LENGTH),
}

HANGS = "ReadTimeoutError"
BROKEN = "ConnectionClosedError"
ANSWER = "hello"
EMPTY = "an empty response"

LENIENT = "http.client reads to the end of the connection; a truncated response would look complete"
STRICT = "HTTP does not allow it, and no known server sends it"
TOLERANT = "http.client stops at the line and misses the length; hyper ignores the line"
TRIMMED = "white space around a value is not part of the value"

# The response, what boto3 makes of it, what fastbedrock makes of it, and why.
DIFFERENT: dict[str, tuple[Reply, str, str, str]] = {
    **{
        f"a length of {length!r}": (closed(f"Content-Length: {length}"), ANSWER, BROKEN, LENIENT)
        for length in (
            f"+{SIZE}",
            f"-{SIZE}",
            "-1",
            "abc",
            "",
            f"0x{SIZE:x}",
            f"{SIZE}.0",
            f"{SIZE};",
            f"{SIZE // 10} {SIZE % 10}",
            f"{SIZE // 10}_{SIZE % 10}",
            "9" * 30,
            str(2**64 - 1),
            "\xb2",
        )
    },
    "two lengths": (
        closed(f"Content-Length: {SIZE - 1}", LENGTH),
        "HTTPClientError",
        BROKEN,
        "a subclass of HTTPClientError, as for every response that is not HTTP",
    ),
    "two lengths on a line": (
        closed(f"Content-Length: {SIZE}, {SIZE + 1}"),
        "HTTPClientError",
        BROKEN,
        "a subclass of HTTPClientError, as for every response that is not HTTP",
    ),
    "a length twice on a line": (
        answer(f"Content-Length: {SIZE}, {SIZE}"),
        HANGS,
        ANSWER,
        "http.client reads no length; hyper reads it as HTTP requires",
    ),
    "a length before blanks": (answer(LENGTH + "  "), ANSWER, ANSWER, TRIMMED),
    "chunked and identity": (
        answer("Transfer-Encoding: chunked, identity", body=chunks()),
        ANSWER,
        ANSWER,
        "hyper must not see the second coding, so the headers do not have it",
    ),
    **{
        f"a chunk size of {size!r}": (chunked(first=size, then="close"), ANSWER, BROKEN, STRICT)
        for size in (" %x", "0x%x", "+%x", "0_%x")
    },
    "a negative chunk size": (
        closed(CHUNKED, body=b"-5\r\n" + chunks()),
        "HTTPClientError",
        BROKEN,
        "a subclass of HTTPClientError, as for every response that is not HTTP",
    ),
    "chunk extensions of 20 KB": (
        chunked(first="%x;" + "a" * 20_000, then="close"),
        ANSWER,
        BROKEN,
        "the limit is 16 KiB",
    ),
    "a chunk size that ends with a bare line feed": (
        closed(CHUNKED, body=b"%x\n%b\r\n0\r\n\r\n" % (SIZE, BODY)),
        ANSWER,
        BROKEN,
        STRICT,
    ),
    "trailers of 20 KB": (
        chunked(last=b"0\r\nX: %b\r\n\r\n" % (b"y" * 20_000), then="close"),
        ANSWER,
        BROKEN,
        "the limit is 16 KiB",
    ),
    "a last chunk without its empty line": (
        chunked(last=b"0\r\n", then="close"),
        ANSWER,
        BROKEN,
        "it may be a truncated body",
    ),
    "a folded coding": (
        answer("Transfer-Encoding:\r\n identity", LENGTH),
        ANSWER,
        ANSWER,
        TRIMMED,
    ),
    "a folded length": (answer(f"Content-Length:\r\n {SIZE}"), ANSWER, ANSWER, TRIMMED),
    **{
        f"the line {line!r}": (answer(line, LENGTH), HANGS, ANSWER, TOLERANT)
        for line in ("X-A : b", "nonsense", "X A: b", "X-\xe9: b")
    },
    "odd signs in a name": (
        answer("X(A)[]{}@: b", LENGTH),
        ANSWER,
        ANSWER,
        "hyper ignores lines whose names HTTP does not allow",
    ),
    "a control character in a value": (
        answer("X-A: a\x01b", LENGTH),
        ANSWER,
        ANSWER,
        "hyper ignores lines whose values HTTP does not allow",
    ),
    "a NUL in a value": (closed("X-A: a\0b", LENGTH), ANSWER, BROKEN, STRICT),
    "a header beyond 64 KiB": (
        answer("X: " + "a" * 65_536, LENGTH),
        BROKEN,
        ANSWER,
        "http.client limits a line; hyper limits the head, to 400 KB",
    ),
    "ten headers of 60 KB": (
        closed(*many(10, 60_000), LENGTH),
        ANSWER,
        BROKEN,
        "http.client limits a line; hyper limits the head, to 400 KB",
    ),
    **{
        f"status line {line!r}": (closed(LENGTH, status=line), ANSWER, BROKEN, STRICT)
        for line in (
            "HTTP/1.2 200 OK",
            "HTTP/0.9 200 OK",
            "HTTP/1.1  200 OK",
            "HTTP/1.1\t200\tOK",
            "HTTP/1.1 200 \x01",
            "HTTP/1.1 +200 OK",
            " HTTP/1.1 200 OK",
        )
    },
    "102 first": (
        answer(LENGTH, before=b"HTTP/1.1 102 Processing\r\n\r\n"),
        EMPTY,
        ANSWER,
        "http.client treats it as the response, which boto3 reads as empty",
    ),
    "103 first": (
        answer(LENGTH, before=HINTS),
        EMPTY,
        ANSWER,
        "http.client treats it as the response, which boto3 reads as empty",
    ),
    "100 and 103 first": (
        answer(LENGTH, before=CONTINUE + HINTS),
        EMPTY,
        ANSWER,
        "http.client treats it as the response, which boto3 reads as empty",
    ),
    "an empty line first": (
        answer(LENGTH, before=b"\r\n"),
        BROKEN,
        ANSWER,
        "HTTP recommends tolerance here",
    ),
    "an empty line after 100": (
        answer(LENGTH, before=CONTINUE + b"\r\n"),
        BROKEN,
        ANSWER,
        "HTTP recommends tolerance here",
    ),
    "half a head": (
        Reply(raw=f"{OK}\r\n{TYPE}\r\nContent-".encode(), then="close"),
        EMPTY,
        BROKEN,
        "a truncated response must not look like an empty one",
    ),
    "half a body": (
        Reply(raw=f"{OK}\r\n{LENGTH}\r\n\r\n".encode() + BODY[:-5], then="close"),
        EMPTY,
        BROKEN,
        "a truncated response must not look like an empty one",
    ),
}


def kind(outcome: Outcome) -> str:
    """The class of the error, or the text of the response."""
    result = outcome.result
    if isinstance(result, Raised):
        return result["raised"]
    if "output" not in result:
        return EMPTY
    return result["output"]["message"]["content"][0]["text"]


@pytest.mark.parametrize("name", SAME)
def test_odd_responses_are_read_alike(pair: Pair, name: str) -> None:
    pair.agree("Converse", HELLO, SAME[name])


@pytest.fixture(scope="module")
def impatient(candidate: type[Boto3]):
    """Both clients, with a short read timeout for responses that never end."""
    with Pair(candidate, read_timeout=1) as both:
        yield both


@pytest.mark.parametrize("name", DIFFERENT)
def test_responses_that_are_read_differently_are_listed_with_the_reason(
    impatient: Pair, name: str
) -> None:
    reply, reference, ours, why = DIFFERENT[name]
    found = (
        kind(impatient.reference.call("Converse", HELLO, reply)),
        kind(impatient.candidate.call("Converse", HELLO, reply)),
    )
    assert found == (reference, ours), why


REWRITTEN = ["identity before a length", "chunked in HTTP/1.0", "100 first, then identity"]


@pytest.mark.parametrize("name", ["ordinary", "trailers", "a folded header", *REWRITTEN])
def test_responses_are_read_alike_wherever_they_are_split(candidate: type, name: str) -> None:
    reply = SAME[name]
    with ClientAndServer(candidate) as stage:
        whole = stage.call("Converse", HELLO, reply)
        assert kind(whole) == ANSWER
        # The server pauses between the pieces, so that most are read separately.
        for split in reply.split_everywhere():
            found = stage.call("Converse", HELLO, replace(split, pause=0.002))
            assert disagreement(whole, found) is None, split.splits


def test_a_connection_to_an_http_1_0_server_is_not_used_again(pair: Pair) -> None:
    """Even if the server has not closed the connection yet."""
    reply = answer(CHUNKED, status="HTTP/1.0 200 OK", body=chunks())
    for stage in (pair.reference, pair.candidate):
        before = stage.server.connections
        for _ in range(3):
            assert kind(stage.call("Converse", HELLO, reply)) == ANSWER
        assert stage.server.connections - before >= 2


@pytest.mark.parametrize(
    ("name", "connections"),
    [("identity before a length", 1), ("chunked on one line, identity on the next", 1)]
    + [("chunked in HTTP/1.0", 2), ("identity without a length", 2), ("a length twice", 1)],
)
def test_a_connection_is_kept_if_the_server_keeps_it(
    pair: Pair, name: str, connections: int
) -> None:
    for stage in (pair.reference, pair.candidate):
        stage.call("Converse", HELLO, answer(LENGTH, "Connection: close", then="close"))
        before = stage.server.connections
        for _ in range(2):
            assert kind(stage.call("Converse", HELLO, SAME[name])) == ANSWER
        assert stage.server.connections - before == connections


@pytest.mark.parametrize("more", [b"\r\n", b"more", OK.encode(), answer(LENGTH).message() * 2])
def test_bytes_after_a_response_do_not_reach_the_next_response(pair: Pair, more: bytes) -> None:
    longer = Reply(raw=answer(LENGTH).message() + more)
    other = BODY.replace(b"hello", b"other")
    for stage in (pair.reference, pair.candidate):
        assert kind(stage.call("Converse", HELLO, longer)) == ANSWER
        assert kind(stage.call("Converse", HELLO, answer(LENGTH, body=other))) == "other"


EVENTS = b"".join(
    event(name, json.dumps(payload).encode())
    for name, payload in [
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"delta": {"text": "a"}, "contentBlockIndex": 0}),
        ("messageStop", {"stopReason": "end_turn"}),
    ]
)


@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        (["Transfer-Encoding: identity", f"Content-Length: {len(EVENTS)}"], OK, EVENTS),
        (["Transfer-Encoding: identity"], OK, EVENTS),
        ([CHUNKED], "HTTP/1.0 200 OK", b"%x\r\n%b\r\n0\r\n\r\n" % (len(EVENTS), EVENTS)),
    ],
)
@pytest.mark.parametrize("operation", ["ConverseStream", "InvokeModel"])
def test_streams_and_bodies_in_odd_framing(
    pair: Pair, operation: str, fields: list[str], status: str, body: bytes
) -> None:
    params = HELLO if operation == "ConverseStream" else {"modelId": "m", "body": b"{}"}
    pair.agree(operation, params, closed(*fields, status=status, body=body))
