"""What a scan tells on a terminal while it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scanner.collect import Progress
from scanner.inventory import AutomationAccount, HybridWorker, Resource

if TYPE_CHECKING:
    from rich.progress import Progress as Bars


@contextmanager
def progress_line(*, shown: bool) -> Iterator[Progress]:
    """A live line on stderr with counts and the time left, or silence."""
    if not shown:
        yield Silent()
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("reads"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Shown(bars)


class Silent:
    """Progress that nobody watches."""

    def planned(self) -> None:
        """Say nothing."""

    def done(self, *, gap: bool) -> None:
        """Say nothing."""

    def found(self, resource: Resource) -> None:
        """Say nothing."""


class Shown:
    """Progress on a terminal: reads done of reads planned, what was found, and how many reads are Gaps."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("Reading", total=0)
        self._planned = 0
        self._gaps = 0
        self._found: Counter[type[Resource]] = Counter()

    def planned(self) -> None:
        """Count one more planned read."""
        self._planned += 1
        self._bars.update(self._task, total=self._planned)

    def done(self, *, gap: bool) -> None:
        """Count one ended read."""
        self._gaps += gap
        self._bars.update(self._task, advance=1, description=self._description())

    def found(self, resource: Resource) -> None:
        """Count one resource."""
        self._found[type(resource)] += 1

    def _description(self) -> str:
        gaps = f", {self._gaps} not answered" if self._gaps else ""
        return f"{self._found[AutomationAccount]} accounts, {self._found[HybridWorker]} workers{gaps}"
