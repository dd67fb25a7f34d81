"""Notices when other packages have patched methods of botocore's classes.

OpenTelemetry, dd-trace, Sentry, X-Ray and the mocks of tests wrap or replace methods of botocore's
classes, at any time. A client asks here before each call, and then calls the patched method with
itself as ``self``. Nothing is imported: a module that is not loaded has no patches.
"""

from __future__ import annotations

from os.path import basename
from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import Any
else:
    FunctionType = type(lambda: None)  # importing types would take 0.4 ms


class PatchableMethod:
    """One method of a class of botocore or aiobotocore, which other packages may patch."""

    def __init__(self, module: str, class_name: str, name: str) -> None:
        self._module = module
        self._class_name = class_name
        self._name = name
        # The function that was last found to be botocore's own, and its code: some packages
        # replace the code of a function in place.
        self._own: Any = None
        self._own_code: Any = None

    def patch(self) -> Any:
        """What the class has in place of botocore's own function; None if it has that function."""
        try:
            found = modules[self._module].__dict__[self._class_name].__dict__[self._name]
        except KeyError:  # not loaded, or being loaded
            return None
        if found is self._own and found.__code__ is self._own_code:
            return None
        if not self._is_own(found):
            return found
        self._own, self._own_code = found, found.__code__
        return None

    def _is_own(self, found: Any) -> bool:
        # botocore decorates some methods itself, by functools.wraps.
        while type(found) is FunctionType:
            names = found.__globals__
            home = modules.get(names.get("__name__", ""))
            file = getattr(home, "__file__", None) or ""
            if (
                home is None
                or names is not vars(home)
                or not home.__name__.startswith(("botocore.", "aiobotocore."))
                or basename(found.__code__.co_filename) != basename(file).replace(".pyc", ".py")
            ):
                return False
            if not hasattr(found, "__wrapped__"):
                return found.__code__.co_name == self._name
            found = found.__wrapped__
        return False


API_CALL = PatchableMethod("botocore.client", "BaseClient", "_make_api_call")
ASYNC_API_CALL = PatchableMethod("aiobotocore.client", "AioBaseClient", "_make_api_call")
CREATE_CLIENT = PatchableMethod("botocore.client", "ClientCreator", "create_client")
PREPARE_REQUEST = PatchableMethod("botocore.endpoint", "Endpoint", "prepare_request")
SEND = PatchableMethod("botocore.httpsession", "URLLib3Session", "send")
CLIENT_INIT = PatchableMethod("botocore.client", "BaseClient", "__init__")


def bound(patch: Any, instance: Any) -> Any:
    """The patch as a method of the instance, as an attribute of its class would become one."""
    get = getattr(type(patch), "__get__", None)
    return patch if get is None else get(patch, instance, type(instance))
