"""Every bad input, wherever it may strike: won by a retry, or told as exactly the Gap that it is; never lost silently.

Each row is one whole scan in virtual time: azure-identity's own login, the SDK clients, the retries, the judgement.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from azure.identity.aio import ClientSecretCredential
from builders import NOW
from conftest import FAULT_TABLE
from virtual_time import LoopClock, VirtualLoop

from reports.summary import to_summary
from scanner import policies, tokens
from scanner.collect import collect_estate
from scanner.emulator import (
    TENANTS,
    Emulator,
    Fault,
    Told,
    answer,
    deny,
    expire,
    garble,
    hang,
    reset,
    throttle,
    truncate,
)
from scanner.errors import StartError
from scanner.findings import Scan
from scanner.inventory import GapReason, Reading, Scope
from scanner.pipeline import scan_of
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

PLATFORM = "c0a70500-1111-4a6b-9c2d-000000000001"
GROUP = f"/subscriptions/{PLATFORM}/resourceGroups/rg-platform-automation/providers/"
ACCOUNT = f"{GROUP}Microsoft.Automation/automationAccounts/aa-develop"
WORKERS = f"{ACCOUNT}/hybridRunbookWorkerGroups/hwg-lifecycle"
WORKSPACE = f"{GROUP}Microsoft.OperationalInsights/workspaces/law-develop"
GRAPH = "Microsoft.ResourceGraph/*"
LOGIN = "/oauth2/v2.0/token"
HTML = {"Content-Type": "text/html"}
PAGE = "<!DOCTYPE html><html><body>Service Unavailable</body></html>"


@dataclass(frozen=True)
class Place:
    """Where a fault strikes, and which reads it takes away when it lasts (none: something else answers them)."""

    name: str
    operation: str
    scope: str
    lost: tuple[str, frozenset[Reading]] = ("", frozenset())
    after: int = 0
    lists_only: bool = False
    starts: bool = False

    def struck_by(self, fault: Fault) -> list[Fault]:
        here = replace(fault, operation=self.operation, scope=self.scope, after=self.after)
        return [here, deny(GRAPH)] if self.lists_only else [here]


QUERIES = frozenset({Reading.HEARTBEATS, Reading.EVENTS, Reading.OPERATIONS})
PLACES = (
    Place("subscription list", "Microsoft.Resources/subscriptions/read", "/subscriptions", starts=True),
    Place(
        "account list", "*", f"{PLATFORM}/providers/Microsoft.Automation/automationAccounts",
        (f"/subscriptions/{PLATFORM}", frozenset({Reading.ACCOUNTS})), lists_only=True,
    ),
    Place("child list, page 1", "*", "hwg-lifecycle/hybridRunbookWorkers", (WORKERS, frozenset({Reading.WORKERS}))),
    Place(
        "child list, page 2", "*", "hwg-lifecycle/hybridRunbookWorkers", (WORKERS, frozenset({Reading.WORKERS})), after=1
    ),
    Place(
        "item", "Microsoft.Automation/automationAccounts/read", "automationAccounts/aa-develop",
        (ACCOUNT, frozenset({Reading.ACCOUNT})),
    ),
    Place("log query", "*", "/v1/workspaces/d20b67c5-7f17-59c3-80f4-747efd29781a/query", (WORKSPACE, QUERIES)),
    Place("Resource Graph", GRAPH, ""),
)  # fmt: skip

PASSING: dict[str, Fault] = {
    "429 without Retry-After": throttle(1, retry_after=None, times=3),
    "429 with seconds": throttle(1, retry_after=17, times=2),
    "429 with an HTTP date": throttle(1, retry_after=40, told=Told.DATE, times=2),
    "429 with seconds in its text": throttle(1, retry_after=25, told=Told.SECONDS, times=2),
    "429 with a UTC time in its text": throttle(1, retry_after=35, told=Told.MOMENT, times=2),
    "503 with HTML": answer(503, PAGE, HTML, times=3),
    "reset": reset(times=3),
    "reset in mid-body": truncate(times=3),
    "hung once": hang(times=1),
}
LASTING: dict[str, tuple[Fault, GapReason]] = {
    "429 without Retry-After": (throttle(1, retry_after=None), GapReason.THROTTLED),
    "429 with 1,200 s": (throttle(1, retry_after=1200), GapReason.THROTTLED),
    "429 with an HTTP date in 20 min": (throttle(1, retry_after=1200, told=Told.DATE), GapReason.THROTTLED),
    "429 with 372 s in its text": (throttle(1, retry_after=372, told=Told.SECONDS), GapReason.THROTTLED),
    "429 with a UTC time in 4 min": (throttle(1, retry_after=245, told=Told.MOMENT), GapReason.THROTTLED),
    "503 with HTML": (answer(503, PAGE, HTML), GapReason.FAILED),
    "reset": (reset(), GapReason.UNREACHABLE),
    "reset in mid-body": (truncate(), GapReason.UNREACHABLE),
    "hung": (hang(), GapReason.TIMEOUT),
    "200 with HTML": (garble(html=True), GapReason.MALFORMED),
    "200 with half of its JSON": (garble(), GapReason.MALFORMED),
    "401": (answer(401, ""), GapReason.DENIED),
}
LOGINS: dict[str, tuple[list[Fault], GapReason | None]] = {
    "token ends in mid-scan": ([expire(40)], None),
    "token ends twice": ([expire(20), expire(80)], None),
    "login 503 for a minute": ([expire(40), replace(answer(503, PAGE, HTML, LOGIN), after=1, seconds=60)], None),
    "login 429 with 1,200 s for a minute": (
        [expire(40), replace(answer(429, "{}", {"Retry-After": "1200"}, LOGIN), after=1, seconds=60)],
        GapReason.UNREACHABLE,
    ),
    "login reset for a minute": ([expire(40), replace(reset(LOGIN), after=1, seconds=60)], None),
    "login hung once": ([expire(40), replace(hang(LOGIN), after=1, times=1)], None),
    "login page of a proxy": ([expire(40), replace(answer(200, PAGE, HTML, LOGIN), after=1, times=3)], None),
    "login down for good": ([expire(40), replace(reset(LOGIN), after=1)], GapReason.UNREACHABLE),
    "secret revoked": (
        [
            expire(40),
            replace(
                answer(401, '{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid secret."}', scope=LOGIN),
                after=1,
            ),
        ],
        GapReason.DENIED,
    ),
    "login 503 at the start": ([replace(answer(503, PAGE, HTML, LOGIN), seconds=15)], None),
}  # fmt: skip


async def scanned(faults: Sequence[Fault], **options: object) -> tuple[Scan, Emulator]:
    contoso = TENANTS["contoso"](NOW)
    small = replace(contoso, accounts=tuple(account for account in contoso.accounts if account.id == ACCOUNT))
    emulator = Emulator(small, faults=faults, page_size=8, **options)
    emulator.clock = LoopClock()
    transport, login = emulator.transport(), emulator.login
    cloud = await discover_cloud(emulator.arm_endpoint, transport)

    def credential() -> ClientSecretCredential:
        return ClientSecretCredential(
            login.tenant_id, login.client_id, login.client_secret,
            authority=emulator.arm_endpoint, transport=transport, disable_instance_discovery=True, retry_total=0,
        )  # fmt: skip

    session = Session(cloud, RenewableCredential(credential), transport)
    await session.log_in()
    scope = Scope(subscriptions=(PLATFORM,))
    return scan_of(await collect_estate(session, scope, progress=Silent(), as_of=NOW)), emulator


@pytest.fixture
def scan(monkeypatch):
    """Run one scan in virtual time, with a token fit for azure-identity's real clock."""

    def run(faults: Sequence[Fault] = (), **options: object) -> tuple[Scan, Emulator]:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            virtual = SimpleNamespace(monotonic=runner.get_loop().time, time=time.time)
            for module in (policies, tokens):
                monkeypatch.setattr(module, "time", virtual)
            return runner.run(scanned(faults, **options))

    return run


def gaps(scan: Scan) -> dict[tuple[str, Reading], GapReason]:
    return {(read.scope.lower(), read.reading): read.gap.reason for read in scan.estate.reads if read.gap}


def told_honestly(whole: Scan, seen: Scan) -> None:
    """Assert that nothing is invented, and that each finding which is missing has an unknown in its place."""
    before = {finding.fingerprint: finding for finding in whole.findings}
    left = {finding.fingerprint for finding in seen.findings}
    assert left <= set(before)
    fresh = gaps(seen).keys() - gaps(whole).keys()
    ids = {spot.gap.id for spot in seen.blind_spots if (spot.gap.scope.lower(), spot.gap.reading) in fresh}
    told = {(unknown.check, unknown.subject.key) for unknown in seen.unknowns if unknown.because in ids}
    for mark in set(before) - left:
        lost = before[mark]
        places = [key for check, key in told if check == lost.check]
        near = [key for key in places if owns(key, lost.subject.key) or (lost.account and owns(lost.account.key, key))]
        assert near, f"{lost.check} at {lost.subject.text} is neither found nor unknown"
    assert seen.errors == ()
    summary = to_summary(seen)
    assert "Traceback" not in summary
    if fresh:
        assert f"Not seen ({', '.join(reasons(seen))})" in summary


def owns(owner: str, key: str) -> bool:
    return f"{key}/".startswith(f"{owner}/")


def reasons(scan: Scan) -> list[str]:
    counts = Counter(spot.gap.reason.value for spot in scan.blind_spots)
    return [f"{count} {reason}" for reason, count in sorted(counts.items())]


def told_in_one_line(error: StartError) -> None:
    assert "\n" not in str(error)
    assert error.message
    assert error.advice


def test_whatever_passes_is_won_by_a_retry(scan, tally):
    whole = {lists: scan([deny(GRAPH)] if lists else [])[0] for lists in (False, True)}
    for name, fault in PASSING.items():
        for place in PLACES:
            seen, _ = scan(place.struck_by(fault))
            assert gaps(seen) == gaps(whole[place.lists_only]), (name, place.name)
            assert seen.findings == whole[place.lists_only].findings, (name, place.name)
            assert seen.estate.facts.requests.retried, (name, place.name)
            tally["recovered"] += 1


def test_whatever_lasts_is_told_as_the_gap_that_it_is(scan, tally):
    whole = {lists: scan([deny(GRAPH)] if lists else [])[0] for lists in (False, True)}
    for name, (fault, reason) in LASTING.items():
        for place in PLACES:
            row = (name, place.name)
            if place.starts:
                with pytest.raises(StartError) as refused:
                    scan(place.struck_by(fault))
                told_in_one_line(refused.value)
                tally["refused at the start"] += 1
                continue
            seen, _ = scan(place.struck_by(fault))
            base = whole[place.lists_only or place.name == "Resource Graph"]
            new = {key: why for key, why in gaps(seen).items() if key not in gaps(base)}
            scope, readings = place.lost
            assert {key[0] for key in new} == ({scope.lower()} if scope else set()), row
            assert {key[1] for key in new} <= readings, row
            assert set(new.values()) == ({reason} if scope else set()), row
            told_honestly(base, seen)
            tally["told as Gaps" if scope else "recovered"] += 1


def test_a_login_that_fails_for_a_while_loses_nothing_and_one_that_fails_for_good_is_told(scan, tally):
    whole, _ = scan()
    for name, (faults, reason) in LOGINS.items():
        seen, _ = scan(faults)
        new = {key: why for key, why in gaps(seen).items() if key not in gaps(whole)}
        assert set(new.values()) == ({reason} if reason else set()), name
        told_honestly(whole, seen)
        if reason is None:
            assert seen.findings == whole.findings, name
        tally["told as Gaps" if reason else "recovered"] += 1


def test_a_log_host_that_no_name_server_knows_costs_the_queries_alone(scan, tally):
    whole, _ = scan()
    seen, _ = scan(logs="https://logs.hwaudit.invalid")
    new = {key: why for key, why in gaps(seen).items() if key not in gaps(whole)}
    assert {reading for _, reading in new} <= QUERIES
    assert set(new.values()) == {GapReason.UNREACHABLE}
    told_honestly(whole, seen)
    tally["told as Gaps"] += 1


@pytest.mark.parametrize(("hours", "said"), [(1, "minutes behind"), (-1, "minutes ahead of")])
def test_a_clock_that_is_off_by_an_hour_is_noted_and_bends_nothing(scan, tally, hours, said):
    whole, _ = scan()
    seen, _ = scan([throttle(1, retry_after=40, told=Told.DATE, times=2)], clock_shift=timedelta(hours=hours))
    assert (seen.findings, gaps(seen)) == (whole.findings, gaps(whole))
    [note] = seen.notes
    assert re.search(rf"clock is (59|60|61) {said} Azure's", note)
    assert f"Note: {note}" in to_summary(seen)
    tally["recovered"] += 1


@pytest.fixture
def tally(record_property):
    """Count how the rows of one test ended; the run's last lines tell the sums (tests/conftest.py)."""
    counts = {"recovered": 0, "told as Gaps": 0, "refused at the start": 0}
    record_property(FAULT_TABLE, counts)
    return counts
