"""The order of the page, the contents beside it, and the sheets that it prints as."""

from __future__ import annotations

import re

import builders as b
import msgspec

from reports import changes_view
from reports.html import to_html
from reports.print_sheet import print_sheet
from scanner import __version__
from scanner.comparison import Baseline, record_of
from scanner.findings import Scan
from scanner.inventory import Reading
from scanner.pipeline import scan_of
from scanner.settings import read_settings

ORDER = [
    "coverage",
    "causes",
    "timeline",
    "findings",
    "topology",
    "scenarios",
    "regions",
    "ledger",
    "unknowns",
    "checks",
]


def page_of(*parts, **options) -> str:
    return to_html(scan_of(b.estate(*parts, **options)))


def tenant(scan: Scan, id_: str | None) -> Scan:
    facts = msgspec.structs.replace(scan.estate.facts, tenant_id=id_)
    return msgspec.structs.replace(scan, estate=msgspec.structs.replace(scan.estate, facts=facts))


def test_what_was_not_seen_and_the_causes_stand_before_the_details():
    page = page_of(b.account(), b.gap(Reading.JOBS, b.account_id()))
    places = [page.index(f'<section id="{name}"') for name in ORDER]
    assert page.index('id="verdict"') < places[0]
    assert places == sorted(places)


def test_the_contents_lead_to_every_section_in_its_order():
    page = page_of(b.account())
    contents = re.search(r'<nav class="contents".*?</nav>', page, re.DOTALL)[0]
    sections = re.findall(r'<section id="([a-z]+)"', page)
    assert re.findall(r'href="#([a-z]+)"', contents) == ["verdict", *(name for name in sections if name in contents)]
    assert set(ORDER) <= set(re.findall(r'href="#([a-z]+)"', contents))


def test_a_severity_leads_to_the_causes_that_are_as_bad():
    page = page_of(b.account(), b.group(), b.worker(age=b.days(45)))
    assert '<a href="#causes-high">' in page
    assert 'id="causes-high"' in page


def test_the_missing_roles_stand_in_the_ledger_with_their_commands():
    page = page_of(b.account(), b.gap(Reading.JOBS, b.account_id()))
    ledger = page[page.index('id="ledger"') : page.index('id="unknowns"')]
    assert "az role definition create" in ledger
    assert "az role assignment create" in ledger
    assert "&lt;object id of the login&gt;" in ledger
    assert "job-stuck" in ledger
    assert "az role" not in page_of(b.account())


def test_a_definition_is_printed_line_by_line_and_copies_as_one_command():
    page = page_of(b.account(), b.gap(Reading.JOBS, b.account_id()))
    block = re.search(r"<code>(<span>az role definition create.*?)</code>", page, re.DOTALL)[1]
    copied = re.sub("<[^>]+>", "", block)
    assert "\n  &#34;IsCustom&#34;: true,\n" in copied
    assert "\\n" not in copied


def test_each_printed_sheet_names_tenant_moment_version_and_its_number():
    page = to_html(tenant(scan_of(b.estate(b.account(), as_of=b.NOW)), "c0a70500-72f9-4d8e-8f6b-1a2b3c4d5e00"))
    assert '@top-right { content: "Tenant c0a70500-72f9-4d8e-8f6b-1a2b3c4d5e00"; }' in page
    assert f'@bottom-left {{ content: "As of 2026-11-22 12:00 UTC, hybrid-worker-audit {__version__}"; }}' in page
    assert 'content: "Page " counter(page) " of " counter(pages);' in page


def test_a_hostile_tenant_id_cannot_leave_the_string_of_the_style():
    facts = tenant(scan_of(b.estate(b.account())), '"; } </style><script>\\ \n*{display:none}' + "x" * 500).estate.facts
    sheet = print_sheet(facts)
    (text,) = re.findall(r'@top-right \{ content: "(.*?)"; \}', sheet)
    assert re.fullmatch(r"[A-Za-z0-9 .,:_-]*", text)
    assert len(text) < 100
    assert "<" not in sheet
    assert 'content: "Tenant not told"' in print_sheet(tenant(scan_of(b.estate(b.account())), None).estate.facts)


def test_what_is_closed_on_the_screen_is_open_on_paper():
    page = page_of(b.account())
    paper = page[page.index("@media print") :]
    assert "#causes" in paper[: paper.index("details::details-content")]
    assert "#ledger" in paper[: paper.index("details::details-content")]
    assert "attr(href)" in paper


def test_the_controls_of_a_framework_have_their_status_checks_and_evidence():
    scan = scan_of(b.estate(b.account()), frameworks=("mcsb",))
    page = to_html(scan)
    section = page[page.index('<section id="controls"') : page.index('<section id="checks"')]
    (view,) = scan.frameworks
    assert section.count('<th scope="row">') == len(view.rows)
    assert "no certification and no audit opinion" in section
    told = [check for row in view.rows for check in row.checks if check.findings]
    assert told
    assert all(f'href="#f-{check.findings[0]}"' in section for check in told)
    assert "not met" in section
    assert 'href="#controls"' in page


def test_a_page_without_a_framework_has_no_controls():
    assert 'id="controls"' not in page_of(b.account())


def beside(old, new, name: str = "last.snapshot") -> Scan:
    return scan_of(new, baseline=Baseline(record_of(scan_of(old), name), old))


def test_the_changes_since_the_baseline_stand_before_the_findings():
    account, group = b.account(), b.group()
    scan = beside(
        b.estate(account, group, b.worker(age=b.days(45))), b.estate(account, group, b.worker("new", age=b.days(40)))
    )
    page = to_html(scan)
    section = page[page.index('<section id="comparison"') : page.index('<section id="findings"')]
    assert "From last.snapshot (scanned 2026-11-22 12:00:00 UTC) to this scan" in section
    assert "New findings" in section
    assert "worker-stale" in section
    assert 'href="#comparison"' in page


def test_changes_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(changes_view, "MOST_CHANGES", 1)
    account, group = b.account(), b.group()
    workers = [b.worker(name, age=b.days(45)) for name in ("one", "two", "three")]
    page = to_html(beside(b.estate(account, group), b.estate(account, group, *workers)))
    assert "more; <code>hwaudit diff</code> has all" in page


def test_a_page_without_a_baseline_has_no_changes():
    assert 'id="comparison"' not in page_of(b.account())


def judged_with(text: str, tmp_path, *parts) -> Scan:
    path = tmp_path / "hwaudit.toml"
    path.write_text(text)
    return scan_of(b.estate(*parts, as_of=b.NOW), settings=read_settings(path))


def test_accepted_risk_has_its_owner_age_and_end_and_settings_their_origin(tmp_path):
    text = """
[severity]
account-local-auth = "info"
[[accept]]
check = "worker-stale"
owner = "ops <b>"
reason = "moves in spring"
ticket = "T-1"
accepted = 2026-11-02
expires = 2026-12-31
"""
    page = to_html(judged_with(text, tmp_path, b.account(), b.group(), b.worker(age=b.days(45))))
    section = page[page.index('<section id="settings"') : page.index('<section id="checks"')]
    for words in ("worker-stale", "ops &lt;b&gt;", "moves in spring", "T-1", "in force", "1 finding is covered"):
        assert words in section
    assert "accepted on 2026-11-02, 20 days old" in section
    assert "until 2026-12-31, 39 days left" in section
    assert "severity of account-local-auth" in section
    assert "hwaudit.toml" in section
    assert 'href="#settings"' in page
    assert "accepted until 2026-12-31 by ops &lt;b&gt; (T-1)" in page


def test_a_page_without_settings_has_no_such_section():
    assert 'id="settings"' not in page_of(b.account())
