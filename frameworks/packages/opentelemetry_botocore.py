"""opentelemetry-instrumentation-botocore: spans, metrics and log records of each call."""

from __future__ import annotations

import os

import watched_calls
from opentelemetry_records import Memory

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true"

from opentelemetry.instrumentation.botocore import BotocoreInstrumentor

memory = Memory()
watched_calls.register(lambda: BotocoreInstrumentor().instrument(), memory.take)
