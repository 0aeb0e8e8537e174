"""Estates of any size as a scan would leave them, made without one; the same ones again for the same numbers.

An account has a linked workspace, two User groups and every tenth a System group; of its workers one in ten runs on an
Arc-enabled server and one in ten is agent-based. Every read that a scan plans for this stands in the ledger.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

from scanner.inventory import (
    Answered,
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    DiagnosticSetting,
    Estate,
    Extension,
    Gap,
    GapReason,
    GroupType,
    Heartbeat,
    HybridWorker,
    IntelligencePack,
    Job,
    JobSchedule,
    JobSignature,
    LinkedService,
    Machine,
    MachineSize,
    OsType,
    Read,
    Reading,
    RequestCounts,
    Resource,
    Runbook,
    RunbookContent,
    RunbookSignature,
    RuntimeEnvironment,
    ScanFacts,
    Schedule,
    Scope,
    SeenState,
    Sign,
    Solution,
    Subscription,
    Webhook,
    WorkerGroup,
    WorkerPings,
    WorkerType,
    Workspace,
    WorkspaceLink,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
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


class Health(StrEnum):
    """How an estate is: a few percent of findings, a finding on most workers, or a Gap in every third read."""

    USUAL = "usual"
    SICK = "sick"
    HIDDEN = "hidden"


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
        requests=RequestCounts(sent=len(made.reads)),
    )
    return Estate.of(facts, made.reads, made.resources)


def _guid(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(map(str, parts))))


class _Making:
    """Fills the lists of reads and resources, account by account."""

    def __init__(self, accounts: int, workers: int, health: Health) -> None:
        self.reads: list[Read] = []
        self.resources: list[Resource] = []
        self._health = health
        self._random = Random(f"{accounts} {workers} {health}")
        self._at = NOW
        subscriptions = -(-accounts // ACCOUNTS_OF_A_SUBSCRIPTION)
        self._read("/subscriptions", Reading.SUBSCRIPTIONS, subscriptions, hideable=False)
        for number in range(subscriptions):
            self._subscription(number, -(-workers // max(1, subscriptions)))
        for number in range(accounts):
            first, last = workers * number // accounts, workers * (number + 1) // accounts
            self._account(number, last - first)

    def _read(self, scope: str, reading: Reading, items: int, *, hideable: bool = True) -> bool:
        """Note one read; tells whether it was answered, as all are unless the estate is hidden."""
        self._at += timedelta(milliseconds=1)
        if hideable and self._health is Health.HIDDEN and self._random.random() < 1 / 3:  # noqa: PLR2004
            action = reading.operation
            gap = Gap(
                scope=scope,
                reading=reading,
                reason=GapReason.DENIED,
                status=403,
                code="AuthorizationFailed",
                message=f"The client does not have authorization to perform action '{action}' over scope '{scope}'.",
                action=action,
                request_id=_guid(scope, action),
            )
            self.reads.append(Read(scope=scope, reading=reading, read_at=self._at, gap=gap))
            return False
        self.reads.append(Read(scope=scope, reading=reading, read_at=self._at, answered=Answered(items)))
        return True

    def _add(self, kind: type[Resource], id_: ArmId, **fields: object) -> None:
        self.resources.append(kind(**{"id": id_, "name": id_.name, "read_at": self._at} | fields))  # type: ignore[arg-type]

    def _sick(self, usually: float) -> bool:
        """Tell whether this one has what a share of `usually` has."""
        return self._random.random() < (0.2 if self._health is Health.SICK else usually)

    # -- subscriptions ----------------------------------------------------------------------------------------

    def _subscription(self, number: int, machines: int) -> None:
        id_ = ArmId(f"/subscriptions/{_key(number)}")
        self._add(Subscription, id_, name=f"Production {number:04d}", state="Enabled", tenant_id=TENANT)
        for reading in _SUBSCRIPTION_READS:
            count = machines if reading is Reading.VIRTUAL_MACHINES else ACCOUNTS_OF_A_SUBSCRIPTION
            self._read(id_.text, reading, count, hideable=False)
        for region in _REGIONS:
            place = id_.child("providers", "Microsoft.Compute").child("locations", region)
            self._read(place.text, Reading.MACHINE_SIZES, 2)
            for name, vcpus, memory in (("Standard_D2s_v5", 2, 8.0), ("Standard_B1s", 1, 1.0)):
                self._add(MachineSize, place.child("vmSizes", name), location=region, vcpus=vcpus, memory_gib=memory)

    # -- accounts ---------------------------------------------------------------------------------------------

    def _account(self, number: int, workers: int) -> None:
        place = f"/subscriptions/{_key(number // ACCOUNTS_OF_A_SUBSCRIPTION)}/resourceGroups/rg-automation-{number:05d}"
        id_ = ArmId(f"{place}/providers/Microsoft.Automation/automationAccounts/aa-production-{number:05d}")
        region, guid = _REGIONS[number % len(_REGIONS)], _guid("account", number)
        told = {reading: self._read(id_.text, reading, 2) for reading in _ACCOUNT_READS}
        self._add(
            AutomationAccount,
            id_,
            location=region,
            detailed=told[Reading.ACCOUNT],
            state="Suspended" if self._sick(0.005) else "Ok",
            identity_type=None if self._sick(0.02) else "SystemAssigned",
            public_network_access=True,
            disable_local_auth=False,
            hybrid_service_url=_url(guid, region),
        )
        home = ArmId(f"{place}/providers/Microsoft.OperationalInsights/workspaces/law-production-{number:05d}")
        self._workspace(home, id_, region)
        if told[Reading.LINKED_WORKSPACE]:
            linked = home if not self._sick(0.01) else ArmId(home.text.replace("law-", "gone-"))
            self._add(WorkspaceLink, id_.child("linkedWorkspace"), account=id_, workspace=linked)
        self._assets(id_, told)
        self._work(id_, told)
        if told[Reading.GROUPS]:
            self._groups(id_, home, workers, place, number, region)

    def _workspace(self, id_: ArmId, account: ArmId, region: str) -> None:
        self._add(
            Workspace,
            id_,
            location=region,
            customer_id=_guid("workspace", id_),
            provisioning_state="Succeeded",
            ingestion_status="OverQuota" if self._sick(0.005) else "RespectQuota",
            sku="pergb2018",
            retention_days=30,
        )
        told = {reading: self._read(id_.text, reading, 2) for reading in _WORKSPACE_READS}
        if told[Reading.LINKED_SERVICES]:
            lowered = ArmId(id_.text.lower() + "/linkedservices/automation")
            name = f"{id_.name}/Automation"
            self._add(LinkedService, lowered, name=name, workspace=id_, service="Automation", target=account)
        if told[Reading.INTELLIGENCE_PACKS]:
            for pack in _PACKS:
                on = pack == "AzureAutomation" or (pack == "Updates" and self._sick(0.05))
                self._add(IntelligencePack, id_.child("intelligencePacks", pack), workspace=id_, enabled=on)
        solution = id_.text.rpartition("/providers/")[0]
        solution_id = ArmId(
            f"{solution}/providers/Microsoft.OperationsManagement/solutions/AzureAutomation({id_.name})"
        )
        self._add(Solution, solution_id, workspace=id_, product="OMSGallery/AzureAutomation")

    def _assets(self, id_: ArmId, told: dict[Reading, bool]) -> None:
        mark, expired = _guid("mark", id_).replace("-", "").upper() + "0" * 8, self._sick(0.05)
        if told[Reading.CERTIFICATES]:
            expires = NOW + timedelta(days=-3 if expired else 200)
            certificate = id_.child("certificates", "AzureRunAsCertificate")
            self._add(Certificate, certificate, account=id_, thumbprint=mark, expires_at=expires, exportable=True)
        if told[Reading.CONNECTIONS]:
            connection = id_.child("connections", "AzureServicePrincipalConnection")
            read = self._read(connection.text, Reading.CONNECTION, 1)
            common = {"account": id_, "type_name": "AzureServicePrincipal", "fields_read": read}
            fields = {"thumbprint": mark, "subscription_id": id_.subscription_id, "tenant_id": TENANT} if read else {}
            self._add(Connection, connection, **common | fields)
        if told[Reading.RUNTIME_ENVIRONMENTS]:
            for language, version in _ENVIRONMENTS:
                place = id_.child("runtimeEnvironments", f"{language}-{version}")
                common = {"account": id_, "language": language, "version": version}
                self._add(RuntimeEnvironment, place, **common, system_generated=True)
        if told[Reading.DIAGNOSTIC_SETTINGS] and not self._sick(0.1):
            place = id_.child("providers", "microsoft.insights").child("diagnosticSettings", "to-workspace")
            self._add(DiagnosticSetting, place, account=id_, categories=("JobLogs", "JobStreams"))

    def _work(self, id_: ArmId, told: dict[Reading, bool]) -> None:
        books = ("Start-Nightly", "Sync-Inventory")
        if told[Reading.RUNBOOKS]:
            for name in books:
                runbook = id_.child("runbooks", name)
                self._add(Runbook, runbook, account=id_, runbook_type="PowerShell", state="Published")
                if self._read(runbook.text, Reading.RUNBOOK_CONTENT, 1):
                    sign = RunbookSignature.RUN_AS if self._sick(0.03) else RunbookSignature.MANAGED_IDENTITY
                    content = runbook.child("content")
                    common = {"name": name, "account": id_, "runbook": runbook}
                    self._add(RunbookContent, content, **common, signs=(Sign(sign, 3),))
        if told[Reading.SCHEDULES]:
            self._add(
                Schedule, id_.child("schedules", "Nightly"), account=id_, enabled=True, next_run=NOW + timedelta(1)
            )
        if told[Reading.JOB_SCHEDULES]:
            on = {"runbook": books[0], "schedule": "Nightly", "run_on": "servers-0"}
            self._add(JobSchedule, id_.child("jobSchedules", _guid("tie", id_)), account=id_, **on)
        if told[Reading.WEBHOOKS]:
            expires = NOW + timedelta(days=-1 if self._sick(0.05) else 90)
            common = {"runbook": books[1], "run_on": "servers-1", "enabled": True, "expires_at": expires}
            self._add(Webhook, id_.child("webhooks", "from-cmdb"), account=id_, **common)
        if told[Reading.JOBS]:
            for index in range(3):
                self._job(id_, books[index % 2], index)

    def _job(self, account: ArmId, runbook: str, index: int) -> None:
        failed, began = self._sick(0.03), NOW - timedelta(hours=5 + 7 * index)
        id_ = account.child("jobs", _guid("job", account, index))
        self._add(
            Job,
            id_,
            account=account,
            job_id=_guid("job id", account, index),
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
            self._read(id_.text, Reading.JOB, 1)

    # -- workers ----------------------------------------------------------------------------------------------

    def _groups(self, account: ArmId, home: ArmId, workers: int, place: str, number: int, region: str) -> None:
        kinds = [("servers-0", GroupType.USER), ("servers-1", GroupType.USER)]
        if number % 10 == 0:
            kinds.append((f"system-{number}", GroupType.SYSTEM))
        for index, (name, kind) in enumerate(kinds):
            group = account.child("hybridRunbookWorkerGroups", name)
            self._add(WorkerGroup, group, account=account, group_type=kind)
            held = range(index, workers, len(kinds))
            if self._read(group.text, Reading.WORKERS, len(held)):
                for worker in held:
                    self._worker(group, kind, home, f"{place} {number:05d}-{worker:03d} {region}")

    def _worker(self, group: ArmId, kind: GroupType, home: ArmId, told: str) -> None:
        place, mark, region = told.split(" ")
        host, number = f"vm-prod-{mark}", int(mark.partition("-")[2])
        agent, arc = kind is GroupType.SYSTEM or number % 10 == 4, number % 10 == 7  # noqa: PLR2004
        last, gone = self._last_ping(), self._sick(0.01)
        type_ = "Microsoft.HybridCompute/machines" if arc else "Microsoft.Compute/virtualMachines"
        machine = None if agent else ArmId(f"{place.replace('/rg-', '/RG-')}/providers/{type_}/{host}")
        guid = _guid("worker", mark)
        self._add(
            HybridWorker,
            group.child("hybridRunbookWorkers", guid),
            group=group,
            worker_name=f"{host}.corp.example.com" if agent else host,
            worker_type=WorkerType.V1 if agent else WorkerType.V2,
            seen=SeenState.SEEN,
            last_seen=last,
            registered_at=NOW - timedelta(days=300),
            ip=f"10.{number}.{len(mark)}.{number}",
            machine=machine,
        )
        if machine is None:
            self._heartbeat(home, f"{host}.corp.example.com", last)
        elif not gone:
            self._machine(machine, host, region, arc=arc, number=mark.partition("-")[0])
        else:
            self._read(machine.text, Reading.ARC_MACHINE if arc else Reading.VIRTUAL_MACHINE, 0)
            self.reads[-1] = Read(
                scope=machine.text,
                reading=Reading.ARC_MACHINE if arc else Reading.VIRTUAL_MACHINE,
                read_at=self._at,
                answered=Answered(0, missing=True),
            )
        if NOW - last > timedelta(days=30):
            name, ping = guid, timedelta(days=40)
            common = {"account": group.parent, "group": group.name, "worker": name, "grain": "PT1H"}
            id_ = group.parent.child("pings", name)
            self._add(WorkerPings, id_, **common, first_at=NOW - 2 * ping, last_at=NOW - ping)

    def _last_ping(self) -> datetime:
        if self._sick(0.04):
            return NOW - timedelta(days=self._random.choice((2, 24, 47)))
        return NOW - timedelta(minutes=3)

    def _heartbeat(self, home: ArmId, computer: str, last: datetime) -> None:
        self._add(
            Heartbeat,
            home.child("heartbeats", computer),
            name=computer,
            workspace=home,
            computer=computer,
            category="Direct Agent",
            agent=True,
            last_at=last,
            version="10.20.18076.0",
            os_type="Windows",
            environment="Non-Azure",
            vm_uuid=_guid("vm", computer),
            solutions=("agentHealthAssessment", "azureAutomation"),
            beats=1440,
            early=0,
            late=0,
            offsets=(-4.0, 1.5),
        )

    def _machine(self, id_: ArmId, host: str, region: str, *, arc: bool, number: str) -> None:
        stopped = self._sick(0.01)
        only = (
            {"arc_status": "Disconnected" if stopped else "Connected", "arc_status_since": NOW - timedelta(days=3)}
            if arc
            else {"power_state": "deallocated" if stopped else "running", "size": "Standard_D2s_v5"}
        )
        self._add(
            Machine,
            id_,
            location=region,
            vm_id=_guid("vm", host),
            computer_name=host,
            os=OsType.WINDOWS,
            os_name="Windows Server 2022 Datacenter",
            identity_type=None if self._sick(0.02) else "SystemAssigned",
            extensions_told=True,
            **only,
        )
        if self._random.random() < 0.98:  # noqa: PLR2004
            lowered = ArmId(id_.text.lower())
            self._add(
                Extension,
                lowered.child("extensions", "hybridworkerforwindows"),
                name="HybridWorkerForWindows",
                machine=lowered,
                type="HybridWorkerForWindows",
                version="1.1",
                provisioning_state="Failed" if self._sick(0.01) else "Succeeded",
                account_url=_url(_guid("account", int(number)), region),
                settings_told=True,
            )


def _key(number: int) -> str:
    return f"9e000000-0000-4000-8000-{number:012x}"


def _url(guid: str, region: str) -> str:
    return f"https://{guid}.jrds.{region[:2]}.azure-automation.net/automationAccounts/{guid}"
