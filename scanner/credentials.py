"""Credentials by `--auth`, all from azure-identity, all through the session's own transport."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from azure.core import AsyncPipelineClient
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.rest import AsyncHttpResponse, HttpRequest

from scanner.clouds import Cloud
from scanner.errors import StartError, UsageError
from scanner.github_job import CLOCK, claims_of, job_of, refused_by_entra, refused_by_github
from scanner.options import Auth
from scanner.policies import LONGEST_TRY
from scanner.tokens import PASSING_STATUSES, Credential, IssuerUnavailable, RenewableCredential, Token, may_pass
from scanner.waits import asked_wait

if TYPE_CHECKING:
    from scanner.policies import Transport

T = TypeVar("T")
_PROCESS_TIMEOUT: Final = int(LONGEST_TRY) - 10
"""Seconds for `az` and its like: a cold start may take long, yet no longer than a try of a request."""


def credential_for(
    auth: Auth,
    cloud: Cloud,
    transport: Transport,
    *,
    tenant: str | None = None,
) -> RenewableCredential:
    """Build the credential, inside a running event loop.

    Raises StartError when the environment lacks what it needs, and UsageError for a tenant that it cannot choose.
    """
    if tenant and auth is Auth.MANAGED_IDENTITY:
        raise UsageError(
            f"--tenant cannot be used with --auth {auth}",
            "a managed identity belongs to one tenant; leave --tenant out",
        )
    options: dict[str, Any] = {
        "authority": cloud.authority,
        "transport": transport,
        "retry_total": 0,  # azure-identity would obey any Retry-After; Tokens tries again, within bounds
        "disable_instance_discovery": not cloud.known,
    }
    makers: Mapping[Auth, Callable[[], Credential]] = {
        Auth.DEFAULT: lambda: _default(options, tenant),
        Auth.CLI: lambda: _cli(tenant),
        Auth.ENV: lambda: _environment(options, tenant),
        Auth.MANAGED_IDENTITY: lambda: _managed_identity(transport),
        Auth.WORKLOAD_IDENTITY: lambda: _workload_identity(options, tenant),
        Auth.GITHUB_OIDC: lambda: GitHubOidcCredential(options, tenant, cloud),
        Auth.DEVICE_CODE: lambda: DeviceCode(options, tenant),
    }
    try:
        return RenewableCredential(makers[auth], renewable=auth is not Auth.DEVICE_CODE)
    except (ValueError, OSError) as error:
        raise StartError(
            f"--auth {auth} cannot be used ({error})", "set what it needs, or choose another --auth"
        ) from error


def _default(options: dict[str, Any], tenant: str | None) -> Credential:
    from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415 - loads only when a scan runs

    options = options | {"process_timeout": _PROCESS_TIMEOUT}
    if tenant:
        named = (
            "interactive_browser_tenant_id",
            "shared_cache_tenant_id",
            "visual_studio_code_tenant_id",
            "workload_identity_tenant_id",
        )
        options = options | dict.fromkeys(named, tenant) | {"additionally_allowed_tenants": [tenant]}
    return _with_tenant(DefaultAzureCredential(**options), tenant)


def _cli(tenant: str | None) -> Credential:
    from azure.identity.aio import AzureCliCredential  # noqa: PLC0415

    return AzureCliCredential(tenant_id=tenant or "", process_timeout=_PROCESS_TIMEOUT)


def _environment(options: dict[str, Any], tenant: str | None) -> Credential:
    from azure.identity.aio import EnvironmentCredential  # noqa: PLC0415

    if tenant:
        options = options | {"additionally_allowed_tenants": [tenant]}
    return _with_tenant(EnvironmentCredential(**options), tenant)


def _managed_identity(transport: Transport) -> Credential:
    from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415

    return ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID"), transport=transport)


def _workload_identity(options: dict[str, Any], tenant: str | None) -> Credential:
    from azure.identity.aio import WorkloadIdentityCredential  # noqa: PLC0415

    return WorkloadIdentityCredential(**options, **({"tenant_id": tenant} if tenant else {}))


def _with_tenant(credential: Any, tenant: str | None) -> Credential:
    return _TenantCredential(credential, tenant) if tenant else credential


class _TenantCredential:
    """Asks another credential for tokens of one tenant."""

    def __init__(self, credential: Any, tenant: str) -> None:
        self._credential = credential
        self._tenant = tenant

    async def get_token(self, *scopes: str, claims: str | None = None) -> Token:
        token: Token = await self._credential.get_token(*scopes, claims=claims, tenant_id=self._tenant)
        return token

    async def close(self) -> None:
        await self._credential.close()


class _JobToken(msgspec.Struct, frozen=True):
    value: str


class GitHubOidcCredential:
    """Exchanges the OIDC token of a GitHub Actions job for an Azure token; needs `permissions: id-token: write`.

    Every exchange fetches a new GitHub token, since those live for minutes and a scan may take longer. Raises
    StartError for a workflow that lacks what it needs.
    """

    def __init__(self, options: dict[str, Any], tenant: str | None, cloud: Cloud) -> None:
        self._options = options
        self._cloud = cloud
        self._job = job_of(os.environ, tenant)

    async def get_token(self, *scopes: str, claims: str | None = None) -> Token:
        """Return a token for the scopes.

        Errors that may pass are azure-identity's, or IssuerUnavailable; a refusal that counts is a StartError.
        """
        try:
            return await self._exchange(scopes, claims)
        except StartError as error:
            if CLOCK not in error.message:
                raise
        return await self._exchange(scopes, claims)

    async def _exchange(self, scopes: tuple[str, ...], claims: str | None) -> Token:
        from azure.identity.aio import ClientAssertionCredential  # noqa: PLC0415

        assertion = await self._github_token()
        try:
            async with ClientAssertionCredential(
                self._job.tenant, self._job.client_id, lambda: assertion, **self._options
            ) as exchange:
                return await exchange.get_token(*scopes, claims=claims)
        except ClientAuthenticationError as error:
            if "AADSTS" not in error.message or may_pass(error):
                raise
            raise refused_by_entra(error.message, self._job, self._cloud, claims_of(assertion)) from error

    async def _github_token(self) -> str:
        """Ask GitHub once: whoever needs the token tries again, within bounds."""
        client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            self._job.origin, policies=[], transport=self._options["transport"]
        )
        url = self._job.address(self._cloud.exchange_audience)
        request = HttpRequest("GET", url, headers={"Authorization": f"Bearer {self._job.request_token}"})
        try:
            async with asyncio.timeout(LONGEST_TRY):
                response = await client.send_request(request)
        except (AzureError, TimeoutError) as error:
            raise IssuerUnavailable(self._job.origin, "GitHub's OIDC endpoint cannot be reached", error) from error
        status = response.status_code
        if status in PASSING_STATUSES:
            wait = asked_wait(status, response.headers)
            raise IssuerUnavailable(self._job.origin, f"GitHub's OIDC endpoint answers HTTP {status}", asked=wait)
        if status != 200:  # noqa: PLR2004
            raise refused_by_github(status)
        try:
            return msgspec.json.decode(response.content, type=_JobToken).value
        except msgspec.DecodeError as error:
            told = "GitHub's OIDC endpoint answers something that is no token"
            raise IssuerUnavailable(self._job.origin, told, error) from error

    async def close(self) -> None:
        """Nothing is held between exchanges."""


class DeviceCode:
    """A device-code login; azure-identity offers it only synchronously, so it runs in a thread of its own."""

    def __init__(self, options: dict[str, Any], tenant: str | None) -> None:
        from azure.identity import DeviceCodeCredential  # noqa: PLC0415

        from scanner.transport import ThreadTransport  # noqa: PLC0415 - loads aiohttp

        options = options | {"transport": ThreadTransport(options["transport"])}
        if tenant:
            options["tenant_id"] = tenant
        self._credential = DeviceCodeCredential(**options)

    async def get_token(self, *scopes: str, claims: str | None = None) -> Token:
        """Return a token; the first call prints the code and waits for the user, until it is cancelled."""
        return await _in_daemon_thread(lambda: self._credential.get_token(*scopes, claims=claims))

    async def close(self) -> None:
        """Nothing is held; a login that still waits ends with the program."""


async def _in_daemon_thread(work: Callable[[], T]) -> T:
    """Await blocking work in a thread that neither a cancellation nor the end of the loop waits for.

    `asyncio.to_thread` would keep the program alive until the work ends.
    """
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the waiting task's
            outcome.set_exception(error)

    Thread(target=run, name="login", daemon=True).start()
    return await asyncio.wrap_future(outcome)
