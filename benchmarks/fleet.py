"""The hybrid workers of a made account, with their machines, extensions and heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.book import NOW, Book, guid, url
from scanner.inventory import (
    ArmId,
    Extension,
    GroupType,
    Heartbeat,
    HybridWorker,
    Machine,
    OsType,
    Reading,
    SeenState,
    WorkerGroup,
    WorkerPings,
    WorkerType,
)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The workers of one account, the `number`th; `place` is its resource group's id, `home` its workspace."""

    book: Book
    account: ArmId
    home: ArmId
    place: str
    number: int
    region: str

    def add(self, workers: int) -> None:
        """Put so many workers into the groups in turn."""
        account, number = self.account, self.number
        kinds = [("servers-0", GroupType.USER), ("servers-1", GroupType.USER)]
        if number % 10 == 0:
            kinds.append((f"system-{number}", GroupType.SYSTEM))
        for index, (name, kind) in enumerate(kinds):
            group = account.child("hybridRunbookWorkerGroups", name)
            self.book.add(WorkerGroup, group, account=account, group_type=kind)
            held = range(index, workers, len(kinds))
            if self.book.read(group.text, Reading.WORKERS, len(held)):
                for worker in held:
                    self._worker(group, kind, worker)

    def _worker(self, group: ArmId, kind: GroupType, number: int) -> None:
        host = f"vm-prod-{self.number:05d}-{number:03d}"
        agent, arc = kind is GroupType.SYSTEM or number % 10 == 4, number % 10 == 7  # noqa: PLR2004
        last, gone = self._last_ping(), self.book.sick(0.01)
        type_ = "Microsoft.HybridCompute/machines" if arc else "Microsoft.Compute/virtualMachines"
        machine = None if agent else ArmId(f"{self.place.replace('/rg-', '/RG-')}/providers/{type_}/{host}")
        own = guid("worker", host)
        self.book.add(
            HybridWorker,
            group.child("hybridRunbookWorkers", own),
            group=group,
            worker_name=f"{host}.corp.example.com" if agent else host,
            worker_type=WorkerType.V1 if agent else WorkerType.V2,
            seen=SeenState.SEEN,
            last_seen=last,
            registered_at=NOW - timedelta(days=300),
            ip=f"10.{self.number // 250}.{self.number % 250}.{number % 250}",
            machine=machine,
        )
        if machine is None:
            self._heartbeat(f"{host}.corp.example.com", last)
        elif not gone:
            self._machine(machine, host, arc=arc)
        else:
            self.book.missing(machine, Reading.ARC_MACHINE if arc else Reading.VIRTUAL_MACHINE)
        if NOW - last > timedelta(days=30):
            name, ping = own, timedelta(days=40)
            common = {"account": group.parent, "group": group.name, "worker": name, "grain": "PT1H"}
            id_ = group.parent.child("pings", name)
            self.book.add(WorkerPings, id_, **common, first_at=NOW - 2 * ping, last_at=NOW - ping)

    def _last_ping(self) -> datetime:
        if self.book.sick(0.04):
            return NOW - timedelta(days=self.book.random.choice((2, 24, 47)))
        return NOW - timedelta(minutes=3)

    def _heartbeat(self, computer: str, last: datetime) -> None:
        self.book.add(
            Heartbeat,
            self.home.child("heartbeats", computer),
            name=computer,
            workspace=self.home,
            computer=computer,
            category="Direct Agent",
            agent=True,
            last_at=last,
            version="10.20.18076.0",
            os_type="Windows",
            environment="Non-Azure",
            vm_uuid=guid("vm", computer),
            solutions=("agentHealthAssessment", "azureAutomation"),
            beats=1440,
            early=0,
            late=0,
            offsets=(-4.0, 1.5),
        )

    def _machine(self, id_: ArmId, host: str, *, arc: bool) -> None:
        stopped = self.book.sick(0.01)
        only = (
            {"arc_status": "Disconnected" if stopped else "Connected", "arc_status_since": NOW - timedelta(days=3)}
            if arc
            else {"power_state": "deallocated" if stopped else "running", "size": "Standard_D2s_v5"}
        )
        self.book.add(
            Machine,
            id_,
            location=self.region,
            vm_id=guid("vm", host),
            computer_name=host,
            os=OsType.WINDOWS,
            os_name="Windows Server 2022 Datacenter",
            identity_type=None if self.book.sick(0.02) else "SystemAssigned",
            extensions_told=True,
            **only,
        )
        if self.book.random.random() < 0.98:  # noqa: PLR2004
            lowered = ArmId(id_.text.lower())
            self.book.add(
                Extension,
                lowered.child("extensions", "hybridworkerforwindows"),
                name="HybridWorkerForWindows",
                machine=lowered,
                type="HybridWorkerForWindows",
                version="1.1",
                provisioning_state="Failed" if self.book.sick(0.01) else "Succeeded",
                account_url=url(guid("account", self.number), self.region),
                settings_told=True,
            )
