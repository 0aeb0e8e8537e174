"""Time as a door sees it: really passing on the loopback, only counted in process."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Seconds since some start, and a way to let them pass."""

    def now(self) -> float:
        """Seconds; only differences mean anything."""

    async def sleep(self, seconds: float) -> None:
        """Lets the seconds pass."""

    def date(self) -> datetime:
        """The present (aware UTC), with all seconds that passed here."""


class WallClock:
    """Real time."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Really waits."""
        await asyncio.sleep(seconds)

    def date(self) -> datetime:
        """The present."""
        return datetime.now(UTC)


class VirtualClock:
    """Time that passes only by sleeping; concurrent sleepers share it instead of adding up."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds slept so far."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Gives the others their turn, then it is that much later."""
        wake = self._now + seconds
        await asyncio.sleep(0)
        self._now = max(self._now, wake)

    def date(self) -> datetime:
        """The present and the seconds slept."""
        return datetime.now(UTC) + timedelta(seconds=self._now)
