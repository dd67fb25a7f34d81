"""``client.meta.events`` and ``Session.events``: handlers by the names of events."""

from __future__ import annotations

import os
from _thread import allocate_lock
from inspect import getfullargspec, isawaitable
from weakref import ref

from fastbedrock._botocore import BotocoreInstance
from fastbedrock._events.names import CALL_EVENTS_IN_ORDER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any, TypeVar

    from fastbedrock._events.hooks import Hooks

    _Handler = Callable[..., Any]
    _Sections = tuple[tuple[_Handler, ...], tuple[_Handler, ...], tuple[_Handler, ...]]
    _Responses = list[tuple[_Handler, Any]]
    _Result = TypeVar("_Result")

# Handlers of other events do not slow calls down.
CALL_EVENTS = frozenset(CALL_EVENTS_IN_ORDER)

_FIRST, _MIDDLE, _LAST = range(3)
_NO_HANDLERS: _Sections = ((), (), ())

# Held while handlers are registered. Each change replaces the dicts, so readers need no lock, and a
# fork in the middle of a change leaves the old dicts.
_lock = allocate_lock()


def _after_fork() -> None:
    global _lock
    _lock = allocate_lock()


os.register_at_fork(after_in_child=_after_fork)


class Builtin:
    """One of the handlers that every client has: it has the effect of botocore's handler there.

    ``function`` is a coroutine function of the client's hooks and the arguments of the event. The
    extra argument ``call`` is the state of the call, or None.
    """

    def __init__(self, function: Callable[..., Coroutine[Any, Any, Any]]) -> None:
        self.function = function

    def __call__(self, **kwargs: Any) -> None:
        raise TypeError(f"{self!r} can only be called by an emitter")

    def __repr__(self) -> str:
        return f"<built-in handler {self.function.__name__}>"


class Emitter(BotocoreInstance):
    """Handlers, and the names of the events that they are registered for.

    A name has parts, which dots separate. A handler for ``before-call.bedrock-runtime`` also
    handles ``before-call.bedrock-runtime.Converse``, and a part ``*`` stands for any part. Handlers
    with longer names are called first; those of one name in the order of their registration.

    Handlers can be registered and unregistered at any time and from any thread.
    """

    _BOTOCORE_CLASS = ("botocore.hooks", "BaseEventHooks")
    is_async = False

    def __init__(self, service: str | None = None, hooks: Hooks | None = None) -> None:
        self._service = service
        self._hooks = None if hooks is None else ref(hooks)
        self.is_of_client = hooks is not None
        self._sections: dict[str, _Sections] = {}
        # The handler of each unique id, and how often it was registered if that is counted.
        self._unique: dict[Any, tuple[_Handler, int | None]] = {}
        self._found: dict[str, tuple[_Handler, ...]] = {}
        self._builtins = 0
        self._is_forced = False
        #: Whether there are handlers besides the built-in ones, or some of these are missing.
        self.has_foreign = False
        #: The same, for the events of calls.
        self.concerns_calls = False

    def copy_for(self, service: str, hooks: Hooks) -> Emitter:
        """The same handlers for a client of a service, e.g. ``bedrock-runtime``."""
        kind = AsyncEmitter if hooks.is_async else Emitter
        copy = kind(service, hooks)
        with _lock:
            copy._sections, copy._unique = self._sections, self._unique
            copy._builtins = self._builtins
        copy._changed()
        return copy

    def __copy__(self) -> Emitter:
        copy = object.__new__(type(self))
        with _lock:
            copy.__dict__.update(self.__dict__, _found={})
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Emitter:
        return self.__copy__()

    def register(
        self,
        event_name: str,
        handler: _Handler,
        unique_id: Any = None,
        unique_id_uses_count: bool = False,
    ) -> None:
        """Register a handler for an event.

        Arguments:
            event_name: the event, or its first parts; ``*`` stands for any part.
            handler: called with the arguments of the event, all by name, and with ``event_name``.
            unique_id: while a handler with this id is registered, others with it are ignored.
            unique_id_uses_count: count the registrations with the id. The handler is removed when
                it was unregistered as often.

        Raises ValueError for a handler that cannot be called, or that does not accept arbitrary
        keyword arguments, and if the registrations with one id disagree about counting.
        """
        self._register(event_name, handler, unique_id, unique_id_uses_count, _MIDDLE)

    def register_first(
        self,
        event_name: str,
        handler: _Handler,
        unique_id: Any = None,
        unique_id_uses_count: bool = False,
    ) -> None:
        """:meth:`register` a handler that is called before those of :meth:`register`."""
        self._register(event_name, handler, unique_id, unique_id_uses_count, _FIRST)

    def register_last(
        self,
        event_name: str,
        handler: _Handler,
        unique_id: Any = None,
        unique_id_uses_count: bool = False,
    ) -> None:
        """:meth:`register` a handler that is called after those of :meth:`register`."""
        self._register(event_name, handler, unique_id, unique_id_uses_count, _LAST)

    def _register(
        self, event_name: str, handler: _Handler, unique_id: Any, counts: bool, section: int
    ) -> None:
        if not callable(handler):
            raise ValueError(f"Event handler {handler} must be callable.")
        if not _accepts_keywords(handler):
            raise ValueError(f"Event handler {handler} must accept keyword arguments (**kwargs)")
        with _lock:
            if unique_id is not None:
                known = self._unique.get(unique_id)
                if known is not None:
                    _check_count("register", unique_id, known[1], counts)
                    if known[1] is not None:
                        self._unique = {**self._unique, unique_id: (known[0], known[1] + 1)}
                    return
                self._unique = {**self._unique, unique_id: (handler, 1 if counts else None)}
            sections = list(self._sections.get(event_name, _NO_HANDLERS))
            sections[section] = (*sections[section], handler)
            self._sections = {**self._sections, event_name: (sections[0], sections[1], sections[2])}
            self._builtins += isinstance(handler, Builtin)
            self._changed()

    def unregister(
        self,
        event_name: str,
        handler: _Handler | None = None,
        unique_id: Any = None,
        unique_id_uses_count: bool = False,
    ) -> None:
        """Remove a handler, by itself or by its id. Nothing happens if it is not registered.

        If a handler was registered several times, only the first registration is removed.

        Raises ValueError if the registration with the id disagrees about counting.
        """
        with _lock:
            if unique_id is not None:
                known = self._unique.get(unique_id)
                if known is None:
                    return
                _check_count("unregister", unique_id, known[1], unique_id_uses_count)
                handler, count = known
                if count is not None and count > 1:
                    self._unique = {**self._unique, unique_id: (handler, count - 1)}
                    return
                self._unique = {key: v for key, v in self._unique.items() if key != unique_id}
            sections = self._sections.get(event_name, _NO_HANDLERS)
            for index, handlers in enumerate(sections):
                if handler in handlers:
                    at = handlers.index(handler)
                    left = list(sections)
                    left[index] = (*handlers[:at], *handlers[at + 1 :])
                    others = {k: v for k, v in self._sections.items() if k != event_name}
                    if any(left):
                        others[event_name] = (left[0], left[1], left[2])
                    self._sections = others
                    self._changed()
                    return

    def _changed(self) -> None:
        self._found = {}
        names = [
            None if isinstance(handler, Builtin) else event_name
            for event_name, sections in self._sections.items()
            for handlers in sections
            for handler in handlers
        ]
        is_incomplete = names.count(None) != self._builtins
        foreign = [name for name in names if name is not None]
        self.has_foreign = is_incomplete or bool(foreign)
        self.concerns_calls = (
            self._is_forced or is_incomplete or any(map(self._is_of_call, foreign))
        )

    def concern_calls(self) -> None:
        """Make all calls in the steps of calls with handlers, even if there are no handlers."""
        self._is_forced = self.concerns_calls = True

    def _is_of_call(self, event_name: str) -> bool:
        """Whether calls of the client's service have events that the name stands for."""
        first, *rest = event_name.split(".")
        of_service = not rest or rest[0] in ("*", self._service) or self._service is None
        return of_service and (first == "*" or first in CALL_EVENTS)

    def handlers(self, event_name: str) -> tuple[_Handler, ...]:
        """The handlers of an event, in the order in which they are called."""
        cache = self._found
        found = cache.get(event_name)
        if found is None:
            found = cache[event_name] = _search(self._sections, event_name)
        return found

    async def call_handlers(
        self, event_name: str, kwargs: dict[str, Any], stops: bool = False, call: Any = None
    ) -> _Responses:
        """Call the handlers of an event, up to the first response if ``stops`` is set.

        ``call`` is the state of the call, for the built-in handlers.
        """
        handlers = self.handlers(event_name)
        if not handlers:
            return []
        kwargs["event_name"] = event_name
        hooks = None if self._hooks is None else self._hooks()
        responses: _Responses = []
        for handler in handlers:
            if isinstance(handler, Builtin):
                if hooks is None:
                    continue
                response = await handler.function(hooks, call=call, **kwargs)
            else:
                response = handler(**kwargs)
                if self.is_async and isawaitable(response):
                    response = await response
            responses.append((handler, response))
            if stops and response is not None:
                break
        return responses

    def emit(self, event_name: str, **kwargs: Any) -> Any:
        """Call the handlers of an event with these arguments.

        Returns a list of the handlers, each with what it has returned.
        """
        return run(self.call_handlers(event_name, kwargs))

    def emit_until_response(self, event_name: str, **kwargs: Any) -> Any:
        """Call the handlers of an event until one returns something else than None.

        Returns the last handler that was called with what it has returned; None twice if there is
        no handler.
        """
        responses = run(self.call_handlers(event_name, kwargs, stops=True))
        return responses[-1] if responses else (None, None)


class AsyncEmitter(Emitter):
    """The emitter of an asynchronous client. Handlers may be coroutine functions."""

    is_async = True

    async def emit(self, event_name: str, **kwargs: Any) -> Any:
        return await self.call_handlers(event_name, kwargs)

    async def emit_until_response(self, event_name: str, **kwargs: Any) -> Any:
        responses = await self.call_handlers(event_name, kwargs, stops=True)
        return responses[-1] if responses else (None, None)


def event_service(service_id: str) -> str:
    """The service in the names of events, e.g. ``bedrock-runtime`` for ``Bedrock Runtime``."""
    return service_id.replace(" ", "-").lower()


def run(steps: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of a coroutine that never waits: that of a synchronous call."""
    try:
        steps.send(None)
    except StopIteration as stop:
        result: _Result = stop.value
        return result
    steps.close()
    raise RuntimeError("a synchronous call cannot wait for a coroutine")


def first_response(responses: _Responses, default: Any = None) -> Any:
    """The first response that is not None."""
    return next((response for _, response in responses if response is not None), default)


def _search(sections: dict[str, _Sections], event_name: str) -> tuple[_Handler, ...]:
    parts = event_name.split(".")
    found = []
    for pattern, handlers in sections.items():
        names = pattern.split(".")
        if len(names) <= len(parts) and all(
            name in ("*", part) for name, part in zip(names, parts, strict=False)
        ):
            found.append(([name == "*" for name in names], handlers))
    # Longer names come first. botocore calls the handlers of a wildcard before those of a name.
    found.sort(key=lambda item: item[0], reverse=True)
    return tuple(handler for _, sections in found for handlers in sections for handler in handlers)


def _accepts_keywords(handler: _Handler) -> bool:
    try:
        return getfullargspec(handler).varkw is not None
    except TypeError:
        return True  # functions of C, about which Python does not know


def _check_count(verb: str, unique_id: Any, count: int | None, counts: bool) -> None:
    if counts and count is None:
        raise ValueError(
            f"Initial registration of unique id {unique_id} was specified not to use a counter. "
            f"Subsequent {verb} calls to unique id must not use one either."
        )
    if not counts and count is not None:
        raise ValueError(
            f"Initial registration of unique id {unique_id} was specified to use a counter. "
            f"Subsequent {verb} calls to unique id must specify use of a counter as well."
        )
