"""GitHub's limits, failures and pages, and that the token goes nowhere else."""

from __future__ import annotations

import json
from functools import cache

import pytest
from github_issues import REPOSITORY, TOKEN, GitHub, answer
from issue_runs import written
from rootcauses import github as api
from rootcauses.github import Client, GitHubError
from tenants import scan_named

REPORT = cache(lambda: written(scan_named("contoso")))
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
CREATED = "POST", f"/repos/{REPOSITORY}/issues"


def client(transport, waits=None, base="https://api.github.example"):
    return Client(
        base, REPOSITORY, TOKEN, transport, wait=(waits if waits is not None else []).append, clock=lambda: 1_000.0
    )


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (answer(429, SECONDARY, retry_after="7"), 7),
        (answer(403, SECONDARY, retry_after="30"), 30),
        (answer(403, {}, x_ratelimit_remaining="0", x_ratelimit_reset="1099"), 100),
        (answer(403, SECONDARY), 60),
        (answer(502), 1),
        (answer(503), 1),
        (ConnectionResetError(), 1),
    ],
)
def test_limits_and_failures_are_waited_for(refusal, wait):
    github, waits = GitHub(failures=[refusal]), []
    assert list(client(github, waits).issues("hwaudit")) == []
    assert waits == [wait]
    assert len(github.requests) == 2


def test_a_limit_that_stays_ends_with_what_to_do():
    waits = []
    with pytest.raises(GitHubError, match="limit of requests is used up"):
        list(client(GitHub(failures=[answer(429)] * 9), waits).issues("hwaudit"))
    assert sum(waits) <= api.PATIENCE


def test_an_hour_is_too_long_to_wait():
    far = answer(403, {}, x_ratelimit_remaining="0", x_ratelimit_reset="99999")
    waits = []
    with pytest.raises(GitHubError, match="used up"):
        list(client(GitHub(failures=[far]), waits).issues("hwaudit"))
    assert waits == []


@pytest.mark.parametrize("lost", [answer(500), answer(504), TimeoutError()])
def test_what_creates_is_not_sent_again_when_its_answer_is_lost(lost):
    github = GitHub(failures=[lost])
    with pytest.raises(GitHubError):
        client(github).open({"title": "x", "body": "y"})
    assert len(github.requests) == 1


def test_what_creates_is_sent_again_where_it_was_refused():
    github = GitHub(failures=[answer(429, None, retry_after="1")])
    assert client(github).open({"title": "x", "body": "y"}).number == 1


def test_writes_keep_a_second_between_them():
    github, waits = GitHub(), []
    one = client(github, waits)
    for _ in range(3):
        one.open({"title": "x", "body": "y"})
    assert waits == [api.PAUSE] * 2


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "does not accept the token"),
        (403, "permissions: issues: write"),
        (404, "permissions: issues: write"),
        (410, "issues are switched off"),
        (422, "look at the inputs `label` and `assignees`"),
        (500, "GitHub failed with 500"),
        (418, "GitHub answered 418"),
    ],
)
def test_every_refusal_says_what_to_do_and_holds_no_token(step, github, capsys, status, advice):
    github.failures = [answer(status, {"message": f"no {TOKEN}"})] * 4
    assert step.run(REPORT()) == []
    assert step.code == 1
    out = capsys.readouterr().out
    assert "::error title=hwaudit issues::" in out
    assert advice in out
    assert TOKEN not in out


def test_a_failure_in_the_middle_is_told_with_what_was_done(step, github, capsys):
    github.failures = [None, None, None, None, answer(403, {"message": "no"})]
    step.run(REPORT())
    assert step.code == 1
    assert step.outputs["opened"] == 1
    step.run(REPORT())
    assert len(github.issues) == 1 + 25
    assert len({issue["title"] + issue["body"] for issue in github.issues.values()}) == len(github.issues)


ELSEWHERE = "https://api.github.example.evil.example/x"


@pytest.mark.parametrize(
    "target", [ELSEWHERE, "http://api.github.example/x", "https://api.github.example:8443/x", "//evil"]
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirection_to_another_host_gets_the_token(target, status):
    github = GitHub(failures=[answer(status, None, location=target)])
    with pytest.raises(GitHubError, match="another host"):
        list(client(github).issues("hwaudit"))
    assert len(github.requests) == 1


def test_the_next_page_on_another_host_is_refused():
    github = GitHub(failures=[answer(200, [], link=f'<{ELSEWHERE}>; rel="next"')])
    with pytest.raises(GitHubError, match="another host"):
        list(client(github).issues("hwaudit"))


def test_a_redirection_on_the_same_host_is_followed():
    moved = f"https://api.github.example/repos/{REPOSITORY}/issues?state=all&per_page=100&labels=x"
    github = GitHub(failures=[answer(301, None, location=moved)])
    assert list(client(github).issues("x")) == []
    with pytest.raises(GitHubError, match="renamed"):
        client(GitHub(failures=[answer(301, None, location=moved)])).open({"title": "x"})
    with pytest.raises(GitHubError, match="GitHub"):
        list(client(GitHub(failures=[answer(301, None, location=moved)] * 9)).issues("x"))


@pytest.mark.parametrize("base", ["http://api.github.example", "ftp://x", "file:///etc/passwd", "api.github.com"])
def test_the_token_goes_over_tls_alone(base):
    with pytest.raises(GitHubError, match="https://"):
        client(GitHub(), base=base)


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b'{"not": "a list"}', b""])
def test_an_answer_that_is_not_of_github_is_said_to_be_none(body):
    with pytest.raises(GitHubError, match="not of GitHub's API"):
        list(client(lambda *_: api.Answer(200, {}, body)).issues("x"))


def test_the_repositories_of_a_server_of_ones_own_are_below_its_path():
    base = "https://github.example/api/v3"
    github = GitHub(api=base)
    list(client(github, base=base).issues("a label/with #1"))
    [(_, url)] = github.requests
    assert url.startswith(f"{base}/repos/{REPOSITORY}/issues?state=all&")
    assert url.endswith("&labels=a%20label%2Fwith%20%231")


# -- the step ---------------------------------------------------------------------------------------------------------


def test_a_dry_run_writes_nothing_and_tells_all(step, capsys):
    assert step.run(REPORT(), HWAUDIT_DRY_RUN="true") == []
    assert capsys.readouterr().out.count("would be opened: ") == 25
    assert "Dry run, nothing was written: 25 opened" in step.summary


def test_a_token_of_another_login_stops_at_the_first_issue(step, github, capsys):
    github.login = "anna"
    step.run(REPORT())
    assert (step.code, len(github.issues)) == (1, 1)
    assert "set the input `author` to that" in capsys.readouterr().out


def test_a_token_that_may_not_label_stops_at_the_first_issue(step, github, capsys):
    github.may_label = False
    step.run(REPORT())
    assert (step.code, len(github.issues)) == (1, 1)
    assert "did not get its label" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HWAUDIT_LABEL", "a,b", "label must be one label"),
        ("HWAUDIT_LABEL", "", "label must be one label"),
        ("HWAUDIT_MIN_SEVERITY", "worst", "min-severity must be one of critical"),
        ("HWAUDIT_MAX_ISSUES", "-1", "max-issues must be a number"),
        ("HWAUDIT_DRY_RUN", "yes", "dry-run must be true or false"),
        ("HWAUDIT_AUTHOR", "a b", "author must be the login"),
        ("HWAUDIT_ASSIGNEES", "anna; rm -rf", "assignees must be logins"),
        ("HWAUDIT_REPORT", "no-such.json", "no-such.json cannot be read"),
        ("GITHUB_TOKEN", "", "there is no token"),
        ("GITHUB_REPOSITORY", "../../user", "GITHUB_REPOSITORY must be OWNER/NAME"),
    ],
)
def test_inputs_that_cannot_be_used_are_one_line(step, capsys, name, value, said):
    step.run(REPORT(), **{name: value})
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("::error title=hwaudit issues::")
    assert said in line
    assert step.code == 2


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("", "is no JSON"),
        ("[]", "name the report.json that hwaudit wrote"),
        ('{"schema": "other/1"}', "name the report.json that hwaudit wrote"),
        ('{"schema": "hwaudit-report/2"}', "use the step of the hwaudit that wrote it"),
        ('{"schema": "hwaudit-report/1"}', "lacks what its schema promises"),
        ({"gaps": None}, "lacks what its schema promises"),
        ({"findings": []}, "lacks what its schema promises"),
    ],
)
def test_a_file_that_is_no_report_of_this_version_changes_nothing(step, github, capsys, report, said):
    step.run(report if isinstance(report, str) else json.dumps(REPORT() | report))
    assert (step.code, github.requests) == (2, [])
    assert said in capsys.readouterr().out


def test_no_more_is_written_than_github_takes_in_an_hour(step, monkeypatch):
    monkeypatch.setattr("rootcauses.run.MOST_WRITES", 3)
    assert len([path for _, path in step.run(REPORT()) if path == "issues"]) == 3
    assert "Changes left to the next run: 22" in step.summary
