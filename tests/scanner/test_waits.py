"""How long an answer asks to wait, in every form that services use; nonsense asks for nothing."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from azure.core.rest import HttpRequest
from hypothesis import given
from hypothesis import strategies as st

from scanner.emulator import Response
from scanner.emulator.transport import EmulatorResponse
from scanner.waits import LONGEST_BACKOFF, asked_wait, backoff, date_of, next_wait, retry_after

DATE = {"Date": "Mon, 27 Nov 2023 09:00:52 GMT"}
HOUR = timedelta(hours=1)
SECONDS = (
    "Number of requests exceeded the limit of '150' for time interval '01:00:00'. Please try again after '324' seconds."
)
MOMENT = "You have reached the limit of allowed API calls.Please retry after '2023-11-27T09:04:57.0000000Z' UTC."


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"retry-after-ms": "-1", "Retry-After": "9"}, 9),
        ({"x-ms-retry-after-ms": "2000"}, 2),
        ({"Retry-After": "Mon, 27 Nov 2023 09:01:52 GMT"} | DATE, 60),
        ({"Retry-After": "Mon, 27 Nov 2023 09:01:52 -0000"} | DATE, 60),
        ({"Retry-After": "Mon, 27 Nov 2023 10:01:52 +0100"} | DATE, 60),
        ({"Retry-After": "Mon, 27 Nov 2023 09:00:52 GMT"} | DATE, 0),
        ({"Retry-After": "Mon, 27 Nov 2023 09:00:51 GMT"} | DATE, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "1e999"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -0800"}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers, seconds):
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_date_is_measured_by_the_clock_of_the_answer(off):
    there = datetime.now(UTC).replace(microsecond=0) + off
    headers = {"Date": format_datetime(there, usegmt=True)}
    back = {"Retry-After": format_datetime(there + timedelta(seconds=30), usegmt=True)}
    assert retry_after(headers | back) == 30


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}])
def test_a_date_is_measured_by_this_machine_s_clock_when_the_answer_has_none(date):
    back = datetime.now(UTC) + timedelta(seconds=600)
    assert 590 < retry_after(date | {"Retry-After": format_datetime(back, usegmt=True)}) <= 600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (SECONDS, 324),
        (MOMENT, 245),
        ('{"error":{"code":"x","message":"Please try again after \'6\' seconds."}}', 6),
        ('{"error":{"message":"status 429: {\\"message\\":\\"Too many. Retry after 2 seconds.\\"}"}}', 2),
        ("The call can be retried in 14 seconds.", 14),
        ("Please retry after '2023-11-27T10:01:52+01:00'.", 60),
        ("Please retry after '2023-11-27T09:00:00Z' UTC.", None),
        ("Please retry after '2023-13-27T09:00:00Z' UTC.", None),
        ("Please try again later.", None),
        ("You made 100 requests in 60 seconds.", None),
        ("Please try again after '-5' seconds.", None),
        ("", None),
    ],
)
def test_a_throttled_answer_without_a_header_may_tell_it_in_its_text(text, seconds):
    assert asked_wait(429, DATE, text.encode()) == asked_wait(503, DATE, text.encode()) == seconds


def test_the_header_goes_before_the_text_and_other_statuses_have_none():
    assert asked_wait(429, {"Retry-After": "3"}, SECONDS.encode()) == 3
    assert asked_wait(500, {}, SECONDS.encode()) is None


WORDS = st.sampled_from(
    ["Retry after ", "try again after '", "retried in ", "-", "9" * 400, "1e9", " seconds", "'", "Z"]
)
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat())
TEXTS = st.lists(st.one_of(WORDS, MOMENTS, st.text(max_size=12)), max_size=6).map("".join)
VALUES = st.one_of(TEXTS, st.floats().map(str), st.integers().map(str), st.datetimes().map(format_datetime))


@given(
    st.dictionaries(st.sampled_from(["Retry-After", "retry-after-ms", "Date"]), VALUES), TEXTS, st.binary(max_size=30)
)
def test_whatever_an_answer_says_is_a_possible_wait_or_none(headers, text, noise):
    for body in (text.encode(errors="replace"), noise, text.encode(errors="replace") + noise):
        asked = asked_wait(429, headers, body)
        assert asked is None or (asked >= 0 and math.isfinite(asked))


@given(VALUES)
def test_a_date_header_is_a_utc_moment_or_none(text):
    date = date_of({"Date": text})
    assert date is None or date.utcoffset() == timedelta(0)


@given(st.integers(1, 10_000))
def test_the_back_off_is_bounded(tries):
    assert 0 < backoff(tries) <= LONGEST_BACKOFF


def test_the_next_wait_is_what_was_asked_else_the_back_off():
    def answered(headers, body=b""):
        return EmulatorResponse(HttpRequest("GET", "https://x/"), Response(429, headers, body))

    assert next_wait(answered({"Retry-After": "30"}), 1) == 30
    assert next_wait(answered(DATE, MOMENT.encode()), 1) == 245
    assert next_wait(answered({"Retry-After": "0"}), 1) == 0
    assert 0 < next_wait(answered({"Retry-After": "0"}), 5) <= 0.8
    assert 0.25 <= next_wait(answered({}), 1) <= 0.5
    assert 0.25 <= next_wait(None, 1) <= 0.5
