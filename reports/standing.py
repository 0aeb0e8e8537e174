"""How findings and checks stand: open or accepted, new or still there, and which checks judged everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from reports.comparison_words import differences, not_before
from reports.left_out import idle, is_bare
from reports.values import counted
from scanner.findings import Compared, Finding, Scan
from scanner.inventory import Gap, GapReason


def status(finding: Finding) -> str:
    """`accepted` for a risk that somebody took on, else `open`."""
    return "accepted" if finding.acceptance else "open"


def change(finding: Finding) -> str:
    """`new`, `changed` or `still` beside a baseline; empty without one."""
    return finding.change.value if finding.change else ""


class Gone(msgspec.Struct, frozen=True):
    """A finding of the baseline that this scan does not have: proven `fixed`, or `unseen` and `because` of what."""

    finding: Compared
    because: str = ""

    @property
    def fate(self) -> Literal["fixed", "unseen"]:
        """Whether it is proven that the finding is there no more."""
        return "unseen" if self.because else "fixed"

    @property
    def told(self) -> str:
        """The finding with its fate, in one sentence without a full stop."""
        finding = self.finding
        fate = f"Unknown because unseen this time ({self.because})" if self.because else "Fixed"
        return f"{fate}: {finding.severity} {finding.check} at {finding.subject}: {finding.message}"


def gone(scan: Scan) -> Iterator[Gone]:
    """What the baseline has and the scan has not, what is unseen first; each the worst first."""
    if scan.comparison is not None:
        yield from (Gone(unseen.finding, unseen.because) for unseen in scan.comparison.unseen)
        yield from (Gone(finding) for finding in scan.comparison.fixed)


def beside_baseline(scan: Scan) -> Mapping[str, str]:
    """What differs of changed findings, and why new ones may be older than the baseline, by fingerprint."""
    if scan.comparison is None:
        return {}
    new = ((each.finding, not_before(each)) for each in scan.comparison.new_findings)
    changed = ((each.finding, differences(each)) for each in scan.comparison.changed)
    told = ((finding, remarks) for finding, remarks in (*new, *changed) if remarks)
    return {finding.fingerprint: "; ".join(remarks) for finding, remarks in told}


def accepted_because(finding: Finding) -> str:
    """The acceptance of a finding in one sentence; empty for an open one."""
    accepted = finding.acceptance
    if accepted is None:
        return ""
    ticket = f", {accepted.ticket}" if accepted.ticket else ""
    return f"accepted by {accepted.owner} until {accepted.expires.isoformat()}{ticket}: {accepted.reason}"


def steps(finding: Finding) -> list[str]:
    """What to do, a text for each step, with its command after a line break."""
    return [str(step) for step in finding.remediation]


def is_whole(scan: Scan) -> bool:
    """Tell whether everything was seen and judged: only then does a scan without findings say that all is well."""
    return not (scan.blind_spots or scan.unknowns or scan.settings.off) and _came_to_an_end(scan)


def unwanted_gaps(scan: Scan) -> list[Gap]:
    """The reads that were not answered, without those that the user left out."""
    return [spot.gap for spot in scan.blind_spots if spot.gap.reason is not GapReason.SKIPPED]


def is_as_asked(scan: Scan) -> bool:
    """Tell whether what was not seen is only what the user left out, and what that leaves without a verdict."""
    left_out = {spot.gap.id for spot in scan.blind_spots if spot.gap.reason is GapReason.SKIPPED}
    unseen = unwanted_gaps(scan) or any(unknown.because not in left_out for unknown in scan.unknowns)
    return not unseen and _came_to_an_end(scan)


def is_futile(scan: Scan) -> bool:
    """Tell whether nothing was judged without a good reason, which an empty shard and a tenant without accounts have.

    An interruption, and whatever else went wrong, is told apart.
    """
    facts = scan.estate.facts
    has_reason = facts.elsewhere or facts.interrupted or (is_bare(scan) and not scan.settings.off)
    return not (scan.has_judged or has_reason)


def _came_to_an_end(scan: Scan) -> bool:
    facts = scan.estate.facts
    judged = scan.has_judged or is_bare(scan)
    return not (facts.interrupted or facts.elsewhere or scan.errors) and judged and scan.estate.ledger.planned > 0


def unjudged(scan: Scan) -> Mapping[str, str]:
    """Each check that did not judge everything, with the reason in words."""
    facts = scan.estate.facts
    why: dict[str, list[str]] = {check.id: [] for check in scan.checks}
    if facts.interrupted:
        _add(why, dict.fromkeys(why, "the scan was interrupted"))
    if not scan.estate.ledger.planned:
        _add(why, dict.fromkeys(why, "nothing was read"))
    _add(why, idle(scan))
    if facts.elsewhere:
        _add(why, dict.fromkeys(why, "subscriptions of other shards were not looked at"))
    reads: Counter[str] = Counter()
    for spot in scan.blind_spots:
        reads.update(dict.fromkeys(spot.affects, spot.gap.count))
    _add(why, {check: f"{counted(count, 'read')} that it needs got no answer" for check, count in reads.items()})
    unknown = Counter(unknown.check for unknown in scan.unknowns)
    _add(why, {check: f"no verdict on {counted(count, 'resource')}" for check, count in unknown.items()})
    _add(why, {error.check: f"the check crashed: {error.message}" for error in scan.errors})
    return {check: "; ".join(reasons) for check, reasons in why.items() if reasons}


def _add(why: dict[str, list[str]], reasons: Mapping[str, str]) -> None:
    for check, reason in reasons.items():
        why.setdefault(check, []).append(reason)
