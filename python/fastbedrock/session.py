"""Sessions, with boto3's arguments: settings and credentials that several clients share."""

from __future__ import annotations

import os

from fastbedrock import _core
from fastbedrock._client.base import Options
from fastbedrock._client.classes import (
    make_async_client,
    make_client,
    makes_async_client,
    makes_client,
)
from fastbedrock._replaced import create_client_patch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastbedrock._client.identity import Credentials
    from fastbedrock._client.overloads import Extra
    from fastbedrock._events.emitter import Emitter
    from fastbedrock._search import ModelSource, SearchPath
else:
    Extra = object

# The endpoint of an engine that only looks up credentials and makes no calls.
_UNUSED_ENDPOINT = "https://localhost"


class Session(Extra):
    """Settings that clients share: credentials, region, profile.

    Arguments, in boto3's order; all can be None:
        aws_access_key_id, aws_secret_access_key, aws_session_token: access keys for all clients.
        region_name: the region, unless the client or its Config gives another one.
        botocore_session: a botocore session that provides the credentials, the bearer token, the
            region, the profile, the default Config of clients and the extra text of the
            User-Agent header, if they are not given here.
        profile_name: the profile of the shared AWS files. Keys in the environment are ignored then.
        aws_account_id: the account of the access keys; shown by :meth:`get_credentials`.
        credentials: by name only, and not in boto3. A botocore credentials object, or a function
            without arguments that returns one. It is read or called before each call.
        api_key: by name only, and not in boto3. A Bedrock API key (bearer token).

    The clients of a session and :meth:`get_credentials` look up credentials once and share them.
    So do the clients of :func:`fastbedrock.client`, which have one session.

    Raises ProfileNotFound if ``profile_name`` or the environment names an unknown profile, and
    NoCredentialsError for an account without access keys.
    """

    # Set once the session's events were asked for.
    _emitter: Emitter | None = None

    def __init__(
        self,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        region_name: str | None = None,
        botocore_session: Any = None,
        profile_name: str | None = None,
        aws_account_id: str | None = None,
        *,
        credentials: Any | Callable[[], Any] | None = None,
        api_key: str | None = None,
    ) -> None:
        given = (aws_access_key_id, aws_secret_access_key, aws_session_token, aws_account_id)
        if any(given) and aws_account_id is not None and None in given[:2]:
            from fastbedrock.exceptions import NoCredentialsError

            raise NoCredentialsError()
        keys = {}
        if any(given) and (aws_access_key_id, aws_secret_access_key) != (None, None):
            keys = _keys(aws_access_key_id, aws_secret_access_key, aws_session_token)
        self._identity = _identity(keys, credentials, api_key)
        self._account_id = aws_account_id if keys else None
        self._region_name = region_name
        self._profile_name = profile_name
        self._botocore_session = botocore_session
        # All clients without credentials of their own share this lookup.
        self._shared = _core.SessionCredentials()
        if botocore_session is not None:
            self._use_botocore_session(botocore_session)
            return
        profile = _environment_profile() if profile_name is None else profile_name
        if profile is not None and profile not in self.available_profiles:
            from fastbedrock.exceptions import ProfileNotFound

            raise ProfileNotFound(profile=profile)

    def _use_botocore_session(self, botocore_session: Any) -> None:
        if not hasattr(botocore_session, "get_config_variable"):
            kind = type(botocore_session).__name__
            raise TypeError(f"botocore_session must be a session of botocore, not {kind}")
        if self._profile_name is not None:
            botocore_session.set_config_variable("profile", self._profile_name)
        else:
            self._profile_name = botocore_session.instance_variables().get("profile")
        if self._region_name is None:
            self._region_name = botocore_session.get_config_variable("region")
        if not self._identity:
            self._identity = {"credentials": botocore_session.get_credentials}

    def __reduce__(self) -> str | tuple[Any, ...]:
        if self._botocore_session is not None:
            raise TypeError("a Session with a botocore_session cannot be pickled")
        # Handlers need not be picklable.
        state = {name: value for name, value in self.__dict__.items() if name != "_emitter"}
        return object.__new__, (type(self),), state

    def __copy__(self) -> Session:
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        from copy import deepcopy

        copy = memo[id(self)] = object.__new__(type(self))
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        return copy

    def __repr__(self) -> str:
        return f"{type(self).__name__}(region_name={self.region_name!r})"

    @property
    def profile_name(self) -> str:
        """The profile in use: the given one, or the environment's, or ``default``."""
        return self._profile_name or _environment_profile() or "default"

    @property
    def region_name(self) -> str | None:
        """The region of clients that are made without one; None if no region is configured."""
        if self._region_name is not None:
            return self._region_name
        return _core.configured_region(self._profile_name)

    @property
    def events(self) -> Any:
        """The events of clients that this session makes from now on: each copies the handlers.

        With a ``botocore_session``, these are the events of that session.
        """
        if self._botocore_session is not None:
            return self._botocore_session.get_component("event_emitter")
        if self._emitter is None:
            from fastbedrock._events.session import session_emitter

            # Another thread may do the same at the same time: the first one wins.
            return self.__dict__.setdefault("_emitter", session_emitter())
        return self._emitter

    def _handlers(self) -> Emitter | None:
        """The handlers that new clients copy; None if there are none."""
        emitter = self._emitter
        if self._botocore_session is not None:
            from fastbedrock._events.session import botocore_handlers

            emitter = botocore_handlers(self._botocore_session)
        return emitter if emitter is not None and emitter.has_foreign else None

    @property
    def available_profiles(self) -> list[str]:
        """Names of the profiles in the shared AWS files."""
        return _core.available_profiles()

    def get_available_services(self) -> list[str]:
        """Names that :meth:`client` takes."""
        path = self._search_path()
        return _core.service_names() if path is None else path.services()

    def models(self) -> dict[str, ModelSource]:
        """The service model that the next client of each service uses.

        A :class:`ModelSource` has ``api_version``, ``origin`` (``built in``, or the path of the
        model's file) and ``botocore_version`` (None for a model that is not built in). The files
        themselves are not read.

        Raises DataNotFoundError for a folder of the search path that cannot be read.
        """
        from fastbedrock._search import SearchPath

        path = self._search_path() or SearchPath(None, None)
        found = {}
        for name in path.services():
            options = self._model_options(name)
            search = _core.Environment(options).model_search(name)
            version = options.get("api_version") or (search and search[2])
            found[name] = path.source(name, version)
        return found

    def _search_path(self) -> SearchPath | None:
        """Where this session looks for models before those of this build; None for nowhere."""
        options = self._model_options()
        search = _core.Environment(options).model_search()
        if search is None and "data_path" not in options:
            return None
        from fastbedrock._search import SearchPath

        data_path, own_models, _ = search or (None, None, None)
        return SearchPath(options.get("data_path", data_path), own_models)

    def _model_options(self, service_name: str = "") -> Options:
        options = Options(_given(profile_name=self._profile_name))
        if self._botocore_session is not None:
            from fastbedrock._client.botocore_session import add_model_search

            add_model_search(options, self._botocore_session, service_name)
        return options

    def get_available_partitions(self) -> list[str]:
        """The names of AWS's partitions, e.g. ``aws`` and ``aws-cn``."""
        from fastbedrock import _partitions

        return _partitions.names()

    def get_available_regions(
        self, service_name: str, partition_name: str = "aws", allow_non_regional: bool = False
    ) -> list[str]:
        """The regions of a service in a partition, as boto3's table of endpoints has them.

        The table lists no regions for most Bedrock services: it is not kept up to date, and a
        region that is not listed may still have the service.

        Arguments, in boto3's order:
            service_name: e.g. ``"bedrock"``. An unknown service has no regions.
            partition_name: e.g. ``"aws-cn"``.
            allow_non_regional: True to list endpoints that are not regions, too.
        """
        from fastbedrock import _partitions

        return _partitions.regions(service_name, partition_name, allow_non_regional)

    def get_partition_for_region(self, region_name: str) -> str:
        """The partition of a region, e.g. ``aws-cn`` for ``cn-north-1``.

        Raises UnknownRegionError if no partition has regions with such a name.
        """
        from fastbedrock import _partitions

        return _partitions.partition_of(region_name)

    def get_available_resources(self) -> list[str]:
        """Names that :meth:`resource` takes: none."""
        return []

    def get_credentials(self) -> Credentials | None:
        """The credentials of this session's clients, or None if there are none.

        The object has access_key, secret_key, token, method, account_id and
        get_frozen_credentials(). The lookup may use the network, as in boto3.
        """
        from fastbedrock._client.identity import credentials_of, identity_provider
        from fastbedrock.exceptions import InvalidRegionError, NoRegionError

        try:
            engine = self._engine()
        except (InvalidRegionError, NoRegionError):
            # Credentials belong to no region. Only a lookup by STS or SSO needs one.
            engine = self._engine(region_name="us-east-1")
        return credentials_of(engine, identity_provider(engine, self._identity), self._account_id)

    def _engine(self, **options: Any) -> _core.Engine:
        """An engine that makes no calls: it only looks up the session's identity."""
        # With "v4", a bearer token in the environment does not replace access keys.
        fixed = {"endpoint_url": _UNUSED_ENDPOINT, "signature_version": "v4"}
        return _core.Engine("bedrock-runtime", {**self._options(), **fixed, **options})

    def _options(self) -> dict[str, Any]:
        return _given(
            profile_name=self._profile_name,
            region_name=self._region_name,
            session_credentials=self._shared,
            **self._identity,
        )

    # mypy's cache does not say that a method is decorated. Unless its own self is annotated, mypy
    # then ignores the self of the overloads.
    @makes_client
    def client(
        self: Session,
        service_name: str,
        region_name: str | None = None,
        api_version: str | None = None,
        use_ssl: bool = True,
        verify: bool | str | os.PathLike[str] | None = None,
        endpoint_url: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        config: Any = None,
        aws_account_id: str | None = None,
        *,
        credentials: Any | Callable[[], Any] | None = None,
        api_key: str | None = None,
    ) -> Any:
        """Make a client.

        Arguments, in boto3's order:
            service_name: e.g. ``"bedrock-runtime"``; see :meth:`get_available_services`.
            region_name: the region of the client.
            api_version: the version of the service model; the newest one by default. See
                :meth:`models`.
            use_ssl: False for ``http``; no effect if ``endpoint_url`` is given.
            verify: False to accept any certificate, or the path of a PEM file with the
                certificates to trust.
            endpoint_url: the URL to use instead of the region's own endpoint.
            aws_access_key_id, aws_secret_access_key, aws_session_token: access keys for it.
            config: a Config of fastbedrock or of botocore.
            aws_account_id: accepted; no endpoint of Bedrock contains it.
            credentials: by name only. A botocore credentials object, or a function without
                arguments that returns one. It is read or called before each call.
            api_key: by name only. A Bedrock API key (bearer token); only ``bedrock`` and
                ``bedrock-runtime`` accept one.

        The client sends nothing and looks up no credentials before the first call.

        Raises UnknownServiceError, NoRegionError, InvalidRegionError, PartialCredentialsError,
        ProfileNotFound, ConfigParseError, InvalidConfigError or DataNotFoundError (an unknown
        ``api_version``, or a model's file that cannot be used) of :mod:`fastbedrock.exceptions`,
        or ValueError if ``endpoint_url`` is not a URL, or for an API key that the service does
        not accept.
        """

        patchable = {
            "region_name": region_name,
            "use_ssl": use_ssl,
            "verify": verify,
            "endpoint_url": endpoint_url,
            "config": config,
        }
        given = {
            "keys": _keys(aws_access_key_id, aws_secret_access_key, aws_session_token),
            "credentials": credentials,
            "api_key": api_key,
            "api_version": api_version,
        }
        return self._made(service_name, patchable, given)

    # Type checkers cannot add an argument to those of another function, so the list is repeated
    # here. A test compares the two.
    @makes_async_client
    def async_client(
        self: Session,
        service_name: str,
        region_name: str | None = None,
        api_version: str | None = None,
        use_ssl: bool = True,
        verify: bool | str | os.PathLike[str] | None = None,
        endpoint_url: str | None = None,
        aws_access_key_id: str | None = None,
        aws_secret_access_key: str | None = None,
        aws_session_token: str | None = None,
        config: Any = None,
        aws_account_id: str | None = None,
        *,
        credentials: Any | Callable[[], Any] | None = None,
        api_key: str | None = None,
        max_concurrency: int | None = None,
    ) -> Any:
        """Make an asynchronous client.

        Arguments, besides those of :meth:`client`:
            max_concurrency: by name only. How many calls and streams may be in flight at once.
                Further ones wait, and are served in order. None for no limit.
            credentials: may also be a coroutine function.

        The client can be used at once, or in ``async with``. Making it needs no event loop.

        Raises what :meth:`client` raises, ValueError if ``max_concurrency`` is below 1, and
        TypeError if it is not an int.
        """
        if max_concurrency is not None:
            if not isinstance(max_concurrency, int):
                kind = type(max_concurrency).__name__
                raise TypeError(f"max_concurrency must be an int or None, not {kind}")
            if max_concurrency < 1:
                raise ValueError(f"max_concurrency must be at least 1, not {max_concurrency}")

        patchable = {
            "region_name": region_name,
            "use_ssl": use_ssl,
            "verify": verify,
            "endpoint_url": endpoint_url,
            "config": config,
        }
        given = {
            "keys": _keys(aws_access_key_id, aws_secret_access_key, aws_session_token),
            "credentials": credentials,
            "api_key": api_key,
            "api_version": api_version,
        }
        return self._made(
            service_name, patchable, given, is_async=True, max_concurrency=max_concurrency
        )

    #: aiobotocore's name of :meth:`async_client`, for code that expects one of its sessions.
    create_client = async_client

    def _made(
        self,
        service_name: str,
        patchable: dict[str, Any],
        given: dict[str, Any],
        *,
        is_async: bool = False,
        max_concurrency: int | None = None,
    ) -> Any:
        """A client. ``patchable`` are arguments that patches of ``create_client`` may change."""

        def make(**arguments: Any) -> Any:
            options = self._client_options(service_name, **given, **arguments)
            if max_concurrency is not None:
                options["max_concurrency"] = max_concurrency
            kind = make_async_client if is_async else make_client
            return kind(service_name, options, self._handlers())

        patch = create_client_patch(is_async)
        if patch is None:
            return make(**patchable)
        from fastbedrock._client.created import create

        return create(patch, service_name, make, is_async=is_async, **patchable)

    def _client_options(
        self,
        service_name: str,
        region_name: str | None,
        use_ssl: bool,
        verify: bool | str | os.PathLike[str] | None,
        endpoint_url: str | None,
        keys: dict[str, Any],
        config: Any,
        credentials: Any,
        api_key: str | None,
        api_version: str | None,
    ) -> Options:
        session = self._botocore_session
        if session is not None:
            from fastbedrock._client import botocore_session

            config = botocore_session.merged_config(session, config)
        options = Options(
            _given(
                session_credentials=self._shared,
                profile_name=self._profile_name,
                endpoint_url=endpoint_url,
                api_version=api_version,
                verify=os.fspath(verify) if isinstance(verify, os.PathLike) else verify,
            )
        )
        if use_ssl is not True:
            from fastbedrock._client.config_options import truth_of

            if not truth_of("use_ssl", use_ssl):
                options["use_ssl"] = False
        if config is not None:
            from fastbedrock._client.config_options import engine_options

            options.update(engine_options(config))
        if options.get("signature_version") != "unsigned":  # unsigned requests need no identity
            given = _identity(_complete(keys), credentials, api_key)
            # An identity given here replaces all parts of the session's.
            options.update(given or _complete(self._identity))
        if session is not None:
            options.setdefault("auth_token", session.get_auth_token)
            botocore_session.add_model_search(options, session, service_name)
            botocore_session.add_user_agent(options, session)
        # A region in the Config comes after the client's and before the session's.
        if region_name is None and "config_region_name" not in options:
            region_name = self._region_name
        options.update(_given(region_name=region_name))
        return options

    def resource(self, service_name: str, *args: Any, **kwargs: Any) -> Any:
        """Raise ResourceNotExistsError: there are no resources. Use :meth:`client`."""
        from fastbedrock.exceptions import ResourceNotExistsError

        raise ResourceNotExistsError(service_name=service_name)


def _environment_profile() -> str | None:
    return os.environ.get("AWS_DEFAULT_PROFILE", os.environ.get("AWS_PROFILE"))


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _keys(access_key: str | None, secret_key: str | None, token: str | None) -> dict[str, Any]:
    return _given(
        aws_access_key_id=access_key, aws_secret_access_key=secret_key, aws_session_token=token
    )


def _complete(identity: dict[str, Any]) -> dict[str, Any]:
    """The identity, if it has both keys or neither. A session token without keys is dropped."""
    access_key, secret_key = "aws_access_key_id", "aws_secret_access_key"
    if access_key in identity and secret_key in identity:
        return identity
    if access_key in identity or secret_key in identity:
        from fastbedrock.exceptions import PartialCredentialsError

        missing = secret_key if access_key in identity else access_key
        raise PartialCredentialsError(provider="explicit", cred_var=missing)
    return {name: value for name, value in identity.items() if name != "aws_session_token"}


def _identity(keys: dict[str, Any], credentials: Any, api_key: str | None) -> dict[str, Any]:
    if keys and credentials is not None:
        raise TypeError("keys and credentials= exclude each other: give one of them")
    # An empty API key counts as none: it comes from os.environ.get("...", "").
    api_key = None if api_key == "" else api_key
    return {**keys, **_given(credentials=credentials, api_key=api_key)}
