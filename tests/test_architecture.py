"""What the layout of the code promises beyond what import-linter checks, and that requests are those of the SDKs."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.mgmt.automation.aio import AutomationClient
from azure.mgmt.loganalytics.aio import LogAnalyticsManagementClient
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient
from builders import account_id, group_id, subscription_id, workspace_id

from scanner.collect import _automation as automation
from scanner.collect import _log_analytics as log_analytics
from scanner.collect import _subscriptions as subscriptions
from scanner.emulator import Response
from scanner.emulator.transport import EmulatorResponse

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for package in ("scanner", "reports", "region_map") for path in (ROOT / package).rglob("*.py"))
KNOWS_AZURE = re.compile(
    r"scanner/(collect/\w+|session|policies|tokens|waits|credentials|clouds|transport|responses|emulator/transport)\.py",
)

SUB, ACCOUNT, GROUP, WORKSPACE = (
    subscription_id(),
    account_id("aa 1"),
    group_id("g'1", account_id("aa 1")),
    workspace_id(),
)
CONNECTION = ACCOUNT.child("connections", "AzureRunAsConnection")
NAMED = (ACCOUNT.resource_group, ACCOUNT.name)


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_every_check_has_a_test_of_its_own_and_every_test_its_check():
    checks = {path.stem for path in (ROOT / "scanner/checks").glob("[!_]*.py")}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests/scanner/checks").glob("test_*.py")}
    assert checks
    assert tests - checks == {"every_check"}
    assert checks <= tests


def test_azure_stays_at_the_edge():
    inner = [path for path in MODULES if not KNOWS_AZURE.fullmatch(name_of(path))]
    assert inner
    assert [name_of(path) for path in inner if "azure" in {name.partition(".")[0] for name in imports_of(path)}] == []


def test_only_the_command_line_knows_of_a_demonstration():
    command_line = ("scanner/arguments.py", "scanner/commands/", "scanner/scanning.py", "scanner/emulator/")
    others = [path for path in MODULES if not name_of(path).startswith(command_line)]
    assert others
    assert [name_of(path) for path in others if re.search(r"\bdemo\b", path.read_text(), re.IGNORECASE)] == []


class Recorder(AsyncHttpTransport):
    """Answers everything with an empty list, and keeps the URLs."""

    def __init__(self):
        self.urls = []

    async def send(self, request, **_options):
        self.urls.append(request.url)
        body = b"[]" if "/intelligencePacks?" in request.url else b'{"value": []}'
        return EmulatorResponse(request, Response(200, {"Content-Type": "application/json"}, body))

    async def open(self):
        """Nothing to open."""

    async def close(self):
        """Nothing to close."""

    async def __aexit__(self, *_):
        """Nothing to close."""


READS = (
    (subscriptions.SUBSCRIPTIONS, subscriptions.ALL, lambda sdk: sdk.subscriptions.list()),
    (automation.ACCOUNTS, SUB, lambda sdk: sdk.automation_account.list()),
    (automation.DELETED_ACCOUNTS, SUB, lambda sdk: sdk.deleted_automation_accounts.list_by_subscription()),
    (automation.ACCOUNT, ACCOUNT, lambda sdk: sdk.automation_account.get(*NAMED)),
    (automation.LINKED_WORKSPACE, ACCOUNT, lambda sdk: sdk.linked_workspace.get(*NAMED)),
    (automation.GROUPS, ACCOUNT, lambda sdk: sdk.hybrid_runbook_worker_group.list_by_automation_account(*NAMED)),
    (
        automation.WORKERS,
        GROUP,
        lambda sdk: sdk.hybrid_runbook_workers.list_by_hybrid_runbook_worker_group(*NAMED, GROUP.name),
    ),
    (automation.CERTIFICATES, ACCOUNT, lambda sdk: sdk.certificate.list_by_automation_account(*NAMED)),
    (automation.CONNECTIONS, ACCOUNT, lambda sdk: sdk.connection.list_by_automation_account(*NAMED)),
    (automation.CONNECTION, CONNECTION, lambda sdk: sdk.connection.get(*NAMED, CONNECTION.name)),
    (log_analytics.WORKSPACES, SUB, lambda sdk: sdk.workspaces.list()),
    (log_analytics.WORKSPACE, WORKSPACE, lambda sdk: sdk.workspaces.get("rg", WORKSPACE.name)),
    (log_analytics.DELETED_WORKSPACES, SUB, lambda sdk: sdk.deleted_workspaces.list()),
    (
        log_analytics.LINKED_SERVICES,
        WORKSPACE,
        lambda sdk: sdk.linked_services.list_by_workspace("rg", WORKSPACE.name),
    ),
    (log_analytics.INTELLIGENCE_PACKS, WORKSPACE, lambda sdk: sdk.intelligence_packs.list("rg", WORKSPACE.name)),
)
ANYBODY = object()
CLIENTS = {
    "automation": lambda **options: AutomationClient(ANYBODY, SUB.subscription_id, **options),
    "log_analytics": lambda **options: LogAnalyticsManagementClient(ANYBODY, SUB.subscription_id, **options),
    "subscriptions": lambda **options: SubscriptionClient(ANYBODY, **options),
}


@pytest.mark.parametrize(("endpoint", "scope", "operation"), READS, ids=[read[0].reading.name for read in READS])
async def test_a_read_is_the_request_of_the_sdks_own_operation(endpoint, scope, operation):
    recorder = Recorder()
    client = CLIENTS[endpoint.client](base_url="https://arm", policies=[], transport=recorder)
    answer = operation(client)
    if hasattr(answer, "__aiter__"):
        assert [item async for item in answer] == []
    else:
        await answer
    [url] = recorder.urls
    assert unquote(urlsplit(url).path).lower() == unquote(endpoint.path(scope)).lower()
    assert parse_qs(urlsplit(url).query) == {"api-version": [endpoint.api_version]}


def test_every_read_but_those_without_an_sdk_was_compared():
    modules = (automation, log_analytics, subscriptions)
    known = {value for module in modules for value in vars(module).values() if isinstance(value, automation.Endpoint)}
    assert known - {read[0] for read in READS} == {log_analytics.SOLUTIONS, subscriptions.DESCENDANTS}
