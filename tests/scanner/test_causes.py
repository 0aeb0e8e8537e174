"""Root causes: what another finding explains carries that finding's fingerprint."""

import pytest
from builders import (
    OTHER_SUB,
    account,
    account_id,
    answered,
    certificate,
    connection,
    days,
    estate,
    group,
    group_id,
    link,
    linked_service,
    machine_id,
    minutes,
    worker,
    workspace_id,
)

from scanner.causes import ABOVE_ALL, EXPLAINED_BY, with_root_causes
from scanner.checks import all_checks
from scanner.findings import Finding, Severity, fingerprint
from scanner.graph import EstateGraph
from scanner.inventory import Reading
from scanner.pipeline import scan_of


def by_check(*parts):
    return {finding.check: finding for finding in scan_of(estate(*parts)).findings}


def test_a_group_without_an_active_worker_is_explained_by_its_worker():
    found = by_check(account(), group(), worker(age=days(40)))
    assert found["group-without-active-worker"].root_cause == found["worker-stale"].fingerprint
    assert found["worker-stale"].root_cause is None


def test_a_worker_of_another_group_explains_nothing():
    parts = (account(), group(), group(group_id("b")), worker(age=days(40)), worker("b", group_id("b"), age=minutes(1)))
    found = by_check(*parts)
    assert found["group-without-active-worker"].subject == group_id()
    assert found["group-without-active-worker"].root_cause == found["worker-stale"].fingerprint


def test_a_retired_run_as_explains_what_else_is_wrong_with_it():
    found = by_check(account(), connection(), certificate(expires_at=None, thumbprint="CD" * 20, exportable=False))
    causes = {
        finding.root_cause
        for check, finding in found.items()
        if check in {"run-as-certificate-missing", "run-as-thumbprint-mismatch"}
    }
    assert causes == {found["run-as-retired"].fingerprint}


def test_a_missing_workspace_explains_what_else_is_wrong_with_the_link():
    far = workspace_id("law", OTHER_SUB)
    gone = answered(Reading.WORKSPACE, far, items=0, missing=True)
    found = by_check(account(), link(far), gone)
    assert found["workspace-missing"].root_cause is None
    assert found["workspace-cross-subscription"].root_cause == found["workspace-missing"].fingerprint


def test_a_finding_without_its_cause_stands_alone():
    found = by_check(account(), link(workspace_id()), linked_service(workspace_id("ws2")))
    assert all(finding.root_cause is None for finding in found.values())


def test_nothing_explains_itself_and_no_cause_has_a_cause_in_a_circle():
    for effect in EXPLAINED_BY:
        seen, waiting = set(), [effect]
        while waiting:
            for cause in EXPLAINED_BY.get(waiting.pop(), ()):
                assert cause != effect
                if cause not in seen:
                    seen.add(cause)
                    waiting.append(cause)


CHECKS = {found.id for found in all_checks()}


def test_every_check_named_here_exists():
    named = {*EXPLAINED_BY, ABOVE_ALL, *(cause for causes in EXPLAINED_BY.values() for cause in causes)}
    assert named <= CHECKS


# -- every pair, by findings made for it ------------------------------------------------------------------------

ACCOUNT = account_id()
NAMES = {"group_name": "workers", "machine_name": "vm1.contoso.com", "worker_name": "VM1"}
PAIRS = [(effect, cause) for effect, causes in EXPLAINED_BY.items() for cause in causes]
GRAPH = EstateGraph(estate(account(), group(), worker()))


def made(check, subject, account=ACCOUNT, **evidence):
    return Finding(
        check=check,
        severity=Severity.HIGH,
        subject=subject,
        account=account,
        message=check,
        evidence=NAMES | evidence,
        remediation=(),
        scenarios=(),
        fingerprint=fingerprint(check, subject, evidence.values()),
    )


def causes_of(*findings):
    return {finding.check: finding.root_cause for finding in with_root_causes(GRAPH, findings)}


@pytest.mark.parametrize(("effect", "cause"), PAIRS)
def test_each_cause_explains_its_effect_on_one_subject(effect, cause):
    reason = made(cause, worker().id)
    assert causes_of(made(effect, worker().id), reason) == {effect: reason.fingerprint, cause: None}


@pytest.mark.parametrize(("effect", "cause"), PAIRS)
def test_no_cause_explains_what_lies_in_another_account(effect, cause):
    other = account_id("bb")
    elsewhere = made(cause, worker(group=group_id(account=other)).id, account=other)
    assert causes_of(made(effect, worker().id), elsewhere)[effect] is None


@pytest.mark.parametrize(("effect", "cause"), PAIRS)
def test_no_effect_explains_its_cause(effect, cause):
    assert causes_of(made(effect, worker().id), made(cause, worker().id))[cause] is None


@pytest.mark.parametrize("effect", ["worker-stale", "worker-heartbeat-missing"])
def test_the_first_of_several_causes_counts(effect):
    causes = [made(check, worker().id) for check in ("worker-machine-stopped", "worker-machine-missing")]
    assert causes_of(made(effect, worker().id), *causes)[effect] == causes[1].fingerprint


def test_what_is_wrong_with_another_worker_explains_no_worker():
    other = made("worker-machine-stopped", worker("vm2").id)
    assert causes_of(made("worker-stale", worker().id), other)["worker-stale"] is None


@pytest.mark.parametrize("cause", EXPLAINED_BY["group-without-active-worker"])
def test_a_worker_explains_its_group(cause):
    reason = made(cause, worker().id)
    assert causes_of(made("group-without-active-worker", group_id()), reason)["group-without-active-worker"] == (
        reason.fingerprint
    )


@pytest.mark.parametrize(
    "cause", ["workspace-missing", "workspace-not-ingesting"], ids=["of the link", "of the heartbeats"]
)
def test_what_is_wrong_with_the_account_explains_what_is_below_it(cause):
    effect = "workspace-link-one-sided" if cause == "workspace-missing" else "worker-heartbeat-missing"
    subject = account_id() if cause == "workspace-missing" else worker().id
    reason = made(cause, account_id())
    assert causes_of(made(effect, subject), reason)[effect] == reason.fingerprint


def test_a_missing_group_explains_only_the_failed_jobs_that_ran_there():
    gone = made("target-group-missing", account_id(), group_name="Gone")
    book = account_id().child("runbooks", "Backup")
    there, elsewhere = (made("job-failure-signature", book, group_name=name) for name in ("gone", "other"))
    assert causes_of(there, gone)["job-failure-signature"] == gone.fingerprint
    assert causes_of(elsewhere, gone)["job-failure-signature"] is None


def test_a_purged_worker_explains_its_empty_group_and_its_machine_only():
    purged = made("worker-purged", group_id())
    assert causes_of(made("group-empty", group_id()), purged)["group-empty"] == purged.fingerprint
    other = made("group-empty", group_id("other"), group_name="other")
    assert causes_of(other, purged)["group-empty"] is None
    orphan = made("worker-extension-orphaned", machine_id())
    assert causes_of(orphan, purged)["worker-extension-orphaned"] == purged.fingerprint
    namesake = made("worker-extension-orphaned", machine_id(), machine_name="vm2")
    assert causes_of(namesake, purged)["worker-extension-orphaned"] is None
    nameless = made("worker-purged", group_id(), worker_name="", group_name="")
    assert causes_of(made("group-empty", group_id(), group_name=""), nameless)["group-empty"] is None


def test_a_retired_run_as_connection_explains_the_runbooks_of_its_account():
    retired = made("run-as-retired", connection().id)
    effect = made("runbook-uses-run-as", account_id().child("runbooks", "Backup"))
    assert causes_of(effect, retired)["runbook-uses-run-as"] == retired.fingerprint
    mismatch = made("run-as-thumbprint-mismatch", connection("other").id)
    assert causes_of(mismatch, retired)["run-as-thumbprint-mismatch"] is None


@pytest.mark.parametrize("check", sorted(CHECKS - {ABOVE_ALL}))
def test_a_suspended_account_explains_everything_below_it(check):
    suspended = made(ABOVE_ALL, account_id())
    others = [made(cause, worker().id) for cause in EXPLAINED_BY.get(check, ())]
    assert causes_of(made(check, worker().id), *others, suspended)[check] == suspended.fingerprint


def test_a_suspended_account_explains_neither_itself_nor_what_is_wrong_with_the_account_as_such():
    suspended = made(ABOVE_ALL, account_id())
    assert causes_of(suspended, made("account-identity-missing", account_id())) == {
        ABOVE_ALL: None,
        "account-identity-missing": None,
    }
    other = account_id("bb")
    elsewhere = made("worker-stale", worker(group=group_id(account=other)).id, account=other)
    nobodys = made("workspace-missing", workspace_id(), account=None)
    assert set(causes_of(elsewhere, nobodys, suspended).values()) == {None}


def test_a_suspended_account_is_one_voice_in_a_whole_scan():
    found = by_check(account(state="Suspended"), group(), worker(age=days(40)), connection())
    assert found[ABOVE_ALL].root_cause is None
    for check in ("worker-stale", "group-without-active-worker", "run-as-retired", "run-as-certificate-missing"):
        assert found[check].root_cause == found[ABOVE_ALL].fingerprint
