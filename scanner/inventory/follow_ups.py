"""Reads that all else that was seen calls for: the walk decides by these rules, and so does a merge of its shards."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.inventory.activity import DiagnosticSetting
from scanner.inventory.arm import ArmId
from scanner.inventory.coverage import Reading
from scanner.inventory.machines import Extension
from scanner.inventory.resources import (
    AutomationAccount,
    GroupType,
    HybridWorker,
    LinkedService,
    Resource,
    WorkerGroup,
    WorkerType,
    Workspace,
    WorkspaceLink,
    account_guid,
)

OF_LINKED = (Reading.HEARTBEATS, Reading.EVENTS)
"""The tables of a workspace that an account is linked to."""
OF_AGENTS = (*OF_LINKED, Reading.OPERATIONS)
"""The tables of a workspace that the Log Analytics agent may report to."""
LOG_QUERIES = (*OF_AGENTS, Reading.JOB_LOGS)
_JOB_CATEGORIES = {"joblogs", "jobstreams", "alllogs"}


def log_queries(resources: Iterable[Resource]) -> list[tuple[Reading, Workspace]]:
    """The queries of seen workspaces that are worth it, each once, in an order of their own.

    A workspace that no read showed cannot be asked: what hid it is a Gap already.
    """
    known = tuple(resources)
    seen = {resource.id.key: resource for resource in known if isinstance(resource, Workspace)}
    linked = {id_.key for id_ in _linked(known)}
    machines = {r.workspace_id.lower() for r in known if isinstance(r, Extension) and r.workspace_id}
    named = {key for key, w in seen.items() if w.customer_id is not None and w.customer_id.lower() in machines}
    wanted = {(reading, key) for key in linked for reading in OF_LINKED}
    wanted |= {(Reading.HEARTBEATS, key) for key in named}
    wanted |= {(Reading.OPERATIONS, key) for key, w in seen.items() if key in linked and _may_have_stopped(w)}
    if _has_agent_workers(known):
        wanted |= {(reading, key) for key in seen for reading in OF_AGENTS}
    wanted |= {(Reading.JOB_LOGS, id_.key) for id_ in job_log_targets(known)}
    ordered = sorted(wanted, key=lambda pair: (pair[1], pair[0]))
    return [(reading, seen[key]) for reading, key in ordered if key in seen]


def concerned(resources: Iterable[Resource]) -> frozenset[str]:
    """The workspaces (keys) that the seen accounts have to do with.

    They are those that they are linked to or send job logs to, and those that their workers' machines report to.
    """
    known = tuple(resources)
    accounts = {resource.id for resource in known if isinstance(resource, AutomationAccount)}
    machines = {worker.machine for worker in known if isinstance(worker, HybridWorker)}
    reporting = (r for r in known if isinstance(r, Extension) and r.machine in machines)
    customers = {extension.workspace_id.lower() for extension in reporting if extension.workspace_id}
    links = (r.workspace for r in known if isinstance(r, WorkspaceLink) and r.account in accounts)
    reverse = (r.workspace for r in known if isinstance(r, LinkedService) and r.target in accounts)
    named = (w.id for w in known if isinstance(w, Workspace) and (w.customer_id or "").lower() in customers)
    return frozenset(id_.key for id_ in (*links, *reverse, *named, *job_log_targets(known)) if id_ is not None)


def job_log_targets(resources: Iterable[Resource]) -> list[ArmId]:
    """The workspaces that an account sends its job logs or job streams to."""
    settings = [resource for resource in resources if isinstance(resource, DiagnosticSetting)]
    sending = (s for s in settings if _JOB_CATEGORIES & {category.lower() for category in s.categories})
    return [setting.workspace for setting in sending if setting.workspace is not None]


def extension_of_nobody(resources: Iterable[Resource]) -> bool:
    """Whether a hybrid worker extension names an account that is none of those seen: it may be a deleted one."""
    seen = tuple(resources)
    named = {account_guid(found.account_url) for found in seen if isinstance(found, Extension) and found.is_worker}
    known = {account_guid(found.hybrid_service_url) for found in seen if isinstance(found, AutomationAccount)}
    return bool(named - known - {None})


def _may_have_stopped(workspace: Workspace) -> bool:
    """Whether the workspace's own status leaves open that it takes in nothing."""
    return (workspace.ingestion_status or "").lower() != "respectquota"


def _linked(resources: Iterable[Resource]) -> list[ArmId]:
    """The workspaces that a link names, in either direction."""
    seen = tuple(resources)
    forward = [resource.workspace for resource in seen if isinstance(resource, WorkspaceLink)]
    services = (resource for resource in seen if isinstance(resource, LinkedService))
    reverse = [service.workspace for service in services if service.service.lower() == "automation"]
    return [workspace for workspace in (*forward, *reverse) if workspace is not None]


def _has_agent_workers(resources: Iterable[Resource]) -> bool:
    """Whether any worker is one of the Log Analytics agent, which may report to any workspace."""
    seen = tuple(resources)
    system = {r.id.key for r in seen if isinstance(r, WorkerGroup) and r.group_type is GroupType.SYSTEM}
    workers = (resource for resource in seen if isinstance(resource, HybridWorker))
    return any(worker.worker_type is WorkerType.V1 or worker.group.key in system for worker in workers)
