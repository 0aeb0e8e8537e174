"""How long to wait before a request is sent again: what the service asks for, else a back-off with jitter.

A moment that an answer names is measured against the answer's own `Date`: this machine's clock may be an hour off.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Final

from azure.core.rest import AsyncHttpResponse

FIRST_BACKOFF: Final = 0.5
"""Seconds before the second try; each further wait is twice as long, before jitter takes up to a half away."""
LONGEST_BACKOFF: Final = 20.0
"""Seconds of the longest wait that nobody asked for."""

_UNITS = (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("Retry-After", 1.0))
_TELLING_STATUSES = frozenset({429, 503})
_LONGEST_TEXT = 1 << 14
_AGAIN = r"\b(?:try(?:ing)?\s+again|retr(?:y|ied|ying))\s+"
_QUOTE = r"[\\'\"]{0,2}"
_IN_SECONDS = re.compile(rf"{_AGAIN}(?:after|in)\s+{_QUOTE}(\d{{1,9}}(?:\.\d{{1,9}})?){_QUOTE}\s*sec", re.IGNORECASE)
_AT_MOMENT = re.compile(
    rf"{_AGAIN}after\s+{_QUOTE}(\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.\d{{1,9}})?(Z|[+-]\d\d:\d\d)?", re.IGNORECASE
)


def next_wait(response: AsyncHttpResponse | None, tries: int) -> float:
    """Seconds until the next try, after `tries` tries (from 1) of which the last had `response`, or no answer."""
    asked = asked_wait(response.status_code, response.headers, response.content) if response is not None else None
    own = backoff(tries)
    # A Retry-After of 0 that is obeyed for ever would hammer the service; repeated ones back off a little.
    return own if asked is None else max(asked, own / 10 if tries > 1 else 0.0)


def backoff(tries: int) -> float:
    """Seconds to wait after so many tries (from 1) when nobody asks for more or less."""
    longest = min(FIRST_BACKOFF * 2.0 ** min(tries - 1, 30), LONGEST_BACKOFF)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing


def asked_wait(status: int, headers: Mapping[str, str], body: bytes = b"") -> float | None:
    """Seconds that an answer asks to wait for, by its headers or, being a 429 or 503 without, in its text.

    None when it asks for nothing, or for nothing that can be obeyed: a negative number, a moment that is past.
    """
    asked = retry_after(headers)
    if asked is None and status in _TELLING_STATUSES:
        return _told_in(body[:_LONGEST_TEXT].decode(errors="replace"), headers)
    return asked


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in seconds, as a number or an HTTP date; None when there is none that can be obeyed."""
    for name, unit in _UNITS:
        text = headers.get(name)
        asked = None if text is None else _seconds(text, unit, headers)
        if asked is not None:
            return asked
    return None


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The moment (aware UTC, whole seconds) at which an answer was made, by its Date header; None without one."""
    return _http_date(headers.get("Date") or "")


def _seconds(text: str, unit: float, headers: Mapping[str, str]) -> float | None:
    try:
        return _possible(float(text) * unit)
    except ValueError:
        return _until(_http_date(text), headers)


def _told_in(text: str, headers: Mapping[str, str]) -> float | None:
    """What Azure's services write into a body: "Please try again after '372' seconds.", "retry after '<time>' UTC"."""
    if found := _IN_SECONDS.search(text):
        return _possible(float(found[1]))
    if found := _AT_MOMENT.search(text):
        try:
            return _until(datetime.fromisoformat(found[1] + (found[2] or "Z").upper()), headers)
        except ValueError:
            return None
    return None


def _until(moment: datetime | None, headers: Mapping[str, str]) -> float | None:
    if moment is None:
        return None
    return _possible((moment - (date_of(headers) or datetime.now(UTC))).total_seconds())


def _possible(seconds: float) -> float | None:
    return seconds if isfinite(seconds) and seconds >= 0 else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        # "-0000" gives a naive time, which is UTC all the same.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
