"""Machines: bulk first, then what workers name; each thing is asked for once, and what was not told stays so."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from builders import NOW, OTHER_SUB, SUB, days, group, group_id, machine_id, minutes, subscription_id, worker

from scanner.collect._elsewhere import Elsewhere
from scanner.collect._machines import Machines
from scanner.collect._reader import Reader
from scanner.collect._resource_graph import Bulk, query
from scanner.emulator import TENANTS, Emulator, deny
from scanner.emulator.tenants import model
from scanner.inventory import (
    ArmId,
    Estate,
    Extension,
    GapReason,
    GroupType,
    Machine,
    MachineSize,
    NetworkInterface,
    Reading,
    ScanFacts,
    Scope,
    SecurityGroup,
    SeenState,
    Subnet,
    WorkerType,
)
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

SCOPE = subscription_id()
VMS = f"{SCOPE}/providers/Microsoft.Compute/virtualMachines"
STATUSES = f"{VMS}?statusOnly=true"
ARCS = f"{SCOPE}/providers/Microsoft.HybridCompute/machines"
SIZES = f"{SCOPE}/providers/Microsoft.Compute/skus?$filter=location%20eq%20%27westeurope%27"
EXPAND = "?$expand=instanceView"
VM = machine_id("vm1")
ARC = ArmId(f"{SCOPE}/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/server1")
NETWORK = f"{SCOPE}/resourceGroups/rg/providers/Microsoft.Network"
NIC = f"{NETWORK}/networkInterfaces/nic1"
SUBNET = f"{NETWORK}/virtualNetworks/net/subnets/one"
NSG = f"{NETWORK}/networkSecurityGroups/nsg"
EARLIER = NOW - days(365)
"""When Resource Graph answered: before any request of a test, whatever day it is."""
NOTHING = Bulk({}, EARLIER)
MISSING = (404, {"error": {"code": "ResourceNotFound", "message": "gone"}}, {})
DENIED = (403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, {})


def page(*items):
    return {"value": list(items)}


def vm(id_=VM, *, power=None, size=None, nics=(), **more):
    properties = {"networkProfile": {"networkInterfaces": [{"id": nic} for nic in nics]}}
    if power:
        properties["instanceView"] = {"statuses": [{"code": f"PowerState/{power}"}]}
    if size:
        properties["hardwareProfile"] = {"vmSize": size}
    return {"id": id_.text, "name": id_.name, "location": "westeurope", "properties": properties} | more


def arc(id_=ARC, status="Connected"):
    return {"id": id_.text, "name": id_.name, "location": "westeurope", "properties": {"status": status}}


def extension(machine=VM, type_="HybridWorkerForWindows", name="worker"):
    return {"id": f"{machine}/extensions/{name}", "name": name, "properties": {"type": type_}}


def row(item):
    """What Resource Graph shows of an ARM resource; the state of a VM stands elsewhere."""
    properties = dict(item["properties"])
    view = properties.pop("instanceView", None)
    if view:
        properties["extended"] = {"instanceView": {"powerState": view["statuses"][0]}}
    return item | {"properties": properties, "subscriptionId": SUB, "type": ArmId(item["id"]).type}


def bulk(*items):
    rows = {}
    for item in items:
        rows.setdefault((SUB, ArmId(item["id"]).type), []).append(row(item))
    return Bulk({key: tuple(found) for key, found in rows.items()}, EARLIER)


def named(machine=VM, *, age=None, type_=WorkerType.V2, **more):
    return worker(machine=machine, last_seen=NOW - (age or minutes(1)), worker_type=type_, **more)


@pytest.fixture
def read(reader):
    """Run the collector over one selected subscription and some workers; returns the estate."""

    async def run(bulk=NOTHING, *workers, groups=(), using=reader):
        for found in groups:
            using.keep(found)
        async with asyncio.TaskGroup() as tasks:

            def start(work):
                tasks.create_task(work)

            machines = Machines(using, start, Elsewhere(using, start), NOW)
            machines.plan(SCOPE)
            for found in workers:
                tasks.create_task(machines.worker(found))
            await machines.subscription(SCOPE, bulk)
        facts = ScanFacts(started_at=NOW, finished_at=NOW, as_of=NOW, cloud="c", tenant_id=None, scope=Scope())
        return Estate.of(facts, using.reads(), using.resources)

    return run


def asked(script):
    return [_without_version(sent.url) for sent in script.sent]


def _without_version(url):
    path, _, query = url.removeprefix("https://management.azure.com").partition("?")
    rest = "&".join(part for part in query.split("&") if not part.startswith("api-version="))
    return f"{path}?{rest}" if rest else path


def outcomes(estate):
    return {(read.reading, read.scope): read.gap.reason if read.gap else read.answered for read in estate.reads}


# -- lists ----------------------------------------------------------------------------------------------------


async def test_what_resource_graph_shows_needs_no_request(read, script):
    shown = [vm(power="running"), arc(), extension(), extension(ARC), extension(type_="CustomScript", name="other")]
    estate = await read(bulk(*shown), named(), named(ARC))
    assert asked(script) == []
    assert [(found.id, found.power_state, found.arc_status, found.extensions_told) for found in estate.machines] == [
        (VM, "running", None, True),
        (ARC, None, "Connected", True),
    ]
    assert [found.machine for found in estate.extensions] == [VM, ARC]
    assert {read.reading for read in estate.reads} == {Reading.VIRTUAL_MACHINES, Reading.ARC_MACHINES}
    assert all(read.read_at == EARLIER for read in estate.reads)


async def test_what_resource_graph_does_not_show_arms_lists_confirm(read, script):
    script.on(VMS, page()).on(ARCS, page())
    estate = await read()
    assert sorted(asked(script)) == sorted([VMS, ARCS])
    assert estate.machines == ()
    assert estate.ledger.answer_at(Reading.VIRTUAL_MACHINES, SCOPE)


async def test_one_kind_in_bulk_leaves_the_other_to_its_list(read, script):
    script.on(ARCS, page(arc()))
    estate = await read(bulk(vm(power="running")))
    assert asked(script) == [ARCS]
    assert [found.id for found in estate.machines] == [VM, ARC]


async def test_a_malformed_row_leaves_the_decision_to_arms_list(read, script):
    script.on(VMS, page(vm(), vm(machine_id("vm2"), properties="none"))).on(STATUSES, page()).on(ARCS, page())
    estate = await read(bulk(vm(), {"id": VMS + "/x", "properties": {"osProfile": []}}))
    assert [found.id for found in estate.machines] == [VM]
    assert [(gap.scope, gap.reason) for gap in estate.ledger.gaps] == [(machine_id("vm2").text, GapReason.MALFORMED)]


async def test_the_list_of_states_is_joined_by_id_without_case(read, script):
    status = vm(ArmId(VM.text.upper()), power="deallocated")
    script.on(VMS, page(vm(identity={"type": "SystemAssigned"}))).on(STATUSES, page(status)).on(ARCS, page())
    estate = await read()
    (found,) = estate.machines
    assert (found.id.text, found.power_state, found.identity_type) == (VM.text, "deallocated", "SystemAssigned")


async def test_vms_without_a_list_of_states_are_kept_and_it_is_a_gap(read, script):
    script.on(VMS, page(vm())).on(STATUSES, DENIED).on(ARCS, DENIED)
    estate = await read()
    assert [found.power_state for found in estate.machines] == [None]
    assert [gap.reading for gap in estate.ledger.gaps] == [Reading.VM_STATUSES, Reading.ARC_MACHINES]


async def test_skipped_machines_are_two_gaps_and_no_request(read, session, script, reader):
    skipping = Reader(session, reader.progress, frozenset({Reading.VIRTUAL_MACHINES}))
    estate = await read(bulk(vm(power="running")), named(), named(ARC), using=skipping)
    assert asked(script) == []
    assert estate.machines == ()
    assert [(gap.reading, gap.reason) for gap in estate.ledger.gaps] == [
        (Reading.VIRTUAL_MACHINES, GapReason.SKIPPED),
        (Reading.ARC_MACHINES, GapReason.SKIPPED),
    ]


# -- machines by id -------------------------------------------------------------------------------------------


async def test_a_machine_that_its_list_does_not_show_is_fetched_once_and_its_absence_is_proved(read, script):
    script.on(f"{VM}{EXPAND}", MISSING)
    workers = [named(), named(ArmId(VM.text)), named(type_=WorkerType.V1)]
    estate = await read(bulk(vm(machine_id("vm2"), power="running"), arc()), *workers)
    assert asked(script) == [f"{VM}{EXPAND}"]
    assert estate.ledger.answer_at(Reading.VIRTUAL_MACHINE, VM).answered.missing


async def test_a_machine_that_the_list_showed_and_that_is_gone_is_not_followed(read, script):
    script.on(f"{VM}{EXPAND}", MISSING)
    await read(bulk(vm(size="Standard_B1s"), arc()), named(age=days(1)))
    assert asked(script) == [f"{VM}{EXPAND}"]


async def test_a_machine_of_an_unseen_subscription_is_fetched_and_its_absence_proves_nothing(read, script):
    away = machine_id("vm1", OTHER_SUB)
    script.on(f"{away}{EXPAND}", MISSING)
    estate = await read(bulk(vm(power="running"), arc()), named(away))
    assert outcomes(estate)[Reading.VIRTUAL_MACHINE, away.text] is GapReason.DENIED


async def test_a_machine_of_another_subscription_is_read_with_its_extensions(read, script):
    away = machine_id("vm1", OTHER_SUB)
    whole = vm(away, power="running", resources=[extension(away)])
    script.on(f"{away}{EXPAND}", whole)
    estate = await read(bulk(vm(power="running"), arc()), named(away))
    assert asked(script) == [f"{away}{EXPAND}"]
    found = next(machine for machine in estate.machines if machine.id == away)
    assert (found.power_state, found.extensions_told) == ("running", True)
    assert [found.machine for found in estate.extensions] == [away]


async def test_a_vm_shown_without_state_is_fetched_and_keeps_what_the_list_said(read, script):
    script.on(f"{VM}{EXPAND}", vm(power="stopped") | {"location": None, "id": VM.text.replace("/rg/", "/RG/")})
    estate = await read(bulk(vm(), arc(), extension()), named())
    assert asked(script) == [f"{VM}{EXPAND}"]
    (found,) = (machine for machine in estate.machines if not machine.is_arc)
    assert (found.power_state, found.location, found.extensions_told) == ("stopped", "westeurope", True)
    assert found.id.text == VM.text


async def test_a_server_shown_without_status_is_fetched(read, script):
    script.on(ARC.text, arc(status="Disconnected"))
    estate = await read(bulk(vm(power="running"), arc(status=None), extension(ARC)), named(ARC))
    assert asked(script) == [ARC.text]
    assert [machine.arc_status for machine in estate.machines if machine.is_arc] == ["Disconnected"]


@pytest.mark.parametrize(
    "machine",
    [
        None,
        ArmId(f"{SCOPE}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/x/virtualMachines/0"),
        ArmId(f"{SCOPE}/resourceGroups/rg/providers/Microsoft.ClassicCompute/virtualMachines/vm1"),
        ArmId(f"{VM}/extensions/worker"),
        ArmId("/junk"),
    ],
)
async def test_an_id_that_names_no_machine_is_not_asked_for(read, script, machine):
    estate = await read(bulk(vm(power="running"), arc()), named(machine))
    assert asked(script) == []
    assert estate.ledger.planned == 2


async def test_for_workers_of_system_groups_the_lists_must_do(read, script):
    system = group(group_id("server_1"), group_type=GroupType.SYSTEM)
    await read(bulk(vm(), arc()), named(group=system.id), groups=[system])
    assert asked(script) == []


# -- extensions -----------------------------------------------------------------------------------------------


async def test_extensions_that_nobody_told_are_read_of_named_machines_only(read, script):
    script.on(f"{VM}/extensions", page(extension(), extension(type_="CustomScript", name="other")))
    estate = await read(bulk(vm(power="running"), vm(machine_id("vm2"), power="running"), arc()), named(), named())
    assert asked(script) == [f"{VM}/extensions"]
    assert {found.name: found.extensions_told for found in estate.machines} == {
        "vm1": True, "vm2": False, "server1": False,
    }  # fmt: skip
    assert [found.name for found in estate.extensions] == ["worker"]


async def test_resources_of_a_list_count_when_they_are_whole(read, script):
    whole, ids_only = vm(resources=[extension()]), vm(machine_id("vm2"), resources=[{"id": f"{VM}/extensions/x"}])
    states = page(vm(power="running"), vm(machine_id("vm2"), power="running"))
    script.on(VMS, page(whole, ids_only)).on(STATUSES, states).on(ARCS, page())
    script.on(f"{machine_id('vm2')}/extensions", page())
    estate = await read(NOTHING, named(), named(machine_id("vm2")))
    assert asked(script)[-1] == f"{machine_id('vm2')}/extensions"
    assert len(asked(script)) == 4
    assert [found.extensions_told for found in estate.machines] == [True, True]
    assert [found.machine for found in estate.extensions] == [VM]


@pytest.mark.parametrize("answer", [DENIED, page({"id": f"{VM}/extensions/x"}), page(extension(machine_id("vm2")))])
async def test_extensions_that_could_not_all_be_read_stay_untold(read, script, answer):
    script.on(f"{VM}/extensions", answer)
    estate = await read(bulk(vm(power="running"), arc()), named())
    assert [found.extensions_told for found in estate.machines] == [False, False]
    assert [gap.reading for gap in estate.ledger.gaps] == [Reading.VM_EXTENSIONS]


async def test_one_malformed_row_makes_resource_graph_tell_no_extensions(read, script):
    script.on(f"{VM}/extensions", page(extension()))
    odd = extension(machine_id("vm2"), type_=None)
    estate = await read(bulk(vm(power="running"), arc(), extension(), odd), named())
    assert asked(script) == [f"{VM}/extensions"]
    assert [found.machine for found in estate.extensions] == [VM]


ELSEWHERE = extension(machine_id("vm2"))


@pytest.mark.parametrize(("answer", "told"), [(page(extension()), True), (page(), True), (DENIED, False)])
async def test_a_worker_without_its_extension_in_bulk_is_confirmed_by_arm(read, script, answer, told):
    script.on(f"{VM}/extensions", answer)
    estate = await read(bulk(vm(power="running"), vm(machine_id("vm2")), arc(), ELSEWHERE), named(), named())
    assert asked(script) == [f"{VM}/extensions"]
    assert {found.name: found.extensions_told for found in estate.machines if found.id == VM} == {"vm1": told}


async def test_an_agent_based_worker_needs_no_extension(read, script):
    await read(bulk(vm(power="running"), vm(machine_id("vm2")), arc(), ELSEWHERE), named(type_=WorkerType.V1))
    assert asked(script) == []


async def test_a_servers_extensions_are_read_where_only_vms_have_them_in_bulk(read, script):
    script.on(f"{ARC}/extensions", page(extension(ARC, "HybridWorkerForLinux")))
    estate = await read(bulk(vm(power="running"), arc(), extension()), named(ARC))
    assert asked(script) == [f"{ARC}/extensions"]
    assert all(found.extensions_told for found in estate.machines)


# -- sizes ----------------------------------------------------------------------------------------------------


def sku(name, vcpus):
    return {"resourceType": "virtualMachines", "name": name, "capabilities": [{"name": "vCPUs", "value": vcpus}]}


async def test_sizes_of_a_region_are_read_once_and_those_in_use_kept(read, script):
    disk = {"resourceType": "disks", "name": "Premium_LRS"}
    script.on(SIZES, page(sku("Standard_B1s", "1"), sku("Standard_B2s", "2"), sku("Standard_D8s_v5", "8"), disk))
    other = machine_id("vm2")
    shown = [vm(size="Standard_B1s", power="running"), vm(other, size="standard_b2S", power="running")]
    installed = (extension(), extension(other))
    estate = await read(bulk(*shown, arc(), *installed), named(), named(), named(other))
    assert asked(script).count(SIZES) == 1
    assert [(size.name, size.vcpus) for size in estate.machine_sizes] == [("Standard_B1s", 1), ("Standard_B2s", 2)]
    scope = ArmId(f"{SCOPE}/providers/Microsoft.Compute/locations/westeurope")
    assert estate.ledger.answer_at(Reading.MACHINE_SIZES, scope)


async def test_sizes_are_read_for_no_machine_that_no_worker_names(read, script):
    await read(bulk(vm(size="Standard_B1s", power="running"), arc()))
    assert asked(script) == []


# -- network --------------------------------------------------------------------------------------------------


@pytest.fixture
def network(script):
    """Two interfaces in one subnet, which share a security group."""
    configuration = {"properties": {"subnet": {"id": SUBNET}}}
    for nic in (NIC, NIC + "b"):
        fields = {"ipConfigurations": [configuration], "networkSecurityGroup": {"id": NSG}}
        script.on(nic, {"id": nic, "properties": fields})
    script.on(SUBNET, {"id": SUBNET, "properties": {"networkSecurityGroup": {"id": NSG}}})
    return script.on(NSG, {"id": NSG, "properties": {"securityRules": [], "defaultSecurityRules": []}})


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize(
    "silent", [{"age": minutes(30)}, {"age": days(40)}, {"seen": SeenState.NEVER, "last_seen": None}]
)
async def test_the_network_of_a_silent_workers_vm_is_read_once(read, script, silent):
    silent_worker = named(age=silent["age"]) if "age" in silent else worker(machine=VM, **silent)
    shown = bulk(vm(power="running", nics=[NIC, NIC + "b"]), extension(), arc())
    estate = await read(shown, silent_worker, silent_worker)
    assert sorted(asked(script)) == sorted([NIC, NIC + "b", SUBNET, NSG])
    kinds = (estate.network_interfaces, estate.subnets, estate.security_groups)
    assert [[type(found) for found in kind] for kind in kinds] == [[NetworkInterface] * 2, [Subnet], [SecurityGroup]]


@pytest.mark.parametrize(
    "quiet", [{"age": minutes(29)}, {"age": minutes(-5)}, {"age": minutes(5), "type_": WorkerType.V1}]
)
async def test_the_network_of_other_workers_is_not_read(read, script, quiet):
    await read(bulk(vm(power="running", nics=[NIC]), extension(), arc()), named(**quiet))
    assert asked(script) == []


async def test_an_interface_that_cannot_be_read_is_a_gap(read, script):
    script.on(NIC, DENIED)
    shown = bulk(vm(power="running", nics=[NIC, "/subscriptions/x/nonsense"]), extension(), arc())
    estate = await read(shown, named(age=days(1)))
    assert [gap.reading for gap in estate.ledger.gaps] == [Reading.NETWORK_INTERFACE]


# -- the whole ------------------------------------------------------------------------------------------------


async def test_nothing_stays_open_and_all_is_of_the_estates_kinds(read, script):
    script.on(VMS, page(vm(size="Standard_B1s", nics=[]))).on(STATUSES, page(vm(power="running"))).on(ARCS, page(arc()))
    script.on(f"{VM}/extensions", page(extension())).on(SIZES, page(sku("Standard_B1s", "1")))
    script.on(f"{ARC}/extensions", page())
    estate = await read(NOTHING, named(age=days(2)), named(ARC))
    assert estate.ledger.gaps == ()
    kinds = (estate.machines, estate.extensions, estate.machine_sizes)
    assert [{type(found) for found in kind} for kind in kinds] == [{Machine}, {Extension}, {MachineSize}]


# -- against the embedded Azure -------------------------------------------------------------------------------

SERVERS = f"{SCOPE}/resourceGroups/rg/providers/Microsoft.HybridCompute/machines"
GRAPH = "Microsoft.ResourceGraph/*"
SILENT, GONE, UNNAMED, AWAY = (machine_id(name) for name in ("silent", "gone", "unnamed", "away"))


@pytest.fixture
def azure():
    """A tenant of machines: one works, one is silent, one is gone, one nobody names, one lies out of sight."""
    spotless = TENANTS["spotless"](NOW)
    worker_extension = model.Extension(
        "worker", "HybridWorkerForWindows", settings={"AutomationAccountURL": "https://x"}
    )
    plain = model.Machine(VM.text, "westeurope", "vm1", size="Standard_B1s", extensions=(worker_extension,))
    return replace(
        spotless,
        subscriptions=(
            replace(spotless.subscriptions[0], id=SUB),
            model.Subscription(OTHER_SUB, "dark", visible=False),
        ),
        accounts=(),
        workspaces=(),
        management_groups=(),
        machines=(
            plain,
            replace(plain, id=SILENT.text, power="deallocated", interfaces=(NIC,), identity=None),
            replace(plain, id=UNNAMED.text),
            replace(plain, id=machine_id("away", OTHER_SUB).text),
            replace(plain, id=ARC.text, location="East US", status="Disconnected", os="Linux"),
        ),
        sizes=(
            model.MachineSize("Standard_B1s", "westeurope", 1, 1),
            model.MachineSize("Standard_D8", "westeurope", 8, 32),
        ),
        interfaces=(model.NetworkInterface(NIC, "westeurope", (SUBNET,)),),
        subnets=(model.Subnet(SUBNET, NSG),),
        security_groups=(model.SecurityGroup(NSG, "westeurope", ()),),
    )


@pytest.fixture
def scan(read):
    """Run the collector over an embedded tenant, Resource Graph first; returns the estate."""

    async def run(tenant, *workers, faults=()):
        emulator = Emulator(tenant, faults=faults)
        transport = emulator.transport()
        session = Session(
            await discover_cloud(emulator.arm_endpoint, transport), RenewableCredential(emulator.credential), transport
        )
        found = Reader(session, Silent())
        found.listed_subscriptions = frozenset({SUB})
        return await read(await query(found, [SUB], len), *workers, using=found)

    return run


NAMING = (named(), named(SILENT, age=days(2)), named(GONE), named(machine_id("away", OTHER_SUB)), named(ARC))


def told(estate):
    return [
        msgspec.structs.replace(found, read_at=NOW)
        for found in (*estate.machines, *estate.machine_sizes, *estate.security_groups)
        if found.name != UNNAMED.name
    ]


async def test_every_machine_is_told_apart(scan, azure):
    estate = await scan(azure, *NAMING)
    found = {machine.name: machine for machine in estate.machines}
    assert sorted(found) == ["server1", "silent", "unnamed", "vm1"]
    assert (found["vm1"].power_state, found["silent"].power_state) == ("running", "deallocated")
    assert (found["silent"].identity_type, found["silent"].identity_told) == (None, True)
    assert (found["server1"].arc_status, found["server1"].location) == ("Disconnected", "eastus")
    assert all(machine.extensions_told for machine in found.values())
    assert {extension.account_url for extension in estate.extensions} == {"https://x"}
    assert [size.name for size in estate.machine_sizes] == ["Standard_B1s"]
    assert [len(found.rules) for found in estate.security_groups] == [6]
    assert estate.ledger.answer_at(Reading.VIRTUAL_MACHINE, GONE).answered.missing
    assert [(gap.reading, gap.reason) for gap in estate.ledger.gaps] == [(Reading.VIRTUAL_MACHINE, GapReason.DENIED)]


async def test_lists_tell_what_resource_graph_tells(scan, azure):
    in_bulk = await scan(azure, *NAMING)
    by_lists = await scan(azure, *NAMING, faults=[deny(GRAPH)])
    assert told(by_lists) == told(in_bulk)
    assert [found.extensions_told for found in by_lists.machines if found.id == UNNAMED] == [False]
    assert [gap.id for gap in by_lists.ledger.gaps] == [gap.id for gap in in_bulk.ledger.gaps]


@pytest.mark.parametrize(
    ("operation", "count"),
    [
        ("Microsoft.Compute/virtualMachines/read", 5),
        ("Microsoft.Compute/virtualMachines/extensions/read", 3),
        ("Microsoft.HybridCompute/*", 3),
        ("Microsoft.Compute/skus/read", 2),
        ("Microsoft.Network/networkInterfaces/read", 2),
        ("Microsoft.Network/virtualNetworks/subnets/read", 2),
        ("Microsoft.Network/networkSecurityGroups/read", 2),
    ],
)
async def test_what_may_not_be_read_is_a_gap_and_nothing_else(scan, azure, operation, count):
    estate = await scan(azure, *NAMING, faults=[deny(GRAPH), deny(operation)])
    assert len(estate.ledger.gaps) == count
    assert {gap.reason for gap in estate.ledger.gaps} == {GapReason.DENIED}
