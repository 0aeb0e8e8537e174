"""A loop whose hours pass at once."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime, timedelta


class _Jumping(selectors.DefaultSelector):
    """Never waits: the time that it should wait is added to the loop's."""

    passed = 0.0

    def select(self, timeout=None):
        if timeout is not None and timeout > 0:
            self.passed += timeout
            timeout = 0
        return super().select(timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Waits for nothing but what runs; its time is the sum of all waits."""

    def __init__(self):
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed


class LoopClock:
    """An emulator's clock that follows the running loop."""

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def date(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.now())
