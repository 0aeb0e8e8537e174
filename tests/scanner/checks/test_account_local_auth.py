"""account-local-auth: accounts that accept local authentication."""

import pytest
from builders import account, account_id, dsc_node, findings, gap, group, group_id, unknowns, webhook, worker

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, WorkerType

CHECK = "account-local-auth"


@pytest.mark.firing
def test_an_account_with_local_authentication_is_low():
    [finding] = findings(CHECK, account(disable_local_auth=False))
    assert finding.severity is Severity.LOW
    assert finding.message == "aa allows local authentication; nothing that was seen needs it"
    assert finding.remediation[-1].command.endswith("--set properties.disableLocalAuth=true")


@pytest.mark.firing
@pytest.mark.boundary
def test_a_setting_that_was_never_made_is_said():
    [finding] = findings(CHECK, account(disable_local_auth=None))
    assert "not set" in finding.message


@pytest.mark.firing
def test_it_lists_what_would_break():
    system = group(group_id("system"), group_type=GroupType.SYSTEM)
    parts = (
        group(),
        system,
        worker("old", worker_type=WorkerType.V1),
        worker("new"),
        worker("sys", system.id, worker_type=WorkerType.V1),
        webhook(),
        webhook("off", enabled=False),
        dsc_node(),
    )
    [finding] = findings(CHECK, account(disable_local_auth=False), *parts)
    assert finding.message.endswith("would break 1 enabled webhook, 1 V1 worker, 1 System worker and 1 DSC node")
    assert finding.evidence["users"]["v1_workers"] == ("old",)


@pytest.mark.blind
def test_what_was_not_read_is_said_and_changes_nothing():
    hidden = (gap(Reading.DSC_NODES, account_id()), gap(Reading.WEBHOOKS, account_id()))
    [finding] = findings(CHECK, account(disable_local_auth=False), *hidden)
    assert finding.message.endswith("needs it (webhooks and DSC nodes not read in full)")
    assert unknowns(CHECK, account(disable_local_auth=False), *hidden) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("detailed", [True, False])
def test_local_authentication_that_is_off_is_fine(detailed):
    off = account(disable_local_auth=True, detailed=detailed)
    assert findings(CHECK, off, webhook()) == []
    assert unknowns(CHECK, off, gap(Reading.ACCOUNT, account_id())) == []


@pytest.mark.blind
def test_a_list_that_leaves_the_setting_out_proves_nothing():
    denied = gap(Reading.ACCOUNT, account_id())
    [unknown] = unknowns(CHECK, account(detailed=False), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
    assert findings(CHECK, account(detailed=False), denied) == []
