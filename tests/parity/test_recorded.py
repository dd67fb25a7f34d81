"""Both clients read recorded Bedrock traffic alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

import recorded_traffic

# Also run with boto3 that is accelerated in place.
IN_PLACE = True


@pytest.mark.parametrize(
    "how",
    [{"framing": "length"}, {"framing": "chunked", "chunks": 61}],
    ids=lambda how: how["framing"],
)
def test_recorded_calls_are_the_same(pair, how):
    for call in recorded_traffic.interactions():
        pair.agree(call.operation.name, call.params, replace(call.reply, **how), note=call.name)
