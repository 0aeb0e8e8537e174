"""One issue for each root cause: opened once, kept up to date, closed by proof alone."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from random import Random

import msgspec
import pytest
from builders import (
    NOW,
    OTHER_SUB,
    account,
    account_id,
    days,
    gap,
    group,
    group_id,
    machine,
    subscription,
    worker,
)
from github_issues import BOT, GitHub
from hypothesis import given, settings
from hypothesis import strategies as st
from issue_runs import Step, changed, only, scan, written
from markdown_it import MarkdownIt
from reported import HOSTILE, hostile, with_findings
from rootcauses.memory import MOST_WALKED, Memory, memory_of
from rootcauses.plan import Issue, Options, plan
from rootcauses.report import read_report
from tangled import hindrances, tangled
from tenants import estate_of, scan_named

from scanner.emulator import generate
from scanner.findings import Acceptance, CheckError, Severity
from scanner.inventory import Reading, Scope
from scanner.pipeline import scan_of

CHECK = "worker-stale"
MANY = cache(lambda: written(scan_named("contoso")))
HERE = (account(), group(), machine())
STALE = worker(age=days(40))
STALE_SCAN = only(scan(*HERE, STALE), CHECK)
HEALTHY = only(scan(*HERE, worker(), day=1), CHECK)
RISK = Acceptance(
    owner="@ops-team",
    reason="comes back, see #12",
    ticket="OPS-1",
    expires=date(2027, 1, 31),
    accepted_on=None,
    origin="x",
)


def later(judged, day):
    facts = msgspec.structs.replace(judged.estate.facts, finished_at=NOW + days(day))
    return msgspec.structs.replace(judged, estate=msgspec.structs.replace(judged.estate, facts=facts))


# -- opened, and kept up to date --------------------------------------------------------------------------------------


def test_the_first_run_opens_an_issue_for_each_open_cause_and_no_more(step, github):
    judged = scan_named("contoso")
    step.run(MANY(), HWAUDIT_MAX_ISSUES="999")
    assert step.code == 0
    assert len(github.issues) == len(judged.open_causes)
    assert {memory_of(issue["body"]).fingerprint for issue in github.issues.values()} == {
        cause.finding for cause in judged.open_causes
    }
    assert step.outputs["opened"] == len(judged.open_causes)
    assert github.labels == {"hwaudit"}


def test_the_second_run_of_the_same_writes_nothing(step):
    judged = scan_named("contoso")
    step.run(MANY(), HWAUDIT_MAX_ISSUES="999")
    assert step.run(written(later(judged, 1), judged), HWAUDIT_MAX_ISSUES="999") == []


def test_all_pages_are_read(step, github):
    github.page = 7
    step.run(MANY(), HWAUDIT_MAX_ISSUES="999")
    assert step.run(MANY(), HWAUDIT_MAX_ISSUES="999") == []


def test_the_worst_come_first_and_the_rest_is_counted(step, github):
    judged = scan_named("contoso")
    step.run(MANY(), HWAUDIT_MAX_ISSUES="3")
    assert [issue["title"].partition(":")[0] for issue in github.issues.values()] == ["critical"] * 3
    assert step.outputs["waiting"] == len(judged.open_causes) - 3
    assert f"Causes that wait for the next runs: {step.outputs['waiting']} (2 critical, " in step.summary
    step.run(MANY(), HWAUDIT_MAX_ISSUES="3")
    assert len(github.issues) == 6


def test_a_threshold_leaves_lesser_causes_out(step, github):
    step.run(MANY(), HWAUDIT_MIN_SEVERITY="critical")
    assert {issue["title"].partition(":")[0] for issue in github.issues.values()} == {"critical"}


def test_an_issue_tells_what_is_wrong_what_it_hurts_and_what_to_do(step, github, snapshot):
    step.run(MANY(), HWAUDIT_MAX_ISSUES="1", HWAUDIT_ASSIGNEES="anna, ben")
    [issue] = github.issues.values()
    body = issue["body"]
    shown = body[body.index("-->\n**") + 4 : body.index("---\n")]
    assert (issue["title"], issue["assignees"], shown) == snapshot
    assert "[written by this run](https://github.example/acme/audits/actions/runs/77)" in body


def test_another_severity_is_told_in_a_comment(step, github):
    step.run(written(STALE_SCAN))
    worse = later(changed(STALE_SCAN, severity=Severity.CRITICAL), 1)
    assert [method for method, _ in step.run(written(worse, STALE_SCAN))] == ["PATCH", "POST"]
    [issue] = github.issues.values()
    assert issue["title"].startswith("critical: worker-stale: ")
    assert re.fullmatch(r"Its severity was \w+, and is critical now\.", github.comments[1][0])


def test_another_text_is_written_without_a_comment(step, github):
    step.run(written(STALE_SCAN))
    assert step.run(written(later(changed(STALE_SCAN, message="41 days"), 1))) == [("PATCH", "issues/1")]
    assert "41 days" in github.issues[1]["body"]


def test_a_cause_that_another_explains_now_stays_open(step, github):
    both = scan(*HERE, STALE, gap(Reading.JOBS, account_id()))
    stale = next(f for f in both.findings if f.check == CHECK)
    other = next(f for f in both.findings if f.check != CHECK)
    free = msgspec.structs.replace(stale, root_cause=None, path=())
    step.run(written(with_findings(both, (free,))))
    bound = msgspec.structs.replace(free, root_cause=other.fingerprint)
    explained = with_findings(later(both, 1), (msgspec.structs.replace(other, root_cause=None, path=()), bound))
    step.run(written(explained))
    assert github.issues[1]["state"] == "open"
    assert github.comments[1][0].startswith("It is still there, and explained by another cause now")
    assert step.run(written(explained)) == []


def test_a_finding_that_moved_with_its_worker_keeps_its_issue(step, github):
    there = group_id("elsewhere")
    before = only(scan(*HERE, group(there), STALE), CHECK)
    after = only(scan(*HERE, group(there), worker(age=days(40), group=there), day=1), CHECK)
    step.run(written(before))
    step.run(written(after, before))
    assert len(github.issues) == 1
    assert memory_of(github.issues[1]["body"]).fingerprint == after.findings[0].fingerprint


# -- closed -----------------------------------------------------------------------------------------------------------


def test_what_the_comparison_proves_to_be_fixed_is_closed(step, github):
    step.run(written(STALE_SCAN))
    step.run(written(HEALTHY, STALE_SCAN))
    assert (github.issues[1]["state"], github.issues[1]["state_reason"]) == ("closed", "completed")
    assert "looked where `last.snapshot` has it, and it is gone" in github.comments[1][0]
    assert step.run(written(HEALTHY, STALE_SCAN)) == []


def test_what_the_comparing_run_missed_is_closed_by_what_the_report_proves_itself(step, github):
    step.run(written(STALE_SCAN))
    step.run(written(later(HEALTHY, 2), HEALTHY))
    assert (github.issues[1]["state"], github.issues[1]["state_reason"]) == ("closed", "completed")
    assert "its check judged everything" in github.comments[1][0]


def test_without_a_comparison_nothing_is_closed_and_the_step_says_how(step, github):
    step.run(written(STALE_SCAN))
    assert step.run(written(HEALTHY)) == []
    assert "nothing is closed: give the scan the snapshot of the one before with `--baseline FILE`" in step.summary


def unseen(name):
    """A report of a day on which nobody could tell whether the worker is stale."""
    if name == "denied":
        return only(scan(account(), group(), machine(), gap(Reading.WORKERS, group_id()), day=2), CHECK)
    if name == "subscription gone":
        return only(scan(subscription(OTHER_SUB), account(account_id(sub=OTHER_SUB)), day=2), CHECK)
    if name == "switched off":
        kept = tuple(check for check in HEALTHY.checks if check.id != CHECK)
        return later(msgspec.structs.replace(HEALTHY, checks=kept), 2)
    if name == "crashed":
        return later(msgspec.structs.replace(HEALTHY, errors=(CheckError(CHECK, "KeyError"),)), 2)
    return later(_with_facts(HEALTHY, **LIMITED[name]), 2)


LIMITED = {
    "interrupted": {"interrupted": True},
    "another account": {"scope": Scope(account=account_id("other").text)},
    "resource group": {"scope": Scope(resource_group="elsewhere")},
    "shard": {"elsewhere": (OTHER_SUB,)},
    "redacted": {"redaction": "0123"},
}


def _with_facts(judged, **facts):
    estate = judged.estate
    changed_facts = msgspec.structs.replace(estate.facts, **facts)
    return msgspec.structs.replace(judged, estate=msgspec.structs.replace(estate, facts=changed_facts))


BLIND = (
    "denied",
    "interrupted",
    "another account",
    "resource group",
    "subscription gone",
    "switched off",
    "crashed",
)
LESS_THAN_A_COMPARISON = ("shard", "redacted")
"""What only the report alone cannot cope with: the comparison knows what the other shards have, and the pseudonyms."""


@pytest.mark.parametrize(
    ("name", "baseline"),
    [*((name, STALE_SCAN) for name in BLIND), *((name, HEALTHY) for name in (*BLIND, *LESS_THAN_A_COMPARISON))],
)
def test_what_was_not_seen_is_never_closed_and_told_once(step, github, name, baseline):
    step.run(written(STALE_SCAN))
    report = unseen(name)
    beside = _like(report, baseline)
    step.run(written(report, beside))
    assert step.code == 0
    assert github.issues[1]["state"] == "open"
    [comment] = github.comments[1]
    assert comment.startswith("The last scan could not tell whether this is still there: ")
    assert step.run(written(later(report, 3), beside)) == []


def _like(report, baseline):
    """The baseline with names of the same kind, or it is not compared."""
    return _with_facts(baseline, redaction=report.estate.facts.redaction)


def test_seen_again_and_unseen_again_says_nothing_twice(step, github):
    step.run(written(STALE_SCAN))
    for day in (2, 4):
        step.run(written(later(unseen("denied"), day), STALE_SCAN))
        step.run(written(later(STALE_SCAN, day + 1), STALE_SCAN))
    assert len(github.comments[1]) == 1


def test_what_the_comparison_calls_unseen_the_report_alone_does_not_prove(step, github):
    step.run(written(STALE_SCAN))
    report = written(later(HEALTHY, 2), STALE_SCAN)
    [fixed] = report["comparison"]["fixed"]
    report["comparison"] |= {"fixed": [], "unseen": [{"finding": fixed, "because": "it says so"}]}
    step.run(report)
    assert github.issues[1]["state"] == "open"
    assert "still there: it says so." in github.comments[1][0]


def test_other_limits_prove_nothing(step, github):
    report = written(STALE_SCAN)
    step.run(report)
    other = written(later(HEALTHY, 2), HEALTHY)
    other["settings"]["thresholds"] = [{"name": "worker-stale", "value": "90d", "default": "30d", "origin": "x"}]
    step.run(other)
    assert github.issues[1]["state"] == "open"


def test_what_an_earlier_snapshot_told_no_report_disproves(step, github):
    report = written(STALE_SCAN)
    report["findings"][0]["evidence"]["told_by"] = "an earlier snapshot"
    step.run(report)
    step.run(written(later(HEALTHY, 2), HEALTHY))
    assert github.issues[1]["state"] == "open"


def test_another_version_with_a_namesake_proves_nothing(step, github):
    step.run(written(STALE_SCAN))
    renamed = changed(later(STALE_SCAN, 2), fingerprint="e" * 32)
    report = written(renamed, renamed)
    report["tool"]["version"] = "99.0"
    step.run(report)
    assert github.issues[1]["state"] == "open"
    assert len(github.open) == 2


def test_the_issues_of_another_tenant_are_left_alone(step, github):
    step.run(written(STALE_SCAN))
    other = written(later(HEALTHY, 2), HEALTHY)
    other["scan"]["tenant_id"] = "11111111-0000-4000-8000-000000000000"
    for resource in other["resources"]:
        resource.pop("tenant_id", None)
    assert step.run(other) == []


def test_a_report_of_an_earlier_scan_changes_nothing(step, github):
    step.run(written(later(STALE_SCAN, 5)))
    assert step.run(written(HEALTHY, STALE_SCAN)) == []
    assert "they tell of a later scan than this report: #1" in step.summary


# -- opened again, accepted -------------------------------------------------------------------------------------------


def test_what_comes_back_is_opened_again(step, github):
    step.run(written(STALE_SCAN))
    step.run(written(HEALTHY, STALE_SCAN))
    step.run(written(later(STALE_SCAN, 2), HEALTHY))
    assert (github.issues[1]["state"], github.issues[1]["state_reason"]) == ("open", "reopened")
    assert github.comments[1][1] == "It is back: the last scan found it again."
    assert len(github.issues) == 1


def test_an_accepted_risk_is_closed_as_not_planned_and_opened_again_when_that_ends(step, github):
    step.run(written(STALE_SCAN))
    step.run(written(later(changed(STALE_SCAN, acceptance=RISK), 1)))
    assert (github.issues[1]["state"], github.issues[1]["state_reason"]) == ("closed", "not_planned")
    assert "by `@ops-team` until 2027-01-31, `OPS-1`: comes back, see `#12`" in github.comments[1][0]
    assert step.run(written(later(changed(STALE_SCAN, acceptance=RISK), 2))) == []
    step.run(written(later(STALE_SCAN, 3)))
    assert github.issues[1]["state"] == "open"
    assert github.comments[1][1].startswith("The risk is not accepted any longer")


def test_an_accepted_risk_that_a_person_opened_again_is_not_closed_twice(step, github):
    accepted = changed(STALE_SCAN, acceptance=RISK)
    step.run(written(STALE_SCAN))
    step.run(written(later(accepted, 1)))
    github.issues[1] |= {"state": "open", "state_reason": "reopened"}
    assert step.run(written(later(accepted, 2))) == []


def test_an_accepted_risk_gets_no_issue(step):
    assert step.run(written(changed(STALE_SCAN, acceptance=RISK))) == []


def test_an_accepted_cause_of_something_open_keeps_its_issue(step, github):
    both = scan(*HERE, STALE, gap(Reading.JOBS, account_id()))
    first, second = both.findings[:2]
    cause = msgspec.structs.replace(first, root_cause=None, path=(), acceptance=RISK)
    effect = msgspec.structs.replace(second, root_cause=cause.fingerprint)
    step.run(written(with_findings(both, (cause, effect))))
    [issue] = github.issues.values()
    assert "Its own risk is accepted by `@ops-team` until 2027-01-31" in issue["body"]


@pytest.mark.parametrize(
    ("reason", "state"), [("not_planned", "closed"), ("duplicate", "closed"), ("completed", "open")]
)
def test_a_person_closes_for_good_only_as_not_planned(step, github, reason, state):
    step.run(written(STALE_SCAN))
    github.close(1, reason)
    step.run(written(later(STALE_SCAN, 1)))
    assert github.issues[1]["state"] == state
    assert ("although their finding is there: #1" in step.summary) is (state == "closed")


def test_what_a_person_opened_again_is_not_closed_twice(step, github):
    step.run(written(STALE_SCAN))
    step.run(written(HEALTHY, STALE_SCAN))
    github.issues[1] |= {"state": "open", "state_reason": "reopened"}
    assert step.run(written(later(HEALTHY, 2), HEALTHY)) == []


# -- strangers and hostile names --------------------------------------------------------------------------------------


def planted(fingerprint):
    return f"{Memory(fingerprint).head()}ours"


def test_a_marker_that_a_stranger_planted_does_not_count(step, github):
    fingerprint = STALE_SCAN.findings[0].fingerprint
    github.opened_by("mallory", "planted", planted(fingerprint), "hwaudit")
    github.opened_by(BOT, "without the label", planted(fingerprint))
    github.opened_by(BOT, "a pull request", planted(fingerprint), "hwaudit", pull_request={"url": "x"})
    github.opened_by(BOT, "further down", f"text\n{planted(fingerprint)}", "hwaudit")
    step.run(written(STALE_SCAN))
    assert step.outputs["opened"] == 1
    step.run(written(HEALTHY, STALE_SCAN))
    assert [issue["state"] for issue in github.issues.values()] == ["open"] * 4 + ["closed"]


def test_a_memory_that_somebody_broke_proves_nothing(step, github):
    step.run(written(STALE_SCAN))
    body = github.issues[1]["body"]
    github.issues[1]["body"] = body.replace("hwaudit:memory ", "hwaudit:memory A")
    step.run(written(later(HEALTHY, 2), HEALTHY))
    assert github.issues[1]["state"] == "open"
    step.run(written(later(HEALTHY, 3), STALE_SCAN))
    assert github.issues[1]["state"] == "closed"


MARKERS = ("<!-- hwaudit:cause " + "a" * 32 + " -->", "--> <script>alert(1)</script> <!--", "@octocat/team #1 GH-1")


def test_hostile_names_ping_nobody_and_make_no_marker_and_no_html(step, github):
    judged = hostile()
    findings = [
        msgspec.structs.replace(
            f, message=f"{f.message} {MARKERS[n % 3]}", evidence={"name": f.message}, remediation=()
        )
        for n, f in enumerate(judged.findings)
    ]
    judged = msgspec.structs.replace(with_findings(judged, findings), comparison=None)
    step.run(written(judged), HWAUDIT_MAX_ISSUES="999")
    assert len(github.issues) == len(HOSTILE)
    for issue in github.issues.values():
        assert re.findall("<!--.*?-->", issue["body"]) == re.findall(
            "<!--.*?-->", "\n".join(issue["body"].splitlines()[:2])
        )
        assert len(re.findall("<!--|-->", issue["body"])) == 4
        plain = _outside_code(issue["body"].split("-->\n", 2)[2])
        assert not re.search(r"[@<>|~\\]|#\d|GH-\d|www\.|://", plain.replace("https://github.example/acme", ""))
        assert "@" not in _outside_code(issue["title"])
        assert issue["title"].isprintable()


def _outside_code(text):
    tokens = [each for token in MarkdownIt("gfm-like").parse(text) for each in (token, *(token.children or ()))]
    assert not {token.type for token in tokens} & {"image", "html_inline", "html_block"}
    return " ".join(token.content for token in tokens if token.type == "text")


def test_a_long_text_leaves_room_for_the_memory_of_a_tenant_with_many_subscriptions(step, github):
    report = written(changed(STALE_SCAN, evidence={f"fact {n}": "a-" * 700 for n in range(10)}))
    [seen] = [each for each in report["resources"] if each["kind"] == "subscription"]
    report["resources"] += [seen | {"id": f"/subscriptions/{n:036}"} for n in range(MOST_WALKED - 1)]
    for finding in report["findings"]:
        finding["remediation"] = ["word-x " * 200 + "\n" + "c" * 1_400] * 10
    step.run(report)
    assert (step.code, len(github.issues)) == (0, len(report["causes"]))
    assert memory_of(github.issues[1]["body"]).basis.provable


def test_a_body_fits_whatever_is_in_it(step, github):
    long = changed(STALE_SCAN, message="`@long` " * 9_000, evidence={f"fact {n}": "x" * 5_000 for n in range(99)})
    step.run(written(long))
    assert step.code == 0
    assert len(github.issues) == 1


# -- two runs at once, and random reports -----------------------------------------------------------------------------


def test_two_runs_at_once_leave_one_open_issue(step, github):
    report = written(STALE_SCAN)
    step.run(report)
    twin = dict(github.issues[1])
    github.issues.clear()
    github.opened_by(BOT, twin["title"], twin["body"], "hwaudit")
    github.opened_by(BOT, twin["title"], twin["body"], "hwaudit")
    step.run(report)
    assert [issue["state"] for issue in github.issues.values()] == ["open", "closed"]
    assert github.comments[2] == ["Two runs opened an issue for this at the same time: #1 is kept."]
    assert step.run(report) == []


def test_the_plan_of_a_run_that_was_carried_out_is_empty(step, github):
    report = MANY()
    step.run(report, HWAUDIT_MAX_ISSUES="999")
    issues = [_issue(issue) for issue in github.issues.values()]
    assert plan(read_report(_bytes(report), "x"), issues, Options("hwaudit", BOT, "info", 999)).actions == ()


def _bytes(report):
    return json.dumps(report).encode()


def _issue(told):
    labels = frozenset(label["name"] for label in told["labels"])
    is_open = told["state"] == "open"
    return Issue(
        told["number"], told["title"], told["body"], is_open, told["state_reason"] or "", told["user"]["login"], labels
    )


@settings(max_examples=3, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 10_000))
def test_no_issue_is_closed_while_its_cause_is_there(seed, tmp_path_factory):
    """Three logins of a tenant that does not change: what one sees, another may not, and nothing is ever fixed."""
    random = Random(seed)  # noqa: S311 - no secret
    tenant = tangled(generate(accounts=3, subscriptions=3, groups=1, now=NOW, seed=seed), seed)
    truth = scan_of(estate_of(tenant))
    seen = [scan_of(estate_of(tenant, faults=_denials(tenant, seed + n), scope=_scope(tenant, random))) for n in (1, 2)]
    github = GitHub()
    step = Step(github, tmp_path_factory.mktemp("run"))
    step.run(written(truth), HWAUDIT_MAX_ISSUES="999")
    count = len(github.issues)
    for day, (judged, baseline) in enumerate(
        (*zip(seen, seen[::-1], strict=True), (seen[0], truth), (seen[1], truth)), 1
    ):
        step.run(written(later(judged, day), baseline), HWAUDIT_MAX_ISSUES="999")
        assert step.code == 0
        there = {finding.fingerprint for finding in truth.findings}
        closed = [issue for issue in github.issues.values() if issue["state"] == "closed"]
        assert there.isdisjoint(memory_of(issue["body"]).fingerprint for issue in closed)
    assert count
    assert all(sum("could not tell" in comment for comment in said) <= 1 for said in github.comments.values())


def _denials(tenant, seed):
    """Reads that got no answer; that something is gone would be an answer."""
    return [fault for fault in hindrances(tenant, seed) if "ResourceNotFound" not in str(fault)]


def _scope(tenant, random):
    visible = [subscription.id for subscription in tenant.subscriptions if subscription.visible]
    accounts = [each for each in tenant.accounts if each.subscription in visible]
    return random.choice(
        [Scope(), Scope(subscriptions=(random.choice(visible),)), Scope(account=random.choice(accounts).id)]
    )


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(story=st.lists(st.sampled_from(["stale", "well", "gone", *BLIND]), min_size=1, max_size=6))
def test_whatever_happens_between_an_issue_is_open_unless_the_last_that_saw_it_saw_it_gone(tmp_path_factory, story):
    step = Step(GitHub(), tmp_path_factory.mktemp("run"))
    last, proven = STALE_SCAN, False
    step.run(written(last))
    for day, name in enumerate(story, 1):
        now = later(DAYS[name], day)
        step.run(written(now, _like(now, last)))
        last, proven = now, {"stale": False, "well": True, "gone": True}.get(name, proven)
        assert (step.github.issues[1]["state"] == "closed") is proven


DAYS = {
    "stale": STALE_SCAN,
    "well": HEALTHY,
    "gone": only(scan(account(), group(), machine()), CHECK),
    **{name: unseen(name) for name in BLIND},
}
