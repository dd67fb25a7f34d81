"""elastic-apm: spans of calls, with botocore and aiobotocore instrumented."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import elasticapm
from elasticapm.transport.base import Transport

import watched_calls

OWN_PATH = {"in place": "it wraps urllib3, to add trace headers"}
WITHOUT_HEADERS = dict.fromkeys(
    ("traceparent", "tracestate", "elastic-apm-traceparent"),
    "added by a wrapper of urllib3, which our requests do not use",
)

events: list[Any] = []


class Memory(Transport):
    """Keeps what would be sent."""

    def queue(self, event_type: str, data: Any, flush: bool = False) -> None:
        events.append((event_type, data))

    def start_thread(self, pid: int | None = None) -> None:
        pass


client = elasticapm.Client(
    service_name="jobs",
    transport_class=f"{__name__}.Memory",
    metrics_interval="0ms",
    central_config=False,
    cloud_provider=False,
    span_compression_enabled=False,
)


@contextlib.contextmanager
def transaction() -> Iterator[None]:
    client.begin_transaction("job")
    yield
    client.end_transaction("job")


def take() -> Any:
    taken = [plain_event(kind, data) for kind, data in events]
    events.clear()
    return taken


def plain_event(kind: str, data: Any) -> Any:
    names = ("name", "type", "subtype", "action", "outcome", "sync", "context", "otel")
    return [kind, {name: data.get(name) for name in names}]


watched_calls.register(elasticapm.instrument, take, within=transaction, asynchronous=True)
