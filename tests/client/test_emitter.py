"""The emitter calls the handlers that botocore's emitter calls, in the same order."""

from __future__ import annotations

import copy
import functools
import threading

import pytest
from botocore.hooks import HierarchicalEmitter
from botocore.utils import EVENT_ALIASES
from hypothesis import given, settings
from hypothesis import strategies as st

import fastbedrock
from differential import SETTINGS
from fastbedrock._events.emitter import CALL_EVENTS, Emitter

PARTS = st.sampled_from(["a", "b", "c"])
NAMES = st.lists(PARTS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.lists(PARTS | st.just("*"), min_size=1, max_size=4).map(".".join)
HANDLERS = st.integers(0, 4)
IDS = st.none() | st.sampled_from(["x", "y"])
CHANGES = st.one_of(
    st.tuples(
        st.sampled_from(["register", "register_first", "register_last"]),
        PATTERNS,
        HANDLERS,
        IDS,
        st.booleans(),
    ),
    st.tuples(st.just("unregister"), PATTERNS, st.none() | HANDLERS, IDS, st.booleans()),
    st.tuples(st.just("copy"), PATTERNS, HANDLERS, IDS, st.booleans()),
    st.tuples(
        st.sampled_from(["emit", "emit_until_response"]), NAMES, HANDLERS, IDS, st.booleans()
    ),
)


class Handler:
    """Notes its calls, and returns something if its number is odd."""

    def __init__(self, number, calls):
        self.number, self.calls = number, calls

    def __call__(self, event_name, **kwargs):
        self.calls.append((self.number, event_name, kwargs))
        return self.number if self.number % 2 else None


def replayed(emitter, changes):
    """What the emitter does for each change, and which handlers it calls."""
    calls, done = [], []
    handlers = [Handler(number, calls) for number in range(5)]
    for verb, name, number, unique_id, counts in changes:
        handler = None if number is None else handlers[number]
        try:
            if verb == "copy":
                emitter = copy.copy(emitter)
                continue
            if verb == "emit":
                found = [(each.number, response) for each, response in emitter.emit(name, key=1)]
            elif verb == "emit_until_response":
                last, response = emitter.emit_until_response(name, key=1)
                found = (last and last.number, response)
            else:
                found = getattr(emitter, verb)(name, handler, unique_id, counts)
        except ValueError:
            found = "ValueError"
        except AttributeError:
            # botocore's way of saying that nothing is registered for a shorter name.
            found = None
        done.append(found)
    return done, calls


@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES, max_size=25))
def test_registrations_have_botocores_effect(changes):
    assert replayed(Emitter(), changes) == replayed(HierarchicalEmitter(), changes)


class Callable:
    def __call__(self, **kwargs):
        pass

    def without_keywords(self, request):
        pass


@pytest.mark.parametrize(
    "handler",
    [
        lambda: None,
        lambda **kwargs: None,
        lambda request, **_: None,
        Callable(),
        Callable().without_keywords,
        functools.partial(lambda a, **_: None, 1),
        dict,
        print,
        None,
        "text",
    ],
)
def test_handlers_are_refused_as_by_botocore(handler):
    def refusal(emitter):
        try:
            emitter.register("a.b", handler)
        except ValueError as error:
            return str(error)

    assert refusal(Emitter()) == refusal(HierarchicalEmitter())


def test_botocore_has_no_aliases_for_events_of_bedrock():
    services = set(fastbedrock.Session().get_available_services())
    parts = services | CALL_EVENTS | {"getattr", "creating-client-class"}
    assert not parts & {part for alias in EVENT_ALIASES for part in alias.split(".")} - services
    assert not services & set(EVENT_ALIASES)


def test_handlers_are_registered_and_removed_from_many_threads():
    client = fastbedrock.client("bedrock-runtime", **SETTINGS)
    answer = (type("Response", (), {"status_code": 200})(), {"answered": True})
    client.meta.events.register("before-call", lambda **_: answer)
    failures, counts = [], []

    def work(number):
        calls = []
        try:
            for turn in range(200):
                handler = functools.partial(lambda turn, **_: calls.append(turn), turn)
                unique = f"{number}" if turn % 2 else None
                name = f"provide-client-params.bedrock-runtime.{'*' if turn % 3 else 'Converse'}"
                client.meta.events.register(name, handler, unique_id=unique)
                assert client.converse(modelId="m", messages=[]) == {"answered": True}
                client.meta.events.unregister(name, handler, unique_id=unique)
        except BaseException as error:
            failures.append(error)
        counts.append(len(calls))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    # Each handler saw its own thread's call at least.
    assert min(counts) >= 200
    assert client.meta.events.handlers("provide-client-params.bedrock-runtime.Converse") == ()
