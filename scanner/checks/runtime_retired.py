"""runtime-retired."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

from scanner.checks._check import Judgement, check
from scanner.findings import Evidence, Severity, Step, Threshold, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, AutomationAccount, Reading, Resource, Runbook, RuntimeEnvironment

Runtime = tuple[str, str]
"""A language in lower case, and the first two parts of its version."""

END_OF_SUPPORT: Mapping[Runtime, date] = {
    # PowerShell Support Lifecycle (Microsoft, 2025-10-22): it follows .NET, so that 7.5 ends with 7.4.
    ("powershell", "7.1"): date(2022, 5, 8),
    ("powershell", "7.2"): date(2024, 11, 8),
    ("powershell", "7.4"): date(2026, 11, 10),
    ("powershell", "7.5"): date(2026, 11, 10),
    # Status of Python versions (Python Developer's Guide, 2025); of 3.10 it names the month only.
    ("python", "2.7"): date(2020, 1, 1),
    ("python", "3.8"): date(2024, 10, 7),
    ("python", "3.10"): date(2026, 10, 31),
}
LONG_AGO = Threshold(
    key="runtime-retired-long-ago",
    meaning="a language version whose support ended this long ago counts as medium",
    default=timedelta(days=365),
    least=timedelta(days=1),
    most=timedelta(days=3650),
)

LANGUAGES: Mapping[str, str] = {"powershell": "PowerShell", "python": "Python"}
"""The languages by their own names."""
_TYPES: Mapping[str, Runtime] = {
    "powershell7": ("powershell", "7.1"),
    "python2": ("python", "2.7"),
    "python3": ("python", "3.8"),
}
"""Runbook types that do not write their version out; they are older than the versions that came after."""
_VERSIONED_TYPE = re.compile(r"(powershell|python)(\d)(\d+)")
_WINDOWS_POWERSHELL = frozenset(
    {"script", "powershell", "powershellworkflow", "graph", "graphpowershell", "graphpowershellworkflow"}
)
"""Runbook types that run on Windows PowerShell 5.1, which is a part of Windows and not retired."""


class RetiredRuntime(Evidence, frozen=True, kw_only=True):
    """A runbook, or a runtime environment that no runbook uses, on a language version out of support.

    `uses_read` tells for an environment whether all runbooks were listed; `ended_days` is counted to the scan.
    """

    resource: ArmId
    name: str
    kind: Literal["Runbook", "Runtime environment"]
    account: ArmId
    language: str
    version: str
    environment: str | None
    uses_read: bool
    end_of_support: date
    ended_days: int
    long_ago: bool

    @property
    def subject(self) -> ArmId:
        return self.resource

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.long_ago else Severity.LOW

    def message(self) -> str:
        has = f"{self.kind} {self.name} of {self.account.name}"
        runtime = f"{self.language} {self.version}, whose support ended on {self.end_of_support}"
        if self.kind == "Runbook":
            where = f" in the runtime environment {self.environment}" if self.environment else ""
            return f"{has} runs on {runtime}{where}"
        use = "no runbook uses it" if self.uses_read else "no runbook that was seen uses it"
        return f"{has} is of {runtime}; {use}"

    def remediation(self) -> tuple[Step, ...]:
        if self.kind == "Runtime environment":
            return (Step(f"Remove the runtime environment {self.name}, or create it anew with a supported version."),)
        return (
            Step(f"Create a runtime environment with a supported version of {self.language}, and its packages."),
            Step(f"Test {self.name} in it, then link the runbook to it."),
            Step("Install the same version on the workers of every hybrid group that the runbook runs on."),
        )


@check(
    reads=(Reading.RUNBOOKS, Reading.RUNTIME_ENVIRONMENTS),
    severities=(Severity.MEDIUM, Severity.LOW),
    thresholds=(LONG_AGO,),
)
def runtime_retired(graph: EstateGraph) -> Iterator[Judgement]:
    """A runbook or a runtime environment is on a retired language version.

    ## What it finds
    * Runbooks on a version out of support, judged by their runtime environment, else by their type: PowerShell7 is
      PowerShell 7.1, PowerShell72 is 7.2, Python2 is Python 2.7, Python3 is 3.8. Other types run on Windows
      PowerShell 5.1, which is part of Windows and fine.
    * Runtime environments on such a version that no runbook uses. Those that Azure puts into every account are quiet.

    The severity is medium if support ended {runtime-retired-long-ago} ago or longer, else low. Support ended for Python
    2.7 on 2020-01-01, PowerShell 7.1 on 2022-05-08, Python 3.8 on 2024-10-07, PowerShell 7.2 on 2024-11-08, Python 3.10
    on 2026-10-31 (its makers name the month only), and PowerShell 7.4 and 7.5 on 2026-11-10.

    ## Why it matters
    Runbooks on a retired version still run, but get neither security fixes nor full support, and new packages stop
    working with them.

    ## How to fix it
    Move the runbook to a supported version, in a runtime environment of its own, and test it there.

    ## Read more
    * [Azure Automation runtime retirement policy](https://learn.microsoft.com/azure/automation/automation-runtime-retirement-policy)
    * [Runtime environment in Azure Automation](https://learn.microsoft.com/azure/automation/runtime-environment-overview)
    * [PowerShell support lifecycle](https://learn.microsoft.com/powershell/scripting/install/powershell-support-lifecycle)
    """
    for account in graph.accounts():
        yield from _of_account(graph, account)


def _of_account(graph: EstateGraph, account: AutomationAccount) -> Iterator[Judgement]:
    environments = {each.name.lower(): each for each in graph.children(account.id, RuntimeEnvironment)}
    used = set()
    for runbook in graph.runbooks(account.id):
        if runbook.environment is None:
            yield from _by_type(graph, runbook)
            continue
        environment = environments.get(runbook.environment.lower())
        if environment is not None:
            used.add(environment.id)
            yield from _by_environment(graph, runbook, environment)
        elif graph.listed(Reading.RUNTIME_ENVIRONMENTS, account.id):
            yield Unseen(runbook.id, "runtimeEnvironment")
    for environment in environments.values():
        if environment.id not in used and not _is_azures_own(environment):
            yield from _by_environment(graph, environment, environment)


def _is_azures_own(environment: RuntimeEnvironment) -> bool:
    """Whether Azure made it: by what it says of itself, else by the name that Azure gives, such as Python-3.8."""
    if environment.system_generated is not None:
        return environment.system_generated
    return environment.name.lower() == f"{environment.language}-{environment.version}".lower()


def _by_type(graph: EstateGraph, runbook: Runbook) -> Iterator[Judgement]:
    if _is_windows_powershell(runbook):
        return
    runtime = _of_type(runbook)
    if runtime is None:
        yield Unseen(runbook.id, "runbookType")
    else:
        yield from _judged(graph, runbook, runtime)


def _by_environment(
    graph: EstateGraph, resource: Runbook | RuntimeEnvironment, environment: RuntimeEnvironment
) -> Iterator[Judgement]:
    runtime = _of_environment(environment)
    if runtime is None:
        yield Unseen(environment.id, "runtime.version" if environment.language else "runtime.language")
    else:
        yield from _judged(graph, resource, runtime, environment.name)


def runtime_of(graph: EstateGraph, runbook: Runbook) -> Runtime | None:
    """The language version of a runbook by its runtime environment, else by its type; None where that is not told.

    Windows PowerShell, which has no version of its own, is None as well.
    """
    if runbook.environment is None:
        return _of_type(runbook)
    wanted = runbook.environment.lower()
    environments = graph.children(runbook.account, RuntimeEnvironment)
    return next((_of_environment(each) for each in environments if each.name.lower() == wanted), None)


def _is_windows_powershell(runbook: Runbook) -> bool:
    return (runbook.runbook_type or "").strip().lower() in _WINDOWS_POWERSHELL


def _of_type(runbook: Runbook) -> Runtime | None:
    kind = (runbook.runbook_type or "").strip().lower()
    versioned = _VERSIONED_TYPE.fullmatch(kind)
    return (versioned[1], f"{versioned[2]}.{versioned[3]}") if versioned else _TYPES.get(kind)


def _of_environment(environment: RuntimeEnvironment) -> Runtime | None:
    if environment.language is None or environment.version is None:
        return None
    version = ".".join(environment.version.strip().split(".")[:2])
    return (environment.language.strip().lower(), version)


def _judged(
    graph: EstateGraph, resource: Runbook | RuntimeEnvironment, runtime: Runtime, environment: str | None = None
) -> Iterator[RetiredRuntime]:
    end = END_OF_SUPPORT.get(runtime)
    ended_days = _days_since(graph, resource, end) if end else -1
    if end is None or ended_days < 0:
        return
    language, version = runtime
    yield RetiredRuntime(
        resource=resource.id,
        name=resource.name,
        kind="Runbook" if isinstance(resource, Runbook) else "Runtime environment",
        account=resource.account,
        language=LANGUAGES[language],
        version=version,
        environment=environment,
        uses_read=graph.listed(Reading.RUNBOOKS, resource.account),
        end_of_support=end,
        ended_days=ended_days,
        long_ago=timedelta(days=ended_days) >= graph.limit(LONG_AGO),
    )


def _days_since(graph: EstateGraph, resource: Resource, end: date) -> int:
    return (graph.moment(resource).date() - end).days
