"""What runs in an Automation account, and what it has for that: runbooks, jobs, schedules, webhooks and assets.

Nothing here holds a secret: no webhook's URI, no credential's user, no variable's value, no text of a runbook or job.
"""

from __future__ import annotations

import msgspec

from scanner.inventory.arm import ArmId
from scanner.inventory.instant import Instant
from scanner.inventory.resources import Resource
from scanner.inventory.signatures import JobSignature, RunbookSignature


class Runbook(Resource, frozen=True, kw_only=True):
    """A runbook; `runbook_type` is such as PowerShell72, `environment` the name of its runtime environment."""

    account: ArmId
    runbook_type: str | None = None
    state: str | None = None
    environment: str | None = None


class Sign(msgspec.Struct, frozen=True, gc=False):
    """One signature in a runbook's content, and its first line, counted from 1."""

    signature: RunbookSignature
    line: int


class RunbookContent(Resource, frozen=True, kw_only=True):
    """What was recognised in the published content of one runbook; `calls` are the runbooks that it starts as children.

    `in_full` is False where parts of the content could not be understood: a signature that is not there proves nothing.
    """

    account: ArmId
    runbook: ArmId
    signs: tuple[Sign, ...] = ()
    calls: tuple[ArmId, ...] = ()
    in_full: bool = True


class Job(Resource, frozen=True, kw_only=True):
    """A job; `run_on` is the hybrid group it runs on, None for Azure's own sandbox, or where `run_on_told` is False.

    Logs name a job by `job_id`, a GUID that is not always its name. `signature` is what its exception says; `detailed`
    tells whether that exception was read.
    """

    account: ArmId
    job_id: str | None = None
    runbook: str | None = None
    run_on: str | None = None
    run_on_told: bool = True
    status: str | None = None
    created_at: Instant | None = None
    started_at: Instant | None = None
    ended_at: Instant | None = None
    changed_at: Instant | None = None
    detailed: bool = False
    signature: JobSignature | None = None


class JobSchedule(Resource, frozen=True, kw_only=True):
    """A runbook's tie to a schedule; `run_on` None means Azure's own sandbox."""

    account: ArmId
    runbook: str | None = None
    schedule: str | None = None
    run_on: str | None = None


class Schedule(Resource, frozen=True, kw_only=True):
    """A schedule; `next_run` None means that it runs no more."""

    account: ArmId
    enabled: bool | None = None
    next_run: Instant | None = None
    expires_at: Instant | None = None


class Webhook(Resource, frozen=True, kw_only=True):
    """A webhook without its URI; `run_on` None means Azure's own sandbox."""

    account: ArmId
    runbook: str | None = None
    run_on: str | None = None
    enabled: bool | None = None
    expires_at: Instant | None = None


class Credential(Resource, frozen=True, kw_only=True):
    """A credential asset: its name and nothing else."""

    account: ArmId


class RuntimeEnvironment(Resource, frozen=True, kw_only=True):
    """A runtime environment; `system_generated` marks those that Azure puts into every account."""

    account: ArmId
    language: str | None = None
    version: str | None = None
    system_generated: bool | None = None


class Module(Resource, frozen=True, kw_only=True):
    """A module of an account; `is_global` marks those that Azure brings."""

    account: ArmId
    version: str | None = None
    is_global: bool | None = None


class Variable(Resource, frozen=True, kw_only=True):
    """A variable asset without its value."""

    account: ArmId
    encrypted: bool | None = None


class DscNode(Resource, frozen=True, kw_only=True):
    """A machine that State Configuration manages."""

    account: ArmId


class PrivateEndpointConnection(Resource, frozen=True, kw_only=True):
    """A private endpoint of an account; `groups` are such as DSCAndHybridWorker, `status` such as Approved."""

    account: ArmId
    groups: tuple[str, ...] = ()
    status: str | None = None


class DiagnosticSetting(Resource, frozen=True, kw_only=True):
    """A diagnostic setting of an account; `categories` are the enabled log categories and category groups."""

    account: ArmId
    categories: tuple[str, ...] = ()
    workspace: ArmId | None = None
