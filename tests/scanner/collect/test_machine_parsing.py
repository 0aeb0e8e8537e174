"""What is read out of machines, extensions, sizes and network resources, in every shape in which Azure writes them."""

import json
from datetime import UTC, datetime

import pytest
from builders import NOW, SUB, machine_id

from scanner.collect._machine_parsing import (
    completed,
    names_one,
    nested_extensions,
    parse_arc,
    parse_extension,
    parse_size,
    parse_vm,
    parse_vm_status,
)
from scanner.collect._network import parse_interface, parse_security_group, parse_subnet
from scanner.collect._wire import Malformed
from scanner.inventory import ArmId, OsType

VM = machine_id("vm1").text
ARC = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/server1"
NIC = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nic1"
NET = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/one"
NSG = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg"
WORKSPACE = "0a0ce46d-f5a2-4154-95f2-df0b6c27ce5b"
REGION = ArmId(f"/subscriptions/{SUB}/providers/Microsoft.Compute/locations/westeurope")


def vm(**changes):
    fields = {
        "vmId": "46a5fa64-ef1a-454c-88ea-91948da80097",
        "hardwareProfile": {"vmSize": "Standard_B1s"},
        "storageProfile": {"osDisk": {"osType": "Windows"}},
        "osProfile": {"computerName": "BUILD01"},
        "networkProfile": {"networkInterfaces": [{"id": NIC, "properties": {"primary": True}}]},
    }
    item = {"id": VM, "name": "vm1", "location": "West Europe", "identity": {"type": "SystemAssigned"}}
    return item | {"properties": fields} | changes


def arc(**fields):
    return {"id": ARC, "name": "server1", "location": "westeurope", "properties": fields}


def extension(owner=VM, name="worker", **fields):
    return {"id": f"{owner}/extensions/{name}", "name": name, "properties": {"type": "HybridWorkerForWindows"} | fields}


def statuses(*codes):
    return {"instanceView": {"statuses": [{"code": code} for code in codes]}}


# -- Azure VMs ------------------------------------------------------------------------------------------------


def test_a_vm_of_a_list_tells_all_but_its_power_state():
    found = parse_vm(vm(), NOW)
    assert found.id == ArmId(VM)
    assert found.location == "westeurope"
    assert found.vm_id == "46a5fa64-ef1a-454c-88ea-91948da80097"
    assert found.computer_name == "BUILD01"
    assert found.os is OsType.WINDOWS
    assert (found.identity_type, found.identity_told) == ("SystemAssigned", True)
    assert found.size == "Standard_B1s"
    assert found.interfaces == (ArmId(NIC),)
    assert found.power_state is None
    assert not found.extensions_told
    assert not found.is_arc


def test_the_power_state_comes_from_the_instance_view():
    item = vm(properties=statuses("ProvisioningState/succeeded", "PowerState/Deallocated"))
    assert parse_vm(item, NOW).power_state == "deallocated"


def test_resource_graph_keeps_the_instance_view_under_extended():
    view = {"powerState": {"code": "PowerState/running"}, "computerName": "BUILD01", "osName": "Windows Server 2022"}
    found = parse_vm(vm(properties={"extended": {"instanceView": view}}), NOW)
    assert (found.power_state, found.computer_name, found.os_name) == ("running", "BUILD01", "Windows Server 2022")


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        (None, (None, True)),
        ({"type": "None"}, ("None", True)),
        ({"type": "SystemAssigned, UserAssigned"}, ("SystemAssigned, UserAssigned", True)),
        ({}, (None, False)),
        ({"type": 7}, (None, False)),
        ("SystemAssigned", (None, False)),
    ],
)
@pytest.mark.parametrize("parse", [parse_vm, lambda item, moment: parse_arc(item | {"id": ARC}, moment)])
def test_a_machine_without_identity_has_none_and_a_malformed_one_tells_nothing(parse, identity, told):
    found = parse(vm(identity=identity), NOW)
    assert (found.identity_type, found.identity_told) == told


def test_a_machine_of_which_only_the_id_is_shown_tells_nothing_else():
    found = parse_vm({"id": VM}, NOW)
    assert (found.name, found.os, found.size, found.interfaces, found.power_state) == ("vm1", None, None, (), None)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": ARC},
        {"id": f"{VM}/extensions/worker"},
        vm(properties=[]),
        vm(properties={"hardwareProfile": "large"}),
        vm(properties={"networkProfile": {"networkInterfaces": [{"id": "nic1"}]}}),
        vm(properties={"networkProfile": {"networkInterfaces": {"id": NIC}}}),
        vm(properties={"instanceView": {"statuses": "PowerState/running"}}),
    ],
)
def test_a_vm_of_another_shape_is_malformed(item):
    with pytest.raises(Malformed):
        parse_vm(item, NOW)


# -- two answers about one machine ----------------------------------------------------------------------------


def test_a_status_completes_a_vm_and_says_nothing_about_its_identity():
    status = parse_vm_status({"id": VM.upper(), "properties": statuses("PowerState/stopped")}, NOW)
    found = completed(parse_vm(vm(), NOW), status)
    assert (found.id.text, found.power_state, found.identity_type) == (VM, "stopped", "SystemAssigned")
    unread = completed(parse_vm(vm(identity=[]), NOW), status)
    assert (unread.identity_type, unread.identity_told) == (None, False)


def test_what_the_later_answer_leaves_out_is_taken_from_the_earlier_one():
    found = completed(parse_vm({"id": VM, "properties": statuses("PowerState/running")}, NOW), parse_vm(vm(), NOW))
    assert (found.power_state, found.size, found.interfaces) == ("running", "Standard_B1s", (ArmId(NIC),))
    assert (found.identity_type, found.identity_told) == (None, True)


# -- Arc-enabled servers --------------------------------------------------------------------------------------


def test_a_server_tells_its_status_and_since_when():
    item = arc(
        status="Connected",
        lastStatusChange="2025-05-22T02:08:05.3537505Z",
        agentVersion="1.52.03039.2243",
        osType="windows",
        osSku="Windows Server 2022 Datacenter",
        osProfile={"computerName": "SERVER1"},
        vmId="09681b8a-58a3-40af-a9a6-d5c36548b92c",
    )
    found = parse_arc(item, NOW)
    assert found.is_arc
    assert (found.arc_status, found.arc_status_since) == (
        "Connected",
        datetime(2025, 5, 22, 2, 8, 5, 353750, tzinfo=UTC),
    )
    assert (found.os, found.os_name, found.computer_name) == (
        OsType.WINDOWS,
        "Windows Server 2022 Datacenter",
        "SERVER1",
    )
    assert (found.agent_version, found.vm_id) == ("1.52.03039.2243", "09681b8a-58a3-40af-a9a6-d5c36548b92c")


@pytest.mark.parametrize(
    ("told", "known_by"),
    [
        ({"vmId": "arc-made", "vmUuid": "1A9E1B42-3894"}, "1A9E1B42-3894"),
        ({"vmId": "arc-made", "vmUuid": "unknown"}, "arc-made"),
        ({"vmId": "arc-made"}, "arc-made"),
        ({}, None),
    ],
)
def test_a_server_is_known_by_the_guid_of_its_hardware(told, known_by):
    assert parse_arc(arc(**told), NOW).vm_id == known_by


def test_a_server_that_never_connected_tells_nothing():
    found = parse_arc(arc(status=None, lastStatusChange=None, osName=None, osProfile={"computerName": None}), NOW)
    assert (found.arc_status, found.arc_status_since, found.os, found.computer_name) == (None, None, None, None)


def test_an_older_server_tells_its_system_and_name_elsewhere():
    found = parse_arc(arc(osName="linux", machineFqdn="server1.contoso.example", displayName="server1"), NOW)
    assert (found.os, found.computer_name) == (OsType.LINUX, "server1.contoso.example")
    assert parse_arc(arc(displayName="server1"), NOW).computer_name == "server1"


# -- extensions -----------------------------------------------------------------------------------------------


def test_of_the_settings_two_public_values_are_kept():
    settings = {
        "AUTOMATIONACCOUNTURL": "https://x.jrds.we.azure-automation.net/",
        "workspaceId": WORKSPACE,
        "proxy": "p",
    }
    item = extension(settings=settings, protectedSettings={"key": "hidden"}, typeHandlerVersion="1.1")
    found = parse_extension(item | {"id": item["id"].lower()}, NOW)
    assert found.machine == ArmId(VM)
    assert (found.account_url, found.workspace_id) == ("https://x.jrds.we.azure-automation.net/", WORKSPACE)
    assert (found.version, found.settings_told) == ("1.1", True)
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("settings", "told", "url"),
    [
        (json.dumps({"AutomationAccountURL": "https://u/a"}), True, "https://u/a"),
        ({"AutomationAccountURL": 7}, True, None),
        ({"AutomationAccountURL": ""}, True, None),
        ({}, True, None),
        (None, False, None),
        ("", False, None),
        ("{", False, None),
        ("[" * 100_000, False, None),
        ([], False, None),
    ],
)
def test_settings_that_cannot_be_read_were_not_told(settings, told, url):
    found = parse_extension(extension(settings=settings), NOW)
    assert (found.settings_told, found.account_url) == (told, url)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://u:p@a.jrds.we.azure-automation.net/automationAccounts/a?sig=x#y", "a.jrds.we.azure-automation.net"),
        ("a key in its place", None),
    ],
)
def test_what_may_be_secret_in_an_address_is_not_kept(url, kept):
    found = parse_extension(extension(settings={"AutomationAccountURL": url, "workspaceId": "a key"}), NOW)
    assert found.account_url == (kept and f"https://{kept}/automationAccounts/a")
    assert found.workspace_id is None


def test_an_extension_counts_by_its_type_without_case_and_publisher():
    kept = parse_extension(extension(type="hybridworkerforLINUX", publisher="Contoso"), NOW)
    assert kept.type == "HybridWorkerForLinux"
    assert parse_extension(extension(name="HybridWorkerForWindows", type="CustomScript"), NOW) is None


def test_since_when_a_state_holds_is_told_by_compute_and_by_arc():
    view = {"statuses": [{"code": "ProvisioningState/failed/1", "time": "2026-11-20T08:00:00Z"}]}
    of_vm = parse_extension(extension(provisioningState="Failed", instanceView=view), NOW)
    assert (of_vm.provisioning_state, of_vm.in_state_since) == ("Failed", datetime(2026, 11, 20, 8, tzinfo=UTC))
    of_arc = parse_extension(extension(ARC) | {"systemData": {"lastModifiedAt": "2026-11-20T08:00:00Z"}}, NOW)
    assert of_arc.in_state_since == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert parse_extension(extension(), NOW).in_state_since is None


@pytest.mark.parametrize("item", [{}, {"id": VM}, {"id": f"{VM}/extensions/worker"}, extension(type=None)])
def test_an_extension_without_id_or_type_is_malformed(item):
    with pytest.raises(Malformed):
        parse_extension(item, NOW)


@pytest.mark.parametrize(
    "resources",
    [
        None,
        [],
        {},
        [{"id": f"{VM}/extensions/worker"}],
        [{"id": f"{VM}/extensions/worker", "type": "Microsoft.Compute/virtualMachines/extensions"}],
        [extension(), {"id": f"{VM}/extensions/other"}],
        [extension(), None],
        [extension(machine_id("vm2").text)],
    ],
)
def test_resources_that_are_not_whole_tell_nothing(resources):
    assert nested_extensions(vm(resources=resources), NOW) is None


def test_whole_resources_tell_every_extension_with_the_state_that_stands_apart():
    view = {"name": "WORKER", "statuses": [{"code": "ProvisioningState/succeeded", "time": "2026-11-20T08:00:00Z"}]}
    item = vm(
        properties={"instanceView": {"extensions": [view]}},
        resources=[extension(), extension(name="script", type="CustomScript")],
    )
    (found,) = nested_extensions(item, NOW)
    assert (found.name, found.in_state_since) == ("worker", datetime(2026, 11, 20, 8, tzinfo=UTC))


# -- sizes ----------------------------------------------------------------------------------------------------


def sku(name="Standard_B1s", type_="virtualMachines", **told):
    capabilities = [{"name": key, "value": value} for key, value in told.items()]
    return {"resourceType": type_, "name": name, "locations": ["westeurope"], "capabilities": capabilities}


def test_a_size_lies_in_its_region():
    found = parse_size(REGION, sku(vCPUs="1", MemoryGB="0.5"), NOW)
    assert found.id == REGION.child("vmSizes", "Standard_B1s")
    assert (found.location, found.vcpus, found.memory_gib) == ("westeurope", 1, 0.5)


def test_the_vcpus_that_a_constrained_size_offers_count():
    assert parse_size(REGION, sku(vCPUs="8", vCPUsAvailable="2"), NOW).vcpus == 2


@pytest.mark.parametrize("written", [None, "", "many", "nan", "inf", "1e999", "-1", "0", True, []])
def test_a_number_that_cannot_be_read_was_not_told(written):
    found = parse_size(REGION, sku(vCPUs=written, MemoryGB=written), NOW)
    assert (found.vcpus, found.memory_gib) == (None, None)


def test_a_sku_of_something_else_is_no_size():
    assert parse_size(REGION, sku(type_="disks"), NOW) is None
    assert parse_size(REGION, {}, NOW) is None


# -- network --------------------------------------------------------------------------------------------------


def test_an_interface_names_its_subnets_and_its_own_group():
    configurations = [{"properties": {"subnet": {"id": written}}} for written in (NET, NET.lower())]
    item = {"id": NIC, "properties": {"ipConfigurations": configurations, "networkSecurityGroup": {"id": NSG}}}
    found = parse_interface(item, NOW)
    assert found.subnets == (ArmId(NET),)
    assert found.security_group == ArmId(NSG)
    assert parse_interface({"id": NIC, "properties": {"ipConfigurations": []}}, NOW).security_group is None


def test_a_subnet_may_have_no_group():
    assert parse_subnet({"id": NET, "properties": {"networkSecurityGroup": {"id": NSG}}}, NOW).security_group
    assert parse_subnet({"id": NET, "properties": {"networkSecurityGroup": None}}, NOW).security_group is None


@pytest.mark.parametrize("parse", [parse_interface, parse_subnet, parse_security_group])
@pytest.mark.parametrize("item", [{"id": NIC}, {"id": NIC, "properties": {"networkSecurityGroup": {}}}])
def test_a_network_resource_that_hides_its_group_is_malformed(parse, item):
    with pytest.raises(Malformed):
        parse(item, NOW)


def rule(**fields):
    return {
        "name": "r",
        "properties": {"priority": 100, "direction": "Outbound", "access": "Deny", "protocol": "*"} | fields,
    }


def test_a_rule_writes_one_value_or_many():
    fields = {
        "sourceAddressPrefix": "*",
        "sourceAddressPrefixes": [],
        "destinationAddressPrefixes": ["Internet", "10.0.0.0/8"],
        "destinationPortRange": "",
        "destinationPortRanges": ["443", "8000-9000"],
    }
    item = {
        "id": NSG,
        "properties": {"securityRules": [rule(**fields)], "defaultSecurityRules": [rule(priority=65000)]},
    }
    first, last = parse_security_group(item, NOW).rules
    assert (first.sources, first.destinations, first.ports) == (
        ("*",),
        ("Internet", "10.0.0.0/8"),
        ("443", "8000-9000"),
    )
    assert (first.priority, first.direction, first.access, first.protocol) == (100, "Outbound", "Deny", "*")
    assert (last.priority, last.sources, last.application_groups) == (65000, (), False)


@pytest.mark.parametrize("side", ["sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups"])
def test_a_rule_for_application_groups_says_so(side):
    item = {"id": NSG, "properties": {"securityRules": [rule(**{side: [{"id": "x"}]})], "defaultSecurityRules": []}}
    assert parse_security_group(item, NOW).rules[0].application_groups


@pytest.mark.parametrize(
    "rules",
    [
        {"securityRules": []},
        {"defaultSecurityRules": []},
        {"securityRules": [rule(priority=None)], "defaultSecurityRules": []},
        {"securityRules": [rule(access=None)], "defaultSecurityRules": []},
        {"securityRules": [rule(destinationPortRanges="443")], "defaultSecurityRules": []},
        {"securityRules": [rule(destinationPortRanges=[443])], "defaultSecurityRules": []},
    ],
)
def test_a_group_that_hides_a_rule_is_malformed(rules):
    with pytest.raises(Malformed):
        parse_security_group({"id": NSG, "properties": rules}, NOW)


# -- ids ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"{VM}/extensions/x",
        VM.rsplit("/", 1)[0],
        VM.replace("vm1", ".."),
        VM.replace(SUB, "mine"),
        VM.replace("/resourceGroups/rg", ""),
        f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/x/virtualMachines/0",
        f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.ClassicCompute/virtualMachines/vm1",
        ARC,
        "/subscriptions",
    ],
)
def test_only_the_full_id_of_a_vm_names_one(text):
    assert names_one(ArmId(VM.upper()), "microsoft.compute/virtualmachines")
    assert not names_one(ArmId(text), "microsoft.compute/virtualmachines")
