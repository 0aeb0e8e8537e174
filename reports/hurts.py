"""What a finding hurts, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from reports.values import counted, listed, plain_time, with_commas
from scanner.escape import visible
from scanner.findings import Finding, Impact, Start

_MOST_RUNBOOKS = 10
NAMED = 3
"""How many checks or groups one line names."""


class Hurts(msgspec.Struct, frozen=True, kw_only=True):
    """An impact in words: `says` has a few sentences, `title` heads the first `starts`, `more` counts the rest."""

    says: str
    title: str
    starts: tuple[str, ...]
    more: str


def hurts(impact: Impact) -> Hurts:
    """Say what an impact means, control characters spelled out."""
    left = impact.starts_in_all - len(impact.starts)
    return Hurts(
        says=visible(_said(impact)),
        title=visible(_title(impact)) if impact.starts else "",
        starts=tuple(visible(_start(start)) for start in impact.starts),
        more=f"and {with_commas(left)} more" if impact.starts and left > 0 else "",
    )


def _said(impact: Impact) -> str:
    group = impact.group.name
    if not impact.starts_in_all and not impact.recent_jobs:
        if impact.complete:
            return f"Nothing starts on group {group}: no active schedule or webhook, and no job in the last 7 days."
        return f"Nothing was seen that starts on group {group}, but not everything was read."
    sentences = []
    if impact.runbooks:
        more = impact.runbooks_in_all - _MOST_RUNBOOKS
        names = ", ".join(impact.runbooks[:_MOST_RUNBOOKS]) + (f" and {with_commas(more)} more" if more > 0 else "")
        sentences.append(f"{counted(impact.runbooks_in_all, 'runbook')} on group {group}: {names}.")
    if impact.recent_jobs:
        sentences.append(f"{counted(impact.recent_jobs, 'job')} in the last 7 days.")
    if impact.starts and impact.starts[0].next_run:
        sentences.append(f"Next run {plain_time(impact.starts[0].next_run)}.")
    if not impact.complete:
        sentences.append("Not everything was read: there may be more.")
    return " ".join(sentences)


def _title(impact: Impact) -> str:
    if impact.starts_in_all == 1:
        return f"Started by 1 {impact.starts[0].kind}"
    return f"Started by {with_commas(impact.starts_in_all)} schedules and webhooks"


def _start(start: Start) -> str:
    runs = f", next run {plain_time(start.next_run)}" if start.next_run else ""
    return f"{start.kind} {start.name} starts {start.runbook or 'a runbook that was not told'}{runs}"


def explained(effects: Sequence[Finding]) -> str:
    """What a cause explains, on one line: how many findings, and of which checks; empty for none."""
    if not effects:
        return ""
    checks = Counter(effect.check for effect in effects)
    return f"explains {counted(len(effects), 'finding')}: {_some([name for name, _ in checks.most_common()])}"


def hurt(impacts: Iterable[Impact]) -> str:
    """The groups on which something is started or ran of late, and the next run of a schedule there; empty for none."""
    groups = {impact.group.key: impact for impact in impacts if impact.starts or impact.recent_jobs}
    if not groups:
        return ""
    text = f"hurts {_some([visible(impact.group.name) for impact in groups.values()])}"
    runs = [(start.next_run, start) for impact in groups.values() for start in impact.starts if start.next_run]
    if not runs:
        return text
    at, start = min(runs, key=lambda run: run[0])
    what = f"starts {visible(start.runbook)} there" if start.runbook is not None else "runs there"
    return f"{text}: {visible(start.name)} {what} next, at {plain_time(at)}"


def _some(names: Sequence[str]) -> str:
    """The first of the names, and how many others there are."""
    rest = len(names) - NAMED
    return listed([*names[:NAMED], *([f"{rest} more"] if rest > 0 else [])])
