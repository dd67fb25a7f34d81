"""The engine works with what the client of botocore has resolved itself."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
import botocore.exceptions
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.tokens import FrozenAuthToken

import fastbedrock
from forks import needs_fork
from in_place import BOTOCORE, ENGINE, make_client, path, sender
from programs import DEADLINE
from scripted_server import Reply, Server, in_order


@pytest.fixture(scope="module")
def server():
    with Server(in_order(Reply())) as server:
        yield server


@pytest.fixture(autouse=True)
def installed():
    with fastbedrock.install():
        yield


def key_of(request):
    return request.header("authorization").split("Credential=")[1].split("/")[0]


def test_refreshed_credentials_are_shared(server):
    refreshed = []

    def refresh():
        refreshed.append(1)
        expiry = datetime.now(timezone.utc) + timedelta(seconds=1 if len(refreshed) == 1 else 9999)
        return {
            "access_key": f"KEY{len(refreshed)}",
            "secret_key": "secret",
            "token": "token",
            "expiry_time": expiry.isoformat(),
        }

    session = botocore.session.Session()
    session._credentials = RefreshableCredentials.create_from_metadata(refresh(), refresh, "test")
    client = session.create_client("bedrock-runtime", "us-east-1", endpoint_url=server.url)
    assert path(client, server) == ENGINE
    assert key_of(server.requests[0]) == "KEY2"
    assert server.requests[0].header("x-amz-security-token") == "token"
    assert session._credentials.access_key == "KEY2"
    assert path(client, server) == ENGINE
    assert refreshed == [1, 1]


def test_assigned_credentials_are_used(server):
    client = make_client(server)
    path(client, server)
    client._request_signer._credentials = Credentials("OTHER", "secret")
    assert path(client, server) == ENGINE
    assert key_of(server.requests[0]) == "OTHER"


def test_no_credentials_are_botocores_error(server):
    client = make_client(server)
    client._request_signer._credentials = None
    server.play(Reply())
    with pytest.raises(botocore.exceptions.NoCredentialsError) as caught:
        client.converse(modelId="m")
    assert type(caught.value) is botocore.exceptions.NoCredentialsError
    assert server.requests == []


def test_credentials_that_cannot_be_refreshed_are_botocores_error(server):
    client = make_client(server)

    class Broken(Credentials):
        def get_frozen_credentials(self):
            raise botocore.exceptions.CredentialRetrievalError(provider="p", error_msg="m")

    client._request_signer._credentials = Broken("A", "S")
    with pytest.raises(botocore.exceptions.CredentialRetrievalError) as caught:
        client.converse(modelId="m")
    assert caught.value.__context__ is None


def test_unsigned_requests_are_not_signed(server):
    client = make_client(server, {"signature_version": UNSIGNED})
    assert path(client, server) == ENGINE
    assert server.requests[0].header("authorization") is None


def test_the_region_of_the_client_is_signed(server):
    client = make_client(server, region_name="eu-west-1")
    os.environ["AWS_DEFAULT_REGION"] = "us-west-2"
    assert path(client, server) == ENGINE
    assert "/eu-west-1/bedrock/" in server.requests[0].header("authorization")


def test_a_path_of_the_endpoint_is_kept(server):
    client = make_client(server, endpoint_url=f"{server.url}/base/")
    for _ in range(2):
        path(client, server)
        assert server.requests[0].target == "/base/model/m/converse"
        fastbedrock.uninstall()


def test_the_user_agent_is_the_clients(server):
    client = make_client(server, {"user_agent_extra": "extra/1", "user_agent_appid": "app"})
    assert path(client, server) == ENGINE
    ours = server.requests[0].header("user-agent")
    fastbedrock.uninstall()
    assert path(client, server) == BOTOCORE
    assert ours == server.requests[0].header("user-agent")


def test_a_proxy_of_the_client_is_used(server):
    options = {"endpoint_url": "http://bedrock.invalid"}
    client = make_client(server, {"proxies": {"http": server.url}}, **options)
    assert path(client, server) == ENGINE
    assert server.requests[0].target == "http://bedrock.invalid/model/m/converse"


def test_the_environment_is_read_when_the_client_is_made(server):
    client = make_client(server)
    os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = "http://127.0.0.1:1"
    os.environ["AWS_PROFILE"] = "none"
    os.environ["AWS_MAX_ATTEMPTS"] = "x"
    assert path(client, server) == ENGINE


@pytest.mark.local_bedrock(tls=True)
def test_authorities_are_the_clients(local_bedrock):
    arguments = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    arguments["config"] = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    session = boto3.session.Session()
    knowing = session.client("bedrock-runtime", verify=local_bedrock.ca_bundle, **arguments)
    careless = session.client("bedrock-runtime", verify=False, **arguments)
    for client in (knowing, careless):
        assert client.list_async_invokes()["asyncInvokeSummaries"] == []
        assert fastbedrock.installed(client)
    with pytest.raises(botocore.exceptions.SSLError) as caught:
        session.client("bedrock-runtime", **arguments).list_async_invokes()
    assert type(caught.value) is botocore.exceptions.SSLError


@pytest.mark.local_bedrock(tls=True)
def test_a_bearer_token_is_the_clients(local_bedrock):
    os.environ["AWS_BEARER_TOKEN_BEDROCK"] = local_bedrock.api_key
    arguments = {
        "endpoint_url": local_bedrock.endpoint_url,
        "verify": local_bedrock.ca_bundle,
        "region_name": "us-east-1",
    }
    client = boto3.session.Session().client("bedrock-runtime", **arguments)
    assert client.list_async_invokes()["asyncInvokeSummaries"] == []
    assert fastbedrock.installed(client)
    client._request_signer._auth_token = FrozenAuthToken("other")
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.list_async_invokes()


def test_timeouts_and_attempts_are_the_clients(server):
    retries = {"mode": "standard", "total_max_attempts": 2}
    client = make_client(server, {"read_timeout": 0.2, "retries": retries})
    server.play(Reply(delay=2))
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        client.converse(modelId="m")
    assert [sender(request) for request in server.requests] == [ENGINE] * 2


def test_the_model_is_the_one_of_the_client(server, tmp_path):
    import json

    model = boto3.client("bedrock-runtime", region_name="us-east-1").meta.service_model
    description = json.loads(json.dumps(model._service_description))
    description["shapes"]["ConverseRequest"]["members"]["novelty"] = {"shape": "String"}
    folder = tmp_path / "bedrock-runtime" / model.api_version
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(description))
    os.environ["AWS_DATA_PATH"] = str(tmp_path)
    client = make_client(server)
    assert path(client, server, novelty="new") == ENGINE
    assert json.loads(server.requests[0].body)["novelty"] == "new"
    del os.environ["AWS_DATA_PATH"]
    with pytest.raises(botocore.exceptions.ParamValidationError, match="novelty"):
        make_client(server).converse(modelId="m", novelty="new")


def test_threads_share_a_client(server):
    client = make_client(server)
    server.play(Reply())
    start = threading.Barrier(8)

    def calls(_):
        start.wait(DEADLINE)
        for _ in range(5):
            client.converse(modelId="m")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(calls, range(8)))
    assert [sender(request) for request in server.requests] == [ENGINE] * 40


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_has_connections_of_its_own(server):
    client = make_client(server)
    server.play(Reply())
    client.converse(modelId="m")
    child = os.fork()
    if not child:
        try:
            client.converse(modelId="m")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    client.converse(modelId="m")
    connections = [request.connection for request in server.requests]
    assert [sender(request) for request in server.requests] == [ENGINE] * 3
    assert connections[0] == connections[2] != connections[1]
