"""What the checks of one runbook's content have in common: its evidence, where it runs, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from scanner.findings import Evidence, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Runbook, RunbookSignature, Sign

_NAMES = {
    RunbookSignature.RUN_AS: "AzureRunAsConnection",
    RunbookSignature.CLASSIC_RUN_AS: "AzureClassicRunAsConnection",
    RunbookSignature.AZURE_RM: "AzureRM",
    RunbookSignature.MSONLINE: "MSOnline",
    RunbookSignature.AZURE_AD: "AzureAD",
    RunbookSignature.MANAGED_IDENTITY: "a managed identity",
}


class RunbookFacts(TypedDict):
    """The fields of RunbookEvidence, ready to be passed on."""

    runbook: ArmId
    runbook_name: str
    account: ArmId
    uses: tuple[str, ...]
    lines: tuple[int, ...]


class RunbookEvidence(Evidence, frozen=True, kw_only=True):
    """What a runbook's published content `uses`, and the first line of each, counted from 1."""

    runbook: ArmId
    runbook_name: str
    account: ArmId
    uses: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def subject(self) -> ArmId:
        return self.runbook

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(runbook: Runbook, signs: tuple[Sign, ...]) -> RunbookFacts:
        """Collect the common facts of a runbook that shows `signs`."""
        return RunbookFacts(
            runbook=runbook.id,
            runbook_name=runbook.name,
            account=runbook.account,
            uses=tuple(_NAMES[sign.signature] for sign in signs),
            lines=tuple(sign.line for sign in signs),
        )

    @property
    def use(self) -> str:
        """What the runbook uses and where, such as `AzureRM (line 3)`."""
        found = (f"{name} (line {line})" for name, line in zip(self.uses, self.lines, strict=True))
        return " and ".join(found)

    def reading(self) -> tuple[Step, Step]:
        """The steps that fetch the published text, to see what has to change."""
        return (
            Step.powershell(
                "Select the account's subscription.", "Set-AzContext", Subscription=self.account.subscription_id
            ),
            Step.powershell(
                f"Read the published text of {self.runbook_name}.",
                "Export-AzAutomationRunbook",
                ResourceGroupName=self.account.resource_group,
                AutomationAccountName=self.account.name,
                Name=self.runbook_name,
                Slot="Published",
                OutputFolder=".",
            ),
        )


class HybridRunbookEvidence(RunbookEvidence, frozen=True, kw_only=True):
    """Content that is worse on a hybrid group; `on_hybrid` is None where that was not seen, `groups` are names."""

    on_hybrid: bool | None
    groups: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """Where the runbook runs, as the end of a message."""
        if self.on_hybrid:
            return f"runs on {', '.join(self.groups)}" if self.groups else "runs on a hybrid group"
        if self.on_hybrid is None:
            return "whether it runs on a hybrid group was not seen"
        return "runs on no hybrid group"


def users(graph: EstateGraph, *signatures: RunbookSignature) -> Iterator[tuple[Runbook, tuple[Sign, ...]] | Unseen]:
    """The runbooks that show one of `signatures`, with their signs by line; Unseen for content not understood in full.

    A runbook whose content was not planned, or was never published, is left out; one that is a Gap is the engine's.
    """
    for account in graph.accounts():
        for runbook in graph.runbooks(account.id):
            content = graph.content(runbook.id)
            if content is None:
                continue
            signs = tuple(sign for sign in content.signs if sign.signature in signatures)
            if signs:
                yield runbook, tuple(sorted(signs, key=lambda sign: (sign.line, sign.signature)))
            elif not content.in_full:
                yield Unseen(runbook.id, "content")
