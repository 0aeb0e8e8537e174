"""A scan of one account: what it leaves out of what a scan of everything reads, and what it says of that."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from scanner.collect import _resource_graph as resource_graph
from scanner.collect._machine_parsing import ARC_TYPE, VM_TYPE
from scanner.collect._reader import Reader
from scanner.collect._subscriptions import ALL
from scanner.errors import StartError
from scanner.inventory import ArmId, Reading, Scope, settling

ACCOUNT_TYPE = "microsoft.automation/automationaccounts"
WORKSPACE_TYPE = "microsoft.operationalinsights/workspaces"
SOLUTION_TYPE = "microsoft.operationsmanagement/solutions"
_LISTED_IN_BULK: Mapping[Reading, str] = {
    Reading.ACCOUNTS: ACCOUNT_TYPE,
    Reading.WORKSPACES: WORKSPACE_TYPE,
    Reading.SOLUTIONS: SOLUTION_TYPE,
    Reading.VIRTUAL_MACHINES: VM_TYPE,
    Reading.ARC_MACHINES: ARC_TYPE,
}
MOST_NEIGHBOURS = 10
"""Workspaces of a named account's subscription up to which all are asked for what concerns it: one query's worth."""


class OneAccount:
    """The account that the user named; `named` is None where all are scanned, and then nothing is left out.

    `left_workspaces` tells that workspaces of its subscription were not asked what they have to do with it.
    """

    def __init__(self, scope: Scope) -> None:
        self.named = ArmId.parse(scope.account)
        self.left_workspaces = False

    @property
    def lists(self) -> Mapping[Reading, str]:
        """The lists of a subscription that Resource Graph can stand for, each with its resource type."""
        left = {Reading.ACCOUNTS} if self.named is not None else set()
        return {reading: kind for reading, kind in _LISTED_IN_BULK.items() if reading not in left}

    @property
    def types(self) -> tuple[str, ...]:
        """The resource types that Resource Graph is asked for."""
        return tuple(kind for kind in resource_graph.TYPES if kind != ACCOUNT_TYPE or self.named is None)

    def leaves(self, workspaces: int) -> bool:
        """Whether of so many workspaces of a subscription only those are asked for more that an account names."""
        return self.named is not None and workspaces > MOST_NEIGHBOURS

    def lies_in(self, subscriptions: Collection[str]) -> bool:
        """Whether the account is one of these subscriptions (keys)."""
        return self.named is not None and self.named.subscription.key in subscriptions

    def unread(self, reader: Reader) -> str:
        """What to note of an account that was not seen; raises StartError where the service says that there is none."""
        named = self.named or ALL
        if reader.answered(Reading.ACCOUNT, named):
            raise StartError(f"there is no Automation account {named}", "check --account, every part of it")
        return settling.account_unread(named)

    def leave_neighbours(self, reader: Reader) -> None:
        """Enter what was left out: whatever others have to do with the account is not known."""
        if self.named is None:
            return
        reader.skip(Reading.ACCOUNTS, ALL, settling.OTHER_ACCOUNTS)
        if self.left_workspaces or reader.listed_subscriptions - {self.named.subscription_id}:
            reader.skip(Reading.WORKSPACES, ALL, settling.OTHER_WORKSPACES)
