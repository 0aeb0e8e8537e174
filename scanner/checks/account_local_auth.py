"""account-local-auth."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._account import AccountEvidence, LocalAuthUse, local_auth_use, untold
from scanner.checks._check import Judgement, check
from scanner.findings import Settled, Severity, Step
from scanner.graph import EstateGraph
from scanner.inventory import Reading


class LocalAuthAllowed(AccountEvidence, frozen=True, kw_only=True):
    """An account that accepts its own keys; `told` is False where it never was set, `users` would break without."""

    told: bool
    users: LocalAuthUse

    @property
    def severity(self) -> Severity:
        return Severity.LOW

    def message(self) -> str:
        allows = "allows local authentication" if self.told else "has local authentication not set, which allows it"
        users = self.users.text
        need = f"turning it off would break {users}" if users else "nothing that was seen needs it"
        return f"{self.account_name} {allows}; {need}{self.users.doubt}"

    def remediation(self) -> tuple[Step, ...]:
        first = "Replace what needs it: webhooks by another trigger, V1 and System workers by the V2 extension, "
        off = self.setting("When nothing needs it any more, turn it off.", "disableLocalAuth", value=True)
        return (Step(first + "State Configuration by Azure Machine Configuration."), off)


@check(
    reads=(Reading.ACCOUNT,),
    refines=(Reading.WEBHOOKS, Reading.WORKERS, Reading.DSC_NODES),
    severities=(Severity.LOW,),
)
def account_local_auth(graph: EstateGraph) -> Iterator[Judgement]:
    """An Automation account accepts local authentication.

    ## What it finds
    Accounts whose disableLocalAuth is not true; the message tells where it was never set. It also tells what would
    break without local authentication: enabled webhooks, V1 and System workers, and DSC nodes. DSC nodes are read
    only in accounts with local authentication off; the message says so where something was not read.

    ## Why it matters
    The account's registration keys and the addresses of its webhooks are secrets that no one's identity stands behind:
    who has them can register workers and start runbooks.

    ## How to fix it
    Move what needs keys to Microsoft Entra ID, then turn local authentication off.

    ## Read more
    * [Azure security baseline for Automation](https://learn.microsoft.com/security/benchmark/azure/baselines/automation-security-baseline)
    """
    for account in graph.accounts():
        off = account.disable_local_auth
        if off:
            yield Settled(account.id)
        elif off is False or account.detailed:
            users = local_auth_use(graph, account.id)
            yield LocalAuthAllowed(**AccountEvidence.facts_of(account), told=off is not None, users=users)
        elif (unseen := untold(graph, account, "disableLocalAuth")) is not None:
            yield unseen
