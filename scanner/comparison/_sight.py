"""What a scan would have seen: only that lets it say that something is no longer there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

from scanner.checks import all_checks
from scanner.comparison._record import Record, RecordedGap, Thing
from scanner.findings import EARLIER_SNAPSHOT, Compared, Item
from scanner.inventory import ArmId, Reading, Scope

_EVERYTHING = ArmId("/subscriptions")
_TENANTS = ArmId("/tenants")
_ACCOUNT = "microsoft.automation/automationaccounts"
_LISTS = {
    "automation_account": Reading.ACCOUNTS,
    "workspace": Reading.WORKSPACES,
    "worker_group": Reading.GROUPS,
    "worker": Reading.WORKERS,
}
"""The read that shows the resources of a kind."""
_OF_FINDINGS = frozenset({"findings", "unknowns", "gaps", "errors", "resources"})
_OF_RESOURCES = frozenset({"gaps", "resources"})


class Sight:
    """Asks the record of a scan whether it would have shown something; None is yes, a text tells why not."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._coverage = record.coverage
        self.things: dict[str, Thing] = {thing.item.id.key: thing for thing in record.things}
        self._by_check: dict[str, tuple[dict[str, str], dict[str, str]]] = {}

    # -- findings ---------------------------------------------------------------------------------------------

    def of_finding(self, finding: Compared, other: Sight) -> str | None:
        """Why this scan cannot tell that a finding of the other one is not there; None when it can."""
        return (
            self._untold(_OF_FINDINGS)
            or self._of_check(finding.check)
            or _of_evidence(finding)
            or self.of_place(finding.subject)
            or self._hidden(finding.check, finding.subject)
            or (None if self.is_gone(finding.subject, other) else self._of_elsewhere(finding, other))
        )

    def is_gone(self, subject: ArmId, other: Sight) -> bool:
        """Whether this scan proves that what the finding is about is not there, and so nothing is wrong with it."""
        thing = other.things.get(subject.key)
        return thing is not None and subject.key not in self.things and self.of_absence(thing.item) is None

    def _of_elsewhere(self, finding: Compared, other: Sight) -> str | None:
        """Why this scan may have missed a part of the proof that lies in another place than the finding."""
        check, places = finding.check, _elsewhere(finding)
        # What the other scan did not see either cannot be what the finding rests on.
        needed = (place for place in places if other.of_place(place) is None)
        return (
            self._of_filters(finding, other)
            or next((why for place in needed if (why := self.of_place(place))), None)
            or next((why for place in places if (why := self._hidden(check, place))), None)
            or (self._of_rest(check, other) if check in _tenant_wide() else None)
        )

    def _untold(self, needed: frozenset[str]) -> str | None:
        missing = sorted(needed.intersection(self._coverage.untold))
        return f"the file does not tell its {missing[0]}" if missing else None

    def _of_check(self, check: str) -> str | None:
        if check in self._coverage.crashed:
            return "the check crashed"
        if check in self._coverage.ran:
            return None
        if self.record.settings.switches_off(check):
            return "the check was switched off by settings"
        return "the check did not run" if self._coverage.checks_told else "the file does not tell whether the check ran"

    def _of_filters(self, finding: Compared, other: Sight) -> str | None:
        """What concerns no account may rest on any that --account or --resource-group leaves out."""
        own = _filters(self._coverage.scope)
        if finding.account is not None or own in {(None, None), _filters(other.record.coverage.scope)}:
            return None
        return "the scan was limited to some accounts"

    def _of_rest(self, check: str, other: Sight) -> str | None:
        """What was not seen of all that the other scan walked, or of anything that this check reads."""
        left = other.record.coverage.walked - self._coverage.walked
        return self._not_walked(min(left)) if left else self._hidden(check, _EVERYTHING)

    def _hidden(self, check: str, place: ArmId) -> str | None:
        """The read or the value that this check lacked at the place, above it or below it."""
        if check not in self._by_check:
            self._by_check[check] = self._index(check)
        at, above = self._by_check[check]
        found = next((at[key] for key in _upwards(place) if key in at), None)
        return found or above.get(place.key)

    def _index(self, check: str) -> tuple[dict[str, str], dict[str, str]]:
        """What hides something from a check by the id of its place, and by every id above that."""
        at: dict[str, str] = {}
        above: dict[str, str] = {}
        gaps = {gap.id: _told(gap) for gap in self.record.gaps}
        hiding = [(gap.place, _told(gap)) for gap in self.record.gaps if check in gap.hides]
        for unknown in self.record.unknowns:
            if unknown.check == check:
                told = gaps.get(unknown.because, f"Azure left out {unknown.because} of {unknown.subject}")
                hiding.append((unknown.subject, told))
        for place, told in hiding:
            inside = place if place.within(_EVERYTHING) else _EVERYTHING
            if not place.within(_TENANTS):  # which hides the subscriptions that were not walked, and nothing in others
                at.setdefault(inside.key, told)
            for key in _upwards(inside):
                above.setdefault(key, told)
        return at, above

    # -- places -----------------------------------------------------------------------------------------------

    def of_place(self, place: ArmId) -> str | None:
        """Why the scan did not look there; None when it did."""
        guid, scope = place.subscription_id, self._coverage.scope
        if guid and guid not in self._coverage.walked:
            return self._not_walked(guid)
        if place.type.startswith(_ACCOUNT):
            if scope.account is not None and not place.within(ArmId(scope.account)):
                return "outside --account"
            if scope.resource_group is not None and scope.resource_group.lower() != place.resource_group.lower():
                return "outside --resource-group"
        return None

    def _not_walked(self, guid: str) -> str:
        scope = self._coverage.scope
        named = {name.lower() for name in scope.subscriptions}
        if guid in {name.lower() for name in scope.excluded_subscriptions}:
            return "its subscription was left out by --exclude-subscription"
        if named and guid not in named:
            return "its subscription is not among those of --subscription"
        if scope.account is not None and ArmId(scope.account).subscription_id != guid:
            return "outside --account"
        if scope.shard is not None and not scope.shard.holds(guid):
            return f"its subscription is of another shard than {scope.shard}"
        if scope.management_group is not None:
            return "its subscription was not visible below the management group"
        return "its subscription was not visible"

    # -- resources --------------------------------------------------------------------------------------------

    def of_absence(self, item: Item) -> str | None:
        """Why a resource that this scan does not have may be there all the same; None when it is not there."""
        return self._untold(_OF_RESOURCES) or self._absence(item.kind, item.id)

    def _absence(self, kind: str, id_: ArmId) -> str | None:
        if kind == "subscription":
            return f"{self._not_walked(id_.subscription_id)}: it was deleted, or the login has no role there"
        if (outside := self.of_place(id_)) is not None:
            return outside
        owner = id_.parent
        if kind in {"worker", "worker_group"} and owner.key not in self.things:
            return self._absence("worker_group" if kind == "worker" else "automation_account", owner)
        operation = _LISTS[kind].operation.lower()
        return next((told for place in (owner, id_) if (told := self._gaps.get((operation, place.key)))), self._cut_off)

    @cached_property
    def _gaps(self) -> dict[tuple[str, str], str]:
        return {(gap.operation.lower(), gap.place.key): _told(gap) for gap in self.record.gaps}

    @cached_property
    def _cut_off(self) -> str | None:
        """The Gap of what chose the subscriptions: not all of them may have been walked then."""
        chosen_by = {reading.operation for reading in (Reading.SUBSCRIPTIONS, Reading.MANAGEMENT_GROUP)}
        gaps = (gap for gap in self.record.gaps if gap.operation in chosen_by and not gap.place.subscription_id)
        return next((_told(gap) for gap in gaps), None)


@cache
def _tenant_wide() -> frozenset[str]:
    return frozenset(check.id for check in all_checks() if check.info.tenant_wide)


def _of_evidence(finding: Compared) -> str | None:
    rests_on_snapshot = finding.evidence.get("told_by") == EARLIER_SNAPSHOT
    return "it rests on a snapshot that is older than both scans" if rests_on_snapshot else None


def _told(gap: RecordedGap) -> str:
    return f"{gap.reason}: {gap.operation} at {gap.place}"


def _filters(scope: Scope) -> tuple[str | None, str | None]:
    account, group = scope.account, scope.resource_group
    return account and ArmId(account).key, group and group.lower()


def _upwards(place: ArmId) -> Iterator[str]:
    """The key of the place, and of every id above it."""
    key = place.key
    while key:
        yield key
        key = key.rpartition("/")[0]


def _elsewhere(finding: Compared) -> tuple[ArmId, ...]:
    """The places beside its own that a finding may rest on: the account that it concerns, and what its facts name."""
    named = (*((finding.account,) if finding.account else ()), *_ids(finding.evidence))
    return tuple(place for place in dict.fromkeys(named) if not finding.subject.within(place))


def _ids(value: Any) -> Iterator[ArmId]:
    """The ARM ids in the facts of an evidence."""
    if isinstance(value, str) and value.lower().startswith("/subscriptions/"):
        yield ArmId(value)
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _ids(part)
