"""region-mapping-partial."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._gaps import AccountGaps
from scanner.checks._heartbeat import unread_system_workers
from scanner.checks._link import Link, links, on_workspace
from scanner.checks._region import REGION_READS, RegionEvidence, RegionPair, is_partial, region_pairs
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import Reading

_NEAREST_FIX = "Move the machines to Change Tracking and Inventory with the Azure Monitor Agent."


class PartialRegionMapping(RegionEvidence, frozen=True, kw_only=True):
    """A documented pair that supports Update Management only, with the v1 form of Change Tracking in use."""

    system_workers: int

    @property
    def severity(self) -> Severity:
        return Severity.LOW

    def message(self) -> str:
        return (
            f"{self.pair_in_words}, which the {self.table_in_words} documents for Update Management only, "
            f"but Change Tracking and Inventory is in use there in its v1 form ({self.features})"
        )

    def remediation(self) -> tuple[Step, ...]:
        disable = ("monitor", "log-analytics", "workspace", "pack", "disable", *on_workspace(self.workspace))
        return (
            self.table_step,
            Step(self.nearest_fix),
            Step.az(
                f"Then disable the agent-based solution in {self.workspace_name}.", *disable, "--name", "ChangeTracking"
            ),
        )


@check(
    reads=(*REGION_READS, Reading.INTELLIGENCE_PACKS, Reading.GROUPS, Reading.WORKERS),
    refines=(Reading.SOLUTIONS, Reading.HEARTBEATS),
    severities=(Severity.LOW,),
    scenarios=("S5",),
)
def region_mapping_partial(graph: EstateGraph) -> Iterator[PartialRegionMapping | Unseen | Settled]:
    """The linked pair of regions supports Update Management only, and Change Tracking is in use.

    ## What it finds
    Linked pairs whose row in the newest mapping table is marked "Update Management only" (China East 2 and US Gov
    Arizona), with the ChangeTracking solution enabled on the workspace in its v1 form: System workers on the account,
    or heartbeats of the Log Analytics agent that name it, prove that form. Where neither was read in full, it is
    unknown.

    ## Why it matters
    Change Tracking and Inventory was never supported in these regions, and its agent-based form retired on 2024-08-31.

    ## How to fix it
    Move the machines to Change Tracking and Inventory with the Azure Monitor Agent and disable the old solution.

    ## Read more
    * [Supported regions for linked workspaces](https://learn.microsoft.com/azure/automation/how-to/region-mappings)
    """
    gaps = AccountGaps(graph)
    for link in links(graph):
        if isinstance(link, Link) and link.workspace is None:
            yield from gaps.settled(link.account.id)
    for pair in region_pairs(graph):
        match pair:
            case Unseen():
                yield pair
            case Settled(subject):
                yield from gaps.settled(subject)
            case RegionPair():
                yield from _judge(graph, pair, gaps)


def _judge(
    graph: EstateGraph, pair: RegionPair, gaps: AccountGaps
) -> Iterator[PartialRegionMapping | Unseen | Settled]:
    account, workspace = pair.account.id, pair.workspace.id
    use = graph.feature_use(account)
    if not is_partial(pair.answer.row) or use.change_tracking is False:
        yield from gaps.settled(account)
    elif use.change_tracking_v1:
        yield PartialRegionMapping.of(graph, pair, nearest_fix=_NEAREST_FIX, system_workers=use.system_workers)
        yield from gaps.settled(account)
    elif use.change_tracking is None:
        yield Unseen(account, graph.gap(Reading.INTELLIGENCE_PACKS, workspace) or "intelligencePacks/ChangeTracking")
    elif use.change_tracking_v1 is None:
        yield Unseen(account, graph.gap(Reading.HEARTBEATS, workspace) or "Heartbeat.Solutions")
    elif (unread := unread_system_workers(graph, account)) is not None:
        yield Unseen(account, unread)
    else:
        yield from gaps.settled(account)
