"""Markdown: GitHub's reader sees tables with the same cells in each row, and no name is a link, a mention or HTML."""

import re

import msgspec
import pytest
from markdown_it import MarkdownIt
from reported import BLIND, HOSTILE, SCANS, accepted, crashed, hostile, interrupted, many, rendered, with_findings
from tenants import scan_named

from reports.escaping import code, markdown
from reports.markdown import LIMIT
from scanner.escape import visible

READER = MarkdownIt("gfm-like")


def text(scan):
    return rendered("markdown", scan).decode()


def tokens(scan):
    for token in READER.parse(text(scan)):
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_only_text_and_code(name):
    inline = READER.parseInline(markdown(name))[0].children
    assert {token.type for token in inline} <= {"text", "code_inline"}
    shown = "".join(token.content for token in inline)
    wanted = visible(name).replace("|", r"\x7c")
    assert shown.split() == wanted.split()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_could_be_a_mention_or_a_reference_stands_in_code(name):
    inline = READER.parseInline(markdown(name))[0].children
    plain = " ".join(token.content for token in inline if token.type == "text")
    assert not re.search(r"[@#<>&\[\]|*_~`\\]|GH-\d|www\.|://", plain)


@pytest.mark.parametrize("name", ["a`b", "`", "``", "a``b`", " ", "|", "\\", "x\\"])
def test_code_is_one_span_whatever_is_in_it(name):
    row = f"| a | b |\n| --- | --- |\n| {code(name)} | end |\n"
    cells = [token for token in READER.parse(row) if token.type == "inline"]
    assert len(cells) == 4
    assert cells[3].content == "end"


def test_a_sentence_stays_a_sentence():
    assert markdown("The worker wkr-01 has not pinged for 40 days (since 2026-10-01).") == (
        "The worker `wkr-01` has not pinged for 40 days (since 2026-10-01)."
    )


@pytest.mark.parametrize("case", SCANS)
def test_there_are_no_links_and_no_foreign_html(case):
    found = list(tokens(SCANS[case]()))
    assert not [token for token in found if token.type in {"link_open", "image"}]
    html = {token.content.strip() for token in found if token.type in {"html_inline", "html_block"}}
    assert all(re.fullmatch(r"<br>|</?details>|<details>\n<summary>[\w :]+</summary>", tag) for tag in html), html


@pytest.mark.parametrize("case", SCANS)
def test_every_row_of_a_table_has_the_cells_of_its_head(case):
    cells, head = 0, 0
    for token in tokens(SCANS[case]()):
        if token.type == "tr_open":
            cells = 0
        elif token.type in {"th_open", "td_open"}:
            cells += 1
        elif token.type == "tr_close" and head:
            assert cells == head
        head = 0 if token.type == "table_open" else cells if token.type == "thead_close" else head
    rows = [line for line in text(SCANS[case]()).splitlines() if line.startswith("|")]
    assert rows
    assert sum(1 for token in tokens(SCANS[case]()) if token.type == "tr_open") == len(
        [row for row in rows if not re.fullmatch(r"[| :-]+", row)]
    )


def test_the_verdict_stands_first_and_in_its_colour():
    assert text(scan_named("contoso")).splitlines()[2] == "> [!CAUTION]"
    assert text(scan_named("spotless")).splitlines()[2] == "> [!NOTE]"
    assert "Nothing: every planned read was answered" in text(scan_named("spotless"))


@pytest.mark.parametrize("case", BLIND)
def test_a_scan_that_did_not_see_everything_is_a_warning(case):
    assert text(BLIND[case]()).splitlines()[2] == "> [!WARNING]"
    assert "## Not seen" in text(BLIND[case]())
    assert "Nothing: every" not in text(BLIND[case]())


def test_interruptions_and_crashes_are_told():
    assert "The scan was interrupted: whatever it had not read" in text(interrupted())
    assert "* The check `worker-stale` crashed and judged nothing: KeyError" in text(crashed())


def test_every_missing_permission_is_named():
    for spot in scan_named("blind").blind_spots:
        assert f"`{spot.gap.action or spot.gap.operation}`" in text(scan_named("blind"))


def test_accepted_and_new_findings_are_marked():
    shown = text(accepted())
    assert "| Severity | Open | Accepted | New | Changed | Still |" in shown
    assert "## New beside the baseline: 1\n" in shown
    assert "accepted, still<br>accepted by `=Ops` until 2027-01-31, `T-1`: known" in shown


def test_what_does_not_fit_is_counted_the_worst_being_there():
    scan = many(4_000)
    shown = text(scan)
    assert len(shown.encode()) <= LIMIT < 1024 * 1024
    (left,) = re.findall(r"^([\d,]+) findings more did not fit in here", shown, re.MULTILINE)
    listed = [finding for finding in scan.findings if f"`{finding.fingerprint}`" in shown]
    assert len(listed) + int(left.replace(",", "")) == len(scan.findings)
    assert listed == list(scan.findings[: len(listed)])
    assert shown.endswith("`AzureCloud`\n")


def test_many_gaps_and_causes_leave_room_for_findings():
    scan = many(4_000)
    causes = tuple(msgspec.structs.replace(f, root_cause=scan.findings[0].fingerprint) for f in scan.findings[1:])
    shown = text(with_findings(scan, (scan.findings[0], *causes)))
    assert "## Findings: 4,000" in shown
    assert len(shown.encode()) <= LIMIT


def test_hostile_names_are_in_it():
    assert visible("safe\u202egnp.exe\u200b") in text(hostile())


def test_the_head_as_a_reader_sees_it(snapshot):
    shown = text(scan_named("contoso"))
    assert shown[: shown.index("## Causes")] == snapshot
