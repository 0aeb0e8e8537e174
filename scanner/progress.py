"""What a scan tells on stderr while it runs: how much there is to do, and on a terminal how far it is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Final

from scanner.collect import Estimate, Progress, Unwatched
from scanner.escape import visible
from scanner.inventory import AutomationAccount, HybridWorker, Resource, Subscription
from scanner.limits import GRAPH_QUERIES, LOG_QUERIES, LOG_QUERIES_AT_ONCE, READS_PER_SECOND
from scanner.pacing import GRAPH, LOGS, TENANT, Outlook, Pacer, kind_of
from scanner.redaction import Redaction
from scanner.terminal import complain

if TYPE_CHECKING:
    from rich.live import Live
    from rich.progress import Progress as Bars
    from rich.text import Text

_TICK: Final = 0.5  # seconds between two looks ahead
_LONG: Final = 1.0  # seconds that no limit's usual pace has one request wait
_MINUTE: Final = 60


class Teller(Progress):
    """A progress that may look ahead, too."""

    async def watch(self, pacer: Pacer) -> None:
        """Tell what the scan waits for, until cancelled; returns at once when nobody is told."""


@contextmanager
def progress_line(*, quiet: bool, redaction: Redaction | None = None) -> Iterator[Teller]:
    """Silence, one line on stderr, or on a terminal a live line with counts and the time left besides.

    With a redaction, names are told as their pseudonyms.
    """
    if quiet or sys.stderr is None:
        yield Silent()
        return
    if not sys.stderr.isatty():
        yield Told(redaction)
        return
    from rich.console import Console, Group  # noqa: PLC0415 - only a terminal needs it
    from rich.live import Live  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("reads"),
        TimeElapsedColumn(),
    )
    ahead = Text(no_wrap=True, overflow="ellipsis")
    with Live(Group(bars, ahead), console=Console(stderr=True), transient=True) as live:
        yield Shown(live, bars, ahead, redaction)


class Silent(Unwatched, Teller):
    """Progress that nobody watches, and that looks ahead for nobody."""


class Told(Silent):
    """Progress for a log: one line before most of the reads."""

    def __init__(self, redaction: Redaction | None = None) -> None:
        self._names: dict[str, str] = {}
        self._redaction = redaction

    def found(self, resource: Resource) -> None:
        """Learn how a subscription is called."""
        if isinstance(resource, Subscription):
            self._names[resource.id.subscription_id] = resource.name
            if self._redaction is not None:
                self._redaction.learn(resource)

    def estimated(self, estimate: Estimate) -> None:
        """Tell how much there is to do, if there is anything."""
        if estimate.accounts:
            self._tell(self._shown(estimate_line(estimate, self._names)))

    def _shown(self, line: str) -> str:
        return line if self._redaction is None else self._redaction.text(line)

    def _tell(self, line: str) -> None:
        complain(line)


class Shown(Told):
    """Progress on a terminal: reads done of reads planned, what was found, the Gaps, and the time left."""

    def __init__(self, live: Live, bars: Bars, ahead: Text, redaction: Redaction | None = None) -> None:
        super().__init__(redaction)
        self._live = live
        self._bars = bars
        self._ahead = ahead
        self._task = bars.add_task("Reading", total=0)
        self._planned = 0
        self._gaps = 0
        self._found: dict[type[Resource], set[str]] = {AutomationAccount: set(), HybridWorker: set()}
        self._expected: Mapping[str, int] = {}

    def planned(self) -> None:
        """Count one more planned read."""
        self._planned += 1
        self._bars.update(self._task, total=self._planned)

    def done(self, *, gap: bool) -> None:
        """Count one ended read."""
        self._gaps += gap
        self._bars.update(self._task, advance=1, description=self._description())

    def found(self, resource: Resource) -> None:
        """Count one resource, once."""
        super().found(resource)
        if type(resource) in self._found:  # which may be seen twice, in a list and by itself
            self._found[type(resource)].add(resource.id.key)

    def estimated(self, estimate: Estimate) -> None:
        """Tell how much there is to do, above the live line."""
        super().estimated(estimate)
        self._expected = estimate.lanes

    async def watch(self, pacer: Pacer) -> None:
        """Show the time left under Azure's limits, and what holds the scan up."""
        while True:
            self._ahead.plain = self._shown(outlook_line(pacer.outlook(self._expected), self._names))
            await asyncio.sleep(_TICK)

    def _tell(self, line: str) -> None:
        self._live.console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def _description(self) -> str:
        gaps = f", {self._gaps} not answered" if self._gaps else ""
        accounts, workers = (len(self._found[kind]) for kind in (AutomationAccount, HybridWorker))
        return f"{accounts} accounts, {workers} workers{gaps}"


def estimate_line(estimate: Estimate, names: Mapping[str, str]) -> str:
    """The estimate in one line; `names` are those of the subscriptions by GUID."""
    accounts, subscriptions = _count(estimate.accounts, "account"), _count(estimate.subscriptions, "subscription")
    line = f"about {_count(estimate.calls, 'request')} for {accounts} in {subscriptions}"
    if estimate.seconds < 1:
        return line
    return f"{line}, at least {_duration(estimate.seconds)}{_reason(estimate, names)}"


def _reason(estimate: Estimate, names: Mapping[str, str]) -> str:
    if not estimate.lane:
        return f" with {estimate.width} at once"
    place = _place(estimate.lane, names)
    return f": Azure allows {_rule(estimate.lane)}, and {place} needs the longest"


def outlook_line(outlook: Outlook, names: Mapping[str, str]) -> str:
    """What lies ahead in one line, empty when that is less than a second."""
    if outlook.seconds < 1:
        return ""
    left = f"at least {_duration(outlook.seconds)} left"
    if not outlook.lane:
        return left
    place = _place(outlook.lane, names)
    if outlook.next_in > _LONG and kind_of(outlook.lane) not in _WINDOWS:
        return f"{left}: waiting for {place}, which Azure throttles for {_duration(outlook.next_in)} more"
    return f"{left}: waiting for {place}, Azure allows {_rule(outlook.lane)}"


_WINDOWS: Final = {
    LOGS: f"{LOG_QUERIES_AT_ONCE} log queries at once and {LOG_QUERIES[0]} in {LOG_QUERIES[1]:.0f} s",
    GRAPH: f"{GRAPH_QUERIES[0]} queries in {GRAPH_QUERIES[1]:.0f} s",
}
_PLACES: Final = {LOGS: "Log Analytics", GRAPH: "Resource Graph", TENANT: "the tenant"}


def _rule(lane: str) -> str:
    kind = kind_of(lane)
    if kind in _WINDOWS:
        return _WINDOWS[kind]
    of = "of the tenant" if kind == TENANT else "in each subscription"
    return f"{READS_PER_SECOND:.0f} reads a second {of}"


def _place(lane: str, names: Mapping[str, str]) -> str:
    return _PLACES.get(kind_of(lane)) or f"subscription {visible(names.get(lane, lane))}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    """Whole seconds below a minute, whole minutes from there on."""
    if seconds < _MINUTE:
        return _count(ceil(seconds), "second")
    return _count(round(seconds / _MINUTE), "minute")
