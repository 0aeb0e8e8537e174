"""Decides what happens to which issue, and does nothing: the same report and the same issues give the same plan.

An issue is closed where its cause is proven to be fixed or its risk is accepted, and never because it was not seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from rootcauses import text
from rootcauses.memory import Memory, Status, basis_of, memory_of, with_memory
from rootcauses.report import Cause, Finding, Report, rank
from rootcauses.sight import unproven

Kind = Literal["closed", "reopened", "opened", "unseen", "told", "updated"]
ORDER: Sequence[Kind] = ("closed", "reopened", "told", "unseen", "opened", "updated")
"""What is done first where not everything can be done in one run: what people must know of."""


@dataclass(frozen=True)
class Issue:
    """An issue as GitHub has it; `reason` is why it was closed, empty for an open one."""

    number: int
    title: str
    body: str
    is_open: bool
    reason: str
    author: str
    labels: frozenset[str]


@dataclass(frozen=True)
class Options:
    """What the user asked for; `run` is the address of this run, `most_new` the issues that it may open."""

    label: str
    author: str
    least: str = "low"
    most_new: int = 25
    assignees: tuple[str, ...] = ()
    run: str = ""


@dataclass(frozen=True)
class Action:
    """One change of an issue, a new one where `number` is None: `fields` are those of the API, then a comment."""

    kind: Kind
    number: int | None
    fields: Mapping[str, object]
    comment: str = ""
    about: str = ""


@dataclass(frozen=True)
class Plan:
    """What to do; `waiting` are severities of causes beyond the limit.

    Of the issues that are left alone, `kept_closed` were closed by a person, `later` tell of a later scan than the
    report, and `undecided` are open, and not in a report that has no comparison.
    """

    actions: tuple[Action, ...]
    waiting: tuple[str, ...] = ()
    kept_closed: tuple[int, ...] = ()
    later: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()


_Pair = tuple[Issue, Memory]


def plan(report: Report, issues: Iterable[Issue], options: Options) -> Plan:
    """What the report makes of the issues."""
    known, twins = _known(issues, options)
    current = _adopted(known, report)
    causes = {cause.finding.fingerprint: cause for cause in report.causes}
    actions = [_twin(issue, memory, of, report) for issue, memory, of in twins if issue.is_open]
    kept, later, undecided = [], [], []
    for fingerprint, (issue, memory) in current.items():
        finding = report.findings.get(fingerprint)
        if memory.moment > report.scanned:
            later.append(issue.number)
        elif finding is None and _is_of_others(memory, report):
            continue
        elif finding is None and report.comparison is None:
            undecided += [issue.number] if issue.is_open else []
        elif finding is None:
            actions += _gone(issue, memory, report)
        elif _is_kept_closed(issue, memory, finding):
            kept.append(issue.number)
        else:
            # One that another explains now is told as a cause of nothing.
            actions += _there(issue, memory, causes.get(fingerprint, Cause(finding, (), ())), report, options)
    new = [cause for cause in report.causes if _is_wanted(cause, options) and cause.finding.fingerprint not in current]
    actions += [_opened(cause, report, options) for cause in new[: options.most_new]]
    waiting = tuple(cause.severity for cause in new[options.most_new :])
    ordered = sorted(actions, key=lambda action: ORDER.index(action.kind))
    return Plan(tuple(ordered), waiting, tuple(kept), tuple(later), tuple(undecided))


def without_twins(report: Report, issues: Iterable[Issue], options: Options) -> tuple[Action, ...]:
    """Closes what two runs at once opened twice; both runs come to the same, whoever is first."""
    twins = _known(issues, options)[1]
    return tuple(_twin(issue, memory, of, report) for issue, memory, of in twins if issue.is_open)


def _known(issues: Iterable[Issue], options: Options) -> tuple[dict[str, _Pair], list[tuple[Issue, Memory, int]]]:
    """The issues of this step by fingerprint, the oldest of each, and the others with the number of that one."""
    known: dict[str, _Pair] = {}
    twins: list[tuple[Issue, Memory, int]] = []
    for issue in sorted(issues, key=lambda issue: issue.number):
        is_own = issue.author.lower() == options.author.lower() and options.label.lower() in issue.labels
        memory = memory_of(issue.body) if is_own else None
        if memory is None:
            continue
        if memory.fingerprint in known:
            twins.append((issue, memory, known[memory.fingerprint][0].number))
        else:
            known[memory.fingerprint] = (issue, memory)
    return known, twins


def _twin(issue: Issue, memory: Memory, of: int, report: Report) -> Action:
    body = with_memory(issue.body, memory.become("duplicate", report))
    comment = f"Two runs opened an issue for this at the same time: #{of} is kept."
    return Action("closed", issue.number, _closing("not_planned", body), comment, f"the same as #{of}")


def _adopted(known: Mapping[str, _Pair], report: Report) -> dict[str, _Pair]:
    """The issues by the fingerprints that their findings have now: one that moved with its worker has another."""
    moved = report.comparison.moved if report.comparison is not None else {}
    current = dict(known)
    for fingerprint, (issue, memory) in known.items():
        now = moved.get((memory.check, memory.subject.lower()))
        if now is not None and fingerprint not in report.findings and now in report.findings and now not in current:
            current[now] = (issue, replace(current.pop(fingerprint)[1], fingerprint=now))
    return current


def _is_of_others(memory: Memory, report: Report) -> bool:
    """Whether the issue is of another tenant, of which the report tells nothing."""
    own, told = set(memory.basis.tenants), report.sight.tenants
    return bool(own and told) and own.isdisjoint(told)


def _is_wanted(cause: Cause, options: Options) -> bool:
    return bool(cause.still_open) and rank(cause.severity) <= rank(options.least)


def _is_kept_closed(issue: Issue, memory: Memory, finding: Finding) -> bool:
    """Whether a person closed the issue for good, or it was closed as fixed, and what is back has a cause now."""
    if issue.is_open:
        return False
    by_person = memory.status in {"open", "explained"} and issue.reason in {"not_planned", "duplicate"}
    return by_person or finding.root_cause is not None


# -- what the report still has ----------------------------------------------------------------------------------------


def _there(issue: Issue, memory: Memory, cause: Cause, report: Report, options: Options) -> Iterator[Action]:
    now = replace(_written(cause, report), asked=memory.asked and issue.is_open)
    if now.status == "accepted":
        # A person may open it again all the same: it is closed once.
        if issue.is_open and memory.status != "accepted":
            body = with_memory(issue.body, now)
            yield Action("closed", issue.number, _closing("not_planned", body), text.of_accepted(cause), _about(cause))
        return
    content = {"title": text.title_of(cause), "body": _body(now, cause, report, options)}
    if not issue.is_open:
        content |= {"state": "open", "state_reason": "reopened"}
        yield Action("reopened", issue.number, content, text.of_return(memory.status), _about(cause))
    elif now.digest != memory.digest or memory.status != now.status or content["title"] != issue.title:
        comment = _difference(memory, now, cause, report)
        yield Action("told" if comment else "updated", issue.number, content, comment, _about(cause))


def _difference(memory: Memory, now: Memory, cause: Cause, report: Report) -> str:
    """What people must be told of: another severity, or that something explains the cause now."""
    by = _explaining(cause, report)
    told = [
        text.of_severity(memory.severity, now.severity) if memory.severity not in {"", now.severity} else "",
        text.of_explained(by) if by is not None and memory.status != "explained" else "",
    ]
    return "\n\n".join(filter(None, told))


def _opened(cause: Cause, report: Report, options: Options) -> Action:
    body = _body(_written(cause, report), cause, report, options)
    fields: dict[str, object] = {"title": text.title_of(cause), "body": body, "labels": [options.label]}
    if options.assignees:
        fields["assignees"] = list(options.assignees)
    return Action("opened", None, fields, about=_about(cause))


def _written(cause: Cause, report: Report) -> Memory:
    """What the issue is to hold of a cause; its digest covers all but the time and the run."""
    finding, basis = cause.finding, basis_of(cause.finding, report)
    status: Status = "open" if cause.still_open else "accepted"
    if status == "open" and finding.root_cause is not None:
        status = "explained"
    told = (text.title_of(cause), text.body_of(cause, _explaining(cause, report)), asdict(basis))
    return Memory(
        fingerprint=finding.fingerprint,
        check=finding.check,
        subject=finding.subject,
        severity=cause.severity,
        status=status,
        scanned=report.scanned.isoformat(),
        digest=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        basis=basis,
    )


def _body(memory: Memory, cause: Cause, report: Report, options: Options) -> str:
    head, foot = memory.head(), text.foot(options.run, _time(report))
    told = text.body_of(cause, _explaining(cause, report), text.MOST_BODY - len(head) - len(foot))
    return f"{head}{told}{foot}"


def _explaining(cause: Cause, report: Report) -> Finding | None:
    return report.findings.get(cause.finding.root_cause or "")


# -- what the report lacks --------------------------------------------------------------------------------------------


def _gone(issue: Issue, memory: Memory, report: Report) -> Iterator[Action]:
    if not issue.is_open or report.comparison is None:
        return
    about = f"{memory.check} at {memory.subject}" if memory.check else memory.fingerprint
    because = unproven(memory, report, report.comparison)
    if because is None:
        # A person may open it again all the same: it is closed once.
        if memory.status != "fixed":
            told = report.comparison.baseline if memory.fingerprint in report.comparison.fixed else None
            body = with_memory(issue.body, memory.become("fixed", report))
            comment = text.of_fixed(_time(report), told)
            yield Action("closed", issue.number, _closing("completed", body), comment, about)
    elif not memory.asked:
        body = with_memory(issue.body, replace(memory.become(memory.status, report), asked=True))
        yield Action("unseen", issue.number, {"body": body}, text.of_unseen(because), about)


def _closing(reason: Literal["completed", "not_planned"], body: str) -> dict[str, object]:
    return {"state": "closed", "state_reason": reason, "body": body}


def _about(cause: Cause) -> str:
    return f"{cause.severity} {cause.finding.check} at {cause.finding.subject}"


def _time(report: Report) -> str:
    return f"{report.scanned:%Y-%m-%d %H:%M} UTC"
