"""The note about a clock that is off: only when every answer agrees on it, and true with and without --as-of."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from builders import NOW

from scanner.clocks import TOLERATED, ClockWatch


def watch(*seconds_ahead):
    made = ClockWatch()
    for seconds in seconds_ahead:
        date = "" if seconds is None else format_datetime(datetime.now(UTC) - timedelta(seconds=seconds), usegmt=True)
        made.compare({"Date": date})
    return made


@pytest.mark.parametrize(
    "seconds", [(), (3600, 3600), (3600, 3600, 2), (0, 3600, 3600, 3600), (None, None, None), (TOLERATED - 10,) * 3]
)
def test_clocks_that_agree_in_any_answer_or_were_hardly_seen_are_not_noted(seconds):
    assert watch(*seconds).notes(None) == ()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ((3600,) * 3, "60 minutes ahead of"),
        ((-3600,) * 3, "60 minutes behind"),
        ((9000, 3600, -7200), "60 minutes ahead of"),
    ],
)
def test_the_smallest_difference_of_several_answers_is_noted(seconds, said):
    [note] = watch(*seconds).notes(None)
    assert note == (
        f"this machine's clock is {said} Azure's: ages and expiries in the report are off by as much; "
        "set the clock, or give the true time with --as-of"
    )


def test_ages_that_were_measured_at_a_given_moment_are_not_doubted():
    [note] = watch(3600, 3600, 3600).notes(NOW)
    assert "ages" not in note
    assert note.endswith("the times of the scan itself are off by as much; set the clock")
