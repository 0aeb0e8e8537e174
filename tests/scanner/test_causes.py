"""Root causes: what another finding explains carries that finding's fingerprint."""

import pytest
from builders import (
    OTHER_SUB,
    account,
    answered,
    certificate,
    connection,
    days,
    estate,
    group,
    group_id,
    link,
    linked_service,
    minutes,
    worker,
    workspace_id,
)

from scanner.causes import EXPLAINED_BY
from scanner.checks import all_checks
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


@pytest.mark.parametrize(
    "check", sorted({*EXPLAINED_BY, *(cause for causes in EXPLAINED_BY.values() for cause in causes)})
)
def test_every_check_named_here_exists(check):
    assert check in {found.id for found in all_checks()}
