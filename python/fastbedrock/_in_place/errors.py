"""botocore's exceptions in place of ours, of the classes that botocore itself would raise."""

from __future__ import annotations

from botocore import eventstream, parsers
from botocore import exceptions as theirs

from fastbedrock import exceptions as ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def of_botocore(error: BaseException, client: Any) -> BaseException:
    """The exception that botocore raises for what ``error`` says; ``error`` itself if it has none.

    Errors of the service get the class of the client.
    """
    if isinstance(error, ours.ClientError) and not isinstance(error, ours.EventStreamError):
        code = error.response.get("Error", {}).get("Code")
        known = code if isinstance(code, str) else None
        found: BaseException = client.exceptions.from_code(known)(
            error.response, error.operation_name
        )
        return found
    return of_transport(error)


def of_transport(error: BaseException) -> BaseException:
    """:func:`of_botocore` for errors of connections and streams."""
    for cls in type(error).__mro__:
        if cls.__module__ == ours.__name__:
            return _made(cls, error) or error
    return error


def _made(cls: type[Any], error: Any) -> BaseException | None:
    home = {"botocore.parsers": parsers, "botocore.eventstream": eventstream}
    module = home.get(getattr(cls, "_botocore_module", ""), theirs)
    found = getattr(module, cls.__name__, None)
    if found is None:
        return None
    if issubclass(cls, ours.EventStreamError):
        made: BaseException = found(error.response, error.operation_name)
    elif issubclass(cls, ours.HTTPClientError):
        made = found(request=error.request, response=error.response, **error.kwargs)
    elif issubclass(cls, ours.BotoCoreError):
        made = found(**error.kwargs)
    else:  # it does not keep its arguments
        made = found.__new__(found)
        Exception.__init__(made, *error.args)
    return made
