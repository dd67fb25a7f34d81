"""Write the stubs that follow from models/: what type checkers see of each service.

    python tools/update_types.py            # make update-models does this, too

- python/fastbedrock/_client/operations.pyi: the operations with their parameters' names.
- python/fastbedrock/types.pyi: the classes that need the extra ``types``.
- python/fastbedrock/_client/overloads.pyi: which service name gives which class.
"""

from __future__ import annotations

import ast
import json
import keyword
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import botocore
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape
from botocore.utils import get_service_module_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "fastbedrock"

KINDS = {
    "string": "str",
    "character": "str",
    "boolean": "bool",
    "integer": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "list": "Sequence[Any]",
    "map": "Mapping[str, Any]",
    "structure": "Mapping[str, Any]",
}

OPERATIONS = '''\
"""The operations of each service, with the names of their parameters.

Written by tools/update_types.py. Type checkers see these classes if the extra ``types`` is not
installed, and the operations of a model that is newer than the extra.
"""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from fastbedrock._client.asynchronous import AsyncBaseClient
from fastbedrock._client.synchronous import BaseClient

Response = TypeVar("Response", covariant=True)
SyncResponse: TypeAlias = dict[str, Any]
AsyncResponse: TypeAlias = Coroutine[Any, Any, dict[str, Any]]
'''

TYPES = '''\
"""The clients with the extra ``types``. Written by tools/update_types.py.

Each class has the operations of the extra's stubs and, after them, what is our own.
"""

from types import TracebackType
from typing import Generic, TypeVar

from aiobotocore.eventstream import AioEventStream
from aiobotocore.response import StreamingBody
from typing_extensions import Self, Unpack

from fastbedrock._asyncio.response import AsyncStreamingBody
from fastbedrock._client import operations
'''

STREAMS = """
Event = TypeVar("Event")

class AsyncEventStream(AioEventStream[Event], Generic[Event]):
    __iter__: None  # aiobotocore's stubs have one, but it raises NotImplementedError.
    async def aclose(self) -> None: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

class AsyncBody(AsyncStreamingBody, StreamingBody):
    async def __aenter__(self) -> Self: ...
"""

OVERLOADS = '''\
"""Which service name gives which client. Written by tools/update_types.py.

If the extra ``types`` is not installed, what is imported from it counts as Any, which fits
everything, even ``Missing``. So the first overload for a service applies without the extra only.
"""

import os
from collections.abc import Callable
from typing import Any, Literal, Protocol, final, overload

from fastbedrock import types
from fastbedrock._client import operations
'''

MISSING = """
@final
class Missing: ...
"""


class Service:
    """A service, with its names in the extra's packages."""

    def __init__(self, path: Path) -> None:
        self.name = path.parents[1].name
        self.model = ServiceModel(json.loads(path.read_text("utf-8")), self.name)
        self.class_name = get_service_module_name(self.model)
        self.identifier = self.name.replace("-", "_")

    def operations(self) -> Iterator[tuple[str, OperationModel]]:
        """The operations that a client has, with their methods' names."""
        for name in self.model.operation_names:
            operation = self.model.operation_model(name)
            if not (operation.has_event_stream_input and operation.has_event_stream_output):
                yield botocore.xform_name(name), operation

    def streaming(self) -> Iterator[tuple[str, OperationModel, str, str]]:
        """The operations that stream: method, model, the stream's member and its type."""
        for method, operation in self.operations():
            events = operation.get_event_stream_output()
            payload = operation.get_streaming_output()
            shape = events or payload
            if shape is None:
                continue
            members = operation.output_shape.members.items()
            member = next(name for name, each in members if each.name == shape.name)
            stream = f"AsyncEventStream[aio_{self.identifier}.{shape.name}TypeDef]"
            yield method, operation, member, stream if events else "AsyncBody"


def parameters(shape: StructureShape | None) -> list[str]:
    """The parameters of an operation, the required ones first."""
    if shape is None or not shape.members:
        return []
    required = [name for name in shape.members if name in shape.required_members]
    others = [name for name in shape.members if name not in shape.required_members]
    unusual = [name for name in shape.members if not is_name(name)]
    named = [f"{name}: {kind(shape.members[name])}" for name in required if is_name(name)]
    named += [f"{name}: {kind(shape.members[name])} = ..." for name in others if is_name(name)]
    return (["*"] if named else []) + named + (["**params: Any"] if unusual else [])


def is_name(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def kind(shape: Shape) -> str:
    if getattr(shape, "is_document_type", False):
        return "Any"
    return KINDS.get(shape.type_name, "Any")


def operations(services: list[Service]) -> str:
    names = sorted(prefix + service.class_name for prefix in ("", "Async") for service in services)
    listed = ", ".join(f'"{name}"' for name in names)
    parts = [OPERATIONS, f"__all__: list[str] = [{listed}]\n"]
    for service in services:
        lines = [f"class {service.class_name}Operations(Generic[Response]):"]
        for method, operation in service.operations():
            arguments = ["self", *parameters(operation.input_shape)]
            lines.append(f"    def {method}({', '.join(arguments)}) -> Response: ...")
        for prefix, response in (("", "SyncResponse"), ("Async", "AsyncResponse")):
            bases = f"{service.class_name}Operations[{response}], {prefix}BaseClient"
            lines.append(f"class {prefix}{service.class_name}({bases}): ...")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def types(services: list[Service]) -> str:
    parts = [TYPES]
    for service in services:
        name, stub = service.class_name, f"types_aiobotocore_{service.identifier}"
        parts[0] += f"from mypy_boto3_{service.identifier}.client import {name}Client\n"
        parts[0] += f"from {stub}.client import {name}Client as Aio{name}Client\n"
        if any(service.streaming()):
            parts[0] += f"from {stub} import type_defs as aio_{service.identifier}\n"
    parts.append(STREAMS.lstrip("\n"))
    for service in services:
        name = service.class_name
        parts.append(f"class {name}({name}Client, operations.{name}): ...\n")
        methods = []
        for method, operation, member, stream in service.streaming():
            stub = f"aio_{service.identifier}.{operation.name}"
            parts.append(
                f"class {operation.name}Response({stub}ResponseTypeDef):\n    {member}: {stream}\n"
            )
            result = f"{operation.name}Response: ..."
            arguments = f"self, **params: Unpack[{stub}RequestTypeDef]"
            methods.append(f"    async def {method}({arguments}) -> {result}")
        body = "\n" + "\n".join(methods) if methods else " ..."
        bases = f"Aio{name}Client, operations.Async{name}"
        parts.append(f"class Async{name}({bases}):{body}\n")
    return "\n".join(parts)


def overloads(services: list[Service]) -> str:
    parts = [OVERLOADS]
    extra = ["class Extra:", '    """The names of the services whose stubs are installed."""']
    for service in services:
        literal = f"{service.class_name}ServiceName"
        for stub, face, prefix in (
            ("mypy_boto3", "", "_"),
            ("types_aiobotocore", "Async", "_async_"),
        ):
            name = f"{prefix}{service.identifier}"
            package = f"{stub}_{service.identifier}"
            parts[0] += f"from {package}.literals import {literal} as {face}{literal}\n"
            member = f"    @property\n    def {name}(self) -> "
            extra.append(f"{member}{face}{literal}: ...")
            parts.append(
                f"class Without{face}{service.class_name}(Protocol):\n{member}Missing: ...\n"
            )
    parts[1:1] = [MISSING.lstrip("\n"), "\n".join(extra) + "\n"]
    for function, face in (("client", ""), ("async_client", "Async")):
        others = other_arguments(function)
        lines = []
        for service in services:
            name = f'service_name: Literal["{service.name}"]'
            client = face + service.class_name
            for first, module in ((f"Without{client}", "operations"), ("object", "types")):
                shown = f"self: {first}, {name}, {others}"
                lines.append(f"@overload\ndef {function}({shown}) -> {module}.{client}: ...")
        shown = f"self: object, service_name: str, {others}"
        lines.append(f"@overload\ndef {function}({shown}) -> Any: ...")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def other_arguments(method: str) -> str:
    """The arguments of a method of Session after the first two, as they are written there."""
    module = ast.parse((PACKAGE / "session.py").read_text("utf-8"))
    functions = [each for each in ast.walk(module) if isinstance(each, ast.FunctionDef)]
    (found,) = (each for each in functions if each.name == method)
    return ast.unparse(found.args).removeprefix("self: Session, service_name: str, ")


def wanted() -> dict[Path, str]:
    """The text of each file."""
    services = [Service(path) for path in sorted((ROOT / "models").glob("*/*/service-2.json"))]
    texts = {
        PACKAGE / "_client" / "operations.pyi": operations(services),
        PACKAGE / "types.pyi": types(services),
        PACKAGE / "_client" / "overloads.pyi": overloads(services),
    }
    return {path: formatted(path, text) for path, text in texts.items()}


def formatted(path: Path, text: str) -> str:
    for command in (["check", "--select=I", "--fix"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "--stdin-filename", path, "-"]
        done = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True)
        text = done.stdout
    return text


def main() -> int:
    for path, text in wanted().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
