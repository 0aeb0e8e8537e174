"""The controls view: a framework's controls, the checks that stand behind each, and what they say of this scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

DISCLAIMER = (
    "This view is no certification and no audit opinion. It repeats what the checks of this scan found, beside the "
    "controls that they are mapped to. A control asks for more than these checks can see: 'met' says that the mapped "
    "checks found nothing, and no more."
)
"""Every view of controls, in whatever format, shows this."""


class MappingOrigin(StrEnum):
    """Who maps a check to a control: Microsoft, by an initiative of Azure Policy, or this project alone."""

    MICROSOFT = "microsoft"
    INFERRED = "inferred"

    @property
    def label(self) -> str:
        """The words for a reader."""
        return _LABELS[self]


_LABELS: Mapping[MappingOrigin, str] = {
    MappingOrigin.MICROSOFT: "Microsoft's mapping",
    MappingOrigin.INFERRED: "own inference",
}


class ControlStatus(StrEnum):
    """What the checks behind a control say; in the order in which one check's status outweighs another's."""

    NOT_MET = "not_met"
    RISK_ACCEPTED = "risk_accepted"
    NOT_ASSESSED = "not_assessed"
    MET = "met"

    @property
    def label(self) -> str:
        """The words for a reader."""
        return _STATUSES[self][0]

    @property
    def meaning(self) -> str:
        """One sentence on what the status says, without a full stop."""
        return _STATUSES[self][1]

    @classmethod
    def of(cls, statuses: Iterable[ControlStatus]) -> ControlStatus:
        """The status of several checks together; without any, nothing was assessed."""
        told = set(statuses)
        return next((status for status in cls if status in told), cls.NOT_ASSESSED)


_STATUSES: Mapping[ControlStatus, tuple[str, str]] = {
    ControlStatus.NOT_MET: ("not met", "a mapped check has an open finding of severity low or worse"),
    ControlStatus.RISK_ACCEPTED: ("not met, risk accepted", "the findings of the mapped checks are all accepted risks"),
    ControlStatus.NOT_ASSESSED: ("not assessed", "a mapped check could not judge everything, or no check judges it"),
    ControlStatus.MET: ("met", "nothing was found by the mapped checks, and they saw all that they needed"),
}


class AzurePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in definition of Azure Policy; `id` is its GUID, `name` its display name (long ones are shortened)."""

    id: str
    name: str
    version: str


class InitiativeRef(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in initiative of Azure Policy (`id` is its GUID), in the version of one cloud."""

    id: str
    name: str
    version: str
    cloud: str


class ControlCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check behind a control, and what it says.

    `policies` are those by which Microsoft maps it; `because` tells why it is mapped, `in_part` what of the policies
    it leaves unjudged (empty: nothing). `findings` (open) and `accepted` are the fingerprints of its first findings of
    severity low or worse, the worst first, out of as many as `findings_in_all` and `accepted_in_all` say. That is the
    severity that the check gave: `lowered_in_all` of them are of severity info by the settings alone. `unjudged` tells
    why the check did not assess everything, one sentence each without a full stop.
    """

    check: str
    origin: MappingOrigin
    status: ControlStatus
    because: str
    policies: tuple[AzurePolicy, ...] = ()
    in_part: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    findings_in_all: int = 0
    accepted: tuple[str, ...] = ()
    accepted_in_all: int = 0
    unjudged: tuple[str, ...] = ()
    lowered_in_all: int = 0

    @property
    def lowering(self) -> str:
        """That the settings lower findings which break the control all the same; empty where they lower none."""
        if not self.lowered_in_all:
            return ""
        findings = "1 finding" if self.lowered_in_all == 1 else f"{self.lowered_in_all} findings"
        return f"the settings lower {findings} to info, which still count{'s' * (self.lowered_in_all == 1)} here"


class ControlRow(msgspec.Struct, frozen=True, kw_only=True):
    """One control: its checks by id, and the `uncovered` policies that Microsoft maps to it and no check judges."""

    id: str
    checks: tuple[ControlCheck, ...]
    uncovered: tuple[AzurePolicy, ...] = ()

    @property
    def status(self) -> ControlStatus:
        """What all its checks say together; never met where Microsoft's mapping has no check at all."""
        return ControlStatus.of(status for origin in MappingOrigin if (status := self.status_by(origin)) is not None)

    def status_by(self, origin: MappingOrigin) -> ControlStatus | None:
        """What the checks of one origin say; None where nothing of that origin is mapped."""
        told = [check.status for check in self.checks if check.origin is origin]
        if not told and not (origin is MappingOrigin.MICROSOFT and self.uncovered):
            return None
        return ControlStatus.of(told)

    @property
    def origins(self) -> tuple[MappingOrigin, ...]:
        """Who maps something to this control."""
        return tuple(origin for origin in MappingOrigin if self.status_by(origin) is not None)

    @property
    def is_in_part(self) -> bool:
        """Whether policies that Microsoft maps to it are left unjudged, wholly or in part."""
        return bool(self.uncovered) or any(check.in_part for check in self.checks)

    @property
    def label(self) -> str:
        """The words for its status, for a reader: a control that is met in part says so."""
        half = self.is_in_part and self.status is ControlStatus.MET
        return f"{self.status.label}, in part" if half else self.status.label

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was not assessed in full, sorted: one sentence for each check or policy, without a full stop."""
        unjudged = (f"{check.check}: {reason}" for check in self.checks for reason in check.unjudged)
        return (*sorted(unjudged), *(f"no check judges the policy '{policy.name}'" for policy in self.uncovered))


class FrameworkView(msgspec.Struct, frozen=True, kw_only=True):
    """The controls of one framework, as far as anything is mapped to them, in the order of their ids.

    `id` is the name for `--framework`. `initiatives` are where Microsoft's mapping was read, `source` the document and
    its date; `remarks` are sentences about the framework or its data. Show DISCLAIMER with every view.
    """

    id: str
    name: str
    initiatives: tuple[InitiativeRef, ...]
    source: str
    remarks: tuple[str, ...]
    rows: tuple[ControlRow, ...]

    def counts(self, origin: MappingOrigin | None = None) -> Mapping[ControlStatus, int]:
        """How many controls have each status: by all checks, or by those of one origin only."""
        statuses = (row.status if origin is None else row.status_by(origin) for row in self.rows)
        counted = Counter(status for status in statuses if status is not None)
        return {status: counted[status] for status in ControlStatus}
