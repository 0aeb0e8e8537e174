"""A small tenant of Azure Government, where mapping rows are marked "Update Management only"."""

from datetime import datetime, timedelta

from scanner.emulator.tenants.build import Machines, account_id, workspace_id
from scanner.emulator.tenants.model import Account, Group, Subscription, Tenant, Workspace

HOME = "fa1f0000-9c44-4c0d-8b1e-6b1f1d2a0000"
AGENCY = "fa1f0000-1111-4c0d-8b1e-6b1f1d2a0001"


def fairfax(now: datetime) -> Tenant:
    """One account with the partial pair and ChangeTracking in its V1 form, and one quiet neighbour in Virginia."""
    machines = Machines(now, AGENCY, "rg-agency-servers")
    created = now - timedelta(days=1200)
    packs = frozenset({"AzureAutomation", "LogManagement"})
    accounts = (
        # region-mapping-partial: the row usgovarizona is for Update Management only, and ChangeTracking is on.
        Account(
            AGENCY,
            "rg-agency",
            "aa-agency-az",
            "usgovarizona",
            created,
            groups=(Group("hwg-agency", machines.v2s("gov-az-01", "gov-az-02")), *machines.system("gov-az-01")),
            workspace=workspace_id(AGENCY, "rg-agency", "law-agency-az"),
        ),
        # Quiet neighbour: usgovvirginia is a full row.
        Account(
            AGENCY,
            "rg-agency",
            "aa-agency-va",
            "USGov Virginia",
            created,
            groups=(Group("hwg-agency", machines.v2s("gov-va-01", "gov-va-02")), *machines.system("gov-va-01")),
            workspace=workspace_id(AGENCY, "rg-agency", "law-agency-va"),
        ),
    )
    workspaces = tuple(
        Workspace(
            AGENCY,
            "rg-agency",
            f"law-agency-{code}",
            location,
            created,
            account=account_id(AGENCY, "rg-agency", f"aa-agency-{code}"),
            packs=packs | {"ChangeTracking"},
        )
        for code, location in (("az", "usgovarizona"), ("va", "usgovvirginia"))
    )
    return Tenant(
        HOME, "fairfax", now, (Subscription(AGENCY, "Agency"),), accounts, workspaces, cloud="AzureUSGovernment"
    )
