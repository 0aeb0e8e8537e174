"""Whether it is proven that an entry covers nothing: all that it could cover must have been seen and judged."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanner.checks import Verdicts, all_checks
from scanner.findings import CheckInfo, FoundOn, Unknown
from scanner.graph import EstateGraph, NodeKind
from scanner.inventory import ArmId, Scope, with_prerequisites
from scanner.settings._entries import RiskEntry
from scanner.settings._globs import fixed_start, matches, place_before_wildcards
from scanner.settings._names import TenantNames
from scanner.settings._places import Places

_MACHINE_TYPES = frozenset({"microsoft.compute/virtualmachines", "microsoft.hybridcompute/machines"})
_ACCOUNT = "microsoft.automation/automationaccounts"


class _Blind(msgspec.Struct, frozen=True):
    """Where a check may have found something, had all been seen: at or below `place`, None for anywhere.

    `alone` tells that it can only have been on the place itself.
    """

    place: ArmId | None
    alone: bool = False


class Proof:
    """What one judgement proves about absences."""

    def __init__(
        self,
        graph: EstateGraph,
        places: Places,
        names: TenantNames,
        verdicts: Verdicts,
        ran: Iterable[CheckInfo],
    ) -> None:
        self._graph = graph
        self._places = places
        self._names = names
        self._facts = graph.estate.facts
        self._subscriptions = {subscription.id.subscription_id for subscription in graph.estate.subscriptions}
        self._ran = {info.id: info for info in ran}
        self._judging = self._ran.keys() - {error.check for error in verdicts.errors}
        self._blind: dict[str, dict[_Blind, None]] = {}
        for unknown in verdicts.unknowns:
            self._blind.setdefault(unknown.check, {})[self._blind_of(unknown)] = None

    def doubt(self, entry: RiskEntry) -> str | None:
        """Why the entry may cover something after all, in words; None when it is proven that it does not."""
        checks = entry.risk.checks or tuple(check.id for check in all_checks())
        idle = [check for check in checks if check not in self._judging]
        if idle:
            return f"{idle[0]} did not judge"
        return self._outside(entry) or self._anywhere(checks) or self._unseen(entry, checks)

    def _outside(self, entry: RiskEntry) -> str | None:
        """Whether what the entry names may lie where nothing was read."""
        scope, place = self._facts.scope, entry.risk.within or self._place_in(entry.glob)
        if place is None:
            return "only a part of the tenant was scanned" if self._is_partial else None
        if place.subscription_id not in self._subscriptions:
            return f"the subscription {place.subscription_id} was not seen"
        within_account = scope.account is None or place.within(ArmId(scope.account))
        wanted = (scope.resource_group or "").lower()
        within_group = not wanted or place.resource_group.lower() == wanted
        return None if within_account and within_group else f"{place} was not scanned as a whole"

    @property
    def _is_partial(self) -> bool:
        return self._facts.scope != Scope() or bool(self._facts.elsewhere)

    def _anywhere(self, checks: Iterable[str]) -> str | None:
        """What is unseen of the proof of checks that have it in any place of the tenant, wherever the entry holds."""
        for info in (self._ran[check] for check in checks if self._ran[check].tenant_wide):
            if self._is_partial:
                return f"{info.id} rests on the whole tenant, of which only a part was scanned"
            needed = with_prerequisites(info.reads)
            gap = next((gap for gap in self._graph.ledger.gaps if gap.reading in needed), None)
            if gap is not None:
                return f"{info.id} rests on the whole tenant, and has no answer to {gap.operation} at {gap.scope}"
            if info.id in self._blind:
                return f"{info.id} rests on the whole tenant, and has no verdict on a part of it"
        return None

    def _unseen(self, entry: RiskEntry, checks: Iterable[str]) -> str | None:
        for check in checks:
            for blind in self._blind.get(check, ()):
                if self._may_cover(entry, blind):
                    return f"{check} has no verdict on {blind.place or 'some resources'}"
        return None

    def _may_cover(self, entry: RiskEntry, blind: _Blind) -> bool:
        place, within = blind.place, entry.risk.within
        if place is None:
            return True
        if within is not None and not self._related(within, place, alone=blind.alone):
            return False
        if entry.glob is None:
            return True
        if blind.alone:
            return matches(entry.glob, self._places.names(place))
        start, key = fixed_start(entry.glob), self._names.reveal(place.key).lower()
        return not start.startswith("/") or start.startswith(key) or key.startswith(start)

    def _related(self, within: ArmId, place: ArmId, *, alone: bool) -> bool:
        """Tell whether something at or below `place` may lie in what an entry names; a worker's machine is anywhere."""
        hidden_workers = within.type in _MACHINE_TYPES and not alone
        return hidden_workers or within.key in self._places.of(place) or within.within(place)

    def _blind_of(self, unknown: Unknown) -> _Blind:
        """What an Unknown leaves open: checks of jobs, say, find something on other resources of the account."""
        id_, found_on = unknown.subject, self._ran[unknown.check].found_on
        if found_on is FoundOn.MACHINE:
            return _Blind(None)
        node = self._graph.node(id_)
        kind = node.kind if node is not None else None
        if (found_on, kind) in {(FoundOn.WORKER, NodeKind.WORKER), (FoundOn.GROUP, NodeKind.GROUP)}:
            return _Blind(id_, alone=True)
        if (found_on, kind) == (FoundOn.WORKER, NodeKind.GROUP):
            return _Blind(id_)
        while id_.type.startswith(_ACCOUNT + "/"):
            id_ = id_.parent
        return _Blind(id_ if id_.type in {_ACCOUNT, "microsoft.resources/subscriptions", ""} else None)

    def _place_in(self, glob: str | None) -> ArmId | None:
        """The place that a glob over ids names before its first wildcard; None for one over names."""
        place = place_before_wildcards(glob)
        return self._names.id(place) if place is not None else None
