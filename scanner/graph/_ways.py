"""Ways over the estate's graph: how one resource leads to another, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from scanner.findings import Hop
from scanner.graph._build import Relations
from scanner.graph._kinds import EdgeKind, Node, NodeKind
from scanner.inventory import ArmId

FARTHEST = 4
"""The most edges of a way: what lies farther apart explains little."""
MOST_ENDS = 2_000
"""Edges that are followed at once; ways beyond such a crowd are not looked for, so that any estate takes seconds."""

WORDS: Mapping[EdgeKind, tuple[str, str]] = {
    EdgeKind.CONTAINS: ("holds", "is in"),
    EdgeKind.RUNS_ON: ("runs on", "is the machine of"),
    EdgeKind.TARGETS: ("targets", "is targeted by"),
    EdgeKind.STARTS: ("starts", "is started by"),
    EdgeKind.CALLS: ("calls", "is called by"),
    EdgeKind.USES_CERTIFICATE: ("uses", "is used by"),
    EdgeKind.LINKED_WORKSPACE: ("is linked to", "is the linked workspace of"),
    EdgeKind.LINKED_SERVICE: ("names as its linked account", "is named as linked account by"),
    EdgeKind.REPORTS_TO: ("reports to", "gets the heartbeats of"),
    EdgeKind.DISPATCHES: ("sends jobs to", "gets jobs from"),
}
"""Each kind of edge, read along it and against it; of several edges between two nodes, the first here speaks."""

_SAYS_NOTHING = frozenset({NodeKind.TENANT, NodeKind.SUBSCRIPTION})
"""What holds so much that a way through it would explain nothing."""


class Ways:
    """The shortest ways between the nodes of a graph, walked from both ends, whichever way the edges point."""

    def __init__(self, relations: Relations, nodes: Mapping[str, Node]) -> None:
        self._relations = relations
        self._nodes = nodes

    def between(self, start: ArmId, end: ArmId) -> tuple[Hop, ...]:
        """The way in at most FARTHEST edges, one hop for each place; empty where there is none."""
        if start.key not in self._nodes or end.key not in self._nodes:
            return ()
        keys = self._keys(start.key, end.key)
        hops = (Hop(self._nodes[key].id, self._word(key, after)) for key, after in pairwise(keys))
        return (*hops, Hop(self._nodes[end.key].id)) if keys else ()

    def _keys(self, start: str, end: str) -> list[str]:
        """The nodes of the shortest way."""
        if start == end:
            return [start]
        sides = _Side(start), _Side(end)
        for _ in range(FARTHEST):
            meeting = self._meeting(*sides)
            if meeting is not None:
                return [*reversed(sides[0].trail(meeting[0])), *sides[1].trail(meeting[1])]
            # A crowd is never followed from its middle: the account of a worker is found from the worker.
            smaller = min(sides, key=lambda side: self._ends(side.front))
            if self._ends(smaller.front) > MOST_ENDS:
                return []
            smaller.advance({key: list(self._neighbours(key)) for key in smaller.front})
        return []

    def _meeting(self, one: _Side, other: _Side) -> tuple[str, str] | None:
        """An edge that joins the two fronts, as its ends."""
        if len(one.front) > len(other.front):
            found = self._meeting(other, one)
            return (found[1], found[0]) if found else None
        for key in one.front:
            after, before = self._relations.after(key), self._relations.before(key)
            if len(after) + len(before) < len(other.front):
                ends: Iterable[str] = (end for end in (*after, *before) if end in other.front)
            else:
                ends = (end for end in other.front if end in after or end in before)
            for end in ends:
                return key, end
        return None

    def _ends(self, front: Iterable[str]) -> int:
        return sum(len(self._relations.after(key)) + len(self._relations.before(key)) for key in front)

    def _neighbours(self, key: str) -> Iterator[str]:
        for end in (*self._relations.after(key), *self._relations.before(key)):
            node = self._nodes.get(end)
            if node is not None and node.kind not in _SAYS_NOTHING:
                yield end

    def _word(self, key: str, other: str) -> str:
        onward, back = self._relations.after(key).get(other, {}), self._relations.before(key).get(other, {})
        return next(words[kind not in onward] for kind, words in WORDS.items() if kind in onward or kind in back)


class _Side:
    """What was reached from one end of a way; `front` are the nodes farthest from it so far."""

    def __init__(self, end: str) -> None:
        self._reached_from: dict[str, str | None] = {end: None}
        self.front: dict[str, None] = {end: None}

    def advance(self, neighbours: Mapping[str, Iterable[str]]) -> None:
        """Go one edge farther."""
        self.front = {}
        for key, ends in neighbours.items():
            for end in ends:
                if end not in self._reached_from:
                    self._reached_from[end] = key
                    self.front[end] = None

    def trail(self, key: str) -> list[str]:
        """The nodes from one that was reached back to the end."""
        trail = []
        place: str | None = key
        while place is not None:
            trail.append(place)
            place = self._reached_from[place]
        return trail
