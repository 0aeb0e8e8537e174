"""group-single-worker."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._group import GroupEvidence, unread_list, unread_targets
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import GroupType, Reading, WorkerGroup


class SingleWorker(GroupEvidence, frozen=True, kw_only=True):
    """A targeted User group with one worker."""

    worker_name: str

    @property
    def severity(self) -> Severity:
        return Severity.INFO

    def message(self) -> str:
        return (
            f"{self.group_name} in {self.account_name} has one worker only, {self.worker_name}; {self.targets}, "
            "and nothing takes its place when that worker is down"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step(f"Add a second machine to {self.group_name}: install the hybrid worker extension on it."),
            self.step(f"See the workers of {self.group_name}.", "hrw", "list"),
        )


@check(
    reads=(Reading.WORKERS, *TARGET_READINGS),
    severities=(Severity.INFO,),
    found_on=FoundOn.GROUP,
)
def group_single_worker(graph: EstateGraph) -> Iterator[Judgement]:
    """A Hybrid Runbook Worker group that work is sent to has one worker only.

    ## What it finds
    User groups with exactly one worker that are targeted: by an enabled, unexpired schedule with a next run, by an
    enabled, unexpired webhook, or by a job of the last 7 days.

    ## Why it matters
    A group exists so that another worker takes a job when one is down. With one worker, a restart of that machine is
    enough for a job to be suspended after three tries.

    ## How to fix it
    Add a second machine to the group with the hybrid worker extension.

    ## Read more
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    """
    for account in graph.accounts():
        judgements = [_judged(graph, group) for group in graph.groups(account.id)]
        yield from judgements
        # Its own groups were judged one by one: what targets them hides nothing more.
        if graph.listed(Reading.GROUPS, account.id):
            yield Settled(account.id)


def _judged(graph: EstateGraph, group: WorkerGroup) -> Judgement:
    workers = graph.workers(group.id)
    targeting = graph.targets.of(group.id)
    if group.group_type is GroupType.SYSTEM or len(workers) > 1 or targeting.targeted is False:
        return Settled(group.id)
    if (unread := unread_list(graph, group)) is not None:
        return Unseen(group.id, unread)
    if not workers:
        return Settled(group.id)
    if group.group_type is None:
        return Unseen(group.id, "groupType")
    if targeting.targeted is None:
        return Unseen(group.id, unread_targets(graph, group.account, targeting.triggers) or "isEnabled")
    name = workers[0].worker_name or workers[0].name
    return SingleWorker(**GroupEvidence.facts_of(graph, group), worker_name=name)
