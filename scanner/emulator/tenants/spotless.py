"""A healthy company: nothing to find, everything readable."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from scanner.emulator.tenants.build import Machines, account_id, service_principal, thumbprint, workspace_id
from scanner.emulator.tenants.fleet import fleet, linux
from scanner.emulator.tenants.model import (
    Account,
    ActivityEvent,
    Certificate,
    DiagnosticSetting,
    Environment,
    Group,
    Heartbeat,
    Job,
    JobSchedule,
    ManagementGroup,
    Module,
    Operation,
    Pings,
    PrivateEndpoint,
    Runbook,
    Schedule,
    Subscription,
    Tenant,
    Variable,
    Webhook,
    Workspace,
)
from scanner.emulator.tenants.scripts import BACKUP_STATE, DEPLOY, PATCHES, RESTART

HOME = "5d0c9a1e-63f4-4b7a-9a52-2f6f3b6f0b01"
CORE = "5d0c9a1e-1111-4c1a-8d10-7b0a5c2e0001"
SHOPS = "5d0c9a1e-2222-4c1a-8d10-7b0a5c2e0002"

SITES = (
    # Subscription, name, the account's region, the workspace's region: documented pairs, one of them the crossed one.
    (CORE, "core", "westeurope", "westeurope"),
    (CORE, "build", "East US 2", "eastus"),
    (SHOPS, "shops", "UK South", "uksouth"),
)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def spotless(now: datetime) -> Tenant:
    """Three accounts in two subscriptions, all groups with active V2 workers, all links agreeing."""
    accounts = tuple(_account(now, *site) for site in SITES)
    made = fleet(accounts, {f"srv-{name}-1{number}": linux for _, name, _, _ in SITES for number in (1, 2)})
    tenant = Tenant(
        id=HOME,
        name="spotless",
        now=now,
        subscriptions=(Subscription(CORE, "Northwind Core"), Subscription(SHOPS, "Northwind Shops")),
        accounts=accounts,
        workspaces=tuple(_workspace(now, *site) for site in SITES),
        management_groups=(ManagementGroup("mg-northwind", "Northwind", (CORE, SHOPS)),),
        activity=tuple(_deletion(now, account) for account in accounts),
    )
    tenant = made.add_to(tenant)
    beats = {account.workspace: tuple(_heartbeats(now, account)) for account in accounts}
    workspaces = (replace(workspace, heartbeats=beats[workspace.id]) for workspace in tenant.workspaces)
    return replace(tenant, workspaces=tuple(workspaces))


def _account(now: datetime, subscription: str, name: str, location: str, _: str) -> Account:
    group = f"rg-{name}-automation"
    machines = Machines(now, subscription, f"rg-{name}-servers")
    mark = thumbprint(f"northwind {name}")
    site = f"/subscriptions/{subscription}/resourceGroups/{group}"
    workspace = workspace_id(subscription, group, f"law-{name}")
    bare = Account(
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
        workspace=workspace,
        public_network_access=False,
        disable_local_auth=True,
        private_endpoints=(PrivateEndpoint(f"{site}/providers/Microsoft.Network/privateEndpoints/pe-{name}"),),
        # One of the two forms is enough, the other is as good.
        diagnostic_settings=(
            DiagnosticSetting("to-workspace", workspace, categories=(), category_groups=("allLogs",))
            if name == "core"
            else DiagnosticSetting("to-workspace", workspace),
        ),
        pings=(
            Pings("hwg-main", f"srv-{name}-01", ((now - 80 * DAY, now),)),
            # Decommissioned: the activity log has the deletion.
            Pings("hwg-batch", f"srv-{name}-13", ((now - 85 * DAY, now - 62 * DAY),)),
        ),
        tags={"owner": "platform"},
    )
    return _with_work(now, bare)


def _with_work(now: datetime, account: Account) -> Account:
    """Runbooks that name what is retired in comments and messages only, and whose jobs completed."""
    return replace(
        account,
        runbooks=(
            Runbook("Deploy-Release", content=DEPLOY.encode()),
            Runbook("Restart-Services", environment="ps76", content=RESTART.encode()),
            Runbook("Check-Updates", content=PATCHES),
            Runbook("Get-BackupState", "GraphPowerShell", content=BACKUP_STATE),
            Runbook(
                "collect-metrics", "Python", environment="py312", content=b"# AzureRM, MSOnline\nprint('healthy')\n"
            ),
            Runbook("Next-Year", state="New", content=None),
        ),
        environments=(Environment("ps76", "PowerShell", "7.6"), Environment("py312", "Python", "3.12")),
        modules=(Module("Az", "12.3.0", shared=True), Module("SqlServer", "22.3.0")),
        schedules=(
            Schedule("nightly", next_run=now + 9 * HOUR),
            Schedule("hourly", next_run=now + 40 * MINUTE, frequency="Hour"),
            Schedule("before-the-move", enabled=False, expires=now - 90 * DAY),
        ),
        job_schedules=(
            JobSchedule("Deploy-Release", "nightly", "hwg-main"),
            JobSchedule("Restart-Services", "nightly", "hwg-batch"),
            JobSchedule("collect-metrics", "hourly", "hwg-edge"),
            JobSchedule("Get-BackupState", "hourly"),
            # Nothing comes of it: the schedule is off, so its group need not be there.
            JobSchedule("Check-Updates", "before-the-move", "hwg-old"),
        ),
        # Valid for long, but off: local authentication is off too.
        webhooks=(Webhook("release-pipeline", "Deploy-Release", now + 300 * DAY, "hwg-main", enabled=False),),
        jobs=tuple(_jobs(now, account.name)),
        credentials=("cred-sql",),
        variables=(Variable("ReleaseShare", '""', encrypted=True),),
    )


def _jobs(now: datetime, account: str) -> Iterator[Job]:
    runs = (("Deploy-Release", "hwg-main"), ("Restart-Services", "HWG-Batch"), ("Get-BackupState", None))
    for number, (runbook, run_on) in enumerate(runs):
        for age in (2, 3):
            created = now - age * DAY
            name = thumbprint(f"{account} {runbook} {age}").lower()
            name = f"{name[:8]}-{name[8:12]}-4{name[13:16]}-8{name[17:20]}-{name[20:32]}"
            yield Job(name, runbook, created, run_on, "Completed", created + MINUTE, created + (number + 2) * MINUTE)


def _deletion(now: datetime, account: Account) -> ActivityEvent:
    """The machine after the last of hwg-batch was deleted as it should be."""
    worker = (
        f"{account.id}/hybridRunbookWorkerGroups/hwg-batch/hybridRunbookWorkers/5d0c9a1e-0000-4000-8000-00000000de1e"
    )
    operation = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/delete"
    return ActivityEvent(account.subscription, operation, worker, now - 61 * DAY)


def _heartbeats(now: datetime, account: Account) -> Iterator[Heartbeat]:
    """Those of the Azure Monitor Agent, in time."""
    for worker in (worker for group in account.groups for worker in group.workers):
        on_linux = worker.name[-2] == "1"
        yield Heartbeat(
            f"{worker.name}.northwind.example" if on_linux else worker.name,
            now - 20 * DAY,
            now - MINUTE,
            category="Azure Monitor Agent",
            os="Linux" if on_linux else "Windows",
            version="1.33.1" if on_linux else "1.29.0.0",
            resource=worker.vm,
            solutions=("security",),
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
        operations=(Operation(now - 200 * HOUR, status="Succeeded", detail="Data collection started."),),
    )
