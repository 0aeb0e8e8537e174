"""group-empty."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._group import GroupEvidence, all_groups, unread_list
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import GroupType, Reading


class EmptyGroup(GroupEvidence, frozen=True, kw_only=True):
    """A User group whose list of workers was answered and is empty."""

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.targeted else Severity.LOW

    def message(self) -> str:
        return f"{self.group_name} in {self.account_name} has no workers; {self.targets}"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step(f"If runbooks, schedules or webhooks name {self.group_name}, add a machine to it as a V2 worker."),
            self.step(f"See whether {self.group_name} is still empty.", "hrw", "list"),
            self.step("If nothing names it, delete the group.", "delete"),
        )


@check(
    reads=(Reading.WORKERS,),
    refines=TARGET_READINGS,
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.GROUP,
    scenarios=("S3",),
)
def group_empty(graph: EstateGraph) -> Iterator[EmptyGroup | Unseen | Settled]:
    """A Hybrid Runbook Worker group has no workers.

    ## What it finds
    User groups whose list of workers was read and is empty. The severity is low, and high when the group is targeted:
    by an enabled schedule with a next run, an enabled webhook, or a job of the last 7 days. Where that was not seen it
    stays low, and the message says so.

    ## Why it matters
    A job that is sent to an empty group cannot run. The group may be what is left of workers that were purged after 30
    days without a ping.

    ## How to fix it
    Add a machine to the group with the hybrid worker extension, or delete the group when nothing names it.

    ## Read more
    * [Deploy an extension-based Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/extension-based-hybrid-runbook-worker-install)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    for group in all_groups(graph):
        if group.group_type is GroupType.SYSTEM or graph.workers(group.id):
            yield Settled(group.id)
        elif (unread := unread_list(graph, group)) is not None:
            yield Unseen(group.id, unread)
        elif group.group_type is None:
            yield Unseen(group.id, "groupType")
        else:
            yield EmptyGroup(**GroupEvidence.facts_of(graph, group))
