"""The clients of a session look up its credentials once and share them, as boto3's do."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest

import fastbedrock
import fastbedrock.local
from forks import needs_fork
from http_servers import HttpServer, http_server
from programs import HELLO
from settings_scenarios import outcome, quick

OWN = {"aws_access_key_id": "OWN", "aws_secret_access_key": "S"}


class Process:
    """A ``credential_process`` that counts its runs and numbers its access keys."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = folder / "count"
        program = folder / "keys.py"
        keys = {"Version": 1, "SecretAccessKey": "S", "SessionToken": "T"}
        program.write_text(
            "import json, os\n"
            f"count = os.open({str(self.count)!r}, os.O_CREAT | os.O_APPEND | os.O_RDWR)\n"
            "os.write(count, b'x')\n"
            f"print(json.dumps(dict({keys!r}, AccessKeyId=f'KEY{{os.fstat(count).st_size}}')))\n"
        )
        self.line = f"credential_process = {sys.executable} -I -S {program}\n"
        self.config = folder / "config"
        self.config.write_text(f"[default]\nregion = eu-west-1\n{self.line}")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(self.config))

    @property
    def runs(self) -> int:
        return self.count.stat().st_size if self.count.exists() else 0


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    monkeypatch.setattr("fastbedrock.DEFAULT_SESSION", None)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    return Process(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with http_server(lambda *_: (200, "{}")) as server:
        yield server


def key(server: HttpServer, client: Any) -> str:
    """The access key ID that the client signs with."""
    if hasattr(client, "aclose"):
        asyncio.run(client.converse(**HELLO))
    else:
        client.converse(**HELLO)
    authorization = server.seen[-1][2]["authorization"]
    return authorization.partition("Credential=")[2].partition("/")[0]


def make(source: Any, server: HttpServer, **arguments: Any) -> Any:
    return source.client("bedrock-runtime", endpoint_url=server.url, **arguments)


def make_async(source: Any, server: HttpServer, **arguments: Any) -> Any:
    return source.async_client("bedrock-runtime", endpoint_url=server.url, **arguments)


@pytest.mark.parametrize("module", [boto3, fastbedrock], ids=lambda module: module.__name__)
def test_one_look_up_serves_all_clients_of_a_session(
    module: Any, process: Process, server: HttpServer
) -> None:
    session = quick(module.Session())
    clients = [
        make(session, server),
        make(session, server),
        make(session, server, region_name="us-west-2"),
        make(session, server, verify=False),
    ]
    assert [key(server, client) for client in clients] == ["KEY1"] * 4
    found = session.get_credentials()
    assert (found.access_key, found.get_frozen_credentials().token) == ("KEY1", "T")
    assert key(server, make(session, server, **OWN)) == "OWN"
    assert process.runs == 1
    assert key(server, make(quick(module.Session()), server)) == "KEY2"


@pytest.mark.parametrize("module", [boto3, fastbedrock], ids=lambda module: module.__name__)
def test_one_look_up_serves_the_default_session(
    module: Any, process: Process, server: HttpServer
) -> None:
    module.setup_default_session()
    quick(module.DEFAULT_SESSION)
    assert [key(server, make(module, server)) for _ in range(3)] == ["KEY1"] * 3
    module.setup_default_session()
    assert key(server, make(module, server)) == "KEY2"


def test_synchronous_and_asynchronous_clients_share(process: Process, server: HttpServer) -> None:
    session = fastbedrock.Session()
    assert key(server, make_async(session, server)) == "KEY1"
    assert key(server, make(session, server)) == "KEY1"
    assert key(server, make_async(fastbedrock, server)) == "KEY2"
    assert key(server, make(fastbedrock, server)) == "KEY2"
    assert process.runs == 2


def test_clients_made_and_used_at_once_share(process: Process, server: HttpServer) -> None:
    session = fastbedrock.Session()
    barrier = threading.Barrier(8)
    used: list[str | None] = []

    def work() -> None:
        barrier.wait(10)
        client = make(session, server)
        barrier.wait(10)
        client.converse(**HELLO)
        used.append(client._get_credentials().access_key)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert used == ["KEY1"] * 8
    assert process.runs == 1


def test_found_credentials_are_kept_when_settings_change_later(
    process: Process, server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (boto3, fastbedrock):
        session = quick(module.Session())
        first = key(server, make(session, server))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
        assert key(server, make(session, server)) == first
        assert key(server, make(quick(module.Session()), server)) == "ENVIRONMENT"
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")


def test_a_negative_result_is_not_cached(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (boto3, fastbedrock):
        session = quick(module.Session(region_name="us-east-1"))
        client = make(session, server)
        assert outcome(key, server, client)[0] == "NoCredentialsError"
        assert session.get_credentials() is None
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "LATER")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
        assert key(server, make(session, server)) == "LATER"
        assert session.get_credentials().access_key == "LATER"
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")


def test_a_failed_look_up_is_not_cached(process: Process, server: HttpServer) -> None:
    text = process.config.read_text()
    for module in (boto3, fastbedrock):
        process.config.write_text("[default]\nregion = eu-west-1\ncredential_process = false\n")
        session = quick(module.Session())
        assert isinstance(outcome(lambda made=session: key(server, make(made, server))), tuple)
        process.config.write_text(text)
    assert key(server, make(session, server)) == "KEY1"


def test_expired_keys_are_refreshed_once_for_all(
    process: Process, server: HttpServer, tmp_path: Path
) -> None:
    soon = tmp_path / "soon"
    keys = {"Version": 1, "SecretAccessKey": "S", "Expiration": "2099-01-01T00:00:00Z"}
    line = f"credential_process = sh -c 'echo >> {soon}.count; cat {soon}'\n"
    process.config.write_text(f"[default]\nregion = eu-west-1\n{line}")
    soon.write_text(json.dumps({**keys, "AccessKeyId": "ONE"}))
    session = fastbedrock.Session()
    clients = [make(session, server) for _ in range(3)] + [make_async(session, server)]
    assert [key(server, client) for client in clients] == ["ONE"] * 4
    assert Path(f"{soon}.count").read_text() == "\n"


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda client: pickle.loads(pickle.dumps(client))]
)
def test_copies_of_a_client_share_and_unpickled_clients_look_up_again(
    copied: Callable[[Any], Any], process: Process, server: HttpServer
) -> None:
    session = fastbedrock.Session()
    client = make(session, server)
    assert key(server, client) == "KEY1"
    pickled = copied.__name__ == "<lambda>"
    assert key(server, copied(client)) == ("KEY2" if pickled else "KEY1")
    text = pickle.dumps(client)
    assert b"KEY1" not in text


@needs_fork
def test_a_forked_child_has_its_parents_credentials(process: Process, server: HttpServer) -> None:
    session = fastbedrock.Session()
    assert session.get_credentials().access_key == "KEY1"
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover
        try:
            client = session.client("bedrock-runtime")
            os.write(writer, client._get_credentials().access_key.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        assert told.read() == b"KEY1"
    os.waitpid(pid, 0)
    assert process.runs == 1


def test_a_botocore_session_is_asked_for_its_credentials(
    process: Process, server: HttpServer
) -> None:
    theirs = botocore.session.Session()
    session = fastbedrock.Session(botocore_session=theirs)
    assert [key(server, make(session, server)) for _ in range(2)] == ["KEY1"] * 2
    assert theirs.get_credentials().access_key == "KEY1"
    assert process.runs == 1
