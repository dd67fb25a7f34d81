"""openllmetry (opentelemetry-instrumentation-bedrock): spans, metrics and events of each call."""

from __future__ import annotations

from opentelemetry.instrumentation.bedrock import BedrockInstrumentor

import watched_calls
from opentelemetry_records import Memory

memory = Memory()
watched_calls.register(lambda: BedrockInstrumentor().instrument(), memory.take)
