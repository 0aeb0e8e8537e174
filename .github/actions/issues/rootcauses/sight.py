"""What a report proves to be gone: nothing that it could not see, and nothing without a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from rootcauses.memory import Memory
from rootcauses.report import Comparison, Report


def unproven(memory: Memory, report: Report, comparison: Comparison) -> str | None:
    """Why the report, which lacks the finding, does not prove that it is gone; None where it does.

    The comparison has the last word on what its baseline has. What the baseline lacks too was gone before, and the run
    that saw it go did not come to this issue: then the report itself must prove it, by stricter rules than those of the
    comparison, since it tells less.
    """
    if report.sight.interrupted:
        return "the scan was interrupted"
    if memory.fingerprint in comparison.fixed:
        return None
    if memory.fingerprint in comparison.unseen:
        return comparison.unseen[memory.fingerprint]
    return next(_missing(memory, report), None)


def _missing(memory: Memory, report: Report) -> Iterator[str]:
    """All that the report lacks for a proof of its own: the check must have seen everything, everywhere."""
    sight, basis = report.sight, memory.basis
    if not basis.provable:
        yield "neither the report nor its baseline has it, and only a comparison with a scan that has it proves more"
    if sight.redaction != basis.redaction:
        yield "the names in the report are not of one kind with those of the issue"
    if sight.narrowed or sight.everywhere:
        yield sight.narrowed or sight.everywhere
    outcome = sight.outcomes.get(memory.check, "not_run")
    if outcome != "ran":
        yield "the check crashed" if outcome == "crashed" else "the check did not run"
    if memory.check in sight.hidden:
        yield sight.hidden[memory.check]
    if not sight.walked.issuperset(basis.walked):
        yield "a subscription that was seen before was not visible"
    if sight.limits != basis.limits or not sight.included.issuperset(basis.included):
        yield "the report was judged by other limits or options"
    if sight.version != basis.version and _has_namesake(memory, report):
        yield "another version of hwaudit judged, and found the like at the same place"


def _has_namesake(memory: Memory, report: Report) -> bool:
    place = memory.subject.lower()
    return any(each.check == memory.check and each.subject.lower() == place for each in report.findings.values())
