"""The local Bedrock as a server: starting, stopping, TLS, counters, the command line."""

from __future__ import annotations

import errno
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import boto3
import botocore.session
import pytest
from botocore.exceptions import ReadTimeoutError, SSLError

import fastbedrock
from fastbedrock.local import serve
from forks import needs_fork
from linux import descriptors, needs_proc, threads
from local_requests import CHAT, call, connect, send, user
from programs import wait_for
from repository import ROOT

ENVIRONMENT = {"PYTHONPATH": str(ROOT / "python")}


def refuses(server):
    parts = urlsplit(server.endpoint_url)
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((parts.hostname, parts.port)) != 0


def test_importing_starts_no_server():
    code = (
        "import threading, os, fastbedrock.local\n"
        "tasks = '/proc/self/task'\n"
        "assert threading.active_count() == 1\n"
        "assert not os.path.exists(tasks) or len(os.listdir(tasks)) == 1\n"
    )
    environment = {**os.environ, **ENVIRONMENT}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env=environment)


def test_two_servers_are_independent(local_bedrock):
    with serve(replies="other") as other:
        for server, text in [(local_bedrock, "Hello"), (other, "other")]:
            response = connect(server).converse(modelId=CHAT, messages=user("Hello"))
            assert response["output"]["message"]["content"] == [{"text": text}]
        assert local_bedrock.counters["requests"] == other.counters["requests"]
    assert refuses(other)
    assert not refuses(local_bedrock)


@pytest.mark.parametrize("busy", ["idle", "stream", "stall", "late"])
def test_closing_takes_less_than_a_second_even_if_busy(busy):
    with serve(tls=True) as server:
        client = connect(server)
        client.converse(modelId=CHAT, messages=user("Hello"))
        stream = None
        if busy == "stream":
            server.configure(tokens_per_second=10)
        elif busy == "stall":
            server.fault("stall")
        elif busy == "late":
            server.configure(first_token_seconds=60)
        if busy == "late":

            def wait():
                with pytest.raises(Exception, match=r"closed|aborted|reset|SSL"):
                    client.converse(modelId=CHAT, messages=user("x"))

            thread = threading.Thread(target=wait, daemon=True)
            thread.start()
            wait_for(lambda: server.counters["requests_started"] == 2)
        elif busy != "idle":
            stream = iter(
                client.converse_stream(modelId=CHAT, messages=user("a b c " * 99))["stream"]
            )
            next(stream)
        start = time.monotonic()
        server.close()
        assert time.monotonic() - start < 1
        if busy == "late":
            thread.join(timeout=5)
            assert not thread.is_alive()
    assert refuses(server)
    server.close()
    assert not os.path.exists(server.ca_bundle)


def test_a_forgotten_server_stops():
    server = serve()
    parts = urlsplit(server.endpoint_url)
    server.reply(lambda request: "hi")
    del server
    gc.collect()

    def gone():
        with socket.socket() as probe:
            return probe.connect_ex((parts.hostname, parts.port)) != 0

    wait_for(gone)
    wait_for(
        lambda: all(thread.name != "fastbedrock-local-reply" for thread in threading.enumerate())
    )


def test_an_exiting_interpreter_is_not_held_up():
    code = (
        "import fastbedrock.local as local\n"
        "server = local.serve(tls=True)\n"
        "server.reply(lambda request: 'hi')\n"
        "print(server.ca_bundle)\n"
    )
    start = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        timeout=60,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
    )
    assert time.monotonic() - start < 10
    assert run.stderr == ""
    assert not os.path.exists(run.stdout.strip())


@needs_proc
def test_servers_leave_nothing_behind():
    def state():
        return descriptors(), threads()

    for tls in (False, True):
        serve(tls=tls).close()
    before = state()
    for number in range(20):
        with serve(tls=number % 2 == 0) as server:
            connect(server).converse(modelId=CHAT, messages=user("Hello"))
    gc.collect()
    wait_for(lambda: all(now <= then + 1 for now, then in zip(state(), before, strict=True)))


@needs_fork
def test_a_forked_child_leaves_its_parents_server_alone():
    with serve(tls=True) as server:
        child = os.fork()
        if child == 0:
            try:
                server.close()
            finally:
                os._exit(0)
        deadline = time.monotonic() + 10
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            assert time.monotonic() < deadline, "the child hangs"
            time.sleep(0.01)
        assert os.path.exists(server.ca_bundle)
        assert connect(server).converse(modelId=CHAT, messages=user("Hello"))


@needs_fork
def test_closing_ends_connections_even_if_a_forked_child_lives():
    with serve() as server:
        parts = urlsplit(server.endpoint_url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as waiting:
            waiting.sendall(b"GET /_local/counters HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert waiting.recv(65536)
            child = os.fork()
            if child == 0:
                time.sleep(30)
                os._exit(0)
            try:
                server.close()
                assert waiting.recv(65536) == b""
                assert refuses(server)
            finally:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def test_a_port_that_is_taken_is_an_error(local_bedrock):
    address = urlsplit(local_bedrock.endpoint_url)
    with pytest.raises(OSError, match="in use") as caught:
        serve(port=address.port)
    assert caught.value.errno == errno.EADDRINUSE
    assert caught.value.filename == address.netloc


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"port": 70_000}, "port: a number from 0 to 65535, not 70000"),
        ({"port": -1}, "port: a number from 0 to 65535, not -1"),
        ({"workers": 0}, "workers: a number from 1 to 256, not 0"),
        ({"first_token_seconds": float("inf")}, "Out of range float"),
        ({"callable": True}, "no setting called callable"),
    ],
)
def test_the_error_of_a_wrong_argument_names_it(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        serve(**arguments)


def test_the_error_of_a_wrong_scenario_names_its_file(tmp_path):
    path = tmp_path / "scenario.json"
    for content, problem in [
        (b'{"replies": [}', "scenario: expected value at line 1 column 14"),
        (b"\xff", "utf-8"),
        (b'{"seed": "x"}', "seed must be a whole number"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ValueError, match=problem) as caught:
            serve(scenario=path)
        assert str(caught.value).startswith(f"{path}: ")


def test_an_unknown_path_is_404_for_large_bodies_too(local_bedrock):
    answer = send(local_bedrock, "POST", "/nowhere", bytes(3_000_000), sign=False)
    assert answer.status == 404
    assert local_bedrock.counters["bytes_received"] > 3_000_000


@pytest.mark.local_bedrock(tls=True)
def test_tls_is_trusted_by_its_own_authority_only(local_bedrock):
    assert local_bedrock.endpoint_url.startswith("https://127.0.0.1:")
    assert connect(local_bedrock).converse(modelId=CHAT, messages=user("Hello"))
    with pytest.raises(SSLError):
        connect(local_bedrock, verify=True).converse(modelId=CHAT, messages=user("Hello"))


@pytest.mark.local_bedrock(host="localhost", tls=True)
def test_a_host_may_be_a_name(local_bedrock):
    assert connect(local_bedrock).converse(modelId=CHAT, messages=user("Hello"))


@pytest.mark.parametrize("tls", [False, True])
def test_fastbedrock_talks_to_it_too(tls):
    with serve(tls=tls) as server:
        client = fastbedrock.client(
            "bedrock-runtime",
            endpoint_url=server.endpoint_url,
            verify=server.ca_bundle,
            **server.credentials,
        )
        with client:
            answer = client.converse(modelId=CHAT, messages=user("Hello"))
            assert answer["output"]["message"]["content"] == [{"text": "Hello"}]
            events = list(client.converse_stream(modelId=CHAT, messages=user("a b c"))["stream"])
            assert sum("contentBlockDelta" in event for event in events) == 3


def test_requests_are_counted_by_operation_and_status(local_bedrock):
    client = connect(local_bedrock)
    client.converse(modelId=CHAT, messages=user("Hello"))
    list(client.converse_stream(modelId=CHAT, messages=user("Hello"))["stream"])
    assert call(local_bedrock, "Converse", {}, modelId="nonsense").status == 400
    counters = local_bedrock.counters
    assert counters["requests"] == {"Converse": {"200": 1, "400": 1}, "ConverseStream": {"200": 1}}
    assert (counters["requests_started"], counters["requests_aborted"]) == (3, 0)
    assert (counters["streams_started"], counters["streams_aborted"]) == (1, 0)
    assert counters["connections_opened"] >= 2
    assert counters["bytes_received"] > 500 < counters["bytes_sent"]
    client.close()
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)
    local_bedrock.reset_counters()
    assert not any(local_bedrock.counters.values())


@pytest.mark.local_bedrock(tokens_per_second=50)
def test_an_aborted_stream_is_counted_and_its_connection_closed(local_bedrock):
    client = connect(local_bedrock)
    stream = client.converse_stream(modelId=CHAT, messages=user("word " * 500))["stream"]
    next(iter(stream))
    assert local_bedrock.counters["connections_open"] == 1
    stream.close()
    wait_for(lambda: local_bedrock.counters["streams_aborted"] == 1)
    wait_for(lambda: local_bedrock.counters["connections_open"] == 0)


def test_an_aborted_request_is_counted(local_bedrock):
    local_bedrock.configure(first_token_seconds=30)
    client = connect(local_bedrock, read_timeout=0.2)
    with pytest.raises(ReadTimeoutError):
        client.converse(modelId=CHAT, messages=user("Hello"))
    wait_for(lambda: local_bedrock.counters["requests_aborted"] == 1)
    assert local_bedrock.counters["requests"] == {}


def start_command(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "fastbedrock", "local", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ENVIRONMENT},
        **options,
    )


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs Unix's signals")
def test_the_command_line_in_the_background_of_a_script_can_be_interrupted():
    process = start_command(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    try:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate()


def available_services():
    return fastbedrock.Session().get_available_services()


def service_id(name):
    """A service's name in environment variables, as boto3 derives it from the model."""
    model = botocore.session.Session().get_service_model(name)
    return model.service_id.hyphenize().replace("-", "_").upper()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("tls", [False, True])
def test_the_command_line_prints_what_a_client_needs(monkeypatch, tmp_path, stop, tls):
    scenario = tmp_path / "scenario.json"
    scenario.write_text('{"replies": "from the command line"}')
    process = start_command("--scenario", str(scenario), *(["--tls"] if tls else []))
    try:
        services = [f"AWS_ENDPOINT_URL_{service_id(name)}" for name in available_services()]
        for expected in [
            *services,
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_DEFAULT_REGION",
            *(["AWS_CA_BUNDLE"] if tls else []),
        ]:
            line = process.stdout.readline()
            name, _, value = line.removeprefix("export ").strip().partition("=")
            assert name == expected
            monkeypatch.setenv(name, value)
        client = boto3.client("bedrock-runtime")
        answer = client.converse(modelId=CHAT, messages=user("Hello"))
        assert answer["output"]["message"]["content"] == [{"text": "from the command line"}]
        process.send_signal(stop)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()


def test_the_command_line_reports_mistakes(tmp_path, local_bedrock):
    scenario = tmp_path / "scenario.json"
    scenario.write_text('{"replys": []}')
    port = str(urlsplit(local_bedrock.endpoint_url).port)
    for arguments, problem in [
        (["--scenario", str(scenario)], "there is no setting called replys"),
        (["--scenario", str(tmp_path / "missing")], "No such file"),
        (["--port", port], "in use"),
        (["--port", "70000"], "port: a number from 0 to 65535"),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid:0"),
    ]:
        process = start_command(*arguments)
        try:
            _, error = process.communicate(timeout=30)
        finally:
            process.kill()
        assert process.returncode == 1
        assert problem in error
        assert "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"host": 5}, "host: a name or an address, not 5"),
        ({"port": "80"}, "port: a number, not '80'"),
        ({"port": None}, "port: a number, not None"),
        ({"port": True}, "port: a number, not True"),
        ({"tls": "no"}, "tls: True or False, not 'no'"),
        ({"workers": 1.5}, "workers: a number, not 1.5"),
        ({"max_connections": "9"}, "max_connections: a number, not '9'"),
        ({"idle_timeout": "9"}, "idle_timeout: seconds or None, not '9'"),
        ({"allowed_hosts": "bedrock"}, "allowed_hosts: a list of names, not 'bedrock'"),
        ({"allowed_hosts": b"bedrock"}, "allowed_hosts: a list of names, not b'bedrock'"),
        ({"allowed_hosts": 5}, "allowed_hosts: a list of names, not 5"),
        ({"allowed_hosts": [5]}, "allowed_hosts: a list of names, each a str, not 5"),
    ],
)
def test_the_error_of_an_argument_of_the_wrong_type_names_it(arguments, text):
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        serve(**arguments)


CHANGES = {
    "configure": lambda server: server.configure(seed=1),
    "fault": lambda server: server.fault("throttle"),
    "clear_faults": lambda server: server.clear_faults(),
    "reset": lambda server: server.reset(),
    "reset_counters": lambda server: server.reset_counters(),
    "reply": lambda server: server.reply("Hello"),
    "a callable": lambda server: server.reply(lambda request: "Hello"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_closed_server_cannot_be_changed(change):
    with serve() as server:
        connect(server).converse(modelId=CHAT, messages=user("Hello"))
    with pytest.raises(RuntimeError, match="is closed"):
        change(server)
    assert server.counters["requests"] == {"Converse": {"200": 1}}
    assert "fastbedrock-local-reply" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("value", [0, -1, 1 / 86_401])
def test_the_error_of_a_speed_that_is_too_slow_names_the_slowest(local_bedrock, value):
    with pytest.raises(
        ValueError, match=r"tokens_per_second .*at least one token a day \(1/86400\)"
    ):
        local_bedrock.configure(tokens_per_second=value)
