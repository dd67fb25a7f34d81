"""An Amazon Bedrock inside this process: no AWS account, no network, deterministic models.

    import boto3
    import fastbedrock.local

    with fastbedrock.local.serve() as server:
        client = boto3.client(
            "bedrock-runtime", endpoint_url=server.endpoint_url, **server.credentials
        )
        client.converse(
            modelId="amazon.nova-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": "Hello"}]}],
        )

It is a real HTTP server on a loopback port, so that any client in any language can talk to it, but
no web page.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterable

from fastbedrock._core import LocalServer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from os import PathLike
    from types import TracebackType
    from typing import Any

    #: A text, an object (see :meth:`LocalBedrock.reply`), or None to leave it to the server.
    Reply = str | dict[str, Any] | None

__all__ = ["LocalBedrock", "ServiceError", "serve"]

_REGION = "us-east-1"
_MOST_WORKERS = 256
_LONGEST_IDLENESS = 86_400
_SECRET_KEY = "local/BedrockSecretKey+notARealSecret0000"


class ServiceError(Exception):
    """Raised by a callable of :meth:`LocalBedrock.reply`: the service answers with this error.

    ``code`` is the error's name (``ThrottlingException``); ``message`` and the HTTP ``status`` are
    the service's usual ones where left out.
    """

    def __init__(self, code: str, message: str | None = None, status: int | None = None) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return self.code if self.message is None else f"{self.code}: {self.message}"


class LocalBedrock:
    """A running local Bedrock: made by :func:`serve`, stopped by :meth:`close` or ``with``."""

    #: The URL to give to a client as its ``endpoint_url``.
    endpoint_url: str
    #: The file that holds the server's certificate authority, for ``verify=``; None without TLS.
    ca_bundle: str | None

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._speaker: _Speaker | None = None
        self._replying = threading.Lock()
        self.endpoint_url = server.endpoint_url
        self.ca_bundle = None
        pem = server.authority_pem
        if pem is not None:
            descriptor, self.ca_bundle = tempfile.mkstemp(prefix="fastbedrock-", suffix=".pem")
            with os.fdopen(descriptor, "w") as file:
                file.write(pem)
        # Also when the server is forgotten, and when the interpreter exits.
        self._finalizer = weakref.finalize(self, _stop, server, self.ca_bundle, os.getpid())

    @property
    def credentials(self) -> dict[str, Any]:
        """Keys and region that the server accepts, as keyword arguments of a client."""
        return {
            "aws_access_key_id": "AKIALOCALBEDROCKTEST",
            "aws_secret_access_key": _SECRET_KEY,
            "region_name": _REGION,
        }

    @property
    def temporary_credentials(self) -> dict[str, Any]:
        """The same with a session token."""
        return {
            "aws_access_key_id": "ASIALOCALBEDROCKTEST",
            "aws_secret_access_key": _SECRET_KEY,
            "aws_session_token": "localBedrockSessionToken//////////notARealToken",
            "region_name": _REGION,
        }

    @property
    def expired_credentials(self) -> dict[str, Any]:
        """Credentials that the server refuses with an ExpiredTokenException."""
        return {
            **self.temporary_credentials,
            "aws_session_token": "localBedrockSessionToken//////////expired",
        }

    @property
    def api_key(self) -> str:
        """The Bedrock API key (bearer token) that the server accepts."""
        return "bedrock-api-key-local"

    @property
    def counters(self) -> dict[str, Any]:
        """What the server has seen so far.

        ``connections_opened``, ``connections_open``, ``bytes_received``, ``bytes_sent``,
        ``requests_started``, ``requests_aborted`` (the client left before its answer),
        ``streams_started``, ``streams_aborted`` (the client left before the last event), and
        ``requests``: from operation to HTTP status (as text; ``"none"`` where a fault took the
        answer's place) to count.
        """
        counters: dict[str, Any] = json.loads(self._server.control("GET", "counters", ""))
        return counters

    def reset_counters(self) -> None:
        """Start counting anew; connections that are open stay counted."""
        self._change("DELETE", "counters", "")

    def configure(self, **settings: Any) -> None:
        """Change settings of the scenario; those that are not named stay as they are.

        ``docs/local.md`` lists them: ``seed``, ``first_token_seconds``, ``tokens_per_second``,
        ``replies``, ``guardrails``, ``models``, ``limits``, ``faults``, ``async_invoke``. Raises
        ValueError, and changes nothing, where one of them is wrong, and RuntimeError once the
        server is closed.
        """
        self._change("POST", "scenario", _json(settings))

    def _change(self, method: str, what: str, body: str) -> None:
        if not self._finalizer.alive:
            raise RuntimeError(f"{self!r} is closed: nothing of it can be changed")
        self._server.control(method, what, body)

    def _load(self, path: str | PathLike[str]) -> None:
        try:
            with open(path, encoding="utf-8") as file:
                self._server.control("POST", "scenario", file.read())
        except ValueError as error:
            raise ValueError(f"{os.fsdecode(path)}: {error}") from error

    def reset(self) -> None:
        """Put every setting back to its default: echoing models, no faults, no limits."""
        self._change("DELETE", "scenario", "")

    def reply(self, reply: Reply | Sequence[Reply] | Callable[[dict[str, Any]], Reply]) -> None:
        """Say what the chat models answer from now on.

        A text or an object is the answer to everything. A list is a script: its answers are given
        in order, after which the models echo again; one with ``when`` is given whenever the user
        says those words. None ends all of it.

        A callable is asked for every answer, one at a time, on a thread of its own: it needs no
        lock, and must not itself call a chat model of this server. The thread is a real one also
        in a program that gevent or eventlet has patched. The callable gets a dict with
        ``operation``, ``modelId``, ``text`` (the words of the user's last turn) and ``body`` (the
        request), and returns a text, an object, or None to leave this answer to the server. What
        it raises, the client gets as a ModelErrorException, or as the error of a
        :class:`ServiceError`.

        An object has ``text``, ``reasoning``, ``toolUse`` (``name``, ``input``; or a list of
        them), ``content`` (Converse's blocks), ``stopReason``, ``usage`` (``inputTokens``,
        ``outputTokens``), or ``error`` (``code``, ``message``, ``status``) alone.

        Raises ValueError where an answer has no such form, and RuntimeError once the server is
        closed.
        """
        with self._replying:
            if callable(reply):
                self.configure(replies=None)
                self._speak(reply)
            else:
                self.configure(replies=reply)
            self._server.set_callable(callable(reply))

    def fault(
        self,
        fault: str,
        *,
        operation: str | None = None,
        model: str | None = None,
        calls: Sequence[int] | None = None,
        rate: float | None = None,
        every: int | None = None,
        times: int | None = None,
        **details: Any,
    ) -> None:
        """Let something go wrong from now on; ``docs/local.md`` lists what can.

        It strikes calls of ``operation`` (AWS's name; any) to models whose id has ``model`` in it
        (any): the ``calls`` of these numbers, counted from 1, or a share ``rate`` of them (0 to 1,
        decided by the scenario's seed), or ``every`` so many, or all; at most ``times`` in total.
        ``details`` are the fault's own settings. Raises ValueError where one of them is wrong.
        """
        rule = {
            "fault": fault,
            "operation": operation,
            "model": model,
            "calls": None if calls is None else list(calls),
            "rate": rate,
            "every": every,
            "times": times,
            **details,
        }
        self._change("POST", "faults", _json(rule))

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._change("DELETE", "faults", "")

    def close(self) -> None:
        """Stop serving and drop every connection, within a second. Closing twice is fine."""
        self._finalizer()
        if self._speaker is not None:
            self._speaker.wait()

    def _speak(self, answer: Callable[[dict[str, Any]], Reply]) -> None:
        if self._speaker is None:
            self._speaker = _Speaker(self._server, answer)
        self._speaker.answer = answer

    def __enter__(self) -> LocalBedrock:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<LocalBedrock {self.endpoint_url}>"


class _Speaker:
    """Asks a callable for replies on a thread of its own: the server's threads never run Python."""

    def __init__(self, server: LocalServer, answer: Callable[[dict[str, Any]], Reply]) -> None:
        self.answer = answer
        self._server = server
        self._native_id: int | None = None
        self._join = self._start()

    def _start(self) -> Callable[[float], object]:
        # A green thread would block all others while it waits for the server.
        if "gevent" in sys.modules or "eventlet" in sys.modules:
            from fastbedrock import _green

            join = _green.start_thread(self._run)
            if join is not None:
                return join
        thread = threading.Thread(target=self._run, name="fastbedrock-local-reply", daemon=True)
        thread.start()
        return thread.join

    def wait(self) -> None:
        """Wait for the thread's end. A callable that is still at work is left to itself."""
        if threading.get_native_id() != self._native_id:
            self._join(0.2)

    def _run(self) -> None:
        self._native_id = threading.get_native_id()
        while True:
            try:
                question = self._server.next_request(60.0)
            except EOFError:
                return
            if question is None:
                continue
            number, request = question
            try:
                reply = _json(self._reply(json.loads(request)))
            except BaseException as error:
                # Whatever it is, also pytest.fail's, the client is told, and the next one asked.
                self._server.respond(number, "", f"{type(error).__name__}: {error}")
            else:
                self._server.respond(number, reply)

    def _reply(self, request: dict[str, Any]) -> Reply:
        try:
            return self.answer(request)
        except ServiceError as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}


def _json(value: Any) -> str:
    # Paths are welcome; what JSON cannot say is a ValueError here, where its place is known.
    return json.dumps(value, allow_nan=False, default=_written)


def _written(value: object) -> str:
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _stop(server: LocalServer, ca_bundle: str | None, process: int) -> None:
    server.close()
    # A forked child has a copy of the server's handle, and no right to its parent's file.
    if ca_bundle is not None and process == os.getpid():
        with contextlib.suppress(OSError):
            os.unlink(ca_bundle)


def _check_type(
    name: str, value: object, kind: type[Any] | tuple[type[Any], ...], words: str
) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{name}: {words}, not {value!r}")


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: bool = False,
    workers: int = 1,
    scenario: str | PathLike[str] | None = None,
    allowed_hosts: Sequence[str] = (),
    max_connections: int = 4096,
    idle_timeout: float | None = 60.0,
    **settings: Any,
) -> LocalBedrock:
    """Start a local Bedrock.

    ``host`` and ``port`` say where it listens (port 0: any free one), ``tls`` whether behind a
    certificate of its own (see ``ca_bundle``), ``workers`` on how many threads it serves.
    ``scenario`` is a JSON file with settings, ``settings`` are further ones, as
    :meth:`LocalBedrock.configure` takes them.

    A request must name loopback, ``host`` or one of ``allowed_hosts`` as its host: names such as
    ``bedrock`` or ``host.docker.internal``, addresses, or ``*`` for any. So no web page that a
    browser on this machine shows can use the server or change its settings.

    At most ``max_connections`` are open at a time; further ones are refused with a 503.
    ``idle_timeout`` is how long a client may take to send a request, in seconds: a connection
    without a complete request for so long is closed, and a body may take as long again. None
    waits for ever.

    Raises OSError where it cannot listen, ValueError or TypeError where an argument or a setting
    is wrong.
    """
    for name, value in (("port", port), ("workers", workers), ("max_connections", max_connections)):
        _check_type(name, value, int, "a number")
    _check_type("host", host, str, "a name or an address")
    _check_type("tls", tls, bool, "True or False")
    if not 0 <= port <= 65_535:
        raise ValueError(f"port: a number from 0 to 65535, not {port}")
    if not 1 <= workers <= _MOST_WORKERS:
        raise ValueError(f"workers: a number from 1 to {_MOST_WORKERS}, not {workers}")
    if max_connections < 1:
        raise ValueError(f"max_connections: a number from 1, not {max_connections}")
    if idle_timeout is not None:
        _check_type("idle_timeout", idle_timeout, (int, float), "seconds or None")
        if not 0 < idle_timeout <= _LONGEST_IDLENESS:
            raise ValueError(f"idle_timeout: seconds above 0, at most a day, not {idle_timeout}")
    if isinstance(allowed_hosts, (str, bytes)) or not isinstance(allowed_hosts, Iterable):
        raise TypeError(f"allowed_hosts: a list of names, not {allowed_hosts!r}")
    allowed_hosts = list(allowed_hosts)
    for allowed in allowed_hosts:
        _check_type("allowed_hosts", allowed, str, "a list of names, each a str")
    options = {
        "host": host,
        "port": port,
        "tls": tls,
        "workers": workers,
        "allowed_hosts": allowed_hosts,
        "max_connections": max_connections,
        "idle_timeout": idle_timeout,
    }
    server = LocalBedrock(LocalServer(options))
    try:
        if scenario is not None:
            server._load(scenario)
        if settings:
            server.configure(**settings)
    except BaseException:
        server.close()
        raise
    return server
