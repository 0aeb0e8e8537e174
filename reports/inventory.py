"""Everything that a scan knows of or misses, one resource a line: the places of findings, gaps and unknown verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from reports.chunks import joined
from reports.values import counted
from reports.verdict import verdict
from scanner.escape import visible
from scanner.findings import Finding, Scan, Severity
from scanner.graph import EstateGraph, Node, NodeKind, Presence
from scanner.inventory import KINDS, ArmId, Estate


class Place(msgspec.Struct, frozen=True):
    """A resource and whether it was seen; `kind` is that of a node of the graph, else the type in its id."""

    id: ArmId
    kind: str
    presence: Presence
    location: str | None = None


class Tally(msgspec.Struct):
    """What was found at a place, and what was not seen there.

    `worst` is the worst severity of the findings that are not `accepted`; `unread` are the permissions or reads of its
    gaps.
    """

    findings: int = 0
    accepted: int = 0
    worst: Severity | None = None
    gaps: int = 0
    unknowns: int = 0
    unread: list[str] = []

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.findings += 1
        if finding.acceptance is not None:
            self.accepted += 1
        elif self.worst is None or finding.severity.rank < self.worst.rank:
            self.worst = finding.severity


def places(scan: Scan, *, jobs: bool = False) -> list[Place]:
    """Each resource once, sorted by id: nodes of the graph, and whatever a finding, a gap or an unknown names.

    Jobs, the many, are among them only where one is named, or with `jobs`.
    """
    graph = EstateGraph.of(scan.estate)
    named = {id_.key: id_ for id_ in _named(scan)}
    found = {
        node.id.key: _place(node)
        for node in graph.nodes()
        if jobs or node.kind is not NodeKind.JOB or node.id.key in named
    }
    others = named.keys() - found.keys()
    seen = _seen_among(others, scan.estate)
    for key in others:
        found[key] = Place(named[key], named[key].type or "scope", Presence.SEEN if key in seen else Presence.UNSEEN)
    return [found[key] for key in sorted(found)]


def _seen_among(keys: AbstractSet[str], estate: Estate) -> set[str]:
    """Those of the ids that a resource has which is no node of the graph, such as an extension."""
    if not keys:
        return set()
    resources = (resource for field in KINDS.values() for resource in getattr(estate, field))
    return {resource.id.key for resource in resources if resource.id.key in keys}


def _named(scan: Scan) -> Iterator[ArmId]:
    yield from (finding.subject for finding in scan.findings)
    yield from (unknown.subject for unknown in scan.unknowns)
    scopes = (ArmId.parse(spot.gap.scope) for spot in scan.blind_spots)
    yield from (scope for scope in scopes if scope is not None)


def _place(node: Node) -> Place:
    return Place(node.id, node.kind.value, node.presence, getattr(node.resource, "location", None))


def tallies(scan: Scan) -> Mapping[str, Tally]:
    """What was found and not seen, by the lower-cased id of the place."""
    found: dict[str, Tally] = {}
    for finding in scan.findings:
        found.setdefault(finding.subject.key, Tally()).add(finding)
    for unknown in scan.unknowns:
        found.setdefault(unknown.subject.key, Tally()).unknowns += 1
    for spot in scan.blind_spots:
        scope = ArmId.parse(spot.gap.scope)
        if scope is not None:
            tally = found.setdefault(scope.key, Tally())
            tally.gaps += spot.gap.count
            tally.unread.append(spot.gap.action or spot.gap.operation)
    return found


def inventory_chunks(scan: Scan) -> Iterator[str]:
    """The lines of the file: the verdict first, then a resource a line."""
    listed = places(scan)
    yield f"# {counted(len(listed), 'resource')}. {visible(verdict(scan))}\n"
    yield from joined(map(_line, listed))


def _line(place: Place) -> str:
    where = f", {place.location}" if place.location else ""
    return visible(f"{place.id.text}  ({place.kind}, {place.presence.value}{where})") + "\n"


def lines(scan: Scan) -> Mapping[str, int]:
    """The line of each resource in the file, by its lower-cased id; the first line is the verdict's."""
    return {place.id.key: number for number, place in enumerate(places(scan), 2)}
