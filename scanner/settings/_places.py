"""Where a resource lies: its containers; a machine and the workers that run on it lie below each other."""

from __future__ import annotations

from scanner.findings import Finding
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, HybridWorker
from scanner.settings._names import TenantNames


class Places:
    """Answers for one graph, each worked out once; places are the keys of ARM ids."""

    def __init__(self, graph: EstateGraph, names: TenantNames) -> None:
        self._graph = graph
        self._names = names
        self._known: dict[str, frozenset[str]] = {}

    def of(self, id_: ArmId) -> frozenset[str]:
        """The id itself and all that it lies below."""
        if id_.key not in self._known:
            above = set(_containers(id_.key))
            node = self._graph.node(id_)
            if node is not None and isinstance(node.resource, HybridWorker) and node.resource.machine is not None:
                above.add(node.resource.machine.key)
            for machine in _containers(id_.key):
                for worker in self._graph.registrations(ArmId(machine)):
                    above.update(_containers(worker.id.key))
            self._known[id_.key] = frozenset(above)
        return self._known[id_.key]

    def of_finding(self, finding: Finding) -> frozenset[str]:
        """The places of a finding: where its subject lies, and where the account lies that it concerns."""
        places = self.of(finding.subject)
        return places if finding.account is None else places | self.of(finding.account)

    def names(self, id_: ArmId) -> tuple[str, ...]:
        """What a glob may name, real and in lower case: the id, its last part, and what Azure calls the resource."""
        node = self._graph.node(id_)
        resource = node.resource if node else None
        called = resource.worker_name if isinstance(resource, HybridWorker) else None
        shown = called or (resource.name if resource else id_.name)
        return tuple(dict.fromkeys(self._names.reveal(text).lower() for text in (id_.key, id_.name, shown)))


def _containers(key: str) -> list[str]:
    parts = key.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]
