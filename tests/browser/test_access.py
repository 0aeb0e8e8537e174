"""The page for everyone: no serious violation of axe's rules, in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.anchors import account_anchor, finding_anchor

AXE = Path(__file__).parents[2] / "tools/axe/node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=[1280, 360], ids=["wide", "phone"])
def width(request):
    return request.param


def violations(page) -> list[str]:
    # Through the debugger, for the page's own policy lets no other script in.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{each['id']}: {node['html'][:120]}" for each in found if each["impact"] in SERIOUS for node in each["nodes"]
    ]


def test_axe_finds_nothing_serious_in_any_state_of_the_page(report, opened, demo, scheme, width):
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 800}).go(report)
    assert violations(page) == []
    finding = next(finding for finding in demo.findings if finding.root_cause and finding.impact)
    page.evaluate("(hash) => { location.hash = hash; }", finding_anchor(finding))
    page.locator("#detail .evidence").wait_for()
    page.evaluate("(hash) => { location.hash = hash; }", account_anchor(finding.account))
    page.locator("#account-page svg.topology").wait_for()
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    assert violations(page) == []
    page.locator("input[name=q]").fill("nothing has this name")
    assert violations(page) == []


def test_a_page_full_of_gaps_has_nothing_serious_either(blind, opened, scheme):
    assert violations(opened(color_scheme=scheme).go(blind)) == []


def test_nothing_is_cut_off_on_a_phone(report, opened, demo):
    page = opened(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).go(report)
    page.evaluate("(hash) => { location.hash = hash; }", finding_anchor(demo.findings[0]))
    page.locator("#detail .evidence").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#detail").is_visible()


def test_nothing_moves_for_a_reader_who_wants_no_motion(report, opened):
    page = opened(reduced_motion="reduce").go(report)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.getAnimations().length") == 0
