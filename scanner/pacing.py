"""The Pacer: when each request leaves, so that Azure's limits are hardly ever met and nobody waits for another's.

Every place that counts requests of its own has a lane: each subscription, the tenant, Resource Graph, the log queries.
Of several tenants each has the last three for itself, since its login is a caller of its own there.
Lanes take turns; a lane that must wait holds nothing up. The width, the requests in flight at once, follows the
latency: a service that answers more and more slowly is asked less at once.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Final, Protocol

from scanner.clouds import halves
from scanner.limits import GRAPH_QUERIES, LOG_QUERIES, LOG_QUERIES_AT_ONCE, Bucket, Headers, Limit, Window

GRAPH: Final = "resource graph"
LOGS: Final = "log queries"
TENANT: Final = "tenant"
LAST: Final = 9
"""The rank of what may wait for everything else."""
AGAIN: Final = -1
"""The rank of what was refused before, and has waited long enough."""
PATIENCE: Final = 120.0
"""Seconds of nothing but refusals, in a lane or of one kind of request, after which a refusal is the last word."""

_SUBSCRIPTIONS: Final = "/subscriptions/"
_OF: Final = " of "
_SHORTEST_SLEEP: Final = 0.001  # seconds; a shorter one may not move the clock at all
_ALONE: Final = 3  # refusals of one kind, while others were served
_NARROWEST: Final = 8
_NARROWER: Final = 0.75
_SLOW: Final = 2.0  # times the usual latency
_SHORTEST: Final = 0.02  # seconds below which a latency tells nothing about the service
_MOST_FAILURES: Final = 0.25
_MEMORY: Final = 0.003
_FEWEST_SAMPLES: Final = 16
_USUAL_LATENCY: Final = 0.1  # seconds, of which nothing is known yet


class Clock(Protocol):
    """Seconds since some start, and a way to let them pass."""

    def now(self) -> float:
        """Seconds; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let the seconds pass."""
        ...


class LoopClock:
    """The running event loop's time."""

    def now(self) -> float:
        """Monotonic seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Really wait."""
        await asyncio.sleep(seconds)


def lane_of(method: str, url: str, tenant: str | None = None) -> str:
    """The name of the lane that a request belongs to: a subscription's GUID in lower case, or one of the three.

    `tenant` is the one of several whose login sends the request.
    """
    _, path = halves(url)
    if path[: len(_SUBSCRIPTIONS)].lower() == _SUBSCRIPTIONS:
        return path[len(_SUBSCRIPTIONS) :].partition("/")[0].partition("?")[0].lower()
    if method == "GET":
        return lane_in(TENANT, tenant)
    return lane_in(GRAPH if "/microsoft.resourcegraph/" in path.lower() else LOGS, tenant)


def lane_in(lane: str, tenant: str | None) -> str:
    """The name of one of the three lanes in one of several tenants, None standing for the only one."""
    return f"{lane}{_OF}{tenant}" if tenant else lane


def kind_of(lane_name: str) -> str:
    """Which of the three lanes one is, whosever; a subscription's is its own."""
    return lane_name.partition(_OF)[0]


class _Kind:
    """Requests alike that were refused since the last of them was served."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.refused = 0
        self.others_served = False


class _Refusals:
    """The refusals of one lane: how long there was nothing else, and whether they concern one kind alone."""

    def __init__(self) -> None:
        self.in_a_row = 0
        self._since: float | None = None
        self._kinds: dict[str, _Kind] = {}

    def answered(self, kind: str) -> None:
        """A request of that kind was served."""
        self._since, self.in_a_row = None, 0
        if self._kinds:
            self._kinds.pop(kind, None)
            for other in self._kinds.values():
                other.others_served = True

    def refused(self, kind: str, now: float) -> tuple[bool, bool]:
        """A request of that kind was refused; tells whether waiting is in vain, and whether only that kind is."""
        self._since = now if self._since is None else self._since
        self.in_a_row += 1
        own = self._kinds.setdefault(kind, _Kind(now))
        own.refused += 1
        in_vain = now - min(self._since, own.since) >= PATIENCE
        return in_vain, own.others_served and own.refused >= _ALONE


class _Lane:
    """One place's limit, and who waits for it; the lowest rank goes first, then the earliest."""

    def __init__(self, limit: Limit, at_once: int | None) -> None:
        self.limit = limit
        self.refusals = _Refusals()
        self.at_once = at_once
        self.in_flight = 0
        self.sent = 0
        self.waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self.offered = False
        self.asleep = False

    @property
    def is_full(self) -> bool:
        return self.at_once is not None and self.in_flight >= self.at_once

    def head(self) -> tuple[int, int, asyncio.Future[None]] | None:
        """The next that still waits."""
        while self.waiting and self.waiting[0][2].done():
            heapq.heappop(self.waiting)
        return self.waiting[0] if self.waiting else None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The least seconds until what is ahead may have left, and why it is not sooner.

    `lane` is the one whose limit holds requests up that wait now, empty when no limit does; its next may leave in
    `next_in` seconds.
    """

    seconds: float
    lane: str = ""
    next_in: float = 0.0


class Pacer:
    """Gives each request its turn; at most `width` are in flight."""

    def __init__(self, width: int = 64, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or LoopClock()
        self.in_flight = self.entered = 0
        self._width = _Width(width)
        self._lanes: dict[str, _Lane] = {}
        self._ready: list[tuple[int, int, _Lane]] = []
        self._order = count()
        self._sleeping: set[asyncio.Task[None]] = set()

    @property
    def width(self) -> int:
        """The requests that may be in flight now."""
        return self._width.now

    @property
    def latency(self) -> float:
        """The seconds that answers usually take; an assumption before the first."""
        return self._width.latency

    def outlook(self, expected: Mapping[str, int]) -> Outlook:
        """Look ahead: at what waits now, and in each lane at what is expected of the whole scan and not sent yet."""
        now, everything = self.clock.now(), 0
        longest = Outlook(0.0)
        for name in [*self._lanes, *(name for name in expected if name not in self._lanes)]:
            lane = self._lane(name)
            ahead = max(len(lane.waiting), expected.get(name, 0) - lane.sent)
            everything += ahead
            seconds = lane.limit.seconds_until(ahead, now)
            if seconds > longest.seconds:
                next_in = max(0.0, lane.limit.wait(now))
                longest = Outlook(seconds, name if lane.waiting and next_in > 0 else "", next_in)
        by_width = Outlook(everything * self.latency / self.width)
        return max(longest, by_width, key=lambda outlook: outlook.seconds)

    async def enter(self, lane_name: str, rank: int) -> None:
        """Wait for the turn; whoever got it calls `leave` in the end."""
        lane = self._lane(lane_name)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(lane.waiting, (rank, next(self._order), turn))
        self._offer(lane)
        self._dispatch()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(lane_name)
            raise

    def leave(self, lane_name: str) -> None:
        """Give the place on."""
        lane = self._lane(lane_name)
        lane.in_flight -= 1
        self.in_flight -= 1
        self._offer(lane)
        self._dispatch()

    def answered(self, lane_name: str, headers: Headers, *, kind: str, seconds: float) -> None:
        """Learn from an answer to a request of that kind, which took that long; call it after `leave`."""
        lane = self._lane(lane_name)
        lane.refusals.answered(kind)
        lane.limit.told(headers, self.clock.now(), seconds=seconds, outstanding=lane.in_flight)
        self._width.answered(kind, seconds)

    def refused(self, lane_name: str, kind: str, wait: float) -> bool:
        """Learn from a 429 to a request of that kind, which asks to wait that many seconds; False when it is in vain.

        One refusal slows its lane down. The next one stops it for as long as it says, if nothing was served in between,
        unless requests of that kind alone are refused while others are served.
        """
        lane, now = self._lane(lane_name), self.clock.now()
        in_vain, alone = lane.refusals.refused(kind, now)
        if not in_vain and not alone:
            lane.limit.refused(now, wait, stops=lane.refusals.in_a_row > 1)
        return not in_vain

    def failed(self) -> None:
        """Learn from a request that was not answered, or by a gateway that is overloaded."""
        self._width.failed()

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(limit_of(name), LOG_QUERIES_AT_ONCE if kind_of(name) == LOGS else None)
        return lane

    def _offer(self, lane: _Lane) -> None:
        """Let a lane take part in the turns, behind those of its rank that took part before."""
        if lane.offered or lane.asleep or lane.is_full:
            return
        head = lane.head()
        if head is not None:
            lane.offered = True
            heapq.heappush(self._ready, (head[0], next(self._order), lane))

    def _dispatch(self) -> None:
        while self._ready and self.in_flight < self._width.now:
            _, _, lane = heapq.heappop(self._ready)
            lane.offered = False
            head = lane.head()
            if head is None:
                continue
            now = self.clock.now()
            wait = lane.limit.wait(now)
            if wait > 0:
                self._put_to_sleep(lane, max(wait, _SHORTEST_SLEEP))
                continue
            heapq.heappop(lane.waiting)
            lane.limit.take(now)
            lane.in_flight += 1
            lane.sent += 1
            self.entered += 1
            self.in_flight += 1
            head[2].set_result(None)
            self._offer(lane)

    def _put_to_sleep(self, lane: _Lane, seconds: float) -> None:
        lane.asleep = True
        task = asyncio.ensure_future(self._wake(lane, seconds))
        self._sleeping.add(task)
        task.add_done_callback(self._sleeping.discard)

    async def _wake(self, lane: _Lane, seconds: float) -> None:
        await self.clock.sleep(seconds)
        lane.asleep = False
        self._offer(lane)
        self._dispatch()


def limit_of(lane_name: str) -> Limit:
    """The model of a lane's limit, as it is before anything was sent."""
    windows = {GRAPH: GRAPH_QUERIES, LOGS: LOG_QUERIES}
    kind = kind_of(lane_name)
    return Window(*windows[kind]) if kind in windows else Bucket()


class _Width:
    """How many requests may be in flight: at most what the user allows, fewer while answers take longer than usual.

    Each kind of request is measured against its own usual time, and the median decides: that one kind is slow is no
    sign of a slow service.
    """

    def __init__(self, most: int) -> None:
        self.most = self.now = most
        self._usual: dict[str, float] = {}
        self._slowness: list[float] = []
        self._failures = 0

    @property
    def latency(self) -> float:
        """The usual seconds of the usual kind."""
        return median(self._usual.values()) if self._usual else _USUAL_LATENCY

    def answered(self, kind: str, seconds: float) -> None:
        """Take one answer into account."""
        usual = self._usual.get(kind, seconds)
        self._usual[kind] = usual + _MEMORY * (seconds - usual)
        self._add(seconds / max(usual, _SHORTEST))

    def failed(self) -> None:
        """Take one failure into account."""
        self._failures += 1
        self._add(_SLOW)

    def _add(self, slowness: float) -> None:
        self._slowness.append(slowness)
        if len(self._slowness) >= max(_FEWEST_SAMPLES, self.now):
            slow = median(self._slowness) > _SLOW or self._failures > _MOST_FAILURES * len(self._slowness)
            narrower, wider = int(self.now * _NARROWER), self.now + max(1, self.most // 8)
            self.now = max(min(_NARROWEST, self.most), narrower) if slow else min(self.most, wider)
            self._slowness.clear()
            self._failures = 0
