"""retired-solution-enabled."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._heartbeat import unread_system_workers
from scanner.checks._link import Link, LinkEvidence, links, on_workspace
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph, FeatureUse, Presence
from scanner.inventory import ArmId, Gap, Reading

_UPDATES, _CHANGE_TRACKING = "Updates", "ChangeTracking"
_NAMES = {_UPDATES: "Update Management", _CHANGE_TRACKING: "Change Tracking and Inventory"}


class RetiredSolution(LinkEvidence, frozen=True, kw_only=True):
    """Retired solutions that are still enabled on the linked workspace.

    `solutions` are those that are known to be the retired ones; where ChangeTracking is enabled but its form is not
    known, `form_known` is False: its successor on the Azure Monitor Agent goes by the same name.
    """

    solutions: tuple[str, ...]
    form_known: bool
    system_workers: int

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.solutions else Severity.INFO

    def message(self) -> str:
        where = f"on {self.workspace_name}, linked to {self.account_name}"
        workers = f"; {self.system_workers} System worker{'s' * (self.system_workers != 1)} seen"
        if not self.solutions:
            return (
                f"{_CHANGE_TRACKING} is enabled {where}, and whether in its retired form, on the Log Analytics agent, "
                f"is not known{workers}"
            )
        names = " and ".join(f"{_NAMES[solution]} ({solution})" for solution in self.solutions)
        unclear = "" if self.form_known else f"; the form of {_CHANGE_TRACKING}, enabled there as well, is not known"
        verb = "is" if len(self.solutions) == 1 else "are"
        return f"{names}, retired on 2024-08-31, {verb} still enabled {where}{unclear}{workers}"

    def remediation(self) -> tuple[Step, ...]:
        wanted = self.solutions if self.form_known else (*self.solutions, _CHANGE_TRACKING)
        moves = {
            _UPDATES: "Move the machines' update schedules to Azure Update Manager.",
            _CHANGE_TRACKING: "Move the machines to Change Tracking and Inventory with the Azure Monitor Agent.",
        }
        disable = ("monitor", "log-analytics", "workspace", "pack", "disable", *on_workspace(self.workspace))
        return (
            *(Step(moves[solution]) for solution in wanted),
            *(
                Step.az(f"Then disable {solution} in {self.workspace_name}.", *disable, "--name", solution)
                for solution in self.solutions
            ),
        )


@check(
    reads=(Reading.LINKED_WORKSPACE, Reading.WORKSPACE, Reading.INTELLIGENCE_PACKS),
    refines=(Reading.SOLUTIONS, Reading.GROUPS, Reading.WORKERS, Reading.HEARTBEATS),
    severities=(Severity.MEDIUM, Severity.INFO),
)
def retired_solution_enabled(graph: EstateGraph) -> Iterator[RetiredSolution | Unseen | Settled]:
    """Update Management or the agent-based Change Tracking is still enabled on the linked workspace.

    ## What it finds
    Accounts whose linked workspace has the solution Updates enabled, or ChangeTracking in its v1 form: System workers
    exist, or heartbeats of the Log Analytics agent name it. Both: medium. Where ChangeTracking is enabled and its form
    is not known, because no heartbeat proves one or not all were read, it is info: its successor on the Azure
    Monitor Agent goes by the same name. System workers, which Update Management registers, are counted here, in one
    finding for the account.

    ## Why it matters
    Both retired on 2024-08-31. They patch and track nothing any more, their System workers stay behind, and the link
    between account and workspace cannot be removed while they are enabled.

    ## How to fix it
    Move to Azure Update Manager and to Change Tracking and Inventory with the Azure Monitor Agent, then disable the old
    solutions.

    ## Read more
    * [Migration to Azure Update Manager: key points](https://learn.microsoft.com/azure/update-manager/migration-key-points)
    * [Migrate from legacy Log Analytics agents](https://learn.microsoft.com/azure/azure-arc/servers/migrate-legacy-agents)
    """
    for link in links(graph):
        if isinstance(link, Unseen):
            yield link
        elif link.workspace is None or graph.presence(link.workspace) is Presence.MISSING:
            yield Settled(link.account.id)
        else:
            yield _judge(graph, link, link.workspace)


def _judge(graph: EstateGraph, link: Link, workspace: ArmId) -> RetiredSolution | Unseen | Settled:
    use = graph.feature_use(link.account.id)
    proven = tuple(name for name, on in _forms(use).items() if on)
    # Both forms have one name: only heartbeats of the other agent that name it prove the other form, where neither an
    # unread heartbeat nor an unread System worker can prove this one.
    other_form = any(beat.agent is False and "changetracking" in beat.solutions for beat in graph.beats(workspace))
    may_be_v1 = use.change_tracking_v1 is None or unread_system_workers(graph, link.account.id) is not None
    refuted = other_form and not may_be_v1
    form_known = not use.change_tracking or use.change_tracking_v1 is True or refuted
    if proven or not form_known:
        return RetiredSolution(
            **LinkEvidence.facts_of(graph, link.account, workspace),
            solutions=proven,
            form_known=form_known,
            system_workers=use.system_workers,
        )
    if use.updates is None or use.change_tracking is None:
        unread = _UPDATES if use.updates is None else _CHANGE_TRACKING
        return Unseen(link.account.id, _hidden(graph, workspace) or f"intelligencePacks/{unread}")
    return Settled(link.account.id)


def _forms(use: FeatureUse) -> dict[str, bool | None]:
    return {_UPDATES: use.updates, _CHANGE_TRACKING: use.change_tracking_v1}


def _hidden(graph: EstateGraph, workspace: ArmId) -> Gap | None:
    gaps = (graph.gap(reading, workspace) for reading in (Reading.WORKSPACE, Reading.INTELLIGENCE_PACKS))
    return next((gap for gap in gaps if gap), None)
