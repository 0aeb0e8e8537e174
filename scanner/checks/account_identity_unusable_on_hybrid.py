"""account-identity-unusable-on-hybrid."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._group import unread_targets
from scanner.checks._run_as import in_short
from scanner.findings import Evidence, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import ArmId, AutomationAccount, Reading, RunbookSignature


class UnusableIdentity(Evidence, frozen=True, kw_only=True):
    """An account with user-assigned identities only, whose runbooks run on hybrid groups.

    `connecting` are the runbooks there that sign in with the account's identity; `all_read` tells whether the content
    of every runbook there was read.
    """

    account: ArmId
    account_name: str
    groups: tuple[str, ...]
    connecting: tuple[str, ...]
    all_read: bool

    @property
    def subject(self) -> ArmId:
        return self.account

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.connecting else Severity.MEDIUM

    def message(self) -> str:
        if self.connecting:
            verb = "sign" if len(self.connecting) > 1 else "signs"
            rest = f"where {in_short(self.connecting)} {verb} in with the account's identity"
        elif self.all_read:
            rest = "where no runbook signs in with the account's identity yet"
        else:
            rest = "and whether a runbook there signs in with the account's identity was not seen"
        return (
            f"{self.account_name} has user-assigned identities only, which hybrid workers cannot use, "
            f"and runs runbooks on {in_short(self.groups)}, {rest}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step.powershell(
                "Select the account's subscription.", "Set-AzContext", Subscription=self.account.subscription_id
            ),
            Step(
                f"Give {self.account_name} a system-assigned identity beside the others (portal: Identity, System "
                "assigned, On): the cmdlet that sets identities could take the others away."
            ),
            Step("Grant that identity the roles that the runbooks on the hybrid groups need."),
        )


@check(
    reads=(Reading.ACCOUNT, *TARGET_READINGS),
    refines=(Reading.RUNBOOKS, Reading.RUNBOOK_CONTENT),
    severities=(Severity.HIGH, Severity.MEDIUM),
)
def account_identity_unusable_on_hybrid(graph: EstateGraph) -> Iterator[Judgement]:
    """An account runs runbooks on hybrid workers, and has no identity that these can use.

    ## What it finds
    Accounts whose managed identity is user-assigned only, while a schedule, a webhook or a job of the last 7 days runs
    a runbook on a hybrid group. The severity is high when a runbook there connects with -Identity, else medium.

    ## Why it matters
    On a hybrid worker, jobs use the account's system-assigned identity. A user-assigned one cannot be used there, and
    signing in fails although the same runbook works in Azure.

    ## How to fix it
    Turn on the system-assigned identity of the account, and grant it the roles that the runbooks need.

    ## Read more
    * [Run runbooks on a Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/automation-hrw-run-runbooks)
    * [Enable a system-assigned managed identity](https://learn.microsoft.com/azure/automation/enable-managed-identity-for-automation)
    """
    for account in graph.accounts():
        judgement = _judged(graph, account)
        if judgement is not None:
            yield judgement


def _judged(graph: EstateGraph, account: AutomationAccount) -> Judgement | None:
    kinds = {kind.strip().lower() for kind in (account.identity_type or "").split(",")} - {"", "none"}
    if "systemassigned" in kinds or (account.detailed and account.identity_told and not kinds):
        return Settled(account.id)
    hybrid = [trigger for trigger in graph.targets.triggers(account.id) if trigger.run_on is not None]
    active = [trigger for trigger in hybrid if trigger.active]
    if not active:
        certain = graph.targets.complete(account.id) and all(trigger.active is False for trigger in hybrid)
        if certain:
            return Settled(account.id)
        return Unseen(account.id, unread_targets(graph, account.id, hybrid) or "isEnabled")
    if "userassigned" not in kinds:
        return None if graph.gap(Reading.ACCOUNT, account.id) else Unseen(account.id, "identity.type")
    connecting = [
        runbook.name
        for runbook in graph.runbooks(account.id)
        if graph.targets.reach(runbook.id).on_hybrid and _signs_in(graph, runbook.id)
    ]
    reached = (r.id for r in graph.runbooks(account.id) if graph.targets.reach(r.id).on_hybrid is not False)
    whole = graph.listed(Reading.RUNBOOKS, account.id) and all(graph.content_in_full(id_) for id_ in reached)
    return UnusableIdentity(
        account=account.id,
        account_name=account.name,
        groups=tuple(sorted({trigger.run_on for trigger in active if trigger.run_on is not None}, key=str.lower)),
        connecting=tuple(sorted(connecting)),
        all_read=whole,
    )


def _signs_in(graph: EstateGraph, runbook: ArmId) -> bool:
    content = graph.content(runbook)
    return content is not None and any(s.signature is RunbookSignature.MANAGED_IDENTITY for s in content.signs)
