"""The effects of botocore's own handlers, at their places among the handlers of users.

They are registered like handlers, so that those of users come before and after them as in botocore,
and so that they can be unregistered.
"""

from __future__ import annotations

import os
from urllib.parse import quote
from uuid import uuid4

from fastbedrock import _botocore
from fastbedrock._events.emitter import Builtin
from fastbedrock._events.signer import unsigned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._events.attempts import CallState
    from fastbedrock._events.emitter import Emitter
    from fastbedrock._events.hooks import Hooks


async def _idempotency_tokens(hooks: Hooks, *, params: Any, model: Any, **_: Any) -> None:
    for name in model.idempotent_members:
        if name not in params:
            params[name] = str(uuid4())


async def _trace_id(hooks: Hooks, *, params: Any, **_: Any) -> None:
    trace_id = os.environ.get("_X_AMZN_TRACE_ID")
    headers = params["headers"]
    if trace_id and "AWS_LAMBDA_FUNCTION_NAME" in os.environ and "X-Amzn-Trace-Id" not in headers:
        headers["X-Amzn-Trace-Id"] = quote(trace_id, safe="-=;:+&[]{}\"',")


async def _retry_headers(hooks: Hooks, *, request: Any, **_: Any) -> None:
    retries = request.context.get("retries")
    if not retries:
        return
    request.headers["amz-sdk-invocation-id"] = retries["invocation-id"]
    known = [f"{name}={retries[name]}" for name in ("ttl", "attempt", "max") if name in retries]
    request.headers["amz-sdk-request"] = "; ".join(known)


async def _operation_signer(hooks: Hooks, *, context: Any, **_: Any) -> Any:
    auth_type = context.get("auth_type")
    if not auth_type:
        return None
    if auth_type == "none":
        return unsigned()
    if auth_type.startswith("v4"):
        return "v4"
    return "bearer" if auth_type == "bearer" else None


async def _auth_scheme(hooks: Hooks, **_: Any) -> Any:
    signer = hooks.signer
    resolved = signer.resolved_version
    return None if resolved == signer.signature_version else resolved


async def _sign(hooks: Hooks, *, request: Any, operation_name: str, **_: Any) -> None:
    await hooks.signer.steps(operation_name, request)


async def _max_attempts(
    hooks: Hooks, *, request: Any, call: CallState | None = None, **_: Any
) -> None:
    retries = request.context.get("retries")
    if retries is not None and call is not None:
        retries["max"] = call.attempts.max_attempts


async def _user_agent(hooks: Hooks, *, request: Any, **_: Any) -> None:
    if request.headers.get("User-Agent"):
        request.headers.replace_header("User-Agent", hooks.user_agent)


async def _rate_limit(hooks: Hooks, *, call: CallState | None = None, **_: Any) -> None:
    while call is not None and (delay := call.attempts.rate_limit_delay()):
        await hooks.driver.sleep(delay)


async def _retry(
    hooks: Hooks,
    *,
    response: Any,
    attempts: int,
    caught_exception: Any,
    request_dict: Any,
    call: CallState | None = None,
    **_: Any,
) -> float | None:
    if call is None:
        return None
    context = request_dict["context"]
    is_legacy = call.attempts.is_legacy
    if is_legacy and context.get("retries"):
        retries = context["retries"]
        retries["max"] = max(retries.get("max", 0), call.attempts.max_attempts)
    if response is None:
        failure = None if caught_exception is call.failure else _kind_of(caught_exception)
        decision = call.attempts.after_failure(attempts, failure)
    else:
        http, parsed = response
        decision = call.attempts.after_response(attempts, *_outcome(http, parsed))
    delay, price, is_last, has_no_quota = decision
    if response is not None and "ResponseMetadata" in response[1]:
        metadata = response[1]["ResponseMetadata"]
        metadata.update({"MaxAttemptsReached": True} if is_last else {})
        metadata.update({"RetryQuotaReached": True} if has_no_quota else {})
    if price is not None:
        context["retry_quota_capacity"] = price
    if delay is None and is_legacy and caught_exception is not None:
        # botocore's handler of legacy mode raises the exception, so later handlers are not called.
        raise caught_exception
    return delay


def _outcome(http: Any, parsed: Any) -> tuple[int, list[tuple[str, str | bytes]], bytes]:
    """What the retry rules ask about a response, as handlers have left it."""
    headers: list[tuple[str, str | bytes]] = []
    error = parsed.get("Error", {})
    code = error.get("Code") if isinstance(error, dict) else None
    if code is not None:
        headers.append(("x-amzn-errortype", str(code)))
    delay = http.headers.get("x-amz-retry-after")
    if delay is not None:
        headers.append(("x-amz-retry-after", str(delay)))
    return http.status_code, headers, b"{}"


def _kind_of(error: Any) -> tuple[bool, bool, bool]:
    """Whether an exception of a handler is transient, its cause unknown, the model may have run."""
    is_known = _is(error, "ConnectionError", "ConnectionClosedError", "ReadTimeoutError")
    is_transient = is_known or _is(error, "HTTPClientError")
    return is_transient, is_transient and not is_known, _is(error, "ReadTimeoutError")


def _is(error: Any, *names: str) -> bool:
    from fastbedrock import exceptions

    for name in names:
        theirs = _botocore.loaded_class("botocore.exceptions", name)
        if isinstance(error, getattr(exceptions, name)):
            return True
        if theirs is not None and isinstance(error, theirs):
            return True
    return False


def register_for_session(emitter: Emitter) -> None:
    """Register what botocore's sessions register."""
    emitter.register("before-parameter-build", Builtin(_idempotency_tokens))
    emitter.register("before-call", Builtin(_trace_id))
    emitter.register("request-created", Builtin(_retry_headers))
    emitter.register("choose-signer", Builtin(_operation_signer))
    emitter.register("choose-signer", Builtin(_auth_scheme))


def register_for_client(emitter: Emitter, service: str, retry_mode: str) -> None:
    """Register what botocore's clients register."""
    created, retries = f"request-created.{service}", f"needs-retry.{service}"
    emitter.register(created, Builtin(_sign))
    emitter.register_last(created, Builtin(_user_agent))
    if retry_mode != "legacy":
        name = f"seed-max-attempts-{service}"
        emitter.register(created, Builtin(_max_attempts), unique_id=name)
    emitter.register(retries, Builtin(_retry), unique_id=f"retry-config-{service}")
    if retry_mode == "adaptive":
        emitter.register("before-send", Builtin(_rate_limit))
