"""worker-purged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from scanner.checks._check import check
from scanner.checks._machine import settled_system_groups, unread_user_workers
from scanner.findings import EARLIER_SNAPSHOT, Evidence, Settled, Severity, Step
from scanner.graph import ACTIVE_WITHIN, PURGE_AFTER, EstateGraph, host_label, same_host
from scanner.inventory import ArmId, AutomationAccount, GroupType, HybridWorker, Reading, WorkerPings

LOG_KEPT = timedelta(days=90)
"""The activity log keeps events this long (Azure Monitor activity log, Microsoft)."""
METRIC = "the metric HybridWorkerPing"
_GUID_ENDING = re.compile(r"(.+)_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PurgedWorker(Evidence, frozen=True, kw_only=True):
    """A worker that pinged once and is listed no more.

    `group` is None when its group is not listed either. `logged` tells whether the activity log was read as far back as
    the last ping, so that a delete by hand would have shown; `told_by` what knows of the last ping.
    """

    identity: ClassVar[tuple[str, ...]] = ("group_name", "worker_name")

    worker_name: str
    group_name: str
    group: ArmId | None
    account: ArmId
    last_ping: datetime
    silent_days: int
    logged: bool
    told_by: str

    @property
    def subject(self) -> ArmId:
        return self.group or self.account

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.logged else Severity.MEDIUM

    def message(self) -> str:
        group = self.group_name if self.group else f"{self.group_name} (which is not listed either)"
        what = "purged" if self.logged else "removed or purged (the activity log does not tell which)"
        return (
            f"{self.worker_name} of {group} in {self.account.name} was {what}: "
            f"it pinged last on {self.last_ping:%Y-%m-%d}, {self.silent_days} days ago, and is listed no more"
        )

    def remediation(self) -> tuple[Step, ...]:
        account = self.account
        return (
            Step.az(
                f"See which groups {account.name} has.",
                *("automation", "hrwg", "list", "--subscription", account.subscription_id),
                *("--resource-group", account.resource_group, "--automation-account-name", account.name),
            ),
            Step(
                f"If {self.worker_name} is still needed, start it, remove what is left of its hybrid worker extension, "
                f"and add it to {self.group_name} again."
            ),
            Step("If it is not needed, point the schedules and webhooks that run there at another group."),
        )


@check(
    reads=(Reading.PINGS, Reading.WORKERS),
    refines=(Reading.ACTIVITY_LOG,),
    severities=(Severity.HIGH, Severity.MEDIUM),
    scenarios=("S3",),
)
def worker_purged(graph: EstateGraph) -> Iterator[PurgedWorker | Settled]:
    """A hybrid worker disappeared after 30 days without a ping.

    ## What it finds
    Workers that the account's metric HybridWorkerPing shows, whose last ping is at least 30 days old, and that no
    visible account lists under that name. With `--baseline SNAPSHOT` also workers that had stopped pinging already when
    that scan saw them, for where the metric was not read or does not reach back that far. The account's groups and
    workers must have been listed in full. A delete of the group, or of a worker in it, that the activity log shows
    after the last ping explains the absence: then nothing is found. The severity is high, and medium ("removed or
    purged") where the log was not read, or does not reach back to the last ping. System workers, whose groups carry
    their own name and a GUID, are left out.

    ## Why it matters
    Automation purges a worker that has not pinged for 30 days, and its group can go with it. Runbooks, schedules and
    webhooks that name the group then fail, and the machine must be registered again.

    ## How to fix it
    Start the machine and register it again, or send its work to another group.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from settled_system_groups(graph)
    listed, deleted = _Listed(graph), _last_deletes(graph)
    for account in graph.accounts():
        # What hides workers of the account is an unknown already, by the reads above.
        if unread_user_workers(graph, account.id) is None:
            for last in (*_by_metric(graph, account, listed), *_by_snapshot(graph, account, listed)):
                if last.silent >= PURGE_AFTER and not _was_deleted(deleted, account, last):
                    yield _evidence(graph, account, last)


class _LastPing(NamedTuple):
    """The last ping that is known of a worker that no account lists; `silent` is how long ago that was."""

    group: str
    worker: str
    at: datetime
    silent: timedelta
    told_by: str


def _by_metric(graph: EstateGraph, account: AutomationAccount, listed: _Listed) -> Iterator[_LastPing]:
    for pings in graph.children(account.id, WorkerPings):
        if pings.worker != "" and not listed.has(pings.worker) and not _is_system(graph, account, pings):
            yield _LastPing(pings.group, pings.worker, pings.last_at, graph.moment(pings) - pings.last_at, METRIC)


def _by_snapshot(graph: EstateGraph, account: AutomationAccount, listed: _Listed) -> Iterator[_LastPing]:
    """User workers that were silent already when an earlier scan saw them, and that the metric does not know."""
    if graph.earlier is None:
        return
    metric = {(pings.group.lower(), host_label(pings.worker)) for pings in graph.children(account.id, WorkerPings)}
    earlier = EstateGraph.of(graph.earlier)
    for group in earlier.user_groups(account.id):
        for worker in earlier.workers(group.id):
            known = listed.shows(worker) or (group.name.lower(), host_label(worker.worker_name)) in metric
            if worker.last_seen is not None and not known and worker.read_at - worker.last_seen >= ACTIVE_WITHIN:
                silent = graph.moment(account) - worker.last_seen
                yield _LastPing(group.name, worker.worker_name, worker.last_seen, silent, EARLIER_SNAPSHOT)


class _Listed:
    """The names and GUIDs of all workers that any account lists."""

    def __init__(self, graph: EstateGraph) -> None:
        self._by_label: dict[str, list[HybridWorker]] = {}
        self._guids: set[str] = set()
        self._machines: set[ArmId] = set()
        for worker in graph.estate.workers:
            self._by_label.setdefault(host_label(worker.worker_name), []).append(worker)
            self._guids.add(worker.name.lower())
            if worker.machine is not None:
                self._machines.add(worker.machine)

    def has(self, name: str) -> bool:
        """Whether a worker of this host name, or with this GUID, is listed."""
        namesakes = self._by_label.get(host_label(name), ())
        return name.lower() in self._guids or any(same_host(name, other.worker_name) for other in namesakes)

    def shows(self, worker: HybridWorker) -> bool:
        """Whether this worker, or another one of its machine, is listed."""
        return worker.machine in self._machines or self.has(worker.name) or self.has(worker.worker_name)


def _group_id(graph: EstateGraph, account: AutomationAccount, name: str) -> ArmId | None:
    wanted = name.lower()
    return next((group.id for group in graph.groups(account.id) if group.name.lower() == wanted), None)


def _is_system(graph: EstateGraph, account: AutomationAccount, pings: WorkerPings) -> bool:
    """Whether the group is, or by its name was, the one that Update Management made for this machine."""
    for group in graph.groups(account.id):
        if group.name.lower() == pings.group.lower():
            return group.group_type is GroupType.SYSTEM
    named = _GUID_ENDING.fullmatch(pings.group.lower())
    return named is not None and host_label(named[1]) == host_label(pings.worker)


def _last_deletes(graph: EstateGraph) -> dict[ArmId, datetime]:
    """When each group, or any worker in it, was deleted last."""
    found: dict[ArmId, datetime] = {}
    for deletion in graph.estate.deletions:
        for place in (deletion.target, deletion.target.parent):
            found[place] = max(found.get(place, deletion.deleted_at), deletion.deleted_at)
    return found


def _was_deleted(deleted: Mapping[ArmId, datetime], account: AutomationAccount, last: _LastPing) -> bool:
    """Whether the group, or any worker in it, was deleted after the last ping: the log names workers by GUID only."""
    moment = deleted.get(account.id.child("hybridRunbookWorkerGroups", last.group))
    return moment is not None and moment >= last.at


def _evidence(graph: EstateGraph, account: AutomationAccount, last: _LastPing) -> PurgedWorker:
    since = graph.estate.facts.since
    reaches_back = last.silent < LOG_KEPT and (since is None or since <= last.at)
    return PurgedWorker(
        worker_name=last.worker,
        group_name=last.group,
        group=_group_id(graph, account, last.group),
        account=account.id,
        last_ping=last.at,
        silent_days=last.silent.days,
        logged=reaches_back and graph.listed(Reading.ACTIVITY_LOG, account.id.subscription),
        told_by=last.told_by,
    )
