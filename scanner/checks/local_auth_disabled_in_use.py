"""local-auth-disabled-in-use."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._account import AccountEvidence, LocalAuthUse, local_auth_use, untold, workers_of
from scanner.checks._check import Judgement, check
from scanner.checks._gaps import AccountGaps
from scanner.findings import Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, GroupType, Reading, Webhook


class LocalAuthNeeded(AccountEvidence, frozen=True, kw_only=True):
    """An account that refuses its own keys although `users` sign in with them."""

    users: LocalAuthUse

    @property
    def severity(self) -> Severity:
        return Severity.HIGH

    def message(self) -> str:
        return f"{self.account_name} has local authentication off, but in use by {self.users.text}{self.users.doubt}"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step("Replace webhooks by a trigger that signs in, such as a Logic App with a managed identity."),
            Step("Register V1 and System workers anew as V2, by the hybrid worker extension."),
            Step("Move DSC nodes to Azure Machine Configuration."),
            self.setting(
                "If the work cannot wait, turn local authentication on again until then.",
                "disableLocalAuth",
                value=False,
            ),
        )


@check(
    reads=(Reading.ACCOUNT, Reading.WEBHOOKS, Reading.WORKERS, Reading.DSC_NODES),
    severities=(Severity.HIGH,),
)
def local_auth_disabled_in_use(graph: EstateGraph) -> Iterator[Judgement]:
    """Local authentication is off although something signs in with keys.

    ## What it finds
    Accounts whose disableLocalAuth is true and that still have enabled webhooks, V1 or System workers, or DSC nodes.
    Where one of these kinds was not read in full, the message says so; where none was found, that is unknown.

    ## Why it matters
    All of these sign in with keys of the account, and are refused: webhooks start nothing, workers fetch no jobs, and
    nodes get no configuration.

    ## How to fix it
    Replace them by what signs in with Microsoft Entra ID, or turn local authentication on again.

    ## Read more
    * [Azure security baseline for Automation](https://learn.microsoft.com/security/benchmark/azure/baselines/automation-security-baseline)
    """
    gaps = AccountGaps(graph)
    for account in graph.accounts():
        off = account.disable_local_auth
        if off is None and not account.detailed:
            if (unseen := untold(graph, account, "disableLocalAuth")) is not None:
                yield unseen
        elif not off:
            yield from gaps.settled(account.id)
        elif (users := local_auth_use(graph, account.id)).in_use:
            yield LocalAuthNeeded(**AccountEvidence.facts_of(account), users=users)
        else:
            yield from _left_out(graph, account.id)


def _left_out(graph: EstateGraph, account: ArmId) -> Iterator[Unseen]:
    """What could be a user, if Azure told it."""
    for webhook in graph.children(account, Webhook):
        if webhook.enabled is None:
            yield Unseen(webhook.id, "isEnabled")
    for worker in workers_of(graph, account):
        if graph.group_of(worker).group_type is None:
            yield Unseen(worker.group, "groupType")
        elif worker.worker_type is None and graph.group_of(worker).group_type is GroupType.USER:
            yield Unseen(worker.id, "workerType")
