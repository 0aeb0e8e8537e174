"""group-empty: a User group without workers."""

from builders import account, account_id, answered, days, findings, gap, group, group_id, unknowns, worker

from scanner.findings import Severity
from scanner.inventory import GapReason, GroupType, Reading

CHECK = "group-empty"
ESTATE = (account(), group())


def test_an_answered_empty_list_fires():
    [finding] = findings(CHECK, *ESTATE)
    assert finding.severity is Severity.LOW
    assert (finding.subject, finding.account) == (group_id(), account_id())
    assert finding.evidence["targeted"] is None
    assert "targets it was not read" in finding.message
    assert any("hrwg delete" in (step.command or "") for step in finding.remediation)


def test_names_of_groups_are_quoted_in_commands():
    [finding] = findings(CHECK, account(), group(group_id("a; rm -rf $HOME")))
    assert "'a; rm -rf $HOME'" in finding.remediation[-1].command


def test_a_group_with_any_worker_is_quiet():
    assert findings(CHECK, *ESTATE, worker(age=days(90))) == []
    assert unknowns(CHECK, *ESTATE, worker(age=days(90))) == []


def test_system_groups_are_not_its_concern():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM)) == []
    assert unknowns(CHECK, account(), group(group_type=GroupType.SYSTEM), gap(Reading.WORKERS, group_id())) == []


def test_a_list_that_may_not_be_read_is_unknown():
    denied = gap(Reading.WORKERS, group_id())
    assert findings(CHECK, *ESTATE, denied) == []
    [unknown] = unknowns(CHECK, *ESTATE, denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)


def test_a_partial_list_with_a_worker_settles_the_group():
    lost = gap(Reading.WORKERS, group_id(), GapReason.TRUNCATED)
    assert findings(CHECK, *ESTATE, worker(), lost) == []
    assert unknowns(CHECK, *ESTATE, worker(), lost) == []


def test_a_list_whose_only_item_is_malformed_is_not_empty():
    broken = gap(Reading.WORKERS, worker().id, GapReason.MALFORMED)
    assert findings(CHECK, *ESTATE, broken) == []
    assert (group_id(), broken.gap.id) in [(u.subject, u.because) for u in unknowns(CHECK, *ESTATE, broken)]


def test_a_group_of_unknown_type_is_unknown():
    assert findings(CHECK, account(), group(group_type=None)) == []
    [unknown] = unknowns(CHECK, account(), group(group_type=None))
    assert (unknown.subject, unknown.because) == (group_id(), "groupType")


def test_a_group_that_vanished_before_its_list_was_read_is_unknown():
    vanished = answered(Reading.WORKERS, group_id(), items=0, missing=True)
    assert findings(CHECK, *ESTATE, vanished) == []
    [unknown] = unknowns(CHECK, *ESTATE, vanished)
    assert (unknown.subject, unknown.because) == (group_id(), "hybridRunbookWorkers")
