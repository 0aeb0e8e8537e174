"""Azure RBAC: what the login's role assignments let it do, and where.

An operation at a scope is allowed when an assignment at that scope or above it allows it (management group,
subscription, resource group, resource): one of the assignment's actions matches it and none of its notActions does.
Actions and scopes compare without case, and `*` in an action stands for any text ("Understand Azure role definitions"
and "Understand scope for Azure RBAC", Microsoft).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from scanner.emulator.faults import Fault

MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"
_ASSIGNABLE = ("/subscriptions/", MANAGEMENT_GROUPS)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role at a scope (a full ARM id; "/" for the whole tenant), with the role's four lists as Azure names them."""

    scope: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def allows(self, operation: str) -> bool:
        """Whether the role has the action."""
        return _matches(self.actions, operation) and not _matches(self.not_actions, operation)

    def covers(self, path: str) -> bool:
        """Whether a path is the scope of the assignment, or below it; management groups are not looked through."""
        scope = self.scope.rstrip("/").lower()
        return f"{path.lower()}/".startswith(f"{scope}/")


def _matches(patterns: tuple[str, ...], operation: str) -> bool:
    return any(_pattern(pattern).fullmatch(operation) for pattern in patterns)


@cache
def _pattern(action: str) -> re.Pattern[str]:
    return re.compile(re.escape(action).replace(r"\*", ".*"), re.IGNORECASE)


class Rights:
    """What the login may do: by its role assignments, without any in every place; and never what a fault denies.

    `above` gives the scopes of the management groups that hold a subscription or a management group, by its id.
    """

    def __init__(
        self, access: Sequence[Assignment] | None, denials: Sequence[Fault], above: Callable[[str], Sequence[str]]
    ) -> None:
        self._access = access
        self._denials = denials
        self._above = above

    def readable(self, operation: str, path: str) -> bool:
        """Whether the login may do this at a path.

        No role can be assigned above management groups and subscriptions: what answers there, such as the list of all
        subscriptions, lets everybody in, and shows what the roles below let through.
        """
        if self.denied(operation, path):
            return False
        if self._access is None or not path.lower().startswith(_ASSIGNABLE):
            return True
        return any(assignment.allows(operation) for assignment in self._at(path))

    def denied(self, operation: str, path: str) -> bool:
        """Whether a fault refuses this at a path, whatever the roles say."""
        return any(fault.matches(operation, path) for fault in self._denials)

    def has_role_in(self, subscription: str) -> bool:
        """Whether any role is assigned at a subscription (by its GUID), in it or above it."""
        scope = f"/subscriptions/{subscription}"
        if self._access is None:
            return True
        inside = (each for each in self._access if f"{each.scope.rstrip('/').lower()}/".startswith(f"{scope.lower()}/"))
        return any((*self._at(scope), *inside))

    def permissions(self, path: str) -> list[dict[str, object]]:
        """The effective permissions at a scope: of each role, what it allows and what it leaves out."""
        if self._access is None:
            refused = [fault.operation for fault in self._denials if fault.scope.lower() in f"{path.lower()}/"]
            return [_permission(Assignment("/", ("*/read",), tuple(refused)))]
        return [_permission(assignment) for assignment in self._at(path)]

    def _at(self, path: str) -> list[Assignment]:
        scopes = (path, *self._above(path))
        return [each for each in self._access or () if any(each.covers(scope) for scope in scopes)]


def _permission(role: Assignment) -> dict[str, object]:
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": list(role.data_actions),
        "notDataActions": list(role.not_data_actions),
    }
