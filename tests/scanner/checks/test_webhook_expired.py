"""webhook-expired: enabled webhooks that have expired or soon will."""

import pytest
from builders import NOW, account, account_id, days, findings, gap, minutes, unknowns, webhook

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "webhook-expired"


@pytest.mark.boundary
@pytest.mark.parametrize(
    ("left", "severity"),
    [
        pytest.param(-days(400), Severity.MEDIUM, marks=pytest.mark.firing),
        pytest.param(days(0), Severity.MEDIUM, marks=pytest.mark.firing),
        pytest.param(minutes(1), Severity.LOW, marks=pytest.mark.firing),
        pytest.param(days(30) - minutes(1), Severity.LOW, marks=pytest.mark.firing),
        pytest.param(days(30), None, marks=pytest.mark.quiet),
    ],
)
def test_the_time_left_decides(left, severity):
    found = findings(CHECK, account(), webhook(expires_at=NOW + left))
    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_it_names_the_webhook_and_its_runbook():
    [finding] = findings(CHECK, account(), webhook("it's", expires_at=NOW - days(1)))
    assert finding.subject == webhook("it's").id
    assert finding.message == "Webhook it's of runbook Backup in aa expired on 2026-11-21"
    assert finding.remediation[-1].command.endswith("-Name 'it''s'")


@pytest.mark.quiet
def test_a_disabled_webhook_is_quiet():
    for gone in (webhook(enabled=False, expires_at=NOW - days(1)), webhook(enabled=False, expires_at=None)):
        assert findings(CHECK, account(), gone) == []
        assert unknowns(CHECK, account(), gone) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    ("left_out", "field"),
    [({"expires_at": None}, "expiryTime"), ({"enabled": None, "expires_at": NOW}, "isEnabled")],
)
def test_what_azure_leaves_out_is_unknown(left_out, field):
    assert findings(CHECK, account(), webhook(**left_out)) == []
    [unknown] = unknowns(CHECK, account(), webhook(**left_out))
    assert (unknown.subject, unknown.because) == (webhook().id, field)


@pytest.mark.quiet
def test_whether_a_webhook_is_enabled_does_not_matter_while_it_is_valid():
    assert unknowns(CHECK, account(), webhook(enabled=None)) == []


@pytest.mark.blind
def test_webhooks_that_were_not_read_are_unknown():
    denied = gap(Reading.WEBHOOKS, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
