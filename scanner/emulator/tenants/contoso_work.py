"""What contoso's accounts run: runbooks, what starts them, and how their jobs ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from scanner.emulator.tenants import scripts
from scanner.emulator.tenants.build import thumbprint
from scanner.emulator.tenants.model import (
    Account,
    Environment,
    Job,
    JobSchedule,
    Module,
    Runbook,
    Schedule,
    Variable,
    Webhook,
)

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Work:
    """Ways to write down what runs, seen from one now."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def schedule(self, name: str, *, after: timedelta = 9 * HOUR, frequency: str = "Day") -> Schedule:
        """An enabled schedule without an end that runs next after so long."""
        return Schedule(name, next_run=self.now + after, frequency=frequency)

    def job(
        self, runbook: str, run_on: str | None, age: timedelta, status: str = "Completed", exception: str | None = None
    ) -> Job:
        """A job that was created so long ago; one that waits has neither start nor end."""
        created = self.now - age
        name = str(uuid5(NAMESPACE_URL, f"{runbook}\n{run_on}\n{age}"))
        if status in {"New", "Activating", "Queued"}:
            return Job(name, runbook, created, run_on, status)
        started, ended = created + MINUTE, created + 4 * MINUTE
        return Job(name, runbook, created, run_on, status, started, ended, exception)


def book(name: str, text: str | bytes, kind: str = "PowerShell", environment: str | None = None) -> Runbook:
    """A published runbook."""
    return Runbook(name, kind, environment=environment, content=text.encode() if isinstance(text, str) else text)


def with_work(now: datetime, accounts: tuple[Account, ...]) -> tuple[Account, ...]:
    """The accounts, each with what it runs."""
    work = Work(now)
    added = {**_platform(work), **_develop(work), **_people(work), **_operations(work), **_crossing(work)}
    return tuple(added[account.name].to(account) if account.name in added else account for account in accounts)


@dataclass(frozen=True, slots=True)
class Adding:
    """What an account runs, ready to be put into it."""

    runbooks: tuple[Runbook, ...]
    ties: tuple[JobSchedule, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    jobs: tuple[Job, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    credentials: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    modules: tuple[Module, ...] = ()
    variables: tuple[Variable, ...] = ()

    def to(self, account: Account) -> Account:
        """The account with it."""
        return replace(
            account,
            runbooks=self.runbooks,
            job_schedules=self.ties,
            schedules=self.schedules,
            jobs=self.jobs,
            webhooks=self.webhooks,
            credentials=self.credentials,
            environments=self.environments,
            modules=self.modules,
            variables=self.variables,
        )


def _platform(work: Work) -> Mapping[str, Adding]:
    now = work.now
    return {
        "aa-platform": Adding(
            # Quiet neighbours of the runbook checks: what is retired is named in comments and messages only.
            (
                book("Deploy-WebFarm", scripts.DEPLOY),
                book("Restart-AppPools", scripts.RESTART),
                book("Collect-PerfCounters", scripts.COUNTERS),
                book("Get-SqlBackupState", scripts.BACKUP_STATE, "GraphPowerShell"),
                Runbook("Draft-Of-Next-Year", state="New", content=None),
            ),
            (
                JobSchedule("Deploy-WebFarm", "nightly-deploy", "hwg-core"),
                JobSchedule("Collect-PerfCounters", "hourly"),
            ),
            (work.schedule("nightly-deploy"), work.schedule("hourly", after=40 * MINUTE, frequency="Hour")),
            (
                work.job("Deploy-WebFarm", "HWG-Core", DAY),
                work.job("Deploy-WebFarm", "hwg-core", 2 * DAY),
                work.job("Restart-AppPools", None, 5 * HOUR),
                # job-failure-signature (low): too much at once, but a later job completed.
                work.job("Collect-PerfCounters", "hwg-core", 3 * DAY, "Failed", scripts.JOB_LIMIT),
                work.job("Collect-PerfCounters", "hwg-core", 2 * DAY),
            ),
            # Quiet neighbour of webhook-expired: it is valid for long.
            (Webhook("release-pipeline", "Deploy-WebFarm", now + 200 * DAY, "hwg-core"),),
        ),
        "aa-patching": Adding(
            (book("Start-PatchWindow", scripts.PATCHES),),
            (JobSchedule("Start-PatchWindow", "patch-tuesday", "hwg-patching"),),
            (work.schedule("patch-tuesday", after=6 * DAY, frequency="Week"),),
            (
                work.job("Start-PatchWindow", "hwg-patching", DAY),
                work.job("Start-PatchWindow", "hwg-patching", 8 * DAY),
            ),
        ),
        "aa-legacy": Adding(
            # account-identity-missing (high): what runs every day needs the Run As connection.
            (book("Transfer-Files", scripts.TRANSFER, "PowerShellWorkflow"),),
            (JobSchedule("Transfer-Files", "daily-transfer", "hwg-onprem"),),
            (work.schedule("daily-transfer"),),
        ),
        "aa-fabrikam": Adding(
            # Quiet neighbour of runtime-retired: an environment of its own with a version that is supported.
            (book("publish-dashboards", scripts.DASHBOARD, "Python", "py312"), book("Rotate-Logs", scripts.PLAIN)),
            (JobSchedule("Rotate-Logs", "nightly", "hwg-fabrikam"),),
            (work.schedule("nightly"),),
            (work.job("Rotate-Logs", "hwg-fabrikam", 10 * HOUR),),
            environments=(Environment("py312", "Python", "3.12"),),
        ),
    }


def _develop(work: Work) -> Mapping[str, Adding]:
    now = work.now
    return {
        "aa-develop": Adding(
            (
                # runbook-uses-run-as (high): on a hybrid group, every night.
                book("Reset-TestData", scripts.TEST_DATA),
                # runbook-uses-azurerm.
                book("Build-Image", scripts.BUILD_IMAGE),
                book("Refresh-Cache", scripts.CACHE),
                book("Remove-OldSnapshots", scripts.SNAPSHOTS),
                # runtime-retired (medium): Python 2.
                book("smoke-test", scripts.SMOKE_TEST, "Python2"),
            ),
            (
                JobSchedule("Reset-TestData", "nightly-reset", "hwg-lifecycle"),
                JobSchedule("Refresh-Cache", "refresh-cache", "hwg-abandoned"),
                # target-group-missing (high): nobody told the schedule that the group was deleted.
                JobSchedule("Remove-OldSnapshots", "weekly-cleanup", "hwg-snapshots"),
            ),
            (
                work.schedule("nightly-reset"),
                work.schedule("refresh-cache", after=2 * HOUR, frequency="Hour"),
                work.schedule("weekly-cleanup", after=3 * DAY, frequency="Week"),
            ),
            (
                work.job("Reset-TestData", "hwg-lifecycle", 14 * HOUR),
                # job-stuck: nothing is left in the group that could take it.
                work.job("Refresh-Cache", "hwg-abandoned", 3 * HOUR, "Queued"),
                # job-failure-signature, explained by target-group-missing.
                work.job(
                    "Remove-OldSnapshots",
                    "hwg-snapshots",
                    4 * DAY,
                    "Failed",
                    scripts.NOT_AVAILABLE.format(seen=now - 50 * DAY),
                ),
            ),
            # webhook-expired (low): it ends soon.
            (Webhook("image-build", "Build-Image", now + 12 * DAY),),
            modules=(
                Module("AzureRM.profile", "5.8.3"),
                Module("AzureRM.Compute", "5.9.1"),
                Module("Az", "12.3.0", True),
            ),
        ),
    }


def _people(work: Work) -> Mapping[str, Adding]:
    lost = scripts.NO_CERTIFICATE.format(mark=thumbprint("people"))
    return {
        "aa-people": Adding(
            (
                # runbook-uses-run-as (high), which makes run-as-certificate-missing critical.
                book("Export-PayrollReport", scripts.PAYROLL),
                # runbook-uses-msonline (high): on a hybrid group.
                book("New-StarterMailbox", scripts.STARTER),
                # runbook-uses-msonline (medium): in Azure's own sandbox.
                book("Get-Leavers", scripts.LEAVERS),
            ),
            (
                JobSchedule("Export-PayrollReport", "payroll-monthly", "hwg-people"),
                JobSchedule("Get-Leavers", "leavers-weekly"),
            ),
            (
                work.schedule("payroll-monthly", after=8 * DAY, frequency="Month"),
                work.schedule("leavers-weekly", after=2 * DAY, frequency="Week"),
            ),
            (
                # job-failure-signature (high): the certificate is not on the worker.
                work.job("Export-PayrollReport", "hwg-people", 22 * DAY, "Failed", lost),
                work.job("New-StarterMailbox", "hwg-people", 4 * DAY),
                work.job("Get-Leavers", None, 5 * DAY),
            ),
            # group-credential-missing: the group's cred-people is not among them.
            credentials=("cred-m365", "cred-payroll"),
        ),
    }


def _crossing(work: Work) -> Mapping[str, Adding]:
    return {
        "aa-crossing": Adding(
            (book("Close-Books", scripts.BOOKS), book("encrypt-statements", scripts.STATEMENTS, "Python", "py312")),
            (
                # worker-platform-retired (critical) and group-single-worker: nothing but the retired agent does this.
                JobSchedule("Close-Books", "close-of-day", "hwg-unmigrated"),
                JobSchedule("encrypt-statements", "statements", "hwg-jobs"),
            ),
            (work.schedule("close-of-day"), work.schedule("statements", after=5 * HOUR)),
            (
                # job-failure-signature (high): tried three times.
                work.job("Close-Books", "hwg-unmigrated", 15 * HOUR, "Failed", scripts.TRIED_THREE_TIMES),
                work.job("Close-Books", "hwg-unmigrated", 39 * HOUR, "Failed", scripts.TRIED_THREE_TIMES),
                # job-failure-signature (high): sudo asks for a password, as the exception tells once, the stream twice.
                work.job("encrypt-statements", "hwg-jobs", 19 * HOUR, "Failed", "The job failed with exit code 1."),
                work.job("encrypt-statements", "hwg-jobs", 43 * HOUR, "Failed", f"Traceback: {scripts.SUDO}"),
            ),
            environments=(Environment("py312", "Python", "3.12"),),
        ),
    }


def _operations(work: Work) -> Mapping[str, Adding]:
    now = work.now
    return {
        "aa-nordic": Adding(
            (book("Sync-Warehouse", scripts.PLAIN),),
            (JobSchedule("Sync-Warehouse", "every-morning", "hwg-nordic"),),
            (work.schedule("every-morning"),),
            (work.job("Sync-Warehouse", "hwg-nordic", 12 * HOUR), work.job("Sync-Warehouse", "hwg-nordic", 36 * HOUR)),
        ),
        "aa-ledger": Adding(
            (book("Post-Journal", scripts.PLAIN),),
            (JobSchedule("Post-Journal", "hourly-journal", "hwg-ledger"),),
            (work.schedule("hourly-journal", after=25 * MINUTE, frequency="Hour"),),
            (work.job("Post-Journal", "hwg-ledger", 35 * MINUTE),),
        ),
        "aa-orphaned": Adding(
            (book("Archive-Mail", scripts.ARCHIVE),),
            jobs=(work.job("Archive-Mail", "hwg-orphaned", 9 * DAY),),
            # local-auth-disabled-in-use: the caller of this webhook is refused.
            webhooks=(Webhook("mail-gateway", "Archive-Mail", now + 150 * DAY, "hwg-orphaned"),),
        ),
        "aa-purged": Adding((book("Rotate-Keys", scripts.PLAIN),), jobs=(work.job("Rotate-Keys", None, 2 * DAY),)),
        "aa-paris": Adding(
            # account-identity-unusable-on-hybrid (high): -Identity does not work with a user-assigned one here.
            (book("Stop-Kiosks", scripts.KIOSKS),),
            (JobSchedule("Stop-Kiosks", "closing-time", "hwg-paris"),),
            (work.schedule("closing-time", after=7 * HOUR),),
            (work.job("Stop-Kiosks", "hwg-paris", 17 * HOUR, "Failed", scripts.NO_USER_IDENTITY),),
            # webhook-expired (medium).
            (Webhook("kiosk-portal", "Stop-Kiosks", now - 10 * DAY, "hwg-paris"),),
        ),
        "aa-osaka": Adding(
            # runtime-retired: PowerShell 7.2.
            (book("Start-BatchWindow", scripts.PLAIN, "PowerShell72"),),
            (JobSchedule("Start-BatchWindow", "batch-window", "hwg-osaka"),),
            (work.schedule("batch-window"),),
            (work.job("Start-BatchWindow", "hwg-osaka", 13 * HOUR),),
        ),
        "aa-reporting": Adding(
            # Not seen: the content of Export-Revenue is denied.
            (book("Export-Revenue", scripts.PLAIN), book("Publish-Dashboard", scripts.PLAIN)),
            (JobSchedule("Export-Revenue", "revenue-weekly", "hwg-reporting"),),
            (work.schedule("revenue-weekly", after=2 * DAY, frequency="Week"),),
            (
                work.job("Publish-Dashboard", None, 20 * HOUR),
                # job-failure-signature (high): no worker was there.
                work.job(
                    "Export-Revenue",
                    "hwg-reporting",
                    26 * HOUR,
                    "Failed",
                    scripts.NOT_AVAILABLE.format(seen=now - 74 * HOUR),
                ),
            ),
            variables=(
                # variable-unencrypted.
                Variable("MailPassword", '"not a real one"'),
                Variable("ApiKey", '""', encrypted=True),
            ),
        ),
    }
