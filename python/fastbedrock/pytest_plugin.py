"""The pytest plugin: the fixture ``local_bedrock`` is a local Bedrock for one test.

    import boto3

    def test_greeting(local_bedrock):
        local_bedrock.reply("Good morning!")
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=local_bedrock.endpoint_url,
            **local_bedrock.credentials,
        )
        ...

Each test gets its own server. The marker ``local_bedrock`` takes the arguments of
:func:`fastbedrock.local.serve`, such as ``@pytest.mark.local_bedrock(tls=True)``.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastbedrock.local import LocalBedrock

__all__ = ["local_bedrock"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", "local_bedrock(**arguments): arguments of fastbedrock.local.serve"
    )


@pytest.fixture
def local_bedrock(request: pytest.FixtureRequest) -> Iterator[LocalBedrock]:
    """A local Bedrock for one test, stopped when the test is over."""
    from fastbedrock.local import serve

    marker = request.node.get_closest_marker("local_bedrock")
    with serve(**(marker.kwargs if marker else {})) as server:
        yield server
