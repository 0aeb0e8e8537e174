"""What a scan tells while it runs: how much there is to do, the time left, and why it waits; in silence nothing."""

import asyncio
import io
import sys

import pytest
from builders import account, subscription, worker

from scanner.collect._estimate import Effort, Holding, estimate
from scanner.pacing import GRAPH, LOGS, TENANT, Outlook, Pacer
from scanner.progress import estimate_line, outlook_line, progress_line
from scanner.redaction import Redaction

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NAMES = {ONE: "Platform"}


def told(accounts, *, names=NAMES, **effort):
    holdings = [Holding(subscription=ONE, accounts=accounts, workspaces=0, lists=frozenset())]
    return estimate_line(estimate(holdings, Effort(**effort)), names)


class Terminal(io.StringIO):
    def isatty(self):
        return True


# -- the estimate ---------------------------------------------------------------------------------------------------


def test_the_estimate_says_how_much_how_long_and_why():
    assert told(1000) == (
        "about 19,754 requests for 1,000 accounts in 1 subscription, at least 13 minutes: "
        "Azure allows 25 reads a second in each subscription, and subscription Platform needs the longest"
    )


def test_below_a_minute_it_counts_seconds():
    assert "at least 22 seconds: " in told(40)


def test_what_the_width_bounds_is_said_so():
    assert told(2, width=1, latency=1.0).endswith(", at least 44 seconds with 1 at once")


def test_a_small_scan_is_told_without_a_time():
    assert told(1) == "about 24 requests for 1 account in 1 subscription"


def test_a_hostile_name_moves_no_cursor():
    assert r"subscription a\x1b[2Jb needs" in told(1000, names={ONE: "a\x1b[2Jb"})


# -- what lies ahead ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outlook", "line"),
    [
        (Outlook(0.4, ONE, 0.04), ""),
        (Outlook(30.0), "at least 30 seconds left"),
        (
            Outlook(300.0, ONE, 0.04),
            (
                "at least 5 minutes left: waiting for subscription Platform, "
                "Azure allows 25 reads a second in each subscription"
            ),
        ),
        (
            Outlook(300.0, TWO, 45.0),
            f"at least 5 minutes left: waiting for subscription {TWO}, which Azure throttles for 45 seconds more",
        ),
        (
            Outlook(29.0, LOGS, 12.0),
            "at least 29 seconds left: waiting for Log Analytics, Azure allows 5 log queries at once and 200 in 30 s",
        ),
        (
            Outlook(5.0, GRAPH, 5.0),
            "at least 5 seconds left: waiting for Resource Graph, Azure allows 15 queries in 5 s",
        ),
        (
            Outlook(5.0, TENANT, 0.04),
            "at least 5 seconds left: waiting for the tenant, Azure allows 25 reads a second of the tenant",
        ),
    ],
)
def test_what_lies_ahead_is_said_with_its_reason(outlook, line):
    assert outlook_line(outlook, NAMES) == line


# -- where it is told -----------------------------------------------------------------------------------------------


def tell(progress):
    home = subscription()
    progress.found(home)
    progress.planned()
    progress.found(account())
    progress.found(account())
    progress.found(worker())
    guid = home.id.subscription_id
    progress.estimated(estimate([Holding(subscription=guid, accounts=400, workspaces=0, lists=frozenset())], Effort()))
    progress.done(gap=True)
    return home


def test_a_log_gets_the_estimate_and_nothing_else(capsys):
    with progress_line(quiet=False) as progress:
        home = tell(progress)
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("hwaudit: about 7,904 requests for 400 accounts")
    assert home.name in line


def test_nothing_is_told_in_silence(capsys):
    with progress_line(quiet=True) as progress:
        tell(progress)
        asyncio.run(progress.watch(Pacer()))
    assert capsys.readouterr() == ("", "")


def test_a_scan_of_no_accounts_tells_no_estimate(capsys):
    with progress_line(quiet=False) as progress:
        progress.estimated(estimate([Holding(subscription=ONE, accounts=0, workspaces=0, lists=frozenset())], Effort()))
    assert capsys.readouterr().err == ""


def test_a_terminal_shows_counts_and_the_time_left(monkeypatch):
    async def watched(progress):
        tell(progress)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(progress.watch(Pacer()), 0.01)

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with progress_line(quiet=False) as progress:
        asyncio.run(watched(progress))
    shown = terminal.getvalue()
    assert "about 7,904 requests for 400 accounts" in shown
    assert "1 accounts, 1 workers, 1 not answered" in shown
    assert "at least 5 minutes left" in shown


def test_a_redacted_scan_tells_of_its_subscriptions_by_their_pseudonyms(capsys):
    redaction = Redaction(bytes(32))
    holdings = [Holding(subscription=ONE, accounts=1000, workspaces=0, lists=frozenset())]
    with progress_line(quiet=False, redaction=redaction) as progress:
        progress.found(subscription(ONE, name="Contoso R&D <Operations>"))
        progress.estimated(estimate(holdings, Effort()))
    line = capsys.readouterr().err
    assert "Contoso" not in line
    assert redaction.reveal(line) == (
        "hwaudit: about 19,754 requests for 1,000 accounts in 1 subscription, at least 13 minutes: Azure allows 25 "
        "reads a second in each subscription, and subscription Contoso R&D <Operations> needs the longest\n"
    )
