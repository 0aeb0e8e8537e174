"""Contoso a month ago, as what was different then; its times are relative to its own now, a month before contoso's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from scanner.emulator.faults import deny
from scanner.emulator.tenants.build import Machines, account_id, workspace_id
from scanner.emulator.tenants.contoso import DENIED, contoso
from scanner.emulator.tenants.contoso_operations import SERVERS
from scanner.emulator.tenants.contoso_places import OPERATIONS, PLATFORM, RG_LOGS, RG_OPERATIONS
from scanner.emulator.tenants.model import Account, Group, Machine, Tenant, Webhook, Workspace

A_MONTH = timedelta(days=30)
DENIED_THEN = (
    # Not seen then, granted since: the credentials of one account, where group-credential-missing waited.
    deny("Microsoft.Automation/automationAccounts/credentials/read", "/automationAccounts/aa-people/"),
)
GRANTED_THEN = "/automationAccounts/aa-reporting/"
"""Seen then, and denied since: the certificates of this account, of which one was missing already."""

Earlier = Callable[[Account], Account]
T = TypeVar("T")


def contoso_last_month(now: datetime) -> Tenant:
    """The same company before some of its flaws came and others were mended; `now` is its own."""
    tenant = contoso(now)
    servers = Machines(now, OPERATIONS, SERVERS)
    accounts: Mapping[str, Earlier] = {
        "aa-purged": lambda account: _watched(account, servers, now),
        "aa-crossing": lambda account: _in_one_subscription(account, now),
        "aa-paris": _webhooks_then,
        "aa-platform": lambda account: _with_silent(account, "plat-core-02", now),
    }
    machines: Mapping[str, Callable[[Machine], Machine]] = {
        # worker-machine-stopped, which was not noticed until the worker was purged.
        "ops-watch-01": lambda machine: replace(machine, power="deallocated"),
        # worker-machine-stopped, mended since: a crash at night.
        "plat-core-02": lambda machine: replace(machine, power="stopped"),
    }
    return replace(
        tenant,
        name="contoso-last-month",
        accounts=(*(accounts.get(each.name, _as_it_is)(each) for each in tenant.accounts), *_closed_since(tenant, now)),
        workspaces=(*_workspaces_then(tenant.workspaces), _removed_since(now)),
        machines=tuple(machines.get(machine.name, _as_it_is)(machine) for machine in tenant.machines),
        faults=(*(fault for fault in DENIED if fault.scope != GRANTED_THEN), *DENIED_THEN),
        # The log of what was deleted since is not written yet.
        activity=(),
        deleted_accounts=(),
    )


def _as_it_is(part: T) -> T:
    return part


def _watched(account: Account, servers: Machines, now: datetime) -> Account:
    """Before ops-watch-01 was purged, and ops-purg-02 was sent to the other group in its place."""
    silent = servers.v2("ops-watch-01", timedelta(days=15))
    groups = (
        Group("hwg-purged", servers.v2s("ops-purg-01")),
        Group("hwg-nightwatch", (silent, *servers.v2s("ops-purg-02"))),
    )
    pings = tuple(
        replace(each, ranges=tuple((start + A_MONTH, min(end + A_MONTH, now)) for start, end in each.ranges))
        for each in account.pings
    )
    return replace(account, groups=groups, pings=pings)


def _in_one_subscription(account: Account, now: datetime) -> Account:
    """Before workspace-cross-subscription: linked to the workspace of the same name beside it.

    webhook-expired, mended since: nobody called it any more, and it was removed.
    """
    old = Webhook("closing-portal", "Close-Books", now - timedelta(days=200), "hwg-unmigrated")
    return replace(account, workspace=workspace_id(OPERATIONS, RG_OPERATIONS, "law-shared"), webhooks=(old,))


def _webhooks_then(account: Account) -> Account:
    """webhook-expired was a warning then (low), for what has expired since (medium)."""
    return replace(account, webhooks=tuple(replace(each, expires=each.expires + A_MONTH) for each in account.webhooks))


def _with_silent(account: Account, name: str, now: datetime) -> Account:
    """worker-disconnected, mended since."""
    groups = tuple(
        replace(
            group,
            workers=tuple(
                replace(worker, seen=now - timedelta(days=2))
                if worker.name == name and group.kind == "User"
                else worker
                for worker in group.workers
            ),
        )
        for group in account.groups
    )
    return replace(account, groups=groups)


def _closed_since(tenant: Tenant, now: datetime) -> tuple[Account, ...]:
    """The accounts that were deleted since, each with the server outside Azure that still has its extension."""
    machines = Machines(now, OPERATIONS, "rg-ops-shops")
    group = Group("hwg-shops", (machines.v2("shop-lyon-01", vm=machines.arc("shop-lyon-01")),))
    return tuple(replace(deleted.account, groups=(group,)) for deleted in tenant.deleted_accounts)


def _workspaces_then(workspaces: tuple[Workspace, ...]) -> tuple[Workspace, ...]:
    """The workspaces, those called law-shared each with the link and the logs that the other one has now."""
    ids = [workspace_id(PLATFORM, RG_LOGS, "law-shared"), workspace_id(OPERATIONS, RG_OPERATIONS, "law-shared")]
    found = {each.id: each for each in workspaces}
    other = dict(zip(ids, reversed(ids), strict=True))
    return tuple(_with_logs_of(each, found[other[each.id]]) if each.id in other else each for each in workspaces)


def _with_logs_of(workspace: Workspace, other: Workspace) -> Workspace:
    return replace(
        workspace, account=other.account, packs=other.packs, heartbeats=other.heartbeats, events=other.events
    )


def _removed_since(now: datetime) -> Workspace:
    """Before workspace-missing: aa-orphaned still had its workspace."""
    linked = account_id(OPERATIONS, RG_OPERATIONS, "aa-orphaned")
    return Workspace(OPERATIONS, RG_OPERATIONS, "law-removed", "westeurope", now - timedelta(days=1400), linked)
