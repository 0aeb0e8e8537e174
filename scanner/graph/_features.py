"""What an account's link to a workspace is still used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from scanner.inventory import ArmId, GroupType, Reading, WorkerType

if TYPE_CHECKING:
    from scanner.graph._estate_graph import EstateGraph


class FeatureUse(msgspec.Struct, frozen=True, kw_only=True):
    """How far an account still uses what the region mapping and the workspace link exist for.

    `updates` and `change_tracking` are None when their reads are missing; `change_tracking_v1` tells of its form on the
    Log Analytics agent by the heartbeats and by the System workers that were seen, None where nothing proves one.
    `in_use` is True as soon as something proves it, and `certain` tells whether a "not in use" rests on complete reads,
    those of the workers included.
    """

    updates: bool | None
    change_tracking: bool | None
    change_tracking_v1: bool | None
    system_workers: int
    v1_workers: int
    certain: bool

    @property
    def in_use(self) -> bool:
        """Updates enabled, ChangeTracking in its v1 form, or V1 or System workers."""
        proven = self.updates is True or self.change_tracking_v1 is True
        return proven or self.system_workers > 0 or self.v1_workers > 0

    @property
    def reason(self) -> str:
        """The proof in words, or why there is none."""
        proofs = []
        if self.updates:
            proofs.append("Update Management (Updates) is enabled on the workspace")
        if self.change_tracking_v1:
            proofs.append("Change Tracking runs in its v1 form")
        if self.system_workers:
            proofs.append(f"{self.system_workers} System worker{'s' * (self.system_workers != 1)}")
        if self.v1_workers:
            proofs.append(f"{self.v1_workers} V1 worker{'s' * (self.v1_workers != 1)}")
        if proofs:
            return ", ".join(proofs)
        return "no feature that needs the link is in use" if self.certain else "feature use could not be read in full"


def feature_use(graph: EstateGraph, account: ArmId) -> FeatureUse:
    """What the account's link to a workspace is still used for."""
    link = graph.link(account)
    workspace = link.workspace if link else None
    updates = graph.feature_enabled(workspace, "Updates") if workspace else None
    tracking = graph.feature_enabled(workspace, "ChangeTracking") if workspace else None
    groups = graph.groups(account)
    system = sum(len(graph.workers(group.id)) for group in groups if group.group_type is GroupType.SYSTEM)
    others = [w for g in groups if g.group_type is not GroupType.SYSTEM for w in graph.workers(g.id)]
    typed = all(worker.worker_type is not None for worker in others)
    complete = graph.listed(Reading.GROUPS, account) and all(graph.listed(Reading.WORKERS, g.id) for g in groups)
    form = False if link is not None else None
    if workspace is not None:
        form = _change_tracking_v1(graph, workspace, tracking, system_workers=system)
    return FeatureUse(
        updates=updates,
        change_tracking=tracking,
        change_tracking_v1=form,
        system_workers=system,
        v1_workers=sum(1 for worker in others if worker.worker_type is WorkerType.V1),
        certain=complete and typed and form is False and (workspace is None or updates is not None),
    )


def _change_tracking_v1(
    graph: EstateGraph, workspace: ArmId, enabled: bool | None, *, system_workers: int
) -> bool | None:
    """Whether ChangeTracking runs on the Log Analytics agent: by that agent's heartbeats, or by System workers."""
    if not enabled:
        return enabled
    tracking = [beat for beat in graph.beats(workspace) if "changetracking" in map(str.lower, beat.solutions)]
    if system_workers or any(beat.agent for beat in tracking):
        return True
    refuted = all(beat.agent is False for beat in tracking)
    return False if refuted and graph.listed(Reading.HEARTBEATS, workspace) else None
