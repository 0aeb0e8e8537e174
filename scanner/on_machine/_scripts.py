"""Fills the recipes: on which machines to run them, and with which names and ids of the tenant."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from urllib.parse import urlsplit

import msgspec

from scanner.escape import visible
from scanner.findings import Finding, Script, quoted_for_powershell
from scanner.graph import EstateGraph
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    GroupType,
    HybridWorker,
    Machine,
    OsType,
    WorkerGroup,
    WorkerType,
)
from scanner.on_machine._recipes import RECIPES, Recipe

MOST_NAMES = 5
"""Machines that a script names, and values that one of its commands is filled with."""

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ACCOUNT_IN_URL = re.compile(r"/automationaccounts/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_ID = re.compile(r"[0-9A-Za-z-]+")
_PLAIN = re.compile(r"[\w.-]+")
_FACT = re.compile(r"%(\w+)%")
# Hosts of the login and of the Log Analytics agent by cloud (Network requirements of the Log Analytics agent, 2023-08).
_LOGIN: Mapping[str, str] = {
    "AzureCloud": "login.microsoftonline.com",
    "AzureUSGovernment": "login.microsoftonline.us",
    "AzureChinaCloud": "login.partner.microsoftonline.cn",
}
_AGENT_SERVICE: Mapping[str, str] = {
    "AzureCloud": "oms.opinsights.azure.com",
    "AzureUSGovernment": "oms.opinsights.azure.us",
    "AzureChinaCloud": "oms.opinsights.azure.cn",
}


class Target(msgspec.Struct, frozen=True):
    """A machine to run a script on; `group` and `platform` are None for one without a registration."""

    name: str
    os: OsType | None
    account: ArmId | None
    group: str | None = None
    platform: WorkerType | None = None


def scripts(graph: EstateGraph, scenario_id: str, findings: Iterable[Finding]) -> tuple[Script, ...]:
    """Return the scripts of one scenario, one for each operating system that it can happen on."""
    return OnMachine(graph, findings).scripts(scenario_id)


def os_of(graph: EstateGraph, worker: HybridWorker) -> OsType | None:
    """The worker's operating system: as its machine tells it, else as its newest heartbeat does; None if none does."""
    machine = graph.machine(worker.machine) if worker.machine else None
    if machine is not None and machine.os is not None:
        return machine.os
    told = {(beat.os_type or "").lower() for beat in graph.heartbeats.of(worker, agent=None).heartbeats[:1]}
    return next((os for os in OsType if os.lower() in told), None)


class OnMachine:
    """The scripts of an estate, for all scenarios."""

    def __init__(self, graph: EstateGraph, findings: Iterable[Finding]) -> None:
        self._graph = graph
        self._findings = tuple(findings)

    def scripts(self, scenario_id: str) -> tuple[Script, ...]:
        """The scripts of one scenario, in the order of its recipes."""
        concerned = [finding for finding in self._findings if scenario_id in finding.scenarios]
        named = list(dict.fromkeys(target for finding in concerned for target in self._subjects(finding)))
        accounts = list(dict.fromkeys(finding.account for finding in concerned if finding.account is not None))
        made = []
        for recipe in RECIPES[scenario_id]:
            targets = self._chosen(recipe, named, {account.key for account in accounts})
            held = dict.fromkeys([*accounts, *(target.account for target in targets if target.account is not None)])
            made.append(self._script(scenario_id, recipe, targets, self._accounts(held)))
        return tuple(made)

    # -- machines ---------------------------------------------------------------------------------------------

    def _chosen(self, recipe: Recipe, named: Sequence[Target], accounts: set[str]) -> list[Target]:
        """The machines that findings are about, else those of the accounts concerned, else all User workers."""
        near = [target for target in self._workers if target.account is not None and target.account.key in accounts]
        for candidates in (named, near, self._workers):
            fitting = [target for target in candidates if target.os in {recipe.os, None}]
            if fitting and recipe.agent_only:
                fitting.sort(key=lambda target: target.platform is not WorkerType.V1)
            if fitting:
                return fitting
        return []

    @cached_property
    def _workers(self) -> list[Target]:
        return list(dict.fromkeys(self._target(worker) for _, worker in self._graph.user_workers()))

    def _target(self, worker: HybridWorker) -> Target:
        group = self._graph.group_of(worker)
        name = group.name if group.group_type is GroupType.USER else None
        return Target(worker.worker_name, os_of(self._graph, worker), group.account, name, worker.worker_type)

    def _subjects(self, finding: Finding) -> Iterator[Target]:
        """The machines of a finding on a worker, a group or a machine."""
        node = self._graph.node(finding.subject)
        resource = node.resource if node else None
        machine = self._graph.machine(finding.subject)
        if isinstance(resource, HybridWorker):
            yield self._target(resource)
            # Its machine may be registered to another account as well, whose id tells the two apart.
            yield from (self._target(worker) for worker in self._registrations(resource.machine))
        elif isinstance(resource, WorkerGroup):
            yield from (self._target(worker) for worker in self._graph.workers(resource.id))
        elif machine is not None:
            yield from self._on(machine, finding)

    def _on(self, machine: Machine, finding: Finding) -> Iterator[Target]:
        registered = self._registrations(machine.id)
        yield from (self._target(worker) for worker in registered)
        if not registered:
            yield Target(machine.computer_name or machine.name, machine.os, finding.account)

    def _registrations(self, machine: ArmId | None) -> tuple[HybridWorker, ...]:
        return self._graph.registrations(machine) if machine is not None else ()

    # -- facts ------------------------------------------------------------------------------------------------

    def _accounts(self, ids: Iterable[ArmId]) -> list[AutomationAccount]:
        """The accounts of these ids, or, when there are none, all that were seen."""
        return [account for id_ in ids if (account := self._graph.account(id_))] or list(self._graph.accounts())

    def _script(
        self, scenario_id: str, recipe: Recipe, targets: Sequence[Target], accounts: Sequence[AutomationAccount]
    ) -> Script:
        shown = accounts[:MOST_NAMES]
        facts = self._facts(targets, shown)
        commands = [filled for command in recipe.commands for filled in _filled(command, facts, recipe.os)]
        shell = "PowerShell as administrator" if recipe.os is OsType.WINDOWS else "sh with sudo"
        comments = [f"Scenario {scenario_id} on {recipe.os}: {shell}, reads only", _run_on(targets, recipe.os)]
        comments += [self._expected(account, recipe.os) for account in shown]
        if len(accounts) > len(shown):
            comments.append(f"{len(accounts) - len(shown)} more accounts are not named here")
        return Script(
            os=recipe.os,
            commands=tuple(commands),
            reads_as=recipe.reads_as,
            comments=(*comments, f"How to read it: {recipe.reads_as}"),
        )

    def _facts(self, targets: Sequence[Target], accounts: Sequence[AutomationAccount]) -> Mapping[str, Sequence[str]]:
        hosts = [host for account in accounts if (host := _host(account))]
        cloud = self._graph.estate.facts.cloud
        customers = [customer for account in accounts if (customer := self._customer(account))]
        return {
            "host": hosts,
            "registration": [host.replace(".jrds.", ".agentsvc.") for host in hosts if ".jrds." in host],
            "account": [guid for account in accounts if (guid := _guid(account))],
            "workspace": customers,
            "agent_service": [f"{c}.{_AGENT_SERVICE[cloud]}" for c in customers if cloud in _AGENT_SERVICE],
            "thumbprint": [mark for account in accounts for mark in self._thumbprints(account)],
            "registration_key": _first(self._registration_keys(targets)),
            "login": [_LOGIN[cloud]] if cloud in _LOGIN else [],
        }

    def _customer(self, account: AutomationAccount) -> str | None:
        """The GUID of the workspace that the account is linked to."""
        link = self._graph.link(account.id)
        workspace = self._graph.workspace(link.workspace) if link and link.workspace else None
        told = workspace.customer_id if workspace else None
        return told if told and _ID.fullmatch(told) else None

    def _thumbprints(self, account: AutomationAccount) -> Iterator[str]:
        for connection in self._graph.connections(account.id):
            if connection.thumbprint and _ID.fullmatch(connection.thumbprint):
                yield connection.thumbprint.upper()

    def _registration_keys(self, targets: Iterable[Target]) -> Iterator[str]:
        for target in targets:
            account = self._graph.account(target.account) if target.account else None
            guid = _guid(account) if account else None
            if guid and target.group and target.group == visible(target.group):
                yield rf"HKLM:\SOFTWARE\Microsoft\HybridRunbookWorker\{guid}\{target.group}"

    def _expected(self, account: AutomationAccount, os: OsType) -> str:
        name = _in_comment(account.name, os)
        customer = self._customer(account)
        ends = f", workspace {customer}" if customer else ""
        return f"Expected for account {name}: id {_guid(account) or 'not told'}{ends}"


def _host(account: AutomationAccount) -> str | None:
    host = _parsed_host(account.hybrid_service_url or "")
    return host if host and _HOST.fullmatch(host) else None


def _parsed_host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _guid(account: AutomationAccount) -> str | None:
    found = _ACCOUNT_IN_URL.search(account.hybrid_service_url or "")
    return found[1].lower() if found else None


def _filled(command: str, facts: Mapping[str, Sequence[str]], os: OsType) -> Iterator[str]:
    """The command once for each value of the fact that it names, quoted for its shell."""
    named = _FACT.search(command)
    if named is None:
        yield command
        return
    for value in _first(facts[named[1]]):
        yield command.replace(named[0], _quoted(value, os))


def _first(values: Iterable[str]) -> list[str]:
    """As many different values as a script names; the rest of a big estate's is not worked out."""
    found: dict[str, None] = {}
    for value in values:
        found[value] = None
        if len(found) == MOST_NAMES:
            break
    return list(found)


def _quoted(value: str, os: OsType) -> str:
    return quoted_for_powershell(value) if os is OsType.WINDOWS else shlex.quote(value)


def _run_on(targets: Sequence[Target], os: OsType) -> str:
    names = list(dict.fromkeys(target.name for target in targets))
    if not names:
        return f"Run on: each {os} worker, none of which was seen by this scan"
    shown = ", ".join(_in_comment(name, os) for name in names[:MOST_NAMES])
    return f"Run on: {shown}" + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def _in_comment(name: str, os: OsType) -> str:
    """A name on one line; quoted unless it is plain, since some interactive shells (zsh) know no comments."""
    told = visible(name)
    return told if _PLAIN.fullmatch(told) else _quoted(told, os)
