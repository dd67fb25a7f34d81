"""The examples run as they are, each in its own environment."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from event_loops import LOOPS
from fastbedrock.local import LocalBedrock
from programs import DEADLINE, Program, wait_for
from repository import ROOT

EXAMPLES = ROOT / "examples"

NOTEBOOK = """
import asyncio, io, signal
from contextlib import redirect_stdout
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from programs import arguments, say

async def run(shell, cell):
    # As ipykernel does: the cell is a coroutine on the running loop, even if it has no await.
    printed = io.StringIO()
    with redirect_stdout(printed):
        result = await shell.run_cell_async(cell, transformed_cell=shell.transform_cell(cell))
    result.raise_error()
    return printed.getvalue()

async def main():
    shell = InteractiveShell.instance()
    shell.display_pub = CapturingDisplayPublisher()
    for cell in arguments():
        printed = await run(shell, cell)
        shown = [each["data"].get("text/markdown") for each in shell.display_pub.outputs]
        replaced = [each["update"] for each in shell.display_pub.outputs]
        say(printed=printed, shown=shown, replaced=replaced)
        shell.display_pub.outputs.clear()

# Not with asyncio.run, which cancels main() at the first interrupt.
loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
"""


def test_the_notebook_runs_cell_by_cell_and_its_outputs_are_current(tmp_path):
    pytest.importorskip("IPython")
    notebook = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    kept = [[output_text(output) for output in cell["outputs"]] for cell in cells]
    sources = ["".join(cell["source"]) for cell in cells]
    [plot] = [source for source in sources if "matplotlib" in source]
    assert ["image/png" in kept[sources.index(plot)][0]] == [True]
    if importlib.util.find_spec("matplotlib") is None:
        del kept[sources.index(plot)], sources[sources.index(plot)]
    environment = {"IPYTHONDIR": str(tmp_path), "MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)}
    with Program(NOTEBOOK, sources, environment) as kernel:
        ran = [kernel.next() for _ in sources]
        assert kernel.end() == 0, kernel.errors
    for source, outputs, cell in zip(sources, kept, ran, strict=True):
        # A stream is shown in one place, which is replaced.
        assert cell["replaced"] == [number > 0 for number in range(len(cell["replaced"]))]
        now = [cell["printed"].strip() or None, *cell["shown"][-1:]]
        if source != plot:
            assert without_times(outputs) == without_times(filter(None, now)), source
    assert [cell["execution_count"] for cell in cells] == [*range(1, len(cells) + 1)]


def output_text(output: Any) -> str:
    """What an output shows, or the kinds of data that it has."""
    if output["output_type"] == "stream":
        return "".join(output["text"]).strip()
    data = output["data"]
    return "".join(data["text/markdown"]) if "text/markdown" in data else " ".join(data)


def without_times(texts: Iterable[str]) -> list[str]:
    return [re.sub(r"\d+\.\d s", "some time", text) for text in texts]


def test_the_tests_with_pytest_asyncio_pass(tmp_path):
    pytest.importorskip("pytest_asyncio")
    example = EXAMPLES / "test_with_pytest_asyncio.py"
    options = ["-q", "-p", "fastbedrock.pytest_plugin", "-p", "no:cacheprovider", "--rootdir=."]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(example)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout
    assert f"{example.read_text().count('async def test_')} passed" in run.stdout


@contextmanager
def served(app: Any, kind: str = "asyncio") -> Iterator[str]:
    """The URL of an application that uvicorn serves on this kind of loop."""
    import uvicorn

    # h11 is what uvicorn uses without its extras.
    config = uvicorn.Config(app, http="h11", lifespan="on", log_level="warning")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        loop = LOOPS[kind]()
        loop.run_until_complete(server.serve([listener]))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(DEADLINE)
        listener.close()
    assert not thread.is_alive()


@pytest.fixture
def configured(local_bedrock: LocalBedrock, monkeypatch: pytest.MonkeyPatch) -> LocalBedrock:
    """Environment variables that make the local Bedrock stand in for AWS."""
    keys = local_bedrock.credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", local_bedrock.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["aws_access_key_id"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["aws_secret_access_key"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", keys["region_name"])
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return local_bedrock


@pytest.fixture
def fastapi_app(monkeypatch: pytest.MonkeyPatch) -> Any:
    for module in ("fastapi", "httpx", "uvicorn"):
        pytest.importorskip(module)
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import fastapi_app

    return fastapi_app.app


@pytest.fixture(params=["asyncio", "uvloop"])
def site(
    request: pytest.FixtureRequest, configured: LocalBedrock, fastapi_app: Any
) -> Iterator[Any]:
    """An HTTP client of the FastAPI example."""
    import httpx

    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    with served(fastapi_app, request.param) as url:
        with httpx.Client(base_url=url, timeout=DEADLINE, trust_env=False) as browser:
            yield browser


def pieces(lines: Iterator[str]) -> Iterator[str]:
    """The texts of server-sent events."""
    return (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))


def test_a_response_is_streamed_to_the_browser(site, configured):
    configured.configure(tokens_per_second=50)
    with site.stream("POST", "/chat", json={"text": "one two three"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        texts = pieces(response.iter_lines())
        assert next(texts) == "one"
        sent = configured.counters["bytes_sent"]
        assert "".join(texts) == " two three"
        # The browser had the first chunk before the model had sent the next.
        assert configured.counters["bytes_sent"] > sent
    assert configured.counters["requests"] == {"ConverseStream": {"200": 1}}


def test_a_visitor_who_leaves_ends_the_models_stream(site, configured):
    configured.configure(tokens_per_second=100)
    with site.stream("POST", "/chat", json={"text": "word " * 5000}) as response:
        texts = pieces(response.iter_lines())
        assert next(texts) == "word"
        assert configured.counters["connections_open"] == 1
    wait_for(lambda: configured.counters["streams_aborted"] == 1)
    wait_for(lambda: configured.counters["connections_open"] == 0)


def test_a_visitor_who_leaves_a_silent_model_ends_its_stream_too(site, configured):
    configured.fault("stall", after=2)
    with site.stream("POST", "/chat", json={"text": "word"}):
        wait_for(lambda: configured.counters["streams_started"] == 1)
    wait_for(lambda: configured.counters["connections_open"] == 0)


@pytest.mark.parametrize("path", ["/chat", "/tokens"])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 429),
        ("ValidationException", 400),
        ("ServiceUnavailableException", 503),
        ("AccessDeniedException", 502),
    ],
)
def test_an_error_of_the_service_has_its_status(site, configured, path, code, status):
    configured.fault("error", code=code)
    response = site.post(path, json={"text": "Hello"})
    assert (response.status_code, response.json()) == (status, {"error": code})


def test_a_missing_response_is_a_bad_gateway(site, configured):
    configured.fault("reset", at="headers")
    response = site.post("/chat", json={"text": "Hello"})
    assert (response.status_code, response.json()) == (502, {"error": "ConnectionClosedError"})


def test_an_error_in_mid_stream_is_sent_in_the_stream(site, configured):
    configured.fault("exception_frame", after=3, code="ThrottlingException")
    response = site.post("/chat", json={"text": "one two three"})
    assert response.status_code == 200
    assert response.text.endswith('event: error\ndata: "EventStreamError"\n\n')
    assert response.text.startswith('data: "one"\n\n')


def test_the_synchronous_client_is_called_in_the_thread_pool(site):
    assert site.post("/tokens", json={"text": "one two three"}).json() == {"tokens": 6}


def test_the_end_of_the_application_closes_its_connections(fastapi_app, configured):
    import httpx

    with served(fastapi_app) as url:
        httpx.post(f"{url}/chat", json={"text": "Hello"}, trust_env=False)
        httpx.post(f"{url}/tokens", json={"text": "Hello"}, trust_env=False)
        assert configured.counters["connections_open"] == 2
    wait_for(lambda: configured.counters["connections_open"] == 0)


def test_a_synchronous_stream_is_served_from_the_thread_pool(configured):
    """Starlette asks a plain generator for each chunk in another thread."""
    httpx = pytest.importorskip("httpx")
    starlette = pytest.importorskip("starlette.applications")
    pytest.importorskip("uvicorn")
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    import fastbedrock

    client = fastbedrock.client("bedrock-runtime")
    threads = set()

    def words(text: str) -> Iterator[str]:
        response = client.converse_stream(
            modelId="amazon.nova-lite-v1:0",
            messages=[{"role": "user", "content": [{"text": text}]}],
        )
        with response["stream"] as stream:
            for event in stream:
                threads.add(threading.get_ident())
                if "contentBlockDelta" in event:
                    yield event["contentBlockDelta"]["delta"]["text"]

    async def answer(request: Any) -> StreamingResponse:
        return StreamingResponse(words(request.query_params["text"]))

    configured.configure(tokens_per_second=200)
    app = starlette.Starlette(routes=[Route("/", answer)])
    with served(app) as url, httpx.Client(base_url=url, trust_env=False) as browser:
        assert browser.get("/", params={"text": "one two three"}).text == "one two three"
        with browser.stream("GET", "/", params={"text": "word " * 1000}) as response:
            next(response.iter_text())
        # Starlette leaves the generator in a reference cycle.
        wait_for(lambda: gc.collect() >= 0 and configured.counters["streams_aborted"] == 1)
    client.close()
    wait_for(lambda: configured.counters["connections_open"] == 0)
    assert threading.get_ident() not in threads


def test_a_synchronous_call_works_inside_a_running_loop(configured):
    import fastbedrock

    client = fastbedrock.client("bedrock-runtime")
    question = {
        "modelId": "amazon.nova-lite-v1:0",
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
    }

    async def main() -> tuple[Any, ...]:
        here = client.converse(**question)
        stream = client.converse_stream(**question)["stream"]
        there = await asyncio.to_thread(client.converse, **question)
        return here["stopReason"], there["stopReason"], "metadata" in list(stream)[-1]

    for new_loop in LOOPS.values():
        loop = new_loop()
        assert loop.run_until_complete(main()) == ("end_turn", "end_turn", True)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
