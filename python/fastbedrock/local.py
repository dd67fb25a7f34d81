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

It is a real HTTP server on a loopback port. Clients in any language can use it; web pages cannot.
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

    #: A text, an object (see :meth:`LocalBedrock.reply`), or None to leave the reply to the server.
    Reply = str | dict[str, Any] | None

__all__ = ["LocalBedrock", "ServiceError", "serve"]

_REGION = "us-east-1"
_MAX_WORKERS = 256
_MAX_IDLE_TIMEOUT = 86_400
_SECRET_KEY = "local/BedrockSecretKey+notARealSecret0000"


class ServiceError(Exception):
    """An error of the service, for callables of :meth:`LocalBedrock.reply` to raise.

    ``code`` is the error's name, such as ``ThrottlingException``. Without a ``message`` or an HTTP
    ``status`` the error has the ones that the service usually sends with this code.
    """

    def __init__(self, code: str, message: str | None = None, status: int | None = None) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return self.code if self.message is None else f"{self.code}: {self.message}"


class LocalBedrock:
    """A running local Bedrock, started by :func:`serve`; :meth:`close` or ``with`` stops it."""

    #: The URL of the server: the ``endpoint_url`` of a client.
    endpoint_url: str
    #: The path of the server's certificate authority, for ``verify=``; None without TLS.
    ca_bundle: str | None

    def __init__(self, server: LocalServer) -> None:
        self._server = server
        self._callable_thread: _CallableThread | None = None
        self._reply_lock = threading.Lock()
        self.endpoint_url = server.endpoint_url
        self.ca_bundle = None
        pem = server.authority_pem
        if pem is not None:
            descriptor, self.ca_bundle = tempfile.mkstemp(prefix="fastbedrock-", suffix=".pem")
            with os.fdopen(descriptor, "w") as file:
                file.write(pem)
        # Stops a server that was not closed, when it is collected or when the interpreter exits.
        self._finalizer = weakref.finalize(self, _stop, server, self.ca_bundle, os.getpid())

    @property
    def credentials(self) -> dict[str, Any]:
        """Access keys that the server accepts and a region, as keyword arguments of a client."""
        return {
            "aws_access_key_id": "AKIALOCALBEDROCKTEST",
            "aws_secret_access_key": _SECRET_KEY,
            "region_name": _REGION,
        }

    @property
    def temporary_credentials(self) -> dict[str, Any]:
        """Like :attr:`credentials`, with a session token."""
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
        """Counters of what the server has seen so far.

        ``connections_opened``, ``connections_open``, ``bytes_received``, ``bytes_sent``,
        ``requests_started``, ``requests_aborted`` (the client left before the response),
        ``streams_started``, ``streams_aborted`` (the client left before the last event), and
        ``requests``: a dict from each operation to a dict from HTTP statuses to counts. Statuses
        are texts; ``"none"`` means that a fault replaced the response.
        """
        counters: dict[str, Any] = json.loads(self._server.control("GET", "counters", ""))
        return counters

    def reset_counters(self) -> None:
        """Set all counters to zero; open connections remain counted.

        Raises RuntimeError once the server is closed.
        """
        self._change("DELETE", "counters", "")

    def configure(self, **settings: Any) -> None:
        """Change the given settings of the scenario; the others stay as they are.

        The settings are ``seed``, ``first_token_seconds``, ``tokens_per_second``, ``replies``,
        ``guardrails``, ``models``, ``limits``, ``faults``, ``async_invoke``, ``s3_folder``,
        ``control_plane``, ``knowledge_bases``, ``agents`` and ``unimplemented``; ``docs/local.md``
        describes them. Raises ValueError, and changes nothing, if one of them is wrong. Raises
        RuntimeError once the server is closed.
        """
        self._change("POST", "scenario", _json(settings))

    def _change(self, method: str, what: str, body: str) -> None:
        if not self._finalizer.alive:
            raise RuntimeError(f"{self!r} is closed and cannot be changed")
        self._server.control(method, what, body)

    def _load(self, path: str | PathLike[str]) -> None:
        try:
            with open(path, encoding="utf-8") as file:
                self._server.control("POST", "scenario", file.read())
        except ValueError as error:
            raise ValueError(f"{os.fsdecode(path)}: {error}") from error

    def reset(self) -> None:
        """Reset all settings to their defaults: echoing models, no faults, no limits.

        Raises RuntimeError once the server is closed.
        """
        self._change("DELETE", "scenario", "")

    def reply(self, reply: Reply | Sequence[Reply] | Callable[[dict[str, Any]], Reply]) -> None:
        """Set what the chat models reply from now on.

        A text or an object is the reply to every request. A list is a script: its replies are given
        in order, and after the last of them the models echo again. A reply in a list may have
        ``when``: it is then given whenever the user says those words. None returns to echoing.

        A callable is called for every reply, one at a time and on a thread of its own. It needs no
        lock, and must not itself call a chat model of this server. The thread is a real one even if
        gevent or eventlet has patched the program. The callable gets a dict with ``operation``,
        ``modelId``, ``text`` (the words of the user's last turn) and ``body`` (the request). It
        returns a text, an object, or None to leave the reply to the server. If it raises a
        :class:`ServiceError`, the client gets that error; any other exception becomes a
        ModelErrorException.

        An object has ``text``, ``reasoning``, ``toolUse`` (``name`` and ``input``, or a list of
        such objects), ``content`` (Converse's blocks), ``stopReason`` and ``usage``
        (``inputTokens``, ``outputTokens``), all of them optional; or only ``error`` (``code``,
        ``message``, ``status``).

        Raises ValueError if a reply has another form, and RuntimeError once the server is closed.
        """
        with self._reply_lock:
            if callable(reply):
                self.configure(replies=None)
                self._ask(reply)
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
        """Inject a fault from now on.

        ``docs/local.md`` lists the faults, and their settings, which are ``details`` here. A fault
        applies to calls of ``operation`` (AWS's name; None: any) to models whose id contains
        ``model`` (None: any). It hits all of these calls, or those with the numbers ``calls`` (from
        1), or the share ``rate`` (0 to 1, decided by the scenario's seed), or every ``every``-th
        call. ``times`` is the largest number of hits.

        Raises ValueError if an argument is wrong, and RuntimeError once the server is closed.
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
        """Remove all faults. Raises RuntimeError once the server is closed."""
        self._change("DELETE", "faults", "")

    def close(self) -> None:
        """Stop serving and drop all connections, within a second. May be called twice."""
        self._finalizer()
        if self._callable_thread is not None:
            self._callable_thread.wait()

    def _ask(self, function: Callable[[dict[str, Any]], Reply]) -> None:
        if self._callable_thread is None:
            self._callable_thread = _CallableThread(self._server, function)
        self._callable_thread.function = function

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


class _CallableThread:
    """The thread that calls a callable for replies: the server's own threads never run Python."""

    def __init__(self, server: LocalServer, function: Callable[[dict[str, Any]], Reply]) -> None:
        self.function = function
        self._server = server
        self._native_id: int | None = None
        self._join = self._start()

    def _start(self) -> Callable[[float], object]:
        # If a green thread waited for the server, it would block all others.
        if "gevent" in sys.modules or "eventlet" in sys.modules:
            from fastbedrock import _green

            join = _green.start_thread(self._run)
            if join is not None:
                return join
        thread = threading.Thread(target=self._run, name="fastbedrock-local-reply", daemon=True)
        thread.start()
        return thread.join

    def wait(self) -> None:
        """Wait up to 0.2 seconds for the thread to end; a callable may still be running."""
        if threading.get_native_id() != self._native_id:
            self._join(0.2)

    def _run(self) -> None:
        self._native_id = threading.get_native_id()
        while True:
            try:
                waiting = self._server.next_request(60.0)
            except EOFError:
                return
            if waiting is None:
                continue
            request_id, request = waiting
            try:
                reply = _json(self._reply(json.loads(request)))
            except BaseException as error:
                # The client gets any exception, even pytest.fail's, and the thread continues.
                self._server.respond(request_id, "", f"{type(error).__name__}: {error}")
            else:
                self._server.respond(request_id, reply)

    def _reply(self, request: dict[str, Any]) -> Reply:
        try:
            return self.function(request)
        except ServiceError as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}


def _json(value: Any) -> str:
    # NaN is not JSON. Raising here gives a traceback that shows the caller's line.
    return json.dumps(value, allow_nan=False, default=_path_as_text)


def _path_as_text(value: object) -> str:
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _stop(server: LocalServer, ca_bundle: str | None, process_id: int) -> None:
    server.close()
    # The file belongs to the process that started the server; a forked child leaves it alone.
    if ca_bundle is not None and process_id == os.getpid():
        with contextlib.suppress(OSError):
            os.unlink(ca_bundle)


def _check_type(
    name: str, value: object, kind: type[Any] | tuple[type[Any], ...], expected: str
) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{name}: {expected}, not {value!r}")


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

    ``host`` and ``port`` are the address to listen on (port 0: any free one). ``tls`` makes the
    server speak HTTPS; :attr:`LocalBedrock.ca_bundle` is the file of its certificate authority.
    ``workers`` is the number of its threads. ``scenario`` is a JSON file with settings;
    ``settings`` are further ones, as :meth:`LocalBedrock.configure` takes them.

    A request must name loopback, ``host`` or one of ``allowed_hosts`` as its host. These are names
    such as ``bedrock`` or ``host.docker.internal``, addresses, or ``*`` for any host. The check
    keeps web pages in a browser on this machine from using the server or changing its settings.

    At most ``max_connections`` are open at a time; further ones are refused with a 503.
    ``idle_timeout`` is how many seconds a client may take to send a request; its body may take that
    long again. After that the connection is closed. None means no limit.

    Returns the running server. Raises OSError if it cannot listen, and ValueError or TypeError if
    an argument or a setting is wrong.
    """
    for name, value in (("port", port), ("workers", workers), ("max_connections", max_connections)):
        _check_type(name, value, int, "a number")
    _check_type("host", host, str, "a name or an address")
    _check_type("tls", tls, bool, "True or False")
    if not 0 <= port <= 65_535:
        raise ValueError(f"port: a number from 0 to 65535, not {port}")
    if not 1 <= workers <= _MAX_WORKERS:
        raise ValueError(f"workers: a number from 1 to {_MAX_WORKERS}, not {workers}")
    if max_connections < 1:
        raise ValueError(f"max_connections: a number from 1, not {max_connections}")
    if idle_timeout is not None:
        _check_type("idle_timeout", idle_timeout, (int, float), "seconds or None")
        if not 0 < idle_timeout <= _MAX_IDLE_TIMEOUT:
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
