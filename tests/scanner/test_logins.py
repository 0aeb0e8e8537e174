"""Logging in to several tenants: one after another where a person is asked, and each failure for itself."""

from __future__ import annotations

import asyncio

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from builders import NOW

from scanner.clouds import CLOUDS
from scanner.collect import EVERYTHING
from scanner.emulator import SeveralTenants, generate
from scanner.errors import StartError, UsageError
from scanner.inventory import ArmId, GapReason, Scope
from scanner.inventory.journal import Journal
from scanner.options import Auth
from scanner.pacing import GRAPH, LOGS, TENANT, lane_in, lane_of, limit_of
from scanner.scanning import Connection, command_of, log_in, scan_tenant
from scanner.session import Session
from scanner.tokens import RenewableCredential


@pytest.fixture
def azure():
    return SeveralTenants([generate(accounts=1, subscriptions=1, now=NOW)])


class Login:
    """A credential that takes its time, or fails."""

    def __init__(self, azure, error=None):
        self._azure, self._error = azure, error
        self.running = self.most = 0

    async def get_token(self, *scopes, **_):
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if self._error is not None:
            raise self._error
        return await self._azure.credential().get_token(*scopes)

    async def close(self):
        """Nothing is held."""


async def attempt(azure, tenants, *, auth=Auth.CLI, errors=None, **options):
    every = Login(azure)

    def session_of(tenant):
        login = Login(azure, errors[tenant]) if tenant in (errors or {}) else every
        credential = RenewableCredential(lambda: login)
        return Session(CLOUDS["AzureCloud"], credential, azure.transport(), tenant=tenant)

    return every, await log_in(Connection(auth=auth, tenants=tenants), session_of, **options)


async def test_a_person_is_asked_for_one_tenant_after_another_and_told_for_which(azure, capsys):
    login, sessions = await attempt(azure, ("a.example", "b.example", "c.example"), auth=Auth.DEVICE_CODE)
    assert login.most == 1
    told = [line for line in capsys.readouterr().err.splitlines() if "log in to the tenant" in line]
    assert [line.rpartition(" ")[2] for line in told] == ["a.example:", "b.example:", "c.example:"]
    assert len(sessions.every) == 3


async def test_machines_log_in_everywhere_at_once_and_silently(azure, capsys):
    login, _ = await attempt(azure, ("a.example", "b.example"))
    assert (login.most, capsys.readouterr().err) == (2, "")


async def test_each_failure_has_the_reason_that_fits_it(azure, capsys):
    errors = {
        "denied.example": ClientAuthenticationError("AADSTS50020: user_impersonation of nobody@here.example refused"),
        "far.example": ServiceRequestError("Cannot connect to host login.example"),
    }
    _, sessions = await attempt(azure, ("a.example", *errors), errors=errors)
    assert [(each.tenant, each.reason, each.code) for each in sessions.refusals] == [
        ("denied.example", GapReason.DENIED, "AADSTS50020"),
        ("far.example", GapReason.UNREACHABLE, ""),
    ]
    assert "far.example: cannot reach" in capsys.readouterr().err
    await attempt(azure, ("a.example", "far.example"), errors=errors, nameless=True)
    assert "far.example" not in capsys.readouterr().err


async def test_no_login_at_all_starts_nothing_and_keeps_the_advice(azure):
    errors = dict.fromkeys(("a.example", "b.example"), ServiceRequestError("no route"))
    with pytest.raises(StartError, match=r"none of the 2 tenants can be logged in to \(cannot reach") as caught:
        await attempt(azure, tuple(errors), errors=errors)
    assert caught.value.advice.startswith("check the network")


async def test_a_tenant_that_the_credential_cannot_choose_is_a_usage_error(azure):
    def session_of(_):
        raise UsageError("no", "leave it out")

    with pytest.raises(UsageError):
        await log_in(Connection(tenants=("a", "b")), session_of)


async def test_a_scan_that_is_stopped_during_the_login_names_every_tenant(monkeypatch):
    async def never(*_):
        await asyncio.Event().wait()

    async def stopped(work, _stop):
        work.close()

    monkeypatch.setattr("scanner.scanning.stop_on_signals", _Stopped)
    monkeypatch.setattr("scanner.scanning._unless_stopped", stopped)
    estate = await scan_tenant(Connection(tenants=("b.example", "a.example")), Scope(), Journal())
    assert {gap.scope for gap in estate.ledger.gaps} == {"/tenants/a.example", "/tenants/b.example"}
    assert [tenant.name for tenant in estate.facts.tenants] == ["a.example", "b.example"]
    assert estate.facts.interrupted


class _Stopped:
    def __enter__(self):
        return asyncio.Event()

    def __exit__(self, *_):
        return None


def test_the_order_of_tenants_makes_no_other_command():
    one, other = (
        command_of(Connection(tenants=names), Scope(), EVERYTHING, since=None, as_of=None)
        for names in (("a.example", "B.example"), ("b.example", "A.example"))
    )
    assert one == other


def test_each_tenant_has_lanes_of_its_own_and_a_subscription_has_one():
    url = "https://management.azure.com"
    assert lane_of("GET", f"{url}/subscriptions?x=1", "a") == lane_in(TENANT, "a") != TENANT
    assert lane_of("POST", f"{url}/providers/Microsoft.ResourceGraph/resources", "a") == lane_in(GRAPH, "a")
    assert lane_of("POST", f"{url}/v1/workspaces/x/query", "a") == lane_in(LOGS, "a")
    guid = "11111111-1111-4111-8111-111111111111"
    assert lane_of("GET", f"{url}{ArmId(f'/subscriptions/{guid}')}/providers/x", "a") == guid
    assert type(limit_of(lane_in(LOGS, "a"))) is type(limit_of(LOGS))
