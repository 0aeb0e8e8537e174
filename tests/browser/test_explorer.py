"""The explorer as a reader uses it: keys, links, filters, copies, and names that attack."""

from __future__ import annotations

import re

import pytest
from browsing import until
from hostile import NAMES

from reports.anchors import account_anchor, finding_anchor
from scanner.escape import visible

pytestmark = pytest.mark.browser


def shown(page) -> str:
    return page.locator("#filter output").inner_text()


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-rowindex') || document.activeElement.id")


def test_without_a_script_the_page_says_what_it_lacks_and_shows_the_rest(report, opened):
    page = opened(java_script_enabled=False).page
    page.goto(report.as_uri())
    assert "needs the page's own script" in page.locator("#findings").inner_text()
    assert page.locator("#explorer").is_hidden()
    assert page.locator("svg.topology").first.is_visible()


def test_the_keyboard_alone_reaches_opens_and_closes_a_finding(report, opened, demo):
    page = opened().go(report)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.locator("#list .row[tabindex='0']").focus()
    walked = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End", "Home", "PageDown"):
        page.keyboard.press(key)
        walked.append(int(focused(page)))
    assert walked[:5] == [2, 3, 2, len(demo.findings), 1]
    assert walked[5] > 2
    message = page.locator("#list .row:focus .words").inner_text()
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'detail-title'")
    assert page.locator("#detail-title").inner_text() == message
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()
    assert int(focused(page)) == walked[5]


def test_every_finding_has_one_row_worst_first(report, opened, demo):
    page = opened().go(report)
    seen = {}
    for _ in range(40):
        for row in page.locator("#list .row").all():
            seen[int(row.get_attribute("aria-rowindex"))] = (
                row.locator(".badge").inner_text(),
                row.locator(".words").inner_text(),
            )
        page.locator("#list .row[tabindex='0']").focus()
        page.keyboard.press("PageDown")
    assert sorted(seen) == list(range(1, len(demo.findings) + 1))
    assert sorted(message for _, message in seen.values()) == sorted(f.message for f in demo.findings)
    ranks = ["critical", "high", "medium", "low", "info"]
    order = [ranks.index(seen[number][0].lower()) for number in sorted(seen)]
    assert order == sorted(order)


def test_a_link_to_a_finding_opens_it_also_under_a_filter_that_hides_it(report, opened, demo):
    low = next(finding for finding in demo.findings if finding.severity == "low")
    page = opened().go(report, f"#{finding_anchor(low)}?severity=critical")
    until(page, "document.activeElement.id === 'detail-title'")
    assert page.locator("#detail-title").inner_text() == low.message
    assert page.locator("#list .row[aria-selected='true'] .words").inner_text() == low.message
    assert page.locator("#list .row[aria-selected='true']").is_visible()


def test_a_cause_and_its_effect_lead_to_each_other(report, opened, demo):
    effect = next(finding for finding in demo.findings if finding.root_cause)
    cause = next(finding for finding in demo.findings if finding.fingerprint == effect.root_cause)
    page = opened().go(report, f"#{finding_anchor(effect)}")
    page.locator("#detail .part a", has_text=cause.message).first.click()
    until(page, "(text) => document.getElementById('detail-title')?.textContent === text", cause.message)
    page.locator("#detail .part a", has_text=effect.message).first.click()
    until(page, "(text) => document.getElementById('detail-title')?.textContent === text", effect.message)
    page.go_back()
    until(page, "(text) => document.getElementById('detail-title')?.textContent === text", cause.message)


def test_an_opened_effect_tells_the_way_to_its_cause(report, opened, demo):
    effect = next(finding for finding in demo.findings if len(finding.path) > 1)
    page = opened().go(report, f"#{finding_anchor(effect)}")
    page.locator("#detail ol.path").wait_for()
    hops = page.locator("#detail ol.path li .id")
    assert [hop.get_attribute("title") for hop in hops.all()] == [visible(hop.id.text) for hop in effect.path]


def test_a_filter_is_counted_kept_in_the_address_and_brought_back_by_it(report, opened, demo):
    wanted = [f for f in demo.findings if f.severity == "high" and "worker" in f.message.lower()]
    page = opened().go(report)
    page.locator("input[name=severity][value=high]").check()
    page.locator("input[name=q]").fill("WORKER")
    counted = shown(page)
    address = page.evaluate("location.hash")
    assert re.fullmatch(rf"\d+ of {len(demo.findings)} findings", counted)
    assert int(counted.split()[0]) >= len(wanted) > 0
    page.locator("#filter button").click()
    assert shown(page) == f"{len(demo.findings)} findings"
    again = opened().go(report, address)
    assert shown(again) == counted
    assert again.locator("input[name=q]").input_value() == "WORKER"


@pytest.mark.parametrize("name", ["check", "subscription", "scenario", "part"])
def test_each_choice_of_a_filter_shows_some_findings_and_not_all(name, report, opened, demo):
    page = opened().go(report)
    values = page.evaluate(
        "(name) => Array.from(document.getElementById('filter').elements[name].options, (o) => o.value)", name
    )
    counts = []
    for value in values[1:]:
        page.locator(f"select[name={name}]").select_option(value)
        counts.append(int(shown(page).split()[0]))
    assert all(0 < count < len(demo.findings) for count in counts), dict(zip(values[1:], counts, strict=True))
    if name in {"check", "subscription", "part"}:
        assert sum(counts) == len(demo.findings)


def test_a_severity_in_the_verdict_leads_to_its_causes(report, opened):
    page = opened().go(report)
    page.locator(".tile.critical a").click()
    until(page, "location.hash === '#causes-critical'")


def test_an_id_and_a_command_are_copied_as_they_are(report, opened, demo):
    finding = next(finding for finding in demo.findings if any(step.command for step in finding.remediation))
    command = next(step.command for step in finding.remediation if step.command)
    page = opened(permissions=["clipboard-read", "clipboard-write"]).go(report, f"#{finding_anchor(finding)}")
    for label, text in (("Copy this command", command), ("Copy the subject's id", str(finding.subject))):
        page.get_by_role("button", name=label).first.click()
        until(page, "(text) => navigator.clipboard.readText().then((copied) => copied === text)", text)


def test_a_link_to_an_account_opens_its_page_with_all_that_belongs_to_it(report, opened, demo):
    account = next(finding.account for finding in demo.findings if finding.account)
    page = opened().go(report, f"#{account_anchor(account)}")
    page.locator("#account-page svg.topology").wait_for()
    assert page.locator("#account-page").inner_text().count(str(account)) >= 1
    own = [finding for finding in demo.findings if finding.account == account]
    assert page.locator("#account-page .part").first.locator("li").count() == len(own)
    page.get_by_role("link", name="Show them in the list").click()
    until(
        page,
        "(text) => document.querySelector('#filter output').textContent === text",
        f"{len(own)} of {len(demo.findings)} findings",
    )


def test_gaps_of_an_account_lead_to_the_ledger_with_their_request_ids(blind, opened):
    page = opened().go(blind)
    for link in page.locator(".matches a").all()[:6]:
        link.click()
        page.locator("#account-title", has_text=link.locator("strong").inner_text()).wait_for()
        gaps = page.locator("#account-page a[href^='#gap-']")
        if gaps.count():
            target = gaps.first.get_attribute("href")
            assert page.locator(target).count() == 1
            return
    pytest.fail("no account of the tenant has a Gap")


def test_names_that_attack_are_shown_and_never_run(hostile, opened):
    page = opened().go(hostile)
    assert "ran" not in page.title()
    text = " ".join(page.locator("#list .words").all_inner_texts())
    assert visible(NAMES[0]) in text
    for row in page.locator("#list .row").all():
        row.click()
        page.locator("#detail .evidence").wait_for()
    page.locator(".matches a").first.click()
    page.locator("#account-page svg.topology").wait_for()
    assert page.locator("img, b, #detail script, #account-page script").count() == 0
    everything = page.evaluate("document.body.textContent")
    assert not re.search("[\x1b\u202e\u200b\x07]", everything)
    assert r"\x1b[2J" in everything
