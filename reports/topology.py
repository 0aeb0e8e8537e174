"""A picture of each Automation account: a layout of boxes and lines from the graph, which the template draws as SVG.

Four columns, read from the left: subscription; account; workspace, groups and connections; workers and certificates.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from region_map import display_name
from reports.layout import WIDTH, Block, Box, Item, Line, Style, height_of, laid_out
from reports.values import counted
from scanner.findings import Finding, Scan, Severity
from scanner.graph import EstateGraph, Presence, TriggerKind
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

_MOST_GROUPS = 12
_MOST_WORKERS = 5
_MOST_CONNECTIONS = 10


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


class Painter:
    """Makes the pictures of accounts, each when it is asked for."""

    def __init__(self, scan: Scan, graph: EstateGraph) -> None:
        self._graph = graph
        self._by_subject = _grouped((finding.subject, finding) for finding in scan.findings)
        self._by_account = _grouped((finding.account, finding) for finding in scan.findings if finding.account)

    def worst(self, most: int) -> tuple[AutomationAccount, ...]:
        """The accounts with the worst findings, at most so many, in the order of the estate."""
        accounts = self._graph.accounts()
        worst = {account.id for account in heapq.nsmallest(most, accounts, key=self._account_order)}
        return tuple(account for account in accounts if account.id in worst)

    def _account_order(self, account: AutomationAccount) -> tuple[int, ...]:
        """The account with more findings of the worst severity first."""
        counts = Counter(finding.severity for finding in self._by_account.get(account.id.key, ()))
        return tuple(-counts[severity] for severity in Severity)

    def picture(self, account: AutomationAccount) -> Picture:
        """Lay out the picture of an account."""
        region = display_name(account.location) if account.location else "region not told"
        subscription = self._graph.node(account.id.subscription)
        root = self._item("Subscription", account.id.subscription, subscription.resource if subscription else None)
        note = region if account.detailed else f"{region}, not read in detail"
        own = self._item("Automation account", account.id, account, note)
        blocks = [*self._workspaces(account), *self._groups(account), *self._connections(account)]
        boxes, lines = laid_out(root, own, blocks)
        concerning = self._by_account.get(account.id.key, [])
        return Picture(
            account=account,
            region=region,
            severity=_worst(concerning),
            findings=len(concerning),
            description=_described(own, blocks),
            height=height_of(boxes),
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
        return Block(self._item(kind, group.id, group, ", ".join((count, *self._starts(group)))), tuple(shown))

    def _starts(self, group: WorkerGroup) -> Iterator[str]:
        """What sends work to the group, counted: schedules and webhooks, or else the jobs of the last days."""
        active = [trigger for trigger in self._graph.targets.of(group.id).triggers if trigger.active]
        kinds = Counter(trigger.kind for trigger in active)
        for kind in (TriggerKind.SCHEDULE, TriggerKind.WEBHOOK):
            if kinds[kind]:
                yield counted(kinds[kind], kind.value)
        if active and kinds.keys() == {TriggerKind.JOB}:
            yield counted(kinds[TriggerKind.JOB], "recent job")

    def _worker_order(self, worker: HybridWorker) -> tuple[int, str]:
        ranks = [finding.severity.rank for finding in self._by_subject.get(worker.id.key, [])]
        return min(ranks, default=len(Severity)), worker.id.key

    def _worker(self, worker: HybridWorker) -> Item:
        item = self._item(f"{platform_in_words(worker)} worker", worker.id, worker, ping_in_words(self._graph, worker))
        return msgspec.structs.replace(item, name=worker.worker_name)

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


def platform_in_words(worker: HybridWorker) -> str:
    """The platform of a worker."""
    return {"HybridV1": "V1", "HybridV2": "V2"}.get(str(worker.worker_type), "type not told")


def ping_in_words(graph: EstateGraph, worker: HybridWorker) -> str:
    """Whether a worker takes jobs, or else when it pinged last (UTC)."""
    if worker.seen is SeenState.NEVER:
        return "never pinged"
    if worker.seen is SeenState.UNREADABLE or worker.last_seen is None:
        return "last ping not readable"
    if graph.is_active(worker):
        return "active"
    return f"last ping {worker.last_seen:%Y-%m-%d %H:%M}"


def _unseen_block(kind: str, name: str) -> Block:
    return Block(Item(kind=kind, name=name, about="the read was not answered", style="unseen"), (), "unseen")


def _grouped(pairs: Iterable[tuple[ArmId, Finding]]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for id_, finding in pairs:
        found.setdefault(id_.key, []).append(finding)
    return found


def _worst(findings: Iterable[Finding]) -> Severity | None:
    return min((finding.severity for finding in findings), key=lambda severity: severity.rank, default=None)


def _described(own: Item, blocks: Sequence[Block]) -> str:
    """The picture in words, for those who do not see it."""
    parts = [f"{own.name}: {own.about}"]
    for block in blocks:
        below = "; ".join(f"{child.name} ({child.about})" for child in block.children)
        parts.append(f"{block.item.name} ({block.item.about})" + (f" with {below}" if below else ""))
    return ". ".join(parts) + "."
