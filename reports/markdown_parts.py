"""What the Markdown reports have in common: a page that knows how much room is left, and parts of their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.escaping import code, markdown
from reports.left_out import left_out
from reports.tenants import tenants_of
from reports.values import counted, with_commas
from reports.verdict import judgement
from scanner.findings import Scan, Step

Row = tuple[str, ...]


class Page:
    """Yields parts of a text of at most `limit` bytes of UTF-8: what does not fit is counted."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def text(self, text: str) -> str:
        """The text itself, which takes its room."""
        self.left -= len(text.encode())
        return text

    def table(self, head: Row, rows: Iterable[Row], count: int, share: int, noun: str) -> Iterator[str]:
        """A table with as many of its `count` rows as fit into `share` bytes."""
        yield self.text(f"{row(head)}{row('---' for _ in head)}")
        yield from self.blocks(map(row, rows), count, share, noun)

    def blocks(self, blocks: Iterable[str], count: int, share: int, noun: str) -> Iterator[str]:
        """As many blocks as fit into `share` bytes, each whole or not at all, and how many of `count` were left out."""
        room = min(share, self.left)
        written = 0
        for block in blocks:
            room -= len(block.encode())
            if room < 0:
                break
            written += 1
            yield self.text(block)
        if written < count:
            yield self.text(
                f"\n{counted(count - written, noun)} more did not fit in here; the other formats have them.\n"
            )


def row(cells: Iterable[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(cells)} |\n"


def verdict_line(scan: Scan) -> str:
    """The verdict with what the scan left out, on one line."""
    return " ".join((judgement(scan), *map(markdown, left_out(scan))))


def tenant_lines(scan: Scan) -> str:
    """A line for each tenant of a scan of several; empty for one."""
    return "".join(f"**Tenant** {code(t.title)}: {markdown(t.outcome)}  \n" for t in tenants_of(scan.estate))


def coverage(scan: Scan) -> str:
    """How much was read and judged, on one line."""
    ledger = scan.estate.ledger
    answered = f"{with_commas(ledger.answered)} of {counted(ledger.planned, 'planned read')} answered"
    unknowns, errors = counted(len(scan.unknowns), "unknown verdict"), counted(len(scan.errors), "crashed check")
    return f"**Coverage:** {answered}, {unknowns}, {errors}"


def step_line(step: Step) -> str:
    """A step of a remedy with its command, on one line."""
    return f"{markdown(step.text)} {code(step.command)}" if step.command else markdown(step.text)
