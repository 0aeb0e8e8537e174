"""The causes of a scan for the page: each with what it explains, and with what all of that hurts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from reports.names import shown_name
from scanner.findings import Cause, Finding, Impact, Scan, Severity
from scanner.graph import EstateGraph

MOST_CARDS = 120
"""Causes that the page shows as cards, the worst first: a page of 100,000 findings must stay one that opens at once."""
MOST_CAUSES = 1000
"""Causes that the page names, those beyond the cards with one line each."""
MOST_EFFECTS = 10
"""Effects that one card names."""
MOST_HURT = 5
"""Groups of which one card tells what runs there."""


class Effect(msgspec.Struct, frozen=True):
    """A finding that a cause explains; `way` has the places between them by name, each with its relation to the next.

    It has one place only where both are about the same thing, and none where the graph knows no way.
    """

    finding: Finding
    way: tuple[tuple[str, str], ...]


class CauseCard(msgspec.Struct, frozen=True, kw_only=True):
    """A cause as a whole finding, the first of what it explains, and the first of what that hurts."""

    finding: Finding
    worst: Severity
    effects: tuple[Effect, ...]
    effects_in_all: int
    by_severity: tuple[tuple[Severity, int], ...]
    hurts: tuple[Impact, ...]
    hurts_in_all: int


class CauseGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The open causes of one severity, which is the worst of a cause and what it explains; `count` are all of them.

    After the `cards` come those in `brief`, each with how many findings it explains. The causes that are accepted with
    all that they explain are a group of their own, without a severity.
    """

    severity: Severity | None
    count: int
    cards: tuple[CauseCard, ...]
    brief: tuple[tuple[Finding, int], ...]

    @property
    def left(self) -> int:
        """How many are not even named."""
        return self.count - len(self.cards) - len(self.brief)


class CausesView(msgspec.Struct, frozen=True, kw_only=True):
    """All causes, the worst first, those that are accepted last; `count` are all of them."""

    count: int
    groups: tuple[CauseGroup, ...]

    @property
    def severities(self) -> tuple[Severity | None, ...]:
        """The severities that have a group."""
        return tuple(group.severity for group in self.groups)


def causes_view(scan: Scan, graph: EstateGraph) -> CausesView:
    """The causes of a scan by severity."""
    found = {finding.fingerprint: finding for finding in scan.findings}
    still_open = scan.open_causes
    names = {cause.finding for cause in still_open}
    kinds: list[tuple[Severity | None, Sequence[Cause]]] = [
        (severity, [cause for cause in still_open if cause.worst is severity]) for severity in Severity
    ]
    kinds.append((None, [cause for cause in scan.causes if cause.finding not in names]))
    groups: list[CauseGroup] = []
    cards, named = MOST_CARDS, MOST_CAUSES
    for severity, causes in kinds:
        if causes:
            groups.append(
                CauseGroup(
                    severity=severity,
                    count=len(causes),
                    cards=tuple(_card(cause, found, graph) for cause in causes[:cards]),
                    brief=tuple((found[cause.finding], len(cause.explains)) for cause in causes[cards:named]),
                )
            )
            cards, named = max(0, cards - len(causes)), max(0, named - len(causes))
    return CausesView(count=len(scan.causes), groups=tuple(groups))


def _card(cause: Cause, found: Mapping[str, Finding], graph: EstateGraph) -> CauseCard:
    effects = tuple(found[print_] for print_ in cause.explains)
    counts = Counter(effect.severity for effect in effects)
    return CauseCard(
        finding=found[cause.finding],
        worst=cause.worst,
        effects=tuple(Effect(effect, _way(effect, graph)) for effect in effects[:MOST_EFFECTS]),
        effects_in_all=len(effects),
        by_severity=tuple((severity, counts[severity]) for severity in Severity if counts[severity]),
        hurts=cause.hurts[:MOST_HURT],
        hurts_in_all=len(cause.hurts),
    )


def _way(effect: Finding, graph: EstateGraph) -> tuple[tuple[str, str], ...]:
    return tuple((shown_name(graph, hop.id), hop.relation) for hop in effect.path)
