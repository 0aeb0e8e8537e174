"""workspace-link-absent: System or V1 workers without the link that they need."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    findings,
    gap,
    group,
    group_id,
    link,
    pack,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, WorkerType

CHECK = "workspace-link-absent"
UNLINKED = (account(), link(None))
LINKED = (account(), link(workspace_id()), workspace())
SYSTEM = (group(group_type=GroupType.SYSTEM), worker())
V1 = (group(), worker(worker_type=WorkerType.V1))


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("workers", "severity"), [(SYSTEM, Severity.MEDIUM), (V1, Severity.INFO)])
@pytest.mark.parametrize("parts", [UNLINKED, (*LINKED, pack("AzureAutomation", False))])
def test_old_workers_without_a_working_link_fire(parts, workers, severity):
    [finding] = findings(CHECK, *parts, *workers)
    assert finding.severity is severity
    assert finding.subject == account_id()


def test_the_message_and_the_remedy_name_the_disabled_pack():
    [finding] = findings(CHECK, *LINKED, pack("azureautomation", False), *SYSTEM)
    assert "the AzureAutomation pack of its linked workspace ws is disabled" in finding.message
    assert any("pack enable" in (step.command or "") for step in finding.remediation)


@pytest.mark.quiet
def test_a_working_link_is_quiet_whatever_could_not_be_read():
    parts = (*LINKED, pack("AzureAutomation"), *SYSTEM, gap(Reading.WORKERS, group_id()))
    assert findings(CHECK, *parts) == []
    assert unknowns(CHECK, *parts) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("parts", [UNLINKED, LINKED, (*LINKED, pack("AzureAutomation", False))])
def test_v2_workers_need_no_link(parts):
    assert findings(CHECK, *parts, group(), worker()) == []
    assert unknowns(CHECK, *parts, group(), worker()) == []


@pytest.mark.quiet
def test_a_workspace_that_is_gone_is_not_its_concern():
    parts = (account(), link(workspace_id()), answered(Reading.WORKSPACE, workspace_id(), missing=True), *SYSTEM)
    assert findings(CHECK, *parts) == []
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize("packs", [(), (pack("AzureAutomation", None),)])
def test_a_pack_that_the_answer_does_not_tell_is_unknown(packs):
    assert findings(CHECK, *LINKED, *packs, *V1) == []
    [unknown] = unknowns(CHECK, *LINKED, *packs, *V1)
    assert (unknown.subject, unknown.because) == (account_id(), "intelligencePacks/AzureAutomation")


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.WORKSPACE, Reading.INTELLIGENCE_PACKS])
def test_a_pack_that_may_not_be_read_is_unknown_where_old_workers_are(reading):
    denied = gap(reading, workspace_id())
    seen = (workspace(),) if reading is Reading.INTELLIGENCE_PACKS else ()
    parts = (account(), link(workspace_id()), *seen, denied)
    [unknown] = unknowns(CHECK, *parts, *V1)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
    assert unknowns(CHECK, *parts, group(), worker()) == []


@pytest.mark.blind
def test_a_denied_link_is_unknown():
    denied = gap(Reading.LINKED_WORKSPACE, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
@pytest.mark.parametrize("denied", [gap(Reading.GROUPS, account_id()), gap(Reading.WORKERS, group_id())])
def test_workers_that_may_not_be_read_are_unknown(denied):
    parts = (*UNLINKED, group(), denied)
    assert findings(CHECK, *parts) == []
    assert [unknown.because for unknown in unknowns(CHECK, *parts)] == [denied.gap.id]


@pytest.mark.blind
def test_seen_v1_workers_keep_the_lower_severity_and_the_message_says_what_was_not_read():
    denied = gap(Reading.WORKERS, group_id("machine.domain_1"))
    unread = group(group_id("machine.domain_1"), group_type=GroupType.SYSTEM)
    [finding] = findings(CHECK, *UNLINKED, *V1, unread, denied)
    assert finding.severity is Severity.INFO
    assert "could not be read in full" in finding.message


@pytest.mark.blind
@pytest.mark.parametrize(
    ("parts", "field"),
    [((group(), worker(worker_type=None)), "workerType"), ((group(group_type=None), worker()), "groupType")],
)
def test_workers_whose_kind_is_not_told_are_unknown(parts, field):
    assert findings(CHECK, *UNLINKED, *parts) == []
    [unknown] = unknowns(CHECK, *UNLINKED, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), field)


@pytest.mark.blind
@pytest.mark.parametrize(
    "vanished",
    [
        answered(Reading.GROUPS, account_id(), items=0, missing=True),
        answered(Reading.WORKERS, group_id(), items=0, missing=True),
    ],
    ids=["groups", "workers"],
)
def test_lists_of_what_vanished_prove_no_absence(vanished):
    assert unknowns(CHECK, account(), link(None), group(), vanished)
    v1 = worker(worker_type=WorkerType.V1)
    [finding] = findings(CHECK, account(), link(None), group(), v1, vanished)
    assert "could not be read in full" in finding.message
