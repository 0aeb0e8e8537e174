"""The answer of `hwaudit regions`: which regions may be linked, as data and as text."""

from datetime import date

import msgspec

from region_map.lookup import (
    Verdict,
    account_regions_for,
    cite,
    first_documented,
    known_regions,
    lookup,
    names,
    suggest,
    workspace_regions_for,
)
from region_map.tables import DEFAULT_CLOUD, Row, Table, clouds, display_name, newest, normalise, unmapped

# Applicability: the region-mappings article, every version since 2020-09-03. Start/Stop VMs: its version of 2023-03-16.
FROZEN = (
    "The table is frozen: no version after {date} was found. It concerns retired features: Update Management and the "
    "agent-based Change Tracking and Inventory (both retired on 2024-08-31), and Start/Stop VMs v1. "
    "Where none of them is enabled, the mapping is in general not applicable."
)


class UnknownRegion(ValueError):
    """A region name that no mapping table and no list of Automation regions of the cloud contains."""

    def __init__(self, name: str, suggestions: tuple[str, ...], elsewhere: tuple[str, ...] = ()) -> None:
        """Take the name as given, close known names, and the clouds that do know the name."""
        super().__init__(name, suggestions, elsewhere)
        self.name = name
        self.suggestions = suggestions
        self.elsewhere = elsewhere

    def __str__(self) -> str:
        """One line; the name is escaped, because it may hold control characters."""
        if self.elsewhere:
            return f"unknown region {self.name!r} in this cloud: it is a region of {' or '.join(self.elsewhere)}"
        hint = f"; did you mean {' or '.join(self.suggestions)}?" if self.suggestions else ""
        return f"unknown region {self.name!r}: no mapping table and no list of Automation regions names it{hint}"


class Pair(msgspec.Struct, frozen=True):
    """One documented pair with display names; `since` is the date of the oldest table found that has it."""

    workspace_region: str
    workspace_name: str
    account_region: str
    account_name: str
    since: date
    update_management_only: bool
    note: str


class RegionsAnswer(msgspec.Struct, frozen=True):
    """The whole answer, ready for JSON; `verdict` and `nearest_fix` are null unless both regions were given.

    `table_cloud` differs from `cloud` when the cloud has no table of its own (`fallback`). When both regions were given
    and their pair is not documented, `pairs` holds the rows that are documented for either of them.
    """

    cloud: str
    table_cloud: str
    fallback: bool
    date: date
    source: str
    question: str
    answer: str
    verdict: Verdict | None
    pairs: tuple[Pair, ...]
    nearest_fix: str | None
    notes: tuple[str, ...]


def regions_answer(account: str | None, workspace: str | None, cloud: str = DEFAULT_CLOUD) -> RegionsAnswer:
    """Answer for an account's region, a workspace's region, both, or neither (the whole newest table).

    Raises UnknownRegion for a name that is not known in the cloud.
    """
    table = newest(cloud)
    for name in (account, workspace):
        if name is not None:
            _require_known(name, cloud)
    question, answer, rows = _ask(account, workspace, cloud)
    judged = lookup(workspace, account, cloud) if account is not None and workspace is not None else None
    return RegionsAnswer(
        cloud=cloud,
        table_cloud=table.cloud,
        fallback=table.cloud != cloud,
        date=table.date,
        source=table.source.citation,
        question=question,
        answer=answer,
        verdict=judged.verdict if judged else None,
        pairs=tuple(_pair(row, table) for row in rows),
        nearest_fix=judged.nearest_fix if judged else None,
        notes=_notes(account, workspace, cloud),
    )


def to_text(answer: RegionsAnswer) -> str:
    """The answer as plain text for a terminal, with a final line break."""
    lines = [answer.question, answer.answer]
    if answer.verdict not in (None, Verdict.DOCUMENTED):
        lines.append(f"Nearest fix: {answer.nearest_fix}")
    if answer.pairs:
        lines += ["", *_grid(answer.pairs)]
    lines += ["", *answer.notes, f"Source: {answer.source}, {answer.table_cloud} table of {answer.date}."]
    return "\n".join(lines) + "\n"


def _require_known(name: str, cloud: str) -> None:
    region = normalise(name)
    if region in known_regions(cloud):
        return
    elsewhere = tuple(other for other in clouds() if region in known_regions(other))
    raise UnknownRegion(name, suggest(name, cloud), elsewhere)


def _ask(account: str | None, workspace: str | None, cloud: str) -> tuple[str, str, tuple[Row, ...]]:
    """The question in words, its answer in one sentence, and the rows that carry it."""
    if account is not None and workspace is not None:
        return _ask_both(account, workspace, cloud)
    if account is not None:
        rows = workspace_regions_for(account, cloud)
        regions = names(tuple(row.workspace for row in rows))
        question = f"Which workspace regions may an account in {display_name(account)} link?"
        return question, regions or "No workspace region is documented for it.", rows
    if workspace is not None:
        rows = account_regions_for(workspace, cloud)
        regions = names(tuple(row.automation_region for row in rows))
        question = f"Which account regions may a workspace in {display_name(workspace)} be linked to?"
        return question, regions or "No account region is documented for it.", rows
    rows = newest(cloud).rows
    count = "1 pair is" if len(rows) == 1 else f"{len(rows)} pairs are"
    return "Which workspace and account regions may be linked?", f"{count} documented.", rows


def _ask_both(account: str, workspace: str, cloud: str) -> tuple[str, str, tuple[Row, ...]]:
    question = f"May an account in {display_name(account)} link a workspace in {display_name(workspace)}?"
    judged = lookup(workspace, account, cloud)
    if judged.row:
        since = first_documented(workspace, account, cloud) or judged.table
        return question, f"Yes, documented since {since.date} at the latest.", (judged.row,)
    near = dict.fromkeys((*workspace_regions_for(account, cloud), *account_regions_for(workspace, cloud)))
    if judged.verdict is Verdict.DOCUMENTED_OTHERWISE:
        said = f"No: a workspace in {display_name(workspace)} is documented for an account in {names(judged.expected)}."
    else:
        said = f"Not documented: the table has no row for a workspace in {display_name(workspace)}."
    return question, said, tuple(near)


def _pair(row: Row, table: Table) -> Pair:
    since = first_documented(row.workspace, row.automation_region, table.cloud) or table
    return Pair(
        workspace_region=row.workspace,
        workspace_name=display_name(row.workspace),
        account_region=row.automation_region,
        account_name=display_name(row.automation_region),
        since=since.date,
        update_management_only=row.update_management_only,
        note=row.note,
    )


def _notes(account: str | None, workspace: str | None, cloud: str) -> tuple[str, ...]:
    table = newest(cloud)
    notes = [FROZEN.format(date=table.date)]
    if table.cloud != cloud:
        notes.append(f"This is the {cite(table, cloud)}.")
    for region in dict.fromkeys(normalise(name) for name in (account, workspace) if name is not None):
        notes += [
            f"{display_name(region)} is an Automation region without a row in any mapping table "
            f"(named by {listing.source.citation}, {listing.date})."
            for listing in unmapped(cloud)
            if region in listing.regions
        ]
    return tuple(notes)


def _grid(pairs: tuple[Pair, ...]) -> list[str]:
    width = max(len("WORKSPACE"), *(len(pair.workspace_name) for pair in pairs))
    other = max(len("ACCOUNT"), *(len(pair.account_name) for pair in pairs))
    lines = [f"{'WORKSPACE':{width}}  {'ACCOUNT':{other}}  SINCE       NOTE".rstrip()]
    lines += [f"{p.workspace_name:{width}}  {p.account_name:{other}}  {p.since}  {p.note}".rstrip() for p in pairs]
    return lines
