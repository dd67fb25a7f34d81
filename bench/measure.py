"""Make one measurement of one client, in this process, and print it as one line of JSON.

    python bench/measure.py LIBRARY CASE SERVER

LIBRARY is boto3, fastbedrock, aiobotocore, socket (a ready-made request over a blocking socket) or
bare (an asyncio.Protocol that only counts chunks). CASE is a function below. SERVER is the line of
JSON that fastbedrock-local printed, plus credentials and its process id. CPU is the CPU time of the
whole process, with all threads, user and system.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from typing import Any

MODEL = "anthropic.claude-3-5-sonnet-20241022-v2:0"
CONVERSE = {
    "modelId": MODEL,
    "messages": [{"role": "user", "content": [{"text": "Hello, how are you today?"}]}],
    "inferenceConfig": {"maxTokens": 512, "temperature": 0.5},
}
# The local model repeats the question, one word per event.
WORDS = " ".join(f"word{number}" for number in range(2000))
BURST = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": WORDS}]}]}
PACED_EVENTS = 100
PACED = {
    "modelId": MODEL,
    "messages": [{"role": "user", "content": [{"text": " ".join(["word"] * PACED_EVENTS)}]}],
}


def sync_client(library: str, server: dict[str, Any], **options: Any) -> Any:
    module: Any = __import__(library)
    given = {**server["credentials"], "endpoint_url": server["endpoint_url"]}
    if options:
        from botocore.config import Config

        given["config"] = Config(**options)
    return module.client("bedrock-runtime", verify=server["ca_bundle"] or True, **given)


def creation(library: str, server: dict[str, Any]) -> dict[str, float]:
    """Time to import the library and make a client, once, in this fresh interpreter."""
    wall, cpu = time.perf_counter(), time.process_time()
    if library == "aiobotocore":
        asyncio.run(AsyncClient(library, server).__aenter__())
    else:
        sync_client(library, server)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def handled(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per call of sequential calls, whose events have a handler."""
    client = sync_client(library, server)
    client.meta.events.register("before-sign", lambda request, **_: None)
    return in_sequence(client, 1200)


class ReadyMadeClient:
    """Sends a ready-made request over a blocking socket, and reads its response: the least work."""

    def __init__(self, server: dict[str, Any]) -> None:
        import socket

        address, self.message = ready_made(server, "converse", CONVERSE)
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def converse(self, **_: Any) -> None:
        self.socket.sendall(self.message)
        assert self.socket.recv(65536).startswith(b"HTTP/1.1 200 ")


def converse(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per call of sequential calls."""
    if library == "socket":
        return in_sequence(ReadyMadeClient(server), 8000)
    return in_sequence(sync_client(library, server), 8000 if library == "fastbedrock" else 1200)


def in_sequence(client: Any, calls: int) -> dict[str, float]:
    for _ in range(100):
        client.converse(**CONVERSE)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        client.converse(**CONVERSE)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu / calls, "wall": wall / calls}


def burst(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per event of streams that arrive as fast as they are read."""
    client = sync_client(library, server)
    streams = 60 if library == "fastbedrock" else 10
    events = sum(1 for _ in client.converse_stream(**BURST)["stream"])
    cpu = time.process_time()
    for _ in range(streams):
        for _ in client.converse_stream(**BURST)["stream"]:
            pass
    return {"cpu": (time.process_time() - cpu) / (streams * events), "events": events}


def image(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per call with an image of 5 MB."""
    client = sync_client(library, server)
    content = [{"text": "?"}, {"image": {"format": "png", "source": {"bytes": bytes(5_000_000)}}}]
    params = {"modelId": MODEL, "messages": [{"role": "user", "content": content}]}
    client.converse(**params)
    calls, cpu = 20, time.process_time()
    for _ in range(calls):
        client.converse(**params)
    return {"cpu": (time.process_time() - cpu) / calls}


class AsyncClient:
    """A client of fastbedrock or aiobotocore, as an asynchronous context manager."""

    def __init__(self, library: str, server: dict[str, Any]) -> None:
        keys = dict(server["credentials"], endpoint_url=server["endpoint_url"])
        if library == "fastbedrock":
            import fastbedrock

            self.context = fastbedrock.async_client("bedrock-runtime", **keys)
        else:
            from aiobotocore.config import AioConfig
            from aiobotocore.session import get_session

            config = AioConfig(max_pool_connections=2000)
            self.context = get_session().create_client("bedrock-runtime", config=config, **keys)

    async def __aenter__(self) -> Any:
        return await self.context.__aenter__()

    async def __aexit__(self, *exception: Any) -> None:
        await self.context.__aexit__(*exception)


async def converse_in_flight(client: Any, calls: int, in_flight: int = 100) -> None:
    left = iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await client.converse(**CONVERSE)

    await asyncio.gather(*(worker() for _ in range(in_flight)))


async def async_converse(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per call of sequential calls on asyncio."""
    calls = 8000 if library == "fastbedrock" else 1200
    async with AsyncClient(library, server) as client:
        await converse_in_flight(client, 100, 1)
        cpu = time.process_time()
        await converse_in_flight(client, calls, 1)
        return {"cpu": (time.process_time() - cpu) / calls}


def converse_in_threads(server: dict[str, Any], calls: int, in_flight: int) -> dict[str, float]:
    """Calls per second of boto3 in threads, with a connection for each."""
    from concurrent.futures import ThreadPoolExecutor

    client = sync_client("boto3", server, max_pool_connections=in_flight)
    with ThreadPoolExecutor(in_flight) as threads:
        list(threads.map(lambda _: client.converse(**CONVERSE), range(in_flight)))
        wall, cpu = time.perf_counter(), time.process_time()
        list(threads.map(lambda _: client.converse(**CONVERSE), range(calls)))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"rate": calls / wall, "cpu": cpu / calls}


async def converse_100(library: str, server: dict[str, Any]) -> dict[str, float]:
    """Calls per second with 100 in flight."""
    calls = 40_000 if library == "fastbedrock" else 4_000
    if library == "boto3":
        return converse_in_threads(server, calls, 100)
    async with AsyncClient(library, server) as client:
        await converse_in_flight(client, 100)
        wall, cpu = time.perf_counter(), time.process_time()
        await converse_in_flight(client, calls)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"rate": calls / wall, "cpu": cpu / calls}


async def consume(client: Any, params: dict[str, Any]) -> int:
    events = 0
    async for _ in (await client.converse_stream(**params))["stream"]:
        events += 1
    return events


async def async_burst(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per event of streams that arrive as fast as they are read, on asyncio."""
    streams = 60 if library == "fastbedrock" else 10
    async with AsyncClient(library, server) as client:
        events = await consume(client, BURST)
        cpu = time.process_time()
        for _ in range(streams):
            await consume(client, BURST)
        return {"cpu": (time.process_time() - cpu) / (streams * events)}


async def paced_64(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU per event of 64 streams whose rate the server limits."""
    if library == "bare":
        return await count_chunks(server)
    async with AsyncClient(library, server) as client:
        await client.converse(**CONVERSE)
        cpu = time.process_time()
        events = await asyncio.gather(*(consume(client, PACED) for _ in range(64)))
        return {"cpu": (time.process_time() - cpu) / sum(events), "events": sum(events)}


def ready_made(
    server: dict[str, Any], operation: str, params: dict[str, Any]
) -> tuple[tuple[str, int], bytes]:
    """The address of the server, and a signed request with all its bytes."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = f"{server['endpoint_url']}/model/{MODEL.replace(':', '%3A')}/{operation}"
    body = json.dumps({name: value for name, value in params.items() if name != "modelId"})
    request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body)
    keys = server["credentials"]
    credentials = Credentials(keys["aws_access_key_id"], keys["aws_secret_access_key"])
    SigV4Auth(credentials, "bedrock", keys["region_name"]).add_auth(request)
    host, port = server["endpoint_url"].removeprefix("http://").split(":")
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"POST {url.removeprefix(server['endpoint_url'])} HTTP/1.1\r\nHost: {host}:{port}\r\n"
    message = f"{head}{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    return (host, int(port)), message


async def count_chunks(server: dict[str, Any]) -> dict[str, float]:
    """The same streams, each read by a protocol that counts the chunks from its socket."""
    address, message = ready_made(server, "converse-stream", PACED)

    class Count(asyncio.Protocol):
        def __init__(self) -> None:
            self.chunks = 0
            self.done = asyncio.get_running_loop().create_future()

        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            transport.write(message)

        def data_received(self, data: bytes) -> None:
            self.chunks += 1
            if data.endswith(b"0\r\n\r\n"):
                self.transport.close()
                self.done.set_result(self.chunks)

    loop = asyncio.get_running_loop()
    cpu = time.process_time()
    opened = await asyncio.gather(*(loop.create_connection(Count, *address) for _ in range(64)))
    chunks = sum(await asyncio.gather(*(protocol.done for _, protocol in opened)))
    return {"cpu": (time.process_time() - cpu) / chunks, "events": chunks}


async def idle_1000(library: str, server: dict[str, Any]) -> dict[str, float]:
    """Memory per stream of 1,000 open streams that wait for their next event."""
    params = {**PACED, "messages": [{"role": "user", "content": [{"text": "wait " * 50}]}]}
    async with AsyncClient(library, server) as client:

        async def first(stream: Any) -> Any:
            iterator = stream.__aiter__()
            await iterator.__anext__()
            return iterator

        kept = [await first((await client.converse_stream(**params))["stream"])]
        before = resident()
        count = 1000
        responses = await asyncio.gather(*(client.converse_stream(**params) for _ in range(count)))
        kept += await asyncio.gather(*(first(response["stream"]) for response in responses))
        return {"kb": (resident() - before) / count}


async def server_call(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU of the local Bedrock per call, with 100 in flight."""
    calls = 20_000
    async with AsyncClient(library, server) as client:
        await converse_in_flight(client, 100)
        before = server_cpu(server)
        await converse_in_flight(client, calls)
        return {"cpu": (server_cpu(server) - before) / calls}


async def server_event(library: str, server: dict[str, Any]) -> dict[str, float]:
    """CPU of the local Bedrock per event of streams that arrive as fast as they are read."""
    async with AsyncClient(library, server) as client:
        await consume(client, BURST)
        before = server_cpu(server)
        events = sum([await consume(client, BURST) for _ in range(200)])
        return {"cpu": (server_cpu(server) - before) / events}


def server_cpu(server: dict[str, Any]) -> float:
    """CPU seconds of the local Bedrock so far, with all threads, user and system."""
    with open(f"/proc/{server['pid']}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident() -> float:
    """Resident kilobytes of this process."""
    with open("/proc/self/status") as status:
        return next(float(line.split()[1]) for line in status if line.startswith("VmRSS"))


def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 16_384), most))
    library, case, server = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    outcome = globals()[case](library, server)
    print(json.dumps(asyncio.run(outcome) if asyncio.iscoroutine(outcome) else outcome))


if __name__ == "__main__":
    main()
