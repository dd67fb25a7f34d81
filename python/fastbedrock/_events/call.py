"""One call whose events have handlers, written once for synchronous and asynchronous clients."""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit, urlunsplit

from fastbedrock import _core
from fastbedrock._events import botocore_http, history
from fastbedrock._events.attempts import make_request
from fastbedrock._replaced import bound, params_patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._client import ClientCore
    from fastbedrock._events.hooks import Hooks


async def make_call(
    hooks: Hooks, client: ClientCore, operation_name: str, api_params: dict[str, Any]
) -> dict[str, Any]:
    """Make a call; raises as the client's methods do."""
    model = hooks.meta.service_model.operation_model(operation_name)
    history.record_call(model, api_params)
    context = request_context(hooks, model)
    patch = params_patch(hooks.is_async)
    if patch is None:
        params = await emit_api_params(hooks, api_params, model, context)
    else:
        params = bound(patch, client)(api_params=api_params, operation_model=model, context=context)
        params = await params if hooks.is_async else params
    url = await endpoint_url(hooks, model, params, context)
    request_dict = to_request_dict(hooks, params, model, url, context)
    answer = await hooks.emit_until_response(
        f"before-call.{hooks.service_id}.{operation_name}",
        model=model,
        params=request_dict,
        request_signer=hooks.signer,
        context=context,
    )
    if answer is None:
        answer = await make_request(hooks, model, request_dict, context)
    http, parsed = answer
    await hooks.emit(
        f"after-call.{hooks.service_id}.{operation_name}",
        http_response=http,
        parsed=parsed,
        model=model,
        context=context,
    )
    if http.status_code >= 300:
        from fastbedrock.errorfactory import client_exceptions

        code = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
        raise client_exceptions(hooks.model_key).from_code(code)(parsed, operation_name)
    result: dict[str, Any] = parsed
    return result


def request_context(hooks: Hooks, model: Any) -> dict[str, Any]:
    """The dict that the handlers of one call share."""
    meta = hooks.meta
    return {
        "client_region": meta.region_name,
        "client_config": meta.config,
        "has_streaming_input": model.has_streaming_input,
        "auth_type": model.resolved_auth_type,
        "unsigned_payload": model.unsigned_payload,
        "auth_options": model.service_model.metadata.get("auth"),
    }


async def emit_api_params(
    hooks: Hooks, api_params: dict[str, Any], model: Any, context: dict[str, Any]
) -> dict[str, Any]:
    """The parameters, as handlers have left or replaced them."""
    name = f"{hooks.service_id}.{model.name}"
    event = f"provide-client-params.{name}"
    provided = await hooks.emit(event, params=api_params, model=model, context=context)
    params: dict[str, Any] = api_params if provided is None else provided
    event = f"before-parameter-build.{name}"
    await hooks.emit(event, params=params, model=model, context=context)
    return params


async def endpoint_url(hooks: Hooks, model: Any, params: Any, context: dict[str, Any]) -> str:
    """The URL of the endpoint, which handlers may change for one call."""
    event = f"before-endpoint-resolution.{hooks.service_id}"
    own = hooks.engine.endpoint_url
    if not hooks.emitter.handlers(event):
        return own
    options = hooks.options
    given = {
        "AWS::Region": hooks.engine.region_name,
        "AWS::UseFIPS": options.get("use_fips_endpoint", False),
        "AWS::UseDualStack": options.get("use_dualstack_endpoint", False),
        "SDK::Endpoint": options.get("endpoint_url"),
    }
    builtins = dict(given)
    await hooks.emit(event, builtins=builtins, model=model, params=params, context=context)
    if builtins == given:
        return own
    changed = {
        "region_name": builtins.get("AWS::Region"),
        "use_fips_endpoint": builtins.get("AWS::UseFIPS"),
        "use_dualstack_endpoint": builtins.get("AWS::UseDualStack"),
        "endpoint_url": builtins.get("SDK::Endpoint"),
        "signature_version": "unsigned",
    }
    known = {name: value for name, value in changed.items() if value is not None}
    return _core.Engine(hooks.model_key, known).endpoint_url


def to_request_dict(
    hooks: Hooks, params: Any, model: Any, endpoint_url: str, context: dict[str, Any]
) -> dict[str, Any]:
    """The request as the dict that handlers of ``before-call`` see and change.

    Raises ParamValidationError, and what serializing the parameters raises.
    """
    from fastbedrock._model import service_model
    from fastbedrock._slow.serialize import query_string

    shape = service_model(hooks.model_key).operation_model(model.name).input
    prepared = hooks.engine.prepare(model.name, params)
    method, path, query, headers, body = prepared.parts()
    if body and shape.body.kind in ("members", "json") and botocore_http.is_needed(hooks):
        # VCR may compare the bytes of a body with those of a recording.
        body = json.dumps(json.loads(body)).encode()
    names = {"content-type": "Content-Type"}
    for name, member in shape.members.items():
        if member.location == "header":
            names[member.wire_name(name).lower()] = member.wire_name(name)
        elif member.location == "headers":
            prefix = member.wire_name("")
            names.update({(prefix + key).lower(): prefix + key for key in params.get(name) or {}})
    request: dict[str, Any] = {
        "url_path": path,
        "query_string": query_string(params, shape) if query else {},
        "method": method,
        "headers": {names.get(name, name): value for name, value in headers},
        "body": body,
    }
    request["headers"]["User-Agent"] = hooks.user_agent
    request["url"] = _url(endpoint_url, path, query)
    request["context"] = context
    return request


def _url(endpoint_url: str, path: str, query: list[tuple[str, str]]) -> str:
    parts = urlsplit(endpoint_url.strip())
    prefix = parts.path.removesuffix("/")
    url = urlunsplit((parts.scheme, parts.netloc, prefix + path, parts.query, parts.fragment))
    pairs = "&".join(f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}" for k, v in query)
    if not pairs:
        return url
    return f"{url}{'&' if '?' in url else '?'}{pairs}"
