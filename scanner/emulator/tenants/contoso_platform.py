"""Contoso's accounts in Platform, Legacy and the delegated subscription."""

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
    HOME,
    LEGACY,
    MANAGED,
    OPERATIONS,
    PARTNER,
    PLATFORM,
    RG_LEGACY,
    RG_MANAGED,
    RG_PLATFORM,
)
from scanner.emulator.tenants.model import Account, Certificate, Connection, Group

DAY = timedelta(days=1)
CREATED = timedelta(days=1300)


def platform_accounts(now: datetime) -> tuple[Account, ...]:
    """Six accounts."""
    return (_platform(now), _patching(now), _develop(now), _people(now), _legacy(now), _fabrikam(now))


def _platform(now: datetime) -> Account:
    machines = Machines(now, PLATFORM, "rg-platform-servers")
    deploy = thumbprint("deploy")
    return Account(
        PLATFORM,
        RG_PLATFORM,
        "aa-platform",
        # region-mapping-unsupported (high): the workspace is in eastus too, and eastus maps to eastus2 only.
        "eastus",
        now - CREATED,
        groups=(
            # Quiet neighbours of all worker checks: active, extension-based, one worker more than needed.
            Group("hwg-core", machines.v2s("plat-core-01", "plat-core-02")),
            # Quiet neighbour of worker-registered-twice: System beside User for one machine of one account.
            *machines.system("plat-core-01", "plat-core-02", "plat-sql-01"),
        ),
        certificates=(Certificate("deploy-cert", deploy, now + 200 * DAY, exportable=False), _expired_backup(now)),
        connections=(
            # Quiet neighbour of all Run As checks: an own service principal; the thumbprints differ in case only, and
            # that its certificate cannot be exported matters to Run As alone.
            service_principal("sp-deploy", deploy.lower(), PLATFORM, HOME),
            # run-as-certificate-expired on a legitimate connection (medium at most).
            service_principal("sp-backup", thumbprint("backup"), PLATFORM, HOME),
        ),
        workspace=workspace_id(PLATFORM, RG_PLATFORM, "law-platform"),
    )


def _expired_backup(now: datetime) -> Certificate:
    return Certificate("backup-cert", thumbprint("backup"), now - 90 * DAY)


def _patching(now: datetime) -> Account:
    machines = Machines(now, PLATFORM, "rg-platform-servers")
    return Account(
        PLATFORM,
        RG_PLATFORM,
        "aa-patching",
        # Quiet neighbour of region-mapping-unsupported: the pair eastus -> eastus2 is a row, however it is spelt.
        "East US 2",
        now - CREATED,
        groups=(
            Group(
                "hwg-patching",
                (
                    machines.v2("plat-wsus-01"),
                    machines.v2("plat-wsus-02", timedelta(minutes=15)),
                    # worker-registered-twice (high), here; the other registration is in aa-nordic, in other case.
                    machines.v2("plat-twin-01"),
                ),
            ),
            *machines.system("plat-wsus-01"),
        ),
        workspace=workspace_id(PLATFORM, RG_PLATFORM, "LAW-Patching"),
        identity="SystemAssigned, UserAssigned",
    )


def _develop(now: datetime) -> Account:
    machines = Machines(now, PLATFORM, "rg-develop")
    return Account(
        PLATFORM,
        RG_PLATFORM,
        "aa-develop",
        # region-mapping-unsupported (info): the workspace is in northeurope, no feature needs the mapping.
        "westeurope",
        now - CREATED,
        groups=_develop_groups(machines),
        # run-as-subscription-mismatch: the connection names another subscription. Its certificate is healthy.
        connections=(run_as(thumbprint("develop"), OPERATIONS, HOME),),
        certificates=(run_as_certificate(thumbprint("develop"), now + 120 * DAY),),
        workspace=workspace_id(PLATFORM, RG_PLATFORM, "law-develop"),
    )


def _develop_groups(machines: Machines) -> tuple[Group, ...]:
    half = machines.v2("dev-half-01")
    return (
        Group(
            "hwg-lifecycle",
            (
                # Quiet neighbour: its group has an active worker.
                machines.v2("dev-active-01"),
                # worker-stale (medium, as the group has an active worker).
                machines.v2("dev-stale-01", 45 * DAY),
                # worker-purge-soon.
                machines.v2("dev-purge-01", 25 * DAY),
                # worker-disconnected (low), then (medium).
                machines.v2("dev-lost-01", timedelta(hours=5)),
                machines.v2("dev-lost-02", 3 * DAY),
                # worker-never-connected: for an unknown reason, by its extension and by its identity.
                machines.v2("dev-silent-01", None, registered=2 * DAY),
                machines.v2("dev-silent-02", None, registered=3 * DAY),
                machines.v2("dev-silent-03", None, registered=6 * DAY),
                # Quiet neighbour: registered 20 minutes ago, it may still report.
                machines.v2("dev-fresh-01", None, registered=timedelta(minutes=20)),
            ),
        ),
        # worker-stale (high), group-without-active-worker (critical) and group-single-worker: nothing else is in it.
        Group("hwg-abandoned", (machines.v2("dev-gone-01", 61 * DAY),)),
        # group-empty: made once for a test, never filled.
        Group("hwg-spare"),
        # worker-registered-twice (high): one machine in two user groups of one account.
        Group("hwg-left", (half, machines.v2("dev-left-01"))),
        Group("hwg-right", (half, machines.v2("dev-right-01"))),
        # Not seen: the workers of this group are denied.
        Group("hwg-restricted", machines.v2s("dev-secret-01")),
    )


def _people(now: datetime) -> Account:
    machines = Machines(now, PLATFORM, "rg-people")
    return Account(
        PLATFORM,
        RG_PLATFORM,
        "aa-people",
        # region-mapping-unlisted (info): germanywestcentral is in no table.
        "Germany West Central",
        now - CREATED,
        groups=(Group("hwg-people", machines.v2s("hr-app-01", "hr-app-02"), credential="cred-people"),),
        connections=(
            # run-as-retired and run-as-certificate-missing: no asset has this thumbprint, no Run As certificate exists.
            run_as(thumbprint("people"), PLATFORM, HOME),
            # run-as-certificate-missing on the built-in type Azure: no asset has that name.
            Connection("az-old", "Azure", {"AutomationCertificateName": "mgmt-cert", "SubscriptionID": PLATFORM}),
            # Quiet neighbour: the same type with an asset that exists, named in other case.
            Connection("az-new", "Azure", {"AutomationCertificateName": "HR-Cert", "SubscriptionID": PLATFORM}),
        ),
        certificates=(Certificate("hr-cert", thumbprint("hr"), now + 400 * DAY),),
        workspace=workspace_id(PLATFORM, RG_PLATFORM, "law-people"),
        # account-identity-missing.
        identity=None,
    )


def _legacy(now: datetime) -> Account:
    machines = Machines(now, LEGACY, RG_LEGACY)
    return Account(
        LEGACY,
        RG_LEGACY,
        "aa-legacy",
        "westus",
        now - 2 * CREATED,
        # workspace-link-absent (info): agent-based workers, but no linked workspace.
        # worker-platform-retired (high), and no active worker in the group.
        groups=(Group("hwg-onprem", (machines.v1("leg-ftp-01"), machines.v1("leg-ftp-02", 10 * DAY))),),
        connections=(
            # run-as-thumbprint-mismatch: AzureRunAsCertificate was renewed, the connection was not.
            run_as(thumbprint("legacy before"), LEGACY, HOME),
            # run-as-retired for the classic one, whose type ends in a blank; its certificate has expired.
            classic_run_as(CLASSIC_CERTIFICATE, LEGACY),
        ),
        certificates=(
            run_as_certificate(thumbprint("legacy after"), now + 60 * DAY),
            run_as_certificate(thumbprint("classic"), now - 700 * DAY, name=CLASSIC_CERTIFICATE),
        ),
        identity=None,
    )


def _fabrikam(now: datetime) -> Account:
    machines = Machines(now, MANAGED, RG_MANAGED)
    return Account(
        MANAGED,
        RG_MANAGED,
        "aa-fabrikam",
        "australiaeast",
        now - CREATED,
        groups=(
            Group(
                "hwg-fabrikam",
                (
                    # Its worker name is a full one, its machine has the short one.
                    machines.v2("fab-app-01.fabrikam.example", vm=machines.vm("fab-app-01")),
                    machines.v2("fab-edge-01", vm=machines.arc("fab-edge-01")),
                    # Quiet neighbour of worker-registered-twice: aa-crossing has a `scheduler` too, elsewhere.
                    machines.v2("scheduler"),
                ),
            ),
        ),
        # Quiet neighbour of run-as-subscription-mismatch: an own service principal may work anywhere.
        connections=(service_principal("sp-fabrikam", thumbprint("fabrikam"), PLATFORM, PARTNER),),
        certificates=(Certificate("sp-fabrikam", thumbprint("fabrikam"), now + 300 * DAY),),
        workspace=workspace_id(MANAGED, RG_MANAGED, "law-fabrikam"),
    )
