"""What breaks next, by date: all that expires, is purged or retires, of the estate itself and not of findings alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

import msgspec

from reports.retirements import READINGS, Retirement, Source, retirements
from reports.values import counted, listed
from scanner.findings import Finding, Scan
from scanner.graph import ACTIVE_WITHIN, PURGE_AFTER, EstateGraph, TriggerKind
from scanner.inventory import ArmId, Gap, HybridWorker, Reading, Schedule, SeenState, Webhook, with_prerequisites

MOST_EVENTS = 60
"""Events of one span of time that the page lists, and gaps that it names; the rest is counted."""
MOST_USES = 50
"""Names of what uses something that retires; the rest is counted."""

_FINDINGS: Mapping[str, tuple[str, ...]] = {
    "Certificate": ("run-as-certificate-expired",),
    "Webhook": ("webhook-expired",),
    "Worker": ("worker-purge-soon", "worker-stale", "worker-disconnected"),
}
_WEEK = timedelta(days=7)
_WEEKS = 13
_BARS = 40.0


class Span(StrEnum):
    """How far away a date is."""

    OVERDUE = "overdue"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    LATER = "later"


SPANS: Mapping[Span, str] = {
    Span.OVERDUE: "Overdue",
    Span.WEEK: "Within 7 days",
    Span.MONTH: "Within 30 days",
    Span.QUARTER: "Within 90 days",
    Span.LATER: "Later",
}
"""The spans of time in words, in order."""
_ENDS = ((Span.WEEK, timedelta(days=7)), (Span.MONTH, timedelta(days=30)), (Span.QUARTER, timedelta(days=90)))


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that ends at a moment (UTC), `left` after the moment at which it is judged, below zero when it is over.

    `hits` says in words what it takes along. `uses` are the names of what a retirement concerns.
    """

    at: datetime
    left: timedelta
    kind: str
    title: str
    hits: str = ""
    subject: ArmId | None = None
    finding: str | None = None
    source: Source | None = None
    uses: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """Which span of time the event falls into."""
        if self.left <= timedelta(0):
            return Span.OVERDUE
        return next((span for span, end in _ENDS if self.left <= end), Span.LATER)

    @property
    def distance(self) -> str:
        """How far away the event is, in whole days."""
        days = abs(self.left) // timedelta(days=1)
        if self.left <= timedelta(0):
            return f"{counted(days, 'day')} ago" if days else "today, over"
        return f"in {counted(days, 'day')}" if days else "in less than a day"


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """The events of one span of time, the next one first; `count` are all, also those beyond the limit."""

    span: Span
    title: str
    count: int
    events: tuple[Event, ...]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of the strip in its own units: `label` stands below it, empty for most weeks."""

    x: int
    y: float
    height: float
    count: int
    span: Span
    label: str
    title: str


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Everything with a date; `unread` are the gaps that may hide more, `untold` says which dates Azure left out."""

    moment: datetime
    buckets: tuple[Bucket, ...]
    bars: tuple[Bar, ...]
    unread: tuple[Gap, ...]
    unread_in_all: int
    untold: str

    @property
    def count(self) -> int:
        """How many events there are in all."""
        return sum(bucket.count for bucket in self.buckets)

    @property
    def words(self) -> str:
        """The counts of the strip in words."""
        return ", ".join(f"{bucket.title.lower()} {bucket.count}" for bucket in self.buckets)


def timeline(scan: Scan, graph: EstateGraph) -> Timeline:
    """Everything of the estate that ends at a known date, beside the moment at which the scan judges."""
    facts = graph.estate.facts
    moment = facts.as_of or facts.finished_at
    events = sorted(_Calendar(scan, graph, moment).events(), key=lambda e: (e.at, e.kind, e.title, str(e.subject)))
    readings = with_prerequisites(
        (Reading.CERTIFICATES, Reading.WEBHOOKS, Reading.SCHEDULES, Reading.WORKERS, *READINGS)
    )
    unread = [spot.gap for spot in scan.blind_spots if spot.gap.reading in readings]
    return Timeline(
        moment=moment,
        buckets=tuple(_bucket(span, [event for event in events if event.span is span]) for span in Span),
        bars=tuple(_bars(events, moment)),
        unread=tuple(unread[:MOST_EVENTS]),
        unread_in_all=sum(gap.count for gap in unread),
        untold=_untold(graph),
    )


def _bucket(span: Span, events: list[Event]) -> Bucket:
    return Bucket(span=span, title=SPANS[span], count=len(events), events=tuple(events[:MOST_EVENTS]))


class _Calendar:
    def __init__(self, scan: Scan, graph: EstateGraph, moment: datetime) -> None:
        self._scan = scan
        self._graph = graph
        self._moment = moment
        self._starts: dict[str, dict[str, list[str]]] = {}
        kinds = {check: kind for kind, checks in _FINDINGS.items() for check in checks}
        self._findings: dict[tuple[str, str], Finding] = {}
        for finding in scan.findings:
            if finding.check in kinds:
                for key in _places(finding):
                    self._findings.setdefault((kinds[finding.check], key), finding)

    def events(self) -> Iterator[Event]:
        for account in self._graph.accounts():
            yield from self._certificates(account.id)
        for webhook in self._graph.estate.webhooks:
            yield from self._webhook(webhook)
        for schedule in self._graph.estate.schedules:
            yield from self._schedule(schedule)
        for _, worker in self._graph.user_workers():
            yield from self._purge(worker)
        for retirement in retirements(self._scan, self._graph):
            yield self._retirement(retirement)

    def _certificates(self, account: ArmId) -> Iterator[Event]:
        users: dict[str, list[str]] = {}
        for connection in self._graph.connections(account):
            for certificate in self._graph.matching_certificates(connection):
                users.setdefault(certificate.id.key, []).append(connection.name)
        for certificate in self._graph.certificates(account):
            names = users.get(certificate.id.key, [])
            if certificate.expires_at is not None:
                left = certificate.expires_at - self._graph.moment(certificate)
                yield Event(
                    at=certificate.expires_at,
                    left=left,
                    kind="Certificate",
                    title=f"{certificate.name} of {account.name} {_tense(left, 'expires', 'expired')}",
                    hits=f"used by {listed(names)}" if names else "used by no connection that was seen",
                    subject=certificate.id,
                    finding=self._finding("Certificate", certificate.id),
                )

    def _webhook(self, webhook: Webhook) -> Iterator[Event]:
        if webhook.expires_at is None or webhook.enabled is False:
            return
        left = webhook.expires_at - self._graph.moment(webhook)
        doubt = "; whether it is enabled was not told" if webhook.enabled is None else ""
        yield Event(
            at=webhook.expires_at,
            left=left,
            kind="Webhook",
            title=f"{webhook.name} of {webhook.account.name} {_tense(left, 'expires', 'expired')}",
            hits=f"starts {_work(webhook.runbook, webhook.run_on)}{doubt}",
            subject=webhook.id,
            finding=self._finding("Webhook", webhook.id),
        )

    def _schedule(self, schedule: Schedule) -> Iterator[Event]:
        """The end of a schedule that still runs; one that ran out did what it was made for."""
        if schedule.expires_at is None or schedule.next_run is None or schedule.enabled is False:
            return
        left = schedule.expires_at - self._graph.moment(schedule)
        if left <= timedelta(0):
            return
        work = sorted(self._started(schedule.account).get(schedule.id.key, ()))
        yield Event(
            at=schedule.expires_at,
            left=left,
            kind="Schedule",
            title=f"{schedule.name} of {schedule.account.name} ends",
            hits=f"starts {listed(work[:5])}" if work else "starts nothing that was seen",
            subject=schedule.id,
        )

    def _started(self, account: ArmId) -> Mapping[str, list[str]]:
        """What each schedule of an account starts, in words."""
        if account.key not in self._starts:
            starts = self._starts[account.key] = {}
            for trigger in self._graph.targets.triggers(account):
                if trigger.kind is TriggerKind.SCHEDULE:
                    starts.setdefault(trigger.id.key, []).append(_work(trigger.runbook, trigger.run_on))
        return self._starts[account.key]

    def _purge(self, worker: HybridWorker) -> Iterator[Event]:
        age = self._graph.age(worker)
        if age is None or worker.last_seen is None or age < ACTIVE_WITHIN:
            return
        purge = worker.last_seen + PURGE_AFTER
        left = purge - self._graph.moment(worker)
        triggers = self._graph.targets.of(worker.group).triggers
        starts = sum(1 for trigger in triggers if trigger.active and trigger.kind is not TriggerKind.JOB)
        work = f", on which {starts} of its schedules and webhooks start runbooks" if starts else ""
        yield Event(
            at=purge,
            left=left,
            kind="Worker",
            title=f"{worker.worker_name} {_tense(left, 'is due to be purged unless it pings', 'was due to be purged')}",
            hits=f"group {worker.group.name} of {worker.group.parent.name}{work}",
            subject=worker.id,
            finding=self._finding("Worker", worker.id),
        )

    def _retirement(self, retirement: Retirement) -> Event:
        at = datetime.combine(retirement.on, time(), UTC)
        left = at - self._moment
        return Event(
            at=at,
            left=left,
            kind="Retirement",
            title=_tense(left, retirement.coming, retirement.over),
            hits=f"still used by {counted(len(retirement.uses), retirement.noun)}",
            finding=retirement.finding,
            source=retirement.source,
            uses=retirement.uses,
        )

    def _finding(self, kind: str, subject: ArmId) -> str | None:
        found = self._findings.get((kind, subject.key))
        return found.fingerprint if found else None


def _places(finding: Finding) -> Iterator[str]:
    """The keys of what a finding is about: its subject, and the certificate that its evidence names."""
    yield finding.subject.key
    certificate = ArmId.parse(finding.evidence.get("certificate"))
    if certificate is not None:
        yield certificate.key


def _tense(left: timedelta, coming: str, over: str) -> str:
    return coming if left > timedelta(0) else over


def _work(runbook: str | None, run_on: str | None) -> str:
    return f"{runbook or 'a runbook that was not told'} on {run_on or 'Azure itself'}"


def _untold(graph: EstateGraph) -> str:
    """The dates that Azure left out, in words; empty for none."""
    counts = {
        "certificate": sum(1 for each in graph.estate.certificates if each.expires_at is None),
        "enabled webhook": sum(1 for e in graph.estate.webhooks if e.expires_at is None and e.enabled is not False),
        "worker": sum(1 for _, worker in graph.user_workers() if worker.seen is SeenState.UNREADABLE),
    }
    parts = [counted(count, noun) for noun, count in counts.items() if count]
    return listed(parts) if parts else ""


# -- the strip ------------------------------------------------------------------------------------------------


def _bars(events: Iterable[Event], moment: datetime) -> Iterator[Bar]:
    """A bar for all that is overdue, one for each of thirteen weeks, and one for what comes later."""
    held = Counter(_place(event) for event in events)
    spans = {-1: Span.OVERDUE, _WEEKS: Span.LATER}
    tallest = max(held.values(), default=1)
    for place in range(-1, _WEEKS + 1):
        start = moment + place * _WEEK
        span = spans.get(place) or next((s for s, end in _ENDS if (place + 1) * _WEEK <= end), Span.QUARTER)
        name = SPANS[span] if place in spans else f"from {start:%Y-%m-%d}"
        height = max(3.0, round(_BARS * held[place] / tallest, 1)) if held[place] else 0.0
        yield Bar(
            x=(place + 1) * 60,
            y=16 + _BARS - height,
            height=height,
            count=held[place],
            span=span,
            label=name if place in spans else f"{start:%m-%d}",
            title=f"{name}: {held[place]}",
        )


def _place(event: Event) -> int:
    if event.span is Span.OVERDUE:
        return -1
    return min(_WEEKS, event.left // _WEEK)
