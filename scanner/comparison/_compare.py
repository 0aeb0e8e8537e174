"""Compares two records: nothing that the new scan could not see is called fixed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from scanner.comparison._judged_by import JudgedBy, limits_moved, settings_moved
from scanner.comparison._record import Record
from scanner.comparison._resources import Moves, moved, moves_between, resources_between
from scanner.comparison._sight import Sight
from scanner.errors import UsageError
from scanner.findings import (
    ChangedFinding,
    Compared,
    Comparison,
    Difference,
    NewFinding,
    Source,
    UnseenFinding,
)
from scanner.inventory import ArmId

_Sign = tuple[str, Hashable]
"""A check, and what tells its findings apart."""


def compare(old: Record, new: Record) -> Comparison:
    """Tell what changed from one scan to the other.

    Raises UsageError where they are of different tenants, or redacted by different keys.
    """
    if old.redaction != new.redaction:
        raise UsageError(
            "the names in the scans are not of one kind: real ones, or pseudonyms of one key",
            "give --redact with the key of the one that is redacted",
        )
    if not same_tenant(old, new):
        tenants = " and ".join(", ".join(record.side.tenants) for record in (old, new))
        raise UsageError(f"the scans are of different tenants ({tenants})", "compare two scans of one tenant")
    before, now = Sight(old), Sight(new)
    moves = moves_between(before, now)
    pairs = _pairs(old.findings, new.findings, moves)
    limits = _Limits(old.settings, new.settings)
    current = {finding.fingerprint: finding for finding in new.findings}
    gone = [finding for finding in old.findings if finding.fingerprint not in pairs]
    reasons = [(finding, _unproven(finding, now, before, limits)) for finding in gone]
    changed, still = _kept(old.findings, current, pairs, limits)
    known = set(pairs.values())
    arrived = [finding for finding in new.findings if finding.fingerprint not in known]
    return Comparison(
        old=old.side,
        new=new.side,
        notes=tuple(_notes(old, new)),
        new_findings=tuple(
            NewFinding(finding, _unproven(finding, before, now, limits)) for finding in sorted(arrived, key=_order)
        ),
        changed=tuple(changed),
        still=tuple(still),
        fixed=tuple(sorted((finding for finding, because in reasons if because is None), key=_order)),
        unseen=tuple(
            sorted(
                (UnseenFinding(finding, because) for finding, because in reasons if because is not None),
                key=lambda unseen: _order(unseen.finding),
            )
        ),
        resources=resources_between(before, now, moves),
    )


def same_tenant(old: Record, new: Record) -> bool:
    """Tell whether two scans may be of one tenant: they have one in common, or one of them does not tell."""
    one, other = set(old.side.tenants), set(new.side.tenants)
    return not one or not other or bool(one & other)


class _Limits:
    """The limits that differ between two judgements, by check."""

    def __init__(self, old: JudgedBy, new: JudgedBy) -> None:
        self._old, self._new = old, new
        self._moved: dict[str, str | None] = {}

    def moved(self, check: str) -> str | None:
        """Which limit of the check is not what it was, in words; None where all are."""
        if check not in self._moved:
            self._moved[check] = limits_moved(check, self._old, self._new)
        return self._moved[check]


def _unproven(finding: Compared, lacking: Sight, having: Sight, limits: _Limits) -> str | None:
    """Why a scan that lacks a finding does not prove that it is not there by the limits of the scan that has it."""
    because = lacking.of_finding(finding, having)
    if because is not None or lacking.is_gone(finding.subject, having):
        return because
    return limits.moved(finding.check)


def _pairs(old: Iterable[Compared], new: Iterable[Compared], moves: Moves) -> dict[str, str]:
    """The fingerprint of each old finding that is still there, with its new one.

    It is another one where the finding moved along, or where another of the registrations that it is about stands for
    all of them.
    """
    current = {finding.fingerprint for finding in new}
    earlier = {finding.fingerprint for finding in old}
    pairs = {fingerprint: fingerprint for fingerprint in earlier & current}
    gone = [finding for finding in old if finding.fingerprint not in current]
    came = [finding for finding in new if finding.fingerprint not in earlier]
    if moves:
        pairs |= _matched(_by(gone, lambda f: moved(f.subject, moves).key), _by(came, lambda f: f.subject.key))
    return pairs | _matched(_by(gone, lambda f: _members(f, moves)), _by(came, lambda f: _members(f, {})))


def _matched(gone: Mapping[_Sign, Compared], came: Mapping[_Sign, Compared]) -> dict[str, str]:
    return {gone[sign].fingerprint: came[sign].fingerprint for sign in gone if sign in came}


def _by(findings: Iterable[Compared], sign: Callable[[Compared], Hashable | None]) -> dict[_Sign, Compared]:
    """The findings by check and what tells them apart; where a check has several alike, none of them."""
    found: dict[_Sign, list[Compared]] = {}
    for finding in findings:
        if (told := sign(finding)) is not None:
            found.setdefault((finding.check, told), []).append(finding)
    return {told: alike[0] for told, alike in found.items() if len(alike) == 1}


def _members(finding: Compared, moves: Moves) -> frozenset[str] | None:
    """The keys of all that a finding is about, as it is called now, where it is about several; None for one."""
    others = finding.evidence.get("others")
    if not isinstance(others, list | tuple) or not others:
        return None
    return frozenset(moved(ArmId(str(id_)), moves).key for id_ in (finding.subject, *others))


def _kept(
    old: Iterable[Compared], current: Mapping[str, Compared], pairs: Mapping[str, str], limits: _Limits
) -> tuple[list[ChangedFinding], list[Compared]]:
    """The findings of both scans: those of which something differs, and the others."""
    changed, still = [], []
    both = ((before, current[pairs[before.fingerprint]]) for before in old if before.fingerprint in pairs)
    for before, now in sorted(both, key=lambda pair: _order(pair[1])):
        differences = tuple(_differences(before, now, pairs, limits))
        if differences:
            changed.append(ChangedFinding(now, differences))
        else:
            still.append(now)
    return changed, still


def _differences(before: Compared, now: Compared, pairs: Mapping[str, str], limits: _Limits) -> Iterator[Difference]:
    if before.subject != now.subject:
        yield Difference("subject", before.subject.text, now.subject.text)
    if before.severity is not now.severity:
        because = _of_severity(before, now, limits)
        yield Difference("severity", before.severity.value, now.severity.value, because)
    if before.status != now.status:
        yield Difference("status", before.status, now.status)
    if pairs.get(before.root_cause or "", before.root_cause) != now.root_cause:
        yield Difference("root_cause", before.root_cause, now.root_cause)


def _of_severity(before: Compared, now: Compared, limits: _Limits) -> str | None:
    """What settings have to do with another severity; None where the check itself tells the difference."""
    if (before.declared or before.severity) is (now.declared or now.severity):
        return "only by settings"
    return limits.moved(now.check)


def _order(finding: Compared) -> tuple[int, str, str, str]:
    return finding.severity.rank, finding.check, finding.subject.key, finding.fingerprint


# -- notes ------------------------------------------------------------------------------------------------------


def _notes(old: Record, new: Record) -> Iterator[str]:
    """What a reader of the comparison must know of how the two scans came about."""
    one, other = old.side, new.side
    if one.finished_at > other.finished_at:
        yield "the old scan is later than the new one: they may be in the wrong order"
    if one.as_of != other.as_of:
        judged = [
            f"as of {side.as_of:%Y-%m-%d %H:%M:%S} UTC" if side.as_of else "at the time of each read"
            for side in (one, other)
        ]
        yield f"ages are judged {judged[0]} in the old scan and {judged[1]} in the new one"
    if one.version != other.version:
        versions = [side.version or "of an untold version" for side in (one, other)]
        yield f"hwaudit {versions[0]} judged the old scan, {versions[1]} the new one: their checks may differ"
    yield from settings_moved(old.settings, new.settings)
    if not one.tenants or not other.tenants:
        yield "a file does not tell its tenant: whether both scans are of one tenant cannot be told"
    for record, which in ((old, "old"), (new, "new")):
        yield from _of_record(record, f"the {which} scan")


def _of_record(record: Record, which: str) -> Iterator[str]:
    coverage = record.coverage
    if coverage.interrupted:
        yield f"{which} was interrupted"
    if coverage.untold:
        yield f"the report of {which} does not tell its {', '.join(coverage.untold)}: what rests on them is unknown"
    if not coverage.checks_told:
        yield f"the report of {which} does not tell which checks ran: only those that it mentions count"
    if record.side.source is Source.REPORT:
        yield f"{which} is told by a JSON report: whether an account moved cannot be told, a snapshot would"
