"""Renders a scan as JUnit XML: a suite for each check, a case for each finding, and no pass that was not judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Literal
from xml.etree import ElementTree as ET

import msgspec

from reports.chunks import joined
from reports.escaping import xml_text
from reports.left_out import idle, left_out
from reports.standing import (
    accepted_because,
    beside_baseline,
    change,
    gone,
    is_futile,
    status,
    steps,
    unjudged,
    unwanted_gaps,
)
from reports.values import counted
from reports.verdict import verdict
from scanner import __version__
from scanner.findings import Finding, Scan
from scanner.inventory import Gap

COVERAGE = "coverage"
"""The suite that fails when something was not seen."""

_GAPS_TOLD = 1_000
_GONE_TOLD = 10_000
Outcome = Literal["failure", "error", "skipped"]


class _Case(msgspec.Struct, frozen=True):
    """A test case; `outcome` None is a pass."""

    name: str
    outcome: Outcome | None = None
    message: str = ""
    kind: str = ""
    detail: str = ""
    properties: Mapping[str, str] = {}


class _Suite(msgspec.Struct, frozen=True):
    """The cases of a suite can be walked more than once: its counts are written before them."""

    name: str
    findings: tuple[Finding, ...]
    others: tuple[_Case, ...]
    properties: Mapping[str, str] = {}
    output: tuple[str, ...] = ()
    beside: Mapping[str, str] = {}

    def cases(self) -> Iterator[_Case]:
        for finding in self.findings:
            yield _of_finding(finding, self.beside.get(finding.fingerprint, ""))
        yield from self.others

    def counts(self) -> dict[str, str]:
        ends = [case.outcome for case in self.others]
        accepted = sum(1 for finding in self.findings if finding.acceptance)
        numbers = {
            "tests": len(self.findings) + len(ends),
            "failures": len(self.findings) - accepted + ends.count("failure"),
            "errors": ends.count("error"),
            "skipped": accepted + ends.count("skipped"),
        }
        return {name: str(number) for name, number in numbers.items()}


def junit_chunks(scan: Scan) -> Iterator[str]:
    """The document, some cases at a time."""
    suites = _suites(scan)
    counts = [suite.counts() for suite in suites]
    totals = {
        name: str(sum(int(count[name]) for count in counts)) for name in ("tests", "failures", "errors", "skipped")
    }
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield _opened(ET.Element("testsuites", {"name": "hybrid-worker-audit", **totals, "time": "0"}))
    moment = scan.estate.facts.finished_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for suite, count in zip(suites, counts, strict=True):
        yield _opened(ET.Element("testsuite", {"name": suite.name, **count, "time": "0", "timestamp": moment}))
        yield _properties(suite.properties)
        yield from joined(_written(suite.name, case) for case in suite.cases())
        yield _output(suite.output)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _suites(scan: Scan) -> list[_Suite]:
    found: dict[str, list[Finding]] = {check.id: [] for check in scan.checks}
    for finding in scan.findings:
        found.setdefault(finding.check, []).append(finding)
    crashed = {error.check: error.message for error in scan.errors}
    doubtful = {check: f"not seen: {why}" for check, why in unjudged(scan).items()} | dict(idle(scan))
    checks = sorted(found.keys() | crashed.keys() | doubtful.keys())
    beside = beside_baseline(scan)
    return [
        _coverage(scan),
        *(
            _Suite(check, tuple(found.get(check, ())), _verdict(check, found, crashed, doubtful), beside=beside)
            for check in checks
        ),
    ]


def _verdict(
    check: str, found: Mapping[str, list[Finding]], crashed: Mapping[str, str], doubtful: Mapping[str, str]
) -> tuple[_Case, ...]:
    """What a check says beside its findings: that it crashed, that it did not judge everything, or a clean pass."""
    if check in crashed:
        return (_Case("the check ran", "error", crashed[check], "crashed"),)
    if check in doubtful:
        return (_Case("everything was judged", "skipped", doubtful[check]),)
    return () if found.get(check) else (_Case("everything was judged, and nothing was found"),)


def _of_finding(finding: Finding, beside: str) -> _Case:
    accepted = finding.acceptance
    facts = {
        "severity": finding.severity.value,
        "status": status(finding),
        "change": change(finding),
        "root_cause": finding.root_cause or "",
        "fingerprint": finding.fingerprint,
        "declared_severity": finding.declared.value if finding.declared else "",
        "beside_baseline": beside,
        "owner": accepted.owner if accepted else "",
        "ticket": accepted.ticket if accepted else "",
        "expires": accepted.expires.isoformat() if accepted else "",
    }
    return _Case(
        name=f"{finding.subject.text} {finding.fingerprint[:8]}",
        outcome="skipped" if accepted else "failure",
        message=f"{accepted_because(finding)}: {finding.message}" if accepted else finding.message,
        kind=finding.severity.value,
        detail="\n".join(steps(finding)),
        properties={name: value for name, value in facts.items() if value},
    )


def _coverage(scan: Scan) -> _Suite:
    facts, ledger = scan.estate.facts, scan.estate.ledger
    stopped = _Case("the scan came to its end", "error", "the scan was interrupted", "interrupted")
    return _Suite(
        COVERAGE,
        (),
        (_answers(scan), stopped if facts.interrupted else _Case("the scan came to its end"), *_judged(scan)),
        {
            "verdict": verdict(scan),
            "version": __version__,
            "planned_reads": str(ledger.planned),
            "answered_reads": str(ledger.answered),
            "gaps": str(len(scan.blind_spots)),
            "unknown_verdicts": str(len(scan.unknowns)),
            "crashed_checks": str(len(scan.errors)),
            **_baseline(scan),
            **{f"note_{number}": note for number, note in enumerate(scan.notes, 1)},
        },
        tuple(_of_baseline(scan)),
    )


def _baseline(scan: Scan) -> Mapping[str, str]:
    comparison = scan.comparison
    if comparison is None:
        return {}
    return {
        "baseline": comparison.old.name,
        "new_findings": str(len(comparison.new_findings)),
        "changed_findings": str(len(comparison.changed)),
        "fixed_findings": str(len(comparison.fixed)),
        "unseen_findings": str(len(comparison.unseen)),
    }


def _of_baseline(scan: Scan) -> Iterator[str]:
    """A line for each finding of the baseline that the scan does not have."""
    listed = list(gone(scan))
    yield from (each.told for each in listed[:_GONE_TOLD])
    if len(listed) > _GONE_TOLD:
        yield f"and {len(listed) - _GONE_TOLD} more"


def _answers(scan: Scan) -> _Case:
    name = "every planned read was answered"
    ledger = scan.estate.ledger
    unwanted = unwanted_gaps(scan)
    missing = f"{ledger.planned - ledger.answered} of {counted(ledger.planned, 'planned read')} got no answer"
    if unwanted or not ledger.planned:
        return _Case(name, "failure", missing, "gap", _told(unwanted))
    if scan.blind_spots:
        left_out = [spot.gap for spot in scan.blind_spots]
        return _Case(name, "skipped", f"{missing}, all of them left out by the user", detail=_told(left_out))
    return _Case(name)


def _judged(scan: Scan) -> Iterator[_Case]:
    """A case only where nothing was judged, or not all: whatever else passes, the suites do not end green."""
    sentences = left_out(scan)
    if sentences:
        yield _Case("everything was judged", "failure" if is_futile(scan) else "skipped", " ".join(sentences), "idle")


def _told(gaps: list[Gap]) -> str:
    told = [f"{gap.reason}: {gap.action or gap.operation} at {gap.scope}" for gap in gaps[:_GAPS_TOLD]]
    more = [f"and {len(gaps) - _GAPS_TOLD} more"] if len(gaps) > _GAPS_TOLD else []
    return "\n".join([*told, *more])


def _written(suite: str, case: _Case) -> str:
    attributes = {"classname": f"hwaudit.{suite}", "name": xml_text(case.name), "time": "0"}
    element = ET.Element("testcase", attributes)
    if case.properties:
        element.append(_property_list(case.properties))
    if case.outcome is not None:
        told = ET.SubElement(element, case.outcome, {"message": xml_text(case.message)})
        if case.kind and case.outcome != "skipped":
            told.set("type", case.kind)
        told.text = "\n".join(map(xml_text, case.detail.split("\n"))) or None
    return ET.tostring(element, "unicode") + "\n"


def _properties(values: Mapping[str, str]) -> str:
    return ET.tostring(_property_list(values), "unicode") + "\n" if values else ""


def _output(told: tuple[str, ...]) -> str:
    if not told:
        return ""
    element = ET.Element("system-out")
    element.text = "\n".join(map(xml_text, told))
    return ET.tostring(element, "unicode") + "\n"


def _property_list(values: Mapping[str, str]) -> ET.Element:
    listed = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(listed, "property", {"name": name, "value": xml_text(value)})
    return listed


def _opened(element: ET.Element) -> str:
    return ET.tostring(element, "unicode").removesuffix(" />") + ">\n"
