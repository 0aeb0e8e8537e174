"""Waiting for a page in a browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SECONDS = 30


def until(page: Page, question: str, arg: Any = None) -> None:
    """Wait until the page answers a question with something true.

    It is asked through the debugger: playwright's own `wait_for_function` evaluates it in the page, whose policy
    refuses that.
    """
    end = time.monotonic() + _SECONDS
    while not page.evaluate(question, arg):
        assert time.monotonic() < end, question
        page.wait_for_timeout(20)
