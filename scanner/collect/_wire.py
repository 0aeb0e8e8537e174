"""Reads single values out of wire JSON: absent stays None, a wrong shape is Malformed, and nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from scanner.inventory import ArmId, normalise_location

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s*(Z|z|[+-]\d\d:?\d\d)?")
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


class Malformed(ValueError):
    """A resource whose JSON has not the documented shape; the text names the field."""


def mapping(value: Any, field: str) -> Mapping[str, Any]:
    """Return a JSON object; absent and null are an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{field} is {_kind(value)}, not an object")
    return value


def properties(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `properties` of a resource, or the resource itself in the flat shape of old API versions."""
    return mapping(item["properties"], "properties") if "properties" in item else item


def text(source: Mapping[str, Any], field: str) -> str | None:
    """Return a string; absent, null and empty are None."""
    value = source.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Malformed(f"{field} is {_kind(value)}, not a string")
    return _whole(value, field)


def _whole(value: str, field: str) -> str:
    """Refuse half a surrogate pair, which the SDKs' JSON lets through and no report can be written with."""
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Malformed(f"{field} is no Unicode text") from error
    return value


def boolean(source: Mapping[str, Any], field: str) -> bool | None:
    """Return a JSON boolean; anything else was not told."""
    value = source.get(field)
    return value if isinstance(value, bool) else None


def integer(source: Mapping[str, Any], field: str) -> int | None:
    """Return a JSON integer; anything else was not told."""
    value = source.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def location(item: Mapping[str, Any]) -> str | None:
    """Return a resource's region as Azure compares it: Resource Graph's `eastus2` is a list's `East US 2`."""
    written = text(item, "location")
    return normalise_location(written) if written else None


def arm_id(item: Mapping[str, Any]) -> ArmId:
    """Return the resource's own id."""
    found = ArmId.parse(item.get("id"))
    if found is None:
        raise Malformed("id is absent or not an ARM id")
    _whole(found.text, "id")
    return found


def instant(value: Any) -> datetime | None:
    """Parse a time as Azure writes it, into aware UTC; None for what is no time.

    ISO 8601 with 0 to any number of fractional digits, with any offset or none (then UTC), and the RFC 1123 form of
    older Log Analytics versions. Times beyond the calendar's ends after conversion are cut to them.
    """
    if not isinstance(value, str):
        return None
    found = _ISO.fullmatch(value.strip())
    if found is None:
        return _rfc1123(value)
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    micro = int((found[7] or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(year, month, day, hour, minute, second, micro, tzinfo=_offset(found[8]))
    except ValueError:
        return None
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return _FIRST if year == 1 else _LAST


def _offset(written: str | None) -> timezone:
    if written is None or written in "Zz":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def _rfc1123(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _kind(value: Any) -> str:
    kinds = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), "null")
