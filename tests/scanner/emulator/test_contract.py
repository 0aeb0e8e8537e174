"""The emulator and Microsoft's SDK models agree on the names of things."""

from typing import Any

import pytest
import sdk_keys
from azure.mgmt.automation import models as automation
from azure.mgmt.loganalytics import models as loganalytics
from azure.mgmt.monitor import models as monitor
from azure.mgmt.resource.subscriptions import models as subscriptions

ACCOUNTS = "/providers/Microsoft.Automation/automationAccounts"
OPERATIONS = "/subscriptions/c0a70500-2222-4a6b-9c2d-000000000002"
WORKSPACES = "/providers/Microsoft.OperationalInsights/workspaces"

# Observed in recorded answers, but absent from the models.
OBSERVED = {
    "AutomationAccountProperties": {"RegistrationUrl", "RuntimeConfiguration"},
    "HybridRunbookWorkerGroupProperties": {"hybridRunbookWorkers"},
    "WorkspaceFeatures": {"legacy", "searchVersion"},
    "IntelligencePack": {"displayname", "createdDate", "modifiedDate"},
    "Subscription": {"count"},
    "RuntimeEnvironment": {"etag"},
}
CHILDREN = {
    "runbooks": automation.Runbook,
    "jobs": automation.JobCollectionItem,
    "jobSchedules": automation.JobSchedule,
    "schedules": automation.Schedule,
    "webhooks": automation.Webhook,
    "credentials": automation.Credential,
    "runtimeEnvironments": automation.RuntimeEnvironment,
    "modules": automation.Module,
    "variables": automation.Variable,
    "nodes": automation.DscNode,
    "privateEndpointConnections": automation.PrivateEndpointConnection,
}


def assert_known(payloads: list[dict[str, Any]], model: type) -> None:
    sdk_keys.assert_known(payloads, model, OBSERVED)


@pytest.fixture(params=["contoso", "spotless"])
def tenant(request, wire):
    return wire(request.param)


async def test_accounts_and_all_their_children_have_keys_that_the_sdk_knows(tenant):
    found: dict[type, list[dict[str, Any]]] = {model: [] for model in (
        automation.AutomationAccount, automation.LinkedWorkspace, automation.HybridRunbookWorkerGroup,
        automation.HybridRunbookWorker, automation.Certificate, automation.Connection,
    )}  # fmt: skip
    for account in tenant.emulator.tenant.accounts:
        if account.name == "aa-reporting":
            continue
        found[automation.AutomationAccount] += [
            await tenant.get(account.id),
            *await tenant.all(f"/subscriptions/{account.subscription}{ACCOUNTS}"),
        ]
        found[automation.LinkedWorkspace].append(await tenant.get(f"{account.id}/linkedWorkspace"))
        groups = await tenant.all(f"{account.id}/hybridRunbookWorkerGroups")
        found[automation.HybridRunbookWorkerGroup] += groups
        found[automation.Certificate] += await tenant.all(f"{account.id}/certificates")
        connections = await tenant.all(f"{account.id}/connections")
        found[automation.Connection] += [*connections, *[await tenant.get(item["id"]) for item in connections]]
        for group in groups:
            if group["name"] != "hwg-restricted":
                found[automation.HybridRunbookWorker] += await tenant.all(f"{group['id']}/hybridRunbookWorkers")
    for model, payloads in found.items():
        assert_known(payloads, model)


async def test_deleted_accounts_have_keys_that_the_sdk_knows(wire):
    found = await wire().all(f"{OPERATIONS}/providers/Microsoft.Automation/deletedAutomationAccounts")
    assert_known(found, automation.DeletedAutomationAccount)


async def test_workspaces_and_all_their_children_have_keys_that_the_sdk_knows(tenant):
    for workspace in tenant.emulator.tenant.workspaces:
        if workspace.deleted or workspace.name == "law-ledger":
            continue
        assert_known([await tenant.get(workspace.id)], loganalytics.Workspace)
        assert_known(await tenant.get(f"{workspace.id}/intelligencePacks"), loganalytics.IntelligencePack)
        for service in await tenant.all(f"{workspace.id}/linkedServices"):
            assert_known([service], loganalytics.LinkedService)
        root = f"/subscriptions/{workspace.subscription}"
        for deleted in await tenant.all(f"{root}/providers/Microsoft.OperationalInsights/deletedWorkspaces"):
            assert_known([deleted], loganalytics.Workspace)


async def test_subscriptions_have_keys_that_the_sdk_knows(tenant):
    listed = await tenant.all("/subscriptions")
    assert_known([*listed, await tenant.get(listed[0]["id"])], subscriptions.Subscription)


async def test_what_runs_in_an_account_has_keys_that_the_sdk_knows(wire, furnished):
    account, connected = furnished.accounts[0], wire(furnished)
    for kind, model in CHILDREN.items():
        assert_known(await connected.all(f"{account.id}/{kind}"), model)
    assert_known([await connected.get(f"{account.id}/runbooks/Patch")], automation.Runbook)
    assert_known([await connected.get(f"{account.id}/jobs/j-bad")], automation.Job)


async def test_metrics_and_events_have_keys_that_the_sdk_knows(wire, furnished):
    connected, root = wire(furnished), f"/subscriptions/{furnished.subscriptions[0].id}"
    asked = "metricnames=HybridWorkerPing&timespan=2026-11-10/2026-11-20&interval=P1D&aggregation=Count"
    metrics = await connected.get(
        f"{furnished.accounts[0].id}/providers/Microsoft.Insights/metrics?{asked}", "2024-02-01"
    )
    events = await connected.get(
        f"{root}/providers/Microsoft.Insights/eventtypes/management/values?$filter=eventTimestamp ge '2026-11-01'",
        "2015-04-01",
    )
    assert_mapped(metrics, monitor.Response)
    assert_mapped(events, monitor.EventDataCollection)


def assert_mapped(payload: Any, model: type) -> None:
    """The same for the models of azure-mgmt-monitor, which keep a map of their attributes."""
    known = {entry["key"]: entry["type"] for entry in model._attribute_map.values()}
    assert payload.keys() <= known.keys()
    for key, value in payload.items():
        part = getattr(monitor, known[key].strip("[]"), None)
        for item in value if isinstance(value, list) else [value]:
            if hasattr(part, "_attribute_map") and item is not None:
                assert_mapped(item, part)


async def test_an_invented_key_would_be_noticed():
    worker = {"properties": {"workerName": "a", "lastSeen": "b"}, "nmae": "c"}
    assert sdk_keys.unknown_keys(worker, automation.HybridRunbookWorker, OBSERVED) == {
        "HybridRunbookWorker.nmae",
        "HybridRunbookWorkerProperties.lastSeen",
    }
