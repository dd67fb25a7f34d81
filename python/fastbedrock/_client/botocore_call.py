"""A call that goes through a patch of botocore's ``BaseClient._make_api_call``.

The patch calls botocore's own function in the end, which then runs on a client of fastbedrock. Its
steps are methods that the client inherits from botocore's class (see ``botocore_parts.py``), except
for these two: the request is not built by botocore, and it is sent by the engine.
"""

from __future__ import annotations

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


def convert_to_request_dict(
    client: BaseClient, api_params: dict[str, Any], *args: Any, **options: Any
) -> UnbuiltRequest:
    return UnbuiltRequest(api_params, options["context"])


def make_request(
    client: BaseClient, operation_model: Any, request_dict: UnbuiltRequest, request_context: Any
) -> tuple[_Successful, dict[str, Any]]:
    # An error response is raised here already.
    parsed = client._call(operation_model.name, request_dict.params)
    return _Successful(parsed), parsed


async def convert_to_request_dict_async(
    client: AsyncBaseClient, api_params: dict[str, Any], *args: Any, **options: Any
) -> UnbuiltRequest:
    return UnbuiltRequest(api_params, options["context"])


async def make_request_async(
    client: AsyncBaseClient,
    operation_model: Any,
    request_dict: UnbuiltRequest,
    request_context: Any,
) -> tuple[_Successful, dict[str, Any]]:
    parsed = await client._call(operation_model.name, request_dict.params)
    return _Successful(parsed), parsed
