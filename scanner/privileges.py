"""What a scan has to be allowed: the RBAC actions of its reads, and the custom role that holds exactly these.

A part is opt-in where a scan does without it: what `--include` adds, and what `--management-group` reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scanner.checks import all_checks
from scanner.collect import EVERYTHING, Choice
from scanner.findings import CheckInfo
from scanner.inventory import Reading, with_prerequisites
from scanner.options import Included, RoleForm
from scanner.roles import role_text

ROLE = "Hybrid worker auditor"
"""The name of the role; names of custom roles are unique in a tenant."""

PURPOSE = "Read what hybrid-worker-audit reads, and nothing else."


class Privileges(msgspec.Struct, frozen=True):
    """The actions that a scan needs, sorted: on its subscriptions, and on the management group that it is given."""

    on_subscriptions: tuple[str, ...]
    on_management_group: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """All actions, sorted."""
        return tuple(sorted({*self.on_subscriptions, *self.on_management_group}))


class OptIn(msgspec.Struct, frozen=True):
    """Actions that a scan needs only `when` it is told so, and what to know before they are given."""

    when: str
    actions: tuple[str, ...]
    mind: str


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan loses where it lacks an action.

    `operations` are the actions of the reads that become gaps. `blind` are the checks that have no verdict there;
    `unsure` those of which some verdicts are missing, or a severity lower. `instead` tells what happens otherwise.
    """

    action: str
    operations: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    instead: str | None = None


_WITHOUT_LOSS = {
    Reading.SUBSCRIPTIONS: "nothing is lost: Azure lists a subscription to whoever has any role in it",
    Reading.RESOURCE_GRAPH: "nothing is lost: subscriptions are read one by one, with more requests",
    Reading.MANAGEMENT_GROUP: "a scan with --management-group cannot start",
}
_PROVEN_OTHERWISE: Mapping[str, frozenset[str]] = {
    # The list of solutions shows as well which of them are enabled.
    Reading.INTELLIGENCE_PACKS.operation: frozenset({"region-mapping-partial", "retired-solution-enabled"}),
    Reading.WORKSPACES.operation: frozenset({"retired-solution-enabled"}),
}
"""Checks that rest on a read of the action, and have a verdict without it where another read tells the same."""
_VARIABLES = OptIn(
    "--include variables",
    Reading.VARIABLES.operations,
    "whoever has it can see the values of all variables that are not encrypted",
)
_MANAGEMENT_GROUP = OptIn(
    "--management-group", Reading.MANAGEMENT_GROUP.operations, "it has to be assigned at the management group"
)
OPT_IN = (_VARIABLES, _MANAGEMENT_GROUP)
"""The parts of the role that only some scans need."""


def readings_of(choice: Choice = EVERYTHING, checks: Iterable[CheckInfo] | None = None) -> frozenset[Reading]:
    """The reads of a scan with this choice, without that of a management group, which is made elsewhere.

    `checks` are those that are enabled, all of them unless given: what only others need is left out.
    """
    left_out = {Reading.MANAGEMENT_GROUP, *choice.skipped_readings}
    if Included.VARIABLES not in choice.included:
        left_out.add(Reading.VARIABLES)
    if checks is not None:
        left_out |= _needed(check.info for check in all_checks()) - _needed(checks)
    return frozenset(Reading) - left_out


def privileges_of(
    choice: Choice = EVERYTHING, *, with_management_group: bool = False, checks: Iterable[CheckInfo] | None = None
) -> Privileges:
    """What a scan with this choice and these enabled checks (all, unless given) needs."""
    return Privileges(
        on_subscriptions=_actions(readings_of(choice, checks)),
        on_management_group=_MANAGEMENT_GROUP.actions if with_management_group else (),
    )


def loss_of(action: str, readings: Iterable[Reading], checks: Iterable[CheckInfo]) -> Loss:
    """What a scan that makes these reads, and judges by these checks, loses without an action."""
    lost = frozenset(reading for reading in readings if action in reading.operations)
    instead = next((_WITHOUT_LOSS[reading] for reading in lost if reading in _WITHOUT_LOSS), None)
    if instead is not None:
        return Loss(action=action, instead=instead)
    infos = tuple(checks)
    resting = {info.id for info in infos if lost & with_prerequisites(info.reads)}
    blind = resting - _PROVEN_OTHERWISE.get(action, frozenset())
    touched = {info.id for info in infos if lost & with_prerequisites((*info.reads, *info.refines))}
    return Loss(
        action=action,
        operations=tuple(sorted({reading.operation for reading in lost})),
        blind=tuple(sorted(blind)),
        unsure=tuple(sorted(touched - blind)),
    )


def scan_role(privileges: Privileges, scopes: Iterable[str], form: RoleForm = RoleForm.JSON) -> str:
    """The custom role in one of its forms, assignable at `scopes` (ARM ids)."""
    return role_text(form, ROLE, PURPOSE, privileges.actions, scopes)


def _needed(checks: Iterable[CheckInfo]) -> frozenset[Reading]:
    return frozenset().union(*(with_prerequisites((*info.reads, *info.refines)) for info in checks))


def _actions(readings: Iterable[Reading]) -> tuple[str, ...]:
    return tuple(sorted({operation for reading in readings for operation in reading.operations}))
