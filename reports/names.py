"""The names by which people know resources."""

from __future__ import annotations

from scanner.graph import EstateGraph
from scanner.inventory import ArmId, HybridWorker


def shown_name(graph: EstateGraph, id_: ArmId) -> str:
    """What Azure shows of a resource that was seen, else the last part of its id; that of a worker's is a GUID."""
    node = graph.node(id_)
    resource = node.resource if node is not None else None
    if resource is None:
        return id_.name
    return resource.worker_name if isinstance(resource, HybridWorker) else resource.name
