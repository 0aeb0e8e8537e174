"""worker-reports-elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._heartbeat import (
    BEATS_WITHIN,
    WORKSPACE_READINGS,
    Hearing,
    Ingestion,
    agent_workers,
    fresh,
    is_system,
    migration,
)
from scanner.checks._link import look_at_link
from scanner.checks._machine import EXTENSION_READINGS, MACHINE_TYPES, settled, unread_extensions, unread_machine
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, Extension, Gap, HybridWorker, Reading

_AGENT_EXTENSIONS = frozenset({"microsoftmonitoringagent", "omsagentforlinux"})
_READINGS = (*EXTENSION_READINGS, *WORKSPACE_READINGS, Reading.HEARTBEATS, Reading.OPERATIONS)


class ReportsElsewhere(WorkerEvidence, frozen=True, kw_only=True):
    """A worker whose agent reports, or is set up to report, to another workspace than the account's linked one.

    `reports_to` are the workspaces with its fresh heartbeats, `joined_by` says by which key.
    `extension_workspace_id` is the workspace GUID in the agent extension's public settings, where it is another one's;
    `extension_workspace` that workspace, if it was seen.
    """

    linked_workspace: ArmId
    linked_workspace_name: str
    reports_to: tuple[ArmId, ...]
    joined_by: str | None
    extension_workspace_id: str | None
    extension_workspace: ArmId | None
    system: bool

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        names = ", ".join(workspace.name for workspace in self.reports_to)
        facts = []
        if self.extension_workspace_id is not None:
            other = self.extension_workspace.name if self.extension_workspace else self.extension_workspace_id
            facts.append(f"its agent extension names the workspace {other}")
        if self.reports_to:
            facts.append(f"its agent sends heartbeats to {names}")
        return (
            f"{self.worker_name} in {self.group_name} does not report where its account looks: {self.account.name} is "
            f"linked to {self.linked_workspace_name}, but {' and '.join(facts)}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            look_at_link(self.account),
            migration(self.worker_name, system=self.system),
            Step(
                f"Where the agent must go on until then, let the agent of {self.worker_name} report to "
                f"{self.linked_workspace_name} with that workspace's id and key, or register the machine with the "
                "account that is linked to the workspace that it reports to."
            ),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    severities=(Severity.MEDIUM,),
    found_on=FoundOn.WORKER,
    tenant_wide=True,
    scenarios=("S2", "S5"),
    thresholds=(BEATS_WITHIN,),
)
def worker_reports_elsewhere(graph: EstateGraph) -> Iterator[ReportsElsewhere | Unseen | Settled]:
    """A V1 or System worker's agent reports to another workspace than the one linked to its account.

    ## What it finds
    V1 and System workers of accounts with a linked workspace
    * whose Log Analytics agent sent heartbeats in the last {agent-heartbeat}, but only to other workspaces than the
      linked one,
    * or whose agent extension (MicrosoftMonitoringAgent, OmsAgentForLinux) names another workspace in its public
      settings than the linked one, even if the agent reports there as well.

    Accounts without a link are the concern of workspace-link-absent, a workspace that is gone that of
    workspace-missing. Where a workspace could not be asked, it is unknown.

    ## Why it matters
    A V1 worker gets its configuration through its workspace and the Automation account that is linked to it. With a
    wrong workspace id or key its registration is refused with error 403.

    ## How to fix it
    Migrate: to an extension-based (V2) worker, which needs no workspace, or from Update Management to Azure Update
    Manager. Where the agent must go on until then, let it report to the linked workspace.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Migrate agent-based workers to extension-based workers](https://learn.microsoft.com/azure/automation/migrate-existing-agent-based-hybrid-worker-to-extension-based-workers)
    """
    yield from settled(graph, _READINGS)
    judge = _Judge(graph)
    for worker in agent_workers(graph):
        if isinstance(worker, Unseen):
            yield worker
        else:
            yield from judge.of(worker)


class _Judge:
    """Judges workers one by one."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._hearing = Hearing(graph)
        self._ingestion = Ingestion(graph)
        self._by_guid = {(w.customer_id or "").lower(): w.id for w in graph.workspaces() if w.customer_id}

    def of(self, worker: HybridWorker) -> Iterator[ReportsElsewhere | Unseen]:
        graph, account = self._graph, worker.group.parent
        link = graph.link(account)
        linked = link.workspace if link else None
        if link is None and not graph.listed(Reading.LINKED_WORKSPACE, account):
            yield Unseen(worker.id, graph.gap(Reading.LINKED_WORKSPACE, account) or "linkedWorkspace.id")
        if linked is None or graph.presence(linked) is Presence.MISSING:
            return
        beats, unheard = self._heard(worker, linked)
        named, unread = self._named(worker, linked)
        elsewhere = bool(beats) and unheard is None and linked not in beats
        if elsewhere or named is not None:
            yield self._evidence(worker, linked, beats, named)
        elif unheard is not None or unread is not None:
            yield Unseen(worker.id, unheard or unread or "Heartbeat")

    def _heard(self, worker: HybridWorker, linked: ArmId) -> tuple[tuple[ArmId, ...], Gap | str | None]:
        """The workspaces that hold fresh heartbeats, and what leaves open whether the linked one is not among them."""
        join = self._graph.heartbeats.of(worker)
        heard = fresh(self._graph, worker, join.heartbeats)
        workspaces = tuple(sorted({beat.workspace for beat in heard}))
        if join.ambiguous:
            return (), "Computer" if heard else self._hearing.hidden(worker)
        if not workspaces:
            return (), self._hearing.hidden(worker)
        return workspaces, None if linked in workspaces else self._absence_in(worker, linked)

    def _absence_in(self, worker: HybridWorker, linked: ArmId) -> Gap | str | None:
        """What may hide heartbeats in the linked workspace."""
        graph, workspace = self._graph, self._graph.workspace(linked)
        for reading in (Reading.WORKSPACE, Reading.HEARTBEATS):
            if gap := graph.gap(reading, linked):
                return gap
        if workspace is None or not graph.listed(Reading.HEARTBEATS, linked):
            return "Heartbeat"
        return self._ingestion.doubt_of(workspace, worker)

    def _named(self, worker: HybridWorker, linked: ArmId) -> tuple[str | None, Gap | str | None]:
        """The workspace GUID of an agent extension that is not the linked one's, or what leaves it open."""
        graph, id_ = self._graph, worker.machine
        if id_ is None or graph.presence(id_) is Presence.MISSING:
            return None, None
        machine, agents = graph.machine(id_), _agents(graph.extensions(id_))
        own = workspace.customer_id if (workspace := graph.workspace(linked)) else None
        others = [a.workspace_id for a in agents if own and a.workspace_id and a.workspace_id.lower() != own.lower()]
        if others:
            return others[0], None
        if agents and own is None:
            return None, graph.gap(Reading.WORKSPACE, linked) or "customerId"
        if any(not agent.workspace_id for agent in agents):
            return None, "workspaceId"
        if machine is not None:
            return None, unread_extensions(graph, machine)
        return None, unread_machine(graph, id_) if id_.type in MACHINE_TYPES else "vmResourceId"

    def _evidence(
        self, worker: HybridWorker, linked: ArmId, beats: tuple[ArmId, ...], named: str | None
    ) -> ReportsElsewhere:
        graph, workspace = self._graph, self._graph.workspace(linked)
        return ReportsElsewhere(
            **WorkerEvidence.facts_of(graph, worker),
            linked_workspace=workspace.id if workspace else linked,
            linked_workspace_name=workspace.name if workspace else linked.name,
            reports_to=beats,
            joined_by=graph.heartbeats.of(worker).key if beats else None,
            extension_workspace_id=named,
            extension_workspace=self._by_guid.get(named.lower()) if named else None,
            system=is_system(graph, worker),
        )


def _agents(extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
    return tuple(extension for extension in extensions if extension.type.lower() in _AGENT_EXTENSIONS)
