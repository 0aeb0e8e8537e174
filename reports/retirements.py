"""What Microsoft retires, and what of it an estate still uses: language versions, agents, features, modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from scanner.checks.runtime_retired import END_OF_SUPPORT, LANGUAGES, Runtime, runtime_of
from scanner.findings import Finding, Scan
from scanner.graph import EstateGraph
from scanner.inventory import Reading

_LEARN = "https://learn.microsoft.com/"


class Source(msgspec.Struct, frozen=True):
    """The Microsoft page that tells a date."""

    title: str
    href: str


class Retirement(msgspec.Struct, frozen=True, kw_only=True):
    """One retirement that concerns the estate, in words before its date and after it.

    `uses` are names of what still uses it, sorted, each once. `finding` is the fingerprint of one finding about it,
    where a check tells of it.
    """

    on: date
    coming: str
    over: str
    source: Source
    noun: str
    uses: tuple[str, ...]
    finding: str | None = None


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """A retirement that checks already tell of: their findings are what still uses it."""

    checks: tuple[str, ...]
    on: date
    coming: str
    over: str
    source: Source
    noun: str


_KNOWN = (
    _Known(
        checks=("run-as-retired",),
        on=date(2023, 9, 30),
        coming="Run As accounts retire",
        over="Run As accounts were retired and cannot be renewed",
        source=Source(
            "Migrate from a Run As account to managed identities",
            f"{_LEARN}azure/automation/migrate-run-as-accounts-managed-identity",
        ),
        noun="connection",
    ),
    _Known(
        checks=("retired-solution-enabled",),
        on=date(2024, 8, 31),
        coming="Update Management and the agent-based Change Tracking retire",
        over="Update Management and the agent-based Change Tracking were retired",
        source=Source(
            "Migration to Azure Update Manager: key points", f"{_LEARN}azure/update-manager/migration-key-points"
        ),
        noun="account",
    ),
    _Known(
        checks=("runbook-uses-azurerm",),
        on=date(2025, 2, 1),
        coming="Azure Automation stops executing runbooks that use AzureRM",
        over="Azure Automation stopped executing runbooks that use AzureRM",
        source=Source(
            "Migrate Azure PowerShell from AzureRM to Az",
            f"{_LEARN}powershell/azure/migrate-from-azurerm-to-az",
        ),
        noun="runbook",
    ),
    _Known(
        checks=("worker-platform-retired",),
        on=date(2025, 4, 1),
        coming="Jobs on agent-based (V1) workers will be stopped",
        over="Jobs on agent-based (V1) workers were stopped, whose platform was retired on 2024-08-31",
        source=Source("Hybrid Runbook Worker overview", f"{_LEARN}azure/automation/automation-hybrid-runbook-worker"),
        noun="worker",
    ),
)
_AGENT = Retirement(
    on=date(2024, 8, 31),
    coming="The Log Analytics agent retires",
    over="The Log Analytics agent was retired",
    source=Source("Migrate from legacy Log Analytics agents", f"{_LEARN}azure/azure-arc/servers/migrate-legacy-agents"),
    noun="machine",
    uses=(),
)
_STATE_CONFIGURATION = Retirement(
    on=date(2027, 9, 30),
    coming="Azure Automation State Configuration retires",
    over="Azure Automation State Configuration was retired",
    source=Source("Azure Automation State Configuration overview", f"{_LEARN}azure/automation/automation-dsc-overview"),
    noun="node",
    uses=(),
)
_RUNTIMES = Source(
    "Azure Automation runtime retirement policy", f"{_LEARN}azure/automation/automation-runtime-retirement-policy"
)

READINGS = (Reading.RUNBOOKS, Reading.RUNTIME_ENVIRONMENTS)
"""The reads without which the language version of a runbook is not known."""


def retirements(scan: Scan, graph: EstateGraph) -> Iterator[Retirement]:
    """The retirements, past and to come, that concern something that was seen; in no certain order."""
    for known in _KNOWN:
        found = [finding for finding in scan.findings if finding.check in known.checks and _is_proof(finding)]
        if found:
            yield Retirement(
                on=known.on,
                coming=known.coming,
                over=known.over,
                source=known.source,
                noun=known.noun,
                uses=_distinct(_named(finding) for finding in found),
                finding=found[0].fingerprint,
            )
    yield from _of_runtimes(graph)
    agents = (beat.computer for beat in graph.estate.heartbeats if beat.agent)
    nodes = (f"{node.name} in {node.account.name}" for node in graph.estate.dsc_nodes)
    for retirement, users in ((_AGENT, _distinct(agents)), (_STATE_CONFIGURATION, _distinct(nodes))):
        if users:
            yield msgspec.structs.replace(retirement, uses=users)


def _is_proof(finding: Finding) -> bool:
    """Whether the finding proves the use: that of a solution may only say that its form is not known."""
    return finding.check != "retired-solution-enabled" or bool(finding.evidence.get("solutions"))


def _named(finding: Finding) -> str:
    told = finding.evidence.get("worker_name") or finding.subject.name
    where = finding.account
    return f"{told} in {where.name}" if where is not None and where != finding.subject else str(told)


def _of_runtimes(graph: EstateGraph) -> Iterator[Retirement]:
    uses: dict[Runtime, list[str]] = {}
    for runbook in graph.estate.runbooks:
        runtime = runtime_of(graph, runbook)
        if runtime is not None and runtime in END_OF_SUPPORT:
            uses.setdefault(runtime, []).append(f"{runbook.name} in {runbook.account.name}")
    for runtime, names in uses.items():
        language, version = runtime
        yield Retirement(
            on=END_OF_SUPPORT[runtime],
            coming=f"Support of {LANGUAGES[language]} {version} ends",
            over=f"Support of {LANGUAGES[language]} {version} ended",
            source=_RUNTIMES,
            noun="runbook",
            uses=_distinct(names),
        )


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=lambda name: (name.lower(), name)))
