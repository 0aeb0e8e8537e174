"""Merges what several scans saw into one estate: shards of one scan, or scans of different tenants of one cloud.

The outcome of all shards is that of one scan: where two of them read the same, one reading is taken; what a shard read
because another might have called for it is left out, by the rules that the walk itself follows; and what no snapshot
covers is a Gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

from scanner.errors import UsageError
from scanner.inventory import settling
from scanner.inventory.arm import ArmId
from scanner.inventory.coverage import Gap, GapReason, Read, Reading
from scanner.inventory.estate import KINDS, Estate, NamedTenant, RequestCounts, ScanFacts, Scope
from scanner.inventory.follow_ups import LOG_QUERIES, extension_of_nobody, log_queries
from scanner.inventory.machines import Extension, Machine
from scanner.inventory.resources import AutomationAccount, DeletedAccount, Resource, Subscription
from scanner.inventory.settling import as_first_named, existing, home_tenant
from scanner.inventory.telemetry import AgentEvent, Heartbeat, IngestionStop, JobLog

LISTS_OF_SUBSCRIPTION = (
    Reading.ACCOUNTS,
    Reading.WORKSPACES,
    Reading.DELETED_WORKSPACES,
    Reading.SOLUTIONS,
    Reading.ACTIVITY_LOG,
    Reading.VIRTUAL_MACHINES,
    Reading.ARC_MACHINES,
)
"""The reads that a scan plans of every subscription, which are Gaps of one that no snapshot covers."""

_MACHINES = frozenset({Reading.VIRTUAL_MACHINES, Reading.ARC_MACHINES})
_ITEMS_OF_LISTS = frozenset({Reading.WORKSPACE, Reading.VIRTUAL_MACHINE, Reading.ARC_MACHINE})
_FOLLOW_UPS = frozenset({*LOG_QUERIES, Reading.DELETED_ACCOUNTS})
_OF_MACHINES = frozenset({Machine, Extension})
_ENUMERATION = frozenset({Reading.SUBSCRIPTIONS, Reading.MANAGEMENT_GROUP})
_LOGS: Mapping[type[Resource], Reading] = {
    Heartbeat: Reading.HEARTBEATS,
    AgentEvent: Reading.EVENTS,
    IngestionStop: Reading.OPERATIONS,
    JobLog: Reading.JOB_LOGS,
}

_NAMED_BY: Mapping[str, str] = {"--resource-group": "resource_group", "--account": "account"}
"""The fields of a scope that hold a name, by their option."""

Key = tuple[Reading, str]
"""A kind of read and the (lower-cased) id of the collection or item that was read."""


def merge(snapshots: Mapping[str, Estate], *, nameless: bool = False) -> Estate:
    """Return the union of estates, named as an error is to name them; a lone shard gives its own part, and Gaps.

    Of several scans of one subscription the one that finished last counts. Raises UsageError for estates that cannot
    be judged together; a `nameless` one does not say what they call an account or a resource group.
    """
    _refuse_unlike(snapshots, nameless=nameless)
    distinct: list[Estate] = []
    for estate in sorted(snapshots.values(), key=lambda each: each.facts.finished_at):
        if all(estate.facts != known.facts or estate != known for known in distinct):
            distinct.append(estate)
    return _Union(distinct).estate()


def _refuse_unlike(snapshots: Mapping[str, Estate], *, nameless: bool) -> None:
    (first, *others) = snapshots.items()
    for other in others:
        for what, advice, told in _alike(first[1].facts, other[1].facts):
            if told[0] != told[1]:
                values = "" if nameless and what in _NAMED_BY else f" ({told[0]} and {told[1]})"
                raise UsageError(f"{first[0]} and {other[0]} cannot be merged: they differ in {what}{values}", advice)


def _alike(one: ScanFacts, other: ScanFacts) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """What must be equal in both: its name, what to do when it is not, and both values in words."""
    again = "scan both again with the same"
    yield "their cloud", "merge the snapshots of each cloud by themselves", (one.cloud, other.cloud)
    yield "their version", "scan both again with one hwaudit", (one.version or "untold", other.version or "untold")
    yield "--as-of", f"{again} --as-of", (str(one.as_of or "none"), str(other.as_of or "none"))
    redactions = (one.redaction or "none", other.redaction or "none")
    yield "their redaction", "redact both with one --redact-key, or none", redactions
    yield "--skip", f"{again} --skip", (_listed(one.skipped), _listed(other.skipped))
    yield "--include", f"{again} --include", (_listed(one.included), _listed(other.included))
    yield "--since", f"{again} --since", ("given" if one.since else "none", "given" if other.since else "none")
    for option, told in _NAMED_BY.items():
        named = tuple((getattr(facts.scope, told) or "none").lower() for facts in (one, other))
        yield option, f"{again} {option}", (named[0], named[1])


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "none"


class _Union:
    """The union of estates, from the one that finished first to the last."""

    def __init__(self, estates: Sequence[Estate]) -> None:
        last = {name: number for number, estate in enumerate(estates) for name in _covered(estate)}
        self._again = sum(len(_covered(estate)) for estate in estates) - len(last)
        self._estates = [e for n, e in enumerate(estates) if not _covered(e) or n in last.values()]
        self._covered = [_covered(estate) for estate in self._estates]
        self._owner = {name: number for number, names in enumerate(self._covered) for name in names}
        self._shown = [_shown(estate) for estate in self._estates]
        self._one_scan = len({_without_shard(e.facts.scope) for e in self._estates}) == 1
        self._offers = self._all_offers()
        self._chosen = {key: self._choice(key, offered) for key, offered in self._offers.items()}

    def estate(self) -> Estate:
        """Choose among what the estates offer, and add what none of them has."""
        resources = self._resources()
        due = self._due(resources)
        chosen = ((key, self._offers[key][number]) for key, number in self._chosen.items())
        reads = [read for key, found in chosen if key in due or key[0] not in _FOLLOW_UPS for read in found]
        reads += [self._not_asked(key[0], id_) for key, id_ in due.items() if key not in self._chosen]
        reads += self._not_covered()
        resources = [found for found in resources if (follow_up := _follow_up(found)) is None or follow_up in due]
        named = as_first_named(reads, resources)
        kept = existing(resources, named)
        return Estate.of(self._facts(kept), named, kept)

    def _due(self, resources: Sequence[Resource]) -> dict[Key, ArmId]:
        """The reads that something calls for; a scan of one account does without those that its neighbours call for."""
        due = {(reading, workspace.id.key): workspace.id for reading, workspace in log_queries(resources)}
        if self._estates[-1].facts.scope.account is not None:
            return {key: id_ for key, id_ in due.items() if key in self._offers}
        if extension_of_nobody(resources):
            every = (resource.id for resource in resources if isinstance(resource, Subscription))
            due |= {(Reading.DELETED_ACCOUNTS, subscription.key): subscription for subscription in every}
        return due

    # -- reads ------------------------------------------------------------------------------------------------

    def _all_offers(self) -> dict[Key, dict[int, list[Read]]]:
        """The reads by what was read and by the estate that read it; items of a list are offered with the list."""
        offers: dict[Key, dict[int, list[Read]]] = {}
        for number, estate in enumerate(self._estates):
            for read in estate.reads:
                place = ArmId(read.gap.listed_in if read.gap and read.gap.listed_in else read.scope)
                if not self._is_overtaken(number, place):
                    offers.setdefault((read.reading, place.key), {}).setdefault(number, []).append(read)
        return {key: offered for key, offered in offers.items() if not self._is_listed(key, offered)}

    def _is_overtaken(self, number: int, id_: ArmId) -> bool:
        """Whether a later scan covers the same subscription."""
        name = id_.subscription_id
        return name in self._covered[number] and self._owner[name] != number

    def _is_listed(self, key: Key, offered: Mapping[int, list[Read]]) -> bool:
        """Whether an item was read by its id only because the list that shows it was another scan's."""
        reading, place = key
        if reading not in _ITEMS_OF_LISTS:
            return False
        owner = self._owner.get(ArmId(place).subscription_id)
        return owner is not None and owner not in offered and place in self._shown[owner]

    def _choice(self, key: Key, offered: Mapping[int, list[Read]]) -> int:
        """The estate whose read counts: one without a Gap, then the subscription's own, then the last.

        A Gap stands where an answer to another scan does not fill it: each scan has its own list of subscriptions,
        and keeps of the sizes of a region those that it asked for.
        """
        if len(offered) == 1:
            return next(iter(offered))
        gaps_stand = key[0] is Reading.MACHINE_SIZES or (key[0] in _ENUMERATION and not self._one_scan)
        own = self._owner.get(ArmId(key[1]).subscription_id)

        def rank(number: int) -> tuple[bool, bool, int]:
            answered = all(read.gap is None for read in offered[number])
            return answered is not gaps_stand, number == own, number

        return max(offered, key=rank)

    def _not_asked(self, reading: Reading, scope: ArmId) -> Read:
        """The Gap of what a scan of everything at once would have read: scans apart cannot know of each other."""
        message = "scanned apart, nothing called for this read: scan all subscriptions at once, or by --shard"
        return self._gap(reading, scope, GapReason.SKIPPED, message)

    def _not_covered(self) -> Iterator[Read]:
        """Gaps of the subscriptions that the estates leave to shards which are not among them."""
        for name in self._elsewhere():
            for reading in LISTS_OF_SUBSCRIPTION:
                left_out = reading in _MACHINES and "machines" in self._estates[-1].facts.skipped
                reason = GapReason.SKIPPED if left_out else GapReason.INTERRUPTED
                message = "left out by --skip" if left_out else "no snapshot of this subscription's shard was merged"
                yield self._gap(reading, ArmId(f"/subscriptions/{name}"), reason, message)

    def _gap(self, reading: Reading, scope: ArmId, reason: GapReason, message: str) -> Read:
        gap = Gap(scope=scope.text, reading=reading, reason=reason, message=message)
        return Read(scope=scope.text, reading=reading, read_at=self._estates[-1].facts.finished_at, gap=gap)

    def _elsewhere(self) -> tuple[str, ...]:
        left = {name for estate in self._estates for name in estate.facts.elsewhere}
        return tuple(sorted(left - self._owner.keys()))

    # -- resources --------------------------------------------------------------------------------------------

    def _resources(self) -> list[Resource]:
        """One of each resource: as the estate has it that asked most about it."""
        best: dict[tuple[type[Resource], str], tuple[tuple[int, bool, int], Resource]] = {}
        for number, estate in enumerate(self._estates):
            for resource in chain.from_iterable(getattr(estate, kind) for kind in KINDS.values()):
                if self._is_overtaken(number, resource.id) or self._is_of_another_answer(number, resource):
                    continue
                rank = (self._asked(number, resource), self._owner.get(resource.id.subscription_id) == number, number)
                known = best.get((type(resource), resource.id.key))
                if known is None or rank > known[0]:
                    best[type(resource), resource.id.key] = rank, resource
        return [resource for _, resource in best.values()]

    def _is_of_another_answer(self, number: int, resource: Resource) -> bool:
        """Whether the resource is a row of an answer in whose place another answer counts."""
        key = _follow_up(resource)
        if key is None or (chosen := self._chosen.get(key, number)) == number:
            return False
        return all(read.gap is None for read in self._offers[key][chosen])

    def _asked(self, number: int, resource: Resource) -> int:
        """How far the estate's reads of a machine went, of those that count: its list, its own GET, its extensions."""
        if type(resource) not in _OF_MACHINES:
            return 0
        key = resource.machine.key if isinstance(resource, Extension) else resource.id.key
        steps = ((Reading.VIRTUAL_MACHINE, Reading.ARC_MACHINE), (Reading.VM_EXTENSIONS, Reading.ARC_EXTENSIONS))
        counted = [any(self._chosen.get((reading, key)) == number for reading in step) for step in steps]
        return counted[0] + 2 * counted[1]

    # -- facts ------------------------------------------------------------------------------------------------

    def _facts(self, resources: Iterable[Resource]) -> ScanFacts:
        kept = tuple(resources)
        every = [estate.facts for estate in self._estates]
        since = [facts.since for facts in every if facts.since is not None]
        tenants = self._tenants()
        return msgspec.structs.replace(
            every[-1],
            started_at=min(facts.started_at for facts in every),
            finished_at=max(facts.finished_at for facts in every),
            tenant_id=None if tenants else self._tenant(kept),
            tenants=tenants,
            scope=self._scope(),
            since=max(since, default=None),
            interrupted=any(facts.interrupted for facts in every),
            requests=RequestCounts(*(sum(counts) for counts in zip(*(_counts(facts) for facts in every), strict=True))),
            notes=self._notes(kept),
            elsewhere=self._elsewhere(),
        )

    def _tenant(self, resources: Iterable[Resource]) -> str | None:
        """The home tenant of all subscriptions, or the one that every scan was told."""
        home = home_tenant(resource for resource in resources if isinstance(resource, Subscription))
        told = {e.facts.tenant_id for e in self._estates if home_tenant(e.subscriptions) is None}
        return home or (told.pop() if len(told) == 1 else None)

    def _tenants(self) -> tuple[NamedTenant, ...]:
        """The tenants of all scans, where these are several; one whose id any scan told has it."""
        every = [estate.facts for estate in self._estates]
        alone = {facts.tenant_id.lower(): facts.tenant_id for facts in every if not facts.tenants and facts.tenant_id}
        if len(alone) < 2 and not any(facts.tenants for facts in every):  # noqa: PLR2004
            return ()
        single = (NamedTenant(name=id_, id=id_) for id_ in alone.values())
        named: dict[str, NamedTenant] = {}
        for tenant in chain(*(facts.tenants for facts in every), single):
            known = named.setdefault(tenant.name.lower(), tenant)
            named[tenant.name.lower()] = known if known.id is not None else tenant
        return tuple(named[name] for name in sorted(named))

    def _scope(self) -> Scope:
        """The scope of the one scan that the estates are shards of; of several scans, what they cover."""
        scope = self._estates[-1].facts.scope
        if self._one_scan:
            return _without_shard(scope)
        covered = tuple(sorted(self._owner))
        return Scope(subscriptions=covered, resource_group=scope.resource_group, account=scope.account)

    def _notes(self, resources: Iterable[Resource]) -> tuple[str, ...]:
        """The notes of all scans, each once, but for those that are not true of the union."""
        scopes = [estate.facts.scope for estate in self._estates]
        of_one = {settling.empty_shard(scope.shard) for scope in scopes if scope.shard is not None}
        of_group = [settling.empty_group(scope.resource_group) for scope in scopes if scope.resource_group is not None]
        if any(isinstance(resource, AutomationAccount) for resource in resources):
            of_one.update(of_group)
        notes = (note for estate in self._estates for note in estate.facts.notes)
        again = (f"{self._again} subscriptions are in several snapshots: of each, the scan that finished last counts",)
        return (*dict.fromkeys(note for note in notes if note not in of_one), *(again if self._again else ()))


def _covered(estate: Estate) -> frozenset[str]:
    """The GUIDs of the subscriptions that a scan walked."""
    return frozenset(subscription.id.subscription_id for subscription in estate.subscriptions)


def _shown(estate: Estate) -> frozenset[str]:
    """The ids of what a scan has no need to fetch, lower-cased: workspaces, and machines with their state."""
    machines = (each for each in estate.machines if each.power_state is not None or each.arc_status is not None)
    return frozenset(resource.id.key for resource in chain(estate.workspaces, machines))


def _without_shard(scope: Scope) -> Scope:
    return msgspec.structs.replace(scope, shard=None)


def _follow_up(resource: Resource) -> Key | None:
    """The read that a resource comes from, of those that something else must call for; None for all others."""
    match resource:
        case Heartbeat() | AgentEvent() | IngestionStop() | JobLog():
            return _LOGS[type(resource)], resource.workspace.key
        case DeletedAccount():
            return Reading.DELETED_ACCOUNTS, resource.id.subscription.key
        case _:
            return None


def _counts(facts: ScanFacts) -> tuple[int, ...]:
    return msgspec.structs.astuple(facts.requests)
