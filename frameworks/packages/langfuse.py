"""langfuse: an observation with what openllmetry, which it takes spans from, records in it."""

from __future__ import annotations

from langfuse import Langfuse
from opentelemetry.instrumentation.bedrock import BedrockInstrumentor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

import watched_calls
from opentelemetry_records import plain_spans

exporter = InMemorySpanExporter()
langfuse = Langfuse(
    public_key="pk", secret_key="sk", base_url="http://127.0.0.1:9", span_exporter=exporter
)


def take() -> object:
    langfuse.flush()
    spans = plain_spans(exporter.get_finished_spans())
    exporter.clear()
    return spans


watched_calls.register(
    lambda: BedrockInstrumentor().instrument(),
    take,
    within=lambda: langfuse.start_as_current_observation(name="job"),
)
