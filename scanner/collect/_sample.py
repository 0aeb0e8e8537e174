"""A walk that reads a sample: what a scan would read, of the first few resources of each kind in each subscription.

It is the scan's own walk, so that what it is refused is exactly what a scan would be refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import msgspec

from scanner.collect._choice import Choice
from scanner.collect._estimate import Estimate
from scanner.collect._lookback import LookBack
from scanner.collect._pages import Parse, R
from scanner.collect._progress import Progress, Unwatched
from scanner.collect._reader import Beside, Endpoint, Reader
from scanner.collect._walk import Walk
from scanner.errors import StartError
from scanner.inventory import ArmId, Read, Reading, Resource, Scope
from scanner.inventory.journal import Journal
from scanner.session import Session

OF_EACH_KIND = 3
"""How many reads of one kind are made in one subscription: the first account may have no worker, the second has."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What a sample brought: its reads, what they showed, and the estimate of a whole scan where that was told.

    `problem` tells why the walk ended before it began to read, None when it did not.
    """

    reads: tuple[Read, ...]
    resources: tuple[Resource, ...]
    notes: tuple[str, ...] = ()
    estimate: Estimate | None = None
    problem: StartError | None = None


async def sample_estate(
    session: Session, scope: Scope, *, choice: Choice, as_of: datetime | None = None, progress: Progress | None = None
) -> Sample:
    """Read a sample of what a scan of `scope` would read; raises nothing for what Azure answers."""
    watched = _Watched(progress or Unwatched())
    journal = Journal()
    reader = SampleReader(session, watched, choice.skipped_readings, journal)
    walk = Walk(reader, scope, LookBack(journal.start(), as_of, choice.since), frozenset(choice.included))
    notes: tuple[str, ...] = ()
    problem = None
    try:
        notes = await walk.run()
    except StartError as error:
        problem = error
    return Sample(
        reads=tuple(reader.reads()),
        resources=tuple(reader.resources),
        notes=notes,
        estimate=watched.estimate,
        problem=problem,
    )


class SampleReader(Reader):
    """Carries out the first few reads of each kind in each subscription, and one page of what lies below resources."""

    def __init__(
        self,
        session: Session,
        progress: Progress,
        skipped: frozenset[Reading] = frozenset(),
        journal: Journal | None = None,
    ) -> None:
        super().__init__(session, progress, skipped, journal)
        self._made: Counter[tuple[Reading, str]] = Counter()
        self._admitted: set[tuple[Reading, str]] = set()

    def plan(self, reading: Reading, scope: ArmId) -> bool:
        """Enter a read into the ledger if it belongs to the sample; False for all others."""
        return self._admits(reading, scope) and super().plan(reading, scope)

    def _admits(self, reading: Reading, scope: ArmId) -> bool:
        key, kind = (reading, scope.key), (reading, scope.subscription_id)
        if key not in self._admitted and self._made[kind] < OF_EACH_KIND:
            self._made[kind] += 1
            self._admitted.add(key)
        return key in self._admitted

    def skip(self, reading: Reading, scope: ArmId, why: str = "left out by --skip") -> None:
        """Enter a read that the user did not want, if it belongs to the sample."""
        if self._admits(reading, scope):
            super().skip(reading, scope, why)

    async def collection(
        self,
        endpoint: Endpoint,
        scope: ArmId,
        parse: Parse[R],
        *,
        query: str = "",
        most_pages: int | None = None,
        keep: Callable[[R], bool] = lambda _: True,
        beside: list[Beside] | None = None,
    ) -> list[R]:
        """Read a collection that belongs to the sample; below a resource, its first page."""
        if not self._admits(endpoint.reading, scope):
            return []
        pages = 1 if scope.resource_group else most_pages
        return await super().collection(endpoint, scope, parse, query=query, most_pages=pages, keep=keep, beside=beside)

    async def item(
        self, endpoint: Endpoint, scope: ArmId, parse: Parse[R], *, beside: list[Beside] | None = None
    ) -> R | None:
        """Read an item that belongs to the sample."""
        return (
            await super().item(endpoint, scope, parse, beside=beside) if self._admits(endpoint.reading, scope) else None
        )

    async def document(self, endpoint: Endpoint, scope: ArmId, parse: Callable[[bytes, datetime], R]) -> R | None:
        """Read a document that belongs to the sample."""
        return await super().document(endpoint, scope, parse) if self._admits(endpoint.reading, scope) else None


class _Watched(Progress):
    """Hands progress on, and keeps the estimate."""

    def __init__(self, told: Progress) -> None:
        self._told = told
        self.estimate: Estimate | None = None

    def planned(self) -> None:
        self._told.planned()

    def done(self, *, gap: bool) -> None:
        self._told.done(gap=gap)

    def found(self, resource: Resource) -> None:
        self._told.found(resource)

    def estimated(self, estimate: Estimate) -> None:
        self.estimate = estimate
