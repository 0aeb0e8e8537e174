"""The shared task as a user's script does it with azure-mgmt-automation, and a scan's reads with its pipeline.

`one SUBSCRIPTION URL` lists accounts and each one's variables, one after another, and prints how many variables.
`many` reads a `Work` from its standard input and sends its requests through an asynchronous SDK client, with no
more of its own than a semaphore.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from types import TracebackType
from typing import Self

import aiohttp
import msgspec
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest
from azure.identity import EnvironmentCredential
from azure.mgmt.automation import AutomationClient
from azure.mgmt.automation.aio import AutomationClient as AsyncAutomationClient

from benchmarks.figures import reading
from benchmarks.floor import MOST_LOG_QUERIES, Replay, Work


def read_variables(subscription: str, url: str) -> int:
    """List accounts and their variables with the SDK's own list methods."""
    credential = EnvironmentCredential(authority=url, disable_instance_discovery=True)
    client = AutomationClient(credential, subscription, base_url=url, credential_scopes=[f"{url}/.default"])
    credential.get_token(f"{url}/.default")
    found = 0
    with client, credential, reading():
        for account in client.automation_account.list():
            group, name = str(account.id).split("/")[4], str(account.name)
            found += len(list(client.variable.list_by_automation_account(group, name)))
    return found


class GivenToken:
    """A credential that holds a token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """Return the token; it holds longer than any benchmark."""
        return AccessToken(self._token, 1 << 33)

    async def close(self) -> None:
        """Nothing is held open."""

    async def __aenter__(self) -> Self:
        """Ready at once."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Nothing is held open."""


async def fetch_all(work: Work) -> None:
    """Send every read through the SDK's pipeline; raises azure-core's errors."""
    context = ssl.create_default_context(cafile=work.ca_file)
    connector = aiohttp.TCPConnector(ssl=context, limit=work.width)
    width, queries = asyncio.Semaphore(work.width), asyncio.Semaphore(MOST_LOG_QUERIES)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        transport = AioHttpTransport(session=session, session_owner=False)
        client = AsyncAutomationClient(
            GivenToken(work.token), "-", work.url, credential_scopes=[f"{work.url}/.default"], transport=transport
        )

        async def fetch(read: Replay) -> None:
            async with width if read.body is None else queries:
                response = await client.send_request(_request(work.url, read))
                response.raise_for_status()

        with reading():
            await asyncio.gather(*map(fetch, work.reads))


def _request(url: str, read: Replay) -> HttpRequest:
    if read.body is None:
        return HttpRequest("GET", url + read.path)
    return HttpRequest("POST", url + read.path, content=read.body, headers={"Content-Type": "application/json"})


if __name__ == "__main__":
    if sys.argv[1] == "one":
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"]
        sys.stdout.write(f"{read_variables(*sys.argv[2:])}\n")
    else:
        asyncio.run(fetch_all(msgspec.json.decode(sys.stdin.buffer.read(), type=Work)))
