"""The real transport: azure-core's over aiohttp, with the environment's proxies; and a way to it from other threads."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from azure.core.exceptions import (
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport, HttpTransport
from azure.core.rest import HttpRequest

from scanner.clouds import halves, origin
from scanner.errors import UsageError
from scanner.responses import WholeResponse

LONGEST_CONNECT = 30.0
"""Seconds for a connection to stand, TLS included."""
_HTTP = frozenset({"http", "https"})
_UNBOUNDED = aiohttp.ClientTimeout(total=None, sock_connect=LONGEST_CONNECT)
_NO_TYPE_OF_NOTHING = ("Content-Type",)


class ProxyingTransport(AioHttpTransport):  # type: ignore[misc]  # azure-core loads it lazily
    """Sends through the given proxies, by scheme, but for hosts of NO_PROXY (or the system) and this machine's own.

    aiohttp can read the environment too (`trust_env`), yet does so anew for every request, twice in another thread:
    that costs more than the request itself. It also answers for a host in .netrc, which no token may compete with.
    """

    def __init__(
        self, proxies: Mapping[str, str], certificates: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._proxies = proxies
        self._certificates = {} if certificates is None else certificates
        self._found: dict[str, str | None] = {}

    async def send(self, request: Any, **options: Any) -> Any:
        """Send one request; a proxy that the caller names goes first."""
        if not options.get("proxies"):
            options.setdefault("proxy", self.proxy_for(request.url))
        if isinstance(request, HttpRequest) and options.keys() <= {"proxy", "stream"} and not options.get("stream"):
            return await self._exchange(request, options["proxy"])
        return await super().send(request, **options)

    async def _exchange(self, request: HttpRequest, proxy: str | None) -> WholeResponse:
        """Send one request and read the whole answer.

        It does what azure-core's own method does, in a third of the time: that one makes a response for streaming and
        reads it through three layers. How long one try may take is bounded by whoever sends.
        """
        try:
            async with self.session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.content,
                proxy=proxy,
                timeout=_UNBOUNDED,
                allow_redirects=False,
                skip_auto_headers=_NO_TYPE_OF_NOTHING,
            ) as response:
                body = await response.read()
        except aiohttp.ClientResponseError as error:
            raise ServiceResponseError(str(error), error=error) from error
        except aiohttp.ClientPayloadError as error:
            raise IncompleteReadError(str(error), error=error) from error
        except aiohttp.ConnectionTimeoutError as error:
            raise ServiceRequestTimeoutError(str(error), error=error) from error
        except TimeoutError as error:
            raise ServiceResponseTimeoutError(str(error), error=error) from error
        except aiohttp.ClientError as error:
            raise ServiceRequestError(str(error), error=error) from error
        return WholeResponse(request, response.status, response.reason or "", response.headers, body)

    def issuer_for(self, url: str) -> str | None:
        """Who issued the certificate that the URL's host showed last; None before any handshake with it."""
        return self._certificates.get(urlsplit(url).hostname or "")

    def proxy_for(self, url: str) -> str | None:
        """The proxy through which a URL is asked, with the login that it may hold; None for none."""
        base, _ = halves(url)
        if base not in self._found:
            parts = urlsplit(base)
            direct = serves_managed_identity(parts.scheme, parts.hostname or "") or proxy_bypass(parts.netloc)
            self._found[base] = None if direct else self._proxies.get(parts.scheme)
        return self._found[base]


def serves_managed_identity(scheme: str, host: str) -> bool:
    """Whether only this machine can reach the endpoint, as a managed identity's is reached.

    Those are link-local addresses (169.254.169.254 on a virtual machine) and plain http to this machine (port 40342 of
    an Arc machine). https to localhost takes the environment's word, as curl does.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return scheme == "http" and host.lower() == "localhost"
    return address.is_link_local or (scheme == "http" and address.is_loopback)


def environment_proxies() -> dict[str, str]:
    """Return the proxies of HTTPS_PROXY and HTTP_PROXY (or the system) by scheme; raises UsageError for unusable ones.

    An address without a scheme is an HTTP proxy, as curl takes it.
    """
    return {scheme: _http_proxy(scheme, address) for scheme, address in getproxies().items() if scheme in _HTTP}


def _http_proxy(scheme: str, address: str) -> str:
    """Complete an address; it may hold a password, so no error repeats it."""
    url = address if "://" in address else f"http://{address}"
    variable = f"{scheme.upper()}_PROXY"
    kind = url.partition("://")[0].lower()
    if kind not in _HTTP:
        raise UsageError(f"{variable} names a {kind} proxy", "only HTTP proxies can be used, as http://host:port")
    try:
        host, _ = origin(url)
    except ValueError:  # a port that is no number
        host = ""
    if not host:
        raise UsageError(f"{variable} is no address of a proxy", "write it as http://host:port")
    return url


def witnessed(context: ssl.SSLContext) -> Mapping[str, str]:
    """Have a context keep who issued the certificates that it was shown, by host; through a proxy, the far end's."""
    issuers: dict[str, str] = {}

    class Witness(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            certificate = self.getpeercert() or {}
            issuers[self.server_hostname or ""] = _issuer(certificate.get("issuer"))

    context.sslobject_class = Witness
    return issuers


def _issuer(names: Any) -> str:
    """The organisation and the common name of an issuer, as far as the certificate tells them."""
    told = {key: value for part in names or () for key, value in part}
    return ", ".join(told[key] for key in ("organizationName", "commonName") if key in told) or "an unnamed authority"


class ThreadTransport(HttpTransport[Any, Any]):
    """Sends what another thread asks for through the event loop's own transport; made inside the running loop.

    A synchronous client thereby shares the proxies and certificate authorities. Its `send` must not be called in the
    loop's thread, which it waits for.
    """

    def __init__(self, transport: AsyncHttpTransport[Any, Any]) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    def send(self, request: Any, **options: Any) -> Any:
        """Return the answer with its body read; raises RuntimeError once the loop has ended."""
        sending = self._transport.send(request, **options)
        try:
            answer = asyncio.run_coroutine_threadsafe(sending, self._loop)
        except RuntimeError:
            sending.close()
            raise
        return answer.result()

    def open(self) -> None:
        """Nothing to open: the loop's transport is."""

    def close(self) -> None:
        """Nothing to close: whoever opened the loop's transport closes it."""

    def __exit__(self, *_: object) -> None:
        self.close()
