"""private-endpoint-missing: closed accounts without a private endpoint."""

import pytest
from builders import (
    account,
    account_id,
    findings,
    gap,
    group,
    group_id,
    minutes,
    private_endpoint,
    unknowns,
    webhook,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "private-endpoint-missing"
CLOSED = account(public_network_access=False)
BOTH = private_endpoint(groups=("dscandhybridworker", "Webhook"), status="approved")


@pytest.mark.firing
def test_a_closed_account_with_hybrid_workers_is_high():
    [finding] = findings(CHECK, CLOSED, group(), worker(age=minutes(30)))
    assert finding.severity is Severity.HIGH
    assert finding.subject == account_id()
    assert finding.evidence["group"] == "DSCAndHybridWorker"
    assert finding.message.endswith("for DSCAndHybridWorker; it has 1 hybrid worker")


@pytest.mark.firing
def test_without_hybrid_workers_it_is_info():
    [finding] = findings(CHECK, CLOSED, group())
    assert finding.severity is Severity.INFO


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("other", "severity", "said"),
    [(29, Severity.LOW, "all of which still ping"), (30, Severity.HIGH, "1 of which still")],
)
def test_it_is_low_while_every_worker_pings(other, severity, said):
    [finding] = findings(CHECK, CLOSED, group(), worker(age=minutes(29)), worker("vm2", age=minutes(other)))
    assert finding.severity is severity
    assert said in finding.message


@pytest.mark.blind
def test_workers_that_were_not_read_may_be_cut_off():
    others = group(group_id("others"))
    [finding] = findings(CHECK, CLOSED, group(), worker(), others, gap(Reading.WORKERS, others.id))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_a_ping_says_nothing_about_webhooks():
    hybrid = private_endpoint()
    [finding] = findings(CHECK, CLOSED, group(), worker(), hybrid, webhook())
    assert finding.severity is Severity.HIGH
    assert finding.evidence["group"] == "Webhook"


@pytest.mark.firing
def test_each_group_has_its_own_finding():
    found = findings(CHECK, CLOSED, webhook())
    assert len({finding.fingerprint for finding in found}) == 2


@pytest.mark.quiet
def test_webhooks_that_are_not_enabled_need_no_endpoint():
    assert findings(CHECK, CLOSED, private_endpoint(), webhook(enabled=False)) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_approved_connections_are_fine_whatever_their_case():
    assert findings(CHECK, CLOSED, BOTH, webhook()) == []
    assert unknowns(CHECK, CLOSED, BOTH, webhook()) == []


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
def test_a_connection_in_another_state_is_named(status):
    [finding] = findings(CHECK, CLOSED, private_endpoint(status=status))
    assert f"(pe1: {status})" in finding.message


@pytest.mark.quiet
@pytest.mark.parametrize("access", [True, None])
def test_an_open_account_needs_none_and_nothing_that_was_not_read(access):
    hidden = (gap(Reading.PRIVATE_ENDPOINTS, account_id()), gap(Reading.WEBHOOKS, account_id()))
    assert findings(CHECK, account(public_network_access=access), webhook(), *hidden) == []
    assert unknowns(CHECK, account(public_network_access=access), webhook(), *hidden) == []


@pytest.mark.blind
def test_connections_that_were_not_read_are_unknown():
    denied = gap(Reading.PRIVATE_ENDPOINTS, account_id())
    assert findings(CHECK, CLOSED, denied) == []
    [unknown] = unknowns(CHECK, CLOSED, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_webhooks_that_were_not_read_are_unknown_beside_a_finding():
    denied = gap(Reading.WEBHOOKS, account_id())
    assert len(findings(CHECK, CLOSED, denied)) == 1
    [unknown] = unknowns(CHECK, CLOSED, denied)
    assert unknown.because == denied.gap.id
    assert unknowns(CHECK, CLOSED, BOTH, denied) == []


@pytest.mark.blind
def test_workers_that_were_not_read_leave_info_and_are_said():
    [finding] = findings(CHECK, CLOSED, group(), gap(Reading.WORKERS, group_id()))
    assert finding.severity is Severity.INFO
    assert "whether it has hybrid workers was not seen" in finding.message
    assert unknowns(CHECK, CLOSED, group(), gap(Reading.WORKERS, group_id())) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    ("left_out", "field"),
    [({"groups": ()}, "groupIds"), ({"status": None}, "privateLinkServiceConnectionState.status")],
)
def test_a_connection_that_may_be_the_right_one_is_unknown(left_out, field):
    assert findings(CHECK, CLOSED, private_endpoint(**left_out)) == []
    [unknown] = unknowns(CHECK, CLOSED, private_endpoint(**left_out))
    assert (unknown.subject, unknown.because) == (private_endpoint().id, field)


@pytest.mark.blind
def test_a_webhook_that_does_not_say_whether_it_is_enabled_is_unknown():
    [unknown] = unknowns(CHECK, CLOSED, private_endpoint(), webhook(enabled=None))
    assert (unknown.subject, unknown.because) == (webhook().id, "isEnabled")


@pytest.mark.blind
def test_a_setting_that_was_not_read_is_unknown():
    denied = gap(Reading.ACCOUNT, account_id())
    [unknown] = unknowns(CHECK, account(detailed=False), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
