"""Several `--tenant` as a consultant uses them: behind a socket, with one application that is known in each tenant."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from loopback import login_of, running_loop

from scanner.emulator import TENANTS, SeveralTenants, generate, serve

NOW = datetime.now(UTC)
SMALL = {"groups": 1, "workers": 20, "runbooks": 1, "jobs": 1, "now": NOW}
NORTH = generate(accounts=1, subscriptions=1, seed=1, **SMALL)
SOUTH = replace(generate(accounts=1, subscriptions=1, seed=2, **SMALL), name="south")
NOBODY = "0a0a0a0a-0000-4000-8000-000000000000"
DOMAIN = "south.onmicrosoft.com"


@pytest.fixture(scope="module")
def server():
    """Two tenants over loopback TLS; the fixture lives as long as the module, the login of each test is its own."""
    azure = SeveralTenants([NORTH, SOUTH], page_size=100)
    with running_loop() as loop:
        door = serve(azure)
        yield asyncio.run_coroutine_threadsafe(door.__aenter__(), loop).result()
        asyncio.run_coroutine_threadsafe(door.__aexit__(None, None, None), loop).result()


@pytest.fixture
def scan(hwaudit, server, monkeypatch):
    for name, value in login_of(server).items():
        monkeypatch.setenv(name, value)
    words = ("scan", "--arm-endpoint", server.url, "--auth", "env")

    def run(*tenants, more=("--format", "json")):
        return hwaudit(*words, *(word for name in tenants for word in ("--tenant", name)), *more)

    return run


def test_one_login_each_and_what_failed_is_named_in_every_output(scan, hwaudit):
    outcome = scan(NORTH.id, DOMAIN, NORTH.id.upper(), NOBODY, more=("--format", "all", "--snapshot", "all.hwaudit"))
    assert outcome.code == 0
    assert f"hwaudit: a tenant is not scanned, since no login to it worked: {NOBODY}: " in outcome.err
    assert f"Tenant {NORTH.id}: 1 subscription" in outcome.out
    assert f"Tenant {DOMAIN} ({SOUTH.id}): 1 subscription" in outcome.out
    assert f"Tenant {NOBODY}: not seen (denied: no login to this tenant worked (AADSTS90002))" in outcome.out
    report = outcome.report
    [gap] = report["gaps"]
    assert (gap["scope"], gap["reason"], gap["code"]) == (f"/tenants/{NOBODY}", "denied", "LoginFailed")
    assert report["scan"]["tenant_id"] is None
    assert report["scan"]["tenants"] == [
        {"name": NOBODY, "tenant_id": NOBODY, "subscriptions": 0, "gap": gap["id"]},
        {"name": NORTH.id, "tenant_id": NORTH.id, "subscriptions": 1, "gap": None},
        {"name": DOMAIN, "tenant_id": SOUTH.id, "subscriptions": 1, "gap": None},
    ]
    assert {each["tenant_id"] for each in report["resources"]} == {NORTH.id, SOUTH.id}
    assert {each.get("read_through") for each in report["resources"]} == {None, NORTH.id, DOMAIN}
    assert not report["summary"]["whole"]
    folder = outcome.folder / "hwaudit-report"
    for name in ("report.html", "report.md", "report.jsonl", "report.csv", "report.sarif"):
        assert NOBODY in (folder / name).read_text(), name
    assert "3 tenants, 1 of them not seen in full" in (folder / "report.html").read_text()
    assert f"**Tenant** `{NORTH.id}`: 1 subscription" in (folder / "report.md").read_text()
    again = hwaudit("evaluate", "all.hwaudit", "--format", "json", "--out", "again", "--strict")
    assert again.code == 3
    assert json.loads((again.folder / "again" / "report.json").read_text()) == report


def test_what_a_missing_login_hides_is_not_fixed(scan, hwaudit):
    before = scan(NORTH.id, DOMAIN, more=("--format", "json", "--snapshot", "old")).report
    inside = f"/subscriptions/{SOUTH.subscriptions[0].id}/"
    ours = {each["fingerprint"] for each in before["findings"] if each["subject"].startswith(inside)}
    assert ours
    scan(NORTH.id, NOBODY, more=("--format", "json", "--snapshot", "new"))
    change = json.loads(hwaudit("diff", "old", "new", "--format", "json").out)["comparison"]
    assert change["fixed"] == []
    assert {each["finding"]["fingerprint"] for each in change["unseen"]} == ours


def test_pseudonyms_stand_for_tenants_too(scan):
    outcome = scan(NORTH.id, DOMAIN, NOBODY, more=("--format", "json,html,markdown", "--redact"))
    written = "".join(path.read_text() for path in (outcome.folder / "hwaudit-report").iterdir())
    for name in (NORTH.id, SOUTH.id, DOMAIN, NOBODY):
        assert name not in written + outcome.out + outcome.err
    assert [each["subscriptions"] for each in outcome.report["scan"]["tenants"]].count(1) == 2


def test_nobody_to_log_in_as_starts_nothing(scan):
    outcome = scan(NOBODY, "nowhere.example")
    assert outcome.refuses(4, "none of the 2 tenants can be logged in to", "AADSTS90002")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--demo", "--tenant", "a", "--tenant", "b"), "leave out --tenant"),
        (("--tenant", "a/b", "--tenant", "c"), "no tenant"),
        (("--tenant", "a", "--tenant", "b", "--record", "r"), "record each of them by itself"),
        (("--tenant", "a", "--tenant", "b", "--auth", "managed-identity"), "--tenant cannot be used"),
    ],
)
def test_words_that_mean_no_tenants_are_refused(hwaudit, words, said):
    assert hwaudit("scan", *words).refuses(2, said)


def test_emulate_serves_several_and_says_how_to_scan_them(hwaudit, monkeypatch):
    @contextmanager
    def at_once():
        stop = asyncio.Event()
        stop.set()
        yield stop

    monkeypatch.setattr("scanner.commands.emulate.stop_on_signals", at_once)
    outcome = hwaudit("emulate", "--tenant", "spotless", "--tenant", "fabrikam", "--tenant", "spotless")
    assert outcome.out.startswith("The tenants spotless, fabrikam answer at https://localhost:")
    ids = [TENANTS[name](NOW).id for name in ("spotless", "fabrikam")]
    assert f"--auth env --tenant {ids[0]} --tenant {ids[1]}\n" in outcome.out
