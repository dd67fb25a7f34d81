"""A process exits while its daemon threads are in Python code that the core has called.

Up to Python 3.13, the interpreter ends such a thread when it asks for the GIL. If that unwound a
frame of the core, the process would abort.
"""

from __future__ import annotations

from typing import Any

import pytest

from fastbedrock.local import LocalBedrock
from programs import Program

PROGRAM = """
import asyncio, logging, os, sys, threading, time
import fastbedrock
from programs import HELLO, arguments, pause, say

INVOKE = {"modelId": "amazon.titan-text-express-v1", "body": b'{"inputText": "Hello"}'}
WRONG = {"modelId": "m", "messages": [{"role": 5, "content": [{"txt": "?"}] * 50}]}
given = arguments()

def make(asynchronous=False, **options):
    kind = fastbedrock.async_client if asynchronous else fastbedrock.client
    return kind("bedrock-runtime", **{**given, **options})

def compute():
    return sum(range(2000))

def spend(seconds, busy=True):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        compute() if busy else time.sleep(0.0002)

def keys(busy=True):
    spend(0.05, busy)
    return given["aws_access_key_id"], given["aws_secret_access_key"], None

def asking(source, **options):
    # Explicit keys would take precedence over the source.
    without = {name: value for name, value in given.items() if not name.startswith("aws_")}
    return fastbedrock.client("bedrock-runtime", credentials=source, **without, **options)

class Keys:
    token = None

    @property
    def access_key(self):
        return keys()[0]

    secret_key = given["aws_secret_access_key"]

    def get_frozen_credentials(self):
        return self

class Slow:
    def __repr__(self):
        spend(0.4)
        return "slow"

all_have_begun = threading.Barrier(9)

def forever(work):
    def run():
        begun = False
        while True:
            try:
                work()
            except Exception:
                pass
            if not begun:
                begun = True
                all_have_begun.wait()
    return run

def on_a_loop(work):
    # On a new loop, whose tasks make calls and compute for long whenever they resume.
    async def main():
        async def again():
            while True:
                try:
                    await work()
                except Exception:
                    pass
                compute()
        await asyncio.gather(*(again() for _ in range(4)))
    def run():
        all_have_begun.wait()
        asyncio.run(main())
    return run

def start(target):
    for _ in range(8):
        threading.Thread(target=target, daemon=True).start()

async def listen(client):
    async for _ in (await client.converse_stream(**HELLO))["stream"]:
        compute()

async def read(client):
    await (await client.invoke_model(**INVOKE))["body"].read()
"""

# What the threads do: code that starts them, and a fault of the server.
CODE = {
    "credentials=, a function that computes": (
        "client = asking(keys); start(forever(lambda: client.converse(**HELLO)))",
        None,
    ),
    "credentials=, a function that sleeps": (
        "client = asking(lambda: keys(False)); start(forever(lambda: client.converse(**HELLO)))",
        None,
    ),
    "credentials=, an object with properties": (
        "client = asking(Keys()); start(forever(lambda: client.converse(**HELLO)))",
        None,
    ),
    "credentials looked up": (
        "client = asking(keys)\nstart(forever(lambda: client._get_credentials().access_key))",
        None,
    ),
    "a report on parameters": (
        "client = make(); start(forever(lambda: client.converse(**WRONG)))",
        None,
    ),
    "a long report on parameters": (
        "client = make(); start(forever(lambda: client.converse(modelId=Slow())))",
        None,
    ),
    "a request by the slow path": (
        "client = make()\nextra = {'additionalModelRequestFields': {'a': [10**30] * 50}}\n"
        "start(forever(lambda: client.converse(**HELLO, **extra)))",
        None,
    ),
    "an error answer": (
        "client = make(); start(forever(lambda: client.converse(**HELLO)))",
        {"fault": "error", "code": "ValidationException"},
    ),
    "an error of the transport": (
        "client = make(endpoint_url='http://127.0.0.1:9', config=fastbedrock.Config("
        "retries={'total_max_attempts': 1}))\nstart(forever(lambda: client.converse(**HELLO)))",
        None,
    ),
    "an error at creation": (
        "start(forever(lambda: make(endpoint_url='nonsense')))",
        None,
    ),
    "a response by the slow path": (
        "client = make(); start(forever(lambda: client.converse(**HELLO)))",
        {"fault": "broken_body"},
    ),
    "a body": (
        "client = make()\nstart(forever(lambda: client.invoke_model(**INVOKE)['body'].read()))",
        None,
    ),
    "an event that is an error": (
        "client = make()\nstart(forever(lambda: list(client.converse_stream(**HELLO)['stream'])))",
        {"fault": "exception_frame", "after": 1, "code": "ThrottlingException"},
    ),
    "a broken frame": (
        "client = make()\nstart(forever(lambda: list(client.converse_stream(**HELLO)['stream'])))",
        {"fault": "bad_checksum"},
    ),
    "a stream's first event": (
        "client = make()\nstart(forever("
        "lambda: client.converse_stream(**HELLO)['stream'].get_initial_response()))",
        None,
    ),
    "a stream's class": (
        "import botocore.eventstream\nstream = make().converse_stream(**HELLO)['stream']\n"
        "start(forever(lambda: isinstance(stream, botocore.eventstream.EventStream)))",
        None,
    ),
    "a look at signals": (
        "client = make()\nstart(lambda: (all_have_begun.wait(), client.converse(**HELLO)))",
        {"fault": "slow_first_byte", "seconds": 30},
    ),
    "an error of a session": (
        "start(forever(lambda: fastbedrock.Session(profile_name='of nobody')))",
        None,
    ),
    "a task of a loop": (
        "client = make(True); start(on_a_loop(lambda: client.converse(**HELLO)))",
        None,
    ),
    "a task of a loop that reads a stream": (
        "client = make(True); start(on_a_loop(lambda: listen(client)))",
        None,
    ),
    "a task of a loop that reads a body": (
        "client = make(True); start(on_a_loop(lambda: read(client)))",
        None,
    ),
    "a task of a loop that is in debug mode": (
        "os.environ['PYTHONASYNCIODEBUG'] = '1'; logging.disable()\n"
        "client = make(True); start(on_a_loop(lambda: client.converse(**HELLO)))",
        None,
    ),
    "a task of a loop, an error answer": (
        "client = make(True); start(on_a_loop(lambda: client.converse(**HELLO)))",
        {"fault": "error", "code": "ValidationException"},
    ),
    "a task of a loop, an event that is an error": (
        "client = make(True); start(on_a_loop(lambda: listen(client)))",
        {"fault": "exception_frame", "after": 1, "code": "ThrottlingException"},
    ),
    "a task of a loop, a report on parameters": (
        "client = make(True)\nstart(on_a_loop(lambda: client.converse(**WRONG)))",
        None,
    ),
    "a task of a loop, a long report on parameters": (
        "client = make(True)\nstart(on_a_loop(lambda: client.converse(modelId=Slow())))",
        None,
    ),
}


# An exit hook that is registered before the core's own runs after it, while the threads continue.
# If it takes long, they are in Python code again when it has ended.
HOOKS = {
    "no hook": "",
    "a later hook": "import atexit, time\n"
    "atexit.register(lambda: [time.sleep(0.02) for _ in range(15)])\n",
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
@pytest.mark.parametrize(("code", "fault"), CODE.values(), ids=CODE)
def test_exit_while_threads_are_in_python_code(
    local_bedrock: LocalBedrock, code: str, fault: Any, hook: str
) -> None:
    if fault is not None:
        local_bedrock.fault(**fault)
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    code = f"{hook}{PROGRAM}\n{code}\nall_have_begun.wait()\nsay(begun=True)\npause()"
    with Program(code, given) as running:
        assert running.next() == {"begun": True}
        running.resume()
        assert running.end(within=10) == 0
        assert running.errors == ""


def test_an_exit_hook_may_wait_for_a_thread_that_enters_python_code(
    local_bedrock: LocalBedrock,
) -> None:
    """Exit hooks that are registered before the import run after the core's own.

    A thread that such a hook waits for is delayed for a moment, not for ever.
    """
    local_bedrock.fault("error", code="ValidationException")
    code = f"""
import atexit, threading
last, done = threading.Event(), threading.Event()
atexit.register(lambda: (last.set(), say(done=done.wait(5))))
{PROGRAM}
def work():
    last.wait()
    try:
        make().converse(**HELLO)
    except Exception as error:
        say(error=type(error).__name__)
    done.set()

threading.Thread(target=work, daemon=True).start()
"""
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    with Program(code, given) as running:
        assert running.next() == {"error": "ValidationException"}
        assert running.next() == {"done": True}
        assert running.end(within=10) == 0
        assert running.errors == ""


# Where a record is made that a slow handler or filter works on, and a fault of the server.
RECORDS = {
    "at the end of a call": ("make().converse(**HELLO)", None),
    "while a call waits": (
        "make().converse(**HELLO)",
        {"fault": "slow_first_byte", "seconds": 30},
    ),
    "of a stream": ("list(make().converse_stream(**HELLO)['stream'])", None),
    "of a task": ("asyncio.run(make(True).converse(**HELLO))", None),
}


@pytest.mark.parametrize("part", ["handler", "filter"])
@pytest.mark.parametrize(("code", "fault"), RECORDS.values(), ids=RECORDS)
def test_exit_while_slow_parts_of_logging_work(
    local_bedrock: LocalBedrock, code: str, fault: Any, part: str
) -> None:
    """The threads are ended in the middle of a record."""
    if fault is not None:
        local_bedrock.fault(**fault)
    given = {"endpoint_url": local_bedrock.endpoint_url, **local_bedrock.credentials}
    code = f"""{PROGRAM}
working = threading.Semaphore(0)

def work(record):
    if threading.current_thread().daemon:
        working.release()
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            compute()
    return True

handler = logging.NullHandler()
if {part!r} == "handler":
    handler.handle = work
else:
    logging.getLogger("fastbedrock.client").addFilter(work)
for name in ("client", "connections"):
    logging.getLogger(f"fastbedrock.{{name}}").addHandler(handler)
logging.getLogger("fastbedrock.client").setLevel("DEBUG")

for _ in range(3):
    threading.Thread(target=lambda: {code}, daemon=True).start()
for _ in range(3):
    assert working.acquire(timeout=20)
say(begun=True)
pause()
"""
    with Program(code, given) as running:
        assert running.next() == {"begun": True}
        running.resume()
        assert running.end(within=10) == 0
        assert running.errors == ""
