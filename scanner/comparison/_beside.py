"""Puts what changed since a baseline into a scan."""

from __future__ import annotations

import msgspec

from scanner.comparison._compare import compare, same_tenant
from scanner.comparison._record import Baseline, record_of
from scanner.findings import Change, Comparison, Scan


def with_changes(scan: Scan, baseline: Baseline | None) -> Scan:
    """The scan with what changed since the baseline, if there is one.

    A baseline of another tenant, or with other pseudonyms, is not compared, and a note says so: a long scan is not lost
    by it.
    """
    if baseline is None:
        return scan
    record = record_of(scan)
    if baseline.record.redaction != record.redaction:
        note = f"{baseline.record.side.name} is not redacted as this scan is: every finding counts as new"
        return msgspec.structs.replace(scan, notes=(*scan.notes, note))
    if not same_tenant(baseline.record, record):
        note = f"{baseline.record.side.name} is of another tenant: every finding counts as new"
        return msgspec.structs.replace(scan, notes=(*scan.notes, note))
    comparison = compare(baseline.record, record)
    changes = _changes(comparison)
    findings = tuple(msgspec.structs.replace(each, change=changes[each.fingerprint]) for each in scan.findings)
    return msgspec.structs.replace(scan, findings=findings, comparison=comparison)


def _changes(comparison: Comparison) -> dict[str, Change]:
    """How each finding of the new scan stands beside the old one, by its fingerprint."""
    return {
        **{new.finding.fingerprint: Change.NEW for new in comparison.new_findings},
        **{changed.finding.fingerprint: Change.CHANGED for changed in comparison.changed},
        **{finding.fingerprint: Change.STILL for finding in comparison.still},
    }
