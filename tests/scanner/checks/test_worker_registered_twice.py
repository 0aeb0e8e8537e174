"""worker-registered-twice: one machine, several registrations."""

import pytest
from builders import (
    NOW,
    OTHER_SUB,
    account,
    account_id,
    days,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    link,
    machine,
    machine_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import ArmId, GroupType, OsType, Reading, WorkerType

CHECK = "worker-registered-twice"
HERE = group_id()
ELSEWHERE = group_id(account=account_id("bb"))
SECOND = group_id("second")
ACCOUNTS = (account(), group(HERE), account(account_id("bb")), group(ELSEWHERE))


def named(group, name="vm1", **changes):
    """A worker of which Azure tells no machine id, as of most V1 workers."""
    return worker(name, group, **{"machine": None, "worker_type": WorkerType.V1} | changes)


@pytest.mark.firing
def test_one_machine_in_two_accounts_is_one_high_finding():
    [finding] = findings(CHECK, *ACCOUNTS, worker(group=HERE), worker(group=ELSEWHERE, worker_name="renamed"))
    assert finding.severity is Severity.HIGH
    assert finding.subject == worker(group=HERE).id
    assert finding.account == account_id()
    assert list(finding.evidence["others"]) == [str(worker(group=ELSEWHERE).id)]
    assert finding.message == "vm1 is registered in 2 Automation accounts: aa, bb"


@pytest.mark.firing
def test_machine_ids_compare_without_case():
    shouted = ArmId(str(machine_id()).upper())
    assert len(findings(CHECK, *ACCOUNTS, worker(group=HERE), worker(group=ELSEWHERE, machine=shouted))) == 1


@pytest.mark.firing
def test_v1_beside_v2_in_two_accounts_is_high_and_said_once():
    workers = [
        worker(group=HERE),
        worker(group=ELSEWHERE),
        named(HERE, "x", worker_name="vm1"),
        named(ELSEWHERE, "y", worker_name="vm1"),
    ]
    [finding] = findings(CHECK, *ACCOUNTS, *workers)
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({"registered_at": NOW - days(2)}, {"registered_at": NOW - days(3)}),
        ({"registered_at": None}, {"registered_at": NOW}),
        ({"registered_at": NOW.replace(year=1)}, {"registered_at": NOW}),
        ({"worker_type": WorkerType.V1}, {"worker_type": WorkerType.V2}),
        ({"registered_at": None, "worker_type": WorkerType.V1}, {"registered_at": None}),
    ],
)
def test_the_registration_that_stands_for_all_does_not_depend_on_names(here, there):
    for first, second in ((HERE, ELSEWHERE), (ELSEWHERE, HERE)):
        [finding] = findings(CHECK, *ACCOUNTS, worker(group=first, **here), worker(group=second, **there))
        assert finding.subject == worker(group=second).id


def test_a_user_registration_stands_before_a_system_one():
    for user, system in ((HERE, ELSEWHERE), (ELSEWHERE, HERE)):
        groups = (account(), account(account_id("bb")), group(user), group(system, group_type=GroupType.SYSTEM))
        [finding] = findings(CHECK, *groups, worker(group=user), worker(group=system))
        assert finding.subject == worker(group=user).id


def test_accounts_of_one_name_are_told_apart():
    other = account(account_id(sub=OTHER_SUB))
    there = group(group_id(account=other.id))
    [finding] = findings(CHECK, account(), group(), other, there, worker(), worker(group=there.id))
    assert OTHER_SUB in finding.message


def test_every_registration_gets_its_removal():
    [finding] = findings(CHECK, *ACCOUNTS, worker(group=HERE), worker(group=ELSEWHERE))
    commands = [step.command for step in finding.remediation if step.command]
    assert ["--automation-account-name aa" in commands[0], "--automation-account-name bb" in commands[1]] == [
        True,
        True,
    ]


@pytest.mark.firing
def test_one_machine_in_two_user_groups_of_one_account_is_medium():
    [finding] = findings(CHECK, account(), group(), group(SECOND), worker(), worker(group=SECOND))
    assert finding.severity is Severity.MEDIUM
    assert finding.message == "vm1 is registered in 2 groups of aa: second, workers"


@pytest.mark.quiet
@pytest.mark.boundary
def test_v1_beside_v2_in_one_account_is_normal():
    old = worker(group=SECOND, worker_type=WorkerType.V1)
    assert findings(CHECK, account(), group(), group(SECOND), worker(), old) == []
    assert unknowns(CHECK, account(), group(), group(SECOND), worker(), old) == []


@pytest.mark.quiet
def test_system_beside_user_in_one_account_is_normal():
    system = group(SECOND, group_type=GroupType.SYSTEM)
    old = worker(group=SECOND, worker_type=WorkerType.V1)
    assert findings(CHECK, account(), group(), system, worker(worker_type=WorkerType.V1), old) == []
    assert unknowns(CHECK, account(), group(), system, worker(worker_type=WorkerType.V1), old) == []


@pytest.mark.quiet
def test_two_entries_in_one_group_are_not_its_concern():
    again = worker(id=HERE.child("hybridRunbookWorkers", "again"))
    assert findings(CHECK, account(), group(), worker(), again) == []


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("name", ["vm1", "VM1", "vm1.contoso.com"])
def test_one_host_name_and_address_in_two_accounts_is_possible(name):
    [finding] = findings(CHECK, *ACCOUNTS, named(HERE), named(ELSEWHERE, worker_name=name))
    assert finding.severity is Severity.MEDIUM
    assert "possibly" in finding.message
    assert finding.evidence["proof"] == "workerName and ip"


@pytest.mark.firing
def test_a_machine_id_on_one_side_does_not_hide_the_namesake():
    [finding] = findings(CHECK, *ACCOUNTS, worker(group=HERE), named(ELSEWHERE))
    assert finding.severity is Severity.MEDIUM


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "other",
    [
        named(ELSEWHERE, ip="10.0.0.5"),
        named(ELSEWHERE, worker_name="vm11"),
        named(HERE, "vm2", worker_name="vm1"),
    ],
    ids=["another address", "another name", "the same account"],
)
def test_anything_less_is_quiet(other):
    assert findings(CHECK, *ACCOUNTS, named(HERE), other) == []
    assert unknowns(CHECK, *ACCOUNTS, named(HERE), other) == []


@pytest.mark.quiet
def test_full_names_of_two_domains_are_two_machines():
    workers = named(HERE, worker_name="vm1.a.com"), named(ELSEWHERE, worker_name="vm1.b.com")
    assert findings(CHECK, *ACCOUNTS, *workers) == []


@pytest.mark.firing
def test_two_machine_ids_with_one_name_and_address_are_possibly_one_machine():
    workers = worker(group=HERE), worker(group=ELSEWHERE, machine=machine_id(sub=OTHER_SUB))
    [finding] = findings(CHECK, *ACCOUNTS, *workers)
    assert finding.severity is Severity.MEDIUM
    assert "possibly" in finding.message


@pytest.mark.quiet
def test_two_machine_ids_with_one_name_and_two_addresses_are_two_machines():
    workers = worker(group=HERE), worker(group=ELSEWHERE, machine=machine_id(sub=OTHER_SUB), ip="10.9.9.9")
    assert findings(CHECK, *ACCOUNTS, *workers) == []
    assert unknowns(CHECK, *ACCOUNTS, *workers) == []


@pytest.mark.blind
@pytest.mark.parametrize("ip", [None, ""])
def test_namesakes_without_an_address_are_unknown(ip):
    workers = named(HERE, ip=ip), named(ELSEWHERE)
    assert findings(CHECK, *ACCOUNTS, *workers) == []
    [unknown] = unknowns(CHECK, *ACCOUNTS, *workers)
    assert (unknown.subject, unknown.because) == (workers[0].id, "ip")


@pytest.mark.blind
def test_a_group_without_a_type_is_unknown():
    parts = account(), group(), group(SECOND, group_type=None), worker(), worker(group=SECOND)
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (SECOND, "groupType")


@pytest.mark.blind
def test_a_worker_without_a_type_is_unknown():
    parts = account(), group(), group(SECOND), worker(), worker(group=SECOND, worker_type=None)
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (worker(group=SECOND).id, "workerType")


@pytest.mark.firing
@pytest.mark.blind
def test_a_group_that_could_not_be_read_is_unknown_and_the_rest_still_judged():
    denied = gap(Reading.WORKERS, SECOND)
    parts = (*ACCOUNTS, group(SECOND), worker(group=HERE), worker(group=ELSEWHERE), denied)
    assert len(findings(CHECK, *parts)) == 1
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (SECOND, denied.gap.id)


# -- the machine's UUID -----------------------------------------------------------------------------------------

UUID = "02010403-0605-0807-090a-0b0c0d0e0f10"
SWAPPED = "03040102-0506-0708-090a-0b0c0d0e0f10"
HOME, FAR = workspace_id("home"), workspace_id("far")
LINKED = (*ACCOUNTS, workspace(HOME), workspace(FAR), link(HOME), link(FAR, account_id("bb")))
APART = named(HERE, ip="10.0.0.4"), named(ELSEWHERE, ip="10.9.9.9")


def beats(where, **changes):
    return heartbeat("vm1", where, **{"vm_uuid": UUID} | changes)


@pytest.mark.firing
@pytest.mark.parametrize("written", [UUID, SWAPPED, UUID.upper()])
def test_one_host_name_and_machine_uuid_in_the_workspaces_of_two_accounts_is_possible(written):
    [finding] = findings(CHECK, *LINKED, *APART, beats(HOME), beats(FAR, vm_uuid=written))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["proof"] == "workerName and VMUUID"
    assert finding.message == (
        "vm1 is possibly (same host name and machine UUID) registered in 2 Automation accounts: aa, bb"
    )


@pytest.mark.firing
@pytest.mark.parametrize("ip", [None, "10.9.9.9"])
def test_the_uuid_of_the_machine_itself_and_of_heartbeats_elsewhere_is_possible(ip):
    here = worker(group=HERE), machine(vm_id=UUID)
    assert len(findings(CHECK, *LINKED, *here, named(ELSEWHERE, ip=ip), beats(FAR))) == 1
    assert unknowns(CHECK, *LINKED, *here, named(ELSEWHERE, ip=ip), beats(FAR)) == []


@pytest.mark.firing
def test_one_uuid_of_two_machine_ids_is_possible():
    moved = machine_id(sub=OTHER_SUB)
    workers = worker(group=HERE), worker(group=ELSEWHERE, machine=moved, ip="10.9.9.9")
    assert len(findings(CHECK, *LINKED, *workers, machine(vm_id=UUID), machine(moved, vm_id=UUID))) == 1


@pytest.mark.firing
def test_an_address_and_a_uuid_that_agree_are_said_once():
    workers = named(HERE), named(ELSEWHERE)
    [finding] = findings(CHECK, *LINKED, *workers, beats(HOME), beats(FAR))
    assert finding.evidence["proof"] == "workerName and ip"


@pytest.mark.quiet
@pytest.mark.parametrize(
    "rows",
    [
        [beats(HOME)],
        [beats(HOME), beats(FAR, vm_uuid=UUID.replace("0b0c", "ffff"))],
        [beats(HOME, vm_uuid=None), beats(FAR, vm_uuid=None)],
        [beats(HOME), beats(workspace_id("third"))],
    ],
    ids=["in one workspace", "two UUIDs", "no UUID", "in a workspace of neither"],
)
def test_any_less_than_one_uuid_on_both_sides_is_quiet(rows):
    assert findings(CHECK, *LINKED, *APART, *rows) == []
    assert unknowns(CHECK, *LINKED, *APART, *rows) == []


@pytest.mark.quiet
def test_heartbeats_of_one_workspace_that_both_accounts_share_prove_nothing():
    shared = (*ACCOUNTS, workspace(HOME), link(HOME), link(HOME, account_id("bb")))
    assert findings(CHECK, *shared, *APART, beats(HOME)) == []


@pytest.mark.blind
def test_heartbeats_that_were_not_read_leave_namesakes_unknown():
    denied = gap(Reading.HEARTBEATS, FAR)
    assert findings(CHECK, *LINKED, *APART, beats(HOME), denied) == []
    [unknown] = unknowns(CHECK, *LINKED, *APART, beats(HOME), denied)
    assert (unknown.subject, unknown.because) == (APART[1].id, denied.gap.id)
    assert unknowns(CHECK, *LINKED, named(HERE), named(ELSEWHERE, "vm2"), denied) == []
    assert len(findings(CHECK, *LINKED, worker(group=HERE), worker(group=ELSEWHERE), denied)) == 1


# -- the operating system ---------------------------------------------------------------------------------------


@pytest.mark.firing
@pytest.mark.parametrize(
    ("told", "scenarios"),
    [
        ([machine(os=OsType.WINDOWS)], ("S13",)),
        ([machine(os=OsType.LINUX)], ("S14",)),
        ([machine(os=None), heartbeat(machine=machine_id(), os_type="linux")], ("S14",)),
        ([heartbeat(machine=machine_id(), os_type="Windows", agent=False)], ("S13",)),
        ([], ("S13", "S14")),
        ([machine(os=None), heartbeat(os_type=None)], ("S13", "S14")),
    ],
)
def test_the_operating_system_chooses_the_scenario_where_it_is_told(told, scenarios):
    [finding] = findings(CHECK, *ACCOUNTS, worker(group=HERE), worker(group=ELSEWHERE), *told)
    assert finding.scenarios == scenarios


def test_the_registry_of_windows_is_no_matter_of_linux():
    workers = worker(group=HERE), worker(group=ELSEWHERE)
    [linux] = findings(CHECK, *ACCOUNTS, *workers, machine(os=OsType.LINUX))
    [unknown] = findings(CHECK, *ACCOUNTS, *workers)
    assert "HKLM" not in linux.remediation[0].text
    assert "HKLM" in unknown.remediation[0].text
