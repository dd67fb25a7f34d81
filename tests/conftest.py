"""For all tests: a clean environment, importable sources, the number of generated cases."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest

from repository import ROOT

# Failed assertions in these helpers show their values, as in tests.
pytest.register_assert_rewrite("failures", "chat_families", "local_requests", "slow_path")

# Variables that change a client's region, credentials, endpoint or proxy, or what it sends.
FOREIGN = ("AWS_", "_X_AMZN_", "BOTO_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cases",
        type=int,
        default=1000,
        help="how many seeded cases a generated test runs (default 1000)",
    )
    parser.addoption(
        "--candidate",
        choices=("boto3", "sync", "async", "in_place"),
        help="the only client to compare with boto3; boto3 itself tries out the comparison",
    )


def pytest_configure(config: pytest.Config) -> None:
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.lower() in PROXIES:
            del os.environ[name]
    # ~/.aws/models and ~/.boto are read, too, and nothing else turns that off. botocore finds out
    # where the home folder is when it is imported.
    home = tempfile.TemporaryDirectory(prefix="fastbedrock-tests-home-")
    config.add_cleanup(home.cleanup)
    os.environ["HOME"] = os.environ["USERPROFILE"] = home.name
    nowhere = str(ROOT / "tests" / "no-such-file")
    os.environ["AWS_CONFIG_FILE"] = nowhere
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = nowhere
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    sys.path.insert(0, str(ROOT / "python"))
    # A shell starts background jobs with Ctrl-C ignored, and programs of tests would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _environment_restored():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    # A default session would keep the credentials that it found.
    for name in ("boto3", "fastbedrock"):
        if hasattr(sys.modules.get(name), "DEFAULT_SESSION"):
            sys.modules[name].DEFAULT_SESSION = None


@pytest.fixture
def cases(request: pytest.FixtureRequest) -> int:
    """How many seeded cases a generated test runs (``--cases``).

    The engine of boto3 in place is the one that the other candidates have, so there are fewer.
    """
    cases: int = request.config.getoption("--cases")
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    return cases // 10 if parameters.get("candidate") == "in_place" else cases


@pytest.fixture
def descriptors_for_many() -> Iterator[None]:
    """Allow enough file descriptors for both ends of a thousand connections."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip("this process may not open so many sockets")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every parity test with both clients.

    Those of modules with ``IN_PLACE`` also run with boto3 that is accelerated in place.
    """
    if "candidate" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--candidate")
        in_place = ["in_place"] if getattr(metafunc.module, "IN_PLACE", False) else []
        names = [chosen] if chosen else ["sync", "async", *in_place]
        metafunc.parametrize("candidate", names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def candidate(request: pytest.FixtureRequest) -> type:
    """The class of :mod:`differential` that drives the client under test."""
    import differential
    import fastbedrock

    if request.param == "boto3":
        return differential.Boto3InUtc
    factory, driver = {
        "sync": ("client", differential.Sync),
        "async": ("async_client", differential.Async),
        "in_place": ("install", differential.InPlace),
    }[request.param]
    if not hasattr(fastbedrock, factory):
        pytest.skip(f"this build has no fastbedrock.{factory}")
    return driver


@pytest.fixture(scope="module")
def pair(candidate: type):
    """boto3 and the client under test, each with one attempt per call."""
    from differential import Pair

    with Pair(candidate) as both:
        yield both
