"""What a page with 100,000 findings is held to; the times are the browser's own, from input to the next frame."""

from __future__ import annotations

import pytest

MOST_BYTES = 25_000_000
INTERACTIVE_MS = 3000
ANSWER_MS = 100

_TIMED = """async ([name, value]) => {
  const field = document.getElementById("filter").elements[name];
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const start = performance.now();
  field.value = value;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - start;
}"""

_BOX = """async (severity) => {
  const start = performance.now();
  document.querySelector(`input[name=severity][value=${severity}]`).click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - start;
}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def told(record_testsuite_property):
    return record_testsuite_property


def shown(page) -> int:
    return int(page.locator("#filter output").inner_text().split(" ")[0].replace(",", ""))


def test_the_file_is_small_enough_to_be_sent(big, told):
    told("bytes", big.stat().st_size)
    assert big.stat().st_size <= MOST_BYTES


def test_it_can_be_used_soon_and_answers_at_once(big, opened, told):
    page = opened().go(big)
    interactive = page.evaluate("performance.getEntriesByName('interactive')[0].startTime")
    told("interactive ms", round(interactive))
    assert interactive <= INTERACTIVE_MS
    everything = shown(page)
    asked = [
        ("q", "vm-prod-00042"),
        ("q", "e"),
        ("q", "has no managed identity servers-1"),
        ("q", "/subscriptions/9e000000-0000-4000-8000-000000000003/resourceGroups/rg-automation-00150/"),
        ("q", "nothing has this name"),
        ("q", ""),
        ("check", "worker-stale"),
        ("check", ""),
        ("account", "aa-production-00007"),
        ("account", ""),
        ("part", "cause"),
        ("part", "effect"),
        ("part", ""),
        ("order", "account"),
        ("order", ""),
    ]
    times = {f"{name}={value}": page.evaluate(_TIMED, [name, value]) for name, value in asked}
    assert shown(page) == everything
    times |= {severity: page.evaluate(_BOX, severity) for severity in ("critical", "low")}
    slowest = max(times, key=lambda question: times[question])
    told("slowest answer", f"{slowest}: {times[slowest]:.0f} ms")
    assert times[slowest] <= ANSWER_MS, times
    assert 0 < shown(page) < everything


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
