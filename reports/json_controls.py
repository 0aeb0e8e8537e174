"""The controls views of a scan as the types of the JSON report."""

from __future__ import annotations

from reports.json_v1 import (
    ControlCheckV1,
    ControlCounts,
    ControlSummary,
    ControlV1,
    FrameworkV1,
    InitiativeV1,
    PolicyV1,
)
from scanner.findings import DISCLAIMER, AzurePolicy, ControlCheck, ControlRow, FrameworkView, MappingOrigin


def framework_v1(view: FrameworkView) -> FrameworkV1:
    """Convert one view."""
    return FrameworkV1(
        framework=view.id,
        name=view.name,
        disclaimer=DISCLAIMER,
        source=view.source,
        initiatives=[
            InitiativeV1(id=initiative.id, name=initiative.name, version=initiative.version, cloud=initiative.cloud)
            for initiative in view.initiatives
        ],
        remarks=list(view.remarks),
        summary=ControlSummary(
            all=_counts(view),
            microsoft=_counts(view, MappingOrigin.MICROSOFT),
            inferred=_counts(view, MappingOrigin.INFERRED),
        ),
        controls=[_control(row) for row in view.rows],
    )


def _counts(view: FrameworkView, origin: MappingOrigin | None = None) -> ControlCounts:
    return ControlCounts(**{status.value: count for status, count in view.counts(origin).items()})


def _control(row: ControlRow) -> ControlV1:
    return ControlV1(
        control=row.id,
        status=row.status.value,
        origins=[origin.value for origin in row.origins],
        in_part=row.is_in_part,
        checks=[_check(check) for check in row.checks],
        uncovered=[_policy(policy) for policy in row.uncovered],
    )


def _check(check: ControlCheck) -> ControlCheckV1:
    return ControlCheckV1(
        check=check.check,
        origin=check.origin.value,
        status=check.status.value,
        because=check.because,
        policies=[_policy(policy) for policy in check.policies],
        in_part=list(check.in_part),
        findings=list(check.findings),
        findings_in_all=check.findings_in_all,
        accepted=list(check.accepted),
        accepted_in_all=check.accepted_in_all,
        unjudged=list(check.unjudged),
        lowered_in_all=check.lowered_in_all,
    )


def _policy(policy: AzurePolicy) -> PolicyV1:
    return PolicyV1(id=policy.id, name=policy.name, version=policy.version)
