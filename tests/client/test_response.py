"""The streaming body acts like botocore's, step by step, on the same bytes."""

from __future__ import annotations

import io

import botocore.response
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison import outcome
from fastbedrock import exceptions
from fastbedrock.response import StreamingBody
from programs import run_python


class RawStream:
    """A raw stream like the core's: it has the documented methods and no others."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self.closed = False

    def read(self, amt: int | None = None) -> bytes:
        return b"" if self.closed else self._data.read(amt)

    def read1(self, amt: int | None = None) -> bytes:
        # No more than three bytes have arrived.
        return self.read(3 if amt is None or amt < 0 else min(amt, 3))

    def readinto(self, buffer: bytearray) -> int:
        return 0 if self.closed else self._data.readinto(buffer)

    def tell(self) -> int:
        return self._data.tell()

    def close(self) -> None:
        self.closed = True


def read_into(body, size):
    buffer = bytearray(size)
    return body.readinto(buffer), bytes(buffer)


STEPS = {
    "read": lambda body, size: body.read(),
    "read some": lambda body, size: body.read(size),
    "readinto": read_into,
    "next": lambda body, size: next(body),
    "next method": lambda body, size: body.next(),
    "iterate": lambda body, size: list(body),
    "chunks": lambda body, size: list(body.iter_chunks(size + 1)),
    "default chunks": lambda body, size: list(body.iter_chunks()),
    "lines": lambda body, size: list(body.iter_lines(size + 1)),
    "default lines": lambda body, size: list(body.iter_lines()),
    "lines with ends": lambda body, size: list(body.iter_lines(size + 1, keepends=True)),
    "readlines": lambda body, size: body.readlines(),
    "readline": lambda body, size: body.readline(),
    "tell": lambda body, size: body.tell(),
    "readable": lambda body, size: body.readable(),
    "closed": lambda body, size: body.closed,
    "count": lambda body, size: body._amount_read,
    "writable": lambda body, size: body.writable(),
    "seek": lambda body, size: body.seek(0),
}
# The core's raw streams have no readlines(), so only the common methods are compared.
CORE_STEPS = sorted(set(STEPS) - {"readlines", "readable"})
CONTENT = st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\r", b"\r\n", b"\x0c", b"x" * 700])).map(
    b"".join
)


def run(cls, raw, length, steps):
    body = cls(raw, length)
    return [(name, size, outcome(lambda: STEPS[name](body, size))) for name, size in steps]  # noqa: B023


@given(
    CONTENT,
    st.sampled_from(["right", "text", "short", "long", None]),
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 5)), max_size=6),
)
def test_a_body_reads_as_botocores(content, announced, steps):
    size = len(content)
    length = {"right": size, "text": str(size), "short": size + 3, "long": size - 1}.get(announced)
    reference = run(botocore.response.StreamingBody, io.BytesIO(content), length, steps)
    assert run(StreamingBody, io.BytesIO(content), length, steps) == reference
    steps = [step for step in steps if step[0] in CORE_STEPS]
    reference = run(botocore.response.StreamingBody, RawStream(content), length, steps)
    assert run(StreamingBody, RawStream(content), length, steps) == reference


def test_the_cores_raw_stream_is_enough():
    body = StreamingBody(RawStream(b"one\ntwo\r\nthree"), 14)
    assert body.readable()
    assert body.readlines() == [b"one\n", b"two\r\n", b"three"]
    assert not StreamingBody(object(), 0).readable()
    text = io.TextIOWrapper(io.BufferedReader(StreamingBody(RawStream(b"one\ntwo"), 7)))
    assert text.read() == "one\ntwo"


def test_reading_after_close_misses_the_rest():
    for cls in (StreamingBody, botocore.response.StreamingBody):
        body = cls(RawStream(b"12345"), 5)
        assert body.read(2) == b"12"
        body.close()
        with pytest.raises(botocore.exceptions.IncompleteReadError) as raised:
            body.read()
        assert str(raised.value) == "2 read, but total bytes expected is 5."
    with pytest.raises(exceptions.IncompleteReadError):
        StreamingBody(RawStream(b""), 5).read()


def test_entering_gives_the_raw_stream_and_leaving_closes_it():
    raw = RawStream(b"12345")
    with StreamingBody(raw, 5) as entered:
        assert entered is raw
        assert not raw.closed
    assert raw.closed


def test_dropping_the_body_leaves_the_raw_stream_open():
    raw = RawStream(b"12345")
    body = StreamingBody(raw, 5)
    del body
    assert raw.read() == b"12345"


def test_the_socket_timeout_is_set_on_the_raw_stream():
    body = StreamingBody(RawStream(b""), 0)
    body._raw_stream.set_timeout = seen = []  # type: ignore[attr-defined]
    body._raw_stream.set_timeout = seen.append
    body.set_socket_timeout(1.5)
    assert seen == [1.5]
    with pytest.raises(AttributeError):
        StreamingBody(RawStream(b""), 0).set_socket_timeout(1)


def test_attributes_can_be_assigned():
    body = StreamingBody(RawStream(b""), 0)
    body.traced = True
    body.read = lambda amt=None: b"replaced"
    assert (body.traced, body.read()) == (True, b"replaced")


def test_bodies_are_instances_of_botocores_class_if_it_is_loaded():
    body = StreamingBody(RawStream(b""), 0)
    assert isinstance(body, botocore.response.StreamingBody)
    assert isinstance(body, io.IOBase)
    code = """
from fastbedrock.response import StreamingBody
body = StreamingBody(None, None)
assert body.__class__ is StreamingBody
import botocore.response
print(isinstance(body, botocore.response.StreamingBody), body.__class__.__name__)
"""
    assert run_python(code) == "True StreamingBody"


def test_methods_are_botocores():
    names = {name for name in dir(botocore.response.StreamingBody) if not name.startswith("__")}
    assert names - set(dir(StreamingBody)) == set()
