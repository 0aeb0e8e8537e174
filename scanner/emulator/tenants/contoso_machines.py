"""Contoso's machines: healthy ones for most workers, and those on which something is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from scanner.emulator.tenants.build import Machines
from scanner.emulator.tenants.contoso_places import OPERATIONS, PLATFORM
from scanner.emulator.tenants.fleet import SMALL, Change, Fleet, fleet, linux, worker_extension
from scanner.emulator.tenants.model import (
    Account,
    Extension,
    Machine,
    SecurityGroup,
    SecurityRule,
)

LOCKED_DOWN = "nsg-quarantine"
FOREIGN_URL = "https://0badc0de-0000-4000-8000-000000000001.jrds.we.azure-automation.net/automationAccounts/0badc0de-0000-4000-8000-000000000001"
"""The address of an account that nobody can see, or that is gone."""


def contoso_fleet(now: datetime, accounts: tuple[Account, ...], deleted: Account, customer_id: str) -> Fleet:
    """All machines, one of a deleted account's; `customer_id` is of the workspace that a stray agent reports to."""
    by_name = {account.name: account for account in accounts}
    more = (*_agents(now, by_name["aa-purged"], customer_id), _till(now, deleted))
    made = fleet(accounts, _changes(now), more)
    locked_down = Machines(now, PLATFORM, "rg-develop").vm("x").partition("/providers/")[0]
    own = f"{locked_down}/providers/Microsoft.Network/networkSecurityGroups/{LOCKED_DOWN}"
    # outbound-https-blocked: put into quarantine after an incident, and forgotten there.
    rules = (
        SecurityRule("AllowDnsOut", 100, access="Allow", destinations=("VirtualNetwork",), ports=("53",)),
        SecurityRule("DenyInternetOut", 200, destinations=("Internet",)),
    )
    interfaces = tuple(
        replace(interface, security_group=own) if interface.id.endswith("/dev-lost-01-nic") else interface
        for interface in made.interfaces
    )
    groups = (*made.security_groups, SecurityGroup(own, "westeurope", rules))
    return replace(made, interfaces=interfaces, security_groups=groups)


def _changes(now: datetime) -> Mapping[str, Change | None]:
    failed_since = now - timedelta(days=3)
    return {
        # worker-machine-missing (high): the machine was deleted, its registration was not.
        "dev-gone-01": None,
        # worker-machine-stopped (high): switched off to save money.
        "dev-stale-01": lambda machine: replace(machine, power="deallocated"),
        "dev-purge-01": lambda machine: replace(machine, power="deallocated"),
        # worker-extension-missing: removed, the registration was not.
        "dev-lost-02": lambda machine: replace(machine, extensions=()),
        # worker-extension-failed, which explains that it never connected.
        "dev-silent-02": lambda machine: replace(
            machine,
            extensions=tuple(replace(each, state="Failed", since=failed_since) for each in machine.extensions),
        ),
        # worker-identity-missing: the extension needs the system-assigned one.
        "dev-silent-03": lambda machine: replace(machine, identity="UserAssigned"),
        # worker-account-url-mismatch: installed for an account that nobody knows any more.
        "ops-nord-02": lambda machine: replace(
            machine,
            extensions=tuple(
                replace(each, settings={"AutomationAccountURL": FOREIGN_URL}) for each in machine.extensions
            ),
        ),
        # worker-below-minimum-hardware (info, as it pings).
        "ops-tor-02": lambda machine: replace(machine, size=SMALL),
        # worker-registered-twice of a Linux machine.
        "dev-half-01": linux,
        "fab-edge-01": linux,
        "ops-jobs-01": linux,
        "ops-rep-02": linux,
    }


def _agents(now: datetime, purged: Account, customer_id: str) -> tuple[Machine, ...]:
    """Machines of the Log Analytics agent, and one that lost its registration."""
    servers = Machines(now, OPERATIONS, "rg-ops-servers")
    watch = Machine(servers.vm("ops-watch-01"), "northeurope", "ops-watch-01", extensions=(worker_extension(purged),))
    agent = Extension(
        "MicrosoftMonitoringAgent",
        "MicrosoftMonitoringAgent",
        publisher="Microsoft.EnterpriseCloud.Monitoring",
        version="1.0",
        settings={"workspaceId": customer_id},
    )
    return (
        # worker-reports-elsewhere: its agent extension names another workspace than the linked one.
        Machine(servers.vm("ops-batch-01"), "westus2", "ops-batch-01", extensions=(agent,)),
        linux(Machine(servers.vm("ops-batch-02"), "westus2", "ops-batch-02")),
        # worker-extension-orphaned, explained by worker-purged: it runs again, but its registration is gone.
        linux(watch),
        # worker-clock-skewed: it should become a worker, and its clock runs ahead.
        Machine(Machines(now, PLATFORM, "rg-develop").vm("dev-kiosk-01"), "westeurope", "dev-kiosk-01"),
        # Quiet neighbour: a machine that has nothing to do with Automation.
        Machine(servers.vm("ops-print-01"), "westus2", "ops-print-01", size=SMALL),
    )


def _till(now: datetime, deleted: Account) -> Machine:
    """A server outside Azure that still has the extension of an account that was deleted."""
    id_ = Machines(now, OPERATIONS, "rg-ops-shops").arc("shop-lyon-01")
    return Machine(id_, "francecentral", "shop-lyon-01", extensions=(worker_extension(deleted),))
