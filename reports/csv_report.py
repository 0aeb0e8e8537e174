"""Renders a scan as one CSV table (RFC 4180): findings, and as rows of their own whatever was not seen."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain

from reports.escaping import formula_safe
from reports.standing import Gone, accepted_because, beside_baseline, change, gone, is_whole, status, steps
from reports.verdict import verdict
from scanner.findings import BlindSpot, CheckError, Finding, Scan, Unknown

COLUMNS = (
    "kind",
    "severity",
    "status",
    "change",
    "check",
    "subject",
    "message",
    "remediation",
    "root_cause",
    "fingerprint",
    "account",
    "subscription_id",
    "scenarios",
    "accepted",
    "reason",
    "operation",
    "reads",
    "request_id",
    "declared_severity",
    "owner",
    "ticket",
    "expires",
)
"""The columns, in this order; later versions add to the right."""

_ROWS_AT_ONCE = 50
Row = dict[str, str | int]


def csv_chunks(scan: Scan) -> Iterator[str]:
    """The table with a byte order mark, by which spreadsheets know UTF-8; the first row tells how much was seen."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, restval="", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writeheader()
    for number, row in enumerate(_rows(scan), 1):
        writer.writerow({name: formula_safe(value) if isinstance(value, str) else value for name, value in row.items()})
        if number % _ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _rows(scan: Scan) -> Iterable[Row]:
    beside = beside_baseline(scan)
    return chain(
        [_scan(scan)],
        (_finding(finding, beside.get(finding.fingerprint, "")) for finding in scan.findings),
        map(_gone, gone(scan)),
        map(_gap, scan.blind_spots),
        map(_unknown, scan.unknowns),
        map(_error, scan.errors),
    )


def _scan(scan: Scan) -> Row:
    facts, ledger = scan.estate.facts, scan.estate.ledger
    seen = "interrupted" if facts.interrupted else "complete" if is_whole(scan) else "incomplete"
    return {"kind": "scan", "status": seen, "message": verdict(scan), "reads": ledger.planned}


def _finding(finding: Finding, beside: str) -> Row:
    accepted = finding.acceptance
    return {
        "kind": "finding",
        "severity": finding.severity.value,
        "status": status(finding),
        "change": change(finding),
        "check": finding.check,
        "subject": finding.subject.text,
        "message": finding.message,
        "remediation": "\n".join(steps(finding)),
        "root_cause": finding.root_cause or "",
        "fingerprint": finding.fingerprint,
        "account": finding.account.text if finding.account else "",
        "subscription_id": finding.subscription_id,
        "scenarios": " ".join(finding.scenarios),
        "accepted": accepted_because(finding),
        "reason": beside,
        "declared_severity": finding.declared.value if finding.declared else "",
        "owner": accepted.owner if accepted else "",
        "ticket": accepted.ticket if accepted else "",
        "expires": accepted.expires.isoformat() if accepted else "",
    }


def _gone(each: Gone) -> Row:
    """A finding of the baseline; `reason` tells why nobody knows whether it is still there."""
    finding = each.finding
    return {
        "kind": each.fate,
        "severity": finding.severity.value,
        "status": "not seen" if each.because else "fixed",
        "change": each.fate,
        "check": finding.check,
        "subject": finding.subject.text,
        "message": finding.message,
        "root_cause": finding.root_cause or "",
        "fingerprint": finding.fingerprint,
        "account": finding.account.text if finding.account else "",
        "subscription_id": (finding.account or finding.subject).subscription_id,
        "reason": each.because,
    }


def _gap(spot: BlindSpot) -> Row:
    gap = spot.gap
    return {
        "kind": "gap",
        "status": "not seen",
        "check": " ".join(spot.affects),
        "subject": gap.scope,
        "message": gap.message,
        "fingerprint": gap.id,
        "reason": gap.reason.value,
        "operation": gap.action or gap.operation,
        "reads": gap.count,
        "request_id": gap.request_id,
    }


def _unknown(unknown: Unknown) -> Row:
    return {
        "kind": "unknown",
        "status": "not seen",
        "check": unknown.check,
        "subject": unknown.subject.text,
        "reason": unknown.because,
        "subscription_id": unknown.subject.subscription_id,
    }


def _error(error: CheckError) -> Row:
    return {"kind": "error", "status": "not seen", "check": error.check, "message": error.message, "reason": "crashed"}
