"""Renders a scan as SARIF 2.1.0 for GitHub code scanning and other readers; locations are lines of the inventory file.

GitHub's limits (GitHub Docs, "SARIF results exceed one or more limits" and "Uploading a SARIF file", 2026): 25,000
results a run, of which 5,000 are shown, 20 tags a rule, of which 10 are shown, and 10 MB compressed with gzip. The
worst findings are kept within them, and a notification tells what was left out.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from reports import INVENTORY
from reports.inventory import lines
from reports.standing import (
    Gone,
    accepted_because,
    beside_baseline,
    change,
    gone,
    is_as_asked,
    is_futile,
    is_whole,
    status,
    steps,
)
from reports.values import counted
from reports.verdict import verdict
from scanner import __version__
from scanner.escape import visible
from scanner.findings import BlindSpot, Change, CheckInfo, Finding, Scan, Severity
from scanner.inventory import ArmId, GapReason
from scanner.inventory.snapshot import encode_hook

NOT_SEEN = "estate-not-seen"
"""The rule with one result when something was not seen: without it, a blind scan would have no alert at all."""

MOST_RESULTS = 25_000
MOST_COMPRESSED = 9_500_000
"""Bytes of the compressed results; with the rest of the file they stay below 10 MB."""

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MOST_TAGS = 10
_MOST_GAPS = 2_000
_BASE = "%SRCROOT%"
_LEVELS: Mapping[Severity, str] = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_RANKS: Mapping[Severity, float] = {
    Severity.CRITICAL: 95.0,
    Severity.HIGH: 75.0,
    Severity.MEDIUM: 50.0,
    Severity.LOW: 25.0,
    Severity.INFO: 5.0,
}
_STATES: Mapping[Change, str] = {Change.NEW: "new", Change.CHANGED: "updated", Change.STILL: "unchanged"}
_PROBLEM: Mapping[str, str] = {"error": "error", "warning": "warning", "note": "recommendation"}
_READ_MORE = re.compile(r"\]\((https://learn\.microsoft\.com/[^)\s]+)\)")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
Json = dict[str, Any]


def sarif_chunks(scan: Scan) -> Iterator[bytes]:
    """The log with one run, a result a line; the invocation, which tells how many were left out, stands after them."""
    head = {
        "tool": {"driver": _driver(scan)},
        "automationDetails": {"id": f"hwaudit/{scan.estate.facts.tenant_id or 'all'}/"},
        "originalUriBaseIds": {_BASE: {"description": {"text": "Where the inventory file lies."}}},
        "artifacts": [_artifact(scan)],
    }
    yield b'{"$schema":%b,"version":"2.1.0","runs":[{' % _encoded(_SCHEMA)
    yield from (b"%b:%b,\n" % (_encoded(name), _encoded(value)) for name, value in head.items())
    yield b'"results":[\n'
    results = _Results(scan)
    yield from results.chunks()
    yield b"\n],\n"
    yield b'"invocations":%b}]}\n' % _encoded([_invocation(scan, results.left_out)])


class _Results:
    """The results, the worst first, as many as GitHub takes; `left_out` counts the others once they are written."""

    def __init__(self, scan: Scan) -> None:
        self.left_out = 0
        self._scan = scan
        self._lines = lines(scan)
        self._beside = beside_baseline(scan)
        self._rules = {check.id: number for number, check in enumerate(scan.checks)}
        self._by_print = {finding.fingerprint: finding for finding in scan.findings}
        self._compressor = zlib.compressobj(1)  # larger than what gzip makes of it by default
        self._compressed = 0

    def chunks(self) -> Iterator[bytes]:
        written = 0
        for result in self._all():
            encoded = _encoded(result)
            self._compressed += len(self._compressor.compress(encoded))
            if written == MOST_RESULTS or self._compressed > MOST_COMPRESSED:
                break
            yield b",\n" + encoded if written else encoded
            written += 1
        self.left_out = len(self._scan.findings) + (not is_whole(self._scan)) - written

    def _all(self) -> Iterator[Json]:
        if not is_whole(self._scan):
            yield self._not_seen()
        yield from map(self._result, self._scan.findings)

    def _not_seen(self) -> Json:
        scan = self._scan
        return {
            "ruleId": NOT_SEEN,
            "ruleIndex": len(self._rules),
            "level": "note" if is_as_asked(scan) else "warning",
            "message": {
                "text": _text(f"Not everything was {'seen' if _is_blind(scan) else 'judged'}. {verdict(scan)}")
            },
            "locations": [{"physicalLocation": _physical(1)}],
            "partialFingerprints": _prints(NOT_SEEN),
            "suppressions": [],
        }

    def _result(self, finding: Finding) -> Json:
        result: Json = {
            "ruleId": finding.check,
            "level": _LEVELS[finding.severity],
            "rank": _RANKS[finding.severity],
            "message": {"text": _text(finding.message)},
            "locations": [self._location(finding.subject)],
            "partialFingerprints": _prints(finding.fingerprint),
            "suppressions": _suppressions(finding),
            "properties": _properties(finding, self._beside.get(finding.fingerprint)),
        }
        result |= self._rule_of(finding.check)
        if finding.change is not None:
            result["baselineState"] = _STATES[finding.change]
        cause = self._by_print.get(finding.root_cause or "")
        if cause is not None:
            message = {"text": _text(f"Root cause: {cause.message}")}
            result["relatedLocations"] = [{"id": 1, "message": message, **self._location(cause.subject)}]
        return result

    def _rule_of(self, check: str) -> Json:
        return {"ruleIndex": self._rules[check]} if check in self._rules else {}

    def _location(self, id_: ArmId) -> Json:
        logical = {"name": visible(id_.name), "fullyQualifiedName": visible(id_.text), "kind": "resource"}
        return {"physicalLocation": _physical(self._lines.get(id_.key, 1)), "logicalLocations": [logical]}


def _is_blind(scan: Scan) -> bool:
    facts = scan.estate.facts
    return bool(scan.blind_spots or scan.unknowns or scan.errors or facts.elsewhere or facts.interrupted)


def _physical(line: int) -> Json:
    artifact = {"uri": INVENTORY, "uriBaseId": _BASE, "index": 0}
    return {"artifactLocation": artifact, "region": {"startLine": line}}


def _prints(fingerprint: str) -> dict[str, str]:
    # The second name is the one that GitHub looks at; lines of the inventory move, a finding stays the same.
    return {"hwauditFinding/v1": fingerprint, "primaryLocationLineHash": fingerprint}


def _suppressions(finding: Finding) -> list[Json]:
    if finding.acceptance is None:
        return []
    justification = visible(accepted_because(finding))
    return [{"kind": "external", "status": "accepted", "justification": justification}]


def _properties(finding: Finding, beside: str | None) -> Json:
    accepted = finding.acceptance
    return {
        "severity": finding.severity.value,
        "status": status(finding),
        "declaredSeverity": finding.declared.value if finding.declared else None,
        "owner": visible(accepted.owner) if accepted else None,
        "ticket": visible(accepted.ticket) if accepted else None,
        "expires": accepted.expires.isoformat() if accepted else None,
        "change": change(finding) or None,
        "besideBaseline": visible(beside) if beside else None,
        "rootCause": finding.root_cause,
        "fingerprint": finding.fingerprint,
        "account": finding.account.text if finding.account else None,
        "subscriptionId": finding.subscription_id,
        "scenarios": list(finding.scenarios),
        "remediation": steps(finding),
    }


def _artifact(scan: Scan) -> Json:
    return {
        "location": {"uri": INVENTORY, "uriBaseId": _BASE},
        "description": {"text": _text(f"The resources of the scan, one a line. {verdict(scan)}")},
        "mimeType": "text/plain",
        "roles": ["resultFile"],
    }


def _driver(scan: Scan) -> Json:
    unseen = {
        "id": NOT_SEEN,
        "shortDescription": {"text": "Something was not seen"},
        "fullDescription": {
            "text": "Reads got no answer, or checks had no verdict: nothing says that all is well there."
        },
        "help": {
            "text": "The notifications of the run name each gap with its missing permission. "
            "Grant it, and scan again: the alert closes when everything was seen."
        },
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["azure-automation", "coverage"], "problem.severity": "warning"},
    }
    return {
        "name": "hybrid-worker-audit",
        "semanticVersion": _semantic(__version__),
        "version": __version__,
        "rules": [*map(_rule, scan.checks), unseen],
        "notifications": [{"id": name, "shortDescription": {"text": text}} for name, text in _NOTICES.items()],
    }


def _semantic(version: str) -> str:
    found = re.match(r"\d+\.\d+\.\d+", version)
    return found[0] if found else "0.0.0"


def _rule(check: CheckInfo) -> Json:
    level = _LEVELS[min(check.severities, key=lambda severity: severity.rank)]
    rule: Json = {
        "id": check.id,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": _full(check)},
        "help": {"text": check.documentation, "markdown": check.documentation},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["azure-automation", "hybrid-worker", *check.scenarios][:_MOST_TAGS],
            "problem.severity": _PROBLEM[level],
            "severities": [severity.value for severity in check.severities],
            "operations": list(check.operations),
        },
    }
    links = _READ_MORE.findall(check.documentation)
    return rule | {"helpUri": links[0]} if links else rule


def _full(check: CheckInfo) -> str:
    """The first paragraph of "What it finds", else the title."""
    sections = check.documentation.split("\n\n")
    found = next((part for part in sections if part.startswith("## What it finds\n")), check.title)
    return " ".join(found.removeprefix("## What it finds\n").split())


_NOTICES: Mapping[str, str] = {
    "gap": "A planned read got no answer.",
    "unknown": "A check had no verdict on resources.",
    "crashed": "A check crashed and judged nothing.",
    "interrupted": "The scan was interrupted.",
    "left-out": "Something was left out of this file.",
    "fixed": "A finding of the baseline is proven gone.",
    "unseen": "A finding of the baseline was not seen this time: nobody knows whether it is still there.",
    "note": "How the scan went.",
}


def _invocation(scan: Scan, left_out: int) -> Json:
    facts = scan.estate.facts
    return {
        "executionSuccessful": not (facts.interrupted or scan.errors or is_futile(scan)),
        "startTimeUtc": _time(facts.started_at),
        "endTimeUtc": _time(facts.finished_at),
        "toolExecutionNotifications": list(_notifications(scan, left_out)),
        "properties": {
            "plannedReads": scan.estate.ledger.planned,
            "answeredReads": scan.estate.ledger.answered,
            "unknownVerdicts": len(scan.unknowns),
        },
    }


def _notifications(scan: Scan, left_out: int) -> Iterator[Json]:
    if scan.estate.facts.interrupted:
        yield _notice("interrupted", "error", "The scan was interrupted: this is only what it saw until then")
    for error in scan.errors:
        yield _notice("crashed", "error", f"The check {error.check} crashed: {error.message}") | _rule_of(error.check)
    if left_out:
        text = f"{counted(left_out, 'finding')} left out: GitHub takes {MOST_RESULTS:,} results; the worst are here"
        yield _notice("left-out", "warning", text)
    yield from _of_gaps(scan.blind_spots)
    for check, count in sorted(Counter(unknown.check for unknown in scan.unknowns).items()):
        text = f"The check {check} has no verdict on {counted(count, 'resource')}"
        yield _notice("unknown", "warning", text) | _rule_of(check)
    yield from _of_gone(list(gone(scan)))
    yield from (_notice("note", "note", note) for note in scan.notes)


def _of_gaps(spots: Iterable[BlindSpot]) -> Iterator[Json]:
    listed = list(spots)
    for spot in listed[:_MOST_GAPS]:
        gap = spot.gap
        level = "note" if gap.reason is GapReason.SKIPPED else "warning"
        text = f"Not seen: {gap.reason}: {gap.action or gap.operation} at {gap.scope}"
        facts = {
            "id": gap.id,
            "reason": gap.reason.value,
            "operation": gap.operation,
            "status": gap.status,
            "requestId": gap.request_id,
            "reads": gap.count,
            "affects": list(spot.affects),
        }
        yield _notice("gap", level, text) | {"properties": facts}
    if len(listed) > _MOST_GAPS:
        yield _notice("left-out", "warning", f"{counted(len(listed) - _MOST_GAPS, 'gap')} more, not listed here")


def _of_gone(findings: Sequence[Gone]) -> Iterator[Json]:
    """What the baseline has and the scan has not; no results, for GitHub would show those as open alerts."""
    for each in findings[:_MOST_GAPS]:
        finding = each.finding
        facts = {
            "fingerprint": finding.fingerprint,
            "severity": finding.severity.value,
            "because": visible(each.because),
        }
        level = "note" if each.fate == "fixed" else "warning"
        yield _notice(each.fate, level, each.told) | _rule_of(finding.check) | {"properties": facts}
    if len(findings) > _MOST_GAPS:
        more = counted(len(findings) - _MOST_GAPS, "finding")
        yield _notice("left-out", "warning", f"{more} of the baseline more that are not in this scan, not listed here")


def _notice(id_: str, level: str, text: str) -> Json:
    return {"descriptor": {"id": id_}, "level": level, "message": {"text": _text(text)}}


def _rule_of(check: str) -> Json:
    return {"associatedRule": {"id": check}}


def _text(text: str) -> str:
    """A plain text message: no embedded link (section 3.11.6), no placeholder (3.11.5), whatever the names in it."""
    return _PLACEHOLDER.sub(r"{{\1}}", visible(text).replace("](", "] ("))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encoded(value: Any) -> bytes:
    return msgspec.json.encode(value, enc_hook=encode_hook)
