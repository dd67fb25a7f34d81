"""OpenLIT: spans of clients that are made after its instrumentation of Bedrock; converse alone."""

from __future__ import annotations

from openlit._config import OpenlitConfig
from openlit.instrumentation.bedrock import BedrockInstrumentor

import watched_calls
from opentelemetry_records import Memory

memory = Memory()
# openlit.init would load prices from the network.
OpenlitConfig.reset_to_defaults()
watched_calls.register(
    lambda: BedrockInstrumentor().instrument(capture_message_content=True, disable_metrics=True),
    memory.take,
    unseen=("stream", "cancellation", "invoke_model", "invoke_model stream", "embeddings"),
)
