"""Contoso: a believable company in which every check finds its flaw, beside a neighbour in which it must not."""

from datetime import datetime, timedelta

from scanner.emulator.faults import deny
from scanner.emulator.tenants.build import account_id
from scanner.emulator.tenants.contoso_exposure import with_exposure
from scanner.emulator.tenants.contoso_logs import with_logs
from scanner.emulator.tenants.contoso_machines import contoso_fleet
from scanner.emulator.tenants.contoso_operations import deleted_account, operations_accounts
from scanner.emulator.tenants.contoso_places import (
    FINANCE,
    HOME,
    LEGACY,
    MANAGED,
    OPERATIONS,
    PARTNER,
    PLATFORM,
    RG_OPERATIONS,
    STRAY,
)
from scanner.emulator.tenants.contoso_platform import platform_accounts
from scanner.emulator.tenants.contoso_work import with_work
from scanner.emulator.tenants.contoso_workspaces import workspaces
from scanner.emulator.tenants.model import ActivityEvent, ManagementGroup, Subscription, Tenant

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
    # Not seen: the events of one workspace, whose other tables may be queried.
    deny("Microsoft.OperationalInsights/workspaces/query/Event/read", "/workspaces/law-osaka"),
    # Not seen: the text of one runbook.
    deny("Microsoft.Automation/automationAccounts/runbooks/content/read", "/runbooks/Export-Revenue/"),
)


def contoso(now: datetime) -> Tenant:
    """Four visible subscriptions and a hidden one; each flaw carries a comment where it is planted."""
    deleted = deleted_account(now)
    accounts = with_exposure(with_work(now, (*platform_accounts(now), *operations_accounts(now))))
    tenant = Tenant(
        id=HOME,
        name="contoso",
        now=now,
        subscriptions=SUBSCRIPTIONS,
        accounts=accounts,
        workspaces=with_logs(now, workspaces(now), accounts),
        management_groups=GROUPS,
        faults=DENIED,
        activity=(_deletion(now),),
        deleted_accounts=(deleted,),
    )
    return contoso_fleet(now, accounts, deleted.account, STRAY).add_to(tenant)


def _deletion(now: datetime) -> ActivityEvent:
    """Somebody deleted the worker ops-retired-01, whose name the log does not know."""
    group = f"{account_id(OPERATIONS, RG_OPERATIONS, 'aa-purged')}/hybridRunbookWorkerGroups/hwg-purged"
    worker = f"{group}/hybridRunbookWorkers/4d0c1f8e-0000-4000-8000-00000000de1e"
    operation = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/delete"
    return ActivityEvent(OPERATIONS, operation, worker, now - timedelta(days=49))
