"""A pytest plugin that runs the suite of another package over fastbedrock.

    python -m pytest -p fastbedrock_suite --fastbedrock=client

``--fastbedrock=client`` lets boto3's, botocore's and aiobotocore's sessions make clients of
fastbedrock for its services. ``--fastbedrock=in-place`` calls ``fastbedrock.install()``.
``--fastbedrock=none`` is boto3 as it is. The end of the report says how many clients and calls
were fastbedrock's and why others were not. A run without either fails.

Nothing is imported early: a suite may want to patch botocore before it is imported.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import wraps

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_counts: Counter[str] = Counter()
_ENGINE = "calls by the engine at once"
_STEPS = "calls in steps, with handlers of others between them"
_OWN_PATH = "calls on botocore's own path: "


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fastbedrock",
        choices=("client", "in-place", "none"),
        default="none",
        help="what makes the calls of boto3's Bedrock clients in this run",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before the suite's own code is imported."""
    mode = early_config.known_args_namespace.fastbedrock
    if mode == "client":
        _put_clients()
    elif mode == "in-place":
        _install()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.option.fastbedrock != "none" and not _counts and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    mode = config.option.fastbedrock
    terminalreporter.section(f"fastbedrock: {mode}")
    if mode == "none":
        terminalreporter.line("boto3 as it is")
    elif not _counts:
        terminalreporter.line("error: no client and no call came here")
    for what, count in sorted(_counts.items()):
        if count:
            terminalreporter.line(f"{count:6} {what}")


def _put_clients() -> None:
    from fastbedrock._in_place import imports

    modules = ("botocore.session", "aiobotocore.session")
    imports.watch(modules, _put_clients_into)
    for name in modules:
        if name in sys.modules:
            _put_clients_into(name)


def _put_clients_into(module_name: str) -> None:
    import fastbedrock

    _count_calls()
    services = fastbedrock.Session().get_available_services()
    if module_name == "botocore.session":
        cls: Any = sys.modules[module_name].Session
        botocores = cls.create_client

        @wraps(botocores)
        def create_client(self: Any, service_name: str, *args: Any, **options: Any) -> Any:
            if service_name not in services:
                return botocores(self, service_name, *args, **options)
            _counts["clients"] += 1
            session = fastbedrock.Session(botocore_session=self)
            return session.client(service_name, *args, **options)

        cls.create_client = create_client
    else:
        cls = sys.modules[module_name].AioSession
        aiobotocores = cls._create_client

        @wraps(aiobotocores)
        async def _create_client(self: Any, service_name: str, *args: Any, **options: Any) -> Any:
            if service_name not in services:
                return await aiobotocores(self, service_name, *args, **options)
            _counts["asynchronous clients"] += 1
            session = fastbedrock.Session(botocore_session=self)
            return session.async_client(service_name, *args, **options)

        cls._create_client = _create_client


def _count_calls() -> None:
    from fastbedrock._client import botocore_call
    from fastbedrock._client.asynchronous import AsyncBaseClient
    from fastbedrock._client.synchronous import BaseClient
    from fastbedrock._events.hooks import Hooks

    # A call takes the engine's own steps unless handlers, or patches below a call, take part.
    _count(BaseClient, "_call", lambda *args: _ENGINE)
    _count(AsyncBaseClient, "_call", lambda *args: _ENGINE)
    _count(Hooks, "call", _in_steps)
    for name in ("make_request", "make_request_async"):
        _count(botocore_call, name, _if_built)


def _in_steps(*args: Any) -> str:
    _counts[_ENGINE] -= 1  # _call has counted it
    return _STEPS


def _if_built(client: Any, model: Any, request: Any, context: Any) -> str | None:
    return _STEPS if type(request) is dict else None


def _count(owner: Any, name: str, kind: Callable[..., str | None]) -> None:
    own = vars(owner)[name]

    @wraps(own)
    def counted(*args: Any) -> Any:
        what = kind(*args)
        if what is not None:
            _counts[what] += 1
        return own(*args)

    if not hasattr(own, "__wrapped__"):
        setattr(owner, name, counted)


def _install() -> None:
    import fastbedrock
    from fastbedrock._in_place import trampolines

    put = trampolines.put

    def put_and_count(module_name: str) -> None:
        put(module_name)
        from fastbedrock._in_place import client_state

        if not hasattr(client_state.route, "__wrapped__"):
            client_state.route = _counting_routes(client_state.route)
            client_state.route_async = _counting_async_routes(client_state.route_async)

    trampolines.put = put_and_count
    fastbedrock.install()


def _counting_routes(route: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(route)
    def counting(client: Any, operation_name: str, api_params: Any) -> Any:
        found = route(client, operation_name, api_params)
        _count_path(client, operation_name, found)
        return found

    return counting


def _counting_async_routes(route: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(route)
    async def counting(client: Any, operation_name: str, api_params: Any) -> Any:
        found = await route(client, operation_name, api_params)
        _count_path(client, operation_name, found)
        return found

    return counting


def _count_path(client: Any, operation_name: str, found: Any) -> None:
    import fastbedrock

    if found is not None:
        _counts[_ENGINE] += 1
    elif client.meta.service_model.service_name.startswith("bedrock"):
        reason = fastbedrock.installed(client).reason or f"because of {operation_name} itself"
        _counts[_OWN_PATH + re.sub(" at 0x[0-9a-f]+", "", reason)] += 1
