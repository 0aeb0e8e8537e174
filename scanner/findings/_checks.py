"""What a check says about itself."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from scanner.findings._severity import Severity
from scanner.findings._thresholds import Threshold
from scanner.inventory import Reading


class FoundOn(StrEnum):
    """What the findings of a check are about."""

    ACCOUNT = "account"
    """An Automation account, or anything in it."""
    GROUP = "group"
    WORKER = "worker"
    MACHINE = "machine"
    """A machine, a worker's or not, or the workspace that alone knows it: outside of the account that is concerned."""


class CheckInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a check says about itself: all of it comes from its declaration and its docstring.

    `included_by` is the word of `--include` without which the check does not run, None for one that always does;
    `thresholds` are the limits that a settings file can move. `tenant_wide` tells that its proof can lie in any account
    or workspace of the tenant, today in another one than before.
    """

    id: str
    title: str
    documentation: str
    severities: tuple[Severity, ...]
    reads: tuple[Reading, ...]
    refines: tuple[Reading, ...]
    scenarios: tuple[str, ...]
    included_by: str | None = None
    thresholds: tuple[Threshold, ...] = ()
    found_on: FoundOn = FoundOn.ACCOUNT
    tenant_wide: bool = False

    @property
    def looks_elsewhere(self) -> bool:
        """Whether what lies outside of an account can make it find something that concerns the account."""
        return self.tenant_wide or self.found_on is FoundOn.MACHINE

    @property
    def operations(self) -> tuple[str, ...]:
        """The RBAC actions that the check needs, sorted."""
        readings = (*self.reads, *self.refines)
        return tuple(sorted({operation for reading in readings for operation in reading.operations}))
