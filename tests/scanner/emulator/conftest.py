"""A client that speaks the wire to an emulator, without any SDK."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pytest

from scanner.emulator import TENANTS, Emulator, Request, Response
from scanner.emulator.tenants import model

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
VERSIONS = {
    "automation": "2024-10-23",
    "operationalinsights": "2025-07-01",
    "operationsmanagement": "2015-11-01-preview",
}


@dataclass(frozen=True)
class Wire:
    emulator: Emulator
    base: str

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        sent = {"Authorization": f"Bearer {self.emulator.login.issue()}"} if headers is None else headers
        return await self.emulator.handle(Request(method, urljoin(self.base, path), sent, body))

    async def get(self, path: str, version: str = "", *, status: int = 200) -> Any:
        namespace = path.lower().rpartition("/providers/microsoft.")[2].partition("/")[0]
        version = version or VERSIONS.get(namespace, "2022-12-01")
        response = await self.send("GET", f"{path}{'&' if '?' in path else '?'}api-version={version}")
        assert response.status == status, response.body
        return json.loads(response.body)

    async def pages(self, path: str, version: str = "") -> list[dict[str, Any]]:
        page = await self.get(path, version)
        found = [page]
        while page.get("nextLink"):
            response = await self.send("GET", page["nextLink"])
            assert response.status == 200, response.body
            page = json.loads(response.body)
            found.append(page)
        return found

    async def all(self, path: str, version: str = "") -> list[dict[str, Any]]:
        return [item for page in await self.pages(path, version) for item in page["value"]]


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def wire(now):
    def connect(tenant="contoso", base=Emulator.arm_endpoint, **options):
        made = TENANTS[tenant](now) if isinstance(tenant, str) else tenant
        return Wire(Emulator(made, **options), base)

    return connect


@pytest.fixture
def furnished(now):
    """The spotless tenant, in whose first account something of every kind runs."""
    day = timedelta(days=1)
    tenant = TENANTS["spotless"](now)
    account = tenant.accounts[0]
    worker = f"{account.id}/hybridRunbookWorkerGroups/hwg-main/hybridRunbookWorkers/w1"
    delete = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/delete"
    first, *others = tenant.accounts
    filled = replace(
        first,
        runbooks=(
            model.Runbook("Patch", "PowerShell72", environment="ps-own", content="Get-Ünit".encode("utf-16")),
            model.Runbook("Draft", state="New", content=None),
        ),
        jobs=(
            model.Job("j-new", "Patch", now, None, "New"),
            model.Job("j-bad", "Patch", now - day, "hwg-main", "Failed", now - day, now - day / 2, "It broke."),
            model.Job("j-old", "Patch", now - 31 * day, "hwg-main"),
        ),
        job_schedules=(model.JobSchedule("Patch", "nightly", "hwg-main"), model.JobSchedule("Patch", "once")),
        schedules=(
            model.Schedule("nightly", next_run=now + day),
            model.Schedule("once", enabled=False, expires=now - day, frequency="OneTime", interval=None),
        ),
        webhooks=(model.Webhook("hook", "Patch", now + day, "hwg-main"), model.Webhook("cloud", "Patch", now)),
        credentials=("svc-patch",),
        environments=(model.Environment("ps-own", "PowerShell", "7.4"),),
        modules=(model.Module("Az.Accounts", "2.0.0"), model.Module("AzureRM", "6.0.0", shared=True)),
        variables=(model.Variable("clear", '"text"'), model.Variable("secret", '"hidden"', encrypted=True)),
        nodes=(model.DscNode("srv-1", now - 9 * day, now),),
        diagnostic_settings=(
            model.DiagnosticSetting("jobs", tenant.workspaces[0].id, ("JobLogs",)),
            model.DiagnosticSetting("all", None, (), ("allLogs",)),
        ),
        pings=(
            model.Pings("hwg-main", "w1", ((now - 50 * day, now - 40 * day), (now - 2 * day, now - day))),
            model.Pings("hwg-main", "w2", ((now - day, now),)),
            model.Pings("hwg-edge", "w3", ((now - 120 * day, now - 91 * day),)),
        ),
    )
    activity = tuple(
        model.ActivityEvent(first.subscription, delete, worker, now - age * day, status)
        for age, status in ((1, "Succeeded"), (3, "Succeeded"), (3, "Started"), (80, "Succeeded"))
    )
    other = model.ActivityEvent(
        first.subscription, "Microsoft.Compute/x/delete", first.id, now, provider="Microsoft.Compute"
    )
    return replace(tenant, accounts=(filled, *others), activity=(*activity, other))
