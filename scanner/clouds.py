"""The clouds: their endpoints, known ones by name and others by ARM's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from scanner.errors import StartError

METADATA_PATH = "/metadata/endpoints?api-version=2022-09-01"
"""Where ARM tells its cloud's endpoints without a login, as `az cloud register` reads them."""


class Cloud(msgspec.Struct, frozen=True, kw_only=True):
    """The endpoints of one cloud; all are https URLs without a trailing slash.

    `known` tells whether azure-identity knows the login host: for any other, instance discovery is switched off.
    `exchange_audience` is what a workload's own token must be made for, before the login exchanges it.
    """

    name: str
    arm: str
    authority: str
    audience: str
    logs: str
    known: bool = True
    exchange_audience: str = "api://AzureADTokenExchange"

    @property
    def scope(self) -> str:
        """The OAuth scope of ARM."""
        return f"{self.audience}/.default"

    @property
    def token_origins(self) -> frozenset[tuple[str, int]]:
        """The (host, port) pairs that may receive a token."""
        return frozenset(origin(url) for url in (self.arm, self.logs) if url)


CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        # Endpoints: Azure Monitor and ARM documentation of the three clouds, as of 2025-01. Exchange audiences:
        # learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity, 2024-12.
        Cloud(
            name="AzureCloud",
            arm="https://management.azure.com",
            authority="https://login.microsoftonline.com",
            audience="https://management.azure.com",
            logs="https://api.loganalytics.azure.com",
        ),
        Cloud(
            name="AzureUSGovernment",
            arm="https://management.usgovcloudapi.net",
            authority="https://login.microsoftonline.us",
            audience="https://management.usgovcloudapi.net",
            logs="https://api.loganalytics.us",
            exchange_audience="api://AzureADTokenExchangeUSGov",
        ),
        Cloud(
            name="AzureChinaCloud",
            arm="https://management.chinacloudapi.cn",
            authority="https://login.chinacloudapi.cn",
            audience="https://management.chinacloudapi.cn",
            logs="https://api.loganalytics.azure.cn",
            exchange_audience="api://AzureADTokenExchangeChina",
        ),
    )
}


def origin(url: str) -> tuple[str, int]:
    """Return the (host, port) of an https URL; the host is lower-cased, the port defaults to 443."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or 443


def halves(url: str) -> tuple[str, str]:
    """Split an absolute URL behind its host, as in `https://host:port`; the rest begins with a slash or is empty."""
    end = url.find("/", len("https://"))
    return (url, "") if end < 0 else (url[:end], url[end:])


def cloud_of_metadata(arm_endpoint: str, answer: Any) -> Cloud:
    """Build the cloud that an ARM endpoint describes.

    `answer` is the decoded body of the metadata endpoint: one object, or a list of which the entry for this endpoint
    counts. What a known cloud's login expects is taken from that cloud. Raises StartError when the answer names no
    login endpoint or no audience; an unreadable address for log queries counts as none.
    """
    endpoint = arm_endpoint.rstrip("/")
    entry = _entry_for(endpoint, answer)
    login = entry.get("authentication")
    login = login if isinstance(login, dict) else {}
    authority = login.get("loginEndpoint")
    audiences = login.get("audiences")
    audience = audiences[0] if isinstance(audiences, list) and audiences else None
    if not isinstance(authority, str) or not isinstance(audience, str) or not _host(authority):
        raise StartError(
            f"{endpoint} describes no login endpoint",
            "check that --arm-endpoint is the Azure Resource Manager URL of the cloud",
        )
    logs = entry.get("logAnalyticsResourceId")
    name = entry.get("name")
    twin = next((cloud for cloud in CLOUDS.values() if _host(cloud.authority) == _host(authority)), None)
    return Cloud(
        name=name if isinstance(name, str) and name else "custom",
        arm=endpoint,
        authority=authority.rstrip("/"),
        audience=audience.rstrip("/"),
        logs=logs.rstrip("/") if isinstance(logs, str) and _host(logs) else "",
        known=twin is not None,
        exchange_audience=(twin or CLOUDS.get(str(name)) or CLOUDS["AzureCloud"]).exchange_audience,
    )


def _entry_for(endpoint: str, answer: Any) -> dict[str, Any]:
    entries = [entry for entry in (answer if isinstance(answer, list) else [answer]) if isinstance(entry, dict)]
    if not entries:
        raise StartError(
            f"{endpoint} answered no cloud metadata", "check that --arm-endpoint is an Azure Resource Manager URL"
        )
    for entry in entries:
        manager = entry.get("resourceManager")
        if isinstance(manager, str) and _host(manager) == _host(endpoint):
            return entry
    if len(entries) > 1:
        raise StartError(f"{endpoint} describes other clouds only", "give --arm-endpoint as the cloud itself names it")
    return entries[0]


def _host(url: str) -> tuple[str, int] | None:
    """The origin of an address that somebody else wrote; None when it has none."""
    try:
        found = origin(url)
    except ValueError:
        return None
    return found if found[0] else None
