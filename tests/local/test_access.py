"""The local Bedrock refuses every request that a web page can make a browser send."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import socket
from urllib.parse import urlsplit

import boto3
import pytest

import fastbedrock
from fastbedrock.local import serve
from local_requests import CHAT, SERVICE, call, connect, send, user

OPERATIONS = [
    (model.http["method"], model.http["requestUri"].replace("{modelId}", CHAT))
    for model in map(SERVICE.operation_model, SERVICE.operation_names)
]
CONTROL = [
    (method, f"/_local/{name}")
    for name in ("scenario", "faults", "counters", "nothing")
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
]
TARGETS = [*CONTROL, *OPERATIONS, ("GET", "/"), ("OPTIONS", "*"), ("POST", "/nowhere")]

OWN_HOSTS = ("localhost", "LOCALHOST.", "127.0.0.1", "127.3.2.1", "[::1]", "a.b.localhost")
FOREIGN_HOSTS = (
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example@localhost",
    "bedrock",
    "10.0.0.1",
    "0.0.0.0",
    "[2001:db8::1]",
    "",
)
OWN_ORIGINS = (None, "http://localhost", "http://127.0.0.1:3000", "https://[::1]:1")
FOREIGN_ORIGINS = (
    "null",
    "",
    "https://evil.example",
    "http://localhost.evil.example",
    "http://10.0.0.1",
    "moz-extension://localhost",
    "http://localhost, https://evil.example",
)
SITES = (None, "same-origin", "same-site", "none", "cross-site")
JSON_TYPES = ("application/json", "Application/JSON; charset=UTF-8", "application/json;charset=x")
OTHER_TYPES = (
    None,
    "",
    "text/plain",
    "text/plain; application/json",
    "text/plain, application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=application/json",
    "application/jsonp",
    "application/x-json",
)


def ask(server, method, target, headers, body=b""):
    """The status of one request with these headers and no others."""
    connection = http.client.HTTPConnection(urlsplit(server.endpoint_url).netloc, timeout=10)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def test_only_requests_that_no_web_page_can_make_are_accepted(local_bedrock, cases):
    rng = random.Random(8)
    hosts = [(host, True) for host in OWN_HOSTS] + [(host, False) for host in FOREIGN_HOSTS]
    origins = [(each, True) for each in OWN_ORIGINS] + [(each, False) for each in FOREIGN_ORIGINS]
    types = [(each, True) for each in JSON_TYPES] + [(each, False) for each in OTHER_TYPES]
    everything = list(itertools.product(TARGETS, hosts, origins, SITES, types))
    port = urlsplit(local_bedrock.endpoint_url).port
    poison = json.dumps({"replies": "poisoned"}).encode()
    for (method, target), (host, own_host), (origin, own_origin), site, (
        kind,
        is_json,
    ) in rng.sample(everything, cases):
        headers = {
            "Host": rng.choice((host, f"{host}:{port}", f"{host}:1")),
            "Origin": origin,
            "Sec-Fetch-Site": site,
            "Content-Type": kind,
        }
        status = ask(local_bedrock, method, target, headers, poison)
        note = f"{method} {target} {headers}"
        heard = own_host and own_origin and site != "cross-site"
        if not heard:
            assert status == 403, note
        elif target.startswith("/_local/") and method == "POST" and not is_json:
            assert status == 415, note
        elif target in ("/_local/scenario", "/_local/faults") and method == "POST":
            # /_local/faults refuses this body after reading it.
            assert status == (200 if target.endswith("scenario") else 400), note
        elif target == "/_local/counters" and method in ("GET", "DELETE"):
            assert status == 200, note
        # A refused request has changed nothing.
        answer = call(local_bedrock, "Converse", {"messages": user("Hello")}, modelId=CHAT).json
        text = answer["output"]["message"]["content"][0]["text"]
        taken = heard and is_json and (method, target) == ("POST", "/_local/scenario")
        assert text == ("poisoned" if taken else "Hello"), note
        local_bedrock.reset()


@pytest.mark.parametrize("name", ["scenario", "faults"])
def test_settings_are_accepted_as_json_only(local_bedrock, name):
    for kinds, statuses in ((OTHER_TYPES, {415}), (JSON_TYPES, {200, 400})):
        for kind in kinds:
            headers = {"Host": "localhost", "Content-Type": kind}
            assert ask(local_bedrock, "POST", f"/_local/{name}", headers, b"{}") in statuses, kind


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "https://evil.example"),
        ("Host", "evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ],
)
@pytest.mark.parametrize("path", ["converse", "converse-stream", "invoke"])
def test_a_page_that_knows_the_credentials_is_refused_too(local_bedrock, path, header, value):
    def tamper(request):
        del request.headers[header]
        request.headers[header] = value

    body = {"messages": user("x")}
    answer = send(local_bedrock, "POST", f"/model/{CHAT}/{path}", body, tamper=tamper)
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"].startswith("ForbiddenException:")
    assert answer.headers["connection"] == "close"
    assert local_bedrock.counters["requests"] == {}


def raw(server, request):
    """The status of a request that is given as bytes."""
    parts = urlsplit(server.endpoint_url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(request)
        return int(connection.makefile("rb").readline().split(b" ")[1])


@pytest.mark.parametrize(
    ("request_line", "hosts", "status"),
    [
        ("GET /_local/counters HTTP/1.0", [], 200),
        ("GET /_local/counters HTTP/1.1", [], 400),
        ("GET /_local/counters HTTP/1.0", ["evil.example"], 403),
        ("GET /_local/counters HTTP/1.1", ["localhost", "localhost"], 400),
        ("GET /_local/counters HTTP/1.1", ["localhost", "evil.example"], 400),
        ("GET http://localhost/_local/counters HTTP/1.1", ["localhost"], 200),
        ("GET http://evil.example/_local/counters HTTP/1.1", ["localhost"], 403),
        ("GET http://localhost/_local/counters HTTP/1.1", ["evil.example"], 403),
        ("CONNECT evil.example:443 HTTP/1.1", ["localhost"], 403),
    ],
)
def test_the_host_is_checked_wherever_a_request_names_it(
    local_bedrock, request_line, hosts, status
):
    lines = [request_line, *(f"Host: {host}" for host in hosts), "", ""]
    assert raw(local_bedrock, "\r\n".join(lines).encode()) == status


@pytest.mark.parametrize("host", ["bedrock", "bedrock:4010", "Bedrock."])
def test_the_error_of_a_refused_host_says_how_to_allow_it(local_bedrock, host):
    def name_host(request, **_):
        request.headers["Host"] = host

    client = connect(local_bedrock)
    client.meta.events.register("before-sign.bedrock-runtime.*", name_host)
    name = host.partition(":")[0]
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.converse(modelId=CHAT, messages=user("Hello"))
    assert f'--allow-host {name} (in Python: allowed_hosts=["{name}"])' in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "own", "foreign"),
    [
        ({}, ["localhost"], ["bedrock", "10.0.0.1"]),
        ({"allowed_hosts": ["bedrock", "10.0.0.1"]}, ["bedrock", "10.0.0.1"], ["x.bedrock", "b"]),
        ({"allowed_hosts": ["*"]}, ["bedrock", "10.0.0.1"], ["", "a@b"]),
        ({"host": "0.0.0.0"}, ["0.0.0.0", "10.0.0.1", "[2001:db8::1]"], ["bedrock"]),
        ({"host": "localhost"}, ["localhost", "127.0.0.1"], ["bedrock"]),
        (
            {"host": "0.0.0.0", "allowed_hosts": ["host.docker.internal"]},
            ["host.docker.internal", "172.17.0.1"],
            ["docker.internal", "host.docker.internal.evil.example"],
        ),
    ],
)
def test_the_given_hosts_are_allowed(arguments, own, foreign):
    with serve(**arguments) as server:
        url = urlsplit(server.endpoint_url.replace("0.0.0.0", "127.0.0.1"))
        for hosts, status in ((own, 200), (foreign, 403)):
            for host in hosts:
                connection = http.client.HTTPConnection(url.netloc, timeout=10)
                connection.request(
                    "GET", "/_local/counters", headers={"Host": f"{host}:{url.port}"}
                )
                assert connection.getresponse().status == status, host
                connection.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::"])
@pytest.mark.parametrize("library", [boto3, fastbedrock])
def test_a_servers_own_endpoint_is_allowed(library, host):
    try:
        server = serve(host=host)
    except OSError as error:
        pytest.skip(str(error))
    with server:
        client = library.client(
            "bedrock-runtime", endpoint_url=server.endpoint_url, **server.credentials
        )
        assert client.converse(modelId=CHAT, messages=user("Hello"))


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        ({"allowed_hosts": ["http://bedrock"]}, ValueError, 'not "http://bedrock"'),
        ({"allowed_hosts": ["bedrock:4010"]}, ValueError, 'not "bedrock:4010"'),
        ({"allowed_hosts": [""]}, ValueError, 'not ""'),
        ({"allowed_hosts": "bedrock"}, TypeError, "a list of names, not 'bedrock'"),
        ({"allowed_hosts": [1]}, TypeError, "allowed_hosts|str"),
    ],
)
def test_the_error_of_a_wrong_allowed_host_names_it(arguments, error, problem):
    with pytest.raises(error, match=problem):
        serve(**arguments)
