"""The tasks of a scan: a bounded number at once; what waits for room is planned in the ledger, and no task yet.

A task that waits for its answer holds some 17 KiB, and an account starts a dozen: 10,000 at once took 2.5 GiB.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 4_096
"""Tasks of all subscriptions from which on only a subscription that has none begins: thrice what any width needs."""
MOST_OF_ONE = 512
"""Tasks of one subscription from which on nothing more of it begins: twice the burst that ARM allows."""
IDLE_UNTIL = 2 * MOST
"""Tasks from which on even a subscription that has none waits."""


class _Lane:
    """One subscription: how many tasks work for it, and what is to begin when there is room."""

    def __init__(self) -> None:
        self.live = 0
        self.waiting: deque[Callable[[], None]] = deque()
        self.offered = False


_LANE: ContextVar[tuple[Tasks, _Lane] | None] = ContextVar("lane", default=None)
"""Whom a task works for; what it starts works for the same."""


class Tasks:
    """Runs the work of one scan; a subscription that is throttled takes no other's room."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup
        self._lanes: dict[str, _Lane] = {}
        self._apart = _Lane()
        self._turns: deque[_Lane] = deque()
        self._live = 0
        self._unfinished = 0
        self._idle = asyncio.Event()
        self._stopped = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let work be started; ends when all is done. The first error ends everything, and so does a cancellation."""
        async with asyncio.TaskGroup() as self._group:
            try:
                yield
                while self._unfinished:
                    self._idle.clear()
                    await self._idle.wait()
            finally:
                self._stopped = self._unfinished > 0

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine beside the others, for the subscription for which the present task works, if for any."""
        place = _LANE.get()
        lane = self._apart if place is None else place[1]
        self._count(lane, 1)
        self._unfinished += 1
        self._group.create_task(work).add_done_callback(partial(self._ended, lane))

    def start_apart(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine that works for everybody, whoever starts it."""
        self._within(None, partial(self.start, work))

    def begin(self, subscription: str, work: Callable[[], None]) -> None:
        """Call `work`, which starts tasks of planned reads for a subscription (its GUID), as soon as there is room."""
        lane = self._lanes.setdefault(subscription, _Lane())
        lane.waiting.append(work)
        self._offer(lane)

    def _ended(self, lane: _Lane, task: asyncio.Task[Any]) -> None:
        self._unfinished -= 1
        self._stopped = self._stopped or task.cancelled() or task.exception() is not None
        self.release(lane)
        if not self._unfinished:
            self._idle.set()

    def release(self, lane: _Lane) -> None:
        """Give a task's room to others."""
        self._count(lane, -1)
        if lane.offered and not lane.live:  # it has become one of those that may begin at once
            self._turns.remove(lane)
            lane.offered = False
        self._offer(lane)

    def take(self, lane: _Lane) -> None:
        """Take the room of a task that goes on, even if there is none."""
        self._count(lane, 1)

    def _count(self, lane: _Lane, tasks: int) -> None:
        lane.live += tasks
        if lane is not self._apart:
            self._live += tasks

    def _offer(self, lane: _Lane) -> None:
        """Let a lane take part in the turns; one without any task goes first."""
        if lane.waiting and not lane.offered and lane.live < MOST_OF_ONE:
            lane.offered = True
            if lane.live:
                self._turns.append(lane)
            else:
                self._turns.appendleft(lane)
        while self._turns and not self._stopped and self._has_room(self._turns[0]):
            self._begin(self._turns.popleft())

    def _has_room(self, lane: _Lane) -> bool:
        return self._live < (MOST if lane.live else IDLE_UNTIL)

    def _begin(self, lane: _Lane) -> None:
        self._within((self, lane), lane.waiting.popleft())
        lane.offered = bool(lane.waiting) and lane.live < MOST_OF_ONE
        if lane.offered:
            self._turns.append(lane)

    def _within(self, place: tuple[Tasks, _Lane] | None, work: Callable[[], None]) -> None:
        token = _LANE.set(place)
        try:
            work()
        finally:
            _LANE.reset(token)


async def waited(known: asyncio.Future[T]) -> T:
    """Await what others find out; a task that waits for that alone leaves its room to others meanwhile."""
    place = _LANE.get()
    if known.done() or place is None:
        return await asyncio.shield(known)
    tasks, lane = place
    tasks.release(lane)
    try:
        return await asyncio.shield(known)
    finally:
        tasks.take(lane)
