"""Timestamps in requests and responses. Texts must be ISO 8601; all else is read as by botocore."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from botocore.serialize import create_serializer
from botocore.utils import parse_timestamp, parse_to_aware_datetime

from comparison import difference
from fastbedrock._wire import timestamps

REFUSED = (TypeError, ValueError)


def read(function: Any, value: Any) -> Any:
    try:
        return function(value)
    except (*REFUSED, AttributeError):
        return "refused"
    except (RuntimeError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1.5,
        True,
        1700000000.123456,
        Decimal("1.25"),
        "0",
        " 1700000000.5 ",
        "1_000",
        "1e3",
        "20240102",
        b"1700000000",
        1e20,
        1e30,
        "1e30",
        "-1e30",
        10**400,
        float("nan"),
        float("inf"),
        "nan",
        "-inf",
        datetime(2024, 1, 2),
        datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=-5))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        date(2024, 1, 2),
        None,
        [],
        {},
        "",
        "no date",
        b"\xff",
    ],
    ids=repr,
)
def test_numbers_datetimes_and_nonsense_are_read_as_botocore_reads_them(value):
    expected = read(parse_to_aware_datetime, value)
    assert difference(expected, read(timestamps.aware, value)) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02",
        "2024-01-02T12",
        "2024-01-02t12:30z",
        "2024-01-02 12:30:45",
        "20240102T123045Z",
        "20240102T1230-0330",
        "2024-01-02T123045",
        "20240102T12:30:45,5",
        "2024-01-02T12:30:45.1234567+02",
        "2024-01-02T12:30:45+23:59",
        "0031-02-01",
        "9999-12-31T23:59:59.999999Z",
        b"2024-01-02T12:30:00Z",
        bytearray(b"2024-01-02"),
    ],
)
def test_iso_8601_is_read_as_botocore_reads_it(text):
    expected = parse_to_aware_datetime(text)
    assert difference(expected, timestamps.aware(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Jan 5 2024 3pm",
        "2024-01",
        "2024-001",
        "2024-W01-1",
        "2024-1-2",
        " 2024-01-02",
        "2024-01-02T",
        "2024-01-02Z",
        "2024-01-0212",
        "2024-0102",
        "2024-02-30",
        "2024-01-02T24:00",
        "2024-01-02T12:30:60",
        "2024-01-02T12:3045",
        "2024-01-02T12.5",
        "2024-01-02T12:30:00 +02:00",
        "2024-01-02T12:30:00+24:00",
        "2024-01-02T12:30:00+02:60",
        "٢٠٢٤-01-02",
        "Thu, 29 Feb 2024 12:34:56 GMT",
    ],
)
def test_other_text_is_refused(text):
    with pytest.raises(REFUSED):
        timestamps.aware(text)


def test_any_text_is_refused_or_read_as_botocore_reads_it(cases):
    patterns = ("20##-0#-0#T1#:##:##.###Z", "20##1#0#T0###2#+0#3#", "####-0#-1# 1#:##-0#:##")
    accepted = 0
    for seed in range(cases * 5):
        rng = Random(seed)
        signs = [rng.choice("012345") if sign == "#" else sign for sign in rng.choice(patterns)]
        for _ in range(rng.choice((0, 0, 1, 2))):
            place = rng.randrange(len(signs))
            signs[place : place + rng.choice((0, 1))] = rng.choice(("", "0", "1", "T", ":", "-"))
        text = "".join(signs)
        moment = read(timestamps.aware, text)
        if moment != "refused":
            accepted += 1
            assert difference(read(parse_to_aware_datetime, text), moment) is None, text
    assert accepted > cases / 4


@pytest.mark.parametrize("form", ["iso8601", "rfc822", "unixTimestamp"])
@pytest.mark.parametrize(
    "value",
    [0, 1.5, datetime(2024, 2, 29, 1, 2, 3), datetime(1969, 12, 31, 23, 59, 59, 3691)]
    + [datetime(24, 1, 1), datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=9)))],
    ids=str,
)
def test_formats_on_the_wire_are_botocores(value, form):
    serializer = create_serializer("rest-json", include_validation=False)
    expected = serializer._convert_timestamp_to_str(value, form)
    assert difference(expected, timestamps.to_wire(value, form)) is None


@pytest.mark.parametrize(
    "value",
    [0, 1709210096.5, "1709210096", -1, True, "2024-02-29T12:34:56Z", "2024-02-29T12:34:56"]
    + ["2024-02-29T12:34:56.789-03:30", "Thu, 29 Feb 2024 12:34:56 GMT", "1e30", [], {}]
    + ["Thu, 29 Feb 2024 12:34:56 +0200", "Thu, 29 Feb 2024", "nothing", "", "99", "Thu"],
    ids=repr,
)
def test_timestamps_of_a_service_are_read_as_botocore_reads_them(value):
    expected = read(parse_timestamp, value)
    actual = read(timestamps.from_wire, value)
    # Unlike botocore, we do not guess dates that are neither ISO 8601 nor RFC 822.
    assert actual == "refused" or difference(expected, actual) is None
    assert (actual == "refused") == (expected == "refused" or value in ("Thu, 29 Feb 2024", "Thu"))
