"""Whether the login has each action in a subscription, and by which evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scanner.collect import OF_EACH_KIND, Permission, Sample
from scanner.doctor._report import ActionV1, Allowed
from scanner.doctor._rights import allows
from scanner.inventory import ArmId, Extension, Gap, GapReason, Read, Reading
from scanner.inventory.coverage import QUERY_WORKSPACE

_OF_TENANT = (Reading.SUBSCRIPTIONS.operation, Reading.RESOURCE_GRAPH.operation)
_LISTED_BY_ROWS = {
    Reading.VM_EXTENSIONS.operation: "microsoft.compute/virtualmachines",
    Reading.ARC_EXTENSIONS.operation: "microsoft.hybridcompute/machines",
}
"""Actions without which Resource Graph shows no extension, by the (lower-cased) type of the machine."""
FURTHER_DOWN = (
    "answered in the sample, but not among the effective permissions of the subscription: a role further down has it, "
    "which may leave out the rest"
)
"""Why an action is not known to be there for all that a scan reads, although a sample was answered."""
NO_GRAPH = "Resource Graph was not used"
"""How the note begins of a scan that Resource Graph did not answer."""


class Answers:
    """What a sample's reads say of actions, by subscription."""

    def __init__(self, sample: Sample, readings: Iterable[Reading]) -> None:
        self._notes = sample.notes
        self._reads: dict[tuple[str, str], list[Read]] = {}
        wanted = frozenset(readings)
        for read in sample.reads:
            if read.reading in wanted and not (read.gap is not None and read.gap.reason is GapReason.SKIPPED):
                for action in read.reading.operations:
                    self._reads.setdefault((ArmId(read.scope).subscription_id, action), []).append(read)
        machines = (each.machine for each in sample.resources if isinstance(each, Extension))
        self._rows = {(machine.subscription_id, machine.type) for machine in machines}

    def of(
        self, subscription: str, actions: Iterable[str], permissions: tuple[Permission, ...] | None
    ) -> list[ActionV1]:
        """What is known of each action in a subscription (its GUID), in the order of the actions.

        `permissions` are the effective ones there, None where these were not seen.
        """
        return [_everywhere(self._answer(subscription, action, permissions), permissions) for action in actions]

    def _answer(self, subscription: str, action: str, permissions: tuple[Permission, ...] | None) -> ActionV1:
        if action in _OF_TENANT:
            return _of_tenant(self._notes, action)
        known = _by_reads(action, self._reads.get((subscription, action), ()), permissions)
        shown = (subscription, _LISTED_BY_ROWS.get(action)) in self._rows
        if shown and (known is None or known.answer == "not_known"):
            return ActionV1(action=action, answer="allowed", evidence="resource_graph")
        return known or _by_permissions(action, permissions)


def _everywhere(seen: ActionV1, permissions: tuple[Permission, ...] | None) -> ActionV1:
    """What a sample tells of the whole subscription: what is allowed only further down may end behind the sample."""
    of_sample = seen.answer == "allowed" and seen.action not in _OF_TENANT
    if not of_sample or permissions is None or allows(permissions, seen.action):
        return seen
    return msgspec.structs.replace(seen, answer="not_known", because=FURTHER_DOWN)


def refused(gap: Gap) -> bool:
    """Whether a role would have answered the read."""
    return gap.reason is GapReason.DENIED and gap.action is not None


def _by_reads(action: str, reads: Sequence[Read], permissions: tuple[Permission, ...] | None) -> ActionV1 | None:
    """What reads say of an action; None where there were none."""
    denied = [read for read in reads if read.gap is not None and refused(read.gap)]
    read_well = [read for read in reads if read.gap is None or read.gap.reason is GapReason.TRUNCATED]
    if denied and not (action == QUERY_WORKSPACE and read_well):
        return _denied(action, denied[0], permissions)
    if read_well:
        return ActionV1(action=action, answer="allowed", evidence="read", where=read_well[0].scope)
    failed = next((read.gap for read in reads if read.gap is not None), None)
    if failed is None:
        return None
    because = f"a read was not answered: {failed.reason}: {failed.message}"
    return ActionV1(action=action, answer="not_known", evidence="none", where=failed.scope, because=because)


def _of_tenant(notes: Iterable[str], action: str) -> ActionV1:
    """Actions that Azure asks for above subscriptions, where any role is enough."""
    note = next((note for note in notes if note.startswith(NO_GRAPH)), None)
    if action == Reading.RESOURCE_GRAPH.operation and note is not None:
        return ActionV1(action=action, answer="denied", evidence="read", because=note)
    return ActionV1(action=action, answer="allowed", evidence="read")


def _denied(action: str, read: Read, known: tuple[Permission, ...] | None) -> ActionV1:
    """A refused read; of a log query's two actions, the service does not say which is missing."""
    because = None
    if len(read.reading.operations) > 1:
        others = [other for other in read.reading.operations if other != action]
        if known is not None and allows(known, action) and not all(allows(known, other) for other in others):
            return ActionV1(action=action, answer="allowed", evidence="permissions")
        if known is None:
            because = f"the service does not say whether this is missing, or {others[0]}"
    return ActionV1(action=action, answer="denied", evidence="read", where=read.scope, because=because)


def _by_permissions(action: str, permissions: tuple[Permission, ...] | None) -> ActionV1:
    nothing = f"nothing to read with it among the first {OF_EACH_KIND} of a kind"
    if permissions is None:
        because = f"{nothing}, and the effective permissions were not seen"
        return ActionV1(action=action, answer="not_known", evidence="none", because=because)
    answer: Allowed = "allowed" if allows(permissions, action) else "denied"
    return ActionV1(action=action, answer=answer, evidence="permissions", because=nothing)
