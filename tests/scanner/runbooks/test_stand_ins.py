"""Texts that stand for runbooks, job messages and events: the same is recognised in them, and nothing else is there."""

import pytest
from builders import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.emulator import TENANTS
from scanner.inventory import EventSignature, JobSignature, RunbookSignature, Sign
from scanner.runbooks import (
    RunbookReading,
    event_signature,
    event_text,
    job_message,
    job_signature,
    read_runbook,
    runbook_stand_in,
)

POWERSHELL = tuple(RunbookSignature)
PYTHON = (RunbookSignature.RUN_AS, RunbookSignature.CLASSIC_RUN_AS, RunbookSignature.MANAGED_IDENTITY)


def signs(signatures):
    return st.dictionaries(st.sampled_from(signatures), st.integers(1, 40), max_size=6).map(
        lambda held: tuple(Sign(name, held[name]) for name in sorted(held))
    )


@settings(max_examples=40)
@given(signs(POWERSHELL), st.booleans(), st.sampled_from(["PowerShell", "PowerShell72", "PowerShellWorkflow", None]))
def test_a_powershell_runbook_reads_as_the_one_that_it_stands_for(found, in_full, type_):
    made, alike = runbook_stand_in(RunbookReading(found, frozenset({"x"}), in_full), type_, ["runbook-7k2m9qzc"])
    reading = read_runbook(made, type_)
    assert (alike, reading.signs, reading.in_full) == (True, found, in_full)
    assert "runbook-7k2m9qzc" in reading.calls


@settings(max_examples=40)
@given(signs(PYTHON), st.booleans(), st.sampled_from(["Python2", "Python3"]))
def test_a_python_runbook_reads_as_the_one_that_it_stands_for(found, in_full, type_):
    made, alike = runbook_stand_in(RunbookReading(found, frozenset(), in_full), type_, [])
    reading = read_runbook(made, type_)
    assert (alike, reading.signs, reading.in_full) == (True, found, in_full)


@settings(max_examples=40)
@given(
    st.sets(st.sampled_from(POWERSHELL)), st.booleans(), st.sampled_from(["GraphPowerShell", "GraphPowerShellWorkflow"])
)
def test_a_graphical_runbook_reads_as_the_one_that_it_stands_for(found, in_full, type_):
    told = tuple(Sign(name, 1) for name in sorted(found))
    made, alike = runbook_stand_in(RunbookReading(told, frozenset(), in_full), type_, [])
    reading = read_runbook(made, type_)
    assert (alike, reading.signs, reading.in_full) == (True, told, in_full)


@pytest.mark.parametrize("type_", ["Python3", "PowerShell", "GraphPowerShell"])
def test_what_cannot_be_written_proves_nothing(type_):
    wanted = RunbookReading((Sign(RunbookSignature.MSONLINE, 7),), frozenset(), in_full=True)
    made, alike = runbook_stand_in(wanted, type_, [])
    assert alike == (type_ == "PowerShell")
    assert read_runbook(made, type_).in_full == alike


def test_every_runbook_of_the_demonstration_has_one():
    books = [book for account in TENANTS["contoso"](NOW).accounts for book in account.runbooks if book.content]
    assert books
    for book in books:
        reading = read_runbook(book.content, book.kind)
        made, alike = runbook_stand_in(reading, book.kind, [])
        assert alike
        assert len(made) < 700


@pytest.mark.parametrize("signature", [None, *JobSignature])
def test_a_job_message_says_why_as_the_jobs_own_did(signature):
    assert job_signature(job_message(signature)) is signature


@pytest.mark.parametrize("signature", [None, *EventSignature])
def test_an_events_text_tells_what_the_events_own_did(signature):
    number = 4502 if signature is EventSignature.TLS_INTERCEPTION else 15011
    assert event_signature(number, "Operations Manager", event_text(signature)) is signature
