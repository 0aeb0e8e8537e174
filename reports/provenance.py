"""Which reads stand behind a finding: those that its check needs, at its place, with their time or their Gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import ClassVar

from reports.values import plain_time
from scanner.escape import visible
from scanner.findings import Finding, Scan
from scanner.inventory import Read, Reading

_ID = "/subscriptions/"

Behind = tuple[int, int | str, str, tuple[str, str, str] | None]
"""Number of the operation, scope, moment of the answer in words; of a Gap also its id, reason and request id.

A scope that contains the subject is told by the number of characters that it takes of the subject's id.
"""


class Provenance:
    """Finds the reads behind findings."""

    operations: ClassVar[tuple[str, ...]] = tuple(dict.fromkeys(reading.operation for reading in Reading))
    """The operations that the numbers stand for."""

    def __init__(self, scan: Scan) -> None:
        self._wanted: Mapping[str, frozenset[Reading]] = {
            check.id: frozenset((*check.reads, *check.refines)) for check in scan.checks
        }
        self._numbers = {reading: self.operations.index(reading.operation) for reading in Reading}
        self._at: dict[str, list[Read]] = {}
        self._moments: dict[int, str] = {}
        for read in scan.estate.ledger.reads:
            self._at.setdefault(read.scope.lower().rstrip("/"), []).append(read)

    def of(self, finding: Finding) -> list[Behind]:
        """The reads behind a finding, those of its own place first."""
        wanted = self._wanted[finding.check]
        subject = finding.subject.key
        return [
            self._told(read, len(place) if subject.startswith(place) else visible(read.scope))
            for place in dict.fromkeys(_places(finding))
            for read in self._at.get(place, ())
            if read.reading in wanted
        ]

    def _told(self, read: Read, scope: int | str) -> Behind:
        gap = read.gap
        moment = self._moments.get(id(read)) or self._moments.setdefault(id(read), plain_time(read.read_at))
        refused = (gap.id, gap.reason.replace("_", " "), visible(gap.request_id)) if gap else None
        return self._numbers[read.reading], scope, moment, refused


def _places(finding: Finding) -> Iterator[str]:
    """The places of a finding in lower case: its subject, what contains it, and the resources in its evidence."""
    yield from _upwards(finding.subject.key)
    if finding.account is not None and not finding.subject.within(finding.account):
        yield from _upwards(finding.account.key)
    for value in finding.evidence.values():
        if isinstance(value, str) and value.startswith(_ID):
            yield value.lower().rstrip("/")


@lru_cache(maxsize=4096)
def _upwards(key: str) -> tuple[str, ...]:
    """An id and everything that contains it, up to the list of subscriptions."""
    return (key, *_upwards(key.rpartition("/")[0])) if key else ()
