"""worker-purged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from scanner.checks._check import check
from scanner.checks._machine import settled_system_groups, unread_user_workers
from scanner.findings import Evidence, Settled, Severity, Step
from scanner.graph import PURGE_AFTER, EstateGraph, host_label, same_host
from scanner.inventory import ArmId, AutomationAccount, GroupType, HybridWorker, Reading, WorkerPings

LOG_KEPT = timedelta(days=90)
"""The activity log keeps events this long (Azure Monitor activity log, Microsoft)."""
_GUID_ENDING = re.compile(r"(.+)_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PurgedWorker(Evidence, frozen=True, kw_only=True):
    """A worker that pinged once and is listed no more.

    `group` is None when its group is not listed either. `logged` tells whether the activity log was read as far back as
    the last ping, so that a delete by hand would have shown.
    """

    identity: ClassVar[tuple[str, ...]] = ("group_name", "worker_name")

    worker_name: str
    group_name: str
    group: ArmId | None
    account: ArmId
    last_ping: datetime
    silent_days: int
    logged: bool

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
    visible account lists under that name. The account's groups and workers must have been listed in full. A delete of
    the group, or of a worker in it, that the activity log shows after the last ping explains the absence: then nothing
    is found. The severity is high, and medium ("removed or purged") where the log was not read, or does not reach back
    to the last ping. System workers, whose groups carry their own name and a GUID, are left out.

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
            for pings in graph.children(account.id, WorkerPings):
                silent = graph.moment(pings) - pings.last_at
                vanished = silent >= PURGE_AFTER and pings.worker != "" and not listed.has(pings.worker)
                if vanished and not _is_system(graph, account, pings) and not _was_deleted(deleted, account, pings):
                    yield _evidence(graph, account, pings, silent)


class _Listed:
    """The names and GUIDs of all workers that any account lists."""

    def __init__(self, graph: EstateGraph) -> None:
        self._by_label: dict[str, list[HybridWorker]] = {}
        self._guids: set[str] = set()
        for worker in graph.estate.workers:
            self._by_label.setdefault(host_label(worker.worker_name), []).append(worker)
            self._guids.add(worker.name.lower())

    def has(self, name: str) -> bool:
        """Whether a worker of this host name, or with this GUID, is listed."""
        namesakes = self._by_label.get(host_label(name), ())
        return name.lower() in self._guids or any(same_host(name, other.worker_name) for other in namesakes)


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


def _was_deleted(deleted: Mapping[ArmId, datetime], account: AutomationAccount, pings: WorkerPings) -> bool:
    """Whether the group, or any worker in it, was deleted after the last ping: the log names workers by GUID only."""
    last = deleted.get(account.id.child("hybridRunbookWorkerGroups", pings.group))
    return last is not None and last >= pings.last_at


def _evidence(graph: EstateGraph, account: AutomationAccount, pings: WorkerPings, silent: timedelta) -> PurgedWorker:
    since = graph.estate.facts.since
    reaches_back = silent < LOG_KEPT and (since is None or since <= pings.last_at)
    return PurgedWorker(
        worker_name=pings.worker,
        group_name=pings.group,
        group=_group_id(graph, account, pings.group),
        account=account.id,
        last_ping=pings.last_at,
        silent_days=silent.days,
        logged=reaches_back and graph.listed(Reading.ACTIVITY_LOG, account.id.subscription),
    )
