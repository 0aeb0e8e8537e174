"""The HTML report in a real browser: a Chromium without a window, which may reach nothing but the file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import until
from hostile import NAMES, hostile_tenant
from tenants import estate_of, scan_named

from benchmarks.book import Health
from benchmarks.estates import estate
from reports.html import html_chunks
from scanner.findings import Scan
from scanner.pipeline import scan_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BIG = 100_000
"""Findings of the big page, the number that the bounds hold for."""
_ACCOUNTS, _WORKERS = 8_360, 83_600

_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`refused: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
globalThis.alert = (text) => console.error(`ran: ${text}`);
"""


class Opened:
    """A page in the browser, with all that it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console", lambda told: self.complaints.append(told.text) if told.type in {"error", "warning"} else None
        )
        page.add_init_script(_WATCH)

    def go(self, file: Path, fragment: str = "") -> Page:
        """Open a report and wait until it can be used."""
        self.page.goto(file.as_uri() + fragment)
        until(self.page, "performance.getEntriesByName('interactive').length > 0")
        return self.page


@pytest.fixture(scope="session")
def browser(report: Path, blind: Path, hostile: Path) -> Iterator[Browser]:
    """Debian's Chromium, or the one that playwright installs where there is none.

    The tenants are scanned before: playwright's own event loop leaves no room for another one in this thread.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # the other tests run without it

    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        # A container has no namespaces for the sandbox; the file that is opened is the test's own.
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Make a page; options are those of a browser context. At the end it must have asked for no more than its file."""
    contexts = []
    pages: list[Opened] = []

    def make(**options: Any) -> Opened:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "offline": True} | options)
        contexts.append(context)
        pages.append(Opened(context.new_page()))
        return pages[-1]

    yield make
    for context in contexts:
        context.close()
    for page in pages:
        assert {url.partition("#")[0] for url in page.requests} == {page.requests[0].partition("#")[0]}
        assert page.requests[0].startswith("file:")
        assert page.complaints == []


def _written(scan: Scan, file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="\n") as page:
        page.writelines(html_chunks(scan))
    return file


@pytest.fixture(scope="session")
def demo() -> Scan:
    return scan_named("contoso")


@pytest.fixture(scope="session")
def report(demo: Scan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the demo."""
    return _written(demo, tmp_path_factory.mktemp("demo") / "report.html")


@pytest.fixture(scope="session")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a tenant of which much is not seen."""
    return _written(scan_named("blind"), tmp_path_factory.mktemp("blind") / "report.html")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a tenant whose names attack whoever prints them."""
    return _written(scan_of(estate_of(hostile_tenant(*NAMES))), tmp_path_factory.mktemp("hostile") / "report.html")


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of an estate with 100,000 findings."""
    scan = scan_of(estate(_ACCOUNTS, _WORKERS, Health.SICK))
    assert len(scan.findings) >= BIG
    return _written(scan, tmp_path_factory.mktemp("big") / "report.html")
