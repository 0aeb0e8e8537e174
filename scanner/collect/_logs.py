"""Which workspaces' logs are asked for what: heartbeats, agent events, stops of ingestion and job logs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from scanner.collect._log_batches import LogQueries
from scanner.collect._lookback import LOGS, LookBack
from scanner.collect._reader import Reader
from scanner.inventory import (
    ArmId,
    DiagnosticSetting,
    Extension,
    GroupType,
    HybridWorker,
    LinkedService,
    Reading,
    Resource,
    WorkerGroup,
    WorkerType,
    Workspace,
    WorkspaceLink,
)

_JOB_CATEGORIES = {"joblogs", "jobstreams", "alllogs"}
_OF_LINKED = (Reading.HEARTBEATS, Reading.EVENTS)
_OF_AGENTS = (*_OF_LINKED, Reading.OPERATIONS)


class Logs:
    """Has the workspaces that matter queried; `start` runs a coroutine beside the others of the scan."""

    def __init__(self, reader: Reader, start: Callable[[Coroutine[Any, Any, Any]], None], look_back: LookBack) -> None:
        self._reader = reader
        self._queries = LogQueries(reader, start, look_back.of(LOGS))

    def linked(self, workspace: Workspace) -> None:
        """Query a workspace that an account is linked to; whatever else is seen, this one matters."""
        for reading in _OF_LINKED:
            self._query(reading, workspace)

    def rest(self) -> None:
        """Query the others that matter, chosen by all that the reader has seen."""
        seen = {r.id.key: r for r in self._reader.resources if isinstance(r, Workspace)}
        for reading, id_ in _wanted(self._reader.resources):
            # One that no read showed cannot be asked: what hid it is a Gap already.
            if id_.key in seen:
                self._query(reading, seen[id_.key])

    def _query(self, reading: Reading, workspace: Workspace) -> None:
        if self._reader.plan(reading, workspace.id):
            self._queries.ask(reading, workspace)


def _wanted(known: list[Resource]) -> list[tuple[Reading, ArmId]]:
    """The queries that are worth it, each once, in an order of their own."""
    workspaces = [resource for resource in known if isinstance(resource, Workspace)]
    names = {workspace.id.key: workspace.id for workspace in workspaces}
    linked = {id_.key: id_ for id_ in _linked(known)}
    machines = {r.workspace_id.lower() for r in known if isinstance(r, Extension) and r.workspace_id}
    named = {w.id.key: w.id for w in workspaces if w.customer_id is not None and w.customer_id.lower() in machines}
    wanted = [(reading, id_) for id_ in linked.values() for reading in _OF_LINKED]
    wanted += [(Reading.HEARTBEATS, id_) for id_ in named.values()]
    wanted += [(Reading.OPERATIONS, w.id) for w in workspaces if w.id.key in linked and _may_have_stopped(w)]
    if _has_agent_workers(known):
        wanted += [(reading, id_) for id_ in (names | linked).values() for reading in _OF_AGENTS]
    wanted += [(Reading.JOB_LOGS, id_) for id_ in _job_log_targets(known)]
    own_case = {(reading, names.get(id_.key, id_)) for reading, id_ in wanted}
    return sorted(own_case, key=lambda pair: (pair[1].key, pair[0]))


def _may_have_stopped(workspace: Workspace) -> bool:
    """Whether the workspace's own status leaves open that it takes in nothing."""
    return (workspace.ingestion_status or "").lower() != "respectquota"


def _linked(resources: list[Resource]) -> list[ArmId]:
    """The workspaces that a link names, in either direction."""
    forward = [resource.workspace for resource in resources if isinstance(resource, WorkspaceLink)]
    services = (resource for resource in resources if isinstance(resource, LinkedService))
    reverse = [service.workspace for service in services if service.service.lower() == "automation"]
    return [workspace for workspace in (*forward, *reverse) if workspace is not None]


def _has_agent_workers(resources: list[Resource]) -> bool:
    """Whether any worker is one of the Log Analytics agent, which may report to any workspace."""
    system = {r.id.key for r in resources if isinstance(r, WorkerGroup) and r.group_type is GroupType.SYSTEM}
    workers = (resource for resource in resources if isinstance(resource, HybridWorker))
    return any(worker.worker_type is WorkerType.V1 or worker.group.key in system for worker in workers)


def _job_log_targets(resources: list[Resource]) -> list[ArmId]:
    """The workspaces that an account sends its job logs or job streams to."""
    settings = [resource for resource in resources if isinstance(resource, DiagnosticSetting)]
    sending = (s for s in settings if _JOB_CATEGORIES & {category.lower() for category in s.categories})
    return [setting.workspace for setting in sending if setting.workspace is not None]
