"""Timestamps: the values that callers pass, and the formats of requests and responses."""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# ISO 8601 as botocore's parser understands it: a complete calendar date, extended or basic, and
# optionally a time of any precision with any offset. A basic date without a time (20240102) is
# never matched, because botocore treats it as a number of seconds.
_ISO_8601 = re.compile(
    r"""(?P<year>\d{4}) (?P<dash>-?) (?P<month>\d\d) (?P=dash) (?P<day>\d\d)
    (?: [Tt ] (?P<hour>\d\d)
        (?: (?P<colon>:?) (?P<minute>\d\d)
            (?: (?P=colon) (?P<second>\d\d) (?: [.,] (?P<fraction>\d+) )? )? )?
        (?P<zone> [Zz] | (?P<sign>[+-]) (?P<zone_hour>\d\d) (?: :? (?P<zone_minute>[0-5]\d) )? )?
    )?""",
    re.ASCII | re.VERBOSE,
)


def aware(value: Any) -> datetime:
    """A caller's timestamp as an aware datetime in UTC.

    ``value`` is a datetime (naive means UTC), a number of seconds since 1970, such a number as a
    string, or an ISO 8601 string. Raises ValueError or TypeError for anything else, and
    RuntimeError with botocore's text for a number beyond what a datetime can hold.
    """
    return _in_utc(value if isinstance(value, datetime) else _parse(value, _from_iso))


def from_wire(value: Any) -> datetime:
    """A service's timestamp, seconds since 1970 or ISO 8601 or RFC 822 text, in UTC.

    Raises as :func:`aware` does.
    """
    return _in_utc(_parse(value, _from_iso_or_rfc))


def to_wire(value: Any, form: str) -> str | int | float:
    """A caller's timestamp in the format ``iso8601``, ``rfc822`` or ``unixTimestamp``.

    Raises as :func:`aware` does.
    """
    moment = aware(value)
    form = form.lower()
    if form == "iso8601":
        # As in botocore, the platform's strftime decides how years below 1000 are written.
        seconds = moment.strftime("%Y-%m-%dT%H:%M:%S")
        fraction = f".{moment.microsecond:06}" if moment.microsecond else ""
        return f"{seconds}{fraction}Z"
    seconds_since_1970 = timegm(moment.timetuple())
    if form == "rfc822":
        return formatdate(seconds_since_1970, usegmt=True)
    if moment.microsecond:
        # Divides once: adding a fraction to the seconds would round twice.
        return (seconds_since_1970 * 10**6 + moment.microsecond) / 10**6
    return seconds_since_1970


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def _parse(value: Any, from_text: Callable[[Any], datetime]) -> datetime:
    """The time of a number of seconds since 1970, of such a number as text, or of a date's text."""
    try:
        number = value if isinstance(value, (int, float)) else float(value)
    except (TypeError, ValueError):
        return from_text(value)
    try:
        return datetime.fromtimestamp(number, timezone.utc)
    except (OSError, OverflowError):
        # The platform limits fromtimestamp; a datetime may hold times beyond these limits.
        seconds = float(number)
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        text = f'Unable to calculate correct timezone offset for "{value}"'
        raise RuntimeError(text) from None


def _from_iso_or_rfc(value: Any) -> datetime:
    try:
        return _from_iso(value)
    except ValueError:
        return parsedate_to_datetime(value)


def _from_iso(value: Any) -> datetime:
    text = value.decode() if isinstance(value, (bytes, bytearray)) else value
    match = _ISO_8601.fullmatch(text)
    if match is None:
        raise ValueError(f'Invalid timestamp "{text}"')
    part = match.groupdict(default="0")
    zone = None
    if match["zone"]:
        offset = timedelta(hours=int(part["zone_hour"]), minutes=int(part["zone_minute"]))
        zone = timezone(-offset if match["sign"] == "-" else offset)
    return datetime(
        int(part["year"]),
        int(part["month"]),
        int(part["day"]),
        int(part["hour"]),
        int(part["minute"]),
        int(part["second"]),
        int(part["fraction"][:6].ljust(6, "0")),
        zone,
    )
