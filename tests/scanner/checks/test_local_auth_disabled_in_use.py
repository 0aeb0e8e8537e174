"""local-auth-disabled-in-use: local authentication is off although something needs it."""

import pytest
from builders import account, account_id, dsc_node, findings, gap, group, group_id, unknowns, webhook, worker

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, WorkerType

CHECK = "local-auth-disabled-in-use"
OFF = account(disable_local_auth=True)
SYSTEM = group(group_id("system"), group_type=GroupType.SYSTEM)


@pytest.mark.firing
@pytest.mark.parametrize(
    "users",
    [(webhook(),), (group(), worker(worker_type=WorkerType.V1)), (SYSTEM, worker(group=SYSTEM.id)), (dsc_node(),)],
    ids=["webhook", "V1", "System", "DSC"],
)
def test_each_kind_of_user_is_high(users):
    [finding] = findings(CHECK, OFF, *users)
    assert finding.severity is Severity.HIGH
    assert finding.subject == account_id()


@pytest.mark.quiet
@pytest.mark.boundary
def test_v2_workers_and_disabled_webhooks_need_no_keys():
    assert findings(CHECK, OFF, group(), worker(), webhook(enabled=False)) == []
    assert unknowns(CHECK, OFF, group(), worker(), webhook(enabled=False)) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("off", [False, None])
def test_where_it_is_on_nothing_else_matters(off):
    hidden = (gap(Reading.WEBHOOKS, account_id()), gap(Reading.DSC_NODES, account_id()))
    on = account(disable_local_auth=off)
    assert findings(CHECK, on, webhook(), *hidden) == []
    assert unknowns(CHECK, on, webhook(), *hidden) == []


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.WEBHOOKS, Reading.DSC_NODES, Reading.GROUPS])
def test_users_that_were_not_read_are_unknown(reading):
    denied = gap(reading, account_id())
    assert findings(CHECK, OFF, denied) == []
    [unknown] = unknowns(CHECK, OFF, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_workers_that_were_not_read_are_unknown_by_their_group():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, OFF, group(), denied)
    assert unknown.subject == group_id()


@pytest.mark.firing
@pytest.mark.blind
def test_what_was_seen_counts_and_what_was_not_is_said():
    [finding] = findings(CHECK, OFF, webhook(), gap(Reading.DSC_NODES, account_id()))
    assert finding.message.endswith("in use by 1 enabled webhook (DSC nodes not read in full)")


@pytest.mark.blind
@pytest.mark.parametrize(
    ("parts", "subject", "field"),
    [
        ((webhook(enabled=None),), webhook().id, "isEnabled"),
        ((group(), worker(worker_type=None)), worker().id, "workerType"),
        ((group(group_type=None), worker()), group_id(), "groupType"),
    ],
)
def test_what_azure_leaves_out_is_unknown(parts, subject, field):
    [unknown] = unknowns(CHECK, OFF, *parts)
    assert (unknown.subject, unknown.because) == (subject, field)


@pytest.mark.blind
def test_a_setting_that_was_not_read_is_unknown():
    denied = gap(Reading.ACCOUNT, account_id())
    [unknown] = unknowns(CHECK, account(detailed=False), webhook(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
