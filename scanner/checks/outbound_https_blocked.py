"""outbound-https-blocked."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scanner.checks._check import check
from scanner.checks._machine import VIRTUAL_MACHINE, VM_READINGS, each_machine
from scanner.checks._security_rules import free_priority, https_to_automation
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Gap,
    HybridWorker,
    Machine,
    PrivateEndpointConnection,
    Reading,
    SecurityGroup,
    SecurityRule,
)

ENDPOINT_GROUP = "dscandhybridworker"
"""The sub-resource of an account's private endpoints that hybrid workers use (Azure Private Link, Microsoft)."""
_READINGS = (
    *VM_READINGS,
    Reading.NETWORK_INTERFACE,
    Reading.SUBNET,
    Reading.SECURITY_GROUP,
    Reading.ACCOUNT,
    Reading.PRIVATE_ENDPOINTS,
)


class BlockedWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A worker all of whose network interfaces are kept from HTTPS; the rule is the first interface's.

    `free_priority` is the number of a rule that would come before it, None when none is left.
    """

    interface: ArmId
    security_group: ArmId
    rule: str
    priority: int
    free_priority: int | None

    @property
    def severity(self) -> Severity:
        return Severity.HIGH

    def message(self) -> str:
        return (
            f"The rule {self.rule} (priority {self.priority}) of the network security group {self.security_group.name} "
            f"keeps {self.worker_name} in {self.group_name} from HTTPS to Azure Automation"
        )

    def remediation(self) -> tuple[Step, ...]:
        text = f"Let HTTPS to Azure Automation out, in a rule before {self.rule}."
        if self.free_priority is None:
            return (Step(f"{text} No priority before it is free: renumber the rules first."),)
        group = self.security_group
        return (
            Step.az(
                text,
                *("network", "nsg", "rule", "create", "--name", "AllowAutomationOutbound", "--nsg-name", group.name),
                *("--subscription", group.subscription_id, "--resource-group", group.resource_group),
                *("--priority", str(self.free_priority), "--direction", "Outbound", "--access", "Allow"),
                *("--protocol", "Tcp", "--destination-port-ranges", "443"),
                *("--destination-address-prefixes", "GuestAndHybridManagement"),
            ),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    severities=(Severity.HIGH,),
    found_on=FoundOn.WORKER,
    scenarios=("S1",),
)
def outbound_https_blocked(graph: EstateGraph) -> Iterator[BlockedWorker | Unseen | Settled]:
    """A network security group keeps a hybrid worker from HTTPS to Azure Automation.

    ## What it finds
    Workers of User groups on Azure VMs that did not ping for 30 minutes or more, where the first outbound rule that
    covers TCP 443 to Automation is a Deny, in the network security group of the interface or of its subnet, for every
    interface of the VM. The rules are judged as written: by priority, with the destinations Internet, AzureCloud (also
    of the account's region), GuestAndHybridManagement and any. Where a rule in front names addresses or application
    security groups that may or may not match, or a group was not read, the verdict is unknown. Accounts with an
    approved private endpoint for hybrid workers are left out. Routes, firewalls and effective rules are not seen.

    ## Why it matters
    A worker asks Automation for jobs over HTTPS. Without that it does not ping, and its jobs fail after three tries.

    ## How to fix it
    Let TCP 443 to the service tag GuestAndHybridManagement out, in a rule before the one that denies it.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Virtual network service tags](https://learn.microsoft.com/azure/virtual-network/service-tags-overview)
    """
    yield from each_machine(graph, _READINGS, _judge, types=(VIRTUAL_MACHINE,), silent_only=True)


class _Denial(msgspec.Struct, frozen=True):
    """The rule that keeps an interface from HTTPS."""

    interface: ArmId
    group: SecurityGroup
    rule: SecurityRule


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[BlockedWorker | Unseen]:
    account = graph.account(worker.id)
    region = account.location if account else None
    verdicts = [_of_interface(graph, interface, region) for interface in machine.interfaces]
    if any(verdict is None for verdict in verdicts) or _has_endpoint(graph, account):
        return
    denials = [verdict for verdict in verdicts if isinstance(verdict, _Denial)]
    if not denials or len(denials) < len(verdicts):
        unread = (verdict for verdict in verdicts if verdict is not None and not isinstance(verdict, _Denial))
        yield Unseen(worker.id, next(unread, "networkInterfaces"))
    elif (hidden := _unread_endpoints(graph, account)) is not None:
        yield Unseen(worker.id, hidden)
    else:
        denial = denials[0]
        yield BlockedWorker(
            **WorkerEvidence.facts_of(graph, worker),
            interface=denial.interface,
            security_group=denial.group.id,
            rule=denial.rule.name,
            priority=denial.rule.priority,
            free_priority=free_priority(denial.group, denial.rule),
        )


# -- one interface ----------------------------------------------------------------------------------------------


def _of_interface(graph: EstateGraph, id_: ArmId, region: str | None) -> _Denial | Gap | str | None:
    """The denial, None when HTTPS is let out, or what keeps that from being told."""
    interface = graph.network_interface(id_)
    if interface is None:
        return graph.gap(Reading.NETWORK_INTERFACE, id_) or "networkInterfaces"
    if not interface.subnets:
        return "subnet"
    own = _of_group(graph, id_, interface.security_group, region)
    subnets = [_of_subnet(graph, id_, subnet, region) for subnet in interface.subnets]
    verdicts = (own, *subnets)
    unread = next((each for each in verdicts if each is not None and not isinstance(each, _Denial)), None)
    if unread is not None:
        return unread
    # All that leaves by the interface passes its own group; of its subnets, one that lets it out is enough.
    return own or (subnets[0] if all(subnets) else None)


def _of_subnet(graph: EstateGraph, interface: ArmId, id_: ArmId, region: str | None) -> _Denial | Gap | str | None:
    subnet = graph.subnet(id_)
    if subnet is None:
        return graph.gap(Reading.SUBNET, id_) or "subnet"
    return _of_group(graph, interface, subnet.security_group, region)


def _of_group(
    graph: EstateGraph, interface: ArmId, id_: ArmId | None, region: str | None
) -> _Denial | Gap | str | None:
    if id_ is None:
        return None
    group = graph.security_group(id_)
    if group is None:
        return graph.gap(Reading.SECURITY_GROUP, id_) or "networkSecurityGroup"
    decision = https_to_automation(group, region)
    if decision.denied and decision.rule is not None:
        return _Denial(interface, group, decision.rule)
    return "securityRules" if decision.denied is None else None


# -- private endpoints ------------------------------------------------------------------------------------------


def _has_endpoint(graph: EstateGraph, account: AutomationAccount | None) -> bool:
    """Whether hybrid workers can reach the account by an approved private endpoint."""
    endpoints = graph.children(account.id, PrivateEndpointConnection) if account else ()
    return any(
        (endpoint.status or "").lower() == "approved"
        and any(group.lower() == ENDPOINT_GROUP for group in endpoint.groups)
        for endpoint in endpoints
    )


def _unread_endpoints(graph: EstateGraph, account: AutomationAccount | None) -> Gap | str | None:
    """What hides private endpoints; they are read, and matter, only where the account tells of no public access."""
    if account is None or graph.listed(Reading.PRIVATE_ENDPOINTS, account.id):
        return None
    gap = graph.gap(Reading.PRIVATE_ENDPOINTS, account.id)
    if gap is not None or (account.detailed and account.public_network_access is not False):
        return gap
    return graph.gap(Reading.ACCOUNT, account.id) or "privateEndpointConnections"
