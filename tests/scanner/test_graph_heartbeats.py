"""The join of workers with heartbeats: by which key, and when it may be another machine's."""

import uuid

import pytest
from builders import (
    NOW,
    OTHER_SUB,
    account,
    account_id,
    answered,
    arc_id,
    days,
    estate,
    group,
    group_id,
    heartbeat,
    machine,
    machine_id,
    worker,
    workspace,
    workspace_id,
)

from scanner.graph import EstateGraph, host_label, same_host
from scanner.inventory import ArmId, Reading

VM_ID = "02010403-0605-0807-090a-0b0c0d0e0f10"
SWAPPED = "03040102-0506-0708-090a-0b0c0d0e0f10"
OTHER_ID = "aaaaaaaa-0605-0807-090a-0b0c0d0e0f10"
HERE = (account(), group(), workspace())
NAMELESS = worker(machine=None)


def join(of, *parts, agent=True):
    return EstateGraph(estate(*HERE, of, *parts)).heartbeats.of(of, agent=agent)


def told(made):
    return ([beat.name for beat in made.heartbeats], made.key, made.ambiguous)


def beat(name="row", computer="vm1", **changes):
    return heartbeat(computer, **{"name": name} | changes)


def test_no_heartbeat_is_no_join():
    assert told(join(worker())) == ([], None, False)
    assert told(join(worker(), beat(computer="vm2"))) == ([], None, False)
    assert told(join(worker(worker_name="", machine=None), beat(computer=""))) == ([], None, False)


# -- ResourceId -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_the_resource_id_decides_whatever_its_case_and_the_host_name(case):
    made = join(worker(), beat(computer="renamed", machine=ArmId(case(str(machine_id())))))
    assert told(made) == (["row"], "ResourceId", False)


def test_the_newest_heartbeat_comes_first_in_all_workspaces():
    old = beat("old", machine=machine_id(), last_at=NOW - days(2))
    new = beat("new", workspace=workspace_id("far", OTHER_SUB), machine=machine_id())
    assert told(join(worker(), old, new))[0] == ["new", "old"]


# -- VMUUID -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [VM_ID, VM_ID.upper(), "{" + VM_ID + "}"])
def test_the_vm_id_decides_where_no_row_names_the_machine(written):
    made = join(worker(), machine(vm_id=VM_ID.upper()), beat(computer="renamed", vm_uuid=written))
    assert told(made) == (["row"], "VMUUID", False)


def test_old_linux_agents_swap_the_bytes_of_the_first_three_groups():
    assert uuid.UUID(bytes_le=uuid.UUID(VM_ID).bytes) == uuid.UUID(SWAPPED)
    made = join(worker(), machine(vm_id=VM_ID), beat(computer="renamed", vm_uuid=SWAPPED.upper()))
    assert told(made) == (["row"], "VMUUID, its bytes swapped", False)


@pytest.mark.parametrize("written", ["", "no uuid", None, VM_ID[:-1], str(uuid.UUID(int=0)), "f" * 32])
def test_what_is_no_id_of_one_machine_joins_nothing(written):
    assert told(join(worker(), machine(vm_id=written), beat(computer="renamed", vm_uuid=written))) == ([], None, False)


def test_a_cloned_vm_id_is_ambiguous_unless_the_host_name_decides():
    clones = beat("a", "clone1", vm_uuid=VM_ID), beat("b", "clone2", vm_uuid=VM_ID)
    assert join(worker(), machine(vm_id=VM_ID), *clones).ambiguous
    made = join(worker(), machine(vm_id=VM_ID), *clones, beat("own", "VM1.contoso.com", vm_uuid=VM_ID))
    assert told(made) == (["own"], "VMUUID", False)


def test_a_clone_that_sends_by_another_agent_is_a_clone_too():
    silent = beat("a", "vm1", vm_uuid=VM_ID, agent=False)
    made = join(worker(), machine(vm_id=VM_ID), silent, beat("b", "clone", vm_uuid=VM_ID))
    assert told(made) == (["b"], "VMUUID", True)


def test_clones_of_one_host_label_are_told_apart_by_the_full_name_only():
    clones = beat("a", "vm1.a.com", vm_uuid=VM_ID), beat("b", "vm1.b.com", vm_uuid=VM_ID)
    assert join(worker(), machine(vm_id=VM_ID), *clones).ambiguous
    made = join(worker(worker_name="vm1.a.com"), machine(vm_id=VM_ID), *clones)
    assert told(made) == (["a"], "VMUUID", False)


def test_a_vm_id_of_two_machines_is_ambiguous_unless_the_host_name_decides():
    twins = machine(vm_id=VM_ID), machine(machine_id("vm2"), vm_id=SWAPPED)
    assert join(worker(), *twins, beat(computer="vm2", vm_uuid=VM_ID)).ambiguous
    assert told(join(worker(), *twins, beat(vm_uuid=VM_ID))) == (["row"], "VMUUID", False)


def test_a_row_that_names_another_machine_is_not_taken_by_its_vm_id():
    clone = beat(vm_uuid=VM_ID, machine=machine_id("clone"))
    assert told(join(worker(), machine(vm_id=VM_ID), clone)) == ([], None, False)


# -- host name --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "computer", "joined"),
    [
        ("vm1", "VM1", True),
        ("vm1", "vm1.contoso.com", True),
        ("vm1.contoso.com", "vm1", True),
        ("vm1.contoso.com", "VM1.Contoso.com", True),
        ("vm1.a.com", "vm1.b.com", False),
        ("vm1", "vm11", False),
        ("vm1", " vm1 ", True),
    ],
)
def test_a_short_host_name_is_the_first_label_of_a_full_one(name, computer, joined):
    made = join(worker(worker_name=name, machine=None), beat(computer=computer))
    assert (told(made) == (["row"], "host name", False)) is joined
    assert same_host(name, computer) is joined
    assert host_label(computer).strip() == host_label(computer)


def test_a_row_that_names_another_machine_is_not_taken_by_name():
    elsewhere = beat(machine=machine_id("vm1", OTHER_SUB))
    assert told(join(worker(), elsewhere)) == ([], None, False)
    assert told(join(worker(), machine(), elsewhere)) == ([], None, False)
    assert told(join(NAMELESS, elsewhere)) == (["row"], "host name", False)


def test_the_machine_of_a_worker_that_is_gone_may_have_moved_to_the_id_of_the_row():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    assert told(join(worker(), gone, beat(machine=machine_id("vm1", OTHER_SUB)))) == (["row"], "host name", True)


def test_two_machines_with_one_name_are_ambiguous():
    twin = worker("x", worker_name="VM1", machine=machine_id("vm1", OTHER_SUB))
    assert told(join(worker(), twin, beat())) == (["row"], "host name", True)
    assert join(NAMELESS, machine(), machine(arc_id("vm1")), beat()).ambiguous
    assert join(NAMELESS, beat("a", vm_uuid=VM_ID), beat("b", vm_uuid=OTHER_ID)).ambiguous
    rows = beat("a", machine=machine_id()), beat("b", machine=machine_id("vm1", OTHER_SUB))
    assert join(NAMELESS, *rows).ambiguous


def test_full_names_tell_two_machines_with_one_label_apart():
    far = worker("x", worker_name="vm1.b.com", machine=machine_id("vm1", OTHER_SUB))
    near = worker(worker_name="vm1.a.com")
    assert told(join(near, far, beat(computer="vm1.a.com"))) == (["row"], "host name", False)
    assert join(near, far, beat(computer="vm1")).ambiguous


def test_one_machine_in_two_workspaces_and_byte_orders_is_one_machine():
    rows = beat("a", vm_uuid=VM_ID), beat("b", workspace=workspace_id("far"), vm_uuid=SWAPPED)
    assert told(join(NAMELESS, *rows))[1:] == ("host name", False)


def test_a_namesake_of_another_agent_makes_it_ambiguous():
    rows = beat("a", vm_uuid=VM_ID), beat("b", vm_uuid=OTHER_ID, agent=False)
    assert told(join(NAMELESS, *rows)) == (["a"], "host name", True)


def test_a_row_with_another_vm_id_may_be_another_machine():
    assert told(join(worker(), machine(vm_id=VM_ID), beat(vm_uuid=OTHER_ID))) == (["row"], "host name", True)
    assert told(join(worker(), machine(vm_id=VM_ID), beat())) == (["row"], "host name", False)


def test_the_id_of_an_arc_machine_need_not_be_that_of_its_hardware():
    arc = worker(machine=arc_id("vm1"))
    made = join(arc, machine(arc_id("vm1"), vm_id=VM_ID), beat(vm_uuid=OTHER_ID))
    assert told(made) == (["row"], "host name", False)


# -- agents -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", [worker(), NAMELESS], ids=["ResourceId", "host name"])
def test_rows_of_the_azure_monitor_agent_never_count_as_the_agents(of):
    rows = (
        beat("ama", agent=False, category="Azure Monitor Agent", machine=machine_id()),
        beat("odd", agent=None, category=None, machine=machine_id(), last_at=NOW),
    )
    assert told(join(of, *rows)) == ([], None, False)
    assert told(join(of, *rows, agent=False))[0] == ["ama"]
    assert told(join(of, *rows, agent=None))[0] == ["odd", "ama"]


def test_the_agents_row_is_found_by_name_beside_another_agents_row_with_the_resource_id():
    ama = beat("ama", agent=False, machine=machine_id(), vm_uuid=VM_ID)
    assert told(join(worker(), ama, beat("mma", vm_uuid=VM_ID))) == (["mma"], "host name", False)


def test_a_machine_is_found_without_a_worker():
    made = EstateGraph(estate(*HERE, machine(), beat(machine=machine_id()))).heartbeats
    assert told(made.of_host(machine_id(), "vm1")) == (["row"], "ResourceId", False)
    assert told(made.of_host(None, "VM1")) == (["row"], "host name", False)


# -- UUIDs ------------------------------------------------------------------------------------------------------


def test_the_uuids_of_a_machine_are_one_for_both_byte_orders():
    made = EstateGraph(estate(*HERE, machine(vm_id=VM_ID))).heartbeats
    assert len(made.uuids(machine_id(), [beat(vm_uuid=SWAPPED), beat(vm_uuid=VM_ID.upper())])) == 1
    assert len(made.uuids(machine_id(), [beat(vm_uuid=OTHER_ID), beat(vm_uuid="")])) == 2
    assert made.uuids(None, [beat()]) == made.uuids(machine_id("unseen"), ()) == frozenset()


def test_a_worker_of_another_account_with_the_same_machine_joins_the_same_rows():
    other = worker("vm1", group_id(account=account_id("bb")))
    parts = (account(account_id("bb")), group(other.group), worker(), beat(machine=machine_id()))
    assert told(join(other, *parts))[1:] == ("ResourceId", False)
