"""The verdict of a scan: one sentence that leads every report for people."""

from __future__ import annotations

from reports.left_out import left_out
from reports.values import counted, listed, plain_time
from scanner.findings import Scan, Severity


def verdict(scan: Scan) -> str:
    """The scan in a few sentences; only full coverage without any finding lets it say that nothing is wrong."""
    return " ".join((judgement(scan), *left_out(scan)))


def judgement(scan: Scan) -> str:
    """The verdict without what the scan left out; it holds no name of the tenant or the scope."""
    ledger = scan.estate.ledger
    unanswered = ledger.planned - ledger.answered
    counts = [f"{scan.count(severity)} {severity}" for severity in Severity if scan.count(severity)]
    if counts:
        found = f"{_behind(scan)}{listed(counts)} finding{'s' * (len(scan.findings) != 1)}{_accepted(scan)}"
    elif not scan.ran_any or not (scan.has_judged or scan.blind_spots):
        found = "Nothing was judged"
    elif _is_partial(scan):
        found = "Nothing was found in what was seen, which says nothing about the rest"
    else:
        return _clean(scan)
    reads = f"{unanswered} of {ledger.planned} planned reads {'was' if unanswered == 1 else 'were'} not answered"
    coverage = reads if unanswered else f"all {ledger.planned} planned reads were answered"
    joint = ", and " if counts else "; "
    because = ":" if unanswered else ", but"
    unknowns = f"{because} {_verdicts(len(scan.unknowns))} unknown" if scan.unknowns else ""
    stopped = "The scan was interrupted, and this is only what it saw: " if scan.estate.facts.interrupted else ""
    crashed = f" {counted(len(scan.errors), 'check')} crashed and judged nothing." if scan.errors else ""
    return f"{stopped}{found[0].lower() + found[1:] if stopped else found}{joint}{coverage}{unknowns}.{crashed}"


def _is_partial(scan: Scan) -> bool:
    facts, ledger = scan.estate.facts, scan.estate.ledger
    unseen = scan.unknowns or scan.errors or facts.interrupted or facts.elsewhere
    return bool(unseen) or ledger.answered < ledger.planned or not ledger.planned


def _behind(scan: Scan) -> str:
    """The number of causes; nothing where each finding is a cause of its own."""
    causes = len(scan.causes)
    if causes == len(scan.findings):
        return ""
    return f"{counted(causes, 'cause')} {'is' if causes == 1 else 'are'} behind "


def _clean(scan: Scan) -> str:
    estate = scan.estate
    checked = [
        counted(len(estate.subscriptions), "subscription"),
        counted(len(estate.accounts), "Automation account"),
        counted(len(estate.groups), "hybrid worker group"),
        counted(len(estate.workers), "worker"),
    ]
    return (
        f"Nothing was found: {counted(len(scan.checks), 'check')} judged {listed(checked)}, "
        f"all {estate.ledger.planned} planned reads were answered, "
        f"and the scan finished on {plain_time(estate.facts.finished_at)}."
    )


def _accepted(scan: Scan) -> str:
    """How many of the findings are accepted risks."""
    if not scan.accepted:
        return ""
    return f" ({scan.accepted if scan.accepted < len(scan.findings) else 'all'} accepted)"


def _verdicts(count: int) -> str:
    return "1 verdict is" if count == 1 else f"{count} verdicts are"
