"""install() works in whatever order it, imports, wrappers and clients come, and can be undone."""

from __future__ import annotations

import functools
import itertools
from unittest import mock

import botocore.client
import pytest
from botocore.client import BaseClient

import fastbedrock
from differential import SETTINGS
from in_place import BOTOCORE, ENGINE, make_client, path
from programs import run_python
from scripted_server import Reply, Server, in_order


@pytest.fixture(scope="module")
def server():
    with Server(in_order(Reply())) as server:
        yield server


@pytest.fixture(autouse=True)
def undone():
    yield
    fastbedrock.uninstall()


class Steps:
    """What a program does in some order."""

    def __init__(self, server, wrap):
        self._server = server
        self._wrap = wrap
        self.seen = []
        self.undo = []

    def install(self):
        fastbedrock.install()

    def wrap(self):
        self._wrap(self)

    def client(self):
        self.made = make_client(self._server)


def by_hand(steps):
    own = BaseClient._make_api_call

    def wrapper(self, operation_name, api_params):
        steps.seen.append(operation_name)
        return own(self, operation_name, api_params)

    BaseClient._make_api_call = wrapper
    steps.undo.append(lambda: setattr(BaseClient, "_make_api_call", own))


def with_wraps(steps):
    own = BaseClient._make_api_call

    @functools.wraps(own)
    def wrapper(self, *args):
        steps.seen.append(args[0])
        return own(self, *args)

    BaseClient._make_api_call = wrapper
    steps.undo.append(lambda: setattr(BaseClient, "_make_api_call", own))


def by_mock(steps):
    own = BaseClient._make_api_call
    patch = mock.patch.object(BaseClient, "_make_api_call", autospec=True)
    replacement = patch.start()

    def call(self, operation_name, api_params):
        steps.seen.append(operation_name)
        return own(self, operation_name, api_params)

    replacement.side_effect = call
    steps.undo.append(patch.stop)


@pytest.mark.parametrize("wrap", [by_hand, with_wraps, by_mock])
@pytest.mark.parametrize(
    "order", list(itertools.permutations(("install", "wrap", "client"))), ids="-".join
)
def test_calls_pass_the_wrapper_and_end_in_the_engine(server, wrap, order):
    steps = Steps(server, wrap)
    try:
        for name in order:
            getattr(steps, name)()
        assert path(steps.made, server) == ENGINE
        assert steps.seen == ["Converse"]
    finally:
        for undo in steps.undo:
            undo()
    assert path(steps.made, server) == ENGINE
    fastbedrock.uninstall()
    assert path(steps.made, server) == BOTOCORE


def test_a_wrapper_that_answers_is_asked_alone(server):
    fastbedrock.install()
    client = make_client(server)
    server.play(Reply())
    with mock.patch.object(BaseClient, "_make_api_call", return_value={"answer": 42}):
        assert client.converse(modelId="m") == {"answer": 42}
    assert server.requests == []


IMPORT_LATER = """
import sys
import fastbedrock
fastbedrock.install()
path = fastbedrock.installed(fastbedrock.client("bedrock-runtime", region_name="us-east-1"))
assert path.reason == "it is not a client of botocore", path
assert not any(name.startswith("botocore") for name in sys.modules)
import botocore.client
import botocore.session
from botocore.client import BaseClient
assert botocore.client.__spec__.loader is botocore.client.__loader__
assert type(botocore.client.__loader__).__module__ != "fastbedrock._in_place.imports"
code = BaseClient._make_api_call.__code__
assert "_in_place" in code.co_filename, code.co_filename
fastbedrock.uninstall()
assert not any("fastbedrock" in type(finder).__module__ for finder in sys.meta_path)
assert "_in_place" not in BaseClient._make_api_call.__code__.co_filename
print("done")
"""


def test_botocore_may_be_imported_later():
    assert run_python(IMPORT_LATER) == "done"


UNINSTALLED_BEFORE_THE_IMPORT = """
import fastbedrock
with fastbedrock.install():
    pass
from botocore.client import BaseClient
print(BaseClient._make_api_call.__code__.co_filename)
"""


def test_nothing_happens_at_the_import_after_uninstall():
    assert "fastbedrock" not in run_python(UNINSTALLED_BEFORE_THE_IMPORT)


def test_installing_again_changes_nothing(server):
    client = make_client(server)
    with fastbedrock.install():
        with fastbedrock.install():
            assert fastbedrock.installed()
        assert fastbedrock.installed()
        assert path(client, server) == ENGINE
    assert not fastbedrock.installed()
    assert path(client, server) == BOTOCORE
    fastbedrock.uninstall()


def test_importing_patches_nothing():
    code = "import botocore.client, fastbedrock; print(fastbedrock.installed())"
    assert run_python(code) == "False"


def test_the_method_keeps_its_name_and_signature():
    import inspect

    before = inspect.signature(BaseClient._make_api_call)
    with fastbedrock.install():
        method = BaseClient._make_api_call
        assert inspect.signature(method) == before
        assert method.__qualname__ == "BaseClient._make_api_call"
        assert method.__module__ == botocore.client.__name__


def test_a_client_of_fastbedrock_is_not_caught_in_a_circle(server):
    """Whoever calls botocore's method with one of our clients gets what botocore's code does."""
    client = fastbedrock.client("bedrock-runtime", "us-east-1", endpoint_url=server.url)
    before = outcome_of(client)
    with fastbedrock.install():
        assert outcome_of(client) == before


def outcome_of(client):
    try:
        return BaseClient._make_api_call(client, "Converse", {"modelId": "m"})
    except Exception as error:
        return type(error), str(error)


def test_a_client_of_fastbedrock_does_not_take_it_for_a_patch(server):
    from fastbedrock._replaced import API_CALL

    client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
    with fastbedrock.install():
        assert API_CALL.patch() is None
        assert path(client, server) == ENGINE


@pytest.mark.parametrize("wrap", [by_hand, with_wraps, by_mock])
def test_a_client_of_fastbedrock_passes_a_wrapper_once(server, wrap):
    client = fastbedrock.client("bedrock-runtime", endpoint_url=server.url, **SETTINGS)
    steps = Steps(server, wrap)
    try:
        with fastbedrock.install():
            steps.wrap()
            assert path(client, server) == ENGINE
    finally:
        for undo in steps.undo:
            undo()
    assert steps.seen == ["Converse"]
