"""The code that stands in methods of botocore's and aiobotocore's ``client.py``.

The code of these functions takes the place of the code of the methods with the same names. It runs
with the globals of botocore's module, so it may not use names of this one: the string is replaced
by the function to call (see ``trampolines.py``). This file has the name of botocore's: a code that
looks for patches of botocore, as that of fastbedrock's own clients does, compares names of files.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Replaced by the function to call.
MARK = "the function to call"


class BaseClient:
    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        call: Any = "the function to call"
        return call(self, operation_name, api_params)

    def close(self) -> Any:
        call: Any = "the function to call"
        return call(self)


class AioBaseClient:
    async def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> Any:
        call: Any = "the function to call"
        return await call(self, operation_name, api_params)

    async def close(self) -> Any:
        call: Any = "the function to call"
        return await call(self)

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> Any:
        call: Any = "the function to call"
        return await call(self, exc_type, exc_val, exc_tb)
