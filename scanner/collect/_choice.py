"""What the user leaves out of a scan, and what is added to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from scanner.inventory import Reading
from scanner.options import Included, Skipped

READINGS: Mapping[Skipped, tuple[Reading, ...]] = {
    Skipped.LOGS: (Reading.HEARTBEATS, Reading.EVENTS, Reading.OPERATIONS, Reading.JOB_LOGS),
    Skipped.JOBS: (Reading.JOBS, Reading.JOB),
    Skipped.CONTENT: (Reading.RUNBOOK_CONTENT,),
    Skipped.METRICS: (Reading.PINGS,),
    Skipped.MACHINES: (
        Reading.VIRTUAL_MACHINES,
        Reading.VM_STATUSES,
        Reading.VIRTUAL_MACHINE,
        Reading.VM_EXTENSIONS,
        Reading.ARC_MACHINES,
        Reading.ARC_MACHINE,
        Reading.ARC_EXTENSIONS,
        Reading.MACHINE_SIZES,
        Reading.NETWORK_INTERFACE,
        Reading.SUBNET,
        Reading.SECURITY_GROUP,
        Reading.DELETED_ACCOUNTS,
    ),
}
"""The reads that each word of `--skip` turns into Gaps of reason skipped."""


class Choice(msgspec.Struct, frozen=True):
    """The words of `--skip` and `--include`, and the moment of `--since` (aware UTC)."""

    skipped: frozenset[Skipped] = frozenset()
    included: frozenset[Included] = frozenset()
    since: datetime | None = None

    @property
    def skipped_readings(self) -> frozenset[Reading]:
        """The reads that are Gaps of reason skipped."""
        return frozenset(reading for word in self.skipped for reading in READINGS[word])


EVERYTHING = Choice()
