"""Twenty thousand calls and hundreds of streams leave nothing behind, however they end."""

from __future__ import annotations

import socket

import fastbedrock.local
from linux import needs_proc
from programs import Program

pytestmark = needs_proc

PROGRAM = """
import gc, os
import fastbedrock
from programs import HELLO, arguments, say

given = arguments()
config = fastbedrock.Config(retries={"total_max_attempts": 1})
client = fastbedrock.client("bedrock-runtime", config=config, **given["client"])
nowhere = fastbedrock.client(
    "bedrock-runtime", config=config, **{**given["client"], "endpoint_url": given["nowhere"]}
)
EMBEDDING = {"modelId": "amazon.titan-embed-text-v2:0", "body": '{"inputText": "a"}'}

def answered():
    client.converse(**HELLO)

def refused():
    try:
        client.converse(**{**HELLO, "modelId": "throttled"})
    except client.exceptions.ThrottlingException:
        pass

def invalid():
    try:
        client.converse(modelId="m", messages=[{"role": 1}])
    except fastbedrock.exceptions.ParamValidationError:
        pass

def slow_path():
    client.converse(**HELLO, additionalModelRequestFields={"huge": 10**30})

def unreachable():
    try:
        nowhere.converse(**HELLO)
    except fastbedrock.exceptions.EndpointConnectionError:
        pass

def streamed():
    for _ in client.converse_stream(**HELLO)["stream"]:
        pass

def left():
    next(iter(client.converse_stream(**HELLO)["stream"]))

def in_a_cycle():
    stream = client.converse_stream(**HELLO)["stream"]
    stream.self = stream
    stream.close()

def read():
    client.invoke_model(**EMBEDDING)["body"].read()

def half_read():
    client.invoke_model(**EMBEDDING)["body"].read(3)

def measured():
    gc.collect()
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    descriptors, threads = (len(os.listdir(f"/proc/self/{name}")) for name in ("fd", "task"))
    return pages * os.sysconf("SC_PAGE_SIZE"), descriptors, threads

def work(share):
    for name, times in given["times"].items():
        for _ in range(int(times * share)):
            globals()[name]()
        say(done=name)
    # From here on, one connection is open.
    answered()

work(0.1)
before = measured()
work(1)
say(before=before, after=measured())
"""
TIMES = {
    "answered": 13_000,
    "refused": 2_500,
    "invalid": 2_500,
    "slow_path": 1_500,
    "unreachable": 500,
    "streamed": 200,
    "left": 200,
    "in_a_cycle": 100,
    "read": 200,
    "half_read": 200,
}


def test_memory_descriptors_and_threads_stay_as_they_were() -> None:
    with fastbedrock.local.serve() as server, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server.fault("error", model="throttled", code="ThrottlingException")
        client = {"endpoint_url": server.endpoint_url, **server.credentials}
        nowhere = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with Program(PROGRAM, {"client": client, "nowhere": nowhere, "times": TIMES}) as program:
            for _ in range(2 * len(TIMES)):
                program.next()
            facts = program.next()
    (memory_before, *rest_before), (memory_after, *rest_after) = facts["before"], facts["after"]
    assert memory_after - memory_before < 1 << 20
    assert rest_after == rest_before
