"""outbound-https-blocked: a network security group keeps a worker from Azure Automation."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    arc_id,
    days,
    findings,
    gap,
    group,
    machine,
    machine_id,
    minutes,
    network_id,
    private_endpoint,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import NetworkInterface, Reading, SecurityGroup, SecurityRule, SeenState, Subnet, WorkerType

CHECK = "outbound-https-blocked"
NIC, NIC2 = network_id("networkInterfaces", "nic1"), network_id("networkInterfaces", "nic2")
OPEN, SHUT = network_id("networkSecurityGroups", "open"), network_id("networkSecurityGroups", "shut")
ODD = network_id("networkSecurityGroups", "odd")
SUBNET = network_id("virtualNetworks", "vnet").child("subnets", "default")
SUBNET2 = network_id("virtualNetworks", "vnet").child("subnets", "second")


def nic(security_group=None, id_=NIC, subnets=(SUBNET,)):
    return NetworkInterface(id=id_, name=id_.name, read_at=NOW, subnets=subnets, security_group=security_group)


def subnet(security_group=None, id_=SUBNET):
    return Subnet(id=id_, name=id_.name, read_at=NOW, security_group=security_group)


def nsg(id_, access, to="Internet"):
    rules = tuple(
        SecurityRule(
            name=f"{each}Out", priority=priority, direction="Outbound", access=each, protocol="Tcp",
            sources=("*",), destinations=(prefix,), ports=("443",),
        )
        for each, prefix, priority in ((access, to, 100), ("Deny", "*", 65500))
    )  # fmt: skip
    return SecurityGroup(id=id_, name=id_.name, read_at=NOW, rules=rules)


GROUPS = (nsg(OPEN, "Allow"), nsg(SHUT, "Deny"), nsg(ODD, "Allow", "20.0.0.0/8"))
VM = machine(interfaces=(NIC,))
HERE = (account(), group(), worker(age=days(2)), VM)


def quiet(*parts):
    return findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


def because(*parts):
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert unknown.subject == worker().id
    return unknown.because


@pytest.mark.firing
@pytest.mark.parametrize(("own", "of_subnet"), [(SHUT, None), (None, SHUT), (SHUT, OPEN), (OPEN, SHUT), (SHUT, SHUT)])
def test_it_fires_where_either_group_denies(own, of_subnet):
    [finding] = findings(CHECK, *HERE, nic(own), subnet(of_subnet), *GROUPS)
    assert (finding.severity, finding.subject) == (Severity.HIGH, worker().id)
    assert finding.message == (
        "The rule DenyOut (priority 100) of the network security group shut keeps vm1 in workers "
        "from HTTPS to Azure Automation"
    )


@pytest.mark.quiet
@pytest.mark.parametrize(("own", "of_subnet"), [(None, None), (OPEN, None), (None, OPEN), (OPEN, OPEN)])
def test_it_is_quiet_where_both_let_it_out(own, of_subnet):
    assert quiet(*HERE, nic(own), subnet(of_subnet), *GROUPS)


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_it_fires_from_exactly_thirty_minutes_and_for_a_worker_that_never_pinged():
    network = (nic(SHUT), subnet(), *GROUPS)
    assert quiet(account(), group(), worker(age=minutes(29)), VM, *network)
    for age in (minutes(30), None):
        assert findings(CHECK, account(), group(), worker(age=age), VM, *network)


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.blind
def test_one_interface_that_lets_it_out_is_enough():
    two = (account(), group(), worker(age=days(2)), machine(interfaces=(NIC, NIC2)), subnet(), *GROUPS)
    assert quiet(*two, nic(SHUT), nic(OPEN, NIC2))
    assert quiet(*two, nic(OPEN, NIC2), gap(Reading.NETWORK_INTERFACE, NIC))
    assert findings(CHECK, *two, nic(SHUT), nic(SHUT, NIC2))
    assert because(*two, nic(SHUT), nic(ODD, NIC2)) == "securityRules"


@pytest.mark.firing
@pytest.mark.quiet
def test_one_subnet_of_an_interface_that_lets_it_out_is_enough():
    network = (nic(subnets=(SUBNET, SUBNET2)), subnet(SHUT), *GROUPS)
    assert quiet(*HERE, *network, subnet(OPEN, SUBNET2))
    assert findings(CHECK, *HERE, *network, subnet(SHUT, SUBNET2))


@pytest.mark.blind
@pytest.mark.parametrize(("parts", "field"), [
    ((machine(interfaces=()),), "networkInterfaces"),
    ((VM,), "networkInterfaces"),
    ((VM, nic(subnets=())), "subnet"),
    ((VM, nic()), "subnet"),
    ((VM, nic(SHUT)), "subnet"),
    ((VM, nic(network_id("networkSecurityGroups", "unread")), subnet(SHUT)), "networkSecurityGroup"),
    ((VM, nic(ODD), subnet()), "securityRules"),
])  # fmt: skip
def test_what_was_not_told_is_unknown(parts, field):
    assert because(account(), group(), worker(age=days(2)), *parts, *GROUPS) == field


@pytest.mark.blind
@pytest.mark.parametrize(("denied", "seen"), [
    (gap(Reading.NETWORK_INTERFACE, NIC), (VM,)),
    (gap(Reading.SUBNET, SUBNET), (VM, nic(SHUT), *GROUPS)),
    (gap(Reading.SECURITY_GROUP, SHUT), (VM, nic(SHUT), subnet())),
    (gap(Reading.SECURITY_GROUP, SHUT), (VM, nic(OPEN), subnet(SHUT), nsg(OPEN, "Allow"))),
    (gap(Reading.VIRTUAL_MACHINES, subscription_id()), ()),
    (gap(Reading.VIRTUAL_MACHINE, machine_id()), ()),
    (gap(Reading.PRIVATE_ENDPOINTS, account_id()), (VM, nic(SHUT), subnet(), *GROUPS)),
])  # fmt: skip
def test_what_could_not_be_read_is_unknown_for_the_worker_only(denied, seen):
    assert because(account(), group(), worker(age=days(2)), *seen, denied) == denied.gap.id
    assert unknowns(CHECK, account(), group(), denied) == []


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_an_approved_endpoint_for_hybrid_workers_clears_it():
    shut = (nic(SHUT), subnet(), *GROUPS)
    assert quiet(*HERE, *shut, private_endpoint())
    for other in (private_endpoint(status="Pending"), private_endpoint(groups=("Webhook",))):
        assert findings(CHECK, *HERE, *shut, other)


@pytest.mark.blind
def test_endpoints_that_were_not_read_matter_only_where_public_access_is_not_known_to_be_on():
    vanished = answered(Reading.PRIVATE_ENDPOINTS, account_id(), items=0, missing=True)
    shut = (group(), worker(age=days(2)), VM, nic(SHUT), subnet(), *GROUPS, vanished)
    assert findings(CHECK, account(public_network_access=True), *shut)
    assert findings(CHECK, account(), *shut)
    assert because(account(public_network_access=False), *shut) == "privateEndpointConnections"
    assert because(account(detailed=False), *shut) == "privateEndpointConnections"


@pytest.mark.quiet
def test_arc_machines_and_machines_that_are_gone_are_not_its_concern():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    assert quiet(account(), group(), worker("arc1", age=days(2), machine=arc_id()), machine(arc_id()))
    assert quiet(account(), group(), worker(age=days(2)), gone)


@pytest.mark.firing
@pytest.mark.parametrize("kind", [WorkerType.V1, None])
def test_a_worker_of_any_type_is_judged(kind):
    network = (VM, nic(SHUT), subnet(), *GROUPS)
    assert findings(CHECK, account(), group(), worker(age=days(2), worker_type=kind), *network)


@pytest.mark.blind
def test_a_worker_whose_ping_cannot_be_read_is_unknown():
    network = (VM, nic(SHUT), subnet(), *GROUPS)
    unreadable = worker(seen=SeenState.UNREADABLE, last_seen=None)
    assert because(account(), group(), unreadable, *network) == "lastSeenDateTime"


def test_its_command_adds_a_rule_before_the_one_that_denies():
    early = (nic(SHUT), subnet(), *GROUPS)
    [finding] = findings(CHECK, *HERE, *early)
    assert finding.remediation[0].command is None  # priority 100 is the first there is
    [finding] = findings(CHECK, *HERE, nic(SHUT), subnet(), nsg(SHUT, "Allow", "Storage"))
    assert "--nsg-name shut --subscription 1111" in finding.remediation[0].command
    assert "--priority 4096 --direction Outbound --access Allow" in finding.remediation[0].command
