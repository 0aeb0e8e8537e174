"""Runs the step: inputs from the environment, the report, the plan, GitHub, and what the run tells."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rootcauses.github import Client, GitHubError
from rootcauses.plan import Action, Issue, Options, Plan, plan, without_twins
from rootcauses.report import SEVERITIES, Report, UnusableReportError, read_report
from rootcauses.text import code, plain

MOST_WRITES = 400
"""Requests of one run that create something: GitHub takes 500 in an hour (Rate limits for the REST API, 2026)."""

_LONGEST_LABEL = 50
_MOST_NAMED = 30
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,64}(\[bot\])?")
_NO_BASELINE = (
    "The report has no comparison, so nothing is closed: give the scan the snapshot of the one before with "
    "`--baseline FILE`, which proves what is fixed."
)
_KINDS = ("opened", "reopened", "closed", "unseen", "updated")


class InputError(Exception):
    """An input of the step that cannot be used."""


@dataclass(frozen=True)
class Inputs:
    """What the workflow asked for; `token` is never printed."""

    report: Path
    options: Options
    dry_run: bool
    api: str
    repository: str
    token: str


@dataclass
class Done:
    """What a run did: the numbers of issues by kind, and what it left to the next one."""

    numbers: dict[str, list[int]]
    left: int = 0


def main(environment: Mapping[str, str] = os.environ, connect: Callable[..., Client] = Client) -> int:
    """Run the step; 0 where all was done, 1 where GitHub did not let it, 2 for inputs that cannot be used."""
    try:
        inputs = inputs_of(environment)
        report = read_report(_bytes(inputs.report), inputs.report.name)
        client = connect(inputs.api, inputs.repository, inputs.token)
        _run(inputs, report, client, environment)
    except (InputError, UnusableReportError) as error:
        _say(_command("error", str(error)))
        return 2
    except GitHubError as error:
        _say(_command("error", str(error)))
        return 1
    return 0


def inputs_of(environment: Mapping[str, str]) -> Inputs:
    """The inputs; raises InputError for one that cannot be used."""
    given = {name: environment.get(f"HWAUDIT_{name}", "").strip() for name in _INPUTS}
    if not environment.get("GITHUB_TOKEN"):
        raise InputError("there is no token: pass `token: ${{ github.token }}`")
    if not _REPOSITORY.fullmatch(environment.get("GITHUB_REPOSITORY", "")):
        raise InputError("GITHUB_REPOSITORY must be OWNER/NAME, as GitHub Actions sets it")
    if not given["LABEL"] or "," in given["LABEL"] or len(given["LABEL"]) > _LONGEST_LABEL:
        raise InputError(f"label must be one label of at most {_LONGEST_LABEL} characters, without a comma")
    if given["MIN_SEVERITY"] not in SEVERITIES:
        raise InputError(f"min-severity must be one of {', '.join(SEVERITIES)}")
    if not re.fullmatch(r"[0-9]{1,4}", given["MAX_ISSUES"]):
        raise InputError("max-issues must be a number from 0 to 9999")
    if given["DRY_RUN"] not in {"true", "false"}:
        raise InputError("dry-run must be true or false")
    if not _LOGIN.fullmatch(given["AUTHOR"]):
        raise InputError("author must be the login of the token's owner, such as github-actions[bot]")
    assignees = tuple(filter(None, re.split(r"[\s,]+", given["ASSIGNEES"])))
    if not all(map(_LOGIN.fullmatch, assignees)):
        raise InputError("assignees must be logins, separated by commas")
    return Inputs(
        report=Path(given["REPORT"] or "report.json"),
        options=Options(
            label=given["LABEL"],
            author=given["AUTHOR"],
            least=given["MIN_SEVERITY"],
            most_new=int(given["MAX_ISSUES"]),
            assignees=assignees,
            run=_run_address(environment),
        ),
        dry_run=given["DRY_RUN"] == "true",
        api=environment.get("GITHUB_API_URL") or "https://api.github.com",
        repository=environment["GITHUB_REPOSITORY"],
        token=environment["GITHUB_TOKEN"],
    )


_INPUTS = ("REPORT", "LABEL", "MIN_SEVERITY", "MAX_ISSUES", "ASSIGNEES", "AUTHOR", "DRY_RUN")


def _run_address(environment: Mapping[str, str]) -> str:
    server, run = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_RUN_ID", "")
    known = re.fullmatch(r"https?://[\w.:-]+", server) and run.isdecimal()
    return f"{server}/{environment['GITHUB_REPOSITORY']}/actions/runs/{run}" if known else ""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnusableReportError(
            f"{path} cannot be read ({error.strerror}): name in `report` what `hwaudit scan --format json` wrote"
        ) from error


# -- doing ------------------------------------------------------------------------------------------------------------


def _run(inputs: Inputs, report: Report, client: Client, environment: Mapping[str, str]) -> None:
    options = inputs.options
    planned = plan(report, list(client.issues(options.label)), options)
    done = Done({kind: [] for kind in _KINDS})
    try:
        if inputs.dry_run:
            done.numbers |= _counted_only(planned)
        else:
            _do(planned, report, client, options, done)
    finally:
        _tell(planned, report, done, inputs, environment)


def _do(planned: Plan, report: Report, client: Client, options: Options, done: Done) -> None:
    writes = 0
    if any(action.kind == "opened" for action in planned.actions):
        client.ensure_label(options.label)
    for position, action in enumerate(planned.actions):
        writes += 1 + bool(action.comment)
        if writes > MOST_WRITES:
            done.left = len(planned.actions) - position
            break
        _apply(action, client, options, done)
    if done.numbers["opened"]:
        for action in without_twins(report, list(client.issues(options.label)), options):
            _apply(action, client, options, done)


def _apply(action: Action, client: Client, options: Options, done: Done) -> None:
    """Do one thing: the issue first, so that a comment that fails is not made a second time."""
    number = action.number
    if number is None:
        issue = client.open(action.fields)
        _check(issue, options)
        number = issue.number
    else:
        client.change(number, action.fields)
    done.numbers["updated" if action.kind == "told" else action.kind].append(number)
    _say(f"{action.kind} #{number}: {plain(action.about)}")
    if action.comment:
        client.comment(number, action.comment)


def _check(issue: Issue, options: Options) -> None:
    """Stop at the first new issue that the next run would not find, or it would open all of them again."""
    if issue.author.lower() != options.author.lower():
        raise GitHubError(
            f"the token opens issues as {plain(issue.author)}: set the input `author` to that, or the next run does "
            f"not find #{issue.number} again"
        )
    if options.label.lower() not in issue.labels:
        raise GitHubError(
            f"#{issue.number} did not get its label, by which the next run finds it: the token needs `issues: write`"
        )


# -- telling ----------------------------------------------------------------------------------------------------------


def _counted_only(planned: Plan) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {kind: [] for kind in _KINDS}
    for action in planned.actions:
        numbers["updated" if action.kind == "told" else action.kind].append(action.number or 0)
        _say(f"would be {action.kind}{f' #{action.number}' if action.number else ''}: {plain(action.about)}")
    return numbers


def _tell(planned: Plan, report: Report, done: Done, inputs: Inputs, environment: Mapping[str, str]) -> None:
    lines = _summary(planned, report, done, inputs)
    _say("\n".join(lines))
    outputs = {**{kind: len(done.numbers[kind]) for kind in _KINDS}, "waiting": len(planned.waiting)}
    _append(environment.get("GITHUB_STEP_SUMMARY"), "\n".join(("## hwaudit: issues", "", *lines, "")))
    _append(environment.get("GITHUB_OUTPUT"), "".join(f"{name}={value}\n" for name, value in outputs.items()))


def _summary(planned: Plan, report: Report, done: Done, inputs: Inputs) -> list[str]:
    told = ", ".join(f"{len(done.numbers[kind])} {kind}" for kind in _KINDS)
    lines = [f"* {'Dry run, nothing was written: ' if inputs.dry_run else ''}{told}{_listed(done, inputs)}"]
    if planned.waiting:
        by_severity = Counter(planned.waiting)
        rest = ", ".join(f"{by_severity[severity]} {severity}" for severity in SEVERITIES if by_severity[severity])
        lines.append(f"* Causes that wait for the next runs: {len(planned.waiting)} ({rest}); see `max-issues`")
    if done.left:
        lines.append(f"* Changes left to the next run: {done.left}, for GitHub takes only so many in an hour")
    if report.comparison is None:
        lines.append(f"* {_NO_BASELINE} Open issues that are not in the report: {len(planned.undecided)}.")
    if planned.kept_closed:
        lines.append(
            f"* Left closed, as a person closed them, although their finding is there: {_named(planned.kept_closed)}"
        )
    if planned.later:
        lines.append(f"* Left alone, for they tell of a later scan than this report: {_named(planned.later)}")
    if not report.whole:
        lines.append("* The scan did not see everything: what it did not see is not closed, and may lack an issue")
    return lines


def _listed(done: Done, inputs: Inputs) -> str:
    numbers = [number for kind in _KINDS[:-1] for number in done.numbers[kind] if number]
    return f" ({_named(numbers)}), label {code(inputs.options.label)}" if numbers else ""


def _named(numbers: Sequence[int]) -> str:
    return ", ".join([f"#{number}" for number in numbers[:_MOST_NAMED]] + ["…"] * (len(numbers) > _MOST_NAMED))


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def _command(kind: str, message: str) -> str:
    """A workflow command: percent signs and line breaks would end it."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{kind} title=hwaudit issues::{escaped}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
