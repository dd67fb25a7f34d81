"""One class for synchronous and asynchronous clients, so that one test can call either."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import fastbedrock
from differential import SETTINGS
from programs import DEADLINE

both_faces = pytest.mark.parametrize("face", ["sync", "async"])


class Caller:
    """One client, synchronous or asynchronous. An asynchronous one keeps its own event loop."""

    def __init__(self, face: str, url: str, config: Any = None, **options: Any) -> None:
        make = fastbedrock.client if face == "sync" else fastbedrock.async_client
        self.client: Any = make(
            "bedrock-runtime",
            endpoint_url=url,
            config=fastbedrock.Config(**config) if isinstance(config, dict) else config,
            **{**SETTINGS, **options},
        )
        self._loop = asyncio.new_event_loop() if face == "async" else None

    def converse(self, text: str = "hi") -> dict[str, Any]:
        """Make one call; returns its ResponseMetadata."""
        message = {"role": "user", "content": [{"text": text}]}
        response = self.finish(self.client.converse(modelId="m", messages=[message]))
        metadata: dict[str, Any] = response["ResponseMetadata"]
        return metadata

    def finish(self, response: Any) -> Any:
        """The response of a call; an asynchronous one is awaited."""
        if self._loop is None:
            return response
        return self._loop.run_until_complete(asyncio.wait_for(response, DEADLINE))

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        closing = self.client.close()
        if self._loop is not None:
            self._loop.run_until_complete(closing)
            self._loop.close()
