"""The Session: one credential, one cloud, one transport; the only place where SDK clients are made."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec
from azure.core import AsyncPipelineClient
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest

from scanner.clocks import ClockWatch
from scanner.clouds import METADATA_PATH, Cloud, cloud_of_metadata, halves
from scanner.errors import StartError, UsageError
from scanner.escape import without_logins
from scanner.inventory import GapReason, RequestCounts
from scanner.pacing import Pacer
from scanner.policies import (
    DEADLINE,
    LONGEST_TRY,
    ReadOnlyGuard,
    Recording,
    Retries,
)
from scanner.recording import Recorder
from scanner.tokens import (
    FIRST_PATIENCE,
    Identity,
    IssuerUnavailable,
    LoginUnavailable,
    RenewableCredential,
    Tokens,
    certificate_problem,
)

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.mgmt.automation.aio import AutomationClient
    from azure.mgmt.loganalytics.aio import LogAnalyticsManagementClient
    from azure.mgmt.resource.subscriptions.aio import SubscriptionClient
    from azure.monitor.query.aio import LogsQueryClient

    from scanner.policies import Transport


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How it went to reach a URL without a token: any HTTP status says that it was reached, `problem` that it was not.

    `proxy` is without its login. `issuer` is who issued the certificate, None where no TLS was seen.
    """

    url: str
    status: int | None = None
    problem: str | None = None
    proxy: str | None = None
    issuer: str | None = None


class Session:
    """A credential, a cloud and a transport; whoever opened the two closes them.

    `tenant` is the one of several, as the user named it, that the credential is for; None is the only one.
    """

    def __init__(
        self,
        cloud: Cloud,
        credential: RenewableCredential,
        transport: Transport,
        pacer: Pacer | None = None,
        recorder: Recorder | None = None,
        *,
        tenant: str | None = None,
        clock: ClockWatch | None = None,
    ) -> None:
        self.cloud = cloud
        self._recording = [Recording(recorder)] if recorder else []
        self.pacer = pacer or Pacer()
        self.tenant = tenant
        self._credential = credential
        self._transport = transport
        self._retries: list[Retries] = []
        self.clock = clock or ClockWatch()
        self._tokens, self._policies = self._with_tokens_for(cloud.scope)

    def _with_tokens_for(self, scope: str) -> tuple[Tokens, list[Any]]:
        """The tokens of an audience, and the policies that every request with one of them passes, in this order.

        A policy knows the one behind it, so that no two audiences can share one that stands before the token.
        """
        tokens = Tokens(self._credential, scope, sleep=self._transport.sleep)
        retries = Retries(self.pacer, self.clock, tenant=self.tenant)
        self._retries.append(retries)
        return tokens, [ReadOnlyGuard(self.cloud), tokens, retries, tokens.bearer, *self._recording]

    @property
    def counts(self) -> RequestCounts:
        """The requests so far."""
        return RequestCounts(
            sent=sum(retries.sent for retries in self._retries),
            retried=sum(retries.retried for retries in self._retries),
            throttled=sum(retries.throttled for retries in self._retries),
        )

    def _client(self, kind: Callable[..., Any], *positional: str) -> Any:
        return kind(
            self._credential, *positional, base_url=self.cloud.arm, credential_scopes=[self.cloud.scope],
            policies=self._policies, transport=self._transport,
        )  # fmt: skip

    @cached_property
    def automation(self) -> AutomationClient:
        """The Automation SDK's client; its subscription is named by each request."""
        from azure.mgmt.automation.aio import AutomationClient  # noqa: PLC0415 - SDKs load only when a scan runs

        client: AutomationClient = self._client(AutomationClient, "-")
        return client

    @cached_property
    def log_analytics(self) -> LogAnalyticsManagementClient:
        """The Log Analytics SDK's client; its subscription is named by each request."""
        from azure.mgmt.loganalytics.aio import LogAnalyticsManagementClient  # noqa: PLC0415

        client: LogAnalyticsManagementClient = self._client(LogAnalyticsManagementClient, "-")
        return client

    @cached_property
    def arm(self) -> AsyncPipelineClient[HttpRequest, AsyncHttpResponse]:
        """A client for Resource Graph, compute, network and monitor, of which only plain reads are needed.

        It is azure-core's own, with the same policies: to load the SDKs of those takes a second, none of their models
        is used, and two of them have no public way to send a request.
        """
        return AsyncPipelineClient(self.cloud.arm, policies=self._policies, transport=self._transport)

    @cached_property
    def subscriptions(self) -> SubscriptionClient:
        """The Subscriptions SDK's client."""
        from azure.mgmt.resource.subscriptions.aio import SubscriptionClient  # noqa: PLC0415

        client: SubscriptionClient = self._client(SubscriptionClient)
        return client

    @cached_property
    def logs(self) -> LogsQueryClient:
        """The log query client, with a token of its own audience; of no use in a cloud that names no such endpoint."""
        from azure.monitor.query.aio import LogsQueryClient  # noqa: PLC0415

        endpoint = self.cloud.logs
        _, policies = self._with_tokens_for(f"{endpoint}/.default")
        return LogsQueryClient(
            cast("AsyncTokenCredential", self._credential), endpoint=endpoint, audience=endpoint,
            policies=policies, transport=self._transport,
        )  # fmt: skip

    @property
    def identity(self) -> Identity:
        """Who is logged in, by the claims of the token; nobody before that."""
        return self._tokens.identity

    @property
    def credential_kinds(self) -> tuple[str, ...]:
        """The names of the credential's classes, from the one that was chosen to the one that gave the token."""
        return self._credential.kinds

    async def contact(self, url: str) -> Contact:
        """Ask a URL once, without a token; never raises for what a network does."""
        status = problem = None
        try:
            async with asyncio.timeout(FIRST_PATIENCE):
                response = await self._transport.send(HttpRequest("GET", url))
                self.clock.compare(response.headers)
                status = response.status_code
        except TimeoutError:
            problem = f"{halves(url)[0]} did not answer within {FIRST_PATIENCE:.0f} s: check the network and the proxy"
        except AzureError as error:
            problem = str(start_error(error, halves(url)[0]))
        route: Any = self._transport if hasattr(self._transport, "proxy_for") else None
        proxy = route.proxy_for(url) if route else None
        return Contact(
            url=url,
            status=status,
            problem=problem,
            proxy=without_logins(proxy) if proxy else None,
            issuer=route.issuer_for(url) if route and status is not None else None,
        )

    async def log_in(self, patience: float = DEADLINE) -> None:
        """Fetch the first token, within `patience` seconds; raises StartError that says what is wrong."""
        try:
            async with asyncio.timeout(patience):
                await self._tokens.fresh(FIRST_PATIENCE)
        except TimeoutError as error:
            raise StartError(
                f"{self.cloud.authority} did not answer the login within {patience:.0f} s",
                "check the network and the proxy",
            ) from error
        except AzureError as error:
            issuer = error.issuer if isinstance(error, IssuerUnavailable | LoginUnavailable) else None
            raise start_error(error, issuer or self.cloud.authority) from error
        except (ValueError, OSError) as error:
            raise StartError(
                f"the login failed: {_one_line(error)}", "check --auth, --tenant and the AZURE_* variables"
            ) from error


def start_error(error: AzureError, endpoint: str) -> StartError:
    """Say in one line why the first contact with `endpoint` failed, and what to do."""
    problem = certificate_problem(error)
    if problem is not None:
        return StartError(
            f"{endpoint} presents a certificate that is not trusted ({problem})",
            "set SSL_CERT_FILE to your proxy's or cloud's CA bundle",
        )
    if isinstance(error, ServiceRequestError | ServiceResponseError):
        return StartError(
            f"cannot reach {endpoint} ({_one_line(error)})", "check the network, HTTPS_PROXY and the endpoint's name"
        )
    return StartError(
        f"no credential worked ({_one_line(error)})",
        "run `az login`, or choose another --auth and set what it needs "
        "(`--auth env`: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)",
    )


def why_refused(error: StartError) -> GapReason:
    """Why a login ended with this error, as the reason of the Gap that it leaves."""
    cause = error.__cause__
    if isinstance(cause, TimeoutError):
        return GapReason.TIMEOUT
    if isinstance(cause, ServiceRequestError | ServiceResponseError) or certificate_problem(error) is not None:
        return GapReason.UNREACHABLE
    return GapReason.DENIED


def _one_line(error: BaseException) -> str:
    # The text of an HttpResponseError would go on with the whole body.
    told = error.message if isinstance(error, AzureError) else str(error)
    text = without_logins(" ".join(told.split())) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."  # noqa: PLR2004


def load_sdks() -> None:
    """Import the SDKs, which takes about as long as several requests; call it before the first of them."""
    management = ("automation", "loganalytics", "resource.subscriptions")
    kinds = (*(f"mgmt.{name}" for name in management), "monitor.query", "identity")
    for kind in kinds:
        importlib.import_module(f"azure.{kind}.aio")
    gc.freeze()  # what was just loaded is never garbage, and looking through it stops a scan for 0.1 s at a time


# -- real transports and credentials ------------------------------------------------------------------------------


def ssl_context() -> ssl.SSLContext:
    """The one TLS context of a session: the system's and certifi's authorities, or those the environment names.

    SSL_CERT_FILE and SSL_CERT_DIR replace both, with nothing left of OpenSSL's own places. REQUESTS_CA_BUNDLE, a file
    or a directory, is added to whatever is trusted. Raises UsageError for a file that cannot be loaded.
    """
    import certifi  # noqa: PLC0415 - only a real scan needs it

    file, folder, more = (os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"))
    with _usable("SSL_CERT_FILE"):
        context = ssl.create_default_context(cafile=file or None, capath=folder or None)
    if not file and not folder:
        context.load_verify_locations(cafile=certifi.where())
    if more:
        with _usable("REQUESTS_CA_BUNDLE"):
            context.load_verify_locations(**{"capath" if Path(more).is_dir() else "cafile": more})
    return context


@contextmanager
def _usable(variable: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot load the CA bundle {os.environ.get(variable)}", f"correct {variable}") from error


def open_transport(connections: int) -> tuple[Transport, Callable[[], Awaitable[None]]]:
    """One aiohttp transport for all clients and the credential, and what closes it; proxies come from the environment.

    Must be called inside a running event loop. One SSLContext for all connections: a context per request would keep
    any connection from being reused. Raises UsageError for proxies and authorities that cannot be used.
    """
    import aiohttp  # noqa: PLC0415 - only a real scan needs it

    from scanner.transport import LONGEST_CONNECT, ProxyingTransport, environment_proxies, witnessed  # noqa: PLC0415

    proxies, context = environment_proxies(), ssl_context()
    certificates = witnessed(context)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, limit=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    # aiohttp sends a GET once more by itself when a kept connection breaks: tries are counted and bounded in Retries.
    session._retry_connection = False  # noqa: SLF001 - it has no public switch
    timeouts = {"connection_timeout": LONGEST_CONNECT, "read_timeout": LONGEST_TRY}
    # The clients and the credential may close the transport; only the Session ends its connections.
    return ProxyingTransport(proxies, certificates, session=session, session_owner=False, **timeouts), session.close


async def discover_cloud(arm_endpoint: str, transport: Transport) -> Cloud:
    """Ask an ARM endpoint for the rest of its cloud, without a login; raises StartError when it does not tell."""
    client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
        arm_endpoint, policies=[Retries()], transport=transport
    )
    try:
        response = await client.send_request(HttpRequest("GET", arm_endpoint.rstrip("/") + METADATA_PATH))
        answer = msgspec.json.decode(response.content) if response.status_code == 200 else None  # noqa: PLR2004
    except AzureError as error:
        raise start_error(error, arm_endpoint) from error
    except (msgspec.DecodeError, ValueError) as error:
        raise StartError(
            f"{arm_endpoint} answered no cloud metadata", "check that --arm-endpoint is an Azure Resource Manager URL"
        ) from error
    return cloud_of_metadata(arm_endpoint, answer)
