"""Shards: one scan's subscriptions divided among several runs, alike in every version and on every machine."""

from __future__ import annotations

import hashlib

import msgspec


class Shard(msgspec.Struct, frozen=True):
    """The `number`-th (from 1) of `count` runs that share one scan's subscriptions."""

    number: int
    count: int

    def holds(self, subscription: str) -> bool:
        """Tell whether the subscription with this GUID is this shard's: of any `count` shards, one holds it."""
        return shard_of(subscription, self.count) == self.number

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def shard_of(subscription: str, count: int) -> int:
    """The number of the shard, 1 to `count`, that holds the subscription with this GUID.

    SHA-256 of the lower-cased GUID, as a big-endian number, modulo `count`. This never changes: the shards of one scan
    may be run by different versions and at different times.
    """
    digest = hashlib.sha256(subscription.lower().encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest, "big") % count + 1
