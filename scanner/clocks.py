"""Compares this machine's clock with the Date of the answers: every age in a report is measured by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from scanner.waits import date_of

TOLERATED: Final = 300.0
"""Seconds by which clocks may differ without a word, as Kerberos tolerates by default."""
_ENOUGH_ANSWERS = 3  # one answer of an odd proxy proves nothing


class ClockWatch:
    """Keeps the smallest difference between the answers' Date and this machine's clock; corrects nothing."""

    def __init__(self) -> None:
        self._answers = 0
        self._ahead: float | None = None

    def compare(self, headers: Mapping[str, str]) -> None:
        """Take one more answer into account, until one agrees."""
        if self._ahead is not None and abs(self._ahead) <= TOLERATED:
            return
        date = date_of(headers)
        if date is None:
            return
        self._answers += 1
        ahead = (datetime.now(UTC) - date).total_seconds()
        if self._ahead is None or abs(ahead) < abs(self._ahead):
            self._ahead = ahead

    @property
    def ahead(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Azure's, negative when behind; None before any answer."""
        return self._ahead

    def notes(self, as_of: datetime | None) -> tuple[str, ...]:
        """A note when the clocks differ; `as_of` is the moment that ages were measured at, None for each read's own."""
        if self._ahead is None or self._answers < _ENOUGH_ANSWERS or abs(self._ahead) <= TOLERATED:
            return ()
        minutes = round(abs(self._ahead) / 60)
        told = f"this machine's clock is {minutes} minutes {'ahead of' if self._ahead > 0 else 'behind'} Azure's"
        if as_of is not None:
            return (f"{told}: the times of the scan itself are off by as much; set the clock",)
        cure = "set the clock, or give the true time with --as-of"
        return (f"{told}: ages and expiries in the report are off by as much; {cure}",)
