"""Accepted risks: what an entry covers, until when, and when the entry itself is a finding."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from builders import (
    NOW,
    OTHER_SUB,
    SUB,
    account,
    account_id,
    days,
    estate,
    gap,
    group,
    group_id,
    machine_id,
    subscription_id,
    worker,
)
from tenants import scan_with_variables

from scanner import pipeline
from scanner.checks import all_checks
from scanner.findings import FoundOn, RiskState, Severity
from scanner.inventory import ArmId, GapReason, Reading, Scope, SeenState, Shard
from scanner.pipeline import judged_at, scan_of

STALE = (account(), group(), worker(age=days(40)))
HEALTHY = (account(), group(), worker())
ON_STALE = {"check": '"worker-stale"'}


@pytest.fixture
def judge(read, entry):
    """Judge the estate of these parts with one [[accept]] entry."""

    def scan(*parts, scope=None, as_of=None, elsewhere=(), more="", **changes):
        made = estate(*parts, as_of=as_of)
        facts = msgspec.structs.replace(made.facts, scope=scope or Scope(), elsewhere=elsewhere)
        return scan_of(msgspec.structs.replace(made, facts=facts), settings=read(entry(**changes) + more))

    return scan


def named(scan, check):
    return [finding for finding in scan.findings if finding.check == check]


def state(scan):
    [standing] = scan.settings.accepted
    return standing.state


# -- what an entry covers ---------------------------------------------------------------------------------------


def test_a_covered_finding_stays_with_its_acceptance(judge):
    scan = judge(*STALE, **ON_STALE, accepted="2026-10-01")
    [stale] = named(scan, "worker-stale")
    assert (stale.acceptance.owner, stale.acceptance.reason, stale.acceptance.ticket) == ("ops", "old", "T-1")
    assert stale.acceptance.origin == "hwaudit.toml, [[accept]] entry 1"
    assert scan.accepted == 1
    assert [f.check for f in scan.findings if f.acceptance is None] == [
        f.check for f in scan.findings if f is not stale
    ]
    assert (state(scan), scan.settings.accepted[0].matched) == (RiskState.IN_FORCE, 1)


def test_it_changes_nothing_else(judge):
    accepted, plain = judge(*STALE, **ON_STALE), scan_of(estate(*STALE))
    assert accepted.scenarios == plain.scenarios
    assert [msgspec.structs.replace(f, acceptance=None) for f in accepted.findings] == list(plain.findings)


@pytest.mark.parametrize("subject", ["VM-old*", "*/hybridrunbookworkers/*", "*OLD*", "vm-old-0?"])
def test_a_glob_fits_the_id_or_the_name_in_any_case(judge, subject):
    old = worker(worker_name="vm-OLD-01", age=days(40))
    scan = judge(account(), group(), old, check='"worker-stale"', subject=f'"{subject}"')
    assert state(scan) is RiskState.IN_FORCE


def test_a_glob_that_fits_another_name_covers_nothing(judge):
    scan = judge(*STALE, **ON_STALE, subject='"other*"')
    assert scan.accepted == 0


@pytest.mark.parametrize(
    "place",
    [
        ArmId(f"/subscriptions/{SUB.upper()}"),
        ArmId(f"/subscriptions/{SUB}/resourceGroups/RG"),
        account_id(),
        group_id(),
        worker().id,
        machine_id(),
    ],
)
def test_a_place_covers_what_lies_below_it(judge, place):
    assert judge(*STALE, check='"worker-stale"', within=f'"{place}"').accepted == 1


@pytest.mark.parametrize(
    "place", [account_id("other"), group_id("other"), machine_id("other"), ArmId(account_id().text + "a")]
)
def test_a_place_does_not_cover_what_lies_beside_it(judge, place):
    assert judge(*STALE, check='"worker-stale"', within=f'"{place}"').accepted == 0


def test_a_machine_lies_below_the_workers_that_run_on_it_and_the_account_that_is_concerned():
    scan = scan_with_variables("contoso")
    on_machines = {f.check for f in scan.findings if f.account and not f.subject.within(f.account)}
    assert on_machines == {check.id for check in all_checks() if check.info.found_on is FoundOn.MACHINE}


def test_all_findings_that_concern_an_account_are_within_it(read, entry):
    whole = scan_with_variables("contoso")
    orphan = next(f for f in whole.findings if f.check == "worker-extension-orphaned" and f.account)
    scan = scan_of(whole.estate, settings=read(entry(check='"*"', within=f'"{orphan.account}"')))
    assert {f.fingerprint for f in scan.findings if f.acceptance} == {
        f.fingerprint for f in whole.findings if f.account == orphan.account
    }


def test_the_first_entry_in_force_is_the_one_that_is_shown(judge, entry):
    expired = judge(*STALE, **ON_STALE, expires="2026-01-01", more=entry(check='"*"', within=f'"{account_id()}"'))
    [stale] = named(expired, "worker-stale")
    assert stale.acceptance.origin.endswith("entry 2")
    [about] = named(expired, "accepted-risk-expired")
    assert about.evidence["covers_in_all"] == 0


# -- until when -------------------------------------------------------------------------------------------------


@pytest.mark.boundary
@pytest.mark.parametrize(("expires", "accepted"), [(NOW.date(), 1), (NOW.date() - timedelta(days=1), 0)])
def test_an_entry_holds_to_the_end_of_its_last_day(judge, expires, accepted):
    scan = judge(*STALE, **ON_STALE, expires=expires.isoformat())
    assert scan.accepted == accepted
    assert len(named(scan, "accepted-risk-expired")) == 1 - accepted


def test_the_moment_is_the_as_of_else_the_end_of_the_scan(judge, read, entry):
    settings = read(entry(**ON_STALE, expires=NOW.date().isoformat()))
    later = judged_at(estate(*STALE), NOW + timedelta(days=1))
    assert scan_of(later, settings=settings).accepted == 0
    assert scan_of(estate(*STALE), settings=settings).accepted == 1


@pytest.mark.firing
def test_an_expired_entry_is_a_finding_that_names_what_comes_back(judge):
    scan = judge(*STALE, **ON_STALE, expires="2026-01-01")
    [about], [stale] = named(scan, "accepted-risk-expired"), named(scan, "worker-stale")
    assert about.severity is Severity.MEDIUM
    assert list(about.evidence["covers"]) == [stale.fingerprint]
    assert "1 finding that it covered counts again" in about.message
    assert "expired on 2026-01-01" in about.message
    assert about.remediation
    assert (about.account, about.subject) == (None, ArmId("/subscriptions"))
    assert about.acceptance is None
    assert state(scan) is RiskState.EXPIRED


def test_an_expired_entry_of_a_place_is_a_finding_on_the_place(judge):
    [about] = named(judge(*STALE, within=f'"{group_id()}"', expires="2026-01-01"), "accepted-risk-expired")
    assert about.subject == group_id()


@pytest.mark.firing
def test_an_entry_that_matches_nothing_is_a_finding(judge):
    scan = judge(*HEALTHY, **ON_STALE)
    [about] = named(scan, "accepted-risk-unmatched")
    assert about.severity is Severity.LOW
    assert about.message == "The risk that ops accepted with T-1 for worker-stale covers no finding any more"
    assert state(scan) is RiskState.UNMATCHED


def test_the_fingerprint_of_such_a_finding_does_not_depend_on_the_order_of_entries_or_on_the_owner(judge, entry):
    [first] = named(judge(*HEALTHY, **ON_STALE), "accepted-risk-unmatched")
    both = judge(*HEALTHY, check='"job-stuck"', more=entry(**ON_STALE, owner='"next"'))
    prints = [finding.fingerprint for finding in named(both, "accepted-risk-unmatched")]
    assert len(set(prints)) == 2
    assert first.fingerprint in prints


@pytest.mark.quiet
def test_the_checks_of_entries_are_there_only_where_there_are_entries(judge):
    ids = {info.id for info in judge(*STALE, **ON_STALE).checks}
    assert {"accepted-risk-expired", "accepted-risk-unmatched"} <= ids
    assert not {info.id for info in scan_of(estate(*STALE)).checks} & {
        "accepted-risk-expired",
        "accepted-risk-unmatched",
    }


def test_a_far_date_is_told(judge):
    scan = judge(*STALE, **ON_STALE, expires="2029-12-31")
    assert any("more than two years" in note for note in scan.notes)


# -- what was not seen proves nothing ---------------------------------------------------------------------------


def blind(scan, *said):
    """Assert that the entry is no finding, and that the notes say that it could not be told, and why."""
    assert named(scan, "accepted-risk-unmatched") == []
    assert state(scan) is RiskState.NOT_TOLD
    [note] = [note for note in scan.notes if "could not be told" in note]
    for part in said:
        assert part in note
    return True


OTHER = (account(account_id("b")), group(group_id("workers", account_id("b"))))


@pytest.mark.blind
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"within": f'"{account_id()}"'},
        {"within": f'"{worker().id}"'},
        {"within": f'"/subscriptions/{SUB}"'},
        {"within": f'"{machine_id("gone")}"'},
        {"subject": '"gone*"'},
        {"subject": f'"{group_id()}/*"'},
        {"check": '"*"', "within": f'"{group_id()}"'},
    ],
)
def test_a_gap_that_may_hide_it_keeps_it_from_being_a_finding(judge, changes):
    scan = judge(account(), group(), gap(Reading.WORKERS, group_id()), **ON_STALE | changes)
    assert blind(scan)


@pytest.mark.quiet
@pytest.mark.parametrize(
    "changes", [{"within": f'"{account_id("b")}"'}, {"subject": f'"{account_id("b")}/*"'}, {"check": '"job-stuck"'}]
)
def test_a_gap_elsewhere_does_not(judge, changes):
    scan = judge(account(), group(), gap(Reading.WORKERS, group_id()), *OTHER, **ON_STALE | changes)
    assert state(scan) is RiskState.UNMATCHED


@pytest.mark.blind
def test_a_verdict_that_is_unknown_on_the_subject_itself(judge):
    untold = worker(worker_name="gone-1", seen=SeenState.UNREADABLE, last_seen=None)
    assert blind(judge(account(), group(), untold, **ON_STALE, subject='"gone-*"'), "worker-stale has no verdict on")
    scan = judge(account(), group(), untold, **ON_STALE, subject='"else-*"')
    assert state(scan) is RiskState.UNMATCHED


@pytest.mark.blind
def test_an_unknown_job_may_be_a_finding_on_any_runbook_of_its_account(judge):
    scan = judge(*HEALTHY, gap(Reading.JOBS, account_id()), check='"job-stuck"', subject='"Backup"')
    assert blind(scan, "job-stuck has no verdict on")


@pytest.mark.blind
@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ({}, {"within": f'"/subscriptions/{OTHER_SUB}"'}),
        ({}, {"subject": f'"/subscriptions/{OTHER_SUB}/*"'}),
        ({"elsewhere": (OTHER_SUB,), "scope": Scope(shard=Shard(1, 2))}, {}),
        ({"elsewhere": (OTHER_SUB,)}, {"subject": '"vm-*"'}),
        ({"scope": Scope(subscriptions=(SUB,))}, {}),
        ({"scope": Scope(account=account_id().text)}, {"within": f'"{account_id("b")}"'}),
        ({"scope": Scope(resource_group="rg")}, {"within": f'"/subscriptions/{SUB}"'}),
    ],
)
def test_a_place_that_was_not_scanned_proves_nothing(judge, options, changes):
    assert blind(judge(*HEALTHY, **options, **ON_STALE | changes))


@pytest.mark.quiet
@pytest.mark.parametrize(
    "scope", [Scope(subscriptions=(SUB,)), Scope(account=account_id().text), Scope(resource_group="RG")]
)
def test_a_place_in_a_narrow_scope_is_judged(judge, scope):
    assert state(judge(*HEALTHY, scope=scope, **ON_STALE, within=f'"{account_id()}"')) is RiskState.UNMATCHED


@pytest.mark.blind
def test_a_check_that_did_not_run_proves_nothing(judge):
    assert blind(judge(*HEALTHY, check='"variable-unencrypted"'), "variable-unencrypted did not judge")
    assert blind(judge(*HEALTHY, **ON_STALE, more='[severity]\nworker-stale = "off"\n'), "worker-stale did not judge")


@pytest.mark.blind
def test_a_check_that_crashed_proves_nothing(judge, monkeypatch):
    def crash(_graph):
        raise ValueError("broken")

    broken = tuple(
        replace(check, judge=crash) if check.id == "worker-stale" else check for check in pipeline.all_checks()
    )
    monkeypatch.setattr(pipeline, "all_checks", lambda: broken)
    assert blind(judge(*HEALTHY, **ON_STALE), "worker-stale did not judge")


def test_an_unseen_tenant_never_proves_an_entry_unneeded(read, entry):
    estate_ = scan_with_variables("blind").estate
    text = "".join(entry(check=f'"{check.id}"') for check in scan_with_variables("blind").checks)
    scan = scan_of(estate_, settings=read(text))
    assert {s.state for s in scan.settings.accepted} <= {RiskState.NOT_TOLD, RiskState.IN_FORCE}


# -- proof that may lie anywhere ----------------------------------------------------------------------------------

TWICE = {"check": '"worker-registered-twice"'}
FULL = (*HEALTHY, *OTHER)


@pytest.mark.quiet
@pytest.mark.parametrize("where", [{}, {"within": f'"{account_id()}"'}, {"subject": f'"{account_id()}/*"'}])
def test_what_may_be_proven_anywhere_is_judged_where_everything_was_seen(judge, where):
    assert state(judge(*FULL, **TWICE | where)) is RiskState.UNMATCHED


@pytest.mark.blind
@pytest.mark.parametrize(
    "options",
    [
        {"scope": Scope(subscriptions=(SUB,))},
        {"scope": Scope(excluded_subscriptions=(OTHER_SUB,))},
        {"scope": Scope(account=account_id().text)},
        {"scope": Scope(resource_group="rg")},
        {"scope": Scope(shard=Shard(1, 2)), "elsewhere": (OTHER_SUB,)},
        {"elsewhere": (OTHER_SUB,)},
    ],
)
@pytest.mark.parametrize("check", ['"worker-registered-twice"', '"worker-reports-elsewhere"', '"*"'])
def test_a_part_of_the_tenant_does_not_prove_what_may_lie_anywhere(judge, options, check):
    scan = judge(*FULL, **options, check=check, within=f'"{worker().id}"')
    assert not named(scan, "accepted-risk-unmatched")
    assert state(scan) is not RiskState.UNMATCHED


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden",
    [
        gap(Reading.WORKERS, group_id("workers", account_id("b"))),
        gap(Reading.GROUPS, account_id("b")),
        gap(Reading.ACCOUNTS, subscription_id(OTHER_SUB)),
        gap(Reading.SUBSCRIPTIONS, "/subscriptions", GapReason.TRUNCATED),
    ],
)
def test_a_gap_anywhere_may_hide_what_may_lie_anywhere(judge, hidden):
    there = OTHER if hidden.reading is Reading.WORKERS else OTHER[:1]
    scan = judge(*HEALTHY, *there, hidden, **TWICE, within=f'"{account_id()}"')
    assert blind(scan, "worker-registered-twice rests on the whole tenant", hidden.scope)


@pytest.mark.quiet
def test_a_gap_in_what_only_refines_it_hides_nothing(judge):
    hidden = gap(Reading.LINKED_WORKSPACE, account_id("b"))
    assert state(judge(*FULL, hidden, **TWICE, within=f'"{account_id()}"')) is RiskState.UNMATCHED


@pytest.mark.blind
def test_an_unknown_anywhere_may_hide_what_may_lie_anywhere(judge):
    there = worker(group=group_id("workers", account_id("b")), machine=None, ip=None)
    here = worker(machine=None, ip="10.0.0.4")
    scan = judge(account(), group(), here, *OTHER, there, **TWICE, within=f'"{account_id()}"')
    assert blind(scan, "has no verdict on a part of it")


# -- what would cover everything ------------------------------------------------------------------------------------

ESTATE = (
    account(),
    group(),
    *(worker(f"vm-contoso-{number}", worker_name=f"vm-contoso-{number}", age=days(40)) for number in range(5)),
)


@pytest.fixture
def everywhere(read, entry):
    """Judge contoso by one entry."""
    whole = scan_with_variables("contoso")

    def scan(**changes):
        return scan_of(whole.estate, settings=read(entry(**changes)))

    return scan


@pytest.mark.firing
@pytest.mark.parametrize("subject", ["*c0a70500*", "/subscriptions/c0a70500-*"])
def test_a_glob_that_fits_every_finding_of_the_estate_is_not_in_force(everywhere, subject):
    scan = everywhere(subject=f'"{subject}"')
    [about] = named(scan, "accepted-risk-too-broad")
    assert state(scan) is RiskState.TOO_BROAD
    assert scan.accepted == 0
    assert scan.settings.accepted[0].matched == len(scan.findings) - 1
    assert f"would cover every finding, {len(scan.findings) - 1} in all: it holds for none of them" in about.message
    assert about.remediation


@pytest.mark.firing
def test_most_checks_are_as_good_as_all(everywhere):
    found = {finding.check for finding in scan_with_variables("contoso").findings}
    others = [check.id for check in all_checks() if check.id not in found]
    named_ = [*found, *others][: max(len(found), len(all_checks()) // 2 + 1)]
    scan = everywhere(check=str(named_), subject='"*c0a70500*"')
    assert state(scan) is RiskState.TOO_BROAD


@pytest.mark.quiet
@pytest.mark.parametrize(
    "changes",
    [
        {"subject": '"*c0a70500-1111*"'},
        {"subject": '"*c0a70500*"', "check": '"group-empty"'},
        {"subject": '"*c0a70500*"', "expires": "2026-01-01"},
    ],
)
def test_what_leaves_something_open_is_in_force(everywhere, changes):
    scan = everywhere(**changes)
    assert not named(scan, "accepted-risk-too-broad")


@pytest.mark.quiet
def test_a_named_place_may_hold_everything(judge):
    scan = judge(*ESTATE, within=f'"/subscriptions/{SUB}"')
    assert scan.accepted == len(scan.findings) > 4
    scan = judge(*ESTATE, subject=f'"/subscriptions/{SUB}/*"')
    assert scan.accepted == len(scan.findings)


@pytest.mark.boundary
@pytest.mark.parametrize("workers", [1, 3, 4, 5])
def test_few_findings_may_be_all_there_is(judge, workers):
    parts = ESTATE[: 2 + workers]
    there = scan_of(estate(*parts)).findings
    scan = judge(*parts, subject=f'"*{SUB}*"')
    assert state(scan) is (RiskState.IN_FORCE if len(there) < 5 else RiskState.TOO_BROAD)
    assert scan.accepted in {0, len(there)}
