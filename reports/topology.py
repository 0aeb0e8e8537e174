"""A picture of each Automation account: a layout of boxes and lines from the graph, which the template draws as SVG.

Four columns, read from the left: subscription; account; workspace, groups and connections; workers and certificates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal
from unicodedata import east_asian_width

import msgspec

from region_map import display_name
from reports.values import counted
from scanner.escape import visible
from scanner.findings import Finding, Scan, Severity
from scanner.graph import EstateGraph, Presence
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    GroupType,
    HybridWorker,
    Reading,
    Resource,
    SeenState,
    WorkerGroup,
)

Style = Literal["seen", "missing", "unseen", "absent"]

WIDTH = 1080
_BOX_HEIGHT = 36
_ROW = 44
_BLOCK_GAP = 6
_MARGIN = 1
_COLUMNS = (1, 195, 495, 830)
_WIDTHS = (156, 250, 262, 249)
_MOST_GROUPS = 12
_MOST_WORKERS = 5
_MOST_CONNECTIONS = 10
_MARK = 60  # px that a severity's mark takes
_NAME_SIZE = 12
_NOTE_SIZE = 10.5
_BOLD = 1.12  # how much wider the bold face of a name is than the plain one of a note


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What a box stands for, before it has a place; `finding` is the fingerprint of its worst finding."""

    kind: str
    name: str
    about: str
    style: Style = "seen"
    severity: Severity | None = None
    finding: str | None = None
    findings: int = 0


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its place in px; `label` and `note` are clipped to the box, the item holds the whole text."""

    item: Item
    x: int
    y: int
    width: int
    label: str
    note: str
    height: int = _BOX_HEIGHT

    @property
    def name_width(self) -> int:
        """The room for the name beside the severity's mark."""
        return self.width - 13 - (_MARK if self.item.severity else 0)

    @property
    def mark_x(self) -> int:
        """Where the text of the severity's mark ends."""
        return self.x + self.width - 8


class Line(msgspec.Struct, frozen=True):
    """A line in SVG path syntax; `arrow` is the path of its head."""

    path: str
    style: Style = "seen"
    arrow: str = ""


class Block(msgspec.Struct, frozen=True):
    """One box of the third column and those that hang on it; `reverse` is the style of a link back to the account."""

    item: Item
    children: tuple[Item, ...] = ()
    forward: Style | None = "seen"
    reverse: Style | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One account's picture; `description` says in words what it shows."""

    account: AutomationAccount
    region: str
    severity: Severity | None
    findings: int
    description: str
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int = WIDTH


def pictures(scan: Scan, graph: EstateGraph) -> tuple[Picture, ...]:
    """One picture for each Automation account seen, in the order of the estate."""
    return tuple(_Painter(graph, scan.findings).pictures())


class _Painter:
    def __init__(self, graph: EstateGraph, findings: Sequence[Finding]) -> None:
        self._graph = graph
        self._by_subject = _grouped((finding.subject, finding) for finding in findings)
        self._by_account = _grouped((finding.account, finding) for finding in findings if finding.account)

    def pictures(self) -> Iterator[Picture]:
        for account in self._graph.accounts():
            yield self._picture(account)

    def _picture(self, account: AutomationAccount) -> Picture:
        region = display_name(account.location) if account.location else "region not told"
        subscription = self._graph.node(account.id.subscription)
        root = self._item("Subscription", account.id.subscription, subscription.resource if subscription else None)
        note = region if account.detailed else f"{region}, not read in detail"
        own = self._item("Automation account", account.id, account, note)
        blocks = [*self._workspaces(account), *self._groups(account), *self._connections(account)]
        boxes, lines = _laid_out(root, own, blocks)
        concerning = self._by_account.get(account.id.key, [])
        return Picture(
            account=account,
            region=region,
            severity=_worst(concerning),
            findings=len(concerning),
            description=_described(own, blocks),
            height=max(box.y for box in boxes) + _BOX_HEIGHT + _MARGIN,
            boxes=boxes,
            lines=lines,
        )

    def _item(self, kind: str, id_: ArmId, resource: Resource | None, note: str = "", style: Style = "seen") -> Item:
        found = self._by_subject.get(id_.key, [])
        worst = min(found, key=lambda finding: finding.severity.rank) if found else None
        return Item(
            kind=kind,
            name=resource.name if resource else id_.name,
            about=f"{kind}, {note}" if note else kind,
            style=style,
            severity=worst.severity if worst else None,
            finding=worst.fingerprint if worst else None,
            findings=len(found),
        )

    # -- workspaces -------------------------------------------------------------------------------------------

    def _workspaces(self, account: AutomationAccount) -> Iterator[Block]:
        link = self._graph.link(account.id)
        named = link.workspace if link else None
        if link is None:
            unseen = self._graph.gap(Reading.LINKED_WORKSPACE, account.id) is not None
            about = "the read was not answered" if unseen else "no answer"
            yield Block(
                Item(kind="Workspace", name="Linked workspace not seen", about=about, style="unseen"), (), "unseen"
            )
        elif named is None:
            about = "the account names none"
            yield Block(Item(kind="Workspace", name="No linked workspace", about=about, style="absent"), (), "absent")
        else:
            yield self._workspace(account, named)
        for workspace in self._linking.get(account.id.key, []):
            if workspace != named:
                yield msgspec.structs.replace(self._workspace(account, workspace), forward=None)

    def _workspace(self, account: AutomationAccount, id_: ArmId) -> Block:
        style: Style = self._graph.presence(id_).value
        workspace = self._graph.workspace(id_)
        place = display_name(workspace.location) if workspace and workspace.location else "region not told"
        notes = {Presence.SEEN.value: place, Presence.MISSING.value: "MISSING", Presence.UNSEEN.value: "not seen"}
        item = self._item("Workspace", id_, workspace, notes[style], style)
        elsewhere: tuple[Item, ...] = ()
        if id_.subscription != account.id.subscription:
            node = self._graph.node(id_.subscription)
            other = self._item("Subscription", id_.subscription, node.resource if node else None, "not the account's")
            elsewhere = (msgspec.structs.replace(other, style=style if style == "unseen" else "seen"),)
        return Block(item, elsewhere, style, self._reverse(account, id_))

    def _reverse(self, account: AutomationAccount, workspace: ArmId) -> Style | None:
        if workspace in self._linking.get(account.id.key, []):
            return "seen"
        return None if self._graph.listed(Reading.LINKED_SERVICES, workspace) else "unseen"

    @cached_property
    def _linking(self) -> Mapping[str, list[ArmId]]:
        """Workspaces by the account that their own linkedServices name."""
        found: dict[str, list[ArmId]] = {}
        for service in self._graph.estate.linked_services:
            if service.target is not None and service.service.lower() == "automation":
                found.setdefault(service.target.key, []).append(service.workspace)
        return found

    # -- groups -----------------------------------------------------------------------------------------------

    def _groups(self, account: AutomationAccount) -> Iterator[Block]:
        groups = sorted(self._graph.groups(account.id), key=self._group_order)
        for group in groups[:_MOST_GROUPS]:
            yield self._group(group)
        if len(groups) > _MOST_GROUPS:
            rest = groups[_MOST_GROUPS:]
            workers = sum(len(self._graph.workers(group.id)) for group in rest)
            about = f"with {counted(workers, 'worker')}"
            yield Block(Item(kind="Group", name=f"+{counted(len(rest), 'more group')}", about=about, style="absent"))
        if not self._graph.listed(Reading.GROUPS, account.id):
            name = "Some groups not seen" if groups else "Hybrid worker groups not seen"
            yield _unseen_block("Group", name)

    def _group_order(self, group: WorkerGroup) -> tuple[int, bool, str]:
        ids = (group.id, *(worker.id for worker in self._graph.workers(group.id)))
        ranks = [f.severity.rank for id_ in ids for f in self._by_subject.get(id_.key, [])]
        return min(ranks, default=len(Severity)), group.group_type is GroupType.SYSTEM, group.id.key

    def _group(self, group: WorkerGroup) -> Block:
        workers = sorted(self._graph.workers(group.id), key=self._worker_order)
        shown = [self._worker(worker) for worker in workers[:_MOST_WORKERS]]
        if len(workers) > _MOST_WORKERS:
            name = f"+{counted(len(workers) - _MOST_WORKERS, 'more worker')}"
            shown.append(Item(kind="Worker", name=name, about="none has a worse finding", style="absent"))
        complete = self._graph.listed(Reading.WORKERS, group.id)
        if not complete:
            name = "Some workers not seen" if workers else "Workers not seen"
            shown.append(Item(kind="Worker", name=name, about="the read was not answered", style="unseen"))
        count = counted(len(workers), "worker") if complete else f"{len(workers) or 'no'} workers seen"
        kind = f"{group.group_type} group" if group.group_type else "Group"
        return Block(self._item(kind, group.id, group, count), tuple(shown))

    def _worker_order(self, worker: HybridWorker) -> tuple[int, str]:
        ranks = [finding.severity.rank for finding in self._by_subject.get(worker.id.key, [])]
        return min(ranks, default=len(Severity)), worker.id.key

    def _worker(self, worker: HybridWorker) -> Item:
        platform = {"HybridV1": "V1", "HybridV2": "V2"}.get(str(worker.worker_type), "type not told")
        item = self._item(f"{platform} worker", worker.id, worker, self._ping(worker))
        return msgspec.structs.replace(item, name=worker.worker_name)

    def _ping(self, worker: HybridWorker) -> str:
        if worker.seen is SeenState.NEVER:
            return "never pinged"
        if worker.seen is SeenState.UNREADABLE or worker.last_seen is None:
            return "last ping not readable"
        if self._graph.is_active(worker):
            return "active"
        return f"last ping {worker.last_seen:%Y-%m-%d %H:%M}"

    # -- connections and certificates -------------------------------------------------------------------------

    def _connections(self, account: AutomationAccount) -> Iterator[Block]:
        connections = sorted(self._graph.connections(account.id), key=self._connection_order)
        for connection in connections[:_MOST_CONNECTIONS]:
            yield self._connection(connection)
        if len(connections) > _MOST_CONNECTIONS:
            name = f"+{counted(len(connections) - _MOST_CONNECTIONS, 'more connection')}"
            yield Block(Item(kind="Connection", name=name, about="none has a worse finding", style="absent"))
        if not self._graph.listed(Reading.CONNECTIONS, account.id):
            yield _unseen_block("Connection", "Some connections not seen" if connections else "Connections not seen")
        yield from self._unused_certificates(account)

    def _connection_order(self, connection: Connection) -> tuple[int, str]:
        ranks = [finding.severity.rank for finding in self._by_subject.get(connection.id.key, [])]
        return min(ranks, default=len(Severity)), connection.id.key

    def _connection(self, connection: Connection) -> Block:
        item = self._item("Connection", connection.id, connection, connection.type_name or "type not told")
        if not connection.fields_read:
            unread = Item(kind="Certificate", name="Certificate not seen", about="fields not read", style="unseen")
            return Block(item, (unread,))
        matches = self._graph.matching_certificates(connection)
        wanted = connection.thumbprint or connection.certificate_name
        if matches or wanted is None:
            return Block(item, tuple(self._certificate(certificate) for certificate in matches))
        gone = self._graph.listed(Reading.CERTIFICATES, connection.account)
        about = "Certificate, MISSING" if gone else "Certificate, not seen"
        return Block(item, (Item(kind="Certificate", name=wanted, about=about, style="missing" if gone else "unseen"),))

    def _certificate(self, certificate: Certificate) -> Item:
        expiry = f"expires {certificate.expires_at:%Y-%m-%d}" if certificate.expires_at else "expiry not told"
        if certificate.expires_at and certificate.expires_at <= self._graph.moment(certificate):
            expiry = f"EXPIRED {certificate.expires_at:%Y-%m-%d}"
        return self._item("Certificate", certificate.id, certificate, expiry)

    def _unused_certificates(self, account: AutomationAccount) -> Iterator[Block]:
        certificates = self._graph.certificates(account.id)
        used = {
            c.id
            for connection in self._graph.connections(account.id)
            for c in self._graph.matching_certificates(connection)
        }
        unused = [self._certificate(certificate) for certificate in certificates if certificate.id not in used]
        if unused:
            about = "no connection seen uses them"
            head = Item(kind="Certificate", name="Other certificates", about=about, style="absent")
            rest = len(unused) - _MOST_WORKERS
            if rest > 0:
                more = Item(kind="Certificate", name=f"+{counted(rest, 'more certificate')}", about="", style="absent")
                unused = [*unused[:_MOST_WORKERS], more]
            yield Block(head, tuple(unused))
        if not self._graph.listed(Reading.CERTIFICATES, account.id):
            yield _unseen_block(
                "Certificate", "Some certificates not seen" if certificates else "Certificates not seen"
            )


def _unseen_block(kind: str, name: str) -> Block:
    return Block(Item(kind=kind, name=name, about="the read was not answered", style="unseen"), (), "unseen")


def _grouped(pairs: Iterable[tuple[ArmId, Finding]]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for id_, finding in pairs:
        found.setdefault(id_.key, []).append(finding)
    return found


def _worst(findings: Iterable[Finding]) -> Severity | None:
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank, default=None)


# -- layout ---------------------------------------------------------------------------------------------------


def _laid_out(root: Item, own: Item, blocks: Sequence[Block]) -> tuple[tuple[Box, ...], tuple[Line, ...]]:
    boxes = [_box(0, _MARGIN, root), _box(1, _MARGIN, own)]
    lines = [Line(_elbow(boxes[0], boxes[1]))]
    y = _MARGIN
    for block in blocks:
        parent = _box(2, y, block.item)
        children = [_box(3, y + index * _ROW, item) for index, item in enumerate(block.children)]
        lines += _links(boxes[1], parent, block)
        lines += [Line(_elbow(parent, child), _line_style(child.item.style)) for child in children]
        boxes += [parent, *children]
        y += max(1, len(children)) * _ROW + _BLOCK_GAP
    return tuple(boxes), tuple(lines)


def _links(account: Box, target: Box, block: Block) -> Iterator[Line]:
    """The lines between the account and a box; a workspace has an arrow for each side that names the other."""
    is_link = block.reverse is not None or (block.item.kind == "Workspace" and block.item.style in {"seen", "missing"})
    if block.forward is not None:
        lift = -6 if is_link else 0
        path = _elbow(account, target, lift)
        yield Line(path, block.forward, _head(target.x, _middle(target) + lift, 1) if is_link else "")
    if block.reverse is not None:
        path = _elbow(account, target, 6)
        yield Line(path, block.reverse, _head(account.x + account.width, _middle(account) + 6, -1))


def _line_style(style: Style) -> Style:
    return "seen" if style == "absent" else style


def _elbow(source: Box, target: Box, lift: int = 0) -> str:
    start = source.x + source.width
    turn = target.x - 22 + lift
    return f"M{start} {_middle(source) + lift}H{turn}V{_middle(target) + lift}H{target.x}"


def _head(x: int, y: int, direction: Literal[1, -1]) -> str:
    return f"M{x} {y}l{-7 * direction} -4v8z"


def _middle(box: Box) -> int:
    return box.y + _BOX_HEIGHT // 2


def _box(column: int, y: int, item: Item) -> Box:
    room = _WIDTHS[column] - 17
    named = room - (_MARK if item.severity else 0)
    return Box(
        item=item,
        x=_COLUMNS[column],
        y=y,
        width=_WIDTHS[column],
        label=_clipped(visible(item.name), named / _NAME_SIZE),
        note=_clipped(visible(item.about), room / _NOTE_SIZE * _BOLD),
    )


def _clipped(text: str, room: float) -> str:
    """Cut `text` to `room` in em of a bold face; the box clips what a wider font still makes too long."""
    taken, fitting = 0.0, 0
    for index, character in enumerate(text):
        if taken <= room - 1:  # an em is left for the ellipsis
            fitting = index
        taken += _ems(character)
        if taken > room:
            return text[:fitting] + "…"
    return text


def _ems(character: str) -> float:
    """The width of a glyph in a wide bold system font (DejaVu Sans Bold)."""
    if east_asian_width(character) in "WF":
        return 1.0
    if character in " -._:/()ilj1tfr,'":
        return 0.45
    return 0.77 if character.isupper() or character in "mwMW" else 0.69


def _described(own: Item, blocks: Sequence[Block]) -> str:
    """The picture in words, for those who do not see it."""
    parts = [f"{own.name}: {own.about}"]
    for block in blocks:
        below = "; ".join(f"{child.name} ({child.about})" for child in block.children)
        parts.append(f"{block.item.name} ({block.item.about})" + (f" with {below}" if below else ""))
    return ". ".join(parts) + "."
