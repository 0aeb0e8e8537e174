"""Renders a scan as OCSF 1.5.0: a JSON array of Compliance Findings (class 2003), as Prowler's users read it.

An event for each finding (Fail), each check without a verdict on a resource and each gap (Warning, which OCSF defines
as "did not yield a result due to missing information"), each check that crashed or judged nothing (Unknown), and each
check that judged everything and found nothing (Pass). A finding of the baseline that is proven fixed is closed and
Resolved (Pass); one that was not seen this time has the status Unknown (Warning).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from reports.left_out import idle
from reports.standing import Gone, accepted_because, beside_baseline, change, gone, is_whole, status, steps, unjudged
from reports.verdict import verdict
from scanner import __version__
from scanner.findings import DISCLAIMER, BlindSpot, Change, CheckError, CheckInfo, Finding, Scan, Severity, Unknown
from scanner.inventory import ArmId, GapReason
from scanner.inventory.snapshot import encode_hook

VERSION = "1.5.0"
"""The version of the schema: the one of py-ocsf-models 0.10."""

_EVENTS_AT_ONCE = 50
_CLASS = 2003
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_NO_STATUS, _NEW, _SUPPRESSED, _RESOLVED = (0, "Unknown"), (1, "New"), (3, "Suppressed"), (4, "Resolved")
_UNKNOWN, _PASS, _WARNING, _FAIL = (0, "Unknown"), (1, "Pass"), (2, "Warning"), (3, "Fail")
_SEVERITIES: Mapping[Severity, tuple[int, str]] = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
    Severity.INFO: (1, "Informational"),
}
_NO_SEVERITY = (0, "Unknown")
_INFORMATIONAL = (1, "Informational")
_COVERAGE = "estate-not-seen"
_STANDARD = "hybrid-worker-audit"
Json = dict[str, Any]


def ocsf_chunks(scan: Scan) -> Iterator[bytes]:
    """The array, an event a line."""
    encoder = msgspec.json.Encoder(enc_hook=encode_hook)
    held: list[bytes] = []
    joint = b"[\n"
    for event in _Events(scan).all():
        held.append(joint + encoder.encode(event))
        joint = b",\n"
        if len(held) == _EVENTS_AT_ONCE:
            yield b"".join(held)
            held.clear()
    yield b"".join([*held, b"\n]\n"])


class _Events:
    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._titles = {check.id: check.title for check in scan.checks}
        facts = scan.estate.facts
        self._time = _milliseconds(facts.finished_at)
        self._tenant = facts.tenant_id
        self._beside = beside_baseline(scan)
        self._standards, self._requirements = _mapped(scan)
        product = {"name": "hybrid-worker-audit", "uid": "hwaudit", "vendor_name": "hybrid-worker-audit"}
        self._metadata: Json = {
            "version": VERSION,
            "product": product | {"version": __version__},
            "profiles": ["cloud"],
        }
        if self._tenant:
            self._metadata["tenant_uid"] = self._tenant

    def all(self) -> Iterator[Json]:
        yield self._coverage()
        yield from map(self._finding, self._scan.findings)
        yield from map(self._gone, gone(self._scan))
        yield from map(self._gap, self._scan.blind_spots)
        yield from map(self._unknown, self._scan.unknowns)
        yield from map(self._error, self._scan.errors)
        found = {finding.check for finding in self._scan.findings}
        judged_nothing = idle(self._scan)
        yield from (self._idle(check, why) for check, why in judged_nothing.items() if check not in found)
        doubtful = unjudged(self._scan)
        yield from (self._pass(c) for c in self._scan.checks if c.id not in found and c.id not in doubtful)

    def _event(  # the parts that differ from event to event
        self,
        check: str,
        uid: str,
        message: str,
        outcome: tuple[int, str],
        *,
        subject: ArmId | None,
        severity: tuple[int, str] = _NO_SEVERITY,
        activity: tuple[int, str] = _CREATE,
        state: tuple[int, str] = _NEW,
        unmapped: Json | None = None,
    ) -> Json:
        title = self._titles.get(check, "Everything was seen")
        event: Json = {
            "activity_id": activity[0],
            "activity_name": activity[1],
            "category_name": "Findings",
            "category_uid": 2,
            "class_name": "Compliance Finding",
            "class_uid": _CLASS,
            "type_uid": _CLASS * 100 + activity[0],
            "type_name": f"Compliance Finding: {activity[1]}",
            "time": self._time,
            "severity_id": severity[0],
            "severity": severity[1],
            "status_id": state[0],
            "status": state[1],
            "message": message,
            "metadata": self._metadata | {"event_code": check},
            "finding_info": {"uid": uid, "title": title, "desc": message, "created_time": self._time},
            "compliance": {
                "standards": self._standards.get(check, [_STANDARD]),
                "requirements": self._requirements.get(check, []),
                "control": check,
                "status_id": outcome[0],
                "status": outcome[1],
                "checks": [{"uid": check, "name": title, "status_id": outcome[0], "status": outcome[1]}],
            },
            "cloud": self._cloud(subject.subscription_id if subject else ""),
        }
        if subject is not None:
            event["resources"] = [{"uid": subject.text, "name": subject.name, "type": subject.type}]
        return event | ({"unmapped": unmapped} if unmapped else {})

    def _cloud(self, subscription: str) -> Json:
        cloud: Json = {"provider": "Azure"}
        if self._tenant:
            cloud["org"] = {"uid": self._tenant}
        if subscription:
            cloud["account"] = {"uid": subscription, "name": subscription, "type": "Azure Subscription", "type_id": 99}
        return cloud

    def _coverage(self) -> Json:
        scan = self._scan
        ledger, facts = scan.estate.ledger, scan.estate.facts
        seen = {
            "planned_reads": ledger.planned,
            "answered_reads": ledger.answered,
            "gaps": len(scan.blind_spots),
            "unknown_verdicts": len(scan.unknowns),
            "crashed_checks": len(scan.errors),
            "interrupted": facts.interrupted,
            "notes": list(scan.notes) + ([DISCLAIMER] if scan.frameworks else []),
        }
        outcome, severity = (_PASS, _INFORMATIONAL) if is_whole(scan) else (_WARNING, _NO_SEVERITY)
        return self._event(_COVERAGE, _COVERAGE, verdict(scan), outcome, subject=None, severity=severity, unmapped=seen)

    def _finding(self, finding: Finding) -> Json:
        event = self._event(
            finding.check,
            finding.fingerprint,
            finding.message,
            _FAIL,
            subject=finding.subject,
            severity=_SEVERITIES[finding.severity],
            activity=_CREATE if finding.change in {None, Change.NEW} else _UPDATE,
            state=_SUPPRESSED if finding.acceptance else _NEW,
            unmapped={
                "status": status(finding),
                "accepted": accepted_because(finding) or None,
                "acceptance": finding.acceptance,
                "declared_severity": finding.declared.value if finding.declared else None,
                "change": change(finding) or None,
                "beside_baseline": self._beside.get(finding.fingerprint),
                "root_cause": finding.root_cause,
                "fingerprint": finding.fingerprint,
                "account": finding.account.text if finding.account else None,
                "scenarios": list(finding.scenarios),
                "evidence": finding.evidence,
            },
        )
        event["cloud"] = self._cloud(finding.subscription_id)
        return event | {"remediation": {"desc": "\n".join(steps(finding))}}

    def _gone(self, each: Gone) -> Json:
        finding = each.finding
        fixed = not each.because
        event = self._event(
            finding.check,
            finding.fingerprint,
            f"{'Fixed' if fixed else 'Unknown because unseen this time'}: {finding.message}",
            _PASS if fixed else _WARNING,
            subject=finding.subject,
            severity=_SEVERITIES[finding.severity],
            activity=_CLOSE if fixed else _UPDATE,
            state=_RESOLVED if fixed else _NO_STATUS,
            unmapped={
                "status": each.fate,
                "change": each.fate,
                "because": each.because or None,
                "fingerprint": finding.fingerprint,
                "account": finding.account.text if finding.account else None,
            },
        )
        return event | {"cloud": self._cloud((finding.account or finding.subject).subscription_id)}

    def _gap(self, spot: BlindSpot) -> Json:
        gap = spot.gap
        message = f"Not seen: {gap.reason}: {gap.action or gap.operation} at {gap.scope}"
        facts = {
            "reason": gap.reason.value,
            "operation": gap.operation,
            "action": gap.action,
            "http_status": gap.status,
            "request_id": gap.request_id,
            "reads": gap.count,
            "affects": list(spot.affects),
        }
        scope = ArmId.parse(gap.scope)
        wanted = gap.reason is GapReason.SKIPPED
        state = _SUPPRESSED if wanted else _NEW
        return self._event(_COVERAGE, gap.id, message, _WARNING, subject=scope, state=state, unmapped=facts)

    def _unknown(self, unknown: Unknown) -> Json:
        uid = f"unknown/{unknown.check}{unknown.subject.key}/{unknown.because}"
        message = f"No verdict on {unknown.subject.name}: {unknown.because} was not seen"
        facts = {"because": unknown.because}
        return self._event(unknown.check, uid, message, _WARNING, subject=unknown.subject, unmapped=facts)

    def _error(self, error: CheckError) -> Json:
        message = f"The check crashed and judged nothing: {error.message}"
        return self._event(error.check, f"crashed/{error.check}", message, _UNKNOWN, subject=None)

    def _idle(self, check: str, why: str) -> Json:
        return self._event(check, f"idle/{check}", f"The check judged nothing: {why}", _UNKNOWN, subject=None)

    def _pass(self, check: CheckInfo) -> Json:
        message = "Everything was judged, and nothing was found"
        return self._event(check.id, f"pass/{check.id}", message, _PASS, subject=None, severity=_INFORMATIONAL)


def _mapped(scan: Scan) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """The frameworks and the controls to which each check is mapped, and who maps it, among those asked for."""
    standards: dict[str, list[str]] = {}
    requirements: dict[str, list[str]] = {}
    for view in scan.frameworks:
        for row in view.rows:
            for check in row.checks:
                requirements.setdefault(check.check, []).append(f"{view.id} {row.id} ({check.origin.label})")
                known = standards.setdefault(check.check, [])
                known.extend([view.name] if view.name not in known else [])
    return standards, requirements


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
