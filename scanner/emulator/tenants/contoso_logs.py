"""What contoso's workspaces hold: heartbeats of machines, events of their agents, and what the workspaces say."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from scanner.emulator.tenants import scripts
from scanner.emulator.tenants.build import Machines
from scanner.emulator.tenants.contoso_places import OPERATIONS, PLATFORM
from scanner.emulator.tenants.model import Account, Event, Heartbeat, JobRow, Operation, Workspace

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LAST_WINDOWS, LAST_LINUX, OLD_LINUX = "10.20.18069.0", "1.19.0-0", "1.13.33-0"
AMA_WINDOWS = "1.29.0.0"
"""Versions of agents: the last Log Analytics agents, an old one, and the Azure Monitor Agent's."""


class Log:
    """Ways to write down what a workspace holds, seen from one now."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def agent(
        self,
        name: str,
        *,
        silent: timedelta = MINUTE,
        os: str = "Windows",
        version: str = LAST_WINDOWS,
        resource: str = "",
        solutions: tuple[str, ...] = ("updates", "changeTracking"),
    ) -> Heartbeat:
        """The heartbeats of a Log Analytics agent that was heard last so long ago."""
        first, last = self.now - 40 * DAY, self.now - silent
        return Heartbeat(
            f"{name}.corp.contoso.com",
            first,
            last,
            os=os,
            version=version,
            resource=resource,
            environment="Azure" if resource else "Non-Azure",
            vm_uuid="" if resource else str(uuid5(NAMESPACE_URL, name)).upper(),
            solutions=solutions,
        )

    def monitored(self, name: str, resource: str, *, ahead: timedelta = timedelta()) -> Heartbeat:
        """The heartbeats of an Azure Monitor Agent, whose clock may run ahead."""
        return Heartbeat(
            name,
            self.now - 2 * DAY,
            self.now - MINUTE - ahead,
            category="Azure Monitor Agent",
            version=AMA_WINDOWS,
            resource=resource,
            solutions=("security",),
            clock_offset=ahead,
        )

    def started(self, name: str) -> Event:
        """A row that proves that the machine sends the log of its agent."""
        text = "The Health Service has started and obtained its configuration."
        return Event(
            f"{name}.corp.contoso.com", "Operations Manager", 6022, self.now - 20 * DAY, text, level="Information"
        )


def with_logs(now: datetime, workspaces: tuple[Workspace, ...], accounts: tuple[Account, ...]) -> tuple[Workspace, ...]:
    """The workspaces, each with what it holds; law-security has the job logs of the accounts that send them."""
    log = Log(now)
    found = {**_platform(log), **_shared(log), **_others(log)}
    filled = (_filled(workspace, found.get((workspace.subscription, workspace.name))) for workspace in workspaces)
    rows = tuple(row for account in accounts for row in _job_rows(account))
    return tuple(replace(each, job_rows=rows) if each.name == "law-security" else each for each in filled)


def _job_rows(account: Account) -> Iterator[JobRow]:
    if account.diagnostic_settings:
        for job in account.jobs:
            common = (account.id, job.name, job.runbook, job.ended or job.created)
            yield JobRow(*common, category="JobLogs", result=job.status, run_on=job.run_on or "")
            if job.runbook == "encrypt-statements":
                # job-failure-signature (high): only the stream tells that GnuPG asks for a passphrase.
                yield JobRow(*common, text=scripts.GPG, run_on=job.run_on or "")


Rows = tuple[tuple[Heartbeat, ...], tuple[Event, ...], tuple[Operation, ...]]


def _filled(workspace: Workspace, rows: Rows | None) -> Workspace:
    if rows is None or workspace.deleted:
        return workspace
    heartbeats, events, operations = rows
    return replace(workspace, heartbeats=heartbeats, events=events, operations=operations)


def _platform(log: Log) -> Mapping[tuple[str, str], Rows]:
    servers = Machines(log.now, PLATFORM, "rg-platform-servers")
    develop = Machines(log.now, PLATFORM, "rg-develop")
    return {
        (PLATFORM, "law-platform"): (
            (
                log.agent("plat-core-01", resource=servers.vm("plat-core-01")),
                # worker-heartbeat-missing: the agent's cache is corrupt; the machine runs and pings.
                log.agent("plat-core-02", silent=4 * DAY, resource=servers.vm("plat-core-02")),
                log.agent("plat-sql-01"),
                log.monitored("plat-core-01", servers.vm("plat-core-01")),
            ),
            tuple(map(log.started, ("plat-core-01", "plat-core-02", "plat-sql-01"))),
            (),
        ),
        (PLATFORM, "LAW-Patching"): (
            (
                log.agent("plat-wsus-01", resource=servers.vm("plat-wsus-01")),
                log.monitored("plat-wsus-02", servers.vm("plat-wsus-02")),
            ),
            (log.started("plat-wsus-01"),),
            (),
        ),
        (PLATFORM, "law-develop"): (
            (
                log.monitored("dev-active-01", develop.vm("dev-active-01")),
                # worker-clock-skewed: that is why nobody could register it.
                log.monitored("dev-kiosk-01", develop.vm("dev-kiosk-01"), ahead=22 * MINUTE),
            ),
            (),
            (),
        ),
    }


def _shared(log: Log) -> Mapping[tuple[str, str], Rows]:
    servers = Machines(log.now, OPERATIONS, "rg-ops-servers")
    batch = servers.vm("ops-batch-01")
    connection = "Could not connect to the jobruntimedata service: the SignalR connection ended after a time-out."
    broken = (
        "Failed to initialize the module AzureAutomation.HybridAgent: "
        "the remote certificate is invalid according to the validation procedure."
    )
    return {
        (PLATFORM, "law-shared"): (
            (
                log.agent("ops-move-01", resource=servers.vm("ops-move-01")),
                # worker-reports-elsewhere for aa-paris, to which this machine is registered as well.
                log.agent("ops-old-01"),
                # worker-agent-outdated on Linux: "the specified class does not exist".
                log.agent("scheduler", os="Linux", version=OLD_LINUX, solutions=()),
                log.agent("ops-patch-01"),
                # worker-heartbeat-missing: the agent's service stopped, on Windows and on Linux.
                log.agent("ops-batch-01", silent=52 * HOUR, resource=batch),
                log.agent(
                    "ops-batch-02",
                    silent=51 * HOUR,
                    os="Linux",
                    version=LAST_LINUX,
                    resource=servers.vm("ops-batch-02"),
                ),
            ),
            (
                *map(log.started, ("ops-move-01", "ops-old-01")),
                # agent-event-signature: a proxy opens the agent's TLS.
                Event(
                    "ops-batch-01.corp.contoso.com",
                    "Operations Manager",
                    4502,
                    log.now - 53 * HOUR,
                    broken,
                    resource=batch,
                ),
                # agent-event-signature: what an update deployment over a workspace elsewhere ends with.
                Event("ops-patch-01.corp.contoso.com", "Operations Manager", 15011, log.now - 7 * HOUR, connection),
            ),
            (),
        ),
    }


def _others(log: Log) -> Mapping[tuple[str, str], Rows]:
    servers = Machines(log.now, OPERATIONS, "rg-ops-servers")
    stopped = Operation(log.now - 5 * HOUR, detail="OverQuota: the daily quota was reached, data collection stopped.")
    return {
        # workspace-not-ingesting: nothing has arrived since its quota was used up.
        (OPERATIONS, "law-nordic"): (
            (log.agent("ops-nord-01", silent=5 * HOUR, resource=servers.vm("ops-nord-01")),),
            (log.started("ops-nord-01"),),
            (stopped,),
        ),
        (OPERATIONS, "law-toronto"): (
            (log.agent("ops-tor-01", resource=servers.vm("ops-tor-01")),),
            (log.started("ops-tor-01"),),
            (),
        ),
        (OPERATIONS, "law-osaka"): (
            (log.agent("ops-osa-01", resource=servers.vm("ops-osa-01")),),
            (log.started("ops-osa-01"),),
            (),
        ),
        # The link of aa-orphaned leads nowhere; its machines still report to where they always did.
        (OPERATIONS, "law-orphan"): (
            (
                log.agent("ops-orph-01", resource=servers.vm("ops-orph-01")),
                log.agent("ops-orph-02", resource=servers.vm("ops-orph-02")),
            ),
            tuple(map(log.started, ("ops-orph-01", "ops-orph-02"))),
            (),
        ),
    }
