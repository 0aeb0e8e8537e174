"""A healthy company: nothing to find, everything readable."""

from datetime import datetime, timedelta

from scanner.emulator.tenants.build import Machines, account_id, service_principal, thumbprint, workspace_id
from scanner.emulator.tenants.model import (
    Account,
    Certificate,
    Group,
    ManagementGroup,
    Subscription,
    Tenant,
    Workspace,
)

HOME = "5d0c9a1e-63f4-4b7a-9a52-2f6f3b6f0b01"
CORE = "5d0c9a1e-1111-4c1a-8d10-7b0a5c2e0001"
SHOPS = "5d0c9a1e-2222-4c1a-8d10-7b0a5c2e0002"

SITES = (
    # Subscription, name, the account's region, the workspace's region: documented pairs, one of them the crossed one.
    (CORE, "core", "westeurope", "westeurope"),
    (CORE, "build", "East US 2", "eastus"),
    (SHOPS, "shops", "UK South", "uksouth"),
)


def spotless(now: datetime) -> Tenant:
    """Three accounts in two subscriptions, all groups with active V2 workers, all links agreeing."""
    return Tenant(
        id=HOME,
        name="spotless",
        now=now,
        subscriptions=(Subscription(CORE, "Northwind Core"), Subscription(SHOPS, "Northwind Shops")),
        accounts=tuple(_account(now, *site) for site in SITES),
        workspaces=tuple(_workspace(now, *site) for site in SITES),
        management_groups=(ManagementGroup("mg-northwind", "Northwind", (CORE, SHOPS)),),
    )


def _account(now: datetime, subscription: str, name: str, location: str, _: str) -> Account:
    group = f"rg-{name}-automation"
    machines = Machines(now, subscription, f"rg-{name}-servers")
    mark = thumbprint(f"northwind {name}")
    return Account(
        subscription,
        group,
        f"aa-{name}",
        location,
        now - timedelta(days=700),
        groups=(
            Group("hwg-main", machines.v2s(f"srv-{name}-01", f"srv-{name}-02", f"srv-{name}-03")),
            Group("hwg-batch", machines.v2s(f"srv-{name}-11", f"srv-{name}-12")),
            Group(
                "hwg-edge",
                tuple(machines.v2(edge, vm=machines.arc(edge)) for edge in (f"edge-{name}-1", f"edge-{name}-2")),
            ),
        ),
        certificates=(Certificate("sp-backup-cert", mark, now + timedelta(days=300)),),
        connections=(service_principal("sp-backup", mark.lower(), subscription, HOME),),
        workspace=workspace_id(subscription, group, f"law-{name}"),
        public_network_access=False,
        disable_local_auth=True,
        private_endpoint=f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/privateEndpoints/pe-{name}",
        tags={"owner": "platform"},
    )


def _workspace(now: datetime, subscription: str, name: str, _: str, location: str) -> Workspace:
    group = f"rg-{name}-automation"
    return Workspace(
        subscription,
        group,
        f"law-{name}",
        location,
        now - timedelta(days=701),
        account=account_id(subscription, group, f"aa-{name}"),
    )
