"""The digest: one screen for an issue or a mail, in which no name pings anybody."""

import re

import msgspec
import pytest
from builders import OTHER_SUB, account, estate, group, worker
from markdown_it import MarkdownIt
from reported import BLIND, HOSTILE, SCANS, accepted, crashed, hostile, interrupted, many, rendered, with_findings
from tenants import scan_named

from reports.digest import LIMIT, MOST_CAUSES
from scanner.escape import visible
from scanner.findings import Severity
from scanner.pipeline import scan_of

READER = MarkdownIt("gfm-like")
ISSUE_BODY = 65_536


def text(scan):
    return rendered("digest", scan).decode()


def tokens(scan):
    for token in READER.parse(text(scan)):
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("case", SCANS)
def test_no_name_is_a_mention_a_reference_a_link_or_html(case):
    found = list(tokens(SCANS[case]()))
    assert not {token.type for token in found} & {"link_open", "image", "html_inline", "html_block"}
    plain = " ".join(token.content for token in found if token.type == "text")
    assert not re.search(r"[@#<>&\[\]|~\\]|GH-\d|www\.|://", plain)


@pytest.mark.parametrize("case", SCANS)
def test_it_fits_into_the_body_of_an_issue(case):
    assert len(text(SCANS[case]()).encode()) <= LIMIT < ISSUE_BODY


def test_many_long_names_are_cut_and_counted():
    scan = many(4_000)
    severities = list(Severity)
    findings = [
        msgspec.structs.replace(f, message="@long " * 1_500, check=f"check-{number}", severity=severities[number % 5])
        for number, f in enumerate(scan.findings)
    ]
    shown = text(with_findings(scan, findings))
    assert len(shown.encode()) <= LIMIT
    assert re.search(r"\d+ kinds more did not fit in here", shown)
    assert shown.endswith("The whole report is in `report.html`.\n")


def test_the_first_line_is_a_subject_and_the_verdict_follows():
    lines = text(scan_named("contoso")).splitlines()
    assert re.fullmatch(r"# Hybrid worker audit: \d+ open causes \(\d+ critical and \d+ high\), not every.*", lines[0])
    assert "planned reads were not answered" in lines[2]
    assert lines[4].startswith("**Coverage:** ")


@pytest.mark.parametrize("case", BLIND)
def test_what_was_not_seen_is_told_where_nothing_was_found(case):
    shown = text(BLIND[case]())
    assert "not everything was seen" in shown.splitlines()[0]
    assert "Nothing: every planned read" not in shown
    assert "None in what was seen and judged." in shown


def test_a_whole_scan_says_so():
    shown = text(scan_named("spotless"))
    assert "not everything" not in shown
    assert "Nothing: every planned read was answered, and every check judged." in shown


def test_interruptions_and_crashes_are_told():
    assert "* The scan was interrupted: whatever it had not read" in text(interrupted())
    assert "* The check `worker-stale` crashed and judged nothing\n" in text(crashed())


def test_a_shard_that_saw_all_of_its_own_tells_what_others_have_and_what_azure_left_out():
    seen = estate(account(), group(), worker(last_seen=None))
    scan = scan_of(msgspec.structs.replace(seen, facts=msgspec.structs.replace(seen.facts, elsewhere=(OTHER_SUB,))))
    assert scan.unknowns
    assert not scan.blind_spots
    section = text(scan).partition("## Not seen\n\n")[2]
    assert section.startswith("* 1 subscription in scope was left to shards that were not merged, and nothing in it")
    assert f"* {len(scan.unknowns)} verdicts unknown by values that Azure left out\n" in section


def test_accepted_causes_are_not_among_the_open_ones():
    scan = accepted()
    (first,) = [finding for finding in scan.findings if finding.acceptance]
    heads = [line for line in text(scan).splitlines() if line.startswith("## Open causes: ")]
    assert heads == [f"## Open causes: {len(scan.open_causes)}"]
    assert len(scan.open_causes) < len(scan.causes) or first.root_cause or "risk is accepted" in text(scan)


def test_the_worst_causes_come_first_and_the_rest_is_counted():
    shown = text(scan_named("contoso"))
    causes = shown[shown.index("## Open causes") : shown.index("## Not seen")]
    named = re.findall(r"^\* \*\*(\w+)\*\* `", causes, re.MULTILINE)
    assert len(named) == MOST_CAUSES
    assert named == sorted(named, key=lambda name: Severity(name).rank)
    alike = sum(map(int, re.findall(r"\(and (\d+) more like it\)", causes)))
    (rest,) = re.findall(r"^\* and (.*) more in the report$", causes, re.MULTILINE)
    left = sum(map(int, re.findall(r"\d+", rest)))
    assert MOST_CAUSES + alike + left == len(scan_named("contoso").open_causes)


def test_a_role_that_closes_gaps_is_one_line():
    shown = text(scan_named("blind"))
    assert re.search(r"^\* \*\*denied\*\* [\d,]+ reads?.*: assign a role with `.*Reader has it$", shown, re.MULTILINE)


def test_without_a_baseline_nothing_is_called_new():
    assert "There is no baseline to compare with" in text(scan_named("contoso"))


def test_hostile_names_are_in_it():
    assert visible(HOSTILE[0]).split()[0] in text(hostile())


def test_the_digest_as_a_reader_sees_it(snapshot):
    shown = text(scan_named("contoso"))
    assert shown[: shown.index("\n---\n")] == snapshot


def test_the_changes_as_a_reader_sees_them(snapshot):
    shown = text(hostile())
    assert shown[shown.index("## Since") : shown.index("## Open causes")] == snapshot
