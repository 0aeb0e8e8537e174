"""What the findings about the regions of an account and its linked workspace have in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, Self

from region_map import Answer, Row, display_name, lookup
from region_map.answers import FROZEN
from scanner.checks._link import UNLINK_FIRST, LinkEvidence, link_to, linked_workspaces, on_workspace, unlink
from scanner.findings import Settled, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, AutomationAccount, Reading, Workspace

REGION_READS = (Reading.LINKED_WORKSPACE, Reading.WORKSPACE)
_LONGEST_WORKSPACE_NAME = 63


class RegionPair(NamedTuple):
    """A linked account and workspace with what the newest mapping table of the cloud says of their regions."""

    account: AutomationAccount
    workspace: Workspace
    account_region: str
    workspace_region: str
    answer: Answer


class RegionEvidence(LinkEvidence, frozen=True, kw_only=True):
    """A finding about a pair of regions, judged by one dated mapping table.

    `expected_account_regions` are documented for the workspace's region, `legal_workspace_regions` for the account's;
    `table_is_of_another_cloud` when the scanned cloud has no table of its own.
    """

    account_region: str
    workspace_region: str
    expected_account_regions: tuple[str, ...]
    legal_workspace_regions: tuple[str, ...]
    nearest_fix: str
    table_date: date
    table_cloud: str
    table_source: str
    table_is_of_another_cloud: bool

    @classmethod
    def of(cls, graph: EstateGraph, pair: RegionPair, *, nearest_fix: str | None = None, **more: int) -> Self:
        """Collect the facts of one pair; `more` are the fields that a subclass adds."""
        answer = pair.answer
        return cls(
            **cls.facts_of(graph, pair.account, pair.workspace.id),
            **more,
            account_region=pair.account_region,
            workspace_region=pair.workspace_region,
            expected_account_regions=answer.expected,
            legal_workspace_regions=answer.legal_workspaces,
            nearest_fix=nearest_fix or answer.nearest_fix,
            table_date=answer.table.date,
            table_cloud=answer.table.cloud,
            table_source=answer.table.source.citation,
            table_is_of_another_cloud=answer.fallback,
        )

    @property
    def pair_in_words(self) -> str:
        """Account, workspace and their regions, as the beginning of a message."""
        return (
            f"{self.account_name} in {display_name(self.account_region)} is linked to "
            f"{self.workspace_name} in {display_name(self.workspace_region)}"
        )

    @property
    def table_in_words(self) -> str:
        """The table by its cloud and date, and how far it holds."""
        instead = ", used because this cloud has none," if self.table_is_of_another_cloud else ""
        return f"frozen {self.table_cloud} mapping table of {self.table_date} for retired features{instead}"

    @property
    def table_step(self) -> Step:
        """The step that tells how far the table can be trusted."""
        return Step(FROZEN.format(date=self.table_date))

    def remediation(self) -> tuple[Step, ...]:
        steps = [self.table_step, Step(self.nearest_fix)]
        if not self.legal_workspace_regions:
            gone = f"Unlink {self.workspace_name} when nothing needs the link any more. {UNLINK_FIRST}"
            return (*steps, unlink(gone, self.workspace))
        region = self.legal_workspace_regions[0]
        new = self._new_workspace(region)
        create = ("monitor", "log-analytics", "workspace", "create", *on_workspace(new), "--location", region)
        return (
            *steps,
            Step.az(f"Where the link is still needed, create a workspace in {display_name(region)}.", *create),
            unlink(f"Unlink {self.workspace_name}. {UNLINK_FIRST}", self.workspace),
            link_to(f"Link the new workspace to {self.account_name}.", new, self.account),
        )

    def _new_workspace(self, region: str) -> ArmId:
        """The id of the workspace to create: beside the account, named after the present one."""
        name = f"{self.workspace_name[: _LONGEST_WORKSPACE_NAME - 1 - len(region)]}-{region}"
        return ArmId(
            f"/subscriptions/{self.account.subscription_id}/resourceGroups/{self.account.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{name}"
        )


def region_pairs(graph: EstateGraph) -> Iterator[RegionPair | Unseen | Settled]:
    """Every linked pair whose two regions were seen, and what cannot or need not be judged."""
    for seen in linked_workspaces(graph):
        if isinstance(seen, Unseen | Settled):
            yield seen
            continue
        account, workspace = seen
        if account.location and workspace.location:
            answer = lookup(workspace.location, account.location, graph.estate.facts.cloud)
            yield RegionPair(account, workspace, account.location, workspace.location, answer)
        else:
            yield Unseen(account.id, "location")


def is_partial(row: Row | None) -> bool:
    """Tell whether the documented pair supports Update Management only."""
    return row is not None and row.update_management_only
