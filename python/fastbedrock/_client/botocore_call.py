"""A call that goes through a patch of botocore's ``BaseClient._make_api_call``.

The patch calls botocore's own function in the end, which then runs on a client of fastbedrock. Its
steps are methods that the client inherits from botocore's class (see ``botocore_parts.py``), except
for those here: the engine builds the request and sends it, unless handlers of events want to see
the request.
"""

from __future__ import annotations

from fastbedrock._events import attempts, call
from fastbedrock._events.emitter import run
from fastbedrock._replaced import do_others_take_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fastbedrock._client.asynchronous import AsyncBaseClient
    from fastbedrock._client.synchronous import BaseClient


class UnbuiltRequest(dict[str, "Any"]):
    """Stands for the request, which the engine builds: nobody looks at it before it is sent."""

    def __init__(self, params: dict[str, Any], context: dict[str, Any]) -> None:
        super().__init__(context=context, headers={}, body=b"")
        self.params = params


class _Successful:
    """The HTTP response of a call that has returned a dict."""

    def __init__(self, parsed: dict[str, Any]) -> None:
        metadata = parsed["ResponseMetadata"]
        self.status_code: int = metadata["HTTPStatusCode"]
        self.headers: dict[str, str] = metadata["HTTPHeaders"]


async def resolve_endpoint_ruleset_async(
    client: Any,
    operation_model: Any,
    params: Any,
    request_context: dict[str, Any],
    ignore_signing_region: bool = False,
) -> tuple[str, dict[str, str], dict[str, Any]]:
    hooks = client.meta._hooked()
    url = await call.endpoint_url(hooks, operation_model, params, request_context)
    return url, {}, {}


def resolve_endpoint_ruleset(*args: Any, **options: Any) -> Any:
    return run(resolve_endpoint_ruleset_async(*args, **options))


def convert_to_request_dict(
    client: Any,
    api_params: dict[str, Any],
    operation_model: Any,
    endpoint_url: str,
    context: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    set_user_agent_header: bool = True,
) -> dict[str, Any]:
    hooks = client.meta._hooked()
    context = {} if context is None else context
    # Only botocore's function for calls gives an auth_type.
    is_call = "auth_type" in context
    if is_call and not (hooks.emitter.concerns_calls or do_others_take_part(client)):
        return UnbuiltRequest(api_params, context)
    request = call.to_request_dict(hooks, api_params, operation_model, endpoint_url, context)
    request["headers"].update(headers or {})
    if not set_user_agent_header:
        del request["headers"]["User-Agent"]
    return request


async def convert_to_request_dict_async(*args: Any, **options: Any) -> dict[str, Any]:
    return convert_to_request_dict(*args, **options)


def make_request(
    client: BaseClient, operation_model: Any, request_dict: dict[str, Any], request_context: Any
) -> Any:
    if not isinstance(request_dict, UnbuiltRequest):
        hooks = client.meta._hooked()
        return run(attempts.make_request(hooks, operation_model, request_dict, request_context))
    # An error response is raised here already.
    parsed = client._call(operation_model.name, request_dict.params)
    return _Successful(parsed), parsed


async def make_request_async(
    client: AsyncBaseClient,
    operation_model: Any,
    request_dict: dict[str, Any],
    request_context: Any,
) -> Any:
    if not isinstance(request_dict, UnbuiltRequest):
        hooks = client.meta._hooked()
        return await attempts.make_request(hooks, operation_model, request_dict, request_context)
    parsed = await client._call(operation_model.name, request_dict.params)
    return _Successful(parsed), parsed
