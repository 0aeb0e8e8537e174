"""Estates of any size as a scan would leave them, made without one; the same ones again for the same numbers.

`python -m benchmarks.estates ACCOUNTS WORKERS HEALTH FILE` writes one as a snapshot.
An account has a linked workspace, two User groups and every tenth a System group; of its workers one in ten runs on an
Arc-enabled server and one in ten is agent-based. Every read that a scan plans for this stands in the ledger.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.book import NOW, Book, Health, guid, url
from benchmarks.fleet import Fleet
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    DiagnosticSetting,
    Estate,
    IntelligencePack,
    Job,
    JobSchedule,
    JobSignature,
    LinkedService,
    MachineSize,
    Reading,
    RequestCounts,
    Runbook,
    RunbookContent,
    RunbookSignature,
    RuntimeEnvironment,
    ScanFacts,
    Schedule,
    Scope,
    Sign,
    Solution,
    Subscription,
    Webhook,
    Workspace,
    WorkspaceLink,
)
from scanner.inventory.snapshot import dump

TENANT = "9e000000-0000-4000-8000-00000000ffff"
ACCOUNTS_OF_A_SUBSCRIPTION = 50
_REGIONS = ("westeurope", "northeurope", "uksouth", "eastasia", "centralus", "japaneast", "southeastasia", "westus2")
_PACKS = ("AgentHealthAssessment", "AzureAutomation", "ChangeTracking", "Security", "Updates", "VMInsights")
_ENVIRONMENTS = (
    ("PowerShell", "5.1"),
    ("PowerShell", "7.4"),
    ("PowerShell", "7.6"),
    ("Python", "3.10"),
    ("Python", "3.12"),
)
_ACCOUNT_READS = (
    Reading.ACCOUNT,
    Reading.CERTIFICATES,
    Reading.CONNECTIONS,
    Reading.DIAGNOSTIC_SETTINGS,
    Reading.GROUPS,
    Reading.JOBS,
    Reading.JOB_SCHEDULES,
    Reading.LINKED_WORKSPACE,
    Reading.PINGS,
    Reading.PRIVATE_ENDPOINTS,
    Reading.RUNBOOKS,
    Reading.RUNTIME_ENVIRONMENTS,
    Reading.SCHEDULES,
    Reading.WEBHOOKS,
)
_SUBSCRIPTION_READS = (
    Reading.ACCOUNTS,
    Reading.ACTIVITY_LOG,
    Reading.ARC_MACHINES,
    Reading.DELETED_ACCOUNTS,
    Reading.DELETED_WORKSPACES,
    Reading.SOLUTIONS,
    Reading.VIRTUAL_MACHINES,
    Reading.WORKSPACES,
)
_WORKSPACE_READS = (
    Reading.EVENTS,
    Reading.HEARTBEATS,
    Reading.INTELLIGENCE_PACKS,
    Reading.LINKED_SERVICES,
    Reading.OPERATIONS,
)


def estate(accounts: int, workers: int, health: Health = Health.USUAL) -> Estate:
    """Return an estate of so many accounts and workers in all, judged at a fixed moment."""
    made = _Making(accounts, workers, health)
    facts = ScanFacts(
        started_at=NOW,
        finished_at=NOW + timedelta(minutes=9),
        as_of=NOW,
        cloud="AzureCloud",
        tenant_id=TENANT,
        scope=Scope(),
        requests=RequestCounts(sent=len(made.book.reads)),
    )
    return Estate.of(facts, made.book.reads, made.book.resources)


class _Making:
    """Fills the lists of reads and resources, account by account."""

    def __init__(self, accounts: int, workers: int, health: Health) -> None:
        self.book = Book(health, f"{accounts} {workers} {health}")
        subscriptions = -(-accounts // ACCOUNTS_OF_A_SUBSCRIPTION)
        self.book.read("/subscriptions", Reading.SUBSCRIPTIONS, subscriptions, hideable=False)
        for number in range(subscriptions):
            self._subscription(number, -(-workers // max(1, subscriptions)))
        for number in range(accounts):
            first, last = workers * number // accounts, workers * (number + 1) // accounts
            self._account(number, last - first)

    # -- subscriptions ----------------------------------------------------------------------------------------

    def _subscription(self, number: int, machines: int) -> None:
        id_ = ArmId(f"/subscriptions/{_key(number)}")
        self.book.add(Subscription, id_, name=f"Production {number:04d}", state="Enabled", tenant_id=TENANT)
        for reading in _SUBSCRIPTION_READS:
            count = machines if reading is Reading.VIRTUAL_MACHINES else ACCOUNTS_OF_A_SUBSCRIPTION
            self.book.read(id_.text, reading, count, hideable=False)
        for region in _REGIONS:
            place = id_.child("providers", "Microsoft.Compute").child("locations", region)
            self.book.read(place.text, Reading.MACHINE_SIZES, 2)
            for name, vcpus, memory in (("Standard_D2s_v5", 2, 8.0), ("Standard_B1s", 1, 1.0)):
                self.book.add(
                    MachineSize, place.child("vmSizes", name), location=region, vcpus=vcpus, memory_gib=memory
                )

    # -- accounts ---------------------------------------------------------------------------------------------

    def _account(self, number: int, workers: int) -> None:
        place = f"/subscriptions/{_key(number // ACCOUNTS_OF_A_SUBSCRIPTION)}/resourceGroups/rg-automation-{number:05d}"
        id_ = ArmId(f"{place}/providers/Microsoft.Automation/automationAccounts/aa-production-{number:05d}")
        region = _REGIONS[number % len(_REGIONS)]
        told = {reading: self.book.read(id_.text, reading, 2) for reading in _ACCOUNT_READS}
        self.book.add(
            AutomationAccount,
            id_,
            location=region,
            detailed=told[Reading.ACCOUNT],
            state="Suspended" if self.book.sick(0.005) else "Ok",
            identity_type=None if self.book.sick(0.02) else "SystemAssigned",
            public_network_access=True,
            disable_local_auth=False,
            hybrid_service_url=url(guid("account", number), region),
        )
        home = ArmId(f"{place}/providers/Microsoft.OperationalInsights/workspaces/law-production-{number:05d}")
        self._workspace(home, id_, region)
        if told[Reading.LINKED_WORKSPACE]:
            linked = home if not self.book.sick(0.01) else ArmId(home.text.replace("law-", "gone-"))
            self.book.add(WorkspaceLink, id_.child("linkedWorkspace"), account=id_, workspace=linked)
        self._assets(id_, told)
        self._work(id_, told)
        if told[Reading.GROUPS]:
            Fleet(self.book, id_, home, place, number, region).add(workers)

    def _workspace(self, id_: ArmId, account: ArmId, region: str) -> None:
        self.book.add(
            Workspace,
            id_,
            location=region,
            customer_id=guid("workspace", id_),
            provisioning_state="Succeeded",
            ingestion_status="OverQuota" if self.book.sick(0.005) else "RespectQuota",
            sku="pergb2018",
            retention_days=30,
        )
        told = {reading: self.book.read(id_.text, reading, 2) for reading in _WORKSPACE_READS}
        if told[Reading.LINKED_SERVICES]:
            lowered = ArmId(id_.text.lower() + "/linkedservices/automation")
            name = f"{id_.name}/Automation"
            self.book.add(LinkedService, lowered, name=name, workspace=id_, service="Automation", target=account)
        if told[Reading.INTELLIGENCE_PACKS]:
            for pack in _PACKS:
                on = pack == "AzureAutomation" or (pack == "Updates" and self.book.sick(0.05))
                self.book.add(IntelligencePack, id_.child("intelligencePacks", pack), workspace=id_, enabled=on)
        solution = id_.text.rpartition("/providers/")[0]
        solution_id = ArmId(
            f"{solution}/providers/Microsoft.OperationsManagement/solutions/AzureAutomation({id_.name})"
        )
        self.book.add(Solution, solution_id, workspace=id_, product="OMSGallery/AzureAutomation")

    def _assets(self, id_: ArmId, told: dict[Reading, bool]) -> None:
        mark, expired = guid("mark", id_).replace("-", "").upper() + "0" * 8, self.book.sick(0.05)
        if told[Reading.CERTIFICATES]:
            expires = NOW + timedelta(days=-3 if expired else 200)
            certificate = id_.child("certificates", "AzureRunAsCertificate")
            self.book.add(Certificate, certificate, account=id_, thumbprint=mark, expires_at=expires, exportable=True)
        if told[Reading.CONNECTIONS]:
            connection = id_.child("connections", "AzureServicePrincipalConnection")
            read = self.book.read(connection.text, Reading.CONNECTION, 1)
            common = {"account": id_, "type_name": "AzureServicePrincipal", "fields_read": read}
            fields = {"thumbprint": mark, "subscription_id": id_.subscription_id, "tenant_id": TENANT} if read else {}
            self.book.add(Connection, connection, **common | fields)
        if told[Reading.RUNTIME_ENVIRONMENTS]:
            for language, version in _ENVIRONMENTS:
                place = id_.child("runtimeEnvironments", f"{language}-{version}")
                common = {"account": id_, "language": language, "version": version}
                self.book.add(RuntimeEnvironment, place, **common, system_generated=True)
        if told[Reading.DIAGNOSTIC_SETTINGS] and not self.book.sick(0.1):
            place = id_.child("providers", "microsoft.insights").child("diagnosticSettings", "to-workspace")
            self.book.add(DiagnosticSetting, place, account=id_, categories=("JobLogs", "JobStreams"))

    def _work(self, id_: ArmId, told: dict[Reading, bool]) -> None:
        books = ("Start-Nightly", "Sync-Inventory")
        if told[Reading.RUNBOOKS]:
            for name in books:
                runbook = id_.child("runbooks", name)
                self.book.add(Runbook, runbook, account=id_, runbook_type="PowerShell", state="Published")
                if self.book.read(runbook.text, Reading.RUNBOOK_CONTENT, 1):
                    sign = RunbookSignature.RUN_AS if self.book.sick(0.03) else RunbookSignature.MANAGED_IDENTITY
                    content = runbook.child("content")
                    common = {"name": name, "account": id_, "runbook": runbook}
                    self.book.add(RunbookContent, content, **common, signs=(Sign(sign, 3),))
        if told[Reading.SCHEDULES]:
            self.book.add(
                Schedule, id_.child("schedules", "Nightly"), account=id_, enabled=True, next_run=NOW + timedelta(1)
            )
        if told[Reading.JOB_SCHEDULES]:
            on = {"runbook": books[0], "schedule": "Nightly", "run_on": "servers-0"}
            self.book.add(JobSchedule, id_.child("jobSchedules", guid("tie", id_)), account=id_, **on)
        if told[Reading.WEBHOOKS]:
            expires = NOW + timedelta(days=-1 if self.book.sick(0.05) else 90)
            common = {"runbook": books[1], "run_on": "servers-1", "enabled": True, "expires_at": expires}
            self.book.add(Webhook, id_.child("webhooks", "from-cmdb"), account=id_, **common)
        if told[Reading.JOBS]:
            for index in range(3):
                self._job(id_, books[index % 2], index)

    def _job(self, account: ArmId, runbook: str, index: int) -> None:
        failed, began = self.book.sick(0.03), NOW - timedelta(hours=5 + 7 * index)
        id_ = account.child("jobs", guid("job", account, index))
        self.book.add(
            Job,
            id_,
            account=account,
            job_id=guid("job id", account, index),
            runbook=runbook,
            run_on=f"servers-{index % 2}" if index else None,
            status="Failed" if failed else "Completed",
            created_at=began,
            started_at=began,
            ended_at=began + timedelta(minutes=4),
            changed_at=began + timedelta(minutes=4),
            detailed=failed,
            signature=JobSignature.TRIED_THREE_TIMES if failed else None,
        )
        if failed:
            self.book.read(id_.text, Reading.JOB, 1)


def _key(number: int) -> str:
    return f"9e000000-0000-4000-8000-{number:012x}"


if __name__ == "__main__":
    Path(sys.argv[4]).write_bytes(dump(estate(int(sys.argv[1]), int(sys.argv[2]), Health(sys.argv[3]))))
