"""Azure's limits as models: what may be sent now, learnt from the answers.

Each belongs to one caller at one place, such as one subscription. Times are seconds of the pacer's clock.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Final, Protocol

READS_AT_ONCE: Final = 250.0
"""Reads that a full bucket of Azure Resource Manager holds, per subscription (or tenant) and caller.

Understand how Azure Resource Manager throttles requests, Microsoft, 2024.
"""
READS_PER_SECOND: Final = 25.0
"""Reads that come back to that bucket each second (same source)."""
GRAPH_QUERIES: Final = (15, 5.0)
"""Resource Graph's queries per caller and window of seconds (Guidance for throttled requests, Microsoft, 2024)."""
LOG_QUERIES: Final = (200, 30.0)
"""Log queries per caller and window of seconds (Azure Monitor service limits, Microsoft, 2025)."""
LOG_QUERIES_AT_ONCE: Final = 5
"""Log queries of one caller that run at once before the service queues them (same source)."""

_SLOWER: Final = 0.8
_A_LITTLE_SLOWER: Final = 0.9
_A_PACE: Final = 1.0
_FASTER: Final = 1.25
_SLOWEST: Final = 5.0
_TRUSTED_AGAIN: Final = 200
_FRESH: Final = 1.0
_RESETS = re.compile(r"(\d+):(\d{2}):(\d{2})(?:\.\d+)?")

Headers = Mapping[str, str]


class Limit(Protocol):
    """What one place lets one caller send."""

    def wait(self, now: float) -> float:
        """Seconds until one more request may leave; 0 when it may leave now."""
        ...

    def take(self, now: float) -> None:
        """One request leaves."""
        ...

    def told(self, headers: Headers, now: float, *, seconds: float, outstanding: int) -> None:
        """Learn from an answer that took that many seconds, while `outstanding` requests are still out."""
        ...

    def refused(self, now: float, wait: float, *, stops: bool) -> None:
        """Learn from a 429 that asks to wait that many seconds; `stops` tells whether all must wait for as long."""
        ...

    def seconds_for(self, requests: int) -> float:
        """The least seconds that so many requests take from a fresh start."""
        ...

    def seconds_until(self, requests: int, now: float) -> float:
        """The least seconds from now until so many more requests have left; 0 for none."""
        ...


class Bucket:
    """A token bucket: Azure Resource Manager's reads of one subscription, or of the tenant."""

    def __init__(self, capacity: float = READS_AT_ONCE, refill: float = READS_PER_SECOND) -> None:
        self._usual, self._usual_refill = capacity, refill
        self._capacity, self._refill = capacity, refill
        self._level = capacity
        self._as_of = 0.0
        self._closed_until = 0.0
        self._answers_since_refusal = _TRUSTED_AGAIN

    def wait(self, now: float) -> float:
        """Seconds until the bucket holds a whole request."""
        self._fill(now)
        missing = max(0.0, 1.0 - self._level) / self._refill
        return max(missing, self._closed_until - now)

    def take(self, now: float) -> None:
        """Take one request out."""
        self._fill(now)
        self._level -= 1.0

    def told(self, headers: Headers, now: float, *, seconds: float, outstanding: int) -> None:
        """Take the service's own count; one that is larger only from a quick answer, and not soon after a refusal."""
        self._answers_since_refusal += 1
        if self._answers_since_refusal == _TRUSTED_AGAIN:
            self._refill = min(self._usual_refill, self._refill * _FASTER)
            self._answers_since_refusal = 0 if self._refill < self._usual_refill else _TRUSTED_AGAIN
        remaining = _remaining(headers)
        if remaining is None:
            return
        self._fill(now)
        level = float(remaining - outstanding)
        if level < self._level:
            self._level = level
        elif seconds <= _FRESH and self._answers_since_refusal >= _TRUSTED_AGAIN:
            self._level = level
            self._capacity = max(self._capacity, level)

    def refused(self, now: float, wait: float, *, stops: bool) -> None:
        """Go on with an empty bucket that fills more slowly, after the wait, and trust no large counts for a while.

        Counts near 15,000 have been seen beside a 429: the bucket that refused is another than the one that counts. A
        wait of less than a second asks for no other pace.
        """
        if wait < _A_PACE:
            return
        self._fill(now)
        first, pause = now >= self._closed_until, wait if stops else 0.0
        self._closed_until = max(self._closed_until, now + pause)
        self._capacity = self._usual
        self._answers_since_refusal = 0
        if first:
            self._refill = max(_SLOWEST, self._refill * (_SLOWER if stops else _A_LITTLE_SLOWER))
        self._level = min(self._level, 1.0 - pause * self._refill)

    def seconds_for(self, requests: int) -> float:
        """The bucket's own bound."""
        return max(0.0, requests - self._usual) / self._usual_refill

    def seconds_until(self, requests: int, now: float) -> float:
        """The bucket's bound from what it holds, and fills at, now."""
        if requests <= 0:
            return 0.0
        self._fill(now)
        return max(self._closed_until - now, (requests - self._level) / self._refill, 0.0)

    def _fill(self, now: float) -> None:
        if now > self._as_of:
            self._level = min(self._capacity, self._level + (now - self._as_of) * self._refill)
            self._as_of = now


class Window:
    """So many requests in any span of some seconds: Resource Graph, and log queries."""

    def __init__(self, requests: int, seconds: float) -> None:
        self._requests, self._seconds = requests, seconds
        self._sent: deque[float] = deque()
        self._closed_until = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the oldest request of a full window lies far enough back."""
        full = len(self._sent) >= self._requests
        return max(0.0, self._sent[0] + self._seconds - now if full else 0.0, self._closed_until - now)

    def take(self, now: float) -> None:
        """Enter one request."""
        self._sent.append(now)
        while len(self._sent) > self._requests:
            self._sent.popleft()

    def told(self, headers: Headers, now: float, *, seconds: float, outstanding: int) -> None:  # noqa: ARG002
        """Wait for the next window when the service says that this one is used up, by whomever."""
        left, resets = headers.get("x-ms-user-quota-remaining"), headers.get("x-ms-user-quota-resets-after")
        found = _RESETS.fullmatch(resets or "")
        if left is not None and found and left.isdecimal() and int(left) <= outstanding:
            hours, minutes, rest = map(int, found.groups())
            self._closed_until = max(self._closed_until, now + hours * 3600 + minutes * 60 + rest)

    def refused(self, now: float, wait: float, *, stops: bool) -> None:
        """Stop for the wait, if all must."""
        self._closed_until = max(self._closed_until, now + wait if stops else 0.0)

    def seconds_for(self, requests: int) -> float:
        """The least seconds that so many requests take from a fresh start."""
        return max(0, requests - 1) // self._requests * self._seconds

    def seconds_until(self, requests: int, now: float) -> float:
        """The least seconds until the window has taken them, each place being free again when its last use is past."""
        if requests <= 0:
            return 0.0
        again = [max(0.0, sent + self._seconds - now) for sent in self._sent]
        places = [0.0] * (self._requests - len(again)) + again
        rounds, place = divmod(requests - 1, self._requests)
        return max(self._closed_until - now, places[place] + rounds * self._seconds)


def _remaining(headers: Headers) -> int | None:
    """The reads that Azure Resource Manager says are left; None when it does not say."""
    names = ("x-ms-ratelimit-remaining-subscription-reads", "x-ms-ratelimit-remaining-tenant-reads")
    for name in names:
        text = headers.get(name)
        if text is not None and text.isdecimal():
            return int(text)
    return None
