"""The region table of a report: the newest mapping table, with the tenant's own pairs put in it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from region_map import Row, Table, Verdict, display_name, first_documented, lookup, newest, normalise
from region_map.answers import FROZEN
from scanner.graph import EstateGraph
from scanner.inventory import ArmId

VERDICTS: Mapping[Verdict, str] = {
    Verdict.DOCUMENTED: "Documented",
    Verdict.DOCUMENTED_OTHERWISE: "Documented otherwise",
    Verdict.UNDOCUMENTED: "Undocumented",
}


class RegionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of regions by display name, and the tenant's accounts that have it; `since` is an ISO date."""

    workspace_region: str
    account_region: str
    verdict: Verdict
    accounts: tuple[ArmId, ...]
    since: str = ""
    remark: str = ""

    @property
    def verdict_in_words(self) -> str:
        """The verdict as the table shows it."""
        return VERDICTS[self.verdict]


class RegionTable(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant's pairs outside the table, the documented pairs, and the accounts that could not be placed."""

    cloud: str
    table_cloud: str
    date: str
    source: str
    frozen: str
    outside: tuple[RegionRow, ...]
    documented: tuple[RegionRow, ...]
    linked: int
    link_unseen: tuple[ArmId, ...]
    region_unseen: tuple[ArmId, ...]


def region_table(graph: EstateGraph) -> RegionTable:
    """Judge every linked pair of the estate by the newest table of its cloud."""
    cloud = graph.estate.facts.cloud
    table = newest(cloud)
    pairs, link_unseen, region_unseen = linked_pairs(graph)
    known = {(row.workspace, row.automation_region) for row in table.rows}
    return RegionTable(
        cloud=cloud,
        table_cloud=table.cloud,
        date=table.date.isoformat(),
        source=table.source.citation,
        frozen=FROZEN.format(date=table.date),
        outside=tuple(_outside(pair, pairs[pair], cloud) for pair in sorted(pairs) if pair not in known),
        documented=tuple(_documented(row, pairs, table) for row in table.rows),
        linked=sum(len(accounts) for accounts in pairs.values()) + len(region_unseen),
        link_unseen=tuple(link_unseen),
        region_unseen=tuple(region_unseen),
    )


def linked_pairs(graph: EstateGraph) -> tuple[dict[tuple[str, str], list[ArmId]], list[ArmId], list[ArmId]]:
    """Accounts by (workspace region, account region), those without an answered link, those without both regions."""
    pairs: dict[tuple[str, str], list[ArmId]] = {}
    link_unseen: list[ArmId] = []
    region_unseen: list[ArmId] = []
    for account in graph.accounts():
        link = graph.link(account.id)
        if link is None:
            link_unseen.append(account.id)
        elif link.workspace is not None:
            workspace = graph.workspace(link.workspace)
            if workspace is None or not workspace.location or not account.location:
                region_unseen.append(account.id)
            else:
                pair = normalise(workspace.location), normalise(account.location)
                pairs.setdefault(pair, []).append(account.id)
    return pairs, link_unseen, region_unseen


def _outside(pair: tuple[str, str], accounts: list[ArmId], cloud: str) -> RegionRow:
    answer = lookup(*pair, cloud)
    return RegionRow(
        workspace_region=display_name(pair[0]),
        account_region=display_name(pair[1]),
        verdict=answer.verdict,
        accounts=tuple(accounts),
        remark=answer.nearest_fix,
    )


def _documented(row: Row, pairs: Mapping[tuple[str, str], list[ArmId]], table: Table) -> RegionRow:
    since = first_documented(row.workspace, row.automation_region, table.cloud) or table
    return RegionRow(
        workspace_region=display_name(row.workspace),
        account_region=display_name(row.automation_region),
        verdict=Verdict.DOCUMENTED,
        accounts=tuple(pairs.get((row.workspace, row.automation_region), ())),
        since=since.date.isoformat(),
        remark=row.note,
    )
