"""What one busy account runs and needs, as a whole scan of an embedded tenant sees it."""

import msgspec
import pytest
from builders import NOW, SUB, account_id, days
from tenants import estate_of

from scanner.emulator.tenants import assets
from scanner.emulator.tenants.build import workspace_id
from scanner.emulator.tenants.model import Account, Group, Subscription, Tenant
from scanner.inventory import Reading

ACCOUNT = account_id()
KINDS = frozenset({
    Reading.RUNBOOKS, Reading.RUNBOOK_CONTENT, Reading.JOBS, Reading.JOB, Reading.JOB_SCHEDULES, Reading.SCHEDULES,
    Reading.WEBHOOKS, Reading.CREDENTIALS, Reading.RUNTIME_ENVIRONMENTS, Reading.MODULES, Reading.DSC_NODES,
    Reading.PRIVATE_ENDPOINTS, Reading.DIAGNOSTIC_SETTINGS,
})  # fmt: skip


def busy_tenant():
    """A tenant whose one account makes use of everything."""
    exception = "The job action 'Activate' cannot be run, because the process stopped unexpectedly. Password=hunter2"
    endpoint = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"
    busy = Account(
        SUB, "rg", "aa", "westeurope", NOW - days(300),
        groups=(Group("workers", (), credential="Admin"),),
        public_network_access=False,
        disable_local_auth=True,
        runbooks=(
            assets.Runbook("Patch", content="Connect-AzureRmAccount # hunter2".encode("utf-16")),
            assets.Runbook("Caf\u00e9", content="# caf\u00e9".encode("latin-1")),
            assets.Runbook("Idea", state="New", content=None),
        ),
        jobs=(
            assets.Job("j1", "Patch", NOW - days(2), "workers", "Failed", NOW - days(2), NOW - days(2), exception),
            assets.Job("j2", "Patch", NOW - days(1), "workers"),
            assets.Job("j3", "Patch", NOW - days(3)),
            assets.Job("j4", "Patch", NOW - days(4)),
        ),
        job_schedules=(assets.JobSchedule("Patch", "Nightly", "workers"), assets.JobSchedule("Caf\u00e9", "Nightly")),
        schedules=(assets.Schedule("Nightly", next_run=NOW + days(1)),),
        webhooks=(assets.Webhook("hook", "Patch", NOW + days(90), "workers"),),
        credentials=("Admin",),
        environments=(assets.Environment("own", "PowerShell", "7.4"),),
        modules=(assets.Module("AzureRM.Profile", "5.8.3"),),
        nodes=(assets.DscNode("n1", NOW - days(90), NOW),),
        private_endpoints=(assets.PrivateEndpoint(endpoint),),
        diagnostic_settings=(assets.DiagnosticSetting("audit", workspace_id(SUB, "rg", "ws")),),
    )  # fmt: skip
    return Tenant(SUB, "busy", NOW, (Subscription(SUB, "one"),), (busy,))


@pytest.mark.parametrize("page_size", [1, 100])
def test_a_scan_sees_what_an_account_runs_and_needs(page_size):
    estate = estate_of(busy_tenant(), page_size=page_size)
    below = [read for read in estate.reads if read.scope.lower().startswith(ACCOUNT.key)]
    assert [read.gap for read in below if read.reading in KINDS and read.gap] == []
    assert {read.reading for read in below} >= KINDS
    assert [(one.name, one.run_on, one.signature) for one in estate.jobs] == [
        ("j1", "workers", "tried-three-times"),
        ("j2", "workers", None),
        ("j3", None, None),
    ]
    assert [(one.name, [sign.signature for sign in one.signs]) for one in estate.runbook_contents] == [
        ("Caf\u00e9", []),
        ("Patch", ["azurerm"]),
    ]
    assert sorted((one.runbook, one.schedule, one.run_on) for one in estate.job_schedules) == [
        ("Caf\u00e9", "Nightly", None),
        ("Patch", "Nightly", "workers"),
    ]
    assert [(one.name, one.next_run, one.expires_at) for one in estate.schedules] == [("Nightly", NOW + days(1), None)]
    assert [(one.runbook, one.run_on, one.expires_at) for one in estate.webhooks] == [
        ("Patch", "workers", NOW + days(90))
    ]
    assert {one.name: one.system_generated for one in estate.runtime_environments}["own"] is False
    assert {one.name: one.system_generated for one in estate.runtime_environments}["PowerShell-7.2"] is True
    assert [one.name for one in (*estate.credentials, *estate.modules, *estate.dsc_nodes)] == [
        "Admin",
        "AzureRM.Profile",
        "n1",
    ]
    assert [one.status for one in estate.private_endpoint_connections] == ["Approved"]
    assert [one.categories for one in estate.diagnostic_settings] == [("JobLogs", "JobStreams")]
    assert b"hunter2" not in msgspec.json.encode(estate, enc_hook=str)
