"""The recorded answers that the Rust tests compare with are those of the installed botocore."""

from __future__ import annotations

import json

from settings_scenarios import recorder


def test_settings_reference_is_current() -> None:
    assert recorder.REFERENCE.read_text("utf-8") == recorder.text(), (
        "run: python tools/record_settings_reference.py"
    )


def test_every_group_is_recorded() -> None:
    recorded = json.loads(recorder.REFERENCE.read_text("utf-8"))
    for group in recorder.GROUPS:
        assert len(recorded[group.__name__]) == len(list(group())) > 0
