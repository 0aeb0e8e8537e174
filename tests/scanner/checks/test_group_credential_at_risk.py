"""group-credential-at-risk: a custom user on extension-based workers."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    arc_id,
    findings,
    gap,
    group,
    group_id,
    machine_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import ArmId, GapReason, GroupType, Reading, WorkerType

CHECK = "group-credential-at-risk"
ESTATE = (account(), group(credential="RunAsUser"))
INSTANCE = ArmId(str(machine_id("set")).replace("virtualMachines", "virtualMachineScaleSets") + "/virtualMachines/0")


@pytest.mark.firing
def test_it_fires_for_an_azure_vm():
    [finding] = findings(CHECK, *ESTATE, worker())
    assert finding.severity is Severity.INFO
    assert (finding.subject, finding.account) == (group_id(), account_id())
    assert list(finding.evidence["azure_workers"]) == ["vm1"]
    assert "1 on Azure VMs" in finding.message
    assert "Arc" not in finding.message


@pytest.mark.firing
def test_it_fires_for_an_arc_machine_and_says_both_kinds():
    [finding] = findings(CHECK, *ESTATE, worker("arc1", machine=arc_id()))
    assert list(finding.evidence["arc_workers"]) == ["arc1"]
    assert "Azure VMs" not in finding.message
    [finding] = findings(CHECK, *ESTATE, worker("arc1", machine=arc_id()), worker())
    assert "1 on Arc" in finding.message
    assert "1 on Azure VMs" in finding.message
    assert len(finding.remediation) == 3


@pytest.mark.firing
@pytest.mark.boundary
def test_an_instance_of_a_scale_set_is_an_azure_vm():
    assert len(findings(CHECK, *ESTATE, worker(machine=INSTANCE))) == 1


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "parts",
    [
        (account(), group(), worker()),
        (account(), group(credential=""), worker()),
        (account(), group(credential="RunAsUser", group_type=GroupType.SYSTEM), worker()),
        (*ESTATE, worker(worker_type=WorkerType.V1)),
        (*ESTATE, worker(worker_type=WorkerType.V1, machine=None)),
        (*ESTATE,),
    ],
    ids=["no credential", "empty", "System", "V1", "V1 outside Azure", "no worker"],
)
def test_anything_else_is_quiet(parts):
    assert findings(CHECK, *parts) == []
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    ("doubtful", "field"),
    [
        (worker(machine=None), "vmResourceId"),
        (worker(worker_type=None), "workerType"),
        (worker(worker_type=None, machine=None), "vmResourceId"),
    ],
)
def test_a_worker_of_which_too_little_is_told_is_unknown(doubtful, field):
    assert findings(CHECK, *ESTATE, doubtful) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *ESTATE, doubtful)] == [(group_id(), field)]
    assert len(findings(CHECK, *ESTATE, doubtful, worker("vm2"))) == 1


@pytest.mark.firing
@pytest.mark.blind
@pytest.mark.parametrize("reason", [GapReason.DENIED, GapReason.TRUNCATED])
def test_workers_that_may_be_hidden_are_unknown_and_seen_ones_prove_it(reason):
    hidden = gap(Reading.WORKERS, group_id(), reason)
    assert findings(CHECK, *ESTATE, hidden) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *ESTATE, hidden)] == [(group_id(), hidden.gap.id)]
    assert len(findings(CHECK, *ESTATE, worker(), hidden)) == 1
    assert unknowns(CHECK, account(), group(), hidden) == []


@pytest.mark.blind
def test_a_group_that_vanished_before_its_list_was_read_is_unknown():
    vanished = answered(Reading.WORKERS, group_id(), items=0, missing=True)
    assert [u.because for u in unknowns(CHECK, *ESTATE, vanished)] == ["hybridRunbookWorkers"]


@pytest.mark.blind
def test_a_group_of_unknown_type_is_unknown():
    parts = (account(), group(credential="RunAsUser", group_type=None), worker())
    assert findings(CHECK, *parts) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *parts)] == [(group_id(), "groupType")]


@pytest.mark.blind
def test_groups_that_were_not_listed_are_unknown():
    hidden = gap(Reading.GROUPS, account_id())
    assert [(u.subject, u.because) for u in unknowns(CHECK, account(), hidden)] == [(account_id(), hidden.gap.id)]
