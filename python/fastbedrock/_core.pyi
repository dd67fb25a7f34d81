"""The Rust core. Private: the public names are in the package's other modules."""

from collections.abc import Callable, Generator, Iterator
from contextvars import Context
from typing import Any, final

__version__: str

def service_names() -> list[str]:
    """Names of the services that this build has tables for, e.g. ``bedrock-runtime``."""

def model_json(service_name: str) -> str:
    """The service model (``models/<service>.json``) as JSON text."""

def outline(service_name: str) -> tuple[str, str, list[tuple[str, str, bool]]]:
    """The service id, the API version, and each operation in the model's order.

    An operation is its method name, AWS's name, and whether it streams in both directions.
    """

def shutdown() -> None:
    """Stop the runtime at interpreter exit, calls in flight or not. It starts again if needed."""

def fast_request(
    service_name: str, operation_name: str, params: dict[str, Any]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]], bytes] | None:
    """The parts of a request that the fast tier makes; None where it gives up.

    They are the values of the path's labels by their members' names, query, headers and body.
    """

def fast_response(
    service_name: str, operation_name: str, body: bytes, event_type: str | None = None
) -> dict[str, Any] | None:
    """What the fast tier makes of a success's body, or an event's payload. None: it gives up."""

def available_profiles() -> list[str]:
    """Names of the profiles in the shared AWS files. Raises ConfigParseError."""

def configured_region(profile_name: str | None = None) -> str | None:
    """The region of a client that names none, as it is written in environment or profile.

    Raises ConfigParseError and ProfileNotFound.
    """

def before_fork() -> None:
    """Get the core ready for a fork of this process. Called before every fork."""

def forked() -> None:
    """Tell the core that this process is a fork. Called in every forked child."""

def runtime_attaches() -> int:
    """How often a thread of the runtime took the GIL: never, says a test."""

@final
class Engine:
    """What one client works with: resolved settings, identity, connections.

    ``options`` holds what the caller said and nothing else (absent = not said). Keys:
    region_name, config_region_name, profile_name, use_ssl, verify (bool or str), endpoint_url,
    aws_access_key_id, aws_secret_access_key, aws_session_token, api_key, credentials (a botocore
    credentials object or a callable), auth_token (a callable that returns a botocore token),
    session_credentials (SessionCredentials), user_agent_name (name/version), connect_timeout and
    read_timeout (seconds, or None for no limit), retry_mode, total_max_attempts,
    retry_read_timeout, max_pool_connections, user_agent, user_agent_extra, user_agent_appid,
    proxies (from scheme to URL), signature_version, auth_scheme_preference, use_fips_endpoint,
    use_dualstack_endpoint, ignore_configured_endpoint_urls, max_concurrency.
    """

    def __new__(cls, service_name: str, options: dict[str, Any]) -> Engine: ...
    @property
    def region_name(self) -> str: ...
    @property
    def endpoint_url(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]:
        """The values in effect under botocore's Config names (timeouts in seconds, retries, …)."""

    def call(self, operation_name: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make one call (AWS's operation name) and return its response."""

    def call_async(self, operation_name: str, params: dict[str, Any]) -> Awaitable:
        """Make one call as a coroutine; nothing is sent before it is first awaited.

        A response beyond 256 KiB comes as a callable that decodes it, for another thread.
        """

    def prepare(self, operation_name: str, params: dict[str, Any]) -> PreparedCall:
        """Encode a call's parameters (AWS's operation name). Nothing is sent."""

    def call_prepared(
        self, prepared: PreparedCall, identity: Identity | None = None
    ) -> dict[str, Any]:
        """Make a prepared call, with these keys if there are any, and return its response."""

    def call_pending(self, prepared: PreparedCall, identity: Identity | None = None) -> Pending:
        """Start one call for a consumer without an event loop, with these keys if there are any."""

    def call_prepared_async(self, prepared: PreparedCall, identity: Identity) -> Awaitable:
        """The same as a coroutine; nothing is sent before it is first awaited."""

    def credentials(self) -> dict[str, Any] | None:
        """The identity that the engine finds itself, or None.

        It has access_key, secret_key, token, method and account_id.
        """

    def credentials_pending(self) -> Pending:
        """The same for a consumer without an event loop; its value is False where there is none."""

    @property
    def external(self) -> str | None:
        """Who is to be asked for the identity before each call, if anybody.

        ``"keys"`` for the option ``credentials``, ``"token"`` for ``auth_token``.
        """

    @property
    def asks_for_codes(self) -> bool:
        """Whether the engine's keys can need codes of MFA devices from their user."""

    def wanted_codes(self) -> list[str]:
        """The MFA devices whose codes a look-up of the keys needs now."""

    def give_codes(self, codes: list[str]) -> None:
        """Hand over the codes of the wanted devices, in their order."""

    def close(self) -> None:
        """Close idle connections and abort asynchronous calls in flight. It stays usable."""

    def log_settings(self) -> None:
        """Log what the engine works with, if somebody listens."""

@final
class Identity:
    """Keys that were asked of ``credentials=``, for an engine's calls. Shows nothing of them."""

    def __new__(cls, access_key: str, secret_key: str, token: str | None = None) -> Identity: ...
    @staticmethod
    def bearer(token: str) -> Identity:
        """A bearer token in place of keys."""

@final
class SessionCredentials:
    """What the clients of one session share: the look-up of its keys, their cache and refresh."""

    def __new__(cls) -> SessionCredentials: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class PreparedCall:
    """A call whose parameters have been encoded. It can be made once."""

@final
class EventStream:
    """The events of a ConverseStream or InvokeModelWithResponseStream call.

    Iterate over it for the events, each a dict with one key, the event's type. Iterating again
    goes on after the last event. Usable from any thread.
    """

    def __iter__(self) -> EventIterator: ...
    def get_initial_response(self) -> Any: ...
    def close(self) -> None: ...
    def __enter__(self) -> EventStream: ...
    def __exit__(self, *_exception: object) -> None: ...

@final
class EventIterator:
    """One iteration over an event stream."""

    def __iter__(self) -> EventIterator: ...
    def __next__(self) -> dict[str, Any]: ...

@final
class RawBody:
    """A response body, read as it arrives. Usable from any thread."""

    def read(self, amt: int | None = None) -> bytes: ...
    def readinto(self, buffer: Any) -> int: ...
    def readline(self, size: int | None = None) -> bytes: ...
    def readlines(self) -> list[bytes]: ...
    def __iter__(self) -> RawBody: ...
    def __next__(self) -> bytes: ...
    def tell(self) -> int: ...
    def readable(self) -> bool: ...
    def writable(self) -> bool: ...
    def seekable(self) -> bool: ...
    def isatty(self) -> bool: ...
    def flush(self) -> None: ...
    def __enter__(self) -> RawBody: ...
    def __exit__(self, *exception: object) -> None: ...
    def set_timeout(self, timeout: float | None) -> None: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...

@final
class Pending:
    """A call in flight, or the values of a body, for a consumer without an event loop.

    Closing or dropping it drops the work: a call is aborted.
    """

    def poll(self) -> Any:
        """The next value, or None where it is not here: then wait for :meth:`fileno`.

        Raises StopAsyncIteration at the end of a stream.
        """

    def fileno(self) -> int:
        """The descriptor that becomes readable once :meth:`poll` is to be asked again."""

    def close(self) -> None: ...

@final
class Awaitable:
    """A coroutine around a piece of work. Cancelling, closing or dropping it drops the work."""

    def __await__(self) -> Generator[Any, Any, Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any) -> Any: ...
    def throw(self, exception: Any, value: Any = None, traceback: Any = None) -> Any: ...
    def close(self) -> None: ...

@final
class AsyncEventStream:
    """The events of an asynchronous ConverseStream or InvokeModelWithResponseStream call.

    ``async for`` over it gives the events, each a dict with one key, the event's type. Iterating
    again goes on after the last event.
    """

    def __aiter__(self) -> AsyncEventIterator: ...
    def get_initial_response(self) -> Awaitable: ...
    def pending(self) -> Pending: ...
    def pending_initial_response(self) -> Pending: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...
    def aclose(self) -> Awaitable: ...
    def __aenter__(self) -> Awaitable: ...
    def __aexit__(self, *_exception: object) -> Awaitable: ...

@final
class AsyncEventIterator:
    """One iteration over an asynchronous event stream."""

    def __aiter__(self) -> AsyncEventIterator: ...
    def __anext__(self) -> NextEvent: ...

@final
class NextEvent:
    """The coroutine of one iteration's ``__anext__``, the same for each event."""

    def __await__(self) -> Generator[Any, Any, dict[str, Any]]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any) -> Any: ...
    def throw(self, exception: Any, value: Any = None, traceback: Any = None) -> Any: ...
    def close(self) -> None: ...

@final
class AsyncRawBody:
    """The raw stream under an ``AsyncStreamingBody``."""

    def read(self, amt: int | None = None) -> Awaitable: ...
    def pending(self, amt: int) -> Pending: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...
    def at_eof(self) -> bool: ...

@final
class Mailbox:
    """Coroutines of one event loop whose values are ready."""

    def begin(self) -> int: ...
    def next(self, tasks: int) -> list[tuple[Context, Callable[[Any], object], Any]]: ...
    def end(self) -> None: ...
    def drain_soon(self) -> None: ...
    def wait(self) -> bool: ...
    def deliver(self) -> None: ...
    def close(self) -> None: ...

@final
class LocalServer:
    """A running local Bedrock; ``fastbedrock.local`` gives it its public shape."""

    def __new__(cls, options: dict[str, Any]) -> LocalServer:
        """Start it with the arguments of ``fastbedrock.local.serve``."""

    @property
    def endpoint_url(self) -> str: ...
    @property
    def authority_pem(self) -> str | None: ...
    def control(self, method: str, name: str, body: str) -> str:
        """What ``method /_local/{name}`` answers over HTTP; ValueError says what was wrong."""

    def set_callable(self, callable: bool) -> None:
        """Whether chats are put to a callable first: to who calls :meth:`next_request`."""

    def next_request(self, timeout: float) -> tuple[int, str] | None:
        """Wait up to ``timeout`` seconds for a request to a callable: its number and its JSON.

        EOFError once the server has closed.
        """

    def respond(self, number: int, reply: str, error: str | None = None) -> None:
        """Answer a request of :meth:`next_request`: a reply as JSON, or what went wrong."""

    def close(self) -> None:
        """Stop serving, within a second."""
