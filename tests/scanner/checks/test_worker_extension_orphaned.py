"""worker-extension-orphaned: a machine with the extension, for which no worker is listed."""

import pytest
from builders import (
    HYBRID_URL,
    NOW,
    OTHER_SUB,
    SUB,
    account,
    account_id,
    arc_id,
    days,
    deleted_account,
    extension,
    findings,
    gap,
    group,
    group_id,
    machine,
    machine_id,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, OsType, Reading, WorkerType

CHECK = "worker-extension-orphaned"
OTHER_URL = HYBRID_URL.replace("0001", "0002")
HERE = (account(), group())
LEFT = (machine(), extension())


def quiet(*parts):
    return findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
def test_it_fires_for_an_extension_without_a_worker():
    [finding] = findings(CHECK, *HERE, *LEFT)
    assert (finding.severity, finding.subject, finding.account) == (Severity.MEDIUM, machine_id(), account_id())
    assert finding.message == "vm1 has the hybrid worker extension of aa, but no account lists a worker for it"


@pytest.mark.firing
def test_it_fires_for_an_arc_machine_and_whatever_the_case_of_the_address():
    [finding] = findings(CHECK, *HERE, machine(arc_id()), extension(arc_id(), account_url=HYBRID_URL.upper() + "/"))
    assert finding.subject == arc_id()


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_where_a_worker_names_the_machine():
    assert quiet(*HERE, *LEFT, worker())
    other = account_id("other", OTHER_SUB)
    elsewhere = (account(other, hybrid_service_url=OTHER_URL), group(group_id("g", other)))
    assert quiet(*HERE, *LEFT, *elsewhere, worker(group=group_id("g", other), machine=machine_id("VM1")))


@pytest.mark.quiet
def test_other_extensions_are_not_its_concern():
    assert quiet(*HERE, machine(), extension(type_="MicrosoftMonitoringAgent"))


@pytest.mark.firing
def test_the_linux_extension_counts_as_well():
    [linux] = findings(CHECK, *HERE, machine(os=OsType.LINUX), extension(type_="HybridWorkerForLinux"))
    assert linux.scenarios == ("S14",)


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.blind
def test_a_worker_of_its_name_that_names_no_machine_leaves_it_open():
    [unknown] = unknowns(CHECK, *HERE, *LEFT, worker("VM1.contoso.com", machine=None))
    assert (unknown.subject, unknown.because) == (machine_id(), "vmResourceId")
    assert findings(CHECK, *HERE, *LEFT, worker("vm1", machine=None, worker_type=WorkerType.V1))
    assert findings(CHECK, *HERE, *LEFT, worker("vm10", machine=None))


@pytest.mark.blind
@pytest.mark.parametrize(("parts", "because"), [
    ((account(), machine(), extension(account_url=None)), "AutomationAccountURL"),
    ((account(), machine(), extension(account_url="https://elsewhere")), "AutomationAccountURL"),
    ((account(), machine(), extension(account_url=None, settings_told=False)), "settings"),
    ((account(), machine(), extension(account_url=OTHER_URL)), "AutomationAccountURL"),
    ((account(hybrid_service_url=None), machine(), extension()), "automationHybridServiceUrl"),
])  # fmt: skip
def test_an_account_that_is_not_known_is_unknown(parts, because):
    assert findings(CHECK, group(), *parts) == []
    [unknown] = unknowns(CHECK, group(), *parts)
    assert (unknown.subject, unknown.because) == (machine_id(), because)


@pytest.mark.blind
def test_an_account_that_may_be_hidden_is_unknown():
    hidden = gap(Reading.ACCOUNTS, subscription_id())
    found = unknowns(CHECK, *HERE, machine(), extension(account_url=OTHER_URL), hidden)
    assert (machine_id(), hidden.gap.id) in {(unknown.subject, unknown.because) for unknown in found}


@pytest.mark.firing
def test_it_fires_for_the_extension_of_a_deleted_account():
    deleted = deleted_account(account_id("gone"), deleted_at=NOW - days(9))
    [finding] = findings(CHECK, *LEFT, deleted)
    assert (finding.severity, finding.subject, finding.account) == (Severity.MEDIUM, machine_id(), account_id("gone"))
    assert finding.message == (
        "vm1 has the hybrid worker extension of gone, an account that was deleted on 2026-11-13, "
        "and no account lists a worker for it"
    )
    assert finding.evidence["account_deleted"] is True
    [undated] = findings(CHECK, *LEFT, deleted_account(deleted_at=None))
    assert "an account that was deleted, and" in undated.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_a_worker_on_the_machine_outweighs_a_deleted_account():
    deleted = deleted_account(account_id("gone"))
    other = (account(hybrid_service_url=OTHER_URL), group())
    assert quiet(*other, *LEFT, deleted, worker())
    assert quiet(*other, machine(), deleted)


@pytest.mark.firing
@pytest.mark.boundary
def test_an_account_that_is_visible_was_not_deleted():
    [finding] = findings(CHECK, *HERE, *LEFT, deleted_account(account_id("gone")))
    assert (finding.account, finding.evidence["account_deleted"]) == (account_id(), False)


@pytest.mark.blind
@pytest.mark.boundary
def test_another_deleted_account_proves_nothing():
    [unknown] = unknowns(CHECK, *LEFT, deleted_account(guid="aaaaaaaa-0000-0000-0000-000000000002"))
    assert (unknown.subject, unknown.because) == (machine_id(), "AutomationAccountURL")


@pytest.mark.blind
def test_a_worker_of_its_name_leaves_a_deleted_accounts_extension_open():
    other = (account(hybrid_service_url=OTHER_URL), group(), worker("VM1.contoso.com", machine=None))
    [unknown] = unknowns(CHECK, *other, *LEFT, deleted_account(account_id("gone")))
    assert (unknown.subject, unknown.because) == (machine_id(), "vmResourceId")


@pytest.mark.blind
def test_deleted_accounts_that_may_not_be_read_leave_only_their_extensions_open():
    denied = [gap(Reading.DELETED_ACCOUNTS, subscription_id(sub)) for sub in (SUB, OTHER_SUB)]
    other = machine(machine_id("vm2", OTHER_SUB))
    [unknown] = unknowns(CHECK, *HERE, machine(), extension(account_url=OTHER_URL), other, *denied)
    assert (unknown.subject, unknown.because) == (machine_id(), denied[0].gap.id)
    assert findings(CHECK, *LEFT, deleted_account(), denied[1])


@pytest.mark.blind
@pytest.mark.parametrize("denied", [gap(Reading.WORKERS, group_id()), gap(Reading.GROUPS, account_id())])
def test_workers_that_were_not_listed_in_full_are_unknown(denied):
    assert findings(CHECK, *HERE, *LEFT, denied) == []
    found = unknowns(CHECK, *HERE, *LEFT, denied)
    assert (machine_id(), denied.gap.id) in {(unknown.subject, unknown.because) for unknown in found}


@pytest.mark.firing
def test_a_hidden_system_group_hides_no_v2_worker():
    system = group(group_id("sys"), group_type=GroupType.SYSTEM)
    hidden = gap(Reading.WORKERS, system.id)
    assert findings(CHECK, *HERE, *LEFT, system, hidden)
    assert unknowns(CHECK, *HERE, *LEFT, system, hidden) == []


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.VIRTUAL_MACHINES, Reading.ARC_MACHINES])
def test_hidden_machines_may_be_orphans(reading):
    denied = gap(reading, subscription_id())
    [unknown] = unknowns(CHECK, *HERE, denied)
    assert (unknown.subject, unknown.because) == (subscription_id(), denied.gap.id)


@pytest.mark.blind
def test_extensions_that_were_not_told_are_unknown_once_in_a_subscription():
    untold = (machine(extensions_told=False), machine(machine_id("vm2"), extensions_told=False))
    [unknown] = unknowns(CHECK, *HERE, *untold)
    assert (unknown.subject, unknown.because) == (subscription_id(), "extensions")


@pytest.mark.quiet
@pytest.mark.parametrize("reading", [Reading.VIRTUAL_MACHINE, Reading.VM_EXTENSIONS])
def test_what_is_hidden_of_a_machine_that_a_worker_names_is_no_matter(reading):
    assert quiet(*HERE, worker(), gap(reading, machine_id()))


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, machine(arc_id()), extension(arc_id()))
    assert finding.remediation[-1].command.startswith(
        "az connectedmachine extension delete --name HybridWorkerForWindows --machine-name arc1 "
    )


def test_it_advises_to_recover_a_deleted_account_or_to_remove_its_extension():
    [finding] = findings(CHECK, *LEFT, deleted_account(account_id("gone")))
    recover, remove, _ = finding.remediation
    assert recover.text.startswith("If gone is still needed, recover it within 30 days of its deletion")
    assert remove.command.startswith("az vm extension delete --name HybridWorkerForWindows --vm-name vm1 ")
