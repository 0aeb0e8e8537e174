"""Azure Resource Manager's token bucket, one per subscription for the one caller."""

import math
from dataclasses import dataclass


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
