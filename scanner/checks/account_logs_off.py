"""account-logs-off."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._account import AccountEvidence
from scanner.checks._check import Judgement, check
from scanner.findings import Settled, Severity, Step
from scanner.graph import EstateGraph
from scanner.inventory import DiagnosticSetting, Reading

_JOB_CATEGORIES = frozenset({"joblogs", "jobstreams", "alllogs"})
"""The account's two categories of jobs, and the category group that holds them; the group `audit` does not."""


class LogsOff(AccountEvidence, frozen=True, kw_only=True):
    """An account that keeps neither logs nor streams of its jobs; `settings` are the diagnostic settings it has."""

    settings: tuple[str, ...]

    @property
    def severity(self) -> Severity:
        return Severity.LOW

    def message(self) -> str:
        has = f"its diagnostic settings ({', '.join(self.settings)})" if self.settings else "no diagnostic setting"
        verb = "cover neither" if self.settings else "covers"
        return f"{self.account_name} does not keep its jobs' records: {has} {verb} JobLogs {self._join} JobStreams"

    @property
    def _join(self) -> str:
        return "nor" if self.settings else "or"

    def remediation(self) -> tuple[Step, ...]:
        listing = ("monitor", "diagnostic-settings", "list", "--resource", self.account.text)
        return (
            Step.az("See the account's diagnostic settings.", *listing),
            Step("Send the categories JobLogs and JobStreams to a Log Analytics workspace that few people may read."),
        )


@check(
    reads=(Reading.DIAGNOSTIC_SETTINGS,),
    severities=(Severity.LOW,),
)
def account_logs_off(graph: EstateGraph) -> Iterator[Judgement]:
    """No diagnostic setting keeps the records of an account's jobs.

    ## What it finds
    Accounts without a diagnostic setting in which JobLogs or JobStreams is enabled, by themselves or by the category
    group allLogs; the group audit holds neither. One of the two is enough, although both are better: the status is in
    JobLogs, and the error text in JobStreams. The destination does not matter.

    ## Why it matters
    Automation keeps a job's data for 30 days. Without its logs no one can tell afterwards what ran on a hybrid worker,
    or why it failed.

    ## How to fix it
    Add a diagnostic setting for both categories. Streams can hold what runbooks print, so guard the workspace.

    ## Read more
    * [Forward Azure Automation job data to Azure Monitor logs](https://learn.microsoft.com/azure/automation/automation-manage-send-joblogs-log-analytics)
    """
    for account in graph.accounts():
        settings = graph.children(account.id, DiagnosticSetting)
        if any(_JOB_CATEGORIES & {category.lower() for category in setting.categories} for setting in settings):
            yield Settled(account.id)
        elif graph.listed(Reading.DIAGNOSTIC_SETTINGS, account.id):
            names = tuple(sorted(setting.name for setting in settings))
            yield LogsOff(**AccountEvidence.facts_of(account), settings=names)
