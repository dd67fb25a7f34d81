"""openinference-instrumentation-bedrock: spans of each call, with aiobotocore's clients too."""

from __future__ import annotations

from openinference.instrumentation.bedrock import BedrockInstrumentor

import watched_calls
from opentelemetry_records import Memory

memory = Memory()
watched_calls.register(lambda: BedrockInstrumentor().instrument(), memory.take, asynchronous=True)
