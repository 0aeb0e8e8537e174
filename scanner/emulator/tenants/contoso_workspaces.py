"""Contoso's Log Analytics workspaces, and the links that they themselves know of."""

from datetime import datetime, timedelta

from scanner.emulator.tenants.build import account_id
from scanner.emulator.tenants.contoso_places import (
    FINANCE,
    MANAGED,
    OPERATIONS,
    PLATFORM,
    RG_FINANCE,
    RG_LOGS,
    RG_MANAGED,
    RG_OPERATIONS,
    RG_PLATFORM,
    STRAY,
)
from scanner.emulator.tenants.model import Workspace

BASE = frozenset({"AzureAutomation", "LogManagement"})
V1_FEATURES = BASE | {"Updates", "ChangeTracking"}


def workspaces(now: datetime) -> tuple[Workspace, ...]:
    """All of them, the soft-deleted one and the one in the hidden subscription included."""
    created = now - timedelta(days=1400)
    return (*_platform(created), *_operations(created), *_elsewhere(created))


def _platform(created: datetime) -> tuple[Workspace, ...]:
    account = account_id(PLATFORM, RG_PLATFORM, "aa-platform")
    patching = account_id(PLATFORM, RG_PLATFORM, "aa-patching")
    develop = account_id(PLATFORM, RG_PLATFORM, "aa-develop")
    people = account_id(PLATFORM, RG_PLATFORM, "aa-people")
    shared = account_id(OPERATIONS, RG_OPERATIONS, "aa-crossing")
    logs = f"/subscriptions/{PLATFORM}/resourceGroups/{RG_LOGS}"
    cluster = f"{logs}/providers/Microsoft.OperationalInsights/clusters/law-cluster"
    return (
        # region-mapping-unsupported (high): eastus with an account in eastus, and Update Management enabled.
        Workspace(PLATFORM, RG_PLATFORM, "law-platform", "eastus", created, account, packs=V1_FEATURES, classic=True),
        # Quiet neighbour: eastus with an account in `East US 2` is a row; the /Cluster link is no Automation link.
        Workspace(
            PLATFORM, RG_PLATFORM, "LAW-Patching", "East US", created, patching, packs=V1_FEATURES, cluster=cluster
        ),
        # region-mapping-unsupported (info): northeurope with an account in westeurope, no feature that needs it.
        Workspace(PLATFORM, RG_PLATFORM, "law-develop", "northeurope", created, develop),
        # region-mapping-unlisted (info): germanywestcentral is in no table.
        Workspace(PLATFORM, RG_PLATFORM, "law-people", "germanywestcentral", created, people),
        # workspace-cross-subscription (high): its account is in Operations.
        Workspace(PLATFORM, RG_LOGS, "law-shared", "westus2", created, shared, packs=V1_FEATURES),
        # Quiet neighbour of workspace-link-one-sided: linked to nothing, and nothing links to it.
        Workspace(PLATFORM, RG_LOGS, "law-security", "westeurope", created, packs=BASE | {"Security"}, cluster=cluster),
    )


def _operations(created: datetime) -> tuple[Workspace, ...]:
    def account(name: str) -> str:
        return account_id(OPERATIONS, RG_OPERATIONS, name)

    return (
        # region-mapping-unlisted (medium): swedencentral is in no table, and the account has System workers.
        Workspace(
            OPERATIONS,
            RG_OPERATIONS,
            "law-nordic",
            "swedencentral",
            created,
            account("aa-nordic"),
            packs=V1_FEATURES,
            # workspace-not-ingesting: its daily quota is used up.
            daily_quota=1.0,
            ingestion="OverQuota",
        ),
        # workspace-name-collision: the account of law-shared in Platform sits beside this one of the same name.
        Workspace(OPERATIONS, RG_OPERATIONS, "law-shared", "westus2", created),
        # workspace-missing (low): soft-deleted; aa-purged still names it.
        Workspace(OPERATIONS, RG_OPERATIONS, "law-purged", "northeurope", created, account("aa-purged"), deleted=True),
        # workspace-link-one-sided: aa-paris names it, it names nothing.
        Workspace(OPERATIONS, RG_OPERATIONS, "law-paris", "francecentral", created),
        # workspace-link-one-sided: it names aa-toronto, which names nothing.
        Workspace(OPERATIONS, RG_OPERATIONS, "law-toronto", "canadacentral", created, account("aa-toronto")),
        # workspace-link-one-sided: it names an account that was deleted.
        Workspace(OPERATIONS, RG_OPERATIONS, "law-orphan", "westeurope", created, account("aa-deleted")),
        # Quiet neighbour: the same, but the link is still being made.
        Workspace(
            OPERATIONS,
            RG_LOGS,
            "law-upcoming",
            "japaneast",
            created,
            account("aa-reporting"),
            link_state="ProvisioningAccount",
            customer_id=STRAY,
        ),
        # workspace-link-absent (medium): linked both ways, but the pack AzureAutomation is disabled.
        Workspace(
            OPERATIONS,
            RG_OPERATIONS,
            "law-osaka",
            "japaneast",
            created,
            account("aa-osaka"),
            packs=frozenset({"LogManagement"}),
        ),
    )


def _elsewhere(created: datetime) -> tuple[Workspace, ...]:
    hidden = account_id(OPERATIONS, RG_OPERATIONS, "aa-ledger")
    partner = account_id(MANAGED, RG_MANAGED, "aa-fabrikam")
    return (
        # Not seen: exists, in a subscription without any role. aa-ledger is linked to it (cross-subscription, low).
        Workspace(FINANCE, RG_FINANCE, "law-ledger", "uksouth", created, hidden),
        # Quiet: a delegated subscription of another tenant, linked as documented.
        Workspace(MANAGED, RG_MANAGED, "law-fabrikam", "australiaeast", created, partner),
    )
