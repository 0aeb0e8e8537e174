"""The summary on a terminal: what was found, what was not seen, and no name that takes the terminal over."""

import re
from pathlib import Path

import builders as b
import msgspec
import pytest
from builders import NOW
from hostile import NAMES, hostile_tenant
from tenants import estate_of, scan_named, scan_with_variables

from reports.summary import TOP, to_summary
from scanner.emulator import generate
from scanner.escape import visible
from scanner.findings import Acceptance, Unknown
from scanner.inventory import GapReason, Reading
from scanner.pipeline import scan_of


def summary(tenant, *written):
    return to_summary(scan_named(tenant), written)


def test_a_spotless_tenant_is_complete_and_without_findings():
    text = summary("spotless")
    assert re.match(r"Nothing was found: \d+ checks judged 2 subscriptions, ", text)
    assert re.search(r"Coverage: (\d+) of \1 planned reads were answered", text)
    assert "Unknown: 0 verdicts\n" in text
    assert "Findings: 0 critical, 0 high, 0 medium, 0 low, 0 info" in text
    assert "Not seen" not in text


def test_controls_are_counted_by_who_maps_them():
    estate = scan_with_variables("contoso").estate
    text = to_summary(scan_of(estate, frameworks=["mcsb"]))
    assert "Controls of Microsoft cloud security benchmark:\n  by Microsoft's mapping: 1 not met\n" in text
    assert "  by own inference: 3 not met\n" in text
    assert "No certification" in text
    assert "Controls of" not in summary("contoso")


def test_what_was_not_seen_is_named_with_the_missing_permission():
    text = summary("contoso")
    assert re.search(r"^Not seen \(\d+ denied", text, re.MULTILINE)
    assert "denied: Microsoft.Automation/automationAccounts/certificates/read" in text
    unknown = re.search(r"Unknown: (\d+) verdicts \((\d+) by reads .*, (\d+) by values that Azure left out\)", text)
    in_all, by_reads, by_values = map(int, unknown.groups())
    assert in_all == by_reads + by_values > 0


def test_what_the_user_left_out_is_counted_and_not_listed():
    skipped = [b.gap(reading, b.account().id, GapReason.SKIPPED) for reading in (Reading.JOBS, Reading.PINGS)]
    text = to_summary(scan_of(b.estate(b.account(), *skipped)))
    assert "Not seen (2 skipped)\n" in text
    assert b.account().id.text not in text
    denied = to_summary(scan_of(b.estate(b.account(), *skipped, b.gap(Reading.GROUPS, b.account().id))))
    assert "Not seen (1 denied, 2 skipped):\n  denied: " in denied


def test_values_that_azure_left_out_are_told_though_every_read_was_answered():
    unknown = Unknown("worker-stale", b.worker().id, "lastSeenDateTime")
    text = to_summary(msgspec.structs.replace(scan_of(b.estate(b.account())), unknowns=(unknown,)))
    assert "planned reads were answered, but 1 verdict is unknown." in text.splitlines()[0]
    assert "Unknown: 1 verdict (0 by reads that were not answered, 1 by values that Azure left out)" in text
    assert "complete" not in text


def test_a_blind_scan_is_not_called_healthy():
    scan = scan_named("blind")
    text = to_summary(msgspec.structs.replace(scan, findings=()))
    assert text.startswith("Nothing was found in what was seen, which says nothing about the rest; ")


def test_the_worst_findings_come_first_and_the_rest_is_counted():
    lines = summary("contoso").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("Findings:"))
    end = next(number for number, line in enumerate(lines) if line.endswith(" more in the report"))
    shown = [line.split()[0] for line in lines[at + 1 : end] if not line.startswith("    ")]
    assert len(shown) == TOP
    assert set(shown) == {"CRITICAL", "HIGH"}
    assert shown == sorted(shown)


def test_causes_are_counted_before_findings():
    scan = scan_named("contoso")
    lines = to_summary(scan).splitlines()
    assert lines[0].startswith(f"{len(scan.causes)} causes are behind 9 critical, ")
    at = lines.index(f"Causes: {len(scan.causes)}")
    assert lines[at + 1].startswith("Findings: ")
    assert len(scan.causes) < len(scan.findings)


def test_the_causes_of_a_scan_in_which_nothing_explains_anything_are_its_findings():
    text = to_summary(scan_of(b.estate(b.account(identity_type=None))))
    assert re.match(r"(\d+ \w+(, | and ))*\d+ \w+ findings?, and ", text)


def stopped_group(*parts):
    stale = (b.worker(age=b.days(40)), b.worker("vm2", age=b.days(50)))
    return scan_of(b.estate(b.account(), b.group(), *stale, b.runbook(), *parts))


def line_on(check, scan):
    """The line below the one that names the check."""
    lines = to_summary(scan).splitlines()
    at = next(number for number, line in enumerate(lines) if f" {check}: " in line)
    return lines[at + 1]


def test_a_cause_tells_what_it_explains_and_the_next_run_that_it_hurts():
    soon, later = (b.schedule(name, next_run=NOW + b.days(count)) for name, count in (("Soon", 1), ("Later", 2)))
    ties = (b.job_schedule(name, runbook="Backup", run_on="workers") for name in ("Later", "Soon"))
    assert line_on("worker-stale", stopped_group(soon, later, *ties)) == (
        "    explains 1 finding: group-without-active-worker; "
        "hurts workers: Soon starts Backup there next, at 2026-11-23 12:00:00 UTC"
    )


def test_a_cause_that_hurts_only_what_a_webhook_starts_names_no_time():
    scan = stopped_group(b.webhook(runbook="Backup", run_on="workers"))
    assert line_on("worker-stale", scan) == "    explains 1 finding: group-without-active-worker; hurts workers"


def test_a_cause_on_which_nothing_runs_hurts_nothing():
    assert line_on("worker-stale", stopped_group()) == "    explains 1 finding: group-without-active-worker"


def test_a_cause_is_told_by_the_worst_that_it_explains():
    scan = scan_of(b.estate(b.account(), b.group(), b.worker(age=b.days(2))))
    assert [(f.check, f.severity.value) for f in scan.findings if f.subject != b.account_id()] == [
        ("group-without-active-worker", "high"),
        ("worker-disconnected", "medium"),
    ]
    assert "  HIGH     worker-disconnected: " in to_summary(scan)


def test_what_is_accepted_in_full_is_not_among_the_causes_to_look_at():
    scan = stopped_group()
    accepted = Acceptance(
        owner="ops", reason="ends soon", ticket="T-1", expires=NOW.date(), accepted_on=None, origin="hwaudit.toml"
    )
    checks = {"worker-stale", "group-without-active-worker"}

    def accepting(names):
        return msgspec.structs.replace(
            scan,
            findings=tuple(
                msgspec.structs.replace(f, acceptance=accepted if f.check in names else None) for f in scan.findings
            ),
        )

    assert " worker-stale: " in to_summary(accepting({"worker-stale"}))
    assert " worker-stale: " not in to_summary(accepting(checks))
    assert len(accepting(checks).open_causes) == len(scan.causes) - 2


def test_the_outcomes_of_the_scenarios_are_counted_on_one_line():
    scan = scan_of(b.estate(b.account(), b.group(), b.worker(age=b.days(40)), b.gap(Reading.RUNBOOKS, b.account_id())))
    (line,) = [line for line in to_summary(scan).splitlines() if line.startswith("Scenarios: ")]
    detected, no_sign, not_seen = map(
        int, re.fullmatch(r"Scenarios: (\d+) detected, (\d+) no sign, (\d+) not seen", line).groups()
    )
    assert detected + no_sign + not_seen == 14
    assert detected
    assert not_seen


def test_gaps_beyond_the_first_are_counted():
    gaps = len(scan_named("blind").blind_spots)
    assert f"  and {gaps - TOP} more" in summary("blind").splitlines()


def test_it_says_where_the_reports_lie():
    assert summary("spotless", Path("out/report.json")).endswith("Written:\n  out/report.json\n")


def test_an_interrupted_scan_says_so_first():
    scan = scan_named("spotless")
    facts = msgspec.structs.replace(scan.estate.facts, interrupted=True)
    stopped = msgspec.structs.replace(scan, estate=msgspec.structs.replace(scan.estate, facts=facts))
    assert to_summary(stopped).startswith("INTERRUPTED")


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_spelled_out(name):
    text = to_summary(scan_of(estate_of(hostile_tenant(name))))
    assert all(character.isprintable() or character == "\n" for character in text)
    assert visible(name) in text


def test_an_escape_sequence_is_seen_and_not_obeyed():
    text = to_summary(scan_of(estate_of(hostile_tenant("\x1b[2Jsafe\u202egnp.exe\u200b"))))
    assert r"\x1b[2Jsafe\u202egnp.exe\u200b in hwg" in text


def test_a_large_tenant_has_a_short_summary():
    text = to_summary(scan_of(estate_of(generate(accounts=30, subscriptions=3, now=NOW), page_size=1000)))
    assert len(text.splitlines()) < 40
