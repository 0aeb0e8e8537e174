"""Ids as Azure has them, of names that have nothing in common: what fits nearly all of one kind names nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_ACCOUNT = "providers/microsoft.automation/automationaccounts/{name}"
_ACCOUNTS_OWN = (
    "certificates",
    "connections",
    "credentials",
    "hybridrunbookworkergroups",
    "jobs",
    "jobschedules",
    "modules",
    "privateendpointconnections",
    "runbooks",
    "runtimeenvironments",
    "schedules",
    "variables",
    "webhooks",
)
_KINDS = (
    "providers/microsoft.compute/virtualmachines/{name}",
    "providers/microsoft.hybridcompute/machines/{name}",
    "providers/microsoft.operationalinsights/workspaces/{name}",
    _ACCOUNT,
    *(f"{_ACCOUNT}/{kind}/{{name}}" for kind in _ACCOUNTS_OWN),
    _ACCOUNT + "/hybridrunbookworkergroups/{name}/hybridrunbookworkers/{guid}",
)
# Each GUID has all sixteen digits, so that no single one narrows anything.
_GUIDS = (
    "0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f",
    "9c81d0e7-36fa-4b52-a1f4-7d80c6e93b25",
    "e5b70a92-c4d8-4f13-9610-2f6b8d3a7ce4",
    "5a3d96c1-08be-4f72-b9e4-c17f0d82a645",
)
_NAMES = ("xyz", "web-frontend-prod-07", "9", "kunde_01.b", "lab", "sqlvm3.shop.example", "h-u", "7")
_GROUPS = ("rg-shop", "q", "default-web_weu", "77", "mc(1)", "y.z", "test", "rg-core-prod")

Names = tuple[str, ...]
"""What a glob may name of one resource, in lower case: its id, its last part, and what it is called."""


@cache
def probes_by_kind() -> Mapping[str, tuple[Names, ...]]:
    """For each kind of subject, resources with their names."""
    places = tuple(
        (_GUIDS[number % len(_GUIDS)], group, name)
        for number, (group, name) in enumerate(zip(_GROUPS, _NAMES, strict=True))
    )
    subscriptions = tuple((f"/subscriptions/{guid}", guid, name) for guid, _, name in places)
    return {"subscriptions": subscriptions} | {kind: tuple(_probe(kind, *place) for place in places) for kind in _KINDS}


def _probe(kind: str, guid: str, group: str, name: str) -> Names:
    path = kind.format(name=name, guid=guid[::-1])
    return f"/subscriptions/{guid}/resourcegroups/{group}/{path}", path.rpartition("/")[2], name
