"""logfire: spans of OpenTelemetry's instrumentation, in a span of logfire's."""

from __future__ import annotations

import logfire
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import watched_calls
from opentelemetry_records import plain_spans

OWN_PATH = {"in place": "OpenTelemetry wraps Endpoint.prepare_request, to add trace headers"}

exporter = InMemorySpanExporter()
logfire.configure(
    send_to_logfire=False,
    console=False,
    inspect_arguments=False,
    additional_span_processors=[SimpleSpanProcessor(exporter)],
)


def take() -> object:
    spans = plain_spans(exporter.get_finished_spans())
    exporter.clear()
    return spans


watched_calls.register(
    lambda: BotocoreInstrumentor().instrument(), take, within=lambda: logfire.span("job")
)
