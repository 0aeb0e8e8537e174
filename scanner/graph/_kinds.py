"""The kinds of nodes and edges of the estate's graph."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from scanner.inventory import ArmId, Resource


class NodeKind(StrEnum):
    """What a node stands for."""

    TENANT = "tenant"
    SUBSCRIPTION = "subscription"
    ACCOUNT = "account"
    WORKSPACE = "workspace"
    GROUP = "group"
    WORKER = "worker"
    MACHINE = "machine"
    CERTIFICATE = "certificate"
    CONNECTION = "connection"
    RUNBOOK = "runbook"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    JOB = "job"


class EdgeKind(StrEnum):
    """How one node concerns another."""

    CONTAINS = "contains"
    LINKED_WORKSPACE = "linked_workspace"  # account -> workspace, from the account's own answer
    LINKED_SERVICE = "linked_service"  # workspace -> account, from the workspace's linkedServices
    STARTS = "starts"  # schedule, webhook or job -> runbook
    CALLS = "calls"  # runbook -> runbook
    TARGETS = "targets"  # runbook -> group, and schedule, webhook or job -> group
    DISPATCHES = "dispatches"  # group -> worker
    RUNS_ON = "runs_on"  # worker -> machine
    REPORTS_TO = "reports_to"  # machine -> workspace
    USES_CERTIFICATE = "uses_certificate"  # connection -> certificate


class Presence(StrEnum):
    """Whether the scan saw the resource behind a node."""

    SEEN = "seen"
    MISSING = "missing"
    UNSEEN = "unseen"


class Node(msgspec.Struct, frozen=True, gc=False):
    """One node; `resource` is None for what was referred to but not seen."""

    id: ArmId
    kind: NodeKind
    presence: Presence
    resource: Resource | None = None
