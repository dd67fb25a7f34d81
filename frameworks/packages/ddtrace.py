"""ddtrace: spans of its botocore and aiobotocore integrations."""

from __future__ import annotations

import os
from typing import Any

os.environ["DD_TRACE_AGENT_URL"] = "http://127.0.0.1:9"
os.environ["DD_INSTRUMENTATION_TELEMETRY_ENABLED"] = "false"
os.environ["DD_REMOTE_CONFIGURATION_ENABLED"] = "false"

from ddtrace import patch
from ddtrace.trace import TraceFilter, tracer

import watched_calls

OWN_PATH = {"in place": "it wraps ResponseParser.parse and adds trace headers by a handler"}
VARYING_TAGS = ("error.stack", "_dd.p.tid")
spans: list[Any] = []


class Memory(TraceFilter):
    """Keeps the traces, and sends none."""

    def process_trace(self, trace: Any) -> None:
        spans.extend(trace)


tracer.configure(trace_processors=[Memory()])


def take() -> Any:
    names = {span.span_id: span.name for span in spans}
    taken = [
        {
            "name": span.name,
            "resource": span.resource,
            "service": span.service,
            "type": span.span_type,
            "error": span.error,
            "parent": names.get(span.parent_id),
            "tags": {
                n: v for n, v in span.get_tags().items() if n not in ("error.stack", "_dd.p.tid")
            },
            "metrics": {n: v for n, v in span.get_metrics().items() if n != "process_id"},
        }
        for span in spans
    ]
    spans.clear()
    return taken


watched_calls.register(
    lambda: patch(botocore=True, aiobotocore=True),
    take,
    within=lambda: tracer.trace("job"),
    asynchronous=True,
)
