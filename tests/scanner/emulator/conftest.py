"""A client that speaks the wire to an emulator, without any SDK."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import pytest

from scanner.emulator import TENANTS, Emulator, Request, Response

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
VERSIONS = {
    "automation": "2024-10-23",
    "operationalinsights": "2025-07-01",
    "operationsmanagement": "2015-11-01-preview",
}


@dataclass(frozen=True)
class Wire:
    emulator: Emulator
    base: str

    async def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        sent = {"Authorization": f"Bearer {self.emulator.login.issue()}"} if headers is None else headers
        return await self.emulator.handle(Request(method, urljoin(self.base, path), sent, body))

    async def get(self, path: str, version: str = "", *, status: int = 200) -> Any:
        namespace = path.lower().rpartition("/providers/microsoft.")[2].partition("/")[0]
        version = version or VERSIONS.get(namespace, "2022-12-01")
        response = await self.send("GET", f"{path}{'&' if '?' in path else '?'}api-version={version}")
        assert response.status == status, response.body
        return json.loads(response.body)

    async def pages(self, path: str, version: str = "") -> list[dict[str, Any]]:
        page = await self.get(path, version)
        found = [page]
        while page.get("nextLink"):
            response = await self.send("GET", page["nextLink"])
            assert response.status == 200, response.body
            page = json.loads(response.body)
            found.append(page)
        return found

    async def all(self, path: str, version: str = "") -> list[dict[str, Any]]:
        return [item for page in await self.pages(path, version) for item in page["value"]]


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def wire(now):
    def connect(tenant="contoso", base=Emulator.arm_endpoint, **options):
        made = TENANTS[tenant](now) if isinstance(tenant, str) else tenant
        return Wire(Emulator(made, **options), base)

    return connect
