"""Work that several tasks want and one of them does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Does the work of each key once; whoever asks later waits for the same outcome.

    Belongs to the tasks of one group: when the work of the first fails, the others wait until the group is cancelled.
    """

    def __init__(self) -> None:
        self._outcomes: dict[str, asyncio.Future[T]] = {}

    async def of(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """Return the outcome of the key's first `work`."""
        known = self._outcomes.get(key)
        if known is not None:
            return await asyncio.shield(known)
        own = self._outcomes[key] = asyncio.get_running_loop().create_future()
        outcome = await work()
        own.set_result(outcome)
        return outcome
