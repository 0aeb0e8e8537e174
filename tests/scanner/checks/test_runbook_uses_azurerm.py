"""runbook-uses-azurerm: content that uses AzureRM."""

import pytest
from builders import account, account_id, content, findings, gap, module, runbook, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "runbook-uses-azurerm"
USES = content(RunbookSignature.AZURE_RM)


@pytest.mark.firing
def test_it_is_high_wherever_it_runs():
    [finding] = findings(CHECK, account(), runbook(), USES)
    assert finding.severity is Severity.HIGH
    assert finding.subject == runbook().id
    assert finding.scenarios == ()
    assert finding.message.endswith("uses AzureRM (line 3), whose execution was stopped on 2025-02-01")


def test_it_names_the_modules_that_the_account_still_has():
    modules = (
        module("AzureRM.Profile"),
        module("AzureRM"),
        module("Az.Accounts"),
        module("AzureRM.Sql", is_global=True),
    )
    [finding] = findings(CHECK, account(), runbook(), USES, *modules)
    assert finding.evidence["modules"] == ("AzureRM", "AzureRM.Profile")
    assert "still has 2 of its modules" in finding.message
    assert finding.remediation[-1].command.endswith("-Name 'AzureRM.Profile'")


@pytest.mark.blind
def test_modules_that_were_not_read_change_nothing_and_are_said():
    [finding] = findings(CHECK, account(), runbook(), USES, gap(Reading.MODULES, account_id()))
    assert finding.severity is Severity.HIGH
    assert "was not read" in finding.message
    assert unknowns(CHECK, account(), runbook(), USES, gap(Reading.MODULES, account_id())) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_modules_alone_are_quiet():
    assert findings(CHECK, account(), runbook(), content(), module("AzureRM")) == []


@pytest.mark.blind
def test_content_that_was_not_understood_or_read_is_unknown():
    [unknown] = unknowns(CHECK, account(), runbook(), content(in_full=False))
    assert (unknown.subject, unknown.because) == (runbook().id, "content")
    denied = gap(Reading.RUNBOOK_CONTENT, runbook().id)
    [unknown] = unknowns(CHECK, account(), runbook(), denied)
    assert unknown.because == denied.gap.id
