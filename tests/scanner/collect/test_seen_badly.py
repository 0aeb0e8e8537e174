"""Nothing unseen is acquitted, nothing healthy accused, whichever operation answers badly."""

from itertools import cycle

import pytest
from tenants import scan_named

from scanner.emulator import answer, deny
from scanner.pipeline import scan_of

GRAPH = "Microsoft.ResourceGraph/*"
WORKERS = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/read"
OPERATIONS_READ = [
    "Microsoft.Automation/automationAccounts/read",
    "Microsoft.Automation/automationAccounts/linkedWorkspace/read",
    "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/read",
    WORKERS,
    "Microsoft.Automation/automationAccounts/certificates/read",
    "Microsoft.Automation/automationAccounts/connections/read",
    "Microsoft.OperationalInsights/workspaces/read",
    "Microsoft.OperationalInsights/workspaces/linkedServices/read",
    "Microsoft.OperationalInsights/workspaces/intelligencePacks/read",
    "Microsoft.OperationalInsights/deletedWorkspaces/read",
    "Microsoft.OperationsManagement/solutions/read",
    "Microsoft.Automation/automationAccounts/runbooks/read",
    "Microsoft.Automation/automationAccounts/jobs/read",
    "Microsoft.Automation/automationAccounts/jobSchedules/read",
    "Microsoft.Automation/automationAccounts/schedules/read",
    "Microsoft.Automation/automationAccounts/webhooks/read",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/read",
    "Microsoft.Automation/automationAccounts/privateEndpointConnections/read",
    "Microsoft.Insights/diagnosticSettings/read",
    "Microsoft.Insights/metrics/read",
    "Microsoft.Insights/eventtypes/values/read",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/extensions/read",
    "Microsoft.Compute/skus/read",
    "Microsoft.HybridCompute/machines/read",
    "Microsoft.OperationalInsights/workspaces/query/read",
]
BODIES = ("<html>", '{"value":[null,{"id":"/x"}]}')
READ_OF_THE_FLAWED_ONLY = [
    "Microsoft.Automation/deletedAutomationAccounts/read",
    "Microsoft.Automation/automationAccounts/runbooks/content/read",
    "Microsoft.Automation/automationAccounts/credentials/read",
    "Microsoft.Automation/automationAccounts/modules/read",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/virtualNetworks/subnets/read",
    "Microsoft.Network/networkSecurityGroups/read",
]
"""Operations that nothing in spotless calls for, or whose answers are no JSON."""


@pytest.fixture(scope="module")
def seen_well():
    return scan_named("contoso")


@pytest.mark.parametrize("operation", [*OPERATIONS_READ, *READ_OF_THE_FLAWED_ONLY])
async def test_a_finding_that_is_no_longer_seen_becomes_unknown(collect, seen_well, operation):
    estate, _ = await collect("contoso", faults=[answer(403, "{}", operation=operation, every=2)])
    before, after = seen_well, scan_of(estate)
    assert after.errors == ()
    assert {f.fingerprint for f in after.findings} <= {f.fingerprint for f in before.findings}
    lost = {f.fingerprint: f.check for f in before.findings}.items() - {
        f.fingerprint: f.check for f in after.findings
    }.items()
    assert {check for _, check in lost} <= {unknown.check for unknown in after.unknowns}


@pytest.mark.parametrize(("operation", "body"), list(zip(OPERATIONS_READ, cycle(BODIES))))
async def test_a_healthy_tenant_seen_badly_stays_without_findings(collect, operation, body):
    estate, _ = await collect(faults=[deny(GRAPH), answer(200, body, operation=operation, every=2)])
    scan = scan_of(estate)
    # A worker that vanished was removed or purged: without the activity log, that is all that can be said.
    unlogged = {"worker-purged"} if operation == "Microsoft.Insights/eventtypes/values/read" else set()
    assert {finding.check for finding in scan.findings} == unlogged
    assert scan.errors == ()
    assert scan.coverage_ratio < 1
    assert estate.ledger.planned == estate.ledger.answered + sum(gap.count for gap in estate.ledger.gaps)
