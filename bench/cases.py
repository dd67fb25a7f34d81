"""What is measured: each case is a function of measure.py, and gives one figure or several."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Programs without Python: the official client, and our engine, which takes and returns bytes.
RUST = ("sdk", "engine")


@dataclass(frozen=True)
class Figure:
    """One number of a measurement. ``scale`` turns seconds and bytes into ``unit``."""

    name: str
    title: str
    unit: str
    scale: float = 1
    more_is_better: bool = False


@dataclass(frozen=True)
class Case:
    """A function of measure.py, and the clients that are measured beside fastbedrock."""

    function: str
    figures: tuple[Figure, ...]
    peers: tuple[str, ...] = ()
    tls: bool = False
    scenario: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.function}_tls" if self.tls else self.function


def micro(title: str) -> tuple[Figure, ...]:
    return (Figure("cpu", title, "µs", 1e6),)


CASES = [
    Case(
        "creation",
        (Figure("wall", "import and client creation", "ms", 1e3),),
        ("boto3", "aiobotocore"),
    ),
    Case("converse", micro("converse in sequence, CPU per call"), ("boto3", *RUST, "socket")),
    Case("converse", micro("converse over TLS, CPU per call"), ("boto3",), tls=True),
    Case("handled", micro("converse with a handler of an event, CPU per call"), ("boto3",)),
    Case(
        "async_converse", micro("converse in sequence on asyncio, CPU per call"), ("aiobotocore",)
    ),
    Case("burst", micro("burst stream, CPU per event"), ("boto3",)),
    Case("burst", micro("burst stream over TLS, CPU per event"), ("boto3",), tls=True),
    Case(
        "image",
        (Figure("cpu", "converse with a 5 MB image, CPU per call", "ms", 1e3),),
        ("boto3",),
    ),
    Case(
        "converse_100",
        (
            Figure("rate", "100 calls in flight, calls per second", "/s", more_is_better=True),
            Figure("cpu", "100 calls in flight, CPU per call", "µs", 1e6),
        ),
        ("boto3", "aiobotocore", *RUST),
    ),
    Case("async_burst", micro("burst stream on asyncio, CPU per event"), ("aiobotocore",)),
    Case(
        "paced_64",
        micro("64 paced streams on asyncio, CPU per event"),
        ("aiobotocore", "bare"),
        scenario={"tokens_per_second": 50},
    ),
    Case(
        "idle_1000",
        (Figure("kb", "memory of an idle stream", "KB"),),
        scenario={"tokens_per_second": 1},
    ),
    Case("server_call", micro("local Bedrock, its own CPU per request")),
    Case("server_event", micro("local Bedrock, its own CPU per event")),
]
