"""What an Automation account holds, as data: runbooks, jobs, schedules, webhooks, assets and what watches over it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook; `kind` is its type, such as PowerShell72, `environment` the name of its runtime environment.

    `content` is the published text in whatever encoding it was sent; None for a runbook that was never published.
    """

    name: str
    kind: str = "PowerShell"
    state: str = "Published"
    environment: str | None = None
    content: bytes | None = b""
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `name` is a GUID, `run_on` a hybrid worker group or None for Azure's own sandbox.

    `started` and `ended` are None until it starts and ends. Azure forgets a job 30 days after its creation.
    """

    name: str
    runbook: str
    created: datetime
    run_on: str | None = None
    status: str = "Completed"
    started: datetime | None = None
    ended: datetime | None = None
    exception: str | None = None
    details: str = "None"


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """A runbook's tie to a schedule; `run_on` is a hybrid worker group or None for Azure's own sandbox."""

    runbook: str
    schedule: str
    run_on: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule; `next_run` None where it runs no more, `expires` None where it never ends."""

    name: str
    enabled: bool = True
    next_run: datetime | None = None
    expires: datetime | None = None
    frequency: str = "Day"
    interval: int | None = 1


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook; `run_on` is a hybrid worker group or None for Azure's own sandbox."""

    name: str
    runbook: str
    expires: datetime
    run_on: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Environment:
    """A runtime environment of the tenant's own; those that Azure puts into every account need not be written down."""

    name: str
    language: str
    version: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the account; `shared` are those that Azure brings (`isGlobal`)."""

    name: str
    version: str
    shared: bool = False
    state: str = "Succeeded"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable asset; Azure shows its value, which is JSON text, unless it is encrypted."""

    name: str
    value: str
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class DscNode:
    """A machine under State Configuration; `registered` and `seen` are its first and last contact."""

    name: str
    registered: datetime
    seen: datetime
    status: str = "Compliant"
    ip: str = ""


@dataclass(frozen=True, slots=True)
class PrivateEndpoint:
    """A private endpoint connection; `id` is the endpoint's, `groups` are DSCAndHybridWorker or Webhook."""

    id: str
    groups: tuple[str, ...] = ("DSCAndHybridWorker",)
    status: str = "Approved"


@dataclass(frozen=True, slots=True)
class DiagnosticSetting:
    """A diagnostic setting: the id of its workspace or None, and what it sends there.

    That is log categories, or category groups such as allLogs; Azure shows no categories where there are groups.
    """

    name: str
    workspace: str | None = None
    categories: tuple[str, ...] = ("JobLogs", "JobStreams")
    category_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pings:
    """The metric HybridWorkerPing of one worker: pings every 30 seconds in each range, both ends included.

    A worker may be deleted long since; its pings stay for 93 days.
    """

    group: str
    worker: str
    ranges: tuple[tuple[datetime, datetime], ...] = ()
