"""What logs hold, as data: heartbeats, events, operations and job logs of a workspace, and the activity log."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ActivityEvent:
    """An event of a subscription's activity log, such as the operation `…/hybridRunbookWorkers/delete`."""

    subscription: str
    operation: str
    resource: str
    moment: datetime
    status: str = "Succeeded"
    provider: str = "Microsoft.Automation"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The heartbeats of one agent on one machine: from `first` to `last`, one each `interval`.

    `resource` is the machine's ARM id, "" outside Azure; `vm_uuid` as the agent sends it; `environment` is Azure or
    Non-Azure. `clock_offset` is added to TimeGenerated and not to the ingestion time; within `silences` none was sent.
    """

    computer: str
    first: datetime
    last: datetime
    category: str = "Direct Agent"
    os: str = "Windows"
    version: str = "10.20.18067.0"
    resource: str = ""
    vm_uuid: str = ""
    environment: str = "Azure"
    solutions: tuple[str, ...] = ()
    interval: timedelta = timedelta(minutes=1)
    clock_offset: timedelta = timedelta()
    silences: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the table Event: the log's name, the event's id and its rendered description."""

    computer: str
    log: str
    event_id: int
    moment: datetime
    text: str = ""
    source: str = "HealthService"
    level: str = "Error"
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the table Operation, such as the category `Data Collection Status`."""

    moment: datetime
    category: str = "Data Collection Status"
    status: str = "Warning"
    detail: str = ""
    solution: str = ""
    computer: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row of AzureDiagnostics that an account's diagnostic setting sent; `category` is JobLogs or JobStreams.

    `account` is the account's ARM id; `result` the job's state in JobLogs, `stream` the kind of stream in JobStreams.
    """

    account: str
    job: str
    runbook: str
    moment: datetime
    category: str = "JobStreams"
    result: str = "InProgress"
    stream: str = "Error"
    text: str = ""
    run_on: str = ""
