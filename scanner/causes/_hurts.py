"""What a cause hurts with all that it explains: on each group, the runbooks that run there and what starts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from scanner.causes._rules import ABOVE_ALL, GROUP_MISSING
from scanner.findings import Finding, Impact
from scanner.graph import EstateGraph, NodeKind
from scanner.impact import impact_on
from scanner.inventory import ArmId, RunbookContent


class Hurts:
    """What findings hurt together; what concerns a whole account is worked out once."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._busy: dict[str, tuple[Impact, ...]] = {}
        self._callers: dict[str, dict[str, set[str]]] = {}

    def of(self, findings: Iterable[Finding]) -> tuple[Impact, ...]:
        """An impact for each group that they hurt, the one whose next run is nearest first."""
        hurt: dict[ArmId, Impact] = {}
        runbooks: dict[ArmId, set[str]] = {}
        for finding in findings:
            hurt |= {impact.group: impact for impact in self._of_groups(finding)}
            for group in self._groups_of_runbook(finding):
                runbooks.setdefault(group, set()).update(self._with_callers(finding.subject))
        parts = {group: impact_on(self._graph, group, names) for group, names in runbooks.items() if group not in hurt}
        return tuple(sorted((hurt | parts).values(), key=_soonest))

    def _of_groups(self, finding: Finding) -> tuple[Impact, ...]:
        """What a finding hurts of all that runs on a group: on its own, on one that is missing, in a dead account."""
        if finding.impact is not None:
            return (finding.impact,)
        if finding.check == ABOVE_ALL:
            return self._of_account(finding.subject)
        if finding.check == GROUP_MISSING:
            return (impact_on(self._graph, self._group(finding.subject, str(finding.evidence["group_name"]))),)
        return ()

    def _of_account(self, account: ArmId) -> tuple[Impact, ...]:
        if account.key not in self._busy:
            impacts = (impact_on(self._graph, group.id) for group in self._graph.user_groups(account))
            self._busy[account.key] = tuple(impact for impact in impacts if impact.starts or impact.recent_jobs)
        return self._busy[account.key]

    def _groups_of_runbook(self, finding: Finding) -> Iterator[ArmId]:
        """The groups on which a finding's runbook runs; the one that the evidence names where it names one."""
        node = self._graph.node(finding.subject)
        if node is None or node.kind is not NodeKind.RUNBOOK:
            return
        named = finding.evidence.get("group_name")
        names = self._graph.targets.reach(finding.subject).groups
        for name in names:
            if named is None or str(named).lower() == name.lower():
                yield self._group(finding.subject.parent, name)

    def _group(self, account: ArmId, name: str) -> ArmId:
        """A group by its name, in the case of its list where it is listed."""
        id_ = account.child("hybridRunbookWorkerGroups", name)
        node = self._graph.node(id_)
        return node.id if node else id_

    def _with_callers(self, runbook: ArmId) -> set[str]:
        """The lower-cased names of a runbook and of those that call it, directly or not."""
        callers = self._callers_in(runbook.parent)
        found, waiting = set[str](), [runbook.name.lower()]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(callers.get(name, ()))
        return found

    def _callers_in(self, account: ArmId) -> dict[str, set[str]]:
        if account.key not in self._callers:
            callers = self._callers[account.key] = {}
            for content in self._graph.children(account, RunbookContent):
                for called in content.calls:
                    callers.setdefault(called.name.lower(), set()).add(content.runbook.name.lower())
        return self._callers[account.key]


def _soonest(impact: Impact) -> tuple[bool, datetime | None, str]:
    next_run = impact.starts[0].next_run if impact.starts else None
    return (next_run is None, next_run, impact.group.key)
