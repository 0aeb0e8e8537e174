"""Who runs what where: schedules, webhooks and jobs, the runbooks they start, and the hybrid groups these run on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import msgspec

from scanner.inventory import (
    ArmId,
    Connection,
    Job,
    JobSchedule,
    Reading,
    Runbook,
    RunbookContent,
    RunbookSignature,
    Schedule,
    Webhook,
)

if TYPE_CHECKING:
    from scanner.graph._estate_graph import EstateGraph

T = TypeVar("T")

RECENT = timedelta(days=7)
"""A job younger than this shows that a group, or a runbook, is in use."""
TARGET_READINGS = (Reading.JOB_SCHEDULES, Reading.SCHEDULES, Reading.WEBHOOKS, Reading.JOBS)
"""The reads that tell whether a group is targeted."""
NEED_READINGS = (*TARGET_READINGS, Reading.RUNBOOKS, Reading.RUNBOOK_CONTENT)
"""The reads that tell whether a runbook that runs needs a Run As connection."""
_NEVER_PUBLISHED = "new"
_SIGNATURES = {
    "azurerunasconnection": RunbookSignature.RUN_AS,
    "azureclassicrunasconnection": RunbookSignature.CLASSIC_RUN_AS,
}


class TriggerKind(StrEnum):
    """What starts a runbook."""

    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    JOB = "job"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """Something that starts a runbook; `run_on` None means Azure's own sandbox.

    `active` is True for an enabled, unexpired schedule with a next run, an enabled, unexpired webhook, and a job that
    is younger than 7 days; None where that was not told, and `untold` is then the field that is missing. `at` is a
    schedule's next run or a job's creation.
    """

    kind: TriggerKind
    id: ArmId
    name: str
    runbook: str | None
    run_on: str | None
    active: bool | None
    at: datetime | None = None
    untold: str | None = None


class Targeting(msgspec.Struct, frozen=True):
    """What starts runbooks on one group; `complete` tells whether all reads behind it were answered."""

    triggers: tuple[Trigger, ...]
    complete: bool

    @property
    def targeted(self) -> bool | None:
        """Whether work is sent to the group; None when nothing seen proves it and not everything was seen."""
        if any(trigger.active for trigger in self.triggers):
            return True
        return False if self.complete and all(trigger.active is False for trigger in self.triggers) else None


class Reach(msgspec.Struct, frozen=True):
    """Whether a runbook runs, and whether on hybrid groups (`groups`: their names as written); None when not seen."""

    runs: bool | None
    on_hybrid: bool | None
    groups: tuple[str, ...] = ()


class Need(msgspec.Struct, frozen=True):
    """Whether a runbook that runs needs a Run As connection, and whether one on a hybrid group does; None: not seen."""

    needed: bool | None
    on_hybrid: bool | None
    runbooks: tuple[str, ...] = ()


NOT_SEEN = Need(None, None)


_Start = tuple[bool | None, str | None]
"""What counts of a trigger for those whom its runbook calls: `active` and `run_on`; many jobs are alike in both."""


class _Runs(msgspec.Struct, frozen=True):
    """What starts each runbook of an account, by lower-cased name.

    `hidden` is what starts runbooks of which it was not seen which others they call: it may start any of these too.
    """

    by_runbook: dict[str, set[_Start]]
    hidden: frozenset[_Start]
    complete: bool


class Targets:
    """The triggers of an estate, by account, group and runbook."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._triggers: dict[str, tuple[Trigger, ...]] = {}
        self._by_group: dict[str, dict[str, tuple[Trigger, ...]]] = {}
        self._runs: dict[str, _Runs] = {}
        self._reaches: dict[str, Reach] = {}
        self._runbooks_on: dict[str, dict[str, tuple[Runbook, ...]]] = {}

    def triggers(self, account: ArmId) -> tuple[Trigger, ...]:
        """Everything that starts runbooks in an account, in a stable order."""
        if account.key not in self._triggers:
            self._triggers[account.key] = tuple(self._of_account(account))
        return self._triggers[account.key]

    def complete(self, account: ArmId) -> bool:
        """Tell whether everything that starts runbooks in the account was read."""
        graph = self._graph
        needs_schedules = bool(graph.children(account, JobSchedule))
        return (
            graph.listed(Reading.JOB_SCHEDULES, account)
            and (not needs_schedules or graph.listed(Reading.SCHEDULES, account))
            and graph.listed(Reading.WEBHOOKS, account)
            and graph.listed(Reading.JOBS, account)
        )

    def of(self, group: ArmId) -> Targeting:
        """What runs on a group, by its name, compared without case."""
        account = group.parent
        return self.of_name(account, group.name)

    def of_name(self, account: ArmId, group: str) -> Targeting:
        """What runs on a group of this name, whether it is listed or not."""
        if account.key not in self._by_group:
            on_groups = ((t.run_on.lower(), t) for t in self.triggers(account) if t.run_on is not None)
            self._by_group[account.key] = _grouped(on_groups)
        return Targeting(self._by_group[account.key].get(group.lower(), ()), self.complete(account))

    def runbooks_on(self, group: ArmId) -> tuple[Runbook, ...]:
        """The account's runbooks that are started on a group now, by themselves or called by others."""
        account = group.parent
        if account.key not in self._runbooks_on:
            reached = ((name, book) for book in self._graph.runbooks(account) for name in self._groups_of(book))
            self._runbooks_on[account.key] = _grouped(reached)
        return self._runbooks_on[account.key].get(group.name.lower(), ())

    def _groups_of(self, runbook: Runbook) -> set[str]:
        return {name.lower() for name in self.reach(runbook.id).groups}

    def reach(self, runbook: ArmId) -> Reach:
        """Whether and where a runbook runs, started by itself or called by one that is."""
        if runbook.key not in self._reaches:
            self._reaches[runbook.key] = self._reach(runbook)
        return self._reaches[runbook.key]

    def _reach(self, runbook: ArmId) -> Reach:
        account = runbook.parent
        if account.key not in self._runs:
            self._runs[account.key] = self._runs_of(account)
        runs = self._runs[account.key]
        starts = runs.by_runbook.get(runbook.name.lower(), set())
        hybrid = {start for start in starts if start[1] is not None}
        hidden_hybrid = {start for start in runs.hidden if start[1] is not None}
        return Reach(
            runs=_any_active(starts, runs.hidden, complete=runs.complete),
            on_hybrid=_any_active(hybrid, hidden_hybrid, complete=runs.complete),
            groups=tuple(sorted(group for active, group in hybrid if active and group)),
        )

    def need(self, connection: Connection) -> Need:
        """Whether a runbook that runs uses this Run As connection; for any other connection it is not known."""
        signature = _SIGNATURES.get(connection.name.lower())
        if signature is None:
            return NOT_SEEN
        return self.need_of(connection.account, (signature,))

    def need_of(self, account: ArmId, signatures: tuple[RunbookSignature, ...]) -> Need:
        """Whether a runbook of the account that runs shows one of these signatures."""
        users = []
        certain = self._graph.listed(Reading.RUNBOOKS, account)
        for runbook in self._graph.runbooks(account):
            reach = self.reach(runbook.id)
            content = self._graph.content(runbook.id)
            if content is not None and any(sign.signature in signatures for sign in content.signs):
                users.append((runbook.name, reach))
            elif reach.runs is not False and not self._content_told(runbook):
                certain = False
        running = [(name, reach) for name, reach in users if reach.runs]
        doubtful = not certain or any(reach.runs is None for _, reach in users)
        on_hybrid = any(reach.on_hybrid for _, reach in running)
        unsure = doubtful or any(reach.on_hybrid is None for _, reach in users)
        return Need(
            needed=True if running else None if doubtful else False,
            on_hybrid=True if on_hybrid else None if unsure else False,
            runbooks=tuple(sorted(name for name, _ in running)),
        )

    def _content_told(self, runbook: Runbook) -> bool:
        """Whether all that the runbook's content shows was seen; one that was never published has nothing to run."""
        return (runbook.state or "").lower() == _NEVER_PUBLISHED or self._graph.content_in_full(runbook.id)

    # -- building ---------------------------------------------------------------------------------------------

    def _of_account(self, account: ArmId) -> Iterator[Trigger]:
        graph = self._graph
        schedules = {schedule.name.lower(): schedule for schedule in graph.children(account, Schedule)}
        for tie in graph.children(account, JobSchedule):
            yield self._of_schedule(tie, schedules.get((tie.schedule or "").lower()))
        for webhook in graph.children(account, Webhook):
            yield self._of_webhook(webhook)
        for job in graph.children(account, Job):
            yield self._of_job(job)

    def _of_schedule(self, tie: JobSchedule, schedule: Schedule | None) -> Trigger:
        name = tie.schedule or tie.name
        active = self._is_due(tie, schedule)
        return Trigger(
            kind=TriggerKind.SCHEDULE,
            id=schedule.id if schedule else tie.account.child("schedules", name),
            name=name,
            runbook=tie.runbook,
            run_on=tie.run_on or None,
            active=active,
            at=schedule.next_run if schedule else None,
            untold=None if active is not None else "isEnabled" if schedule else "schedule",
        )

    def _is_due(self, tie: JobSchedule, schedule: Schedule | None) -> bool | None:
        if schedule is None:
            gone = tie.schedule is not None and self._graph.listed(Reading.SCHEDULES, tie.account)
            return False if gone else None
        if schedule.enabled is None and not self._expired(schedule):
            return None
        return bool(schedule.enabled) and schedule.next_run is not None and not self._expired(schedule)

    def _of_webhook(self, webhook: Webhook) -> Trigger:
        active: bool | None = None
        if webhook.enabled is False or self._expired(webhook):
            active = False
        elif webhook.enabled and webhook.expires_at is not None:
            active = True
        untold = "isEnabled" if webhook.enabled is None else "expiryTime"
        return Trigger(
            kind=TriggerKind.WEBHOOK,
            id=webhook.id,
            name=webhook.name,
            runbook=webhook.runbook,
            run_on=webhook.run_on or None,
            active=active,
            untold=untold if active is None else None,
        )

    def _of_job(self, job: Job) -> Trigger:
        at = job.created_at or job.started_at or job.changed_at
        return Trigger(
            kind=TriggerKind.JOB,
            id=job.id,
            name=job.name,
            runbook=job.runbook,
            run_on=job.run_on or None,
            active=None if at is None else self._graph.moment(job) - at < RECENT,
            at=at,
            untold="creationTime" if at is None else None,
        )

    def _expired(self, resource: Schedule | Webhook) -> bool:
        return resource.expires_at is not None and resource.expires_at <= self._graph.moment(resource)

    def _runs_of(self, account: ArmId) -> _Runs:
        """What starts every runbook, handed on to the runbooks that it calls."""
        calls = {
            content.runbook.name.lower(): [called.name.lower() for called in content.calls]
            for content in self._graph.children(account, RunbookContent)
        }
        reached: dict[str, set[_Start]] = {}
        starts = {(t.runbook and t.runbook.lower(), (t.active, t.run_on)) for t in self.triggers(account)}
        waiting = [(name, start) for name, start in starts if name is not None]
        while waiting:
            name, start = waiting.pop()
            if start not in reached.setdefault(name, set()):
                reached[name].add(start)
                waiting.extend((child, start) for child in calls.get(name, ()))
        nameless = {start for name, start in starts if name is None}
        silent = {start for name in self._of_unseen_calls(account, reached) for start in reached[name]}
        return _Runs(reached, frozenset(nameless | silent), self.complete(account))

    def _of_unseen_calls(self, account: ArmId, names: Iterable[str]) -> Iterator[str]:
        """Those of the runbooks that may call others than was seen."""
        listed = self._graph.listed(Reading.RUNBOOKS, account)
        runbooks = {runbook.name.lower(): runbook for runbook in self._graph.runbooks(account)}
        for name in names:
            runbook = runbooks.get(name)
            if not (listed if runbook is None else self._content_told(runbook)):
                yield name


def _any_active(starts: Iterable[_Start], hidden: Iterable[_Start], *, complete: bool) -> bool | None:
    if any(active for active, _ in starts):
        return True
    quiet = all(active is False for active, _ in (*starts, *hidden))
    return False if complete and quiet else None


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
