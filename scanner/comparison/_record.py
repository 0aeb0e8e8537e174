"""What two scans are compared by, whichever file tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from scanner import __version__
from scanner.checks import all_checks
from scanner.comparison._judged_by import JudgedBy
from scanner.findings import Compared, Finding, Item, Kind, Scan, Side, Source, Unknown
from scanner.graph import EstateGraph, Presence
from scanner.inventory import (
    ArmId,
    Estate,
    Gap,
    HybridWorker,
    Reading,
    Resource,
    Scope,
    Subscription,
    WorkerGroup,
    Workspace,
    account_guid,
    with_prerequisites,
)


class RecordedGap(msgspec.Struct, frozen=True, kw_only=True):
    """A read that was not answered: what is at, above and below `place` is hidden from the checks in `hides`.

    `id` is what an Unknown names as its reason.
    """

    id: str
    place: ArmId
    operation: str
    reason: str
    hides: frozenset[str]


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that was seen, with what can tell where it was before.

    `guid` is that of an account's service URL; `workspace` of an account is None for no link where `link_told`.
    """

    item: Item
    workspace: ArmId | None = None
    link_told: bool = False
    machine: ArmId | None = None
    guid: str | None = None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan looked: its scope, the GUIDs of the subscriptions that it walked, and the checks that ran.

    `untold` are the lists that the file lacks; where `checks_told` is not, `ran` holds only those that it mentions.
    """

    scope: Scope
    walked: frozenset[str]
    ran: frozenset[str]
    crashed: frozenset[str] = frozenset()
    checks_told: bool = True
    untold: tuple[str, ...] = ()
    interrupted: bool = False


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One scan, ready to be compared; `redaction` is the mark of the key by which all its names are pseudonyms.

    `settings` are those of its judgement.
    """

    side: Side
    coverage: Coverage
    findings: tuple[Compared, ...]
    unknowns: tuple[Unknown, ...]
    gaps: tuple[RecordedGap, ...]
    things: tuple[Thing, ...]
    settings: JudgedBy = JudgedBy()
    redaction: str | None = None

    def named(self, name: str) -> Record:
        """The same scan, told of under another name of its file."""
        return msgspec.structs.replace(self, side=msgspec.structs.replace(self.side, name=name))


class Baseline(msgspec.Struct, frozen=True):
    """What a scan is compared with; `estate` is what was seen then, None where a report tells of it."""

    record: Record
    estate: Estate | None = None

    def estate_beside(self, now: Estate) -> Estate | None:
        """What was seen then, where both name things alike: real names never come into a redacted scan."""
        return self.estate if self.record.redaction == now.facts.redaction else None


def record_of(scan: Scan, name: str = "") -> Record:
    """The record of a judged scan; `name` is the file that it comes from, as the user named it."""
    estate = scan.estate
    facts = estate.facts
    tenants = {facts.tenant_id, *(subscription.tenant_id for subscription in estate.subscriptions)} - {None}
    return Record(
        side=Side(
            name=name,
            source=Source.SNAPSHOT,
            finished_at=facts.finished_at,
            as_of=facts.as_of,
            tenants=tuple(sorted(str(tenant).lower() for tenant in tenants)),
            version=__version__,
        ),
        coverage=Coverage(
            scope=facts.scope,
            walked=frozenset(subscription.id.subscription_id for subscription in estate.subscriptions),
            ran=frozenset(check.id for check in scan.checks),
            crashed=frozenset(error.check for error in scan.errors),
            interrupted=facts.interrupted,
        ),
        findings=tuple(map(_compared, scan.findings)),
        unknowns=scan.unknowns,
        gaps=tuple(_gaps(estate)),
        things=tuple(_things(estate)),
        settings=JudgedBy.settings_of(scan.settings),
        redaction=facts.redaction,
    )


def _compared(finding: Finding) -> Compared:
    return Compared(
        fingerprint=finding.fingerprint,
        check=finding.check,
        severity=finding.severity,
        subject=finding.subject,
        account=finding.account,
        message=finding.message,
        root_cause=finding.root_cause,
        status="open" if finding.acceptance is None else "accepted",
        declared=finding.declared,
        evidence=finding.evidence,
    )


def _gaps(estate: Estate) -> Iterator[RecordedGap]:
    graph = EstateGraph.of(estate)
    for gap in estate.ledger.gaps:
        for place in dict.fromkeys((ArmId(gap.scope), estate.ledger.place_of(gap))):
            yield _gap(gap, place)
    for read, place in estate.ledger.without_result:
        # Nothing is proven by a list whose owner the service denies, although it was seen.
        if read.gap is None and read.is_list and graph.presence(place) is Presence.SEEN:
            operation = read.reading.operation
            yield RecordedGap(id="", place=place, operation=operation, reason="vanished", hides=hidden_by(operation))


def _gap(gap: Gap, place: ArmId) -> RecordedGap:
    return RecordedGap(
        id=gap.id,
        place=place,
        operation=gap.operation,
        reason=gap.reason.value,
        hides=hidden_by(gap.operation, elsewhere=gap.is_of_neighbours),
    )


def hidden_by(operation: str, affects: Iterable[str] = (), *, elsewhere: bool = False) -> frozenset[str]:
    """The checks whose verdict rests on reads with this RBAC action, compared without case.

    `affects` are those that a report names: all of them count but those of which it is known here that such a read
    only raises or explains their severity. What lies `elsewhere` than the one account that was asked for is hidden only
    from checks that look there.
    """
    needed, refining = _resting_on(operation.lower())
    if elsewhere:
        needed &= _looking_elsewhere()
    return needed.union(frozenset(affects) - refining)


@cache
def _looking_elsewhere() -> frozenset[str]:
    return frozenset(check.id for check in all_checks() if check.info.looks_elsewhere)


@cache
def _resting_on(operation: str) -> tuple[frozenset[str], frozenset[str]]:
    """The checks whose verdict rests on these reads, and those that such reads only refine."""
    readings = {reading for reading in Reading if reading.operation.lower() == operation}
    infos = [check.info for check in all_checks()]
    needed = frozenset(info.id for info in infos if readings & with_prerequisites(info.reads))
    refining = frozenset(info.id for info in infos if readings & with_prerequisites(info.refines))
    return needed, refining - needed


def _things(estate: Estate) -> Iterator[Thing]:
    graph = EstateGraph.of(estate)
    for account in estate.accounts:
        link = graph.link(account.id)
        yield Thing(
            item=_item("automation_account", account, account.location),
            workspace=link.workspace if link else None,
            link_told=link is not None,
            guid=account_guid(account.hybrid_service_url),
        )
    kinds: tuple[Iterable[Resource], ...] = (
        estate.subscriptions,
        estate.workspaces,
        estate.groups,
        estate.workers,
    )
    yield from (_thing(resource) for resources in kinds for resource in resources)


def _thing(resource: Resource) -> Thing:
    match resource:
        case Subscription():
            return Thing(item=_item("subscription", resource))
        case Workspace():
            return Thing(item=_item("workspace", resource, resource.location))
        case WorkerGroup():
            return Thing(item=_item("worker_group", resource))
        case HybridWorker():
            item = Item(kind="worker", id=resource.id, name=resource.worker_name)
            return Thing(item=item, machine=resource.machine)
        case _:
            raise TypeError(f"{type(resource).__name__} is not compared")


def _item(kind: Kind, resource: Resource, location: str | None = None) -> Item:
    return Item(kind=kind, id=resource.id, name=resource.name, location=location)
