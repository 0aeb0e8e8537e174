"""workspace-not-ingesting: a linked workspace that takes no data in."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    findings,
    gap,
    group,
    ingestion_stop,
    link,
    pack,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import Reading, WorkerType

CHECK = "workspace-not-ingesting"
IN_USE = (pack("Updates"), pack("ChangeTracking", False))
UNUSED = (pack("Updates", False), pack("ChangeTracking", False))


def linked(status, *parts):
    return (account(), link(workspace_id()), workspace(ingestion_status=status), *parts)


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("status", "severity"),
    [
        ("OverQuota", Severity.MEDIUM),
        ("ForceOff", Severity.HIGH),
        ("SubscriptionSuspended", Severity.HIGH),
        ("overquota", Severity.MEDIUM),
    ],
)
def test_a_workspace_that_takes_nothing_in_fires(status, severity):
    [finding] = findings(CHECK, *linked(status, *IN_USE))
    assert finding.severity is severity
    assert finding.subject == account_id()
    assert findings(CHECK, *linked(status, *UNUSED))[0].severity is Severity.LOW


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("status", ["RespectQuota", "ForceOn", "ApproachingQuota"])
def test_a_workspace_that_takes_data_in_is_quiet(status):
    assert findings(CHECK, *linked(status, *IN_USE)) == unknowns(CHECK, *linked(status, *IN_USE)) == []


@pytest.mark.firing
def test_v1_workers_raise_the_severity():
    parts = (*UNUSED, group(), worker(worker_type=WorkerType.V1))
    assert findings(CHECK, *linked("ForceOff", *parts))[0].severity is Severity.HIGH


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.GROUPS, Reading.INTELLIGENCE_PACKS])
def test_features_that_could_not_be_read_leave_the_lower_severity_and_are_said(reading):
    scope = account_id() if reading is Reading.GROUPS else workspace_id()
    packs = UNUSED if reading is Reading.GROUPS else ()
    hidden = (gap(reading, scope), gap(Reading.SOLUTIONS, workspace_id().subscription))
    [finding] = findings(CHECK, *linked("ForceOff", *packs, *hidden))
    assert finding.severity is Severity.LOW
    assert "feature use could not be read in full" in finding.message
    assert unknowns(CHECK, *linked("ForceOff", *packs, *hidden)) == []


@pytest.mark.firing
def test_every_linked_account_has_a_finding():
    second = account(account_id("bb"))
    found = findings(CHECK, *linked("OverQuota"), second, link(workspace_id(), second.id))
    assert {finding.subject for finding in found} == {account_id(), second.id}


def test_it_tells_since_when_as_far_as_the_workspace_does():
    [finding] = findings(CHECK, *linked("OverQuota", ingestion_stop()))
    assert "since 2026-11-22 10:00 UTC" in finding.message
    for silent in (ingestion_stop(stopped=False), gap(Reading.OPERATIONS, workspace_id())):
        [finding] = findings(CHECK, *linked("OverQuota", silent))
        assert finding.evidence["stopped_at"] is None


@pytest.mark.blind
@pytest.mark.parametrize("status", [None, "Something new"])
def test_a_status_that_is_not_told_is_unknown(status):
    assert findings(CHECK, *linked(status)) == []
    [unknown] = unknowns(CHECK, *linked(status))
    assert (unknown.subject, unknown.because) == (account_id(), "dataIngestionStatus")


@pytest.mark.quiet
def test_no_link_and_a_workspace_that_is_gone_are_quiet():
    gone = (link(workspace_id()), answered(Reading.WORKSPACE, workspace_id(), missing=True))
    for parts in ((link(None),), gone):
        assert findings(CHECK, account(), *parts) == unknowns(CHECK, account(), *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.WORKSPACE, Reading.LINKED_WORKSPACE])
def test_what_may_not_be_read_is_unknown(reading):
    denied = gap(reading, workspace_id() if reading is Reading.WORKSPACE else account_id())
    parts = (account(), *((link(workspace_id()),) if reading is Reading.WORKSPACE else ()), denied)
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


def test_its_commands_name_the_workspace():
    [finding] = findings(CHECK, *linked("OverQuota"))
    assert "--workspace-name ws --quota=-1" in finding.remediation[-1].command
