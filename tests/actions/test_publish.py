"""What the action makes of a report: outputs, the summary of the step, annotations."""

from __future__ import annotations

import io
import sys

import pytest
from actions.runner import commands_of, outputs_of
from commands import annotate, commands_stopped, put_outputs
from publish import ANNOTATIONS, annotate_report, cut, outputs, summary_of, summary_of_failure, write_summary
from running import Baseline, BaselineState

NONE = Baseline(BaselineState.NONE)


def finding(number=1, severity="high", change=None, status="open", message="a worker is silent"):
    told = {"check": "worker-disconnected", "severity": severity, "subject": f"/w/{number}", "message": message}
    return told | {"change": change, "status": status}


def report(*findings, compared=False, gaps=(), unknowns=0, errors=(), left=0, interrupted=False, off=0):
    counts = {name: sum(each["severity"] == name for each in findings) for name in ("critical", "high", "medium")}
    planned, lost = 428, sum(gap["count"] for gap in gaps)
    return {
        "summary": {
            "findings": counts | {"low": 0, "info": 0},
            "accepted": sum(each["status"] == "accepted" for each in findings),
            "causes": {"total": len(findings)},
            "unknowns": unknowns,
            "coverage": {"planned": planned, "answered": planned - lost, "ratio": round(1 - lost / planned, 6)},
            "whole": not (gaps or unknowns or errors or left or interrupted or off),
        },
        "scan": {"left_to_other_shards": left, "interrupted": interrupted},
        "checks": [{"outcome": "not_run"}] * off,
        "comparison": {} if compared else None,
        "findings": list(findings),
        "gaps": list(gaps),
        "errors": list(errors),
    }


@pytest.fixture
def annotated(capsys):
    def commands(told, warned=0):
        annotate_report(told, warned=warned)
        return commands_of(capsys.readouterr().out)

    return commands


def test_outputs_count_what_the_report_tells(tmp_path):
    (tmp_path / "report.json").touch()
    (tmp_path / "s").touch()
    told = report(
        finding(1, "critical", "new"),
        finding(2, "high", "new", "accepted"),
        finding(3, "medium", "new"),
        finding(4, "high", "still"),
        compared=True,
        gaps=[{"reason": "denied", "count": 107}],
        unknowns=5,
    )
    found = outputs(told, tmp_path, str(tmp_path / "s"))
    assert {name: found[name] for name in ("critical", "high", "medium", "new", "new-high", "accepted")} == {
        "critical": 1, "high": 2, "medium": 1, "new": 3, "new-high": 1, "accepted": 1,
    }  # fmt: skip
    assert (found["coverage"], found["whole"], found["gaps"], found["unknowns"]) == (0.75, "false", 1, 5)
    assert (found["json"], found["html"]) == (f"{tmp_path.as_posix()}/report.json", "")
    assert found["snapshot"] == f"{tmp_path.as_posix()}/s"


def test_without_a_baseline_nothing_is_known_to_be_new(tmp_path):
    found = outputs(report(finding()), tmp_path, "")
    assert (found["new"], found["new-high"], found["snapshot"]) == ("", "", "")


def test_only_new_findings_are_annotated_critical_ones_as_errors(annotated):
    told = report(
        finding(1, "high", "new"),
        finding(2, "critical", "new"),
        finding(3, "critical", "still"),
        finding(4, "medium", "new"),
        finding(5, "high", "new", "accepted"),
        compared=True,
    )
    assert [(each.name, each.properties["title"], each.data) for each in annotated(told)] == [
        ("error", "new, critical: worker-disconnected", "a worker is silent (/w/2)"),
        ("warning", "new, high: worker-disconnected", "a worker is silent (/w/1)"),
    ]


def test_without_a_baseline_it_is_said_once_and_ten_are_annotated(annotated):
    commands = annotated(report(*(finding(number) for number in range(25))))
    assert [each.name for each in commands] == ["warning"] * ANNOTATIONS + ["notice", "notice"]
    assert commands[-2].data == (
        "Without a baseline nothing is known to be new: all 25 open findings of high or more count."
    )
    assert commands[-1].data.startswith("15 more open findings")


def test_what_was_not_seen_is_one_warning_that_is_not_crowded_out(annotated):
    gaps = [{"reason": "denied", "count": 4}, {"reason": "throttled", "count": 2}]
    told = report(*(finding(number) for number in range(25)), gaps=gaps, unknowns=50)
    commands = annotated(told, warned=1)
    warnings = [each.data for each in commands if each.name == "warning"]
    assert len(warnings) == ANNOTATIONS - 1  # the tenth was given before
    assert warnings[0].startswith(
        "6 of 428 planned reads were not answered (4 denied, 2 throttled), 50 verdicts are unknown: what was not seen "
        "is not judged healthy."
    )


def test_a_check_that_crashed_is_told_although_all_reads_were_answered(annotated):
    [told] = annotated(report(errors=[{"check": "x"}]))
    assert "0 of 428 planned reads were not answered, 0 verdicts are unknown, 1 checks crashed" in told.data


def test_all_that_kept_the_scan_from_being_whole_is_told_although_all_reads_were_answered(annotated):
    [told] = annotated(report(left=2, interrupted=True, off=3))
    assert (
        ", 3 checks did not run, 2 subscriptions were left to shards that are not in the report, and the scan was interrupted"
        in told.data
    )


def test_everything_seen_and_nothing_new_needs_no_annotation(annotated):
    assert annotated(report(finding(1, "high", "still"), compared=True)) == []


def test_names_cannot_end_an_annotation_or_begin_another(annotated, capsys):
    name = "a,b=c::x%\r\n::error::forged %0A"
    [told] = annotated(report(finding(1, "high", "new", message=name), compared=True))
    assert told.data == f"{name} (/w/1)"
    annotate("warning", "said", title=name)
    [told] = commands_of(capsys.readouterr().out)
    assert (told.properties, told.data) == ({"title": name}, "said")


def test_a_name_that_the_systems_encoding_lacks_is_told_in_that_of_the_log(monkeypatch):
    log = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(log, encoding="cp1252"))
    annotate("notice", "工作 \ud800")
    assert log.getvalue().decode().endswith("::工作 \\ud800\n")


def test_an_output_can_have_any_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    values = {"a": "x\nb<<y\nb=z\ny", "c": "", "d": 1}
    put_outputs(values)
    assert outputs_of((tmp_path / "output").read_text()) == {"a": "x\nb<<y\nb=z\ny", "c": "", "d": "1"}


def test_commands_are_stopped_even_when_something_fails(capsys):
    def fails():
        sys.stdout.write("::error::forged")
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"), commands_stopped():
        fails()
    annotate("notice", "told")
    assert [each.data for each in commands_of(capsys.readouterr().out)] == ["told"]


def test_a_page_that_fits_is_not_touched():
    assert cut("é" * 10, 20) == "é" * 10


def test_a_page_that_is_too_long_is_cut_at_a_line_and_says_so():
    page = "| é |\n" * 1000
    shown = cut(page, 1000)
    assert len(shown.encode()) <= 1000
    kept, said = shown.split("\n\n> ")
    assert set(kept.splitlines()) == {"| é |"}
    left = len(page.encode()) - len(kept.encode())
    assert said.startswith("The rest does not fit into the summary of a step, which has 1,000 bytes")
    assert f"{left:,} bytes were left out" in said


def test_the_summary_begins_with_what_became_of_the_baseline(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    write_summary(summary_of("# Report\n", Baseline(BaselineState.FIRST, told="no <baseline>\nyet")))
    assert (tmp_path / "summary").read_text() == "<pre>no &lt;baseline&gt; yet</pre>\n\n# Report\n"
    assert summary_of("# Report\n", NONE) == "# Report\n"


def test_a_failure_is_neither_markdown_nor_html():
    shown = summary_of_failure("x\n</pre><img>")
    assert shown.endswith("<pre>x &lt;/pre&gt;&lt;img&gt;</pre>\n")
    assert "Nothing was audited" in shown
