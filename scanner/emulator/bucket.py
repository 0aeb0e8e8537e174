"""The limits that Azure sets its callers: token buckets, windows, and the log queries that may run at once."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from scanner.emulator.arm import RefusedError, Route
from scanner.emulator.clock import Clock
from scanner.emulator.faults import Told

GRAPH_QUOTA = (15, 5.0)
"""Resource Graph's queries per user and window in seconds (learn.microsoft.com, guidance-for-throttled-requests)."""
LOG_QUOTA = (200, 30.0)
"""Log queries per user and window in seconds (learn.microsoft.com, Azure Monitor service limits, 2026-03-30)."""
LOG_QUERIES_AT_ONCE = 5
"""Log queries of one user that run; more wait in a queue (same page)."""
LONGEST_QUEUE = 200
"""Log queries that may wait at once (same page)."""
LONGEST_WAIT = 180.0
"""Seconds that a log query may wait for its turn (same page)."""
GLOBAL = 15
"""All callers of a subscription together have that many times the bucket of one (request-limits-and-throttling)."""
PLENTY: Mapping[str, str] = {
    "x-ms-ratelimit-remaining-subscription-reads": "11999",
    "x-ms-ratelimit-remaining-subscription-global-reads": "16499",
}
"""What recorded answers of subscriptions far from any limit say."""
PLENTY_OF_TENANT: Mapping[str, str] = {"x-ms-ratelimit-remaining-tenant-reads": "11999"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Reads that a subscription allows at once, and how many come back per second.

    The defaults are those of learn.microsoft.com, request-limits-and-throttling (2024).
    """

    capacity: int = 250
    refill: float = 25.0


class Buckets:
    """The fill of every subscription's bucket; "" is the tenant's own."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._fill: dict[str, tuple[float, float]] = {}

    def take(self, subscription: str, now: float) -> tuple[bool, int]:
        """Whether a read is allowed at `now`; with it the reads that remain, else the whole seconds to wait."""
        fill, since = self._fill.get(subscription, (float(self._bucket.capacity), now))
        fill = min(self._bucket.capacity, fill + (now - since) * self._bucket.refill)
        allowed = fill >= 1
        self._fill[subscription] = (fill - allowed, now)
        return allowed, int(fill - 1) if allowed else max(1, math.ceil((1 - fill) / self._bucket.refill))


class Window:
    """A quota that is whole again when its window has passed; `seconds` is the window's length."""

    def __init__(self, quota: tuple[int, float]) -> None:
        self._largest, self._seconds = quota
        self._start, self._used = -self._seconds, 0

    def take(self, now: float) -> tuple[bool, int, int]:
        """Whether a request is allowed at `now`, those that remain, and the whole seconds until the next window."""
        if now - self._start >= self._seconds:
            self._start, self._used = now, 0
        allowed = self._used < self._largest
        self._used += allowed
        return allowed, self._largest - self._used, max(1, math.ceil(self._start + self._seconds - now))


class Lanes:
    """The log queries that run and those that wait for one of them to end; all take equally long."""

    def __init__(self) -> None:
        self._starts: deque[float] = deque()
        self._ends: deque[float] = deque()

    def enter(self, now: float, seconds: float) -> float | None:
        """The seconds until a query that then takes `seconds` begins; None when the queue is full or too long."""
        while self._ends and self._ends[0] <= now:
            self._ends.popleft()
            self._starts.popleft()
        free = now if len(self._ends) < LOG_QUERIES_AT_ONCE else self._ends[-LOG_QUERIES_AT_ONCE]
        waiting = sum(start > now for start in self._starts)
        if free - now > LONGEST_WAIT or (free > now and waiting >= LONGEST_QUEUE):
            return None
        self._starts.append(free)
        self._ends.append(free + seconds)
        return free - now


@dataclass(frozen=True, slots=True)
class Admission:
    """The headers of an admitted request's answer, and the seconds that it waits for its turn."""

    headers: Mapping[str, str]
    wait: float = 0.0


class Quotas:
    """All limits of one caller; without a bucket nothing is refused, and the headers tell of plenty."""

    def __init__(self, bucket: Bucket | None) -> None:
        self._reads = None if bucket is None else Buckets(bucket)
        self._global = None if bucket is None else Buckets(Bucket(GLOBAL * bucket.capacity, GLOBAL * bucket.refill))
        self._graph = Window(GRAPH_QUOTA)
        self._log_queries = Window(LOG_QUOTA)
        self._lanes = Lanes()

    def admit(self, route: Route, subscription: str, clock: Clock, latency: float) -> Admission:
        """Count one request; `latency` is how long an answer takes. Raises RefusedError (429) for one too many."""
        now = clock.now()
        if route.namespace == "Microsoft.ResourceGraph":
            return self._admit_graph_query(route, now)
        if route.open:
            return Admission({})
        if route.template.startswith("/v1/"):
            return self._admit_log_query(now, latency)
        if self._reads is None or self._global is None:
            return Admission(PLENTY if subscription else PLENTY_OF_TENANT)
        allowed, number = self._reads.take(subscription, now)
        if not allowed:
            raise too_many(route, subscription, number)
        if not subscription:
            return Admission({"x-ms-ratelimit-remaining-tenant-reads": str(number)})
        _, of_all = self._global.take(subscription, now)
        return Admission(dict(zip(PLENTY, (str(number), str(of_all)), strict=True)))

    def _admit_graph_query(self, route: Route, now: float) -> Admission:
        allowed, remaining, wait = self._graph.take(now)
        if not allowed and self._reads is not None:
            raise too_many(route, "", wait)
        resets = f"00:00:{wait:02d}"
        return Admission({"x-ms-user-quota-remaining": str(remaining), "x-ms-user-quota-resets-after": resets})

    def _admit_log_query(self, now: float, latency: float) -> Admission:
        if self._reads is None:
            return Admission({})
        allowed, _, wait = self._log_queries.take(now)
        turn = self._lanes.enter(now, latency) if allowed else None
        if turn is None:
            message = "Too many requests were made. Please try again later."
            error = {"error": {"message": message, "code": "ThrottledError"}}
            raise RefusedError(429, "ThrottledError", message, headers={"Retry-After": str(wait)}, body=error)
        return Admission({}, turn)


def too_many(
    route: Route, subscription: str, retry_after: float | None, told: Told = Told.HEADER, now: datetime | None = None
) -> RefusedError:
    """ARM's words for one request too many; `retry_after` is in seconds, None for no word about it.

    `now` (aware UTC) is the moment that a date is counted from.
    """
    again = ""
    if retry_after is not None and told is not Told.DATE:
        again = f" Please try again after '{retry_after:g}' seconds."
    message = (
        f"Number of requests for subscription '{subscription}' and operation 'GET/{route.operation.upper()}' exceeded "
        f"the backend storage limit.{again}"
    )
    moment = now or datetime.now(UTC)
    headers, body = _come_back(told, moment, timedelta(seconds=retry_after)) if retry_after is not None else ({}, None)
    return RefusedError(429, "SubscriptionRequestsThrottled", message, headers=headers, body=body)


def _come_back(told: Told, now: datetime, wait: timedelta) -> tuple[dict[str, str], str | None]:
    """The headers that say when to come back, and the body, where that is no JSON."""
    match told:
        case Told.HEADER:
            return {"Retry-After": f"{wait.total_seconds():g}"}, None
        case Told.DATE:
            return {"Retry-After": format_datetime(now + wait, usegmt=True)}, None
        case Told.SECONDS:
            return {}, None
        case Told.MOMENT:
            moment = f"{now + wait:%Y-%m-%dT%H:%M:%S.%f}0Z"
            text = f"You have reached the limit of allowed API calls.Please retry after '{moment}' UTC."
            return {"Content-Type": "text/plain; charset=utf-8"}, text
