"""Judging a pair of regions against the newest mapping table."""

from enum import StrEnum
from functools import lru_cache

import msgspec

from region_map.tables import DEFAULT_CLOUD, Row, Table, display_name, history, newest, normalise, unmapped


class Verdict(StrEnum):
    """What the newest table says of a pair; a workspace region without a row is undocumented, never "unsupported"."""

    DOCUMENTED = "documented"
    DOCUMENTED_OTHERWISE = "documented_otherwise"
    UNDOCUMENTED = "undocumented"


class Answer(msgspec.Struct, frozen=True):
    """The judgement of one pair, with the regions that would be legal on either side.

    `row` is the matched row, `expected` the account regions documented for the workspace's region and
    `legal_workspaces` the workspace regions documented for the account's region. `fallback` is true when the
    cloud has no tables of its own and AzureCloud's newest was used. Unknown regions in `nearest_fix` stand as given.
    """

    verdict: Verdict
    row: Row | None
    expected: tuple[str, ...]
    legal_workspaces: tuple[str, ...]
    nearest_fix: str
    table: Table
    fallback: bool


@lru_cache(maxsize=1024)
def lookup(workspace_region: str, account_region: str, cloud: str = DEFAULT_CLOUD) -> Answer:
    """Judge a workspace's region against the region of the account it is, or would be, linked to."""
    table = newest(cloud)
    row = table.row(normalise(workspace_region), normalise(account_region))
    expected = tuple(r.automation_region for r in account_regions_for(workspace_region, cloud))
    legal = tuple(r.workspace for r in workspace_regions_for(account_region, cloud))
    fallback = table.cloud != cloud
    if row:
        verdict = Verdict.DOCUMENTED
        fix = "Nothing to change: the pair is documented"
    else:
        verdict = Verdict.DOCUMENTED_OTHERWISE if expected else Verdict.UNDOCUMENTED
        fix = _fix(workspace_region, account_region, expected, legal, table)
    nearest_fix = f"{fix} ({cite(table, cloud)})."
    return Answer(verdict, row, expected, legal, nearest_fix, table, fallback)


def cite(table: Table, cloud: str) -> str:
    """Name the table and its date, and say so when it is another cloud's."""
    instead = "" if table.cloud == cloud else f", used because {cloud} has no table of its own"
    return f"{table.cloud} mapping table of {table.date}{instead}"


def names(regions: tuple[str, ...]) -> str:
    """Display names of regions as text: `East US or West US`."""
    return " or ".join(display_name(region) for region in regions)


def workspace_regions_for(account_region: str, cloud: str = DEFAULT_CLOUD) -> tuple[Row, ...]:
    """Rows of the newest table that an account in this region may use; empty when none is documented."""
    return tuple(row for row in newest(cloud).rows if row.automation_region == normalise(account_region))


def account_regions_for(workspace_region: str, cloud: str = DEFAULT_CLOUD) -> tuple[Row, ...]:
    """Rows of the newest table that a workspace in this region may use; empty when none is documented."""
    return tuple(row for row in newest(cloud).rows if row.workspace == normalise(workspace_region))


def first_documented(workspace_region: str, account_region: str, cloud: str = DEFAULT_CLOUD) -> Table | None:
    """The oldest table that has the pair: a link made before its date was not documented then."""
    pair = normalise(workspace_region), normalise(account_region)
    return next((table for table in history(cloud) if table.row(*pair)), None)


def known_regions(cloud: str = DEFAULT_CLOUD) -> tuple[str, ...]:
    """Every region that a mapping table or a list of Automation regions names, sorted and normalised."""
    rows = [row for table in history(cloud) for row in table.rows]
    mapped = {row.workspace for row in rows} | {row.automation_region for row in rows}
    return tuple(sorted(mapped.union(*(listing.regions for listing in unmapped(cloud)))))


def suggest(name: str, cloud: str = DEFAULT_CLOUD) -> tuple[str, ...]:
    """At most three known regions spelled like the name, the closest first; empty when nothing is close."""
    from difflib import get_close_matches  # noqa: PLC0415 - only error messages need it

    return tuple(get_close_matches(normalise(name), known_regions(cloud)))


def _fix(workspace: str, account: str, expected: tuple[str, ...], legal: tuple[str, ...], table: Table) -> str:
    """The nearest legal change for a pair without a row: move the workspace's side, the account's side, or both."""
    here, there = display_name(workspace), display_name(account)
    other_workspace = f"a workspace in {names(legal)} for the account in {there}"
    other_account = f"an account in {names(expected)} for the workspace in {here}"
    if legal and expected:
        return f"Create or use {other_workspace}, or {other_account}"
    if legal:
        return f"Create or use {other_workspace}; no account region is documented for a workspace in {here}"
    if expected:
        return f"Create or use {other_account}; no workspace region is documented for an account in {there}"
    pairs = f"one of the {len(table.rows)} documented pairs" if len(table.rows) > 1 else "the one documented pair"
    return (
        f"No account region is documented for a workspace in {here}, and no workspace region for an account in "
        f"{there}; create or use a workspace and an account in {pairs}"
    )
