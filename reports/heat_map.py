"""The links between accounts and workspaces by their regions: how many, what the table says, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from region_map import Verdict, display_name, lookup
from reports.regions import linked_pairs
from scanner.findings import Finding, Scan
from scanner.graph import EstateGraph

_CHECKS = frozenset({"region-mapping-unsupported", "region-mapping-unlisted", "region-mapping-partial"})


class Support(StrEnum):
    """What the newest mapping table says of a pair of regions."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    UNLISTED = "unlisted"


SUPPORT: Mapping[Support, str] = {
    Support.SUPPORTED: "the table has this pair",
    Support.PARTIAL: "the table has this pair for Update Management only",
    Support.UNSUPPORTED: "the table has other account regions for this workspace region",
    Support.UNLISTED: "the table does not name this workspace region, which makes it neither right nor wrong",
}
"""What each verdict means."""
_SUPPORT: Mapping[Verdict, Support] = {
    Verdict.DOCUMENTED: Support.SUPPORTED,
    Verdict.DOCUMENTED_OTHERWISE: Support.UNSUPPORTED,
    Verdict.UNDOCUMENTED: Support.UNLISTED,
}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of regions: its `links`, and the findings of the region checks on them."""

    support: Support
    links: int
    findings: tuple[Finding, ...]


class HeatRow(msgspec.Struct, frozen=True):
    """The accounts of one region: a cell for each workspace region, in the order of the map's columns."""

    region: str
    links: int
    cells: tuple[Cell, ...]


class HeatMap(msgspec.Struct, frozen=True):
    """Account regions down, workspace regions across, both as far as links have them; by display name."""

    columns: tuple[str, ...]
    rows: tuple[HeatRow, ...]


def heat_map(scan: Scan, graph: EstateGraph) -> HeatMap:
    """Count the links of the estate by their two regions; what was not seen is not placed."""
    pairs, _, _ = linked_pairs(graph)
    by_account: dict[str, list[Finding]] = {}
    for finding in scan.findings:
        if finding.check in _CHECKS and finding.account is not None:
            by_account.setdefault(finding.account.key, []).append(finding)
    columns = sorted({workspace for workspace, _ in pairs}, key=display_name)
    rows = []
    for region in sorted({account for _, account in pairs}, key=display_name):
        cells = []
        for column in columns:
            accounts = pairs.get((column, region), [])
            found = [finding for account in accounts for finding in by_account.get(account.key, ())]
            cells.append(Cell(support=_support(column, region, scan), links=len(accounts), findings=tuple(found)))
        rows.append(HeatRow(display_name(region), sum(cell.links for cell in cells), tuple(cells)))
    return HeatMap(tuple(display_name(column) for column in columns), tuple(rows))


def _support(workspace_region: str, account_region: str, scan: Scan) -> Support:
    answer = lookup(workspace_region, account_region, scan.estate.facts.cloud)
    if answer.row is not None and answer.row.update_management_only:
        return Support.PARTIAL
    return _SUPPORT[answer.verdict]
