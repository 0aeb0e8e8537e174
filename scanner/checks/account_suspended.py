"""account-suspended."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._account import AccountEvidence, untold
from scanner.checks._check import Judgement, check
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import AutomationAccount, Reading, Subscription

_STOPPED = frozenset({"disabled", "deleted"})


class SuspendedAccount(AccountEvidence, frozen=True, kw_only=True):
    """An account that does not work, or soon will not; a state is None where Azure does not tell it."""

    state: str | None
    subscription_name: str
    subscription_state: str | None

    @property
    def severity(self) -> Severity:
        stopped = _is_wrong(self.state, "ok") or (self.subscription_state or "").lower() in _STOPPED
        return Severity.HIGH if stopped else Severity.MEDIUM

    def message(self) -> str:
        parts = [f"is {self.state}"] if _is_wrong(self.state, "ok") else []
        if _is_wrong(self.subscription_state, "enabled"):
            parts.append(f"is in subscription {self.subscription_name}, which is {self.subscription_state}")
        return f"{self.account_name} {' and '.join(parts)}"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step.az(
                "Check the state of the subscription.",
                "account",
                "show",
                "--subscription",
                self.account.subscription_id,
            ),
            Step("Settle what the subscription owes or lacks with its account administrator, and let it be enabled."),
            Step(f"If the subscription is enabled and {self.account_name} still is not, open a support request."),
        )


@check(
    reads=(Reading.ACCOUNT, Reading.SUBSCRIPTIONS),
    severities=(Severity.HIGH, Severity.MEDIUM),
)
def account_suspended(graph: EstateGraph) -> Iterator[Judgement]:
    """An Automation account is suspended, or its subscription is not enabled.

    ## What it finds
    * Accounts whose state is not Ok, or whose subscription is Disabled or Deleted: high.
    * Accounts whose subscription is in any other state than Enabled, such as Warned or PastDue: medium.

    ## Why it matters
    A suspended account starts no jobs, and a disabled subscription stops its machines as well. Whatever else is found
    below the account follows from that.

    ## How to fix it
    Find out why the subscription or the account was stopped, and have it reactivated.

    ## Read more
    * [Azure subscription states](https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-states)
    """
    subscriptions = {subscription.id.key: subscription for subscription in graph.subscriptions()}
    for account in graph.accounts():
        subscription = subscriptions.get(account.id.subscription.key)
        yield from _judged(graph, account, subscription)


def _judged(graph: EstateGraph, account: AutomationAccount, subscription: Subscription | None) -> Iterator[Judgement]:
    billed = subscription.state if subscription else None
    if _is_wrong(account.state, "ok") or _is_wrong(billed, "enabled"):
        yield SuspendedAccount(
            **AccountEvidence.facts_of(account),
            state=account.state,
            subscription_name=subscription.name if subscription else account.id.subscription_id,
            subscription_state=billed,
        )
        return
    if account.state is None:
        unseen = untold(graph, account, "state")
        if unseen is not None:
            yield unseen
    if billed is None:
        yield Unseen(account.id.subscription, "state")
    if account.state is not None and billed is not None:
        yield Settled(account.id)


def _is_wrong(state: str | None, healthy: str) -> bool:
    return state is not None and state.strip().lower() != healthy
