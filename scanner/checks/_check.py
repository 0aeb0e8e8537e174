"""The form of a check: `@check` reads its id from the file name and its documentation from the docstring.

A check is a generator over the graph. It yields Evidence for what is wrong, Unseen for what it cannot judge, Settled
for what is proven fine although a read is missing, and nothing for what was seen and is fine. The engine adds an
Unknown for every Gap in the reads that the check declares, so a check that forgets a Gap still cannot acquit.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.findings import CheckInfo, Evidence, Settled, Severity, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import Reading
from scanner.options import Included

Judgement = Evidence | Unseen | Settled
Judge = Callable[[EstateGraph], Iterator[Judgement]]

_SECTIONS = ("## What it finds", "## Why it matters", "## How to fix it", "## Read more")
_SCENARIO = re.compile(r"S(1[0-4]|[1-9])")
_LINK = re.compile(r"\(https://learn\.microsoft\.com/\S+\)")


class CheckDefinitionError(TypeError):
    """The declaration of a check is incomplete; raised at import, so it can never reach a user."""


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which an estate can be wrong."""

    info: CheckInfo
    judge: Judge

    @property
    def id(self) -> str:
        """The check's slug, such as `worker-stale`."""
        return self.info.id


def check(
    *,
    reads: tuple[Reading, ...],
    severities: tuple[Severity, ...],
    refines: tuple[Reading, ...] = (),
    scenarios: tuple[str, ...] = (),
    included_by: Included | None = None,
) -> Callable[[Judge], Check]:
    """Declare a check.

    Args:
        reads: the reads that its verdict rests on; a Gap in one of them makes the verdict unknown.
        severities: every severity that its evidence can have, worst first.
        refines: reads that only raise or explain a severity; a Gap there leaves the lower one.
        scenarios: ids of the troubleshooting article's scenarios, S1 to S14.
        included_by: the word of `--include` that enables the check; without it the check does not run.
    """

    def declare(judge: Judge) -> Check:
        id_ = judge.__module__.rpartition(".")[2].replace("_", "-")
        documentation = inspect.cleandoc(judge.__doc__ or "")
        _refuse_incomplete(id_, documentation, reads, severities, scenarios)
        info = CheckInfo(
            id=id_,
            title=documentation.partition("\n")[0].rstrip("."),
            documentation=documentation,
            severities=severities,
            reads=reads,
            refines=refines,
            scenarios=scenarios,
            included_by=included_by,
        )
        return Check(info, judge)

    return declare


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
