"""workspace-not-ingesting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scanner.checks._check import check
from scanner.checks._heartbeat import STOPPED, TAKING_IN, Ingestion
from scanner.checks._link import FEATURE_READS, LinkEvidence, linked_workspaces, on_workspace
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import Reading

_QUOTA = "overquota"
_REASONS = {
    _QUOTA: "its daily quota is used up until the daily reset",
    "forceoff": "its ingestion is forced off",
    "subscriptionsuspended": "its subscription is suspended",
}


class IdleWorkspace(LinkEvidence, frozen=True, kw_only=True):
    """A linked workspace that takes no data in; `stopped_at` (UTC) is when its own log says that this began."""

    ingestion_status: str
    stopped_at: datetime | None

    @property
    def severity(self) -> Severity:
        if not self.features_in_use:
            return Severity.LOW
        return Severity.MEDIUM if self._is_quota else Severity.HIGH

    @property
    def _is_quota(self) -> bool:
        return self.ingestion_status.lower() == _QUOTA

    def message(self) -> str:
        since = f" since {self.stopped_at:%Y-%m-%d %H:%M} UTC" if self.stopped_at else ""
        return (
            f"{self.workspace_name}, linked to {self.account_name}, takes no data in{since}: "
            f"{_REASONS[self.ingestion_status.lower()]}; {self.use}"
        )

    def remediation(self) -> tuple[Step, ...]:
        show = ("monitor", "log-analytics", "workspace", "show", *on_workspace(self.workspace))
        look = Step.az(
            f"Look at the daily quota of {self.workspace_name} and when it is reset.",
            *show,
            "--query",
            "workspaceCapping",
        )
        if self._is_quota:
            update = ("monitor", "log-analytics", "workspace", "update", *on_workspace(self.workspace))
            lift = Step.az("If it is too low, lift it; -1 means no quota.", *update, "--quota", "-1")
            return (look, Step("See what sends so much data, and send less."), lift)
        owner = Step(
            f"See in the portal whether the subscription {self.workspace.subscription_id} is suspended, "
            "and let its owner pay or enable it."
        )
        return (look, owner)


@check(
    reads=(Reading.LINKED_WORKSPACE, Reading.WORKSPACE),
    refines=(*FEATURE_READS, Reading.OPERATIONS),
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.LOW),
)
def workspace_not_ingesting(graph: EstateGraph) -> Iterator[IdleWorkspace | Unseen | Settled]:
    """The linked workspace takes no data in.

    ## What it finds
    Accounts whose linked workspace has the dataIngestionStatus OverQuota: medium, for the quota is reset daily; or
    ForceOff or SubscriptionSuspended: high. The severity is low when nothing needs the link: no Update Management, no
    Change Tracking in its v1 form, no V1 or System workers; where that was not read in full, the message says so.

    ## Why it matters
    Heartbeats, events and updates of the workers do not arrive, so machines look as if they had gone silent. Nothing
    can be told from heartbeats that are missing while the workspace takes none in.

    ## How to fix it
    Lift or wait for the reset of the daily quota, or let the subscription be enabled again.

    ## Read more
    * [Set daily cap on Log Analytics workspace](https://learn.microsoft.com/azure/azure-monitor/logs/daily-cap)
    """
    ingestion = Ingestion(graph)
    for seen in linked_workspaces(graph):
        if isinstance(seen, Unseen | Settled):
            yield seen
            continue
        account, workspace = seen
        status = (workspace.ingestion_status or "").lower()
        if status in STOPPED:
            stop = ingestion.stop(workspace.id)
            yield IdleWorkspace(
                **LinkEvidence.facts_of(graph, account, workspace.id),
                ingestion_status=workspace.ingestion_status or "",
                stopped_at=stop.last_at if stop is not None and stop.stopped else None,
            )
        elif status not in TAKING_IN:
            yield Unseen(account.id, "dataIngestionStatus")
