"""account-identity-unusable-on-hybrid: hybrid workers cannot use a user-assigned identity."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    content,
    days,
    findings,
    gap,
    job,
    job_schedule,
    runbook,
    schedule,
    unknowns,
    webhook,
)

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "account-identity-unusable-on-hybrid"
USER = account(identity_type="UserAssigned")
SIGNS_IN = (runbook(), content(RunbookSignature.MANAGED_IDENTITY))
CONTENT = gap(Reading.RUNBOOK_CONTENT, runbook().id)


def because(*parts):
    return [(unknown.subject, unknown.because) for unknown in unknowns(CHECK, *parts)]


@pytest.mark.firing
@pytest.mark.parametrize("parts", [(job_schedule(), schedule()), (webhook(),), (job(),)])
def test_it_fires_when_a_hybrid_group_is_targeted(parts):
    [finding] = findings(CHECK, USER, runbook(), content(), *parts)
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == finding.account == account_id()
    assert finding.message.endswith("on workers, where no runbook signs in with the account's identity yet")


@pytest.mark.firing
@pytest.mark.parametrize("kind", ["UserAssigned", "userassigned", " UserAssigned "])
def test_a_runbook_there_that_signs_in_raises_it(kind):
    [finding] = findings(CHECK, account(identity_type=kind), *SIGNS_IN, webhook())
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith("on workers, where Backup signs in with the account's identity")


@pytest.mark.firing
def test_a_called_runbook_that_signs_in_raises_it():
    top = content(runbook="Top", calls=(runbook().id,))
    assert findings(CHECK, USER, runbook("Top"), top, *SIGNS_IN, webhook(runbook="Top"))[0].severity is Severity.HIGH


@pytest.mark.firing
def test_a_runbook_that_signs_in_elsewhere_does_not():
    other = (runbook("Other"), content(runbook="Other"))
    [finding] = findings(CHECK, USER, *SIGNS_IN, *other, webhook(run_on=None), webhook("b", runbook="Other"))
    assert finding.severity is Severity.MEDIUM
    assert "no runbook signs in" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "kind", ["SystemAssigned", "SystemAssigned, UserAssigned", "SystemAssigned,UserAssigned", None, "None"]
)
def test_a_system_assigned_identity_or_none_is_quiet(kind):
    assert findings(CHECK, account(identity_type=kind), *SIGNS_IN, webhook()) == []
    hidden = gap(Reading.JOBS, account_id())
    assert unknowns(CHECK, account(identity_type=kind), *SIGNS_IN, hidden) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "parts",
    [
        [],
        [webhook(run_on=None)],
        [webhook(enabled=False)],
        [webhook(expires_at=NOW)],
        [job(created_at=NOW - days(7))],
        [job_schedule(), schedule(next_run=None)],
    ],
)
def test_an_account_that_runs_nothing_on_a_hybrid_group_is_quiet(parts):
    assert findings(CHECK, USER, *SIGNS_IN, *parts) == []
    assert unknowns(CHECK, USER, *SIGNS_IN, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden", [CONTENT, gap(Reading.RUNBOOKS, account_id()), content(in_full=False)], ids=["content", "list", "part"]
)
def test_content_that_was_not_seen_leaves_it_medium_and_is_said(hidden):
    [finding] = findings(CHECK, USER, runbook(), webhook(), hidden)
    assert finding.severity is Severity.MEDIUM
    assert "whether a runbook there signs in with the account's identity was not seen" in finding.message


@pytest.mark.firing
@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.JOBS, Reading.JOB_SCHEDULES, Reading.WEBHOOKS])
def test_work_that_was_not_seen_is_unknown_and_seen_work_proves_it(reading):
    hidden = gap(reading, account_id())
    assert findings(CHECK, USER, hidden) == []
    assert because(USER, hidden) == [(account_id(), hidden.gap.id)]
    seen = job() if reading is not Reading.JOBS else webhook()
    assert len(findings(CHECK, USER, seen, hidden)) == 1


@pytest.mark.blind
def test_a_field_that_is_not_told_is_unknown():
    assert because(USER, webhook(enabled=None)) == [(account_id(), "isEnabled")]


@pytest.mark.blind
def test_an_identity_that_was_not_seen_is_unknown_only_where_a_hybrid_group_is_targeted():
    sparse, hidden = account(detailed=False, identity_type=None), gap(Reading.ACCOUNT, account_id())
    assert findings(CHECK, sparse, webhook(), hidden) == []
    assert because(sparse, webhook(), hidden) == [(account_id(), hidden.gap.id)]
    assert because(sparse, hidden) == []
    assert because(sparse, webhook()) == [(account_id(), "identity.type")]


@pytest.mark.firing
def test_an_identity_that_the_list_shows_needs_no_further_look():
    listed, hidden = account(detailed=False, identity_type="UserAssigned"), gap(Reading.ACCOUNT, account_id())
    assert len(findings(CHECK, listed, webhook(), hidden)) == 1


@pytest.mark.blind
@pytest.mark.parametrize("kind", [None, "Delegated"])
def test_an_identity_of_a_type_that_is_not_told_is_unknown(kind):
    told_in_part = account(identity_type=kind, identity_told=False)
    assert findings(CHECK, told_in_part, webhook()) == []
    assert because(told_in_part, webhook()) == [(account_id(), "identity.type")]
