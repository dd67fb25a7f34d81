"""Every exception that fastbedrock raises, under botocore's names, bases and texts.

If botocore is loaded when an exception is raised, the instance is also an instance of botocore's
class of the same name, so that existing ``except`` clauses keep catching it.

BotoCoreError
  x DataNotFoundError
    + UnknownServiceError
    + ResourceNotExistsError
  x HTTPClientError
    + ConnectionClosedError
    + ReadTimeoutError (also an OSError)
    + ResponseStreamingError
  x ConnectionError
    + EndpointConnectionError
    + ConnectTimeoutError (also an OSError)
    + SSLError (also an OSError)
    + ProxyConnectionError (also an OSError)
  x NoCredentialsError
  x PartialCredentialsError
  x CredentialRetrievalError
  x RefreshWithMFAUnsupportedError
  x NoAuthTokenError
  x MetadataRetrievalError
  x InvalidIMDSEndpointError
  x InvalidIMDSEndpointModeError
  x UnknownSignatureVersionError
  x UnsupportedSignatureVersionError
  x UnknownClientMethodError
  x UnknownRegionError
  x UnseekableStreamError
  x BaseEndpointResolverError
    + NoRegionError
    + EndpointVariantError
  x EndpointProviderError
  x InvalidEndpointConfigurationError
  x ProfileNotFound
  x ConfigParseError
  x InvalidConfigError
    + InfiniteLoopConfigError
  x InvalidRetryConfigurationError
    + InvalidMaxRetryAttemptsError
    + InvalidRetryModeError
  x InvalidS3AddressingStyleError
  x ValidationError
    + InvalidRegionError (also a ValueError)
  x ParamValidationError
  x PaginationError
  x OperationNotPageableError
  x WaiterError
  x WaiterConfigError
  x InvalidExpressionError
  x IncompleteReadError
  x MissingDependencyException
ClientError
  x EventStreamError
  x one class for each error of a service: ``client.exceptions.ThrottlingException``
ResponseParserError
ParserError
  x DuplicateHeader
  x InvalidHeadersLength
  x InvalidPayloadLength
  x ChecksumMismatch
  x NoInitialResponseError
"""

from __future__ import annotations

import builtins
import sys

from fastbedrock import _botocore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    Raised = TypeVar("Raised", bound="_Raised")

# What botocore lists in the texts of its retry errors.
RETRY_OPTIONS = ("max_attempts", "mode", "total_max_attempts")
RETRY_MODES = ("legacy", "standard", "adaptive")


class _Raised(Exception):
    """The root. Its instances are also instances of botocore's class, if botocore is loaded."""

    _botocore_module = "botocore.exceptions"

    # Initialisers in this module call Exception.__init__ directly. A cooperative super() would
    # call those of botocore's classes, which take other arguments.
    def __new__(cls: type[Raised], *args: Any, **kwargs: Any) -> Raised:
        both = _with_botocore(cls)
        return super(_Raised, both).__new__(both)


def _with_botocore(cls: type[Raised]) -> type[Raised]:
    if "botocore" not in sys.modules:
        return cls
    for base in cls.__mro__:
        if base.__module__ == __name__ and issubclass(base, _Raised):
            theirs = _botocore.loaded_class(base._botocore_module, base.__name__)
            if theirs is not None:
                # Telemetry and logs group errors by the full name, which is then boto3's.
                modules = {
                    __name__: theirs.__module__,
                    "fastbedrock.errorfactory": "botocore.errorfactory",
                }
                try:
                    return _botocore.combined_class(cls, theirs, modules.get(cls.__module__))
                except TypeError:  # no method resolution order with the bases of a user's class
                    return cls
    return cls


class BotoCoreError(_Raised):
    """Base of the errors that are not an error response of the service."""

    fmt = "An unspecified error occurred"

    def __init__(self, **kwargs: Any) -> None:
        Exception.__init__(self, self.fmt.format(**kwargs))
        self.kwargs = kwargs

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (_botocore.original_class(type(self)), self.kwargs)


def _rebuild(cls: Callable[..., BaseException], kwargs: dict[str, Any]) -> BaseException:
    return cls(**kwargs)


class DataNotFoundError(BotoCoreError):
    fmt = "Unable to load data for: {data_path}"


class UnknownServiceError(DataNotFoundError):
    fmt = "Unknown service: '{service_name}'. Valid service names are: {known_service_names}"


class ResourceNotExistsError(DataNotFoundError):
    """fastbedrock has none of boto3's resources."""

    _botocore_module = "boto3.exceptions"
    fmt = (
        "The '{service_name}' resource does not exist.\n"
        "fastbedrock has no resources. Consider using a fastbedrock.client('{service_name}') "
        "instead of a resource for '{service_name}'"
    )


class HTTPClientError(BotoCoreError):
    fmt = "An HTTP Client raised an unhandled exception: {error}"

    def __init__(self, request: Any = None, response: Any = None, **kwargs: Any) -> None:
        self.request = request
        self.response = response
        BotoCoreError.__init__(self, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        kwargs = {"request": self.request, "response": self.response, **self.kwargs}
        return _rebuild, (_botocore.original_class(type(self)), kwargs)


class ConnectionError(BotoCoreError):
    """No connection could be made, and nothing was sent. The text ends in the reason."""

    fmt = "An HTTP Client failed to establish a connection: {error}"

    def __init__(self, **kwargs: Any) -> None:
        BotoCoreError.__init__(self, **kwargs)
        # boto3's texts leave out most reasons. The core's are texts; those that botocore or a
        # program gives are exceptions, and for them the text stays boto3's.
        reason = kwargs.get("error")
        if isinstance(reason, str) and "{error}" not in self.fmt:
            self.args = (f"{self}: {reason}",)


class InvalidIMDSEndpointError(BotoCoreError):
    fmt = "Invalid endpoint EC2 Instance Metadata endpoint: {endpoint}"


class InvalidIMDSEndpointModeError(BotoCoreError):
    fmt = (
        "Invalid EC2 Instance Metadata endpoint mode: {mode}"
        " Valid endpoint modes (case-insensitive): {valid_modes}."
    )


class EndpointConnectionError(ConnectionError):
    fmt = 'Could not connect to the endpoint URL: "{endpoint_url}"'


class SSLError(ConnectionError, OSError):
    fmt = "SSL validation failed for {endpoint_url} {error}"


class ConnectionClosedError(HTTPClientError):
    """The connection broke before the response, or the client was closed, which the text says."""

    fmt = (
        "Connection was closed before we received a valid response "
        'from endpoint URL: "{endpoint_url}".'
    )

    def __init__(self, request: Any = None, response: Any = None, **kwargs: Any) -> None:
        HTTPClientError.__init__(self, request, response, **kwargs)
        if "reason" in kwargs:  # the core's: boto3 ends no call when its client is closed
            self.args = (f"{str(self).removesuffix('.')}: {kwargs['reason']}",)


class ReadTimeoutError(HTTPClientError, OSError):
    """The request was sent, but no response came in time: the model may have run."""

    fmt = 'Read timeout on endpoint URL: "{endpoint_url}"'


class ConnectTimeoutError(ConnectionError, OSError):
    fmt = 'Connect timeout on endpoint URL: "{endpoint_url}"'


class ProxyConnectionError(ConnectionError, OSError):
    fmt = 'Failed to connect to proxy URL: "{proxy_url}"'


class ResponseStreamingError(HTTPClientError):
    fmt = "An error occurred while reading from response stream: {error}"


class NoCredentialsError(BotoCoreError):
    """Neither arguments nor environment, profiles, containers and instances have credentials."""

    fmt = "Unable to locate credentials"

    def __init__(self, **kwargs: Any) -> None:
        BotoCoreError.__init__(self, **kwargs)
        if sys.version_info >= (3, 11):  # tracebacks show it below the text, which stays boto3's
            self.add_note(
                "Where credentials come from, and a local Bedrock that needs none: "
                "https://github.com/fastbedrock/fastbedrock/blob/main/docs/troubleshooting.md"
                "#unable-to-locate-credentials"
            )


class NoAuthTokenError(BotoCoreError):
    fmt = "Unable to locate authorization token"


class PartialCredentialsError(BotoCoreError):
    fmt = "Partial credentials found in {provider}, missing: {cred_var}"


class CredentialRetrievalError(BotoCoreError):
    fmt = "Error when retrieving credentials from {provider}: {error_msg}"


class RefreshWithMFAUnsupportedError(BotoCoreError):
    fmt = "Cannot refresh credentials: MFA token required."


class UnknownSignatureVersionError(BotoCoreError):
    fmt = "Unknown Signature Version: {signature_version}."


class UnsupportedSignatureVersionError(BotoCoreError):
    fmt = "Signature version(s) are not supported: {signature_version}"


class UnknownClientMethodError(BotoCoreError):
    fmt = "Client does not have method: {method_name}"


class UnknownRegionError(BotoCoreError):
    fmt = "Unknown region: '{region_name}'. {error_msg}"


class UnseekableStreamError(BotoCoreError):
    fmt = "Need to rewind the stream {stream_object}, but stream is not seekable."


class BaseEndpointResolverError(BotoCoreError):
    """Base of the errors in the choice of an endpoint."""


class NoRegionError(BaseEndpointResolverError):
    fmt = "You must specify a region."


class EndpointVariantError(BaseEndpointResolverError):
    fmt = "Unable to construct a modeled endpoint with the following variant(s) {tags}: "


class EndpointProviderError(BotoCoreError):
    fmt = "{msg}"


class InvalidEndpointConfigurationError(BotoCoreError):
    fmt = "Invalid endpoint configuration: {msg}"


class ProfileNotFound(BotoCoreError):
    fmt = "The config profile ({profile}) could not be found"


class ConfigParseError(BotoCoreError):
    fmt = "Unable to parse config file: {path}"


class ValidationError(BotoCoreError):
    fmt = "Invalid value ('{value}') for param {param} of type {type_name} "


class InvalidRegionError(ValidationError, ValueError):
    fmt = "Provided region_name '{region_name}' doesn't match a supported format."


class ParamValidationError(BotoCoreError):
    """The arguments of a call are invalid for the operation; nothing was sent."""

    fmt = "Parameter validation failed:\n{report}"


class PaginationError(BotoCoreError):
    fmt = "Error during pagination: {message}"


class OperationNotPageableError(BotoCoreError):
    fmt = "Operation cannot be paginated: {operation_name}"


class WaiterError(BotoCoreError):
    """A waiter's wait ended without success; ``last_response`` is the last response."""

    fmt = "Waiter {name} failed: {reason}"

    def __init__(self, name: str, reason: str, last_response: Any) -> None:
        BotoCoreError.__init__(self, name=name, reason=reason)
        self.last_response = last_response

    def __reduce__(self) -> tuple[Any, ...]:
        kwargs = {**self.kwargs, "last_response": self.last_response}
        return _rebuild, (_botocore.original_class(type(self)), kwargs)


class WaiterConfigError(BotoCoreError):
    fmt = "Error processing waiter config: {error_msg}"


class InvalidExpressionError(BotoCoreError):
    fmt = "Invalid expression {expression}: Only dotted lookups are supported."


class IncompleteReadError(BotoCoreError):
    fmt = "{actual_bytes} read, but total bytes expected is {expected_bytes}."


class InvalidS3AddressingStyleError(BotoCoreError):
    fmt = (
        "S3 addressing style {s3_addressing_style} is invalid. Valid options "
        "are: 'auto', 'virtual', and 'path'"
    )


class InvalidRetryConfigurationError(BotoCoreError):
    fmt = (
        'Cannot provide retry configuration for "{retry_config_option}". '
        "Valid retry configuration options are: {valid_options}"
    )


class InvalidMaxRetryAttemptsError(InvalidRetryConfigurationError):
    fmt = (
        'Value provided to "max_attempts": {provided_max_attempts} must '
        "be an integer greater than or equal to {min_value}."
    )


class InvalidRetryModeError(InvalidRetryConfigurationError):
    fmt = 'Invalid value provided to "mode": "{provided_retry_mode}" must be one of: {valid_modes}'


class InvalidConfigError(BotoCoreError):
    fmt = "{error_msg}"


class InfiniteLoopConfigError(InvalidConfigError):
    fmt = (
        "Infinite loop in credential configuration detected. Attempting to "
        "load from profile {source_profile} which has already been visited. "
        "Visited profiles: {visited_profiles}"
    )


class MetadataRetrievalError(BotoCoreError):
    fmt = "Error retrieving metadata: {error_msg}"


class MissingDependencyException(BotoCoreError):
    fmt = "Missing Dependency: {msg}"


class ClientError(_Raised):
    """An error response of the service.

    ``response`` is the parsed response (``response["Error"]["Code"]``, ``["Message"]`` and
    ``response["ResponseMetadata"]``); ``operation_name`` is AWS's name of the operation.
    """

    MSG_TEMPLATE = (
        "An error occurred ({error_code}) when calling the {operation_name} "
        "operation{retry_info}: {error_message}"
    )

    def __init__(self, error_response: Mapping[str, Any], operation_name: str) -> None:
        error = error_response.get("Error", {})
        text = self.MSG_TEMPLATE.format(
            error_code=error.get("Code", "Unknown"),
            error_message=error.get("Message", "Unknown"),
            operation_name=operation_name,
            retry_info=self._get_retry_info(error_response),
        )
        Exception.__init__(self, text)
        self.response = error_response
        self.operation_name = operation_name

    def _get_retry_info(self, response: Mapping[str, Any]) -> str:
        metadata = response.get("ResponseMetadata", {})
        if metadata.get("MaxAttemptsReached", False) and "RetryAttempts" in metadata:
            return f" (reached max retries: {metadata['RetryAttempts']})"
        return ""

    def __reduce__(self) -> tuple[Any, ...]:
        cls = EventStreamError if isinstance(self, EventStreamError) else ClientError
        return cls, (self.response, self.operation_name)


class EventStreamError(ClientError):
    """An error that arrived as an event of a stream."""


class _TextError(_Raised):
    """Base of the errors that pickle as their text, because they do not keep their arguments."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _with_text, (_botocore.original_class(type(self)), str(self))


def _with_text(cls: type[Raised], text: str) -> Raised:
    error = cls.__new__(cls)
    Exception.__init__(error, text)
    return error


class ResponseParserError(_TextError):
    """A response of the service cannot be parsed."""

    _botocore_module = "botocore.parsers"

    def __init__(self, message: str = "") -> None:
        Exception.__init__(self, message)


class ParserError(_TextError):
    """Base of the errors in the frames of an event stream."""

    _botocore_module = "botocore.eventstream"

    def __init__(self, message: str = "") -> None:
        Exception.__init__(self, message)


class DuplicateHeader(ParserError):
    def __init__(self, header: str) -> None:
        Exception.__init__(self, f'Duplicate header present: "{header}"')


class InvalidHeadersLength(ParserError):
    def __init__(self, length: int) -> None:
        text = f"Header length of {length} exceeded the maximum of {128 * 1024}"
        Exception.__init__(self, text)


class InvalidPayloadLength(ParserError):
    def __init__(self, length: int) -> None:
        text = f"Payload length of {length} exceeded the maximum of {24 * 1024 * 1024}"
        Exception.__init__(self, text)


class ChecksumMismatch(ParserError):
    def __init__(self, expected: int, calculated: int) -> None:
        text = f"Checksum mismatch: expected 0x{expected:08x}, calculated 0x{calculated:08x}"
        Exception.__init__(self, text)


class NoInitialResponseError(ParserError):
    def __init__(self) -> None:
        Exception.__init__(self, "First event was not of the initial-response type")


# Format arguments that are tuples or numbers in botocore, but text in the Rust core.
_TUPLES: dict[str, dict[str, Any]] = {
    "InvalidRetryModeError": {"valid_modes": RETRY_MODES},
    "InvalidIMDSEndpointModeError": {"valid_modes": ("ipv4", "ipv6")},
}
_NUMBERS = frozenset({"min_value", "expected", "calculated", "provided_max_attempts"})


def build(class_name: str, fields: Mapping[str, str]) -> BaseException:
    """The exception that the Rust core describes by a class name and its arguments.

    If the class has no ``fmt``, like Python's own exceptions, ``message`` is the whole text.
    """
    cls: type[BaseException] = globals().get(class_name) or getattr(builtins, class_name)
    arguments: dict[str, Any] = {
        name: int(value) if name in _NUMBERS else value for name, value in fields.items()
    }
    if issubclass(cls, _TextError) and "message" in arguments:
        return _with_text(cls, arguments["message"])
    if issubclass(cls, _Raised):
        return cls(**{**arguments, **_TUPLES.get(class_name, {})})
    return cls(*arguments.values())
