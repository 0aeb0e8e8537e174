"""Contoso's accounts in the Operations subscription."""

from dataclasses import replace
from datetime import datetime, timedelta

from scanner.emulator.tenants.build import (
    CLASSIC_CERTIFICATE,
    Machines,
    classic_run_as,
    run_as,
    run_as_certificate,
    service_principal,
    thumbprint,
    workspace_id,
)
from scanner.emulator.tenants.contoso_places import (
    FINANCE,
    HOME,
    OPERATIONS,
    PLATFORM,
    RG_FINANCE,
    RG_LOGS,
    RG_OPERATIONS,
)
from scanner.emulator.tenants.model import Account, Certificate, Connection, DeletedAccount, Group, Pings

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CREATED = timedelta(days=1100)
SERVERS = "rg-ops-servers"


def operations_accounts(now: datetime) -> tuple[Account, ...]:
    """Nine accounts."""
    return (
        _nordic(now),
        _crossing(now),
        _ledger(now),
        _orphaned(now),
        _purged(now),
        _paris(now),
        _toronto(now),
        _osaka(now),
        _reporting(now),
    )


def deleted_account(now: datetime) -> DeletedAccount:
    """The account of the shops, which was closed; worker-extension-orphaned: its machine was forgotten."""
    return DeletedAccount(_account(now, "aa-shops", "France Central", (), None), now - 9 * DAY)


def _account(
    now: datetime,
    name: str,
    location: str,
    groups: tuple[Group, ...],
    workspace: str | None,
    *,
    certificates: tuple[Certificate, ...] = (),
    connections: tuple[Connection, ...] = (),
    identity: str | None = "SystemAssigned",
) -> Account:
    return Account(
        OPERATIONS,
        RG_OPERATIONS,
        name,
        location,
        now - CREATED,
        groups=groups,
        certificates=certificates,
        connections=connections,
        workspace=workspace,
        identity=identity,
    )


def _workspace(name: str) -> str:
    return workspace_id(OPERATIONS, RG_OPERATIONS, name)


def _nordic(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    # worker-registered-twice (high): the machine of aa-patching again, its id wholly in lower case.
    twin = machines.v2("plat-twin-01", vm=Machines(now, PLATFORM, "rg-platform-servers").vm("plat-twin-01").lower())
    return _account(
        now,
        "aa-nordic",
        # region-mapping-unlisted (medium): swedencentral is in no table, and there are System workers.
        "Sweden Central",
        # worker-account-url-mismatch: the extension of ops-nord-02 names an account that nobody knows.
        (
            Group("hwg-nordic", (machines.v2("ops-nord-01"), machines.v2("ops-nord-02", 6 * HOUR), twin)),
            *machines.system("ops-nord-01"),
        ),
        _workspace("law-nordic"),
        # run-as-certificate-missing on a legitimate connection (medium at most).
        connections=(service_principal("sp-archive", thumbprint("archive"), OPERATIONS, HOME),),
    )


def _crossing(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    groups = (
        # worker-platform-retired (low): the same machine's extension-based entry is active; V1 beside V2 is no double.
        Group("hwg-migrated", (machines.v1("ops-move-01"), machines.v2("ops-move-01"), machines.v2("ops-move-02"))),
        # worker-platform-retired (high): nothing but the retired agent, so no active worker either.
        Group("hwg-unmigrated", (machines.v1("ops-old-01", ip="10.20.0.7"),)),
        # Quiet neighbour of worker-registered-twice: a worker called `scheduler` exists elsewhere, at another address.
        Group("hwg-jobs", (machines.v2("ops-jobs-01"), machines.v1("scheduler", ip="10.77.1.9"))),
        # worker-disconnected on machines that run: their agents stopped.
        Group(
            "hwg-batch",
            (
                machines.v1("ops-batch-01", 52 * HOUR, vm=machines.vm("ops-batch-01")),
                machines.v1("ops-batch-02", 51 * HOUR, vm=machines.vm("ops-batch-02")),
            ),
        ),
        *machines.system("ops-patch-01"),
    )
    # workspace-cross-subscription (high) and workspace-name-collision: the workspace is Platform's law-shared.
    return _account(now, "aa-crossing", "westus2", groups, workspace_id(PLATFORM, RG_LOGS, "law-shared"))


def _ledger(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    # Not seen: the machine of fin-ledger-01 is in a subscription without any role.
    foreign = machines.v2("fin-ledger-01", vm=Machines(now, FINANCE, RG_FINANCE).vm("fin-ledger-01"))
    groups = (Group("hwg-ledger", (*machines.v2s("ops-ledger-01", "ops-ledger-02"), foreign)),)
    # workspace-cross-subscription (low), known from the link alone: the workspace itself may not be read.
    return _account(now, "aa-ledger", "UK South", groups, workspace_id(FINANCE, RG_FINANCE, "law-ledger"))


def _orphaned(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    groups = (
        Group("hwg-orphaned", machines.v2s("ops-orph-01", "ops-orph-02")),
        *machines.system("ops-orph-01", "ops-orph-02"),
    )
    # workspace-missing (high): the workspace is gone, and System workers need it.
    return _account(
        now,
        "aa-orphaned",
        "westeurope",
        groups,
        _workspace("law-removed"),
        # run-as-certificate-missing for the classic connection: no asset has that name.
        connections=(classic_run_as(CLASSIC_CERTIFICATE, OPERATIONS, kind="AzureClassicCertificate"),),
    )


def _purged(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    mark = thumbprint("purged")
    account = _account(
        now,
        "aa-purged",
        "northeurope",
        # group-empty, explained by worker-purged: nobody noticed that ops-watch-01 was off for more than 30 days.
        (Group("hwg-purged", machines.v2s("ops-purg-01", "ops-purg-02")), Group("hwg-nightwatch")),
        # workspace-missing (low): soft-deleted, and no feature needs it.
        _workspace("law-purged"),
        # run-as-certificate-expired (expires within 30 days) and run-as-certificate-not-exportable.
        certificates=(run_as_certificate(mark, now + 12 * DAY, exportable=False),),
        connections=(run_as(mark.lower(), OPERATIONS, HOME),),
    )
    return replace(
        account,
        pings=(
            Pings("hwg-purged", "ops-purg-01", ((now - 60 * DAY, now),)),
            Pings("hwg-nightwatch", "ops-watch-01", ((now - 85 * DAY, now - 45 * DAY),)),
            # Quiet neighbour: somebody deleted it, as the activity log tells.
            Pings("hwg-purged", "ops-retired-01", ((now - 85 * DAY, now - 50 * DAY),)),
        ),
    )


def _paris(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    mark = thumbprint("paris")
    return _account(
        now,
        "aa-paris",
        "francecentral",
        (
            Group(
                "hwg-paris",
                (
                    machines.v2("ops-paris-01"),
                    # worker-registered-twice (medium, possible): aa-crossing has a worker of that name and address.
                    machines.v1("ops-old-01", ip="10.20.0.7"),
                ),
            ),
        ),
        # workspace-link-one-sided: the workspace names no account.
        _workspace("law-paris"),
        # run-as-certificate-expired: the matching certificate has expired.
        certificates=(run_as_certificate(mark, now - 200 * DAY),),
        connections=(run_as(mark.lower(), OPERATIONS, HOME),),
        identity="UserAssigned",
    )


def _toronto(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    groups = (Group("hwg-toronto", machines.v2s("ops-tor-01", "ops-tor-02")), *machines.system("ops-tor-01"))
    # workspace-link-absent (medium): System workers, but no link. law-toronto claims one: workspace-link-one-sided.
    return _account(now, "aa-toronto", "canadacentral", groups, None)


def _osaka(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    groups = (Group("hwg-osaka", machines.v2s("ops-osa-01", "ops-osa-02")), *machines.system("ops-osa-01"))
    # workspace-link-absent (medium): the workspace's pack AzureAutomation is disabled.
    return _account(now, "aa-osaka", "japaneast", groups, _workspace("law-osaka"))


def _reporting(now: datetime) -> Account:
    machines = Machines(now, OPERATIONS, SERVERS)
    return _account(
        now,
        "aa-reporting",
        "japaneast",
        # Quiet neighbour of workspace-link-absent: no link, and nothing that needs one.
        # private-endpoint-missing: its workers are silent since it was closed to the public network.
        (Group("hwg-reporting", (machines.v2("ops-rep-01", 74 * HOUR), machines.v2("ops-rep-02", 74 * HOUR))),),
        None,
        # Not seen: this account's certificates are denied, so whether this one has its certificate is unknown.
        connections=(service_principal("sp-reports", thumbprint("reports"), OPERATIONS, HOME),),
    )
