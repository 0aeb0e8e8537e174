"""Both doors carry the same answers, and break connections the way networks do."""

import asyncio
import ssl

import aiohttp
import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.pipeline.transport import HttpRequest as LegacyRequest
from azure.core.rest import HttpRequest
from azure.identity.aio import ClientSecretCredential
from azure.mgmt.automation.aio import AutomationClient
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient

from scanner.emulator import TENANTS, Emulator, garble, hang, reset, serve, slow, throttle, truncate

LIST = "/subscriptions?api-version=2022-12-01"


@pytest.fixture
def emulate(now):
    return lambda tenant="spotless", **options: Emulator(TENANTS[tenant](now), **options)


async def headers(emulator):
    token = await emulator.credential().get_token("any/.default")
    return {"Authorization": f"Bearer {token.token}"}


@pytest.mark.parametrize("kind", [HttpRequest, LegacyRequest])
async def test_the_in_process_door_takes_requests_of_both_generations(emulate, kind):
    emulator = emulate()
    async with emulator.transport() as transport:
        request = kind("GET", emulator.arm_endpoint + LIST, headers=await headers(emulator))
        response = await transport.send(request)
    assert response.status_code == 200
    assert response.reason == "OK"
    assert response.content_type.startswith("application/json")
    assert "Northwind" in response.text()
    assert response.body().startswith(b'{"value"')


async def test_sleeping_at_the_in_process_door_only_moves_its_clock(emulate):
    emulator = emulate()
    await asyncio.gather(*(emulator.transport().sleep(3600) for _ in range(5)))
    assert emulator.clock.now() == 3600


@pytest.mark.parametrize(
    ("fault", "error"),
    [(reset(), ServiceResponseError), (truncate(), IncompleteReadError), (slow(400), ServiceResponseTimeoutError)],
)
async def test_broken_connections_in_process_are_azure_cores_errors(emulate, fault, error):
    emulator = emulate(faults=[fault])
    request = HttpRequest("GET", emulator.arm_endpoint + LIST, headers=await headers(emulator))
    with pytest.raises(error):
        await emulator.transport().send(request, read_timeout=300)


async def test_another_host_is_unreachable_in_process_and_logged(emulate):
    emulator = emulate()
    with pytest.raises(ServiceRequestError):
        await emulator.transport().send(HttpRequest("GET", "https://arm.emulator.invalid.example/x?a=b"))
    assert emulator.requests == [("GET", "https://arm.emulator.invalid.example/x", "a=b")]


async def test_the_sdk_retries_through_the_virtual_clock(emulate):
    emulator = emulate(faults=[throttle(1, retry_after=600, times=2)])
    client = SubscriptionClient(
        emulator.credential(),
        base_url=emulator.arm_endpoint,
        credential_scopes=[f"{emulator.arm_endpoint}/.default"],
        transport=emulator.transport(),
    )
    async with client:
        assert len([item async for item in client.subscriptions.list()]) == 2
    assert emulator.clock.now() == 1200


def session(server):
    context = ssl.create_default_context(cadata=server.ca_pem)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


async def test_a_request_that_hangs_is_never_answered_over_loopback_and_ends_with_the_server(emulate):
    async with serve(emulate(faults=[hang("/metadata")])) as server, session(server) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await http.get(f"{server.url}/metadata/endpoints?api-version=2022-09-01")


async def test_azure_identity_and_the_sdk_work_over_loopback_tls(emulate):
    emulator = emulate()
    async with serve(emulator) as server, session(server) as http:
        transport = AioHttpTransport(session=http, session_owner=False)
        credential = ClientSecretCredential(
            server.tenant_id,
            server.client_id,
            server.client_secret,
            authority=server.url,
            disable_instance_discovery=True,
            transport=transport,
        )
        options = {"base_url": server.url, "credential_scopes": [f"{server.url}/.default"], "transport": transport}
        names = []
        async with credential, SubscriptionClient(credential, **options) as subscriptions:
            async for item in subscriptions.subscriptions.list():
                async with AutomationClient(credential, item.subscription_id, **options) as client:
                    names += [account.name async for account in client.automation_account.list()]
    assert sorted(names) == ["aa-build", "aa-core", "aa-shops"]
    assert [path for method, path, _ in emulator.requests if method == "POST"] == [
        f"/{server.tenant_id}/oauth2/v2.0/token"
    ]
    assert emulator.writes == []


async def test_a_wrong_secret_is_refused_in_entras_words(emulate):
    async with serve(emulate()) as server, session(server) as http:
        credential = ClientSecretCredential(
            server.tenant_id,
            server.client_id,
            "wrong",
            authority=server.url,
            disable_instance_discovery=True,
            transport=AioHttpTransport(session=http, session_owner=False),
        )
        async with credential:
            with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
                await credential.get_token(f"{server.url}/.default")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": "password"}, 70003),
        ({"grant_type": "client_credentials", "client_id": "nobody"}, 700016),
    ],
)
async def test_the_login_endpoint_names_what_it_refuses(emulate, form, code):
    async with serve(emulate()) as server, session(server) as http:
        response = await http.post(f"{server.url}/{server.tenant_id}/oauth2/v2.0/token", data=form)
        assert response.status == 400
        assert (await response.json())["error_codes"] == [code]


async def test_openid_discovery_points_back_to_the_door(emulate):
    async with serve(emulate()) as server, session(server) as http:
        address = f"{server.url}/{server.tenant_id}/v2.0/.well-known/openid-configuration"
        response = await http.get(address)
        assert (await response.json())["token_endpoint"] == f"{server.url}/{server.tenant_id}/oauth2/v2.0/token"


async def test_the_certificate_is_trusted_only_with_its_authority(emulate):
    async with serve(emulate()) as server, aiohttp.ClientSession() as http:
        assert server.ca_file.read_text() == server.ca_pem
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(server.url + LIST)
    assert not server.ca_file.exists()


async def test_one_connection_serves_many_requests(emulate):
    emulator = emulate()
    async with serve(emulator) as server, session(server) as http:
        for _ in range(5):
            async with http.get(server.url + LIST, headers=await headers(emulator)) as response:
                assert response.status == 200
                await response.read()
        assert sum(len(found) for found in http.connector._conns.values()) == 1


async def test_broken_connections_on_the_loopback_break(emulate):
    emulator = emulate(faults=[reset(times=2), truncate(scope="/providers/")])  # aiohttp itself repeats a GET once
    async with serve(emulator) as server, session(server) as http:
        with pytest.raises(aiohttp.ClientError):
            await http.get(server.url + LIST, headers=await headers(emulator))
        account = emulator.tenant.accounts[0]
        async with http.get(f"{server.url}{account.id}?api-version=2024-10-23", headers=await headers(emulator)) as cut:
            with pytest.raises(aiohttp.ClientPayloadError):
                await cut.read()


async def test_both_doors_give_the_same_bodies(emulate):
    emulator = emulate()
    path = f"{emulator.tenant.accounts[0].id}?api-version=2024-10-23"
    sent = await headers(emulator)
    inside = await emulator.transport().send(HttpRequest("GET", emulator.arm_endpoint + path, headers=sent))
    async with serve(emulator) as server, session(server) as http, http.get(server.url + path, headers=sent) as outside:
        assert await outside.read() == inside.content


async def test_garbled_json_reaches_the_client_whole(emulate):
    emulator = emulate(faults=[garble(html=True)])
    async with serve(emulator) as server, session(server) as http:
        response = await http.get(server.url + LIST, headers=await headers(emulator))
        assert (response.status, response.content_type) == (200, "text/html")
        assert (await response.text()).endswith("</html>")
