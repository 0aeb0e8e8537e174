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
from scanner.findings import Unknown
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
    shown = [line.split()[0] for line in lines[at + 1 : at + 1 + TOP]]
    assert set(shown) == {"CRITICAL", "HIGH"}
    assert shown == sorted(shown)
    assert lines[at + 1 + TOP].endswith(" more in the report")


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
