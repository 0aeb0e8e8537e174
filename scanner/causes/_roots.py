"""What explains a finding in the end, and the way over the graph that leads there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from scanner.causes._rules import ABOVE_ALL, BY_ACCOUNT, EXPLAINED_BY, SAME, UNLESS_FALSE
from scanner.findings import Finding, Hop
from scanner.graph import EstateGraph, host_label, same_host
from scanner.inventory import ArmId


def with_root_causes(graph: EstateGraph, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each with the fingerprint of what explains it in the end, and the path there."""
    ordered = tuple(findings)
    roots, paths = _Roots(graph, ordered), _Paths(graph)
    return tuple(_explained(finding, roots.of(finding), paths) for finding in ordered)


def _explained(finding: Finding, root: Finding | None, paths: _Paths) -> Finding:
    if root is None:
        return finding
    return msgspec.structs.replace(finding, root_cause=root.fingerprint, path=paths.between(finding, root))


class _Roots:
    """The findings by check and place, by check and account, and what explains each."""

    def __init__(self, graph: EstateGraph, findings: tuple[Finding, ...]) -> None:
        self._graph = graph
        self._by_place: dict[tuple[str, str], list[Finding]] = {}
        self._by_account: dict[tuple[str, str, str], list[Finding]] = {}
        self._roots: dict[str, Finding | None] = {}
        for finding in findings:
            self._by_place.setdefault((finding.check, finding.subject.key), []).append(finding)
            if finding.account is not None:
                for field in _found_by(finding.check):
                    place = (finding.check, finding.account.key, _named(finding, field))
                    self._by_account.setdefault(place, []).append(finding)

    def of(self, finding: Finding) -> Finding | None:
        """The end of the chain of causes that begins with this finding; None where nothing explains it."""
        if finding.fingerprint not in self._roots:
            cause = next(self._causes(finding), None)
            # Checks explain one another in no circle, so this comes to an end.
            self._roots[finding.fingerprint] = None if cause is None else self.of(cause) or cause
        return self._roots[finding.fingerprint]

    def _causes(self, finding: Finding) -> Iterator[Finding]:
        account = finding.account
        if account is not None and finding.subject != account:
            yield from self._by_place.get((ABOVE_ALL, account.key), ())
        for check in EXPLAINED_BY.get(finding.check, ()):
            for cause in self._candidates(finding, check):
                if cause.fingerprint != finding.fingerprint and _fits(finding, cause):
                    yield cause

    def _candidates(self, finding: Finding, check: str) -> Iterator[Finding]:
        if finding.check not in BY_ACCOUNT:
            for id_ in self._related(finding):
                yield from self._by_place.get((check, id_.key), ())
        elif finding.account is not None:
            own, _ = _fields(finding.check, check)
            yield from self._by_account.get((check, finding.account.key, _named(finding, own)), ())

    def _related(self, finding: Finding) -> tuple[ArmId, ...]:
        """The subject itself, a group's workers below it, and the account above it."""
        workers = (worker.id for worker in self._graph.workers(finding.subject))
        return (finding.subject, *workers, *((finding.account,) if finding.account else ()))


def _fields(effect: str, cause: str) -> tuple[str, str]:
    """The fields of the two checks' evidence that must name the same; empty where none must."""
    return SAME.get((effect, cause), ("", ""))


@cache
def _found_by(cause: str) -> frozenset[str]:
    """The fields by which the effects of a check's findings find them anywhere in their account."""
    return frozenset(_fields(effect, cause)[1] for effect in BY_ACCOUNT if cause in EXPLAINED_BY[effect])


def _named(finding: Finding, field: str) -> str:
    """The label of the name in a field of the evidence, in lower case: a short name and a full one have the same."""
    return host_label(str(finding.evidence.get(field) or "")) if field else ""


def _fits(effect: Finding, cause: Finding) -> bool:
    field = UNLESS_FALSE.get((effect.check, cause.check))
    if field is not None:
        return effect.evidence.get(field) is not False
    ours, theirs = _fields(effect.check, cause.check)
    if not ours:
        return True
    own, other = str(effect.evidence.get(ours) or ""), str(cause.evidence.get(theirs) or "")
    return same_host(own, other) if ours == "machine_name" else bool(own) and own.lower() == other.lower()


class _Paths:
    """The ways over the graph from effects to causes; findings on the same places share theirs."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._known: dict[tuple[str, str, str], tuple[Hop, ...]] = {}

    def between(self, effect: Finding, cause: Finding) -> tuple[Hop, ...]:
        """The way between their subjects; empty where neither the graph nor the effect's account leads there."""
        places = (effect.subject.key, effect.account.key if effect.account else "", cause.subject.key)
        if places not in self._known:
            way = self._graph.ways.between(effect.subject, cause.subject)
            self._known[places] = way or self._by_account(effect, cause)
        return self._known[places]

    def _by_account(self, effect: Finding, cause: Finding) -> tuple[Hop, ...]:
        """The way from the account that the evidence names, behind a subject that is not joined to the cause."""
        account = effect.account
        if account is None or account == effect.subject:
            return ()
        way = self._graph.ways.between(account, cause.subject)
        is_below = effect.subject.key.startswith(f"{account.key}/")
        return (Hop(effect.subject, "is in" if is_below else "concerns"), *way) if way else ()
