"""Compute, Arc and Network answer as recorded, and refuse by name what they do not know."""

from dataclasses import replace

import pytest
from azure.mgmt.compute import models as compute
from azure.mgmt.hybridcompute import models as hybridcompute
from azure.mgmt.network import models as network
from sdk_keys import assert_known

from scanner.emulator import TENANTS
from scanner.emulator.tenants.model import (
    Extension,
    Machine,
    MachineSize,
    NetworkInterface,
    SecurityGroup,
    SecurityRule,
    Subnet,
)

SUBSCRIPTION = "0b50c0de-0001-4000-8000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-Machines/providers"
VM, ARC = f"{GROUP}/Microsoft.Compute/virtualMachines", f"{GROUP}/Microsoft.HybridCompute/machines"
VMS, ARCS = (path.replace("/resourceGroups/rg-Machines", "") for path in (VM, ARC))
NIC = f"{GROUP}/Microsoft.Network/networkInterfaces/nic-1"
NSG = f"{GROUP}/Microsoft.Network/networkSecurityGroups/nsg-1"
SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/vnet-1/subnets/snet-1"
BARE_SUBNET = f"{GROUP}/Microsoft.Network/virtualNetworks/vnet-1/subnets/snet-2"
INSTANCE = f"{GROUP}/Microsoft.Compute/virtualMachineScaleSets/vmss-1/virtualMachines/3"
COMPUTE, SKUS, HYBRID, NETWORK = "2026-04-01", "2021-07-01", "2026-07-15", "2026-03-01"
URL = {"AutomationAccountURL": "https://example.invalid/automationAccounts/a"}


@pytest.fixture
def machines(now):
    """VMs in every state, Arc servers, and the network that they are in."""
    worker = Extension("HybridWorker", "HybridWorkerForWindows", settings=URL, since=now)
    silent = Extension("Silent", "HybridWorkerForLinux", state="Failed", settings=URL, settings_shown=False)
    running = Machine(f"{VM}/vm-1", "westeurope", "VM-1", extensions=(worker, silent), interfaces=(NIC,), vm_id="v-1")
    others = tuple(
        replace(running, id=f"{VM}/vm-{state}", power=None if state == "untold" else state, extensions=(worker,))
        for state in ("deallocated", "stopped", "untold")
    )
    bulk = tuple(replace(running, id=f"{VM}/bulk-{number}") for number in range(20))
    arc = Machine(f"{ARC}/arc-1", "East US", "arc-1", os="Linux", os_name="Ubuntu", vm_id="abc", extensions=(worker,))
    servers = tuple(replace(arc, id=f"{ARC}/server-{number}", status_since=now) for number in range(9))
    return replace(
        TENANTS["spotless"](now),
        subscriptions=(replace(TENANTS["spotless"](now).subscriptions[0], id=SUBSCRIPTION),),
        accounts=(),
        workspaces=(),
        management_groups=(),
        machines=(running, *others, *bulk, arc, *servers, Machine(INSTANCE, "westeurope", "vmss-1_3")),
        sizes=(
            MachineSize("Standard_B1ls", "westeurope", 1, 0.5),
            MachineSize("Standard_E4-2s_v5", "West Europe", 4, 32, vcpus_available=2),
            MachineSize("Standard_B1ls", "uksouth", 1, 0.5),
        ),
        interfaces=(NetworkInterface(NIC, "westeurope", (SUBNET, BARE_SUBNET), NSG),),
        subnets=(Subnet(SUBNET, NSG), Subnet(BARE_SUBNET)),
        security_groups=(
            SecurityGroup(
                NSG,
                "westeurope",
                (
                    SecurityRule("allow-some", 100, "Outbound", "Allow", "Tcp", ports=("443", "80-90")),
                    SecurityRule("deny-rest", 200, destinations=(), application_groups=True),
                ),
            ),
        ),
    )


def codes(view):
    return [status["code"] for status in view["statuses"]]


async def test_a_vm_tells_its_model_and_only_when_expanded_its_state(wire, machines):
    azure = wire(machines)
    plain = await azure.get(f"{VM}/vm-1", COMPUTE)
    assert plain["properties"]["vmId"] == "v-1"
    assert plain["properties"]["osProfile"]["computerName"] == "VM-1"
    assert plain["properties"]["storageProfile"]["osDisk"]["osType"] == "Windows"
    assert plain["properties"]["networkProfile"]["networkInterfaces"] == [{"id": NIC}]
    assert plain["identity"]["type"] == "SystemAssigned"
    assert "instanceView" not in plain["properties"]
    view = (await azure.get(f"{VM}/vm-1?$expand=instanceView", COMPUTE))["properties"]["instanceView"]
    assert codes(view) == ["ProvisioningState/succeeded", "PowerState/running"]
    assert view["extensions"][0]["type"] == "Microsoft.Azure.Automation.HybridWorker.HybridWorkerForWindows"
    assert view["extensions"][0]["statuses"][0]["time"] == "2026-11-20T12:00:00.1234560+00:00"
    assert codes(view["extensions"][1]) == ["ProvisioningState/failed"]


async def test_a_deallocated_vm_has_no_agent_and_an_untold_power_state_is_left_out(wire, machines):
    azure = wire(machines)
    views = {
        state: (await azure.get(f"{VM}/vm-{state}?$expand=instanceView", COMPUTE))["properties"]["instanceView"]
        for state in ("deallocated", "stopped", "untold")
    }
    assert codes(views["deallocated"])[1:] == ["PowerState/deallocated"]
    assert views["deallocated"].keys().isdisjoint({"vmAgent", "computerName", "osName", "extensions"})
    assert codes(views["stopped"])[1:] == ["PowerState/stopped"]
    assert codes(views["untold"]) == ["ProvisioningState/succeeded"]


async def test_an_identity_and_a_profile_that_are_not_there_have_no_key(wire, machines):
    odd = replace(machines.machines[0], identity=None, computer_name="", extensions=())
    body = await wire(replace(machines, machines=(odd,))).get(odd.id, COMPUTE)
    assert {"identity", "resources"}.isdisjoint(body)
    assert "osProfile" not in body["properties"]


async def test_the_list_of_vms_shows_extensions_whole_or_by_id_only(wire, machines):
    listed = await wire(machines).all(VMS, COMPUTE)
    assert len({item["id"].lower() for item in listed}) == 24
    assert {len(part) for item in listed for part in item["resources"]} == {1, 5}
    assert any("/RG-MACHINES/" in item["id"] for item in listed)
    assert any("/rg-Machines/" in item["id"] for item in listed)


async def test_a_list_of_states_has_no_model_on_any_page(wire, machines):
    listed = await wire(machines).all(f"{VMS}?statusOnly=true", COMPUTE)
    assert len({item["name"] for item in listed}) == 24
    assert {frozenset(item["properties"]) for item in listed} == {frozenset({"vmId", "instanceView"})}
    assert not any({"resources", "identity", "tags"} & item.keys() for item in listed)


async def test_extensions_show_their_settings_unless_azure_leaves_them_out(wire, machines):
    azure = wire(machines)
    shown, silent = (await azure.get(f"{VM}/vm-1/extensions", COMPUTE))["value"]
    assert shown["properties"]["settings"] == URL
    assert (silent["properties"]["provisioningState"], "settings" in silent["properties"]) == ("Failed", False)
    one = await azure.get(f"{VM}/vm-1/extensions/HYBRIDWORKER?$expand=instanceView", COMPUTE)
    assert codes(one["properties"]["instanceView"]) == ["ProvisioningState/succeeded"]
    assert "instanceView" not in shown["properties"]


async def test_an_instance_of_a_scale_set_is_found_by_its_number_and_in_no_list(wire, machines):
    azure = wire(machines)
    found = await azure.get(f"{INSTANCE}?$expand=instanceView", COMPUTE)
    assert (found["instanceId"], found["type"]) == ("3", "Microsoft.Compute/virtualMachineScaleSets/virtualMachines")
    assert codes(found["properties"]["instanceView"])[1:] == ["PowerState/running"]
    assert not any(item["name"] == "3" for item in await azure.all(VMS, COMPUTE))


async def test_sizes_tell_numbers_as_text_beside_other_things_that_compute_sells(wire, machines):
    azure = wire(machines)
    found = await azure.all(f"{VMS.rpartition('/')[0]}/skus?$filter=location eq 'westeurope'", SKUS)
    sizes = {item["name"]: item for item in found if item["resourceType"] == "virtualMachines"}
    told = {name: {pair["name"]: pair["value"] for pair in size["capabilities"]} for name, size in sizes.items()}
    assert told["Standard_B1ls"]["MemoryGB"] == "0.5"
    assert (told["Standard_E4-2s_v5"]["vCPUs"], told["Standard_E4-2s_v5"]["vCPUsAvailable"]) == ("4", "2")
    assert {item["resourceType"] for item in found} == {"virtualMachines", "disks"}
    assert {place for item in found for place in item["locations"]} == {"westeurope"}
    assert len(await azure.all(f"{VMS.rpartition('/')[0]}/skus", SKUS)) == 7


async def test_an_arc_server_shows_extensions_only_in_its_own_answer(wire, machines):
    azure = wire(machines)
    listed = await azure.all(ARCS, HYBRID)
    assert len({item["id"] for item in listed}) == 10
    assert not any("resources" in item for item in listed)
    assert sorted(item["id"] for item in await azure.all(ARC.lower(), HYBRID)) == sorted(i["id"] for i in listed)
    one = await azure.get(f"{ARC}/arc-1", HYBRID)
    assert (one["properties"]["status"], one["properties"]["lastStatusChange"]) == ("Connected", None)
    assert (one["properties"]["osType"], one["properties"]["vmUuid"]) == ("linux", "ABC")
    (extension,) = await azure.all(f"{ARC}/arc-1/extensions", HYBRID)
    assert one["resources"] == [extension] == [await azure.get(extension["id"], HYBRID)]
    assert extension["properties"]["settings"] == URL


async def test_some_times_of_arc_servers_have_no_zone(wire, machines):
    listed = await wire(machines).all(ARCS, HYBRID)
    times = {item["properties"]["lastStatusChange"] for item in listed if item["name"] != "arc-1"}
    assert times == {"2026-11-20T12:00:00.1234560Z", "2026-11-20T12:00:00.1234560"}


async def test_interfaces_and_subnets_name_their_security_groups_if_they_have_any(wire, machines):
    azure = wire(machines)
    interface = (await azure.get(NIC, NETWORK))["properties"]
    assert [part["properties"]["subnet"]["id"] for part in interface["ipConfigurations"]] == [SUBNET, BARE_SUBNET]
    assert interface["networkSecurityGroup"] == {"id": NSG}
    assert (await azure.get(SUBNET, NETWORK))["properties"]["networkSecurityGroup"] == {"id": NSG}
    assert "networkSecurityGroup" not in (await azure.get(BARE_SUBNET, NETWORK))["properties"]


async def test_a_security_group_has_the_six_rules_that_azure_adds(wire, machines):
    properties = (await wire(machines).get(NSG, NETWORK))["properties"]
    assert [
        (rule["name"], rule["properties"]["priority"], rule["properties"]["access"])
        for rule in properties["defaultSecurityRules"]
    ] == [
        ("AllowVnetInBound", 65000, "Allow"),
        ("AllowAzureLoadBalancerInBound", 65001, "Allow"),
        ("DenyAllInBound", 65500, "Deny"),
        ("AllowVnetOutBound", 65000, "Allow"),
        ("AllowInternetOutBound", 65001, "Allow"),
        ("DenyAllOutBound", 65500, "Deny"),
    ]
    some, rest = (rule["properties"] for rule in properties["securityRules"])
    assert (some["destinationPortRanges"], some["destinationAddressPrefix"]) == (["443", "80-90"], "*")
    assert "destinationPortRange" not in some
    assert rest["destinationAddressPrefixes"] == []
    assert len(rest["destinationApplicationSecurityGroups"]) == 1


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (f"{VM}/gone", COMPUTE),
        (f"{VM}/gone/extensions", COMPUTE),
        (f"{VM}/vm-1/extensions/gone", COMPUTE),
        (f"{INSTANCE}4", COMPUTE),
        (f"{ARC}/gone", HYBRID),
        (f"{ARC}/arc-1/extensions/gone", HYBRID),
        (f"{NIC}0", NETWORK),
        (f"{SUBNET}0", NETWORK),
        (f"{NSG}0", NETWORK),
    ],
)
async def test_what_was_deleted_is_not_found(wire, machines, path, version):
    azure = wire(machines)
    error = (await azure.get(path, version, status=404))["error"]
    assert error["code"] == "ResourceNotFound"
    assert path.rpartition("/providers/")[2].removesuffix("gone/extensions") in error["message"]
    elsewhere = path.replace("rg-Machines", "rg-gone")
    assert (await azure.get(elsewhere, version, status=404))["error"]["code"] == "ResourceGroupNotFound"


@pytest.mark.parametrize(
    ("path", "version", "code"),
    [
        (f"{VM}/vm-1?$expand=everything", COMPUTE, "InvalidParameter"),
        (f"{VM}/vm-1?$filter=a", COMPUTE, "InvalidQueryParameter"),
        (f"{VMS}?statusOnly=maybe", COMPUTE, "InvalidParameter"),
        (f"{VMS}?$expand=instanceView", COMPUTE, "InvalidQueryParameter"),
        (f"{VMS}", "2030-01-01", "InvalidApiVersionParameter"),
        (f"{VMS.rpartition('/')[0]}/skus?$filter=name eq 'a'", SKUS, "InvalidParameter"),
        (f"{VMS.rpartition('/')[0]}/skus", COMPUTE, "InvalidApiVersionParameter"),
        (f"{ARC}/arc-1?$expand=licences", HYBRID, "InvalidParameter"),
        (f"{ARCS}?$top=3", HYBRID, "InvalidQueryParameter"),
        (f"{NSG}?$expand=subnets", NETWORK, "InvalidQueryParameter"),
    ],
)
async def test_an_option_or_version_that_is_not_known_is_refused(wire, machines, path, version, code):
    assert (await wire(machines).get(path, version, status=400))["error"]["code"] == code


async def test_all_answers_have_keys_that_the_sdk_knows(wire, machines):
    azure = wire(machines)
    vm = f"{VM}/vm-1"
    listed = [*await azure.all(VMS, COMPUTE), *await azure.all(f"{VMS}?statusOnly=true", COMPUTE)]
    assert_known([await azure.get(f"{vm}?$expand=instanceView", COMPUTE), *listed], compute.VirtualMachine)
    extensions = (await azure.get(f"{vm}/extensions?$expand=instanceView", COMPUTE))["value"]
    assert_known(extensions, compute.VirtualMachineExtension)
    instance = await azure.get(f"{INSTANCE}?$expand=instanceView", COMPUTE)
    assert_known([instance], compute.VirtualMachineScaleSetVM)
    assert_known(await azure.all(f"{VMS.rpartition('/')[0]}/skus", SKUS), compute.ResourceSku)
    servers = [await azure.get(f"{ARC}/arc-1", HYBRID), *await azure.all(ARCS, HYBRID)]
    assert_known(servers, hybridcompute.Machine)
    assert_known(await azure.all(f"{ARC}/arc-1/extensions", HYBRID), hybridcompute.MachineExtension)
    assert_known([await azure.get(NIC, NETWORK)], network.NetworkInterface)
    assert_known([await azure.get(SUBNET, NETWORK)], network.Subnet)
    assert_known([await azure.get(NSG, NETWORK)], network.NetworkSecurityGroup)
