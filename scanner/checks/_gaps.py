"""Where Gaps hide something below an account."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.findings import Settled
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Gap, Reading

_ACCOUNT = "microsoft.automation/automationaccounts"


def workers_listed(graph: EstateGraph, account: ArmId) -> bool:
    """Tell whether the account's groups were listed, and the workers of each."""
    return graph.listed(Reading.GROUPS, account) and all(
        graph.listed(Reading.WORKERS, group.id) for group in graph.groups(account)
    )


class AccountGaps:
    """All Gaps at and below each Automation account."""

    def __init__(self, graph: EstateGraph) -> None:
        self._ledger = graph.ledger
        self._gaps: dict[str, list[Gap]] = {}
        for gap in graph.ledger.gaps:
            account = graph.ledger.place_of(gap)
            while account.type.startswith(_ACCOUNT + "/"):
                account = account.parent
            self._gaps.setdefault(account.key, []).append(gap)

    def settled(self, account: ArmId) -> Iterator[Settled]:
        """Clear the account, and whatever its Gaps hide."""
        yield Settled(account)
        yield from (Settled(self._ledger.place_of(gap)) for gap in self._gaps.get(account.key, ()))
