"""Waiters, which repeat a call until its response is the one to wait for, as in botocore.

``client.get_waiter(name)`` makes the waiters that the service's model has, and
:func:`create_waiter_with_client` makes further ones::

    completed = {
        "operation": "GetAsyncInvoke",
        "delay": 15,
        "maxAttempts": 40,
        "acceptors": [
            {"matcher": "path", "argument": "status", "expected": "Completed", "state": "success"},
            {"matcher": "path", "argument": "status", "expected": "Failed", "state": "failure"},
        ],
    }
    model = WaiterModel({"version": 2, "waiters": {"AsyncInvokeCompleted": completed}})
    waiter = create_waiter_with_client("AsyncInvokeCompleted", model, client)
    waiter.wait(invocationArn=arn)

:class:`Progress` decides when a wait is over. It makes no calls itself, so that synchronous and
asynchronous waiters share it.
"""

from __future__ import annotations

import time

from fastbedrock import _core, exceptions
from fastbedrock._expressions import Path, is_dotted, jmespath_search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client import ClientCore

    _Response = dict[str, Any]


class WaiterModel:
    """The waiters of a service: ``waiter_config`` is the content of its file ``waiters-2.json``.

    Raises WaiterConfigError if its ``version`` is not 2.
    """

    SUPPORTED_VERSION = 2

    def __init__(self, waiter_config: dict[str, Any]) -> None:
        self._waiter_config: dict[str, dict[str, Any]] = waiter_config["waiters"]
        self.version = waiter_config.get("version", "unknown")
        if self.version != self.SUPPORTED_VERSION:
            raise exceptions.WaiterConfigError(
                error_msg="Unsupported waiter version, supported version must be: "
                f"{self.SUPPORTED_VERSION}, but version of waiter config is: {self.version}"
            )
        self.waiter_names = sorted(self._waiter_config)

    def get_waiter(self, waiter_name: str) -> SingleWaiterConfig:
        """The waiter with AWS's name, e.g. ``MemoryCreated``. Raises ValueError without one."""
        if waiter_name not in self._waiter_config:
            raise ValueError(f"Waiter does not exist: {waiter_name}")
        return SingleWaiterConfig(self._waiter_config[waiter_name])


class SingleWaiterConfig:
    """One waiter of a model.

    It calls ``operation`` (AWS's name) at most ``max_attempts`` times, and waits ``delay`` seconds
    between two calls.
    """

    def __init__(self, single_waiter_config: dict[str, Any]) -> None:
        self._config = single_waiter_config
        self.description: str = single_waiter_config.get("description", "")
        self.operation: str = single_waiter_config["operation"]
        self.delay: float = single_waiter_config["delay"]
        self.max_attempts: int = single_waiter_config["maxAttempts"]

    @property
    def acceptors(self) -> list[AcceptorConfig]:
        """What is compared with each response, in this order; the first match counts.

        Raises WaiterConfigError for an unknown matcher, and MissingDependencyException if an
        argument needs the package jmespath, which is not installed.
        """
        return [AcceptorConfig(config) for config in self._config["acceptors"]]


class AcceptorConfig:
    """A condition for a response, and the ``state`` that it leads to.

    ``state`` is success, failure or retry; ``matcher`` is path, pathAll, pathAny, status or error;
    ``argument`` is a JMESPath expression for the first three. ``matcher_func(response)`` is true
    if the response meets the condition. The response of a call that raised ClientError is its
    ``response``.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.state: str = config["state"]
        self.matcher: str = config["matcher"]
        self.expected: Any = config["expected"]
        self.argument: Any = config.get("argument")
        self.matcher_func = self._create_matcher_func()

    @property
    def explanation(self) -> str:
        """What was matched, for the texts of errors."""
        if self.matcher == "path":
            return f'For expression "{self.argument}" we matched expected path: "{self.expected}"'
        if self.matcher == "pathAll":
            return (
                f'For expression "{self.argument}" all members matched '
                f'expected path: "{self.expected}"'
            )
        if self.matcher == "pathAny":
            return (
                f'For expression "{self.argument}" we matched expected '
                f'path: "{self.expected}" at least once'
            )
        if self.matcher == "status":
            return f"Matched expected HTTP status code: {self.expected}"
        return f"Matched expected service error code: {self.expected}"

    def _create_matcher_func(self) -> Callable[[_Response], bool]:
        if self.matcher == "status":
            return self._matches_status
        if self.matcher == "error":
            return self._matches_error
        if self.matcher not in _PATH_MATCHERS:
            raise exceptions.WaiterConfigError(error_msg=f"Unknown acceptor: {self.matcher}")
        search = _search(self.argument)
        matches = _PATH_MATCHERS[self.matcher]
        return lambda response: not _is_error(response) and matches(search(response), self.expected)

    def _matches_status(self, response: _Response) -> bool:
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return bool(status == self.expected)

    def _matches_error(self, response: _Response) -> bool:
        if self.expected is True:
            return "Error" in response and "Code" in response["Error"]
        if self.expected is False:
            return "Error" not in response
        return bool(response.get("Error", {}).get("Code", "") == self.expected)


def _matches_all(found: Any, expected: Any) -> bool:
    return isinstance(found, list) and bool(found) and all(element == expected for element in found)


def _matches_any(found: Any, expected: Any) -> bool:
    return isinstance(found, list) and any(element == expected for element in found)


_PATH_MATCHERS: dict[str, Callable[[Any, Any], bool]] = {
    "path": lambda found, expected: bool(found == expected),
    "pathAll": _matches_all,
    "pathAny": _matches_any,
}


def _search(expression: Any) -> Callable[[Any], Any]:
    if isinstance(expression, str) and is_dotted(expression):
        return Path(expression).search
    return jmespath_search(expression, f'a waiter with the expression "{expression}"')


def _is_error(response: _Response) -> bool:
    error = response.get("Error")
    return isinstance(error, dict) and "Code" in error


class Progress:
    """The state of one wait: the arguments of its calls, and whether it is over."""

    def __init__(self, waiter: Waiter, kwargs: dict[str, Any]) -> None:
        self._name = waiter.name
        self._acceptors = waiter.config.acceptors
        config = kwargs.pop("WaiterConfig", {})
        # Seconds between two calls.
        self.delay: float = config.get("Delay", waiter.config.delay)
        self._max_attempts: int = config.get("MaxAttempts", waiter.config.max_attempts)
        self.kwargs = kwargs
        self._attempts = 0
        self._has_matched = False

    def receive(self, response: _Response) -> bool:
        """Whether the response ends the wait. Raises WaiterError if it ends without success."""
        self._attempts += 1
        matched = self._matched(response)
        if matched is not None:
            self._has_matched = True
            if matched.state == "success":
                return True
            if matched.state == "failure":
                reason = f"Waiter encountered a terminal failure state: {matched.explanation}"
                raise self._error(reason, response)
        elif _is_error(response):
            error = response["Error"]
            reason = (
                f"An error occurred ({error.get('Code', 'Unknown')}): "
                f"{error.get('Message', 'Unknown')}"
            )
            raise self._error(reason, response)
        if self._attempts >= self._max_attempts:
            reason = "Max attempts exceeded"
            if self._has_matched:
                # If the last response matched nothing, botocore names the last acceptor.
                acceptor = matched or self._acceptors[-1]
                reason += f". Previously accepted state: {acceptor.explanation}"
            raise self._error(reason, response)
        return False

    def _matched(self, response: _Response) -> AcceptorConfig | None:
        return next((each for each in self._acceptors if each.matcher_func(response)), None)

    def _error(self, reason: str, response: _Response) -> exceptions.WaiterError:
        return exceptions.WaiterError(name=self._name, reason=reason, last_response=response)


class Waiter:
    """Repeats a call until its response is the one to wait for; made by ``client.get_waiter``.

    ``name`` is AWS's name of the waiter, and ``config`` its entry in the model.
    """

    def __init__(
        self, name: str, config: SingleWaiterConfig, operation_method: Callable[..., Any]
    ) -> None:
        self._operation_method = operation_method
        self.name = name
        self.config = config

    def wait(self, **kwargs: Any) -> None:
        """Call the operation until its response is the one to wait for.

        Takes the operation's parameters and ``WaiterConfig``, a dict of ``Delay`` (the seconds
        between two calls) and ``MaxAttempts`` (the most calls).

        Raises WaiterError, whose ``last_response`` is the last response, if the waiter's model
        says that the wait has failed, for an error response that it does not expect, and after
        the last call; and whatever else the operation raises.
        """
        progress = Progress(self, kwargs)
        while not progress.receive(self._response(progress.kwargs)):
            # Looked up each time: gevent and eventlet replace it.
            time.sleep(progress.delay)

    def _response(self, kwargs: dict[str, Any]) -> Any:
        try:
            return self._operation_method(**kwargs)
        except exceptions.ClientError as error:
            return error.response


def create_waiter_with_client(
    waiter_name: str, waiter_model: WaiterModel, client: ClientCore
) -> Any:
    """The waiter of a model with AWS's name, e.g. ``MemoryCreated``, for a client.

    For an asynchronous client, ``wait()`` of the waiter is a coroutine function.

    Raises ValueError if the model has no such waiter, and AttributeError if the client has no
    method for the waiter's operation.
    """
    from fastbedrock._client.docstring import waiter_docstring
    from fastbedrock._model import service_model

    config = waiter_model.get_waiter(waiter_name)
    method = getattr(client, _core.method_name(config.operation))
    operation = service_model(client._MODEL_KEY).operation_model(config.operation)
    base = client._waiter_base()
    # A copy of the method, because each waiter has its own docstring.
    function: Any = type(base.wait)
    wait = function(base.wait.__code__, base.wait.__globals__)
    wait.__doc__ = waiter_docstring(config.delay, config.max_attempts, operation)
    names = {"__doc__": config.description or base.__doc__, "__module__": base.__module__}
    name = f"{client._SERVICE_CLASS.__name__}.Waiter.{waiter_name}"
    cls = type(name, (base,), {**names, "wait": wait})
    return cls(waiter_name, config, method)
