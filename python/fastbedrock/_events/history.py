"""botocore's history of calls, which tools switch on by ``get_global_history_recorder()``."""

from __future__ import annotations

from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._events.request import AWSPreparedRequest


def record(event_type: str, payload: Any) -> None:
    """Record a step of a call, if botocore is loaded."""
    history = modules.get("botocore.history")
    if history is not None:
        history.get_global_history_recorder().record(event_type, payload)


def record_call(model: Any, api_params: dict[str, Any]) -> None:
    service = model.service_model.service_name
    record("API_CALL", {"service": service, "operation": model.name, "params": api_params})


def record_request(model: Any, request: AWSPreparedRequest) -> None:
    payload = {
        "method": request.method,
        "headers": request.headers,
        "streaming": model.has_streaming_input,
        "url": request.url,
        "body": request.body,
    }
    record("HTTP_REQUEST", payload)


def record_response(model: Any, response: dict[str, Any]) -> None:
    record("HTTP_RESPONSE", {**response, "streaming": model.has_streaming_output})
