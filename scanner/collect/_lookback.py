"""How far back a scan looks: each kind of history has a longest look-back, which `--since` can shorten."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from scanner.collect._reader import Reader
from scanner.inventory import ArmId, Reading

JOBS = timedelta(days=30)
"""Automation keeps jobs this long (Azure subscription and service limits, Microsoft, 2024-02-23)."""
LOGS = timedelta(days=31)
"""The default retention of a Log Analytics workspace is 30 or 31 days."""
ACTIVITY = timedelta(days=90)
"""The activity log keeps events this long (Azure Monitor activity log, Microsoft)."""
METRICS = timedelta(days=90)
"""Platform metrics are kept for 93 days (Azure Monitor metrics, Microsoft)."""


class Window(msgspec.Struct, frozen=True):
    """A look-back from `start` to `end`, both aware UTC; `shortened` tells whether `--since` cut it."""

    start: datetime
    end: datetime
    shortened: bool


class LookBack(msgspec.Struct, frozen=True):
    """When the scan started, its as-of if it has one, and where the user let look-backs begin; all aware UTC."""

    started: datetime
    as_of: datetime | None = None
    since: datetime | None = None

    @property
    def end(self) -> datetime:
        """The end of every look-back."""
        return self.as_of or self.started

    def of(self, longest: timedelta) -> Window:
        """The window of one kind of history."""
        start = self.end - longest
        if self.since is None or self.since <= start:
            return Window(start, self.end, shortened=False)
        return Window(min(self.since, self.end), self.end, shortened=True)


def end_of(reader: Reader, reading: Reading, scope: ArmId, window: Window) -> None:
    """End a read of a history: a look-back that the user shortened proves no absence, whatever it brought."""
    if window.shortened and reader.answered(reading, scope):
        reader.skip(reading, scope, f"only since {window.start:%Y-%m-%d %H:%M} UTC was read")
