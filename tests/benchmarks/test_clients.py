"""The benchmarks' server and clients, on a tenant of three accounts."""

import asyncio
import base64
import json
import ssl
from contextlib import asynccontextmanager

import aiohttp
import pytest

from benchmarks import floor, plain_sdk
from benchmarks.figures import PLACE, noted, reading
from benchmarks.floor import Replay, Work
from benchmarks.proxy import tunnels_to
from benchmarks.server import AZURE_HOSTS, Setting, TimedEmulator, tenant_of, unsigned_token
from scanner.emulator import Bucket, Request, serve

VERSION = "api-version=2024-10-23"
SETTING = Setting(accounts=3, subscriptions=1, variables=2)


def paths(tenant):
    accounts = (f"{account.id}/variables?{VERSION}" for account in tenant.accounts)
    return (
        f"/subscriptions/{tenant.subscriptions[0].id}/providers/Microsoft.Automation/automationAccounts?{VERSION}",
        *accounts,
    )


@asynccontextmanager
async def served(setting, names=()):
    tenant = tenant_of(setting)
    emulator = TimedEmulator(tenant, latency=0, bucket=None)
    async with serve(emulator, names=names) as server:
        yield emulator, server


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv(PLACE, str(tmp_path / "figures.json"))
    return tmp_path / "figures.json"


@pytest.mark.parametrize("client", [floor, plain_sdk])
async def test_a_client_repeats_each_read_once_and_notes_its_cpu(client, place):
    async with served(SETTING) as (emulator, server):
        reads = tuple(map(Replay, paths(emulator.tenant)))
        await client.fetch_all(Work(server.url, emulator.login.issue(), str(server.ca_file), 8, reads))
        seen = emulator.served(reads=True)
    assert sorted(read.path for read in seen.reads) == sorted(read.path for read in reads)
    assert (seen.requests, seen.metered, seen.refused, seen.log_queries) == (4, 4, 0, 0)
    assert noted(place).reading >= 0


async def test_a_script_sees_every_variable(monkeypatch):
    async with served(SETTING) as (emulator, server):
        for name, value in {
            "AZURE_TENANT_ID": server.tenant_id,
            "AZURE_CLIENT_ID": server.client_id,
            "AZURE_CLIENT_SECRET": server.client_secret,
            "REQUESTS_CA_BUNDLE": str(server.ca_file),
        }.items():
            monkeypatch.setenv(name, value)
        subscription = emulator.tenant.subscriptions[0].id
        assert await asyncio.to_thread(plain_sdk.read_variables, subscription, server.url) == 6


async def test_the_server_counts_log_queries_and_refusals_apart():
    emulator = TimedEmulator(tenant_of(SETTING), latency=0, bucket=Bucket(capacity=3, refill=0.001))
    headers = {"Authorization": f"Bearer {emulator.login.issue()}"}
    for path in paths(emulator.tenant):
        await emulator.handle(Request("GET", f"https://localhost{path}", headers, b""))
    await emulator.handle(Request("POST", "https://localhost/v1/workspaces/none/query", headers, b"{}"))
    seen = emulator.served(reads=True)
    assert (seen.requests, seen.metered, seen.refused, seen.log_queries) == (5, 3, 1, 1)
    assert seen.reads[-1] == Replay("/v1/workspaces/none/query", b"{}")
    assert emulator.served(reads=True).requests == 0


async def test_every_host_is_the_server_behind_the_proxy():
    async with served(SETTING, AZURE_HOSTS) as (emulator, server), tunnels_to(server.url) as proxy:
        token = unsigned_token(server.tenant_id)
        emulator.login.tokens.add(token)
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=server.ca_file))
        async with aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {token}"}) as session:
            url = f"https://management.azure.com{paths(emulator.tenant)[0]}".replace("2024-10-23", "2015-10-31")
            async with session.get(url, proxy=proxy) as response:
                assert response.status == 200
                assert len((await response.json())["value"]) == 3


def test_the_token_names_its_tenant_to_those_who_look_into_it():
    claims = unsigned_token("some-tenant").split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["tid"] == "some-tenant"


def test_a_client_that_fails_on_the_way_notes_nothing(place):
    with pytest.raises(ValueError, match="broken"), reading():
        raise ValueError("broken")
    assert noted(place) is None
