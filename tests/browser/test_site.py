"""The documentation site as a reader sees it: it loads nothing from elsewhere, fits a phone, and can be searched."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "build" / "site"
"""What `make site` built."""
SHOWN = ["index.html", "readme.html", "faq.html", "emulator.html", "checks/index.html", "checks/worker-stale.html"]

pytestmark = pytest.mark.browser


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def read(browser, address):
    """Open a page of the site; at the end, all requests must have gone to this machine and been answered."""
    contexts, asked, refused = [], [], []

    def page_of(name, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda response: refused.append(response.url) if response.status >= 400 else None)
        page.goto(address + name, wait_until="networkidle")
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert refused == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360], ids=["wide", "phone"])
def test_a_page_fits_and_loads_nothing_from_elsewhere(read, address, scheme, width):
    page = read(SHOWN[0], color_scheme=scheme, viewport={"width": width, "height": 900})
    for name in SHOWN:
        page.goto(address + name)
        assert page.locator("article h1").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_search_finds_a_check_without_a_service(read):
    page = read("index.html")
    page.keyboard.press("Control+k")
    page.wait_for_timeout(300)
    page.keyboard.type("worker-purge-soon")
    page.locator('[href*="worker-purge-soon.html?h="]').first.wait_for()
