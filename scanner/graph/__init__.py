"""EstateGraph: what the checks ask instead of walking lists."""

from scanner.graph._estate_graph import ACTIVE_WITHIN, PURGE_AFTER, EstateGraph
from scanner.graph._features import FeatureUse
from scanner.graph._heartbeats import Heartbeats, Join
from scanner.graph._hosts import host_label, same_host
from scanner.graph._kinds import EdgeKind, Node, NodeKind, Presence
from scanner.graph._targets import (
    NEED_READINGS,
    NOT_SEEN,
    TARGET_READINGS,
    Need,
    Reach,
    Targeting,
    Targets,
    Trigger,
    TriggerKind,
)

__all__ = [
    "ACTIVE_WITHIN",
    "NEED_READINGS",
    "NOT_SEEN",
    "PURGE_AFTER",
    "TARGET_READINGS",
    "EdgeKind",
    "EstateGraph",
    "FeatureUse",
    "Heartbeats",
    "Join",
    "Need",
    "Node",
    "NodeKind",
    "Presence",
    "Reach",
    "Targeting",
    "Targets",
    "Trigger",
    "TriggerKind",
    "host_label",
    "same_host",
]
