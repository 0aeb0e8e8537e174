"""What logs and metrics told: heartbeats, agent events, stops of ingestion, job logs, pings, and deletions.

Of a log, only rows that a check asks for are kept, and of their texts only the signature. Times are UTC.
"""

from __future__ import annotations

from scanner.inventory.arm import ArmId
from scanner.inventory.instant import Instant
from scanner.inventory.resources import Resource
from scanner.inventory.signatures import EventSignature, JobSignature


class Heartbeat(Resource, frozen=True, kw_only=True):
    """The heartbeats of one machine by one agent in one workspace; `name` and `computer` are the Computer column.

    `agent` is True for the Log Analytics agent (Category Direct Agent or SCOM), False for the Azure Monitor Agent, None
    for another or no category. `last_at` and all columns are of the newest row. `machine` is the ResourceId column,
    None for machines outside Azure. The three clock fields count rows of the look-back whose TimeGenerated is more
    than 15 minutes later (`early`: a clock that runs ahead) or earlier (`late`) than their ingestion, and `offsets` is
    the smallest and largest such difference in seconds (TimeGenerated minus ingestion); None where not told.
    """

    workspace: ArmId
    computer: str
    category: str | None = None
    agent: bool | None = None
    last_at: Instant
    version: str | None = None
    os_type: str | None = None
    environment: str | None = None
    vm_uuid: str | None = None
    machine: ArmId | None = None
    solutions: tuple[str, ...] = ()
    beats: int | None = None
    early: int | None = None
    late: int | None = None
    offsets: tuple[float, float] | None = None


class AgentEvent(Resource, frozen=True, kw_only=True):
    """The newest event of one kind on one machine: with a `signature`, or (None) any row of the log `log`."""

    workspace: ArmId
    computer: str
    log: str | None = None
    event_id: int | None = None
    signature: EventSignature | None = None
    last_at: Instant
    machine: ArmId | None = None


class IngestionStop(Resource, frozen=True, kw_only=True):
    """The newest row of a workspace that tells of its data collection status; `status` is such as Error or Warning."""

    workspace: ArmId
    status: str | None = None
    stopped: bool | None = None
    last_at: Instant


class JobLog(Resource, frozen=True, kw_only=True):
    """A signature that a job's logs or streams show in a workspace; `job_id` is the job's GUID, lower-cased."""

    workspace: ArmId
    account: ArmId | None = None
    job_id: str | None = None
    runbook: str | None = None
    signature: JobSignature
    last_at: Instant


class WorkerPings(Resource, frozen=True, kw_only=True):
    """The metric HybridWorkerPing of one worker, 90 days back at most, to the length of one `grain` (ISO 8601)."""

    account: ArmId
    group: str
    worker: str
    first_at: Instant
    last_at: Instant
    grain: str


class Deletion(Resource, frozen=True, kw_only=True):
    """A successful delete of a worker or a group, from the activity log of the last 90 days at most."""

    target: ArmId
    deleted_at: Instant
