"""Whether the login has each action in a subscription, and by which evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scanner.collect import OF_EACH_KIND, Permission, Sample
from scanner.doctor._report import ActionV1, Allowed
from scanner.doctor._rights import allows
from scanner.inventory import ArmId, Extension, Gap, GapReason, Read, Reading
from scanner.inventory.coverage import QUERY_WORKSPACE

_LISTED_BY_ROWS = {
    Reading.VM_EXTENSIONS.operation: "microsoft.compute/virtualmachines",
    Reading.ARC_EXTENSIONS.operation: "microsoft.hybridcompute/machines",
}
"""Actions without which Resource Graph shows no extension, by the (lower-cased) type of the machine."""
NO_GRAPH = "Resource Graph was not used"
"""How the note begins of a scan that Resource Graph did not answer."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription (by its GUID), and the effective permissions there; None where these were not seen."""

    subscription: str
    permissions: tuple[Permission, ...] | None


def answers(sample: Sample, subject: Subject, actions: Iterable[str], readings: Iterable[Reading]) -> list[ActionV1]:
    """What is known of each action in a subscription, in the order of the actions."""
    own = [read for read in sample.reads if ArmId(read.scope).subscription_id == subject.subscription]
    by_action: dict[str, list[Read]] = {}
    wanted = set(readings)
    for read in own:
        if read.reading in wanted and not (read.gap is not None and read.gap.reason is GapReason.SKIPPED):
            for action in read.reading.operations:
                by_action.setdefault(action, []).append(read)
    return [_answer(sample, subject, action, by_action.get(action, ())) for action in actions]


def refused(gap: Gap) -> bool:
    """Whether a role would have answered the read."""
    return gap.reason is GapReason.DENIED and gap.action is not None


def _answer(sample: Sample, subject: Subject, action: str, reads: Sequence[Read]) -> ActionV1:
    if action in (Reading.SUBSCRIPTIONS.operation, Reading.RESOURCE_GRAPH.operation):
        return _of_tenant(sample, action)
    denied = [read for read in reads if read.gap is not None and refused(read.gap)]
    read_well = [read for read in reads if read.gap is None or read.gap.reason is GapReason.TRUNCATED]
    if denied and not (action == QUERY_WORKSPACE and read_well):
        return _denied(subject, action, denied[0])
    if read_well:
        return ActionV1(action=action, answer="allowed", evidence="read", where=read_well[0].scope)
    if _shown_by_rows(sample, subject.subscription, action):
        return ActionV1(action=action, answer="allowed", evidence="resource_graph")
    failed = next((read.gap for read in reads if read.gap is not None), None)
    if failed is not None:
        because = f"a read was not answered: {failed.reason}: {failed.message}"
        return ActionV1(action=action, answer="not_known", evidence="none", where=failed.scope, because=because)
    return _by_permissions(subject, action)


def _of_tenant(sample: Sample, action: str) -> ActionV1:
    """Actions that Azure asks for above subscriptions, where any role is enough."""
    note = next((note for note in sample.notes if note.startswith(NO_GRAPH)), None)
    if action == Reading.RESOURCE_GRAPH.operation and note is not None:
        return ActionV1(action=action, answer="denied", evidence="read", because=note)
    return ActionV1(action=action, answer="allowed", evidence="read")


def _denied(subject: Subject, action: str, read: Read) -> ActionV1:
    """A refused read; of a log query's two actions, the service does not say which is missing."""
    because = None
    if len(read.reading.operations) > 1:
        others = [other for other in read.reading.operations if other != action]
        known = subject.permissions
        if known is not None and allows(known, action) and not all(allows(known, other) for other in others):
            return ActionV1(action=action, answer="allowed", evidence="permissions")
        if known is None:
            because = f"the service does not say whether this is missing, or {others[0]}"
    return ActionV1(action=action, answer="denied", evidence="read", where=read.scope, because=because)


def _shown_by_rows(sample: Sample, subscription: str, action: str) -> bool:
    type_ = _LISTED_BY_ROWS.get(action)
    machines = (each.machine for each in sample.resources if isinstance(each, Extension))
    return any(machine.subscription_id == subscription and machine.type == type_ for machine in machines)


def _by_permissions(subject: Subject, action: str) -> ActionV1:
    nothing = f"nothing to read with it among the first {OF_EACH_KIND} of a kind"
    if subject.permissions is None:
        because = f"{nothing}, and the effective permissions were not seen"
        return ActionV1(action=action, answer="not_known", evidence="none", because=because)
    answer: Allowed = "allowed" if allows(subject.permissions, action) else "denied"
    return ActionV1(action=action, answer=answer, evidence="permissions", because=nothing)
