"""A small tenant of Azure Government, where mapping rows are marked "Update Management only"."""

from datetime import datetime, timedelta

from scanner.emulator.tenants.build import Machines, account_id, workspace_id
from scanner.emulator.tenants.fleet import fleet
from scanner.emulator.tenants.model import (
    Account,
    DiagnosticSetting,
    Event,
    Group,
    Heartbeat,
    PrivateEndpoint,
    Subscription,
    Tenant,
    Workspace,
)

HOME = "fa1f0000-9c44-4c0d-8b1e-6b1f1d2a0000"
AGENCY = "fa1f0000-1111-4c0d-8b1e-6b1f1d2a0001"
SITES = (
    # region-mapping-partial: the row usgovarizona is for Update Management only, and ChangeTracking is on.
    ("az", "usgovarizona", "usgovarizona"),
    # Quiet neighbour: usgovvirginia is a full row.
    ("va", "USGov Virginia", "usgovvirginia"),
)


def fairfax(now: datetime) -> Tenant:
    """One account with the partial pair and ChangeTracking in its V1 form, and one quiet neighbour in Virginia."""
    accounts = tuple(_account(now, code, location) for code, location, _ in SITES)
    workspaces = tuple(_workspace(now, code, location) for code, _, location in SITES)
    subscriptions = (Subscription(AGENCY, "Agency"),)
    tenant = Tenant(HOME, "fairfax", now, subscriptions, accounts, workspaces, cloud="AzureUSGovernment")
    return fleet(accounts).add_to(tenant)


def _account(now: datetime, code: str, location: str) -> Account:
    machines = Machines(now, AGENCY, f"rg-agency-{code}-servers")
    first = f"gov-{code}-01"
    workspace = workspace_id(AGENCY, "rg-agency", f"law-agency-{code}")
    endpoint = (
        f"/subscriptions/{AGENCY}/resourceGroups/rg-agency/providers/Microsoft.Network/privateEndpoints/pe-{code}"
    )
    return Account(
        AGENCY,
        "rg-agency",
        f"aa-agency-{code}",
        location,
        now - timedelta(days=1200),
        groups=(Group("hwg-agency", machines.v2s(first, f"gov-{code}-02")), *machines.system(first)),
        workspace=workspace,
        public_network_access=False,
        # The System worker needs it.
        disable_local_auth=False,
        private_endpoints=(PrivateEndpoint(endpoint),),
        diagnostic_settings=(DiagnosticSetting("to-workspace", workspace),),
    )


def _workspace(now: datetime, code: str, location: str) -> Workspace:
    first = f"gov-{code}-01"
    machine = Machines(now, AGENCY, f"rg-agency-{code}-servers").vm(first)
    return Workspace(
        AGENCY,
        "rg-agency",
        f"law-agency-{code}",
        location,
        now - timedelta(days=1200),
        account=account_id(AGENCY, "rg-agency", f"aa-agency-{code}"),
        packs=frozenset({"AzureAutomation", "ChangeTracking", "LogManagement"}),
        # The last agent of its kind, and well: its heartbeats prove the V1 form of ChangeTracking.
        heartbeats=(
            Heartbeat(
                first,
                now - timedelta(days=20),
                now - timedelta(minutes=1),
                version="10.20.18069.0",
                resource=machine,
                solutions=("changeTracking",),
            ),
        ),
        events=(
            Event(first, "Operations Manager", 6022, now - timedelta(days=9), level="Information", resource=machine),
        ),
    )
