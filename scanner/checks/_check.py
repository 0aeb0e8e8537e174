"""The form of a check: `@check` reads its id from the file name and its documentation from the docstring.

A check is a generator over the graph. It yields Evidence for what is wrong, Unseen for what it cannot judge, Settled
for what is proven fine although a read is missing, and nothing for what was seen and is fine. The engine adds an
Unknown for every Gap in the reads that the check declares, so a check that forgets a Gap still cannot acquit.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from scanner.findings import CheckInfo, Evidence, FoundOn, Settled, Severity, Threshold, Unseen, in_full
from scanner.graph import EstateGraph
from scanner.inventory import Reading, with_prerequisites
from scanner.options import Included

Judgement = Evidence | Unseen | Settled
Judge = Callable[[EstateGraph], Iterator[Judgement]]

_SECTIONS = ("## What it finds", "## Why it matters", "## How to fix it", "## Read more")
_SCENARIO = re.compile(r"S(1[0-4]|[1-9])")
_LIMIT = re.compile(r"\{([a-z][a-z-]*)\}")
_SHOWS: Mapping[FoundOn, frozenset[Reading]] = {
    FoundOn.ACCOUNT: frozenset({Reading.ACCOUNTS, Reading.WORKSPACES}),
    FoundOn.GROUP: frozenset({Reading.GROUPS}),
    FoundOn.WORKER: frozenset({Reading.WORKERS}),
    FoundOn.MACHINE: frozenset({Reading.VIRTUAL_MACHINES, Reading.ARC_MACHINES, Reading.HEARTBEATS}),
}
"""The reads of which a check needs one at least, for else it knows none of what it says to find something on."""
_WIDE = frozenset({Reading.WORKERS, Reading.WORKSPACES})
_LINK = re.compile(r"\(https://learn\.microsoft\.com/\S+\)")


class CheckDefinitionError(TypeError):
    """The declaration of a check is incomplete; raised at import, so it can never reach a user."""


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which an estate can be wrong; `info` tells its thresholds' defaults where `wording` has their keys."""

    info: CheckInfo
    judge: Judge
    wording: str

    @property
    def id(self) -> str:
        """The check's slug, such as `worker-stale`."""
        return self.info.id

    def limited_by(self, limits: Mapping[str, timedelta]) -> CheckInfo:
        """What the check says about itself where these limits hold, by the key of the threshold."""
        documentation = _worded(self.wording, self.info.thresholds, limits)
        return msgspec.structs.replace(self.info, title=_title(documentation), documentation=documentation)


def check(
    *,
    reads: tuple[Reading, ...],
    severities: tuple[Severity, ...],
    refines: tuple[Reading, ...] = (),
    scenarios: tuple[str, ...] = (),
    included_by: Included | None = None,
    thresholds: tuple[Threshold, ...] = (),
    found_on: FoundOn = FoundOn.ACCOUNT,
    tenant_wide: bool = False,
) -> Callable[[Judge], Check]:
    """Declare a check.

    Args:
        reads: the reads that its verdict rests on; a Gap in one of them makes the verdict unknown.
        severities: every severity that its evidence can have, worst first.
        refines: reads that only raise or explain a severity; a Gap there leaves the lower one.
        scenarios: ids of the troubleshooting article's scenarios, S1 to S14.
        included_by: the word of `--include` that enables the check; without it the check does not run.
        thresholds: the limits that settings can move; the graph tells their value, the docstring names their key
            in braces where it speaks of it.
        found_on: what all of its findings are about; an account stands for whatever lies in it, too.
        tenant_wide: its proof can lie in any account or workspace of the tenant, today in another one than before: a
            finding is gone only when all of them were looked at.
    """

    def declare(judge: Judge) -> Check:
        id_ = judge.__module__.rpartition(".")[2].replace("_", "-")
        wording = inspect.cleandoc(judge.__doc__ or "")
        _refuse_incomplete(id_, wording, reads, severities, scenarios)
        _refuse_unworded(id_, wording, thresholds)
        _refuse_unfounded(id_, with_prerequisites(reads), found_on, tenant_wide=tenant_wide)
        documentation = _worded(wording, thresholds, {})
        info = CheckInfo(
            id=id_,
            title=_title(documentation),
            documentation=documentation,
            severities=severities,
            reads=reads,
            refines=refines,
            scenarios=scenarios,
            included_by=included_by,
            thresholds=thresholds,
            found_on=found_on,
            tenant_wide=tenant_wide,
        )
        return Check(info, judge, wording)

    return declare


def _title(documentation: str) -> str:
    return documentation.partition("\n")[0].rstrip(".")


def _worded(wording: str, thresholds: Iterable[Threshold], limits: Mapping[str, timedelta]) -> str:
    spans = {threshold.key: in_full(limits.get(threshold.key, threshold.default)) for threshold in thresholds}
    return _LIMIT.sub(lambda found: spans[found[1]], wording)


def _refuse_incomplete(
    id_: str,
    documentation: str,
    reads: tuple[Reading, ...],
    severities: tuple[Severity, ...],
    scenarios: tuple[str, ...],
) -> None:
    problems = [f"its docstring lacks the section {title!r}" for title in _SECTIONS if title not in documentation]
    if not documentation.partition("\n")[0].endswith("."):
        problems.append("the first line of its docstring is not a sentence")
    if not _LINK.search(documentation):
        problems.append("its docstring links to no page of Microsoft")
    if not reads:
        problems.append("it declares no reads")
    if not severities or list(severities) != sorted(set(severities), key=lambda severity: severity.rank):
        problems.append("its severities are missing or not in order, worst first")
    problems += [f"{scenario!r} is no scenario" for scenario in scenarios if not _SCENARIO.fullmatch(scenario)]
    if problems:
        raise CheckDefinitionError(f"check {id_}: " + "; ".join(problems))


def _refuse_unworded(id_: str, wording: str, thresholds: Iterable[Threshold]) -> None:
    declared, named = {threshold.key for threshold in thresholds}, set(_LIMIT.findall(wording))
    if declared != named:
        differing = ", ".join(sorted(declared ^ named))
        raise CheckDefinitionError(f"check {id_}: its thresholds and its docstring differ in {differing}")


def _refuse_unfounded(id_: str, reads: frozenset[Reading], found_on: FoundOn, *, tenant_wide: bool) -> None:
    if not reads & _SHOWS[found_on]:
        raise CheckDefinitionError(f"check {id_}: it finds something on a {found_on}, and reads none")
    if tenant_wide and not reads & _WIDE:
        raise CheckDefinitionError(f"check {id_}: it is tenant-wide, and reads neither workers nor workspaces")
