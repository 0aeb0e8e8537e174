"""What a scan has to be allowed: the RBAC actions of its reads, and the custom role that holds exactly these.

A part is opt-in where a scan does without it: what `--include` adds, and what `--management-group` reads.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanner.collect import EVERYTHING, Choice
from scanner.inventory import Reading
from scanner.options import Included
from scanner.roles import role_definition

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


def privileges_of(choice: Choice = EVERYTHING, *, with_management_group: bool = False) -> Privileges:
    """What a scan with this choice needs."""
    left_out = {Reading.MANAGEMENT_GROUP, *choice.skipped_readings}
    if Included.VARIABLES not in choice.included:
        left_out.add(Reading.VARIABLES)
    return Privileges(
        on_subscriptions=_actions(reading for reading in Reading if reading not in left_out),
        on_management_group=_actions([Reading.MANAGEMENT_GROUP]) if with_management_group else (),
    )


def scan_role(privileges: Privileges, scopes: Iterable[str]) -> str:
    """The JSON of the custom role for `az role definition create`, assignable at `scopes` (ARM ids)."""
    return role_definition(ROLE, PURPOSE, privileges.actions, scopes)


def _actions(readings: Iterable[Reading]) -> tuple[str, ...]:
    return tuple(sorted({operation for reading in readings for operation in reading.operations}))
