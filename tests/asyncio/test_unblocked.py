"""A call never blocks its event loop: only the loop itself can complete what a call waits for."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest

import fastbedrock
from event_loops import every_loop, run, until
from fastbedrock.local import serve
from programs import DEADLINE, HELLO, Program

LATER = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=6)
EXPIRATION = LATER.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.asynccontextmanager
async def served_by_the_loop(answer):
    """The URL of an HTTP server that runs on the running loop."""

    async def converse(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?i)^content-length: *(\d+)", head, re.MULTILINE)
                await reader.readexactly(int(length[1]) if length else 0)
                body = answer(*head.split(" ", 2)[:2]).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def client_of(local, **options):
    """A client that has to look up its credentials."""
    return fastbedrock.async_client(
        "bedrock-runtime",
        endpoint_url=local.endpoint_url,
        region_name=local.credentials["region_name"],
        **options,
    )


def keys_of(local):
    keys = local.credentials
    return keys["aws_access_key_id"], keys["aws_secret_access_key"]


class RefreshingCredentials:
    """A credentials object like botocore's refreshable ones."""

    def __init__(self, local, refresh):
        self.local = local
        self.refresh = refresh

    def get_frozen_credentials(self):
        self.refresh()
        self.access_key, self.secret_key = keys_of(self.local)
        self.token = None
        return self


SOURCES = {
    "function": lambda local, wait: lambda: (wait(), (*keys_of(local), None))[1],
    "function of an object": lambda local, wait: lambda: RefreshingCredentials(local, wait),
    "object": RefreshingCredentials,
}


@every_loop
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_the_loop_runs_while_python_code_is_asked_for_credentials(local_bedrock, source, new_loop):
    asked, released, threads = threading.Event(), threading.Event(), []

    def wait():
        threads.append(threading.current_thread())
        asked.set()
        assert released.wait(DEADLINE)

    async def main():
        client = client_of(local_bedrock, credentials=source(local_bedrock, wait))
        call = asyncio.create_task(client.converse(**HELLO))
        await until(asked.is_set)
        released.set()
        await call

    run(main(), new_loop)
    assert threading.current_thread() not in threads


def test_the_loop_runs_while_a_coroutine_function_is_asked_for_credentials(local_bedrock):
    async def keys():
        await asyncio.sleep(0.01)
        return (*keys_of(local_bedrock), None)

    async def main():
        for source in (keys, lambda: keys()):
            await client_of(local_bedrock, credentials=source).converse(**HELLO)

    run(main())


async def writer_of(pipe):
    """The pipe's writing end, opened as soon as a process reads the pipe."""
    while True:
        try:
            return os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "w")
        except OSError:
            await asyncio.sleep(0.005)


def test_the_loop_runs_while_a_credential_process_runs(local_bedrock, tmp_path):
    pipe, script, config = tmp_path / "pipe", tmp_path / "keys.py", tmp_path / "config"
    os.mkfifo(pipe)
    script.write_text(f"print(open({str(pipe)!r}).read())")
    config.write_text(f"[default]\ncredential_process = '{sys.executable}' '{script}'\n")
    os.environ["AWS_CONFIG_FILE"] = str(config)
    access_key, secret_key = keys_of(local_bedrock)
    keys = {"Version": 1, "AccessKeyId": access_key, "SecretAccessKey": secret_key}

    async def main():
        call = asyncio.create_task(client_of(local_bedrock).converse(**HELLO))
        with await writer_of(pipe) as writer:
            json.dump(keys, writer)
        await call

    run(main())


def metadata_service(url, folder):
    os.environ["AWS_EC2_METADATA_DISABLED"] = "false"
    os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url

    def answer(method, path, keys):
        if method == "PUT":
            return "token"
        return "role" if path.endswith("/") else json.dumps({"Code": "Success", **keys})

    return answer


def container_service(url, folder):
    os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{url}/keys"
    return lambda method, path, keys: json.dumps(keys)


def web_identity(url, folder):
    (folder / "token").write_text("token")
    os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"] = str(folder / "token")
    os.environ["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/r"
    os.environ["AWS_ENDPOINT_URL_STS"] = url

    def answer(method, path, keys):
        told = {**keys, "SessionToken": keys["Token"]}
        del told["Token"]
        fields = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
        return (
            "<AssumeRoleWithWebIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'>"
            f"<AssumeRoleWithWebIdentityResult><Credentials>{fields}</Credentials>"
            "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
        )

    return answer


def single_sign_on(url, folder):
    cache = folder / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    start = "https://example.awsapps.com/start"
    token = {"accessToken": "token", "expiresAt": EXPIRATION, "startUrl": start}
    name = hashlib.sha1(start.encode()).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps(token))
    config = folder / "config"
    config.write_text(
        f"[default]\nsso_start_url = {start}\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = r\n"
    )
    os.environ.update(HOME=str(folder), AWS_CONFIG_FILE=str(config), AWS_ENDPOINT_URL_SSO=url)

    def answer(method, path, keys):
        role = {
            "accessKeyId": keys["AccessKeyId"],
            "secretAccessKey": keys["SecretAccessKey"],
            "sessionToken": keys["Token"],
            "expiration": int(LATER.timestamp() * 1000),
        }
        return json.dumps({"roleCredentials": role})

    return answer


@pytest.mark.parametrize(
    "service", [metadata_service, container_service, web_identity, single_sign_on]
)
def test_the_loop_runs_while_a_service_is_asked_for_credentials(local_bedrock, tmp_path, service):
    given = local_bedrock.temporary_credentials
    keys = {
        "AccessKeyId": given["aws_access_key_id"],
        "SecretAccessKey": given["aws_secret_access_key"],
        "Token": given["aws_session_token"],
        "Expiration": EXPIRATION,
    }
    asked = []

    async def main():
        def answer(method, path):
            asked.append(path)
            return told(method, path, keys)

        async with served_by_the_loop(answer) as url:
            told = service(url, tmp_path)
            await client_of(local_bedrock).converse(**HELLO)

    run(main())
    assert asked


@every_loop
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_the_loop_runs_during_connect_handshake_and_response(tls, new_loop):
    """All bytes between the client and the server pass through the loop."""

    async def carry(reader, writer):
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(1 << 16):
                writer.write(piece)
        writer.close()

    async def main(server):
        async def relay(reader, writer):
            port = int(server.endpoint_url.rpartition(":")[2])
            onward = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(carry(reader, onward[1]), carry(onward[0], writer))

        async with await asyncio.start_server(relay, "127.0.0.1") as relaying:
            port = relaying.sockets[0].getsockname()[1]
            client = fastbedrock.async_client(
                "bedrock-runtime",
                endpoint_url=f"{'https' if tls else 'http'}://127.0.0.1:{port}",
                verify=server.ca_bundle,
                **server.credentials,
            )
            await client.converse(**HELLO)
            stream = (await client.converse_stream(**HELLO))["stream"]
            assert [event async for event in stream]
            await client.close()

    with serve(tls=tls) as server:
        run(main(server), new_loop)


# Replaces the C library's getaddrinfo: one name is looked up once a byte is written to a pipe.
SLOW_LOOKUP = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    lookup *real = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
    if (name == NULL || strcmp(name, "slow.test") != 0)
        return real(name, service, hints, found);
    char byte;
    int pipe = open(getenv("SLOW_LOOKUP"), O_RDONLY);
    if (pipe < 0 || read(pipe, &byte, 1) != 1)
        return EAI_FAIL;
    close(pipe);
    return real("127.0.0.1", service, hints, found);
}
"""
LOOKING_UP = """
import asyncio, os
import fastbedrock
from programs import HELLO, arguments, say

client = fastbedrock.async_client("bedrock-runtime", **arguments())

async def main():
    call = asyncio.create_task(client.converse(**HELLO))
    while True:
        await asyncio.sleep(0.005)
        try:
            pipe = os.open(os.environ["SLOW_LOOKUP"], os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
        break
    say(looking_up=not call.done())
    os.write(pipe, b"x")
    say(answer=(await call)["stopReason"])

asyncio.run(main())
"""


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="replaces a function of glibc"
)
@pytest.mark.local_bedrock(allowed_hosts=["slow.test"])
def test_the_loop_runs_while_a_name_is_looked_up(local_bedrock, tmp_path):
    source, library, pipe = tmp_path / "slow.c", tmp_path / "slow.so", tmp_path / "pipe"
    source.write_text(SLOW_LOOKUP)
    command = ["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"]
    subprocess.run(command, check=True, timeout=DEADLINE)
    os.mkfifo(pipe)
    port = local_bedrock.endpoint_url.rpartition(":")[2]
    given = {"endpoint_url": f"http://slow.test:{port}", **local_bedrock.credentials}
    environment = {"LD_PRELOAD": str(library), "SLOW_LOOKUP": str(pipe)}
    with Program(LOOKING_UP, given, environment) as program:
        assert program.next() == {"looking_up": True}
        assert program.next() == {"answer": "end_turn"}
        assert program.end() == 0
