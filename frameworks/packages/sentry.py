"""sentry-sdk: its boto3 integration, whose transactions and breadcrumbs are kept in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.boto3 import Boto3Integration
from sentry_sdk.transport import Transport

import watched_calls

OWN_PATH = {"in place": "it registers handlers of events, to add trace headers"}


class Memory(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.items += [item.payload.json for item in envelope.items]

    def take(self) -> list[Any]:
        items, self.items = self.items, []
        return [plain_event(item) for item in items]


memory = Memory()


def begin() -> None:
    sentry_sdk.init(
        "http://key@127.0.0.1:9/1",
        transport=memory,
        traces_sample_rate=1.0,
        send_default_pii=True,
        default_integrations=False,
        integrations=[Boto3Integration()],
    )


@contextlib.contextmanager
def transaction() -> Iterator[None]:
    with sentry_sdk.isolation_scope():
        with sentry_sdk.start_transaction(name="job"):
            yield
        sentry_sdk.capture_message("done")


def plain_event(event: Any) -> Any:
    return {
        "name": event.get("transaction") or event.get("message"),
        "spans": [
            {
                "op": span.get("op"),
                "name": span.get("description"),
                "status": span.get("status"),
                "origin": span.get("origin"),
                "is_root": span["parent_span_id"] == event["contexts"]["trace"]["span_id"],
                "data": data(span.get("data")),
                "tags": span.get("tags"),
            }
            for span in event.get("spans", ())
        ],
        "breadcrumbs": [
            [each.get("category"), data(each.get("data"))]
            for each in event.get("breadcrumbs", {}).get("values", ())
        ],
        "exceptions": [
            [each["type"], each["module"], each["value"]]
            for each in event.get("exception", {}).get("values", ())
        ],
    }


def data(values: Any) -> Any:
    """Without what varies."""
    return {name: value for name, value in (values or {}).items() if not name.startswith("thread.")}


watched_calls.register(begin, memory.take, within=transaction)
