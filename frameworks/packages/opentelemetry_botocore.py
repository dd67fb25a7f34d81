"""opentelemetry-instrumentation-botocore: spans, metrics and log records of each call."""

from __future__ import annotations

import os

import watched_calls
from opentelemetry_records import Memory

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true"

from opentelemetry.instrumentation.botocore import BotocoreInstrumentor

OWN_PATH = {"in place": "it wraps Endpoint.prepare_request, to add trace headers"}

memory = Memory()
watched_calls.register(lambda: BotocoreInstrumentor().instrument(), memory.take)
