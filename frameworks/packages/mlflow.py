"""mlflow: bedrock.autolog(), which traces clients that are made after it."""

from __future__ import annotations

import os
import tempfile
from typing import Any

os.environ["MLFLOW_TRACKING_URI"] = f"file://{tempfile.mkdtemp()}"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow.bedrock

import watched_calls

spans: list[Any] = []
mlflow.tracing.configure(span_processors=[spans.append])


def take() -> Any:
    taken = [
        {
            "name": span.name,
            "type": span.span_type,
            "status": [span.status.status_code, span.status.description],
            "inputs": span.inputs,
            "outputs": span.outputs,
            "attributes": {
                name: value
                for name, value in span.attributes.items()
                if name not in ("mlflow.traceRequestId", "mlflow.spanInputs", "mlflow.spanOutputs")
            },
            "events": [
                [event.name, {n: v for n, v in event.attributes.items() if "stacktrace" not in n}]
                for event in span.events
            ],
            "is_root": span.parent_id is None,
        }
        for span in spans
    ]
    spans.clear()
    return taken


watched_calls.register(mlflow.bedrock.autolog, take)
