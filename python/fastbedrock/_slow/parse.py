"""A response or an error response to the dict that botocore's parsers make of it."""

from __future__ import annotations

from collections.abc import Callable
from http.client import responses as reasons
from typing import Any

from fastbedrock._model import ServiceModel, StructureShape, service_model

from . import values


def success(
    service_name: str, operation_name: str, metadata: dict[str, Any], body: bytes
) -> dict[str, Any]:
    """The parsed response of a call, with ``metadata`` as its ``ResponseMetadata``.

    A payload that is streamed (a blob or an event stream) is left out: the caller adds
    its own object.
    Raises ResponseParserError if the body is not JSON or not what the model says.
    """
    model = service_model(service_name)
    shape = model.operation_model(operation_name).output_shape
    return _success_of(model)(shape, metadata, body, values.load)


def error(
    service_name: str, operation_name: str, metadata: dict[str, Any], body: bytes
) -> dict[str, Any]:
    """The parsed error response: ``Error``, ``ResponseMetadata``, and the error's own members.

    Arguments and errors are those of :func:`success`, but a body that is not JSON is the message.
    """
    model = service_model(service_name)
    status = metadata["HTTPStatusCode"]
    if status == 300:
        # botocore raises an error, but parses the body as a success, so there is no "Error".
        shape = model.operation_model(operation_name).output_shape
        parsed = _success_of(model)(shape, metadata, body, values.load_leniently)
        if shape is not None and not model.speaks_json and shape.body.kind == "blob":
            parsed[shape.body.name] = values.text(body)
        return parsed
    trimmed = body.strip()
    if status >= 500 and (not trimmed or trimmed.startswith(b"<html>")):
        # A proxy or load balancer has responded, not the service.
        problem = {"Code": str(status), "Message": reasons.get(status, "")}
        return {"Error": problem, "ResponseMetadata": _without_ids(metadata)}
    if "x-amzn-requestid" not in metadata["HTTPHeaders"]:
        metadata = _without_ids(metadata)
    return _service_error(model, metadata, body)


_Success = Callable[
    [StructureShape | None, dict[str, Any], bytes, Callable[[bytes], Any]], dict[str, Any]
]


def _success_of(model: ServiceModel) -> _Success:
    return _json_success if model.speaks_json else _rest_json_success


def _json_success(
    shape: StructureShape | None,
    metadata: dict[str, Any],
    body: bytes,
    load: Callable[[bytes], Any],
) -> dict[str, Any]:
    # In this protocol, botocore's dicts end with the metadata.
    parsed = {} if shape is None else values.structure(load(body), shape, values.AS_SENT)
    return {**parsed, "ResponseMetadata": metadata}


def _rest_json_success(
    shape: StructureShape | None,
    metadata: dict[str, Any],
    body: bytes,
    load: Callable[[bytes], Any],
) -> dict[str, Any]:
    parsed: dict[str, Any] = {"ResponseMetadata": metadata}
    if shape is not None:
        parsed.update(_rest_json_members(shape, metadata, lambda: load(body), body))
    return parsed


def _rest_json_members(
    shape: StructureShape, metadata: dict[str, Any], load: Callable[[], Any], body: bytes
) -> dict[str, Any]:
    """The members of a response or of an error, from its head and its body."""
    headers: dict[str, str] = metadata["HTTPHeaders"]
    parsed: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.location == "statusCode":
            parsed[name] = values.scalar(metadata["HTTPStatusCode"], member, values.IN_RESPONSES)
        elif member.location == "headers":
            prefix = member.wire_name("").lower()
            parsed[name] = {
                header[len(prefix) :]: value
                for header, value in headers.items()
                if header.startswith(prefix)
            }
        elif member.location == "header":
            value = headers.get(member.wire_name(name).lower())
            if value is not None:
                parsed[name] = values.header(value, member)
    match shape.body.kind:
        case "members":
            parsed.update(values.structure(load(), shape, values.IN_RESPONSES))
        case "json":
            payload = values.value(load(), shape.body.shape, values.IN_RESPONSES)
            parsed[shape.body.name] = payload
        case "text":
            parsed[shape.body.name] = values.text(body)
    return parsed


def _service_error(model: ServiceModel, metadata: dict[str, Any], body: bytes) -> dict[str, Any]:
    headers: dict[str, str] = metadata["HTTPHeaders"]
    found = values.load_leniently(body)
    if not isinstance(found, dict):
        raise values.malformed(f"an error must be an object, not {values.kind(found)}")
    message = found.get("message", found.get("Message", ""))
    problem: dict[str, Any] = {"Message": message, "Code": ""}
    code = found.get("__type", str(metadata["HTTPStatusCode"]))
    if code is not None:
        if not isinstance(code, str):
            raise values.malformed(f"an error's __type must be a string, not {values.kind(code)}")
        code = _bare(code)
        query_error = headers.get("x-amzn-query-error", "").split(";")
        if len(query_error) == 2 and query_error[0]:
            problem["QueryErrorCode"] = code
            code, problem["Type"] = query_error
        problem["Code"] = code
    code = headers.get("x-amzn-errortype", found.get("code", found.get("Code")))
    if code is not None and not model.speaks_json:
        problem["Code"] = _bare(code) if isinstance(code, str) else code
    if isinstance(problem["Code"], (list, dict)):
        raise values.malformed(f"an error's code must not be {values.kind(problem['Code'])}")
    parsed = {"Error": problem, "ResponseMetadata": metadata}
    shape = model.shape_for_error_code(problem["Code"])
    if shape is not None:
        if model.speaks_json:
            parsed.update(values.structure(found, shape, values.AS_SENT))
        else:
            parsed.update(_rest_json_members(shape, metadata, lambda: found, body))
    return parsed


def _bare(code: str) -> str:
    """``ThrottlingException`` out of ``aws.bedrock#ThrottlingException:http://…``."""
    return code.split(":", 1)[0].rsplit("#", 1)[-1]


def _without_ids(metadata: dict[str, Any]) -> dict[str, Any]:
    """For errors, botocore reads no other header of an id than ``x-amzn-requestid``."""
    return {name: value for name, value in metadata.items() if name not in ("RequestId", "HostId")}
