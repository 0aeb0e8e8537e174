"""webhook-expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner.checks._check import Judgement, check
from scanner.findings import Evidence, Severity, Step, Threshold, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Reading, Webhook

EXPIRES_SOON = Threshold(
    key="webhook-expires-soon",
    meaning="a webhook that has less time left is told of",
    default=timedelta(days=30),
    least=timedelta(days=1),
    most=timedelta(days=3650),
)


class ExpiredWebhook(Evidence, frozen=True, kw_only=True):
    """An enabled webhook that has expired or soon will; it runs on the group `run_on`, None for Azure's sandbox."""

    webhook: ArmId
    webhook_name: str
    account: ArmId
    runbook_name: str | None
    run_on: str | None
    expires_at: datetime
    expired: bool

    @property
    def subject(self) -> ArmId:
        return self.webhook

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.expired else Severity.LOW

    def message(self) -> str:
        runbook = f" of runbook {self.runbook_name}" if self.runbook_name else ""
        verb = "expired" if self.expired else "expires"
        return f"Webhook {self.webhook_name}{runbook} in {self.account.name} {verb} on {self.expires_at:%Y-%m-%d}"

    def remediation(self) -> tuple[Step, ...]:
        if not self.expired:
            return (
                Step("Ask who calls the webhook whether it still is needed."),
                Step(f"If it is, extend {self.webhook_name} before {self.expires_at:%Y-%m-%d}; else disable it."),
            )
        return (
            Step("If the webhook still is needed, create a new one and give its callers the new address."),
            Step.powershell(
                "Select the account's subscription.", "Set-AzContext", Subscription=self.account.subscription_id
            ),
            Step.powershell(
                "Remove the expired webhook: it can be neither extended nor used again.",
                "Remove-AzAutomationWebhook",
                ResourceGroupName=self.account.resource_group,
                AutomationAccountName=self.account.name,
                Name=self.webhook_name,
            ),
        )


@check(
    reads=(Reading.WEBHOOKS,),
    severities=(Severity.MEDIUM, Severity.LOW),
    thresholds=(EXPIRES_SOON,),
)
def webhook_expired(graph: EstateGraph) -> Iterator[Judgement]:
    """An enabled webhook has expired, or expires soon.

    ## What it finds
    Enabled webhooks that have expired: medium; those that expire in less than {webhook-expires-soon}: low. Disabled
    ones are quiet.

    ## Why it matters
    A call of an expired webhook is answered with 400, and the runbook does not start. Callers often do not look at the
    answer, so that the work stays undone without anyone noticing.

    ## How to fix it
    Extend a webhook before it expires. An expired one cannot be renewed: create a new one, whose address is another.

    ## Read more
    * [Start a runbook from a webhook](https://learn.microsoft.com/azure/automation/automation-webhooks)
    """
    for account in graph.accounts():
        for webhook in graph.children(account.id, Webhook):
            yield from _judged(graph, webhook)


def _judged(graph: EstateGraph, webhook: Webhook) -> Iterator[Judgement]:
    if webhook.enabled is False:
        return
    if webhook.expires_at is None:
        yield Unseen(webhook.id, "expiryTime")
        return
    left = webhook.expires_at - graph.moment(webhook)
    if left >= graph.limit(EXPIRES_SOON):
        return
    if webhook.enabled is None:
        yield Unseen(webhook.id, "isEnabled")
        return
    yield ExpiredWebhook(
        webhook=webhook.id,
        webhook_name=webhook.name,
        account=webhook.account,
        runbook_name=webhook.runbook,
        run_on=webhook.run_on,
        expires_at=webhook.expires_at,
        expired=left <= timedelta(0),
    )
