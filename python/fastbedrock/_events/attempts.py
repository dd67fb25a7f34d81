"""The attempts of a call whose events have handlers: from the request as a dict to the response."""

from __future__ import annotations

import time
from calendar import timegm
from functools import partial
from inspect import isawaitable

from fastbedrock._events import botocore_http, history
from fastbedrock._events.request import AWSRequest, bytes_of
from fastbedrock._events.response import AsyncAWSResponse, AWSResponse, ReadBody, content_of
from fastbedrock._events.signer import text
from fastbedrock._replaced import are_sockets_replaced, bound, make_request_patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock import _core
    from fastbedrock._events.hooks import Hooks
    from fastbedrock._events.request import AWSPreparedRequest

    _Parsed = tuple[Any, dict[str, Any]]


class CallState:
    """The state of one call between its attempts."""

    def __init__(self, attempts: _core.CallAttempts) -> None:
        self.attempts = attempts
        #: The exception of the last request that got no response.
        self.failure: Exception | None = None


async def make_request(
    hooks: Hooks, model: Any, request_dict: dict[str, Any], context: dict[str, Any]
) -> _Parsed:
    """Make the attempts of a call.

    Arguments:
        model: the model of the operation.
        request_dict: the request, as handlers of ``before-call`` have left it.
        context: the context of the call, for handlers of ``after-call-error``.

    Returns the last response, and the dict that was parsed from it.
    """
    patch = make_request_patch(hooks.is_async)
    try:
        if patch is None:
            return await send_request(hooks, model, request_dict)
        # It ends in botocore's own function, which calls the endpoint's _send_request.
        found = bound(patch, hooks.endpoint)(model, request_dict)
        response: _Parsed = await found if hooks.is_async else found
        return response
    except Exception as error:
        name = f"after-call-error.{hooks.service_id}.{model.name}"
        await hooks.emit(name, exception=error, context=context)
        raise


async def send_request(hooks: Hooks, model: Any, request_dict: dict[str, Any]) -> _Parsed:
    """Make the attempts, as :func:`make_request`, which tells handlers of errors in them."""
    state = CallState(hooks.engine.attempts(model.name))
    try:
        return await _attempt_until_done(hooks, state, model, request_dict)
    finally:
        state.attempts.end()


async def _attempt_until_done(
    hooks: Hooks, state: CallState, model: Any, request_dict: dict[str, Any]
) -> _Parsed:
    context = request_dict["context"]
    number, response, error = 0, None, None
    request: AWSPreparedRequest | None = None
    while True:
        number += 1
        _note_attempt(hooks, state, context, number, response)
        if request is not None:
            request.reset_stream()
        state.attempts.started(number)
        request = await _create_request(hooks, state, model, request_dict)
        response, error = await _exchange(hooks, state, model, request, context)
        delay = await hooks.emit(
            f"needs-retry.{hooks.service_id}.{model.name}",
            state,
            response=response,
            endpoint=hooks.endpoint,
            operation=model,
            attempts=number,
            caught_exception=error,
            request_dict=request_dict,
        )
        if delay is None or delay is False:
            break
        await hooks.driver.sleep(delay)
    if response is not None and "ResponseMetadata" in response[1]:
        response[1]["ResponseMetadata"]["RetryAttempts"] = number - 1
    if error is not None:
        raise error
    assert response is not None
    return response


def _note_attempt(
    hooks: Hooks, state: CallState, context: dict[str, Any], number: int, response: _Parsed | None
) -> None:
    """Write the attempt into the context, from which its headers are made."""
    retries = context.setdefault("retries", {})
    retries["attempt"] = number
    if "invocation-id" not in retries:
        retries["invocation-id"] = state.attempts.invocation_id
    if response is None:
        return
    read_timeout = context.get("read_timeout")
    if read_timeout is None:
        read_timeout = hooks.engine.settings["read_timeout"]
    date = response[0].headers.get("Date")
    if date and read_timeout is not None:
        try:
            seconds = timegm(time.strptime(date, "%a, %d %b %Y %H:%M:%S %Z"))
            ttl = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds + int(read_timeout)))
        except (ValueError, OverflowError, OSError):
            return
        retries["ttl"] = ttl


async def _create_request(
    hooks: Hooks, state: CallState, model: Any, request_dict: dict[str, Any]
) -> AWSPreparedRequest:
    request = AWSRequest(
        method=request_dict["method"],
        url=request_dict["url"],
        data=request_dict["body"],
        headers=request_dict["headers"],
        auth_path=request_dict.get("auth_path"),
        stream_output=model.has_streaming_output or model.has_event_stream_output,
    )
    request.context = request_dict["context"]
    name = f"request-created.{hooks.service_id}.{model.name}"
    await hooks.emit(name, state, request=request, operation_name=model.name)
    return hooks.endpoint.prepare_request(request)


async def _exchange(
    hooks: Hooks,
    state: CallState,
    model: Any,
    request: AWSPreparedRequest,
    context: dict[str, Any],
) -> tuple[_Parsed | None, Exception | None]:
    """One response, or the exception for which there is none."""
    response, error = await _response(hooks, state, model, request)
    await hooks.emit(
        f"response-received.{hooks.service_id}.{model.name}",
        state,
        response_dict=None if response is None else await _as_dict(hooks, response[0], model),
        parsed_response=None if response is None else response[1],
        context=context,
        exception=error,
    )
    return response, error


async def _response(
    hooks: Hooks, state: CallState, model: Any, request: AWSPreparedRequest
) -> tuple[_Parsed | None, Exception | None]:
    try:
        history.record_request(model, request)
        name = f"before-send.{hooks.service_id}.{model.name}"
        http = await hooks.emit(name, state, request=request)
        if http is None:
            http = await _send(hooks, state, request)
    except Exception as error:
        return None, error
    response_dict = await _as_dict(hooks, http, model)
    history.record_response(model, response_dict)
    customized: dict[str, Any] = {}
    await hooks.emit(
        f"before-parse.{hooks.service_id}.{model.name}",
        state,
        operation_model=model,
        response_dict=response_dict,
        customized_response_dict=customized,
    )
    parse = partial(_parse, hooks, model, response_dict)
    parsed = await hooks.driver.parse(parse, response_dict["body"])
    parsed.update(customized)
    history.record("PARSED_RESPONSE", parsed)
    return (http, parsed), None


async def _send(hooks: Hooks, state: CallState, request: AWSPreparedRequest) -> Any:
    if botocore_http.is_needed(hooks):
        if hooks.is_async:
            return await botocore_http.send_async(hooks, request)
        return botocore_http.send(hooks, request)
    if are_sockets_replaced():
        from fastbedrock._python_network import check

        await hooks.driver.ask(lambda: check(request.url))
    headers = [(name, text(value)) for name, value in request.headers.items()]
    read_timeout = (request.context or {}).get("read_timeout")
    body = bytes_of(request.body)
    parts = (request.method or "", request.url, headers, body, read_timeout, request.stream_output)
    try:
        status, found, payload = await hooks.driver.send(state.attempts, parts)
    except Exception as error:
        state.failure = error
        raise
    kind = AsyncAWSResponse if hooks.is_async else AWSResponse
    if not isinstance(payload, bytes):
        return kind(request.url, status, found, payload)
    response = kind(request.url, status, found, ReadBody())
    response._content = payload
    return response


async def _as_dict(hooks: Hooks, http: Any, model: Any) -> dict[str, Any]:
    """The response as handlers see it before and after it is parsed."""
    response: dict[str, Any] = {
        "headers": http.headers,
        "status_code": http.status_code,
        "context": {"operation_name": model.name},
    }
    if http.status_code >= 300:
        response["body"] = await _content(hooks, http)
    elif model.has_event_stream_output:
        response["body"] = http.raw
    elif model.has_streaming_output:
        length = http.headers.get("content-length")
        response["body"] = hooks.driver.streaming_body(http.raw, length)
    else:
        response["body"] = await _content(hooks, http)
    return response


async def _content(hooks: Hooks, http: Any) -> Any:
    content = http.content
    # With aiobotocore's classes, a handler's response has to be awaited.
    return await content if hooks.is_async and isawaitable(content) else content


def _parse(hooks: Hooks, model: Any, response: dict[str, Any]) -> dict[str, Any]:
    status, body = response["status_code"], response["body"]
    streams = status < 300 and (model.has_event_stream_output or model.has_streaming_output)
    if not streams:
        body = bytes_of(body)
    elif model.has_event_stream_output and not is_own_stream(body):
        # A handler has answered.
        body = content_of(body)
    headers = [(name.lower(), text(value)) for name, value in response["headers"].items()]
    return hooks.engine.parse_response(model.name, status, headers, body, hooks.is_async)


def is_own_stream(body: Any) -> bool:
    """Whether the core knows how to read events from the body."""
    return isinstance(body, bytes) or type(body).__module__.startswith("fastbedrock.")
