"""Scans for the tests of report formats, and what each must survive: hostile names, nothing found, nothing seen."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from io import BytesIO

import builders as b
import msgspec
from hostile import NAMES, hostile_tenant
from page_data import unpacked
from tenants import estate_of, scan_named

from reports import FORMATS
from scanner.causes import causes_of
from scanner.findings import (
    Acceptance,
    AppliedSettings,
    Change,
    CheckError,
    Compared,
    Comparison,
    Finding,
    Item,
    OptionSetting,
    Resources,
    Scan,
    Side,
    Source,
    UnseenFinding,
)
from scanner.graph import EstateGraph
from scanner.inventory import GapReason, Reading
from scanner.pipeline import scan_of

FORMULAS = ("=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "\uff1d1")
MARKUP = (
    "[click](https://evil.example)",
    "@octocat and #1 GH-1",
    "www.evil.example",
    "mail@evil.example",
    "| a | b |",
    r"a\|b",
    "``` `x` ``",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png)",
    "~~gone~~ **bold** _it_",
    "{0} {1}",
    "\ufffe\uffff\x0b]]>",
)
HOSTILE = (*NAMES, *FORMULAS, *MARKUP)


def rendered(name: str, scan: Scan) -> bytes:
    return b"".join(FORMATS[name].render(scan))


def text_of(report: bytes) -> str:
    """The text of a rendered report, with whatever is compressed in it."""
    if report.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(report)) as parts:
            return "".join(parts.read(name).decode() for name in parts.namelist())
    text = report.decode()
    return unpacked(text) if text.startswith("<!") else text


def companion(name: str, file: str, scan: Scan) -> str:
    return b"".join(FORMATS[name].companions[file].render(scan)).decode()


def with_findings(scan: Scan, findings: Iterable[Finding]) -> Scan:
    """The scan with other findings, and the causes among them."""
    kept = tuple(findings)
    return msgspec.structs.replace(scan, findings=kept, causes=causes_of(EstateGraph.of(scan.estate), kept))


@cache
def hostile() -> Scan:
    """Every worker is stale, and each name is in a message, and in what the baseline and the settings tell."""
    scan = scan_of(estate_of(hostile_tenant(*(name for name in NAMES))))
    findings = [_about(name, scan.findings[0], number) for number, name in enumerate(HOSTILE)]
    told = [_told(name, finding) for name, finding in zip(HOSTILE, findings, strict=True)]
    side = Side(name=MARKUP[0], source=Source.SNAPSHOT, finished_at=b.NOW, as_of=None, tenants=(), version="1")
    comparison = Comparison(
        old=side,
        new=side,
        notes=HOSTILE,
        new_findings=(),
        changed=(),
        still=(),
        fixed=tuple(told),
        unseen=tuple(UnseenFinding(finding, finding.message) for finding in told),
        resources=Resources(added=tuple(Item(kind="worker", id=each.subject, name=each.message) for each in told)),
    )
    options = tuple(OptionSetting(name="out", value=name, origin=name) for name in HOSTILE)
    settings = AppliedSettings(file=MARKUP[0], options=options)
    views = scan_of(scan.estate, frameworks=("mcsb",)).frameworks
    judged = with_findings(scan, findings)
    return msgspec.structs.replace(judged, comparison=comparison, settings=settings, frameworks=views)


def _told(name: str, finding: Finding) -> Compared:
    """A finding of a baseline that is not among those of the scan."""
    return Compared(
        fingerprint=finding.fingerprint.replace("0", "f"),
        check=finding.check,
        severity=finding.severity,
        subject=finding.subject,
        account=finding.account,
        message=name,
    )


def _about(name: str, finding: Finding, number: int) -> Finding:
    subject = finding.subject.parent.child(name)
    return msgspec.structs.replace(
        finding, message=name, subject=subject, fingerprint=f"{number:032x}", root_cause=None, impact=None
    )


@cache
def nothing_seen() -> Scan:
    """All reads were refused: no resources, no findings."""
    return scan_of(b.estate(b.gap(Reading.SUBSCRIPTIONS, "/subscriptions")))


@cache
def nothing_found() -> Scan:
    return with_findings(scan_named("spotless"), ())


@cache
def interrupted() -> Scan:
    scan = scan_named("spotless")
    facts = msgspec.structs.replace(scan.estate.facts, interrupted=True)
    return msgspec.structs.replace(scan, estate=msgspec.structs.replace(scan.estate, facts=facts))


@cache
def crashed() -> Scan:
    return msgspec.structs.replace(scan_named("spotless"), errors=(CheckError("worker-stale", "KeyError"),))


@cache
def left_out() -> Scan:
    """The user left the jobs out."""
    scan = scan_of(b.estate(b.account(), b.gap(Reading.JOBS, b.account_id(), GapReason.SKIPPED)))
    return with_findings(scan, ())


@cache
def accepted() -> Scan:
    """The first finding is accepted and old, the second new, the others changed."""
    scan = scan_named("contoso")
    first, second, *others = scan.findings
    risk = Acceptance(
        owner="=Ops", reason="known", ticket="T-1", expires=date(2027, 1, 31), accepted_on=None, origin="hwaudit.toml"
    )
    return with_findings(
        scan,
        (
            msgspec.structs.replace(first, acceptance=risk, change=Change.STILL),
            msgspec.structs.replace(second, change=Change.NEW),
            *(msgspec.structs.replace(finding, change=Change.CHANGED) for finding in others),
        ),
    )


@cache
def many(count: int = 30_000) -> Scan:
    """The demonstration's findings over and over, each of another worker."""
    scan = scan_named("contoso")
    findings = scan.findings
    made = (_copy(findings[number % len(findings)], number) for number in range(count))
    ordered = sorted(made, key=lambda finding: (finding.severity.rank, finding.check, finding.subject.key))
    return with_findings(scan, ordered)


def _copy(finding: Finding, number: int) -> Finding:
    subject = finding.subject.child("copies", f"worker-{number:06}")
    return msgspec.structs.replace(finding, subject=subject, fingerprint=f"{number:032x}", root_cause=None)


BLIND: Mapping[str, Callable[[], Scan]] = {
    "blind": lambda: with_findings(scan_named("blind"), ()),
    "nothing seen": nothing_seen,
    "interrupted": interrupted,
    "crashed": crashed,
    "left out": left_out,
}
"""Scans without any finding, none of which may look as if all were well."""

SCANS: Mapping[str, Callable[[], Scan]] = {
    "contoso": lambda: scan_named("contoso"),
    "spotless": lambda: scan_named("spotless"),
    "blind tenant": lambda: scan_named("blind"),
    "hostile": hostile,
    "accepted": accepted,
    "nothing found": nothing_found,
    **BLIND,
}
