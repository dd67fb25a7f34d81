"""braintrust: spans of clients that are made after it was asked to watch them."""

from __future__ import annotations

import contextlib
from typing import Any

import braintrust
from braintrust import logger
from braintrust.integrations.bedrock_runtime import BedrockRuntimeIntegration
from braintrust.util import LazyValue

import watched_calls

PROJECT = logger.OrgProjectMetadata(
    org_id="org", project=logger.ObjectMetadata(id="project", name="jobs", full_info={})
)
# Records stay in memory, and nothing logs in.
memory = contextlib.ExitStack().enter_context(logger._internal_with_memory_background_logger())
logger._state._global_bg_logger = LazyValue(lambda: memory, use_mutex=False)
logger._compute_logger_metadata = lambda **_: PROJECT
braintrust.init_logger(project="jobs", project_id="project")._lazy_metadata = LazyValue(
    lambda: PROJECT, use_mutex=False
)


def take() -> Any:
    return [plain_span(record) for record in memory.pop()]


def plain_span(record: Any) -> Any:
    kept = ("input", "output", "metadata", "span_attributes", "error")
    times = ("start", "end", "duration", "time_to_first_token")
    error = record.get("error")
    return {
        **{name: record.get(name) for name in kept},
        # Where an error was raised is not comparable.
        "error": error and error.partition("\n")[0],
        "metrics": {
            name: name if name in times else value
            for name, value in record.get("metrics", {}).items()
        },
        "is_root": record["span_id"] == record["root_span_id"],
    }


watched_calls.register(BedrockRuntimeIntegration.setup, take)
