"""The Rust core. Private: the public names are in the package's other modules."""

from collections.abc import Callable, Generator, Iterator
from contextvars import Context
from typing import Any, final

__version__: str
# Bodies of this size or more are decoded on another thread than the event loop's.
DECODE_ELSEWHERE: int

def service_names() -> list[str]:
    """The names of the services of this build, e.g. ``bedrock-runtime``."""

def model_json(key: str, file: str) -> str | None:
    """The JSON text of a model's ``service-2``, ``paginators-1`` or ``waiters-2``.

    None if the service has no such file.
    """

def client_class_name(service_id: str) -> str:
    """botocore's name for the class of a service's clients, e.g. ``BedrockRuntime``."""

def service_name_letters(class_name: str) -> str:
    """The name of the service with that client class, without its dashes: ``bedrockruntime``."""

def method_name(name: str) -> str:
    """boto3's name of a method or a waiter, e.g. ``memory_created`` for ``MemoryCreated``."""

def load_model(
    key: str,
    origin: str,
    service: bytes,
    paginators: bytes | None = None,
    waiters: bytes | None = None,
) -> None:
    """Add a model: JSON files, compressed by gzip or not. Nothing changes if the key is taken.

    The first line of the key is the name of the service. ``origin`` is for error messages. Raises
    ValueError for a model that cannot be used.
    """

def outline(key: str) -> tuple[str, str, list[tuple[str, str, bool]]]:
    """The service id, the API version, and each operation in the model's order.

    An operation is its method name, AWS's name, and whether it streams in both directions.
    """

def shutdown() -> None:
    """Stop the runtime when the interpreter exits, even if calls are pending.

    The runtime starts again if it is needed.
    """

def fast_request(
    service_name: str, operation_name: str, params: dict[str, Any]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]], bytes] | None:
    """The parts of a request, made by the fast path; None if the fast path falls back.

    The parts are the path's labels by their members' names, the query, the headers and the body.
    """

def fast_response(
    service_name: str,
    operation_name: str,
    status: int,
    headers: list[tuple[str, bytes]],
    body: bytes,
) -> dict[str, Any] | None:
    """The dict of a successful response, made by the fast path; None if it falls back."""

def fast_event(
    service_name: str, operation_name: str, event_type: str, payload: bytes
) -> dict[str, Any] | None:
    """The event in the payload of a frame; None if the fast path falls back."""

def response_metadata(
    speaks_json: bool, status: int, headers: list[tuple[str, bytes]]
) -> dict[str, Any]:
    """The ResponseMetadata of a response with this status and these headers, for tests."""

def available_profiles() -> list[str]:
    """Names of the profiles in the shared AWS files. Raises ConfigParseError."""

def configured_region(profile_name: str | None = None) -> str | None:
    """The region that the environment or the profile sets; None if neither does.

    The region is not checked.

    Raises ConfigParseError and ProfileNotFound.
    """

def sign_v4(
    method: str,
    url: str,
    headers: list[tuple[str, str | bytes]],
    body: bytes,
    region: str,
    name: str,
    identity: Identity,
) -> list[tuple[str, str]]:
    """The headers that SigV4 adds to a request. The signature covers those that it has."""

def before_fork() -> None:
    """Prepare the core for a fork of this process. Called before every fork."""

def forked() -> None:
    """Tell the core that this process is a fork. Called in every forked child."""

def runtime_attaches() -> int:
    """How often a thread of the runtime took the GIL. Tests assert that this is 0."""

@final
class Environment:
    """The environment variables and profiles for a client with these options of an Engine."""

    def __new__(cls, options: dict[str, Any]) -> Environment: ...
    @staticmethod
    def empty(options: dict[str, Any]) -> Environment:
        """Nothing: for a client whose settings are all among its options."""

    def model_search(
        self, service_name: str | None = None
    ) -> tuple[str | None, str | None, str | None] | None:
        """Where to look for models of a service, or of all services.

        None if only the models of this build count. The parts are folders, separated as in PATH,
        the folder for models of the user's own, and the API version; each may be None.
        """

@final
class Engine:
    """The Rust side of one client: its settings in effect, identity and connections.

    ``options`` holds only the options that the caller gave. Its keys:
    region_name, config_region_name, profile_name, use_ssl, verify (bool or str), endpoint_url,
    aws_access_key_id, aws_secret_access_key, aws_session_token, api_key, credentials (a botocore
    credentials object or a callable), auth_token (a callable that returns a botocore token),
    session_credentials (SessionCredentials), user_agent_name (name/version), connect_timeout and
    read_timeout (seconds, or None for no limit), retry_mode, total_max_attempts,
    retry_read_timeout, max_pool_connections, user_agent, user_agent_extra, user_agent_appid,
    tcp_keepalive, proxies (from scheme to URL), signature_version, auth_scheme_preference,
    use_fips_endpoint, use_dualstack_endpoint, ignore_configured_endpoint_urls, max_concurrency.
    api_version and data_path have no effect: Python chooses the model.
    """

    def __new__(
        cls, model_key: str, options: dict[str, Any], environment: Environment | None = None
    ) -> Engine: ...
    @property
    def region_name(self) -> str: ...
    @property
    def endpoint_url(self) -> str: ...
    @property
    def partition(self) -> str: ...
    @property
    def settings(self) -> dict[str, Any]:
        """The settings in effect, under the names of botocore's Config; timeouts in seconds."""

    def call(self, operation_name: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make one call (AWS's operation name) and return its response."""

    def call_async(self, operation_name: str, params: dict[str, Any]) -> Coroutine:
        """Make one call as a coroutine; nothing is sent before the coroutine is first awaited.

        If the body has 256 KiB or more, the result is a callable that decodes it, on any thread.
        """

    def prepare(self, operation_name: str, params: dict[str, Any]) -> PreparedCall:
        """Encode a call's parameters (AWS's operation name). Nothing is sent."""

    def call_prepared(
        self, prepared: PreparedCall, identity: Identity | None = None
    ) -> dict[str, Any]:
        """Make a prepared call, with this identity if one is given, and return its response."""

    def call_pending(self, prepared: PreparedCall, identity: Identity | None = None) -> Pending:
        """Start a prepared call for a consumer without an event loop."""

    def call_prepared_async(self, prepared: PreparedCall, identity: Identity) -> Coroutine:
        """Make a prepared call as a coroutine; nothing is sent before it is first awaited."""

    def unsigned_url(self, prepared: PreparedCall) -> str:
        """The URL of a prepared call's request, without a signature."""

    def presigned_url(
        self,
        prepared: PreparedCall,
        identity: Identity,
        query: str,
        expires_in: int,
        method: str | None = None,
    ) -> str:
        """The URL of a prepared call with this query, signed for ``expires_in`` seconds.

        ``method`` replaces the operation's HTTP method.
        """

    def credentials(self) -> dict[str, Any] | None:
        """The identity that the engine finds itself, or None.

        It has access_key, secret_key, token, method and account_id.
        """

    def credentials_async(self) -> Coroutine:
        """:meth:`credentials` as a coroutine. The value is False if there are no credentials."""

    def bearer_token(self) -> str | None:
        """The bearer token that the engine finds itself, if it authenticates with one."""

    def attempts(self, operation_name: str) -> CallAttempts:
        """Begin the attempts of a call whose events have handlers."""

    def parse_response(
        self,
        operation_name: str,
        status: int,
        headers: list[tuple[str, str | bytes]],
        body: Any,
        is_async: bool,
    ) -> dict[str, Any]:
        """The dict of a response that handlers have seen; an error response raises nothing.

        The body is bytes, or the stream of an operation that streams. The ResponseMetadata does
        not tell the number of attempts.
        """

    def credentials_pending(self) -> Pending:
        """:meth:`credentials` for a consumer without an event loop.

        The value is False if there are no credentials.
        """

    @property
    def external(self) -> str | None:
        """What Python must provide before each call; None if the engine finds the identity itself.

        ``"keys"`` from the option ``credentials``, or ``"token"`` from ``auth_token``.
        """

    @property
    def asks_for_codes(self) -> bool:
        """Whether fetching the credentials may require MFA codes from the user."""

    def wanted_codes(self) -> list[str]:
        """The MFA devices whose codes are needed now to fetch the credentials."""

    def give_codes(self, codes: list[str]) -> None:
        """Pass the codes of the devices from :meth:`wanted_codes`, in the same order."""

    def close(self) -> None:
        """Close idle connections, abort asynchronous calls in flight. The engine stays usable."""

    def log_settings(self) -> None:
        """Log the settings in effect, if logging is on."""

@final
class Identity:
    """The access keys from ``credentials=``, or a bearer token, for one call.

    The ``repr`` does not show the secrets.
    """

    def __new__(cls, access_key: str, secret_key: str, token: str | None = None) -> Identity: ...
    @staticmethod
    def bearer(token: str) -> Identity:
        """A bearer token instead of keys."""

@final
class SessionCredentials:
    """What the clients of a session share: the credentials' lookup, their cache and refresh."""

    def __new__(cls) -> SessionCredentials: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class PreparedCall:
    """A call whose parameters have been encoded. It can be made once."""

    @property
    def body(self) -> bytes:
        """The encoded body."""

    def parts(
        self,
    ) -> tuple[str, str, list[tuple[str, str]], list[tuple[str, str | bytes]], bytes]:
        """Method, path (escaped), query, headers and body. The call cannot be made afterwards."""

@final
class CallAttempts:
    """The attempts of one call whose events have handlers. Python makes them one by one."""

    @property
    def invocation_id(self) -> str: ...
    @property
    def max_attempts(self) -> int: ...
    @property
    def is_legacy(self) -> bool: ...
    def started(self, number: int) -> None:
        """Note in the log that an attempt begins."""

    def rate_limit_delay(self) -> float:
        """How many seconds to wait before asking again; 0 if an attempt may be made now."""

    def send(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str | bytes]],
        body: bytes,
        read_timeout: Any,
        streams: bool,
    ) -> tuple[int, list[tuple[str, str]], Any]:
        """Send one request; returns status, headers and body: bytes or a RawBody."""

    def send_async(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str | bytes]],
        body: bytes,
        read_timeout: Any,
        streams: bool,
    ) -> Coroutine:
        """:meth:`send` as a coroutine. A streaming body is an AsyncEventStream or AsyncRawBody."""

    def send_pending(
        self,
        method: str,
        url: str,
        headers: list[tuple[str, str | bytes]],
        body: bytes,
        read_timeout: Any,
        streams: bool,
    ) -> Pending:
        """:meth:`send_async` for a consumer without an event loop."""

    def after_response(
        self, number: int, status: int, headers: list[tuple[str, str | bytes]], body: bytes
    ) -> tuple[float | None, int | None, bool, bool]:
        """What the retry rules say after a response to an attempt.

        Returns the delay before the next attempt in seconds or None, what it took from the retry
        quota, whether no attempts are left, and whether no quota is left.
        """

    def after_failure(
        self, number: int, failure: tuple[bool, bool, bool] | None = None
    ) -> tuple[float | None, int | None, bool, bool]:
        """What the retry rules say after an attempt without a response.

        ``failure`` tells whether botocore calls the exception transient, whether its cause is
        unknown, and whether the model may have run; None for what the last ``send`` has raised.
        """

    def end(self) -> None:
        """Make the log's last records, because the call has ended."""

@final
class EventStream:
    """The events of a ConverseStream or InvokeModelWithResponseStream call.

    Iterate over it for the events, each a dict with one key, the event's type. Iterating again
    continues after the last event. It can be used from any thread.
    """

    def __iter__(self) -> Iterator[dict[str, Any]]: ...
    @property
    def _event_generator(self) -> EventIterator: ...
    def _parse_event(self, event: Any) -> Any: ...
    @property
    def _raw_stream(self) -> RawEventStream: ...
    def get_initial_response(self) -> Any: ...
    def close(self) -> None: ...
    def __enter__(self) -> EventStream: ...
    def __exit__(self, *_exception: object) -> None: ...

@final
class RawEventStream:
    """The connection of an event stream."""

    def close(self) -> None: ...

@final
class EventIterator:
    """One iteration over an event stream."""

    def __iter__(self) -> EventIterator: ...
    def __next__(self) -> dict[str, Any]: ...

@final
class RawBody:
    """A response body, read as it arrives. It can be used from any thread."""

    def read(self, amt: int | None = None) -> bytes: ...
    def read1(self, amt: int | None = None) -> bytes: ...
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
    """A pending call, or the values of a stream or body, for a consumer without an event loop.

    Closing or dropping it drops the value, which aborts a call.
    """

    def poll(self) -> Any:
        """The next value, or None if none is available yet: then wait for :meth:`fileno`.

        Raises StopAsyncIteration at the end of a stream.
        """

    def fileno(self) -> int:
        """The descriptor that becomes readable when it is time to call :meth:`poll` again."""

    def close(self) -> None: ...

@final
class Coroutine:
    """A coroutine that waits for a value in Rust. Cancelling or dropping it drops the value.

    The coroutine of an iteration's ``__anext__`` can be awaited again, for each event.
    """

    def __await__(self) -> Generator[Any, Any, Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...
    def send(self, value: Any) -> Any: ...
    def throw(self, exception: Any, value: Any = None, traceback: Any = None) -> Any: ...
    def close(self) -> None: ...

@final
class AsyncEventStream:
    """The events of an asynchronous ConverseStream or InvokeModelWithResponseStream call.

    ``async for`` over it yields the events, each a dict with one key, the event's type. Iterating
    again continues after the last event.
    """

    def __aiter__(self) -> AsyncEventIterator: ...
    def get_initial_response(self) -> Coroutine: ...
    def pending(self) -> Pending: ...
    def pending_initial_response(self) -> Pending: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...
    def aclose(self) -> Coroutine: ...
    def __aenter__(self) -> Coroutine: ...
    def __aexit__(self, *_exception: object) -> Coroutine: ...

@final
class AsyncEventIterator:
    """One iteration over an asynchronous event stream."""

    def __aiter__(self) -> AsyncEventIterator: ...
    def __anext__(self) -> Coroutine: ...

@final
class AsyncRawBody:
    """The raw stream under an ``AsyncStreamingBody``."""

    def read(self, amt: int | None = None) -> Coroutine: ...
    def read1(self, amt: int | None = None) -> Coroutine: ...
    def pending(self, amt: int) -> Pending: ...
    def pending1(self, amt: int) -> Pending: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...
    def at_eof(self) -> bool: ...

@final
class WakeUpReceiver:
    """The wake-up queue of one event loop, as the loop's thread sees it."""

    def begin_round(self) -> int:
        """Begin a round of resuming tasks and return how many there are."""

    def next_callback(
        self, tasks: int, done: Any
    ) -> tuple[Context, Callable[[Any], object], Any] | None:
        """The context, function and argument of the callback that resumes the next task.

        ``tasks`` is how many tasks share the time slice of this round. ``done`` is an asyncio
        Future without a value.
        """

    def end_round(self) -> None: ...
    def resume_soon(self) -> None:
        """Resume all tasks in the loop's next iteration."""

    def wait(self) -> bool:
        """Block until a task can be resumed. False once the queue is closed."""

    def deliver(self) -> None:
        """Resume all tasks in the loop's next iteration, after :meth:`wait`."""

    def close(self) -> None:
        """Close the queue: later wake-ups do nothing."""

@final
class LocalServer:
    """A running local Bedrock. The public class is :class:`fastbedrock.local.LocalBedrock`."""

    def __new__(cls, options: dict[str, Any]) -> LocalServer:
        """Start a server with the arguments of :func:`fastbedrock.local.serve`."""

    @property
    def endpoint_url(self) -> str: ...
    @property
    def authority_pem(self) -> str | None: ...
    def control(self, method: str, name: str, body: str) -> str:
        """Do what ``method /_local/{name}`` does over HTTP and return the JSON of its response.

        Raises ValueError if the response over HTTP would be an error.
        """

    def set_callable(self, callable: bool) -> None:
        """Set whether chats wait for :meth:`next_request` and :meth:`respond`."""

    def next_request(self, timeout: float) -> tuple[int, str] | None:
        """Wait up to ``timeout`` seconds for a request to a callable.

        Returns its id and its JSON, or None after the timeout. Raises EOFError once the server is
        closed.
        """

    def respond(self, id: int, reply: str, error: str | None = None) -> None:
        """Respond to a request of :meth:`next_request` with a reply as JSON or an error's text."""

    def close(self) -> None:
        """Stop serving, within a second."""
