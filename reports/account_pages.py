"""What the page of one Automation account shows: its facts, its picture, its groups, and what was not seen of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from region_map import display_name
from reports.layout import Box
from reports.provenance import Provenance
from reports.topology import Painter, Picture, ping_in_words, platform_in_words
from scanner.escape import visible
from scanner.findings import Scan, Unknown
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, Gap, HybridWorker, Reading, WorkerGroup

MOST_WORKERS = 200
"""Workers of a group that its account's page names; the JSON report has all."""

_ACCOUNT_PARTS = 9  # an empty one before the first slash, then subscriptions/…/automationAccounts/{name}

T = TypeVar("T")
Worker = tuple[str, str, str]
"""Name, platform and last ping in words."""
Group = tuple[str, str, str, list[Worker]]
"""Name, kind, number of workers in words, and the first of them."""


DrawnBox = tuple[int, int, int, str, int, int, int, str, str, int, int]
"""x, y, width, style, rank of the worst severity and row of its finding or -1, number of findings, name, about, and

how many characters the box shows of these before an ellipsis, -1 for all.
"""


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as the script draws it; a line is its path, its style, and the path of its arrow or ""."""

    width: int
    height: int
    lines: Sequence[tuple[str, str, str]]
    boxes: Sequence[DrawnBox]


class AccountPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account's page; every text is for people, control characters spelled out.

    `unknowns` are check, subject (with ~ for the account's id), reason in words and id of the Gap or ""; `gaps` id,
    number of the operation, scope, reason and request id.
    """

    about: Mapping[str, str]
    picture: Drawing | None = None
    groups: list[Group] = []
    unknowns: list[tuple[str, str, str, str]] = []
    gaps: list[tuple[str, int, str, str, str]] = []


class AccountPages:
    """Makes the pages of accounts, each when it is asked for; `rows` are the findings' rows by fingerprint."""

    def __init__(self, scan: Scan, graph: EstateGraph, rows: Mapping[str, int]) -> None:
        self._graph = graph
        self._painter = Painter(scan, graph)
        self._rows = rows
        self._gaps_by_id = {spot.gap.id: spot.gap for spot in scan.blind_spots}
        self._unknowns = _by_account(scan.unknowns, lambda unknown: unknown.subject.key)
        self._gaps = _by_account(self._gaps_by_id.values(), lambda gap: gap.scope.lower())

    def of(self, id_: ArmId) -> AccountPage:
        """The page of an account; of one that was not seen it has what stands in its place."""
        account = self._graph.account(id_)
        return AccountPage(
            about={name: visible(text) for name, text in self._about(id_)},
            picture=self._drawing(self._painter.picture(account)) if account else None,
            groups=[self._group(group) for group in self._graph.groups(id_)],
            unknowns=[self._unknown(unknown, id_) for unknown in self._unknowns.get(id_.key, ())],
            gaps=[_gap(gap) for gap in self._gaps.get(id_.key, ())],
        )

    def _drawing(self, picture: Picture) -> Drawing:
        return Drawing(
            width=picture.width,
            height=picture.height,
            lines=[(line.path, line.style, line.arrow) for line in picture.lines],
            boxes=[self._box(box) for box in picture.boxes],
        )

    def _box(self, box: Box) -> DrawnBox:
        item, name, about = box.item, visible(box.item.name), visible(box.item.about)
        rank, row = item.severity.rank if item.severity else -1, self._rows[item.finding] if item.finding else -1
        label, note = -1 if box.label == name else len(box.label) - 1, -1 if box.note == about else len(box.note) - 1
        return box.x, box.y, box.width, item.style, rank, row, item.findings, name, about, label, note

    def _about(self, id_: ArmId) -> Iterator[tuple[str, str]]:
        account = self._graph.account(id_)
        subscription = self._graph.node(id_.subscription)
        named = f"{subscription.resource.name}, " if subscription and subscription.resource else ""
        yield "Subscription", f"{named}{id_.subscription_id}"
        yield "Resource group", id_.resource_group
        if account is None:
            yield "Seen", "no: findings name it, but no answer showed it"
            return
        yield "Region", display_name(account.location) if account.location else "not told"
        yield "State", account.state or "not told"
        yield "Managed identity", account.identity_type or ("none" if account.identity_told else "not told")
        yield "Public network access", _yes_or_no(account.public_network_access)
        yield "Local authentication", _yes_or_no(account.disable_local_auth, "off", "on")
        yield "Linked workspace", self._linked(id_)

    def _linked(self, id_: ArmId) -> str:
        link = self._graph.link(id_)
        if link is None:
            return "not seen"
        if link.workspace is None:
            return "none"
        words = {Presence.SEEN: "", Presence.MISSING: ", MISSING", Presence.UNSEEN: ", not seen"}
        return f"{link.workspace}{words[self._graph.presence(link.workspace)]}"

    def _group(self, group: WorkerGroup) -> Group:
        workers = self._graph.workers(group.id)
        seen = f"{len(workers):,}" + ("" if self._graph.listed(Reading.WORKERS, group.id) else " seen, not all read")
        kind = str(group.group_type) if group.group_type else "not told"
        return visible(group.name), kind, seen, [self._worker(worker) for worker in workers[:MOST_WORKERS]]

    def _worker(self, worker: HybridWorker) -> Worker:
        return visible(worker.worker_name), platform_in_words(worker), ping_in_words(self._graph, worker)

    def _unknown(self, unknown: Unknown, account: ArmId) -> tuple[str, str, str, str]:
        gap = self._gaps_by_id.get(unknown.because)
        because = f"{gap.reason.replace('_', ' ')}: {gap.operation}" if gap else f"Azure left out {unknown.because}"
        text = unknown.subject.text
        subject = f"~{text[len(account.text) :]}" if text.startswith(account.text) else text
        return unknown.check, visible(subject), visible(because), gap.id if gap else ""


def _gap(gap: Gap) -> tuple[str, int, str, str, str]:
    operation = Provenance.operations.index(gap.operation)
    return gap.id, operation, visible(gap.scope), gap.reason.replace("_", " "), visible(gap.request_id)


def _by_account(items: Iterable[T], place: Callable[[T], str]) -> dict[str, list[T]]:
    """The items in or below each account, by its id in lower case; `place` tells an item's id in lower case."""
    found: dict[str, list[T]] = {}
    for item in items:
        parts = place(item).split("/")
        if "microsoft.automation" in parts:
            found.setdefault("/".join(parts[:_ACCOUNT_PARTS]), []).append(item)
    return found


def _yes_or_no(value: Any, yes: str = "allowed", no: str = "not allowed") -> str:
    return "not told" if value is None else yes if value else no
