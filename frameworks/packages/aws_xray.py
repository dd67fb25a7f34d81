"""aws-xray-sdk: subsegments of calls, with botocore and aiobotocore patched."""

from __future__ import annotations

import json
from typing import Any

from aws_xray_sdk.core import patch, xray_recorder

import watched_calls

OWN_PATH = {"in place": "it wraps Endpoint.prepare_request, to add its header"}

segments: list[Any] = []


class Memory:
    """Keeps the segments that would be sent to the daemon."""

    def send_entity(self, entity: Any) -> None:
        segments.append(json.loads(entity.serialize()))


xray_recorder.configure(emitter=Memory(), sampling=False, service="jobs")


def take() -> Any:
    taken = [plain_segment(segment) for segment in segments]
    segments.clear()
    return taken


def plain_segment(segment: Any) -> Any:
    kept = ("name", "namespace", "http", "aws", "error", "fault", "throttle", "in_progress")
    return {
        **{name: segment.get(name) for name in kept},
        "exceptions": [
            {name: each.get(name) for name in ("message", "type", "remote")}
            for each in segment.get("cause", {}).get("exceptions", ())
        ],
        "subsegments": [plain_segment(each) for each in segment.get("subsegments", ())],
    }


watched_calls.register(
    lambda: patch(["botocore", "aiobotocore"]),
    take,
    within=lambda: xray_recorder.in_segment("job"),
    asynchronous=True,
)
