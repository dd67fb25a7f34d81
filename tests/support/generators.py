"""Seeded generators of parameters and responses, driven by botocore's service model.

Each is a pure function of its ``random.Random``: the same seed builds equal values again, so that
each of two clients can get its own (a file-like body can be read only once).
"""

from __future__ import annotations

import enum
import io
import json
import string
import types
from base64 import b64encode
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from math import isfinite
from random import Random
from typing import Any

from botocore.model import OperationModel, Shape

import frames

DEEPEST = 6


class Word(str, enum.Enum):
    PLAIN = "plain"
    SPACED = "two words"


class Count(enum.IntEnum):
    ONE = 1
    MANY = 12


class Name(str):
    """A subclass of str."""


class Settings(dict):
    """A subclass of dict."""


class Odd:
    """A value that no parameter accepts, with a repr that is always the same."""

    def __repr__(self) -> str:
        return "Odd()"


def valid_params(rng: Random, operation: OperationModel) -> dict[str, Any]:
    """Parameters that pass validation, in all the Python types that botocore accepts."""
    return dict(Params(rng, operation, mistakes=0).structure(operation.input_shape, 0))


def invalid_params(rng: Random, operation: OperationModel) -> dict[str, Any]:
    """Parameters with one or more mistakes at any depth. (A few mistakes turn out to be valid.)"""
    maker = Params(rng, operation, mistakes=rng.choice((0.05, 0.2, 0.5)))
    params = maker.structure(operation.input_shape, 0)
    if not maker.made:
        params["unknownParameter"] = 1
    return {str(name): value for name, value in params.items()}


def least_params(operation: OperationModel) -> dict[str, Any]:
    """Required parameters alone, in the types that most programs use."""
    found: dict[str, Any] = _least(operation.input_shape) if operation.input_shape else {}
    return found


def _least(shape: Shape) -> Any:
    least = shape.metadata.get("min", 0)
    match shape.type_name:
        case "structure" if shape.is_tagged_union:
            name, member = next(iter(shape.members.items()))
            return {name: _least(member)}
        case "structure":
            return {name: _least(shape.members[name]) for name in shape.required_members}
        case "list":
            return [_least(shape.member) for _ in range(least)]
        case "string":
            return shape.metadata.get("enum", ["x" * max(least, 1)])[0]
        case "boolean":
            return True
        case "map":
            return {}
        case "blob":
            return b"x"
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=timezone.utc)
    return max(least, 1)


class Params:
    """Makes values of any shape. ``mistakes`` is the probability, per value, of a mistake."""

    def __init__(self, rng: Random, operation: OperationModel, mistakes: float) -> None:
        self.rng = rng
        self.streamed = operation.get_streaming_input()
        self.mistakes = mistakes
        self.made = 0

    def value(self, shape: Shape, depth: int) -> Any:
        if self._mistake():
            return self.wrong(shape)
        if shape.type_name == "structure" and shape.is_document_type:
            return self.document(depth)
        return getattr(self, shape.type_name)(shape, depth)

    def _mistake(self) -> bool:
        slipped = self.rng.random() < self.mistakes
        self.made += slipped
        return slipped

    def wrong(self, shape: Shape) -> Any:
        """Something of another type (or, by chance, of the right one)."""
        return self.rng.choice(
            (None, 5, -7, 1.5, True, "", "text", b"bytes", [], {}, (), {3}, Odd(), Decimal("1.5"))
            + ([None], ["a", 5], {"a": None}, {"text": "x"}, {5: 6}, ("a", "b"))
            + (types.MappingProxyType({"text": "x"}), timedelta(1), "no date", float("nan"))
        )

    def structure(self, shape: Shape, depth: int) -> dict[Any, Any]:
        rng = self.rng
        names = list(shape.members)
        required = list(shape.metadata.get("required", ()))
        if shape.is_tagged_union:
            chosen = [rng.choice(names)]
            if self._mistake():
                chosen = rng.sample(names, rng.choice((0, min(2, len(names)))))
        else:
            share = 0.7 if depth < 2 else 0.3 if depth < DEEPEST else 0
            chosen = [name for name in names if name in required or rng.random() < share]
            if required and self._mistake():
                chosen = [name for name in chosen if name not in rng.sample(required, 1)]
        rng.shuffle(chosen)
        kind = rng.choice((dict, dict, dict, OrderedDict, Settings))
        params = kind((name, self.value(shape.members[name], depth + 1)) for name in chosen)
        if self._mistake():
            params[rng.choice(("unknown", "Text", "", "ünknown"))] = self.wrong(shape)
        return params

    def list(self, shape: Shape, depth: int) -> Any:
        least = shape.metadata.get("min", 0)
        if least and self._mistake():
            least = 0
            most = 0
        else:
            most = least + (0 if depth >= DEEPEST else self.rng.choice((0, 1, 1, 2, 3)))
        items = [self.value(shape.member, depth + 1) for _ in range(self.rng.randint(least, most))]
        return tuple(items) if self.rng.random() < 0.1 else items

    def map(self, shape: Shape, depth: int) -> dict[Any, Any]:
        params = {}
        for _ in range(self.rng.randint(0, 3)):
            odd = self._mistake()
            key = self.rng.choice((5, None, ("a",))) if odd else self.string(shape.key, depth + 1)
            params[key] = self.value(shape.value, depth + 1)
        return params

    def string(self, shape: Shape, depth: int) -> str:
        rng = self.rng
        least = shape.metadata.get("min", 0)
        if least and self._mistake():
            return ""
        if shape.metadata.get("enum") and rng.random() < 0.7:
            return rng.choice(shape.metadata["enum"])
        location = shape.serialization.get("location")
        letters = string.ascii_letters + string.digits + "-._~:/?#[]@!$&'()*+,;=%\"<>\\^`{|} "
        wide = "äöüß中文字🙂\u2028\x7f" if location is None else "äöüß中文字🙂"
        if location is None:
            letters += "\n\t\r\x00"
        alphabet = rng.choice((letters, letters, letters + wide, wide))
        text = "".join(rng.choice(alphabet) for _ in range(rng.randint(least, least + 12)))
        # Servers strip the outer white space of a header.
        text = text.strip() if location == "header" else text
        return self._special_string(text.ljust(least, "x"), location)

    def _special_string(self, text: str, location: str | None) -> str:
        kind = self.rng.random()
        if kind < 0.05:
            return Word.SPACED
        if kind < 0.1:
            return Name(text)
        if kind < 0.15 and location is None:
            return text + "\ud83d"
        if kind < 0.2 and location == "uri":
            return self.rng.choice(("..", ".", "a/../b", "%2e", "~*'()"))
        return text

    def integer(self, shape: Shape, depth: int) -> int:
        least = shape.metadata.get("min", -5)
        if self._mistake():
            return least - 1
        choices = (least, least + 3, Count.MANY, 10**30, max(least, 7))
        return self.rng.choice(choices + ((True,) if least <= 1 else ()))

    long = integer

    def double(self, shape: Shape, depth: int) -> Any:
        least = shape.metadata.get("min", -5)
        if self._mistake():
            quarter = Decimal("0.25") if isinstance(least, int) else 0.25
            return least - self.rng.choice((1, 0.5, quarter))
        return least + self.rng.choice(
            (0, 0.5, 0.1, 1e-7, 1e300, 3, float("inf"), float("nan"), True)
            + ((Decimal("0.3"),) if isinstance(least, int) else ())
        )

    float = double

    def boolean(self, shape: Shape, depth: int) -> bool:
        return self.rng.random() < 0.5

    def blob(self, shape: Shape, depth: int) -> Any:
        content = self.rng.randbytes(self.rng.randint(0, 40))
        kinds = (bytes, bytearray, lambda _: "tëxt ✓", lambda _: b'{"a": 1}')
        if shape is self.streamed:
            # For other blobs, botocore fails on file-like objects: a difference on purpose.
            kinds += (io.BytesIO,)
        return self.rng.choice(kinds)(content)

    def timestamp(self, shape: Shape, depth: int) -> Any:
        rng = self.rng
        moment = datetime(1970, 1, 1) + timedelta(
            seconds=rng.randint(-(10**9), 4 * 10**9), microseconds=rng.choice((0, 0, 3691, 999999))
        )
        zone = timezone(timedelta(minutes=rng.choice((0, 60, -210, 345))))
        seconds = rng.choice((0, 1, -1, 1700000000, 4102444800))
        return rng.choice(
            (
                moment,
                moment.replace(tzinfo=zone),
                seconds,
                seconds + 0.123456,
                str(seconds),
                f" {seconds}.5 ",
                moment.isoformat(),
                moment.isoformat(" ", "minutes"),
                moment.replace(tzinfo=zone).isoformat(),
                moment.strftime("%Y-%m-%d"),
                moment.strftime("%Y%m%dT%H%M%SZ"),
                moment.strftime("%Y-%m-%dT%H:%M:%S,25+02"),
            )
        )

    def document(self, depth: int) -> Any:
        if self._mistake():
            return self.rng.choice(((1, 2), b"b", {4}, Odd(), Decimal(1), {"k": [Odd()]}, [(1,)]))
        return document(self.rng, depth, self.document)


def document(rng: Random, depth: int = 0, inner: Any = None) -> Any:
    """Any JSON value, or a value that ``json`` accepts as one: NaN, huge numbers, odd keys."""
    inner = inner or (lambda depth: document(rng, depth))
    kind = rng.random()
    if depth < DEEPEST and kind < 0.3:
        keys = rng.sample(["a", "b", "ü", "", "__type", ".x", 1, None, 1.5, True, "\ud800"], 3)
        if rng.random() < 0.7:
            keys = [str(key) for key in keys]
        return {key: inner(depth + 1) for key in keys}
    if depth < DEEPEST and kind < 0.5:
        return [inner(depth + 1) for _ in range(rng.randint(0, 3))]
    return rng.choice(
        ("", "text", "ünï✓", "\ud83d", None, True, False, 0, -1, 10**30, 1.5, -0.0, 1e300, 0.1)
        + (float("nan"), float("inf"), float("-inf"), Word.PLAIN, Count.ONE, Name("n"))
    )


def ordinary_document(rng: Random) -> dict[str, Any]:
    """A JSON object without anything odd."""
    leaves = ("text", "ünï✓", True, 0, -7, 0.5, [], ["a", 1], {"k": None})
    return {key: rng.choice(leaves) for key in rng.sample("abcü", 2)}


def output_headers(rng: Random, operation: OperationModel) -> list[tuple[str, str]]:
    """Response headers: modelled ones, request IDs and some repeated ones, in any order."""
    headers = [("Content-Type", "application/json"), ("Date", "Fri, 02 Jan 2026 03:04:05 GMT")]
    headers += rng.choice(([("x-amzn-RequestId", "id-1")], [("X-Amz-Request-Id", "id-2")], []))
    if rng.random() < 0.3:
        headers.append(("x-amz-id-2", "host"))
    if rng.random() < 0.3:
        headers += [("X-Repeated", "a"), ("x-repeated", "b, c"), ("X-REPEATED", "é")]
    for name, member in operation.output_shape.members.items():
        if member.serialization.get("location") == "header" and rng.random() < 0.7:
            value = "some text"
            if member.type_name != "string" or member.serialization.get("jsonvalue"):
                value = rng.choice((value, " 12 ", "true", "a, b", "eyJhIjogMX0=", "1700000000"))
            headers.append((member.serialization.get("name", name), value))
    rng.shuffle(headers)
    return headers


def output_body(rng: Random, operation: OperationModel, odd: float = 0.1) -> bytes:
    """The body of a response. ``odd`` is the probability, per value, of an oddity: unknown
    members, nulls, other types, several members of a union."""
    shape = operation.output_shape
    payload = shape.serialization.get("payload")
    value = _output(rng, shape.members[payload] if payload else shape, odd, 0)
    if rng.random() < odd / 2:
        return rng.choice((b"", b" ", b"[]", b"null", b"5", b'"text"', b"{", b"\xff{}", b"<html>"))
    return _dumps(rng, value)


def output(rng: Random, shape: Shape, odd: float = 0.1) -> bytes:
    """The JSON of a shape in a response, e.g. of an event. ``odd`` is as in :func:`output_body`."""
    return _dumps(rng, _output(rng, shape, odd, 1))


def _dumps(rng: Random, value: Any) -> bytes:
    ascii_only = rng.random() < 0.5
    separators = rng.choice((None, (",", ":"), (" , ", " :\n")))
    text = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
    return text.replace('"<1e400>"', "1e400").encode(errors="replace")


def _output(rng: Random, shape: Shape, odd: float, depth: int) -> Any:
    if rng.random() < odd / 4:
        return rng.choice((None, 5, 1.9, "12", "abc", True, [], {}, ["a"], {"a": 1}, -(10**25)))
    kind = shape.type_name
    if kind == "structure" and not shape.is_document_type:
        return _output_structure(rng, shape, odd, depth)
    if kind == "list":
        length = 0 if depth > DEEPEST else rng.randint(0, 3)
        items = [_output(rng, shape.member, odd, depth + 1) for _ in range(length)]
        return [*items, None] if rng.random() < odd else items
    if kind == "map":
        return {key: _output(rng, shape.value, odd, depth + 1) for key in rng.sample("abcü", 2)}
    if kind == "timestamp":
        texts = (
            "2024-02-29T12:34:56Z",
            "2024-02-29T12:34:56.789+02:00",
            "2024-02-29T12:34:56.1234567Z",
        )
        numbers = (1709210096, 1709210096.5, -1.5)
        loose = ("Thu, 29 Feb 2024 12:34:56 GMT", "2024-02-29T12:34:56", "1709210096")
        loose += ("2999-12-31T23:59:59.123457Z", "2016-12-31T23:59:60Z", 10**11)
        return rng.choice(rng.choice((texts, texts, numbers, loose if odd else texts)))
    if kind == "blob":
        text = b64encode(rng.randbytes(rng.randint(0, 9))).decode()
        return text[:3] if rng.random() < odd else text
    choices: dict[str, tuple[Any, ...]] = {
        "string": ("", "text", "ünï✓🙂", 'quo"te\\', *shape.metadata.get("enum", ())),
        "integer": (0, 12, -3, 10**18, *((1.9, "12", " 7 ", True) if odd else ())),
        "float": (0, 0.5, -1e-7, *((1e300, 10**30, "1.5", True, "<1e400>") if odd else ())),
        "boolean": (True, False, *(("True", "no", 1) if odd else ())),
        "structure": (document(rng, depth) if odd else ordinary_document(rng),),
    }
    kind = {"long": "integer", "double": "float"}.get(kind, kind)
    return rng.choice(choices[kind])


def _output_structure(rng: Random, shape: Shape, odd: float, depth: int) -> dict[str, Any]:
    names = list(shape.members)
    if shape.is_tagged_union:
        count = 1 if rng.random() > odd / 4 else rng.choice((0, 2, len(names)))
        chosen = rng.sample(names, min(count, len(names)))
    else:
        share = 0.7 if depth < 3 else 0.3 if depth < DEEPEST else 0
        chosen = [name for name in names if rng.random() < share]
    found = {
        shape.members[name].serialization.get("name", name): _output(
            rng, shape.members[name], odd, depth + 1
        )
        for name in chosen
    }
    for name in ("__type", "unknownMember", *names):
        if rng.random() < odd / 4:
            found[name] = None if name in names else rng.choice(("x", None, {"a": [1]}))
    if rng.random() < odd / 4:
        found = {"newMember": {"a": 1}, "__type": "x"}
    items = list(found.items())
    rng.shuffle(items)
    return dict(items)


def event_frames(rng: Random, operation: OperationModel, odd: float = 0.1) -> list[bytes]:
    """The frames of a stream: events, some of them odd, and at times an exception at the end."""
    stream = operation.output_shape.members[operation.output_shape.serialization["payload"]]
    found = [_event_frame(rng, stream, odd) for _ in range(rng.randint(0, 6))]
    if rng.random() < 0.4:
        found.append(_exception_frame(rng, stream))
    return found


def _event_frame(rng: Random, stream: Shape, odd: float) -> bytes:
    names = [name for name, m in stream.members.items() if m.serialization.get("event")]
    name = rng.choice(names)
    payload = _dumps(rng, _output(rng, stream.members[name], odd, 1))
    headers: dict[str, Any] = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    if rng.random() < odd:
        headers[":event-type"] = rng.choice(
            ("initial-response", "newEvent", "validationException", 7, True, b"chunk")
        )
    if rng.random() < odd:
        del headers[rng.choice(list(headers))]
    if rng.random() < odd:
        headers["extra"] = rng.choice((b"\x00", "ü", -5, False))
    if rng.random() < odd:
        payload = rng.choice((b"", b"{", b"null", b"[]", b"\xff", b'{"bytes": "a"}', b"5"))
    return frames.encode(headers, payload)


def _exception_frame(rng: Random, stream: Shape) -> bytes:
    if rng.random() < 0.3:
        headers = {":message-type": "error"}
        if rng.random() < 0.8:
            headers |= {":error-code": "InternalError", ":error-message": "It broke: ü"}
        return frames.encode(headers, b"")
    names = [name for name, m in stream.members.items() if not m.serialization.get("event")]
    headers = {":message-type": "exception", ":content-type": "application/json"}
    if rng.random() < 0.9:
        headers[":exception-type"] = rng.choice((*names, "unmodelledException"))
    payload = rng.choice(
        (b'{"message": "slow down"}', b'{"Message": "S"}', b"{}", b"", b"not JSON", b"[]")
        + (b'{"message": null, "originalStatusCode": "4x"}', b'{"message": 5, "unknown": 1}')
    )
    return frames.encode(headers, payload)


def error_response(
    rng: Random, operation: OperationModel
) -> tuple[int, list[tuple[str, str]], bytes]:
    """An error response (status, headers, body), in the forms that services and proxies send."""
    status = rng.choice((300, 301, 400, 400, 403, 404, 408, 413, 424, 429, 500, 502, 503, 599))
    headers = [("x-amzn-RequestId", "id-1")] if rng.random() < 0.8 else []
    headers += rng.choice(([], [("X-Amz-Request-Id", "id-2"), ("x-amz-id-2", "host")]))
    names = [shape.name for shape in operation.error_shapes] + ["ModelErrorException", "Unheard"]
    name = rng.choice(names)
    code = rng.choice((name, f"com.amazon#{name}", f"{name}:http://x/y#z", f"X#{name}:z#q", ""))
    if rng.random() < 0.5:
        headers.append(("X-Amzn-ErrorType", code))
    if rng.random() < 0.1:
        headers.append(("x-amzn-query-error", rng.choice(("Query;Sender", ";Sender", "a;b;c"))))
    if rng.random() < 0.2:
        pages = (b"<html>no</html>", b" <html>\n", b"<!DOCTYPE html>", b"", b" \n", b"\xff", b"x")
        return status, headers, rng.choice(pages + (b"[]", b"null", b'"text"', b"{", b"5"))
    body: dict[str, Any] = {}
    if rng.random() < 0.8:
        body[rng.choice(("message", "Message"))] = rng.choice(("Not so: ü", "", None, 5))
    if rng.random() < 0.3:
        body["__type"] = rng.choice((code, code, None))
    if rng.random() < 0.3:
        body[rng.choice(("code", "Code"))] = rng.choice((code, 404, None, 1.5, True, ["a"]))
    if rng.random() < 0.3:
        body |= {"originalStatusCode": rng.choice((400, "424", 4.2)), "resourceName": "r"}
    return status, headers, _dumps(rng, body)


def plain(value: Any) -> Any:
    """The value in the types that most programs use, which the fast path handles."""
    match value:
        case dict():
            return {plain(str(key)): plain(each) for key, each in value.items()}
        case list() | tuple():
            return type(value)(plain(each) for each in value)
        case str():
            return "".join(value).replace("\ud83d", "")
        case bool() | None:
            return value
        case int():
            return int(value) if abs(value) < 2**63 else 7
        case float() | Decimal():
            return float(value) if isfinite(value) else 0.5
    return value
