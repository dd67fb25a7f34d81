"""Roles that need a code of an MFA device: prompts like boto3's, or an error that says why not."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fastbedrock
from http_servers import HttpServer, http_server
from settings_scenarios import outcome

DEVICE = "arn:aws:iam::123456789012:mfa/me"
INNER = "arn:aws:iam::123456789012:mfa/inner"
ROLE = "role_arn = arn:aws:iam::123456789012:role/{}\nmfa_serial = {}\nsource_profile = {}\n"
BASE = "[profile base]\naws_access_key_id = A\naws_secret_access_key = S\n"
ONE = "[default]\nregion = eu-west-1\n" + ROLE.format("outer", DEVICE, "base") + BASE
TWO = (
    "[default]\nregion = eu-west-1\n"
    + ROLE.format("outer", DEVICE, "inner")
    + "[profile inner]\n"
    + ROLE.format("inner", INNER, "base")
    + BASE
)


def _sts(_: str, __: str, ___: Any, body: str) -> tuple[int, str]:
    """Credentials whose access key ID is the code; an error for the code 000000."""
    from urllib.parse import parse_qs

    asked = {name: values[0] for name, values in parse_qs(body).items()}
    if asked["TokenCode"] == "000000":
        error = "<Error><Code>AccessDenied</Code><Message>wrong code</Message></Error>"
        return 403, f"<ErrorResponse>{error}</ErrorResponse>"
    return 200, (
        "<AssumeRoleResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleResult>"
        f"<Credentials><AccessKeyId>{asked['SerialNumber'][-5:]}-{asked['TokenCode']}</AccessKeyId>"
        "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        "</AssumeRoleResult></AssumeRoleResponse>"
    )


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpServer]:
    with http_server(_sts) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        yield server


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    path.write_text(ONE)
    return path


# Runs a program in a terminal, answers each prompt with the next code, and prints the output.
TERMINAL = """
import os, pty, signal, sys
signal.alarm(50)
codes = sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.executable, [sys.executable, "-W", "ignore", "-c", sys.argv[1], sys.argv[2]])
shown, asked = b"", 0
while True:
    try:
        piece = os.read(terminal, 1024)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    prompts = shown.count(b"Enter MFA code for ") if shown.endswith(b": ") else 0
    while asked < min(prompts, len(codes)):
        os.write(terminal, codes[asked].encode() + b"\\n")
        asked += 1
os.waitpid(pid, 0)
sys.stdout.write(shown.decode())
"""

FIND = """
import sys
module = __import__(sys.argv[1])
session = module.Session()
try:
    print("found", session.get_credentials().get_frozen_credentials().access_key)
    print("again", session.get_credentials().get_frozen_credentials().access_key)
except Exception as error:
    print("failed", type(error).__name__)
    try:
        print("found", session.get_credentials().get_frozen_credentials().access_key)
    except Exception as error:
        print(type(error).__name__, error)
"""


def _run(*arguments: str, **options: Any) -> str:
    path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        **options,
    ).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("text", "codes", "last"),
    [
        (ONE, ["424242"], "again fa/me-424242"),
        (TWO, ["111111", "222222"], "again fa/me-111111"),
        (
            ONE,
            ["000000"],
            "RefreshWithMFAUnsupportedError Cannot refresh credentials: MFA token required.",
        ),
    ],
    ids=["one", "two", "wrong"],
)
def test_the_terminal_is_asked_for_codes(
    text: str, codes: list[str], last: str, sts: HttpServer, config: Path
) -> None:
    config.write_text(text)
    shown = {}
    for module in ("boto3", "fastbedrock"):
        lines = _run("-c", TERMINAL, FIND, module, *codes).splitlines()
        # The error of a refused role has another class.
        shown[module] = [line for line in lines if line and not line.startswith("failed")]
    assert shown["fastbedrock"] == shown["boto3"]
    assert shown["boto3"][0].startswith(f"Enter MFA code for {DEVICE}: ")
    assert shown["boto3"][-1] == last
    assert all(code not in line for line in shown["boto3"][:-2] for code in codes)


def test_without_a_terminal_the_error_names_the_device(sts: HttpServer, config: Path) -> None:
    code = "import fastbedrock\ntry: fastbedrock.Session().get_credentials()\n"
    code += "except fastbedrock.exceptions.InvalidConfigError as error: print(error)"
    told = _run("-c", code, stdin=subprocess.DEVNULL, start_new_session=True)
    assert f"MFA device {DEVICE} (mfa_serial), and there is no terminal" in told
    assert not sts.seen


class Prompt:
    """Stands in for ``getpass``: records its prompts, and answers once it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = threading.Event()

    def __call__(self, prompt: str) -> str:
        self.asked.append(prompt)
        assert self.may_answer.wait(20)
        return "123456"


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> Prompt:
    prompt = Prompt()
    prompt.__module__ = __name__
    monkeypatch.setattr("getpass.getpass", prompt)
    return prompt


def test_one_code_serves_all_threads_and_clients(
    sts: HttpServer, config: Path, prompt: Prompt
) -> None:
    session = fastbedrock.Session()
    with http_server(lambda *_: (200, "{}")) as server:
        client = session.client("bedrock-runtime", endpoint_url=server.url)
        work = [lambda: client.converse(modelId="m", messages=[])] * 4
        work += [lambda: session.get_credentials().access_key] * 4
        results: list[Any] = []
        threads = [
            threading.Thread(target=lambda call=call: results.append(outcome(call)))
            for call in work
        ]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while not prompt.asked and time.monotonic() < deadline:
            time.sleep(0.01)
        prompt.may_answer.set()
        for thread in threads:
            thread.join(30)
    assert prompt.asked == [f"Enter MFA code for {DEVICE}: "]
    assert len(sts.seen) == 1
    assert results.count("fa/me-123456") == 4
    assert sum(isinstance(result, dict) for result in results) == 4


def test_an_event_loop_is_never_blocked_by_a_prompt(
    sts: HttpServer, config: Path, prompt: Prompt
) -> None:
    session = fastbedrock.Session()
    with http_server(lambda *_: (200, "{}")) as server:
        client = session.async_client("bedrock-runtime", endpoint_url=server.url)

        async def call() -> Any:
            return await client.converse(modelId="m", messages=[])

        name, text = outcome(lambda: asyncio.run(call()))
        assert name == "InvalidConfigError"
        assert DEVICE in text
        assert "get_credentials()" in text
        assert not prompt.asked
        assert not sts.seen
        # The workaround that the error names helps.
        prompt.may_answer.set()
        assert session.get_credentials().access_key == "fa/me-123456"
        assert isinstance(asyncio.run(call()), dict)


def test_after_ctrl_c_at_the_prompt_it_is_shown_again(
    sts: HttpServer, config: Path, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    session = fastbedrock.Session()
    monkeypatch.setattr("getpass.getpass", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.get_credentials()
    monkeypatch.setattr("getpass.getpass", prompt)
    prompt.may_answer.set()
    assert session.get_credentials().access_key == "fa/me-123456"


def test_keys_in_the_environment_need_no_code(
    sts: HttpServer, config: Path, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "E")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")
    assert fastbedrock.Session().get_credentials().access_key == "E"
    assert not prompt.asked
