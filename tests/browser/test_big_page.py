"""What a page with 100,000 findings is held to; the times are the browser's own, from input to the next frame."""

from __future__ import annotations

import pytest
from conftest import MEASURED

MOST_BYTES = 25_000_000
INTERACTIVE_MS = 3000
ANSWER_MS = 100

_TIMED = """async ([name, value]) => {
  const form = document.getElementById("filter");
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const start = performance.now();
  if (name === "severity") {
    form.querySelector(`input[value=${value}]`).click();
  } else {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - start;
}"""

_ASKED = (
    ("q", "vm-prod-00042"),
    ("q", "e"),
    ("q", "has no managed identity servers-1"),
    ("q", "/subscriptions/9e000000-0000-4000-8000-000000000003/resourceGroups/rg-automation-00150/"),
    ("q", "nothing has this name"),
    ("q", ""),
    ("severity", "critical"),
    ("severity", "low"),
    ("severity", "low"),
    ("severity", "critical"),
    ("check", "worker-stale"),
    ("check", ""),
    ("account", "aa-production-00007"),
    ("account", ""),
    ("part", "cause"),
    ("part", "effect"),
    ("part", ""),
    ("order", "account"),
    ("order", ""),
)
_ROUNDS = 3

pytestmark = pytest.mark.browser


@pytest.fixture
def told(record_property):
    """Keep a figure for the summary of the run."""
    return lambda name, value: record_property(MEASURED, (name, value))


def shown(page) -> int:
    return int(page.locator("#filter output").inner_text().split(" ")[0].replace(",", ""))


def test_the_file_is_small_enough_to_be_sent(big, told):
    told("bytes", big.stat().st_size)
    assert big.stat().st_size <= MOST_BYTES


def test_it_can_be_used_soon_and_answers_at_once(big, opened, told):
    """Of three rounds the best counts: what else the machine does is no fault of the page."""
    interactive, answers = [], []
    for _ in range(_ROUNDS):
        page = opened().go(big)
        interactive.append(page.evaluate("performance.getEntriesByName('interactive')[0].startTime"))
        everything = shown(page)
        answers.append([page.evaluate(_TIMED, list(question)) for question in _ASKED])
        assert shown(page) == everything
        page.context.close()
    best = {question: min(times) for question, times in zip(_ASKED, zip(*answers, strict=True), strict=True)}
    slowest = max(best, key=lambda question: best[question])
    told("interactive ms", round(min(interactive)))
    told("slowest answer", f"{'='.join(slowest)}: {best[slowest]:.0f} ms")
    assert min(interactive) <= INTERACTIVE_MS
    assert best[slowest] <= ANSWER_MS, best


def test_a_filter_of_many_leaves_some(big, opened):
    page = opened().go(big)
    everything = shown(page)
    for question, count in (("aa-production-00150", 12), ("aa-production-00150 servers-1", 5)):
        page.locator("input[name=q]").fill(question)
        assert 0 < shown(page) < 3 * count < everything
    whole = "/resourceGroups/rg-automation-00150/providers/Microsoft.Automation/automationAccounts/aa-production-00150/hybrid"
    page.locator("input[name=q]").fill(whole)
    assert 0 < shown(page) < 40


def test_a_finding_far_down_opens_with_its_details(big, opened):
    page = opened().go(big)
    page.locator("#list").focus()
    page.locator("#list .row").first.press("End")
    last = page.locator("#list .row:focus")
    assert int(last.get_attribute("aria-rowindex")) == int(page.locator("#list").get_attribute("aria-rowcount"))
    last.press("Enter")
    page.locator("#detail .evidence").wait_for()
    assert page.locator("#list .row").count() < 60


def test_the_page_of_any_account_opens_with_its_picture(big, opened):
    page = opened().go(big)
    page.locator(".jump input").fill("aa-production-07777")
    page.locator(".jump input").press("Enter")
    page.locator("#account-page svg.topology").wait_for()
    assert page.locator("#account-title").inner_text() == "aa-production-07777"
    page.locator("#account-page svg a").first.click()
    page.locator("#detail .evidence").wait_for()
