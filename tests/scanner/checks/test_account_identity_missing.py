"""account-identity-missing: an account without a managed identity."""

import pytest
from builders import (
    account,
    account_id,
    content,
    findings,
    gap,
    job,
    job_schedule,
    runbook,
    subscription_id,
    unknowns,
    webhook,
)

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "account-identity-missing"


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("none", [None, "None", "none", ""])
def test_it_fires_without_an_identity(none):
    [finding] = findings(CHECK, account(identity_type=none))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == finding.account == account_id()
    assert finding.message == "aa has no managed identity; no runbook that runs needs a Run As connection"
    assert (
        finding.remediation[1].command
        == "Set-AzAutomationAccount -ResourceGroupName 'rg' -Name 'aa' -AssignSystemIdentity"
    )


@pytest.mark.firing
@pytest.mark.parametrize("signature", [RunbookSignature.RUN_AS, RunbookSignature.CLASSIC_RUN_AS])
def test_a_needed_run_as_connection_raises_it(signature):
    users = (runbook(), content(signature), runbook("Other"), content(signature, runbook="Other"))
    [finding] = findings(CHECK, account(identity_type=None), *users, webhook(run_on=None), job(runbook="other"))
    assert finding.severity is Severity.HIGH
    assert finding.message == "aa has no managed identity; Backup and 1 more still need a Run As connection"
    assert list(finding.evidence["needed_by"]) == ["Backup", "Other"]


USER = (runbook(), content(RunbookSignature.RUN_AS))


@pytest.mark.blind
@pytest.mark.parametrize(
    "parts",
    [
        [*USER, gap(Reading.JOBS, account_id())],
        [*USER, gap(Reading.WEBHOOKS, account_id())],
        [*USER, gap(Reading.JOB_SCHEDULES, account_id())],
        [*USER, job_schedule(), gap(Reading.SCHEDULES, account_id())],
        [runbook(), webhook(), gap(Reading.RUNBOOK_CONTENT, runbook().id)],
        [gap(Reading.RUNBOOKS, account_id())],
    ],
)
def test_a_need_that_was_not_seen_leaves_it_medium_and_is_said(parts):
    [finding] = findings(CHECK, account(identity_type=None), *parts)
    assert finding.severity is Severity.MEDIUM
    assert finding.message.endswith("whether its runbooks need a Run As connection was not seen")
    assert unknowns(CHECK, account(identity_type=None), *parts) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("kind", ["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"])
def test_any_identity_is_enough(kind):
    assert findings(CHECK, account(identity_type=kind)) == []
    assert unknowns(CHECK, account(identity_type=kind)) == []


@pytest.mark.blind
def test_an_account_that_was_only_listed_is_unknown():
    denied = gap(Reading.ACCOUNT, account_id())
    sparse = account(detailed=False, identity_type=None)
    assert findings(CHECK, sparse, denied) == []
    [unknown] = unknowns(CHECK, sparse, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_an_identity_without_its_type_is_unknown():
    told_in_part = account(identity_type=None, identity_told=False)
    assert findings(CHECK, told_in_part) == []
    [unknown] = unknowns(CHECK, told_in_part)
    assert (unknown.subject, unknown.because) == (account_id(), "identity.type")


@pytest.mark.quiet
def test_an_identity_that_the_list_shows_needs_no_further_look():
    assert unknowns(CHECK, account(detailed=False), gap(Reading.ACCOUNT, account_id())) == []


@pytest.mark.blind
def test_accounts_that_were_not_listed_are_unknown():
    denied = gap(Reading.ACCOUNTS, subscription_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (subscription_id(), denied.gap.id)


@pytest.mark.blind
def test_an_account_without_details_and_without_a_gap_is_still_unknown():
    [unknown] = unknowns(CHECK, account(detailed=False, identity_type=None))
    assert (unknown.subject, unknown.because) == (account_id(), "identity")
