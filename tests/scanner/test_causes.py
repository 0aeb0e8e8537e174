"""Root causes: what another finding explains carries that finding's fingerprint."""

import msgspec
import pytest
from builders import (
    NOW,
    OTHER_SUB,
    account,
    account_id,
    answered,
    certificate,
    connection,
    content,
    days,
    estate,
    group,
    group_id,
    link,
    linked_service,
    machine_id,
    minutes,
    runbook,
    variable,
    webhook,
    worker,
    workspace_id,
)
from hypothesis import given
from hypothesis import strategies as st
from tenants import scan_with_variables

from scanner.causes import ABOVE_ALL, EXPLAINED_BY, causes_of, with_root_causes
from scanner.checks import all_checks
from scanner.findings import Finding, Hop, Impact, Severity, Start, fingerprint
from scanner.graph import EstateGraph
from scanner.inventory import Reading, RunbookSignature
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


def made(check, subject, account=ACCOUNT, severity=Severity.HIGH, **evidence):
    return Finding(
        check=check,
        severity=severity,
        subject=subject,
        account=account,
        message=check,
        evidence=NAMES | evidence,
        remediation=(),
        scenarios=(),
        fingerprint=fingerprint(check, subject, evidence.values()),
    )


def root_causes(*findings):
    return {finding.check: finding.root_cause for finding in with_root_causes(GRAPH, findings)}


@pytest.mark.parametrize(("effect", "cause"), PAIRS)
def test_each_cause_explains_its_effect_on_one_subject(effect, cause):
    reason = made(cause, worker().id)
    assert root_causes(made(effect, worker().id), reason) == {effect: reason.fingerprint, cause: None}


@pytest.mark.parametrize(("effect", "cause"), PAIRS)
def test_no_cause_explains_what_lies_in_another_account(effect, cause):
    other = account_id("bb")
    elsewhere = made(cause, worker(group=group_id(account=other)).id, account=other)
    assert root_causes(made(effect, worker().id), elsewhere)[effect] is None


@pytest.mark.parametrize(("effect", "cause"), PAIRS)
def test_no_effect_explains_its_cause(effect, cause):
    assert root_causes(made(effect, worker().id), made(cause, worker().id))[cause] is None


@pytest.mark.parametrize("effect", ["worker-stale", "worker-heartbeat-missing"])
def test_the_first_of_several_causes_counts(effect):
    causes = [made(check, worker().id) for check in ("worker-machine-stopped", "worker-machine-missing")]
    assert root_causes(made(effect, worker().id), *causes)[effect] == causes[1].fingerprint


def test_what_is_wrong_with_another_worker_explains_no_worker():
    other = made("worker-machine-stopped", worker("vm2").id)
    assert root_causes(made("worker-stale", worker().id), other)["worker-stale"] is None


@pytest.mark.parametrize("cause", EXPLAINED_BY["group-without-active-worker"])
def test_a_worker_explains_its_group(cause):
    reason = made(cause, worker().id)
    assert root_causes(made("group-without-active-worker", group_id()), reason)["group-without-active-worker"] == (
        reason.fingerprint
    )


@pytest.mark.parametrize(
    "cause", ["workspace-missing", "workspace-not-ingesting"], ids=["of the link", "of the heartbeats"]
)
def test_what_is_wrong_with_the_account_explains_what_is_below_it(cause):
    effect = "workspace-link-one-sided" if cause == "workspace-missing" else "worker-heartbeat-missing"
    subject = account_id() if cause == "workspace-missing" else worker().id
    reason = made(cause, account_id())
    assert root_causes(made(effect, subject), reason)[effect] == reason.fingerprint


def test_a_missing_group_explains_only_the_failed_jobs_that_ran_there():
    gone = made("target-group-missing", account_id(), group_name="Gone")
    book = account_id().child("runbooks", "Backup")
    there, elsewhere = (made("job-failure-signature", book, group_name=name) for name in ("gone", "other"))
    assert root_causes(there, gone)["job-failure-signature"] == gone.fingerprint
    assert root_causes(elsewhere, gone)["job-failure-signature"] is None


def test_a_purged_worker_explains_its_empty_group_and_its_machine_only():
    purged = made("worker-purged", group_id())
    assert root_causes(made("group-empty", group_id()), purged)["group-empty"] == purged.fingerprint
    other = made("group-empty", group_id("other"), group_name="other")
    assert root_causes(other, purged)["group-empty"] is None
    orphan = made("worker-extension-orphaned", machine_id())
    assert root_causes(orphan, purged)["worker-extension-orphaned"] == purged.fingerprint
    namesake = made("worker-extension-orphaned", machine_id(), machine_name="vm2")
    assert root_causes(namesake, purged)["worker-extension-orphaned"] is None
    nameless = made("worker-purged", group_id(), worker_name="", group_name="")
    assert root_causes(made("group-empty", group_id(), group_name=""), nameless)["group-empty"] is None


def test_a_retired_run_as_connection_explains_the_runbooks_of_its_account():
    retired = made("run-as-retired", connection().id)
    effect = made("runbook-uses-run-as", account_id().child("runbooks", "Backup"))
    assert root_causes(effect, retired)["runbook-uses-run-as"] == retired.fingerprint
    mismatch = made("run-as-thumbprint-mismatch", connection("other").id)
    assert root_causes(mismatch, retired)["run-as-thumbprint-mismatch"] is None


@pytest.mark.parametrize("check", sorted(CHECKS - {ABOVE_ALL}))
def test_a_suspended_account_explains_everything_below_it(check):
    suspended = made(ABOVE_ALL, account_id())
    others = [made(cause, worker().id) for cause in EXPLAINED_BY.get(check, ())]
    assert root_causes(made(check, worker().id), *others, suspended)[check] == suspended.fingerprint


def test_a_suspended_account_explains_neither_itself_nor_what_is_wrong_with_the_account_as_such():
    suspended = made(ABOVE_ALL, account_id())
    assert root_causes(suspended, made("account-identity-missing", account_id())) == {
        ABOVE_ALL: None,
        "account-identity-missing": None,
    }
    other = account_id("bb")
    elsewhere = made("worker-stale", worker(group=group_id(account=other)).id, account=other)
    nobodys = made("workspace-missing", workspace_id(), account=None)
    assert set(root_causes(elsewhere, nobodys, suspended).values()) == {None}


def test_a_suspended_account_is_one_voice_in_a_whole_scan():
    found = by_check(account(state="Suspended"), group(), worker(age=days(40)), connection())
    assert found[ABOVE_ALL].root_cause is None
    for check in ("worker-stale", "group-without-active-worker", "run-as-retired", "run-as-certificate-missing"):
        assert found[check].root_cause == found[ABOVE_ALL].fingerprint


# -- the end of a chain -------------------------------------------------------------------------------------------


def test_a_chain_ends_at_its_root():
    worker_id = worker().id
    root = made("worker-identity-missing", worker_id)
    chain = (made("group-without-active-worker", group_id()), made("worker-never-connected", worker_id))
    assert root_causes(*chain, root) == {
        "group-without-active-worker": root.fingerprint,
        "worker-never-connected": root.fingerprint,
        "worker-identity-missing": None,
    }


def test_a_retired_platform_explains_missing_heartbeats_only_since_its_backend_was_shut_down():
    retired = made("worker-platform-retired", worker().id)
    for shut_down in (True, False):
        silent = made("worker-heartbeat-missing", worker().id, backend_shut_down=shut_down)
        assert root_causes(silent, retired)["worker-heartbeat-missing"] == (retired.fingerprint if shut_down else None)


SUBJECTS = [
    account_id(),
    account_id("bb"),
    group_id(),
    worker().id,
    worker("vm2").id,
    connection().id,
    machine_id(),
    account_id().child("runbooks", "Backup"),
]
FOUND = st.lists(
    st.builds(
        made,
        st.sampled_from(sorted({*EXPLAINED_BY, *(cause for _, cause in PAIRS), ABOVE_ALL, "webhook-expired"})),
        st.sampled_from(SUBJECTS),
        st.sampled_from([ACCOUNT, account_id("bb"), None]),
        st.sampled_from(Severity),
        group_name=st.sampled_from(["workers", "other"]),
    ),
    unique_by=lambda finding: finding.fingerprint,
    max_size=25,
)


@given(FOUND)
def test_every_root_is_a_finding_that_nothing_explains_and_every_finding_has_one_cause(found):
    rooted = with_root_causes(GRAPH, found)
    by_print = {finding.fingerprint: finding for finding in rooted}
    for finding in rooted:
        if finding.root_cause is None:
            assert finding.path == ()
            continue
        root = by_print[finding.root_cause]
        assert root.root_cause is None
        if finding.path:
            assert (finding.path[0].id, finding.path[-1]) == (finding.subject, Hop(root.subject))
    causes = causes_of(GRAPH, rooted)
    held = [fingerprint for cause in causes for fingerprint in (cause.finding, *cause.explains)]
    assert sorted(held) == sorted(by_print)
    assert [cause.worst.rank for cause in causes] == sorted(cause.worst.rank for cause in causes)


def test_in_a_whole_tenant_every_root_is_a_cause():
    scan = scan_with_variables("contoso")
    causes = {cause.finding: cause for cause in scan.causes}
    for finding in scan.findings:
        assert (finding.root_cause is None) == (finding.fingerprint in causes)
        assert finding.root_cause is None or finding.fingerprint in causes[finding.root_cause].explains
        assert finding.root_cause is None or finding.path


# -- the way there ------------------------------------------------------------------------------------------------


def path_of(effect, cause, graph=GRAPH):
    return next(f.path for f in with_root_causes(graph, (effect, cause)) if f.fingerprint == effect.fingerprint)


def test_findings_on_one_resource_are_one_hop():
    assert path_of(made("worker-stale", worker().id), made("worker-machine-stopped", worker().id)) == (
        Hop(worker().id),
    )


def test_the_path_reads_edges_both_ways():
    stale = made("worker-stale", worker().id)
    assert path_of(made("group-without-active-worker", group_id()), stale) == (
        Hop(group_id(), "holds"),
        Hop(worker().id),
    )
    assert path_of(stale, made(ABOVE_ALL, ACCOUNT)) == (
        Hop(worker().id, "is in"),
        Hop(group_id(), "is in"),
        Hop(ACCOUNT),
    )


def test_what_the_graph_does_not_know_is_reached_from_the_account_that_it_is_in_or_concerns():
    secret, machine = variable().id, machine_id("lost")
    suspended = made(ABOVE_ALL, ACCOUNT)
    assert path_of(made("variable-unencrypted", secret), suspended) == (Hop(secret, "is in"), Hop(ACCOUNT))
    assert path_of(made("worker-extension-orphaned", machine), made("worker-purged", group_id())) == (
        Hop(machine, "concerns"),
        Hop(ACCOUNT, "holds"),
        Hop(group_id()),
    )


def test_no_path_is_invented_to_what_was_not_seen():
    away = account_id("away")
    orphan, purged = made("worker-extension-orphaned", machine_id(), away), made("worker-purged", away, away)
    rooted = with_root_causes(GRAPH, (orphan, purged))[0]
    assert rooted.root_cause == purged.fingerprint
    assert rooted.path == ()


# -- causes -------------------------------------------------------------------------------------------------------


def hurting(finding, group, hours, root=None):
    start = Start(kind="schedule", name="Nightly", runbook="Backup", next_run=NOW + minutes(60 * hours))
    counts = {"runbooks": (), "runbooks_in_all": 0, "starts_in_all": 1, "recent_jobs": 0, "complete": True}
    impact = Impact(group=group_id(group), starts=(start,) if hours else (), **counts)
    return msgspec.structs.replace(finding, impact=impact, root_cause=root)


def test_a_cause_hurts_each_group_once_the_next_run_first():
    root = made("worker-stale", worker().id)
    effects = [
        hurting(made(check, group_id(name)), name, hours, root.fingerprint)
        for check, name, hours in (("a", "late", 9), ("b", "idle", 0), ("c", "soon", 1), ("d", "late", 9))
    ]
    (cause,) = causes_of(GRAPH, (root, *effects))
    assert [impact.group.name for impact in cause.hurts] == ["soon", "late", "idle"]
    assert cause.explains == tuple(effect.fingerprint for effect in effects)


def test_causes_stand_in_the_order_of_their_worst_and_of_what_they_explain():
    lone = made("lone", account_id(), severity=Severity.MEDIUM)
    wide = made("wide", account_id(), severity=Severity.LOW)
    worse = made("worse", account_id(), severity=Severity.INFO)
    effects = [
        msgspec.structs.replace(made(name, group_id(), severity=severity), root_cause=root.fingerprint)
        for name, severity, root in (
            ("e1", Severity.LOW, wide),
            ("e2", Severity.MEDIUM, wide),
            ("e3", Severity.HIGH, worse),
        )
    ]
    causes = causes_of(GRAPH, (lone, wide, worse, *effects))
    assert [(cause.finding, cause.worst) for cause in causes] == [
        (worse.fingerprint, Severity.HIGH),
        (wide.fingerprint, Severity.MEDIUM),
        (lone.fingerprint, Severity.MEDIUM),
    ]
    assert causes[1].explains == (effects[1].fingerprint, effects[0].fingerprint)


def hurts(check, *parts):
    """What the cause of a whole scan that is of this check hurts."""
    scan = scan_of(estate(account(), *parts))
    (own,) = (finding for finding in scan.findings if finding.check == check)
    return next(cause.hurts for cause in scan.causes if cause.finding == own.fingerprint)


def starts(impacts):
    return {impact.group.name: [start.name for start in impact.starts] for impact in impacts}


USES_RUN_AS = content(RunbookSignature.RUN_AS, runbook="Backup")


def test_a_retired_run_as_account_hurts_what_starts_the_runbooks_that_use_it():
    parts = (group(), worker(), group(group_id("idle")), connection(), runbook(), runbook("Other"), USES_RUN_AS)
    hooks = (webhook(), webhook("Else", runbook="Other"))
    (impact,) = hurts("run-as-retired", *parts, *hooks)
    assert (impact.group, impact.runbooks, impact.complete) == (group_id(), ("Backup",), True)
    assert [start.name for start in impact.starts] == ["Hook"]


def test_a_runbook_that_calls_one_that_fails_is_hurt_too():
    calling = content(runbook="Outer", calls=(account_id().child("runbooks", "Backup"),))
    parts = (group(), worker(), connection(), runbook(), runbook("Outer"), USES_RUN_AS, calling)
    (impact,) = hurts("run-as-retired", *parts, webhook(runbook="outer"))
    assert impact.runbooks == ("Backup", "Outer")
    assert [start.runbook for start in impact.starts] == ["outer"]


def test_a_missing_group_hurts_what_is_sent_to_it():
    assert starts(hurts("target-group-missing", runbook(), webhook(run_on="gone"))) == {"gone": ["Hook"]}


def test_a_suspended_account_hurts_what_runs_on_its_healthy_groups_too():
    idle = (group(group_id("idle")), worker("vm2", group_id("idle")))
    parts = (account(state="Suspended"), group(), worker(), *idle, runbook(), webhook())
    assert starts(hurts(ABOVE_ALL, *parts)) == {"workers": ["Hook"]}


def test_jobs_that_fail_on_one_group_hurt_no_other():
    found = made("job-failure-signature", runbook().id)
    parts = (group(), group(group_id("b")), runbook(), webhook(), webhook("Else", run_on="b"))
    (cause,) = causes_of(EstateGraph(estate(account(), *parts)), (found,))
    assert starts(cause.hurts) == {"workers": ["Hook"]}
