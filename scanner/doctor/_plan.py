"""The scan that is examined, and the role that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from scanner.checks import all_checks
from scanner.collect import Choice
from scanner.doctor._report import OptInV1, RoleV1
from scanner.findings import CheckInfo
from scanner.inventory import Reading, Scope
from scanner.options import Auth, RoleForm
from scanner.policies import DEADLINE
from scanner.privileges import OPT_IN, ROLE, Privileges, privileges_of, readings_of, scan_role

PLACEHOLDER: Final = "/subscriptions/00000000-0000-0000-0000-000000000000"
"""The scope of a role where none is known."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The scan that is examined: its scope and choice, the checks that are enabled, and those that settings switch off.

    `tenant` is the one to log in to, if the user named one; `patience` the seconds that the login has.
    """

    scope: Scope
    choice: Choice
    checks: tuple[CheckInfo, ...]
    switched_off: tuple[str, ...] = ()
    auth: Auth = Auth.DEFAULT
    tenant: str | None = None
    patience: float = DEADLINE

    @property
    def privileges(self) -> Privileges:
        """What the scan needs."""
        group = self.scope.management_group is not None
        return privileges_of(self.choice, with_management_group=group, checks=self.checks)

    @property
    def readings(self) -> frozenset[Reading]:
        """The reads that the scan makes."""
        return readings_of(self.choice, self.checks)

    def role(self, scopes: Sequence[str]) -> RoleV1:
        """The custom role, assignable at `scopes` (ARM ids): a management group that is scanned stands for all."""
        group = self.scope.management_group
        above = [f"/providers/Microsoft.Management/managementGroups/{group}"] if group is not None else []
        places = above or list(scopes) or [PLACEHOLDER]
        needed = self.privileges
        opt_in = {action for part in OPT_IN for action in part.actions}
        return RoleV1(
            name=ROLE,
            core=[action for action in needed.actions if action not in opt_in],
            opt_in=[
                OptInV1(
                    when=part.when,
                    actions=list(part.actions),
                    mind=part.mind,
                    included=set(part.actions) <= set(needed.actions),
                )
                for part in OPT_IN
            ],
            scopes=places,
            left_out_for=list(self.switched_off),
            json=scan_role(needed, places, RoleForm.JSON),
            bicep=scan_role(needed, places, RoleForm.BICEP),
            az=scan_role(needed, places, RoleForm.AZ),
        )


def enabled_checks(choice: Choice, switched_off: Iterable[str]) -> tuple[CheckInfo, ...]:
    """What the checks say of themselves that a scan with this choice runs, without those switched off."""
    off = set(switched_off)
    included = {None, *choice.included}
    return tuple(each.info for each in all_checks() if each.info.included_by in included and each.id not in off)
