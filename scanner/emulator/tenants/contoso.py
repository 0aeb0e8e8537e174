"""Contoso: a believable company in which every check finds its flaw, beside a neighbour in which it must not."""

from datetime import datetime

from scanner.emulator.faults import deny
from scanner.emulator.tenants.contoso_operations import operations_accounts
from scanner.emulator.tenants.contoso_places import FINANCE, HOME, LEGACY, MANAGED, OPERATIONS, PARTNER, PLATFORM
from scanner.emulator.tenants.contoso_platform import platform_accounts
from scanner.emulator.tenants.contoso_workspaces import workspaces
from scanner.emulator.tenants.model import ManagementGroup, Subscription, Tenant

SUBSCRIPTIONS = (
    Subscription(PLATFORM, "Contoso Platform"),
    # A name with markup: names from a tenant are hostile text.
    Subscription(OPERATIONS, "Contoso R&D <Operations>"),
    Subscription(LEGACY, "Contoso Legacy", state="Disabled"),
    # Delegated by Lighthouse: another tenant's, managed from home.
    Subscription(MANAGED, "Fabrikam Managed", tenant_id=PARTNER, managed_by=(HOME,)),
    # In no list; reads of it are refused.
    Subscription(FINANCE, "Contoso Finance", visible=False),
)

GROUPS = (
    ManagementGroup("mg-contoso", "Contoso", (LEGACY,)),
    ManagementGroup("mg-contoso-run", "Run", (PLATFORM, OPERATIONS), parent="mg-contoso"),
)

DENIED = (
    # Not seen: the certificates of one account whose connections can be read.
    deny("Microsoft.Automation/automationAccounts/certificates/read", "/automationAccounts/aa-reporting/"),
    # Not seen: the workers of one group, beside groups of the same account that are seen.
    deny(
        "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/read",
        "/hybridRunbookWorkerGroups/hwg-restricted/",
    ),
)


def contoso(now: datetime) -> Tenant:
    """Four visible subscriptions and a hidden one; each flaw carries a comment where it is planted."""
    return Tenant(
        id=HOME,
        name="contoso",
        now=now,
        subscriptions=SUBSCRIPTIONS,
        accounts=(*platform_accounts(now), *operations_accounts(now)),
        workspaces=workspaces(now),
        management_groups=GROUPS,
        faults=DENIED,
    )
