"""account-logs-off: accounts that keep no records of their jobs."""

import pytest
from builders import account, account_id, diagnostic_setting, findings, gap, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "account-logs-off"


@pytest.mark.firing
def test_an_account_without_a_setting_is_low():
    [finding] = findings(CHECK, account())
    assert finding.severity is Severity.LOW
    assert finding.subject == account_id()
    assert finding.message.endswith("no diagnostic setting covers JobLogs or JobStreams")


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("categories", [(), ("audit",), ("AuditEvent", "DscNodeStatus")])
def test_settings_for_other_categories_do_not_count_and_are_named(categories):
    [finding] = findings(CHECK, account(), diagnostic_setting("mine", categories=categories))
    assert "its diagnostic settings (mine) cover neither JobLogs nor JobStreams" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("categories", [("JobLogs",), ("jobstreams",), ("allLogs",), ("JobLogs", "JobStreams")])
def test_one_category_of_jobs_is_enough(categories):
    assert findings(CHECK, account(), diagnostic_setting(categories=categories)) == []


@pytest.mark.blind
def test_settings_that_were_not_read_are_unknown():
    denied = gap(Reading.DIAGNOSTIC_SETTINGS, account_id())
    assert findings(CHECK, account(), denied) == []
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.quiet
def test_a_setting_that_was_seen_is_enough_whatever_else_was_not():
    denied = gap(Reading.DIAGNOSTIC_SETTINGS, account_id())
    assert unknowns(CHECK, account(), diagnostic_setting(), denied) == []
