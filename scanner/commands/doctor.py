"""`hwaudit doctor`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.arguments import endpoint_of, one_tenant_of, scope_of, skipped_of
from scanner.commands import completion
from scanner.commands.configuration import Config, settings_of
from scanner.commands.options import (
    Account,
    ArmEndpoint,
    AuthOption,
    Cloud,
    Concurrency,
    ExcludeSubscription,
    ManagementGroup,
    Quiet,
    ResourceGroup,
    Subscription,
    Verbose,
)
from scanner.errors import StartError, UsageError
from scanner.options import Auth, Included, RoleForm
from scanner.terminal import say

if TYPE_CHECKING:
    from scanner.doctor import DoctorReport, Plan
    from scanner.scanning import Connection

NOT_READY = 3
COULD_NOT_START = 4


def doctor(
    ctx: typer.Context,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Examine the embedded demonstration tenant.")] = False,
    subscription: Subscription = None,
    exclude_subscription: ExcludeSubscription = None,
    management_group: ManagementGroup = None,
    resource_group: ResourceGroup = None,
    account: Account = None,
    auth: AuthOption = Auth.DEFAULT,
    tenant: Annotated[list[str] | None, typer.Option(metavar="ID", help="The tenant to log in to.")] = None,
    cloud: Cloud = None,
    arm_endpoint: ArmEndpoint = None,
    include: Annotated[
        list[Included] | None, typer.Option(metavar="variables", help="Examine for a scan that reads this, too.")
    ] = None,
    skip: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Examine for a scan without: logs, jobs, content, metrics, machines.",
            autocompletion=completion.skipped,
        ),
    ] = None,
    role: Annotated[
        RoleForm | None, typer.Option(help="Print only the role that a scan needs, in this form; asks no network.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 when a scan would not see everything.")] = False,
    concurrency: Concurrency = 64,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
    config: Config = None,  # noqa: ARG001 - read before the other options
) -> int:
    """Tell whether a scan would see everything: login, clock, endpoints, permissions, and the role that it needs.

    It reads what a scan would, of the first few resources of each kind, and nothing else.

    Exit codes: 0 told; 2 wrong usage; 3 with --strict, a scan would not see everything; 4 a scan could not start.
    """
    from scanner.collect import Choice  # noqa: PLC0415 - commands load what they need
    from scanner.doctor import Plan, enabled_checks  # noqa: PLC0415
    from scanner.scanning import Connection  # noqa: PLC0415

    if role is not None and json:
        raise UsageError("--role and --json exclude each other", "the JSON holds the role in each form")
    settings = settings_of(ctx)
    off = tuple(sorted(check for check in settings.severities if not settings.runs(check)))
    choice = Choice(skipped_of(skip), frozenset(include or []))
    connection = Connection(
        demo=demo,
        auth=auth,
        tenants=one_tenant_of(tenant),
        cloud=cloud,
        arm_endpoint=endpoint_of(arm_endpoint, cloud, demo=demo),
        concurrency=concurrency,
    )
    plan = Plan(
        scope=scope_of(
            subscription,
            exclude_subscription,
            management_group=management_group,
            resource_group=resource_group,
            account=account,
        ),
        choice=choice,
        checks=enabled_checks(choice, off),
        switched_off=off,
        auth=auth,
        tenant=connection.tenant,
    )
    if role is not None:
        say(getattr(plan.role([f"/subscriptions/{each}" for each in plan.scope.subscriptions]), role.value))
        return 0
    report = asyncio.run(_examined(connection, plan, quiet=quiet))
    _print(report, json=json, quiet=quiet)
    if report.verdict == "could_not_start":
        return COULD_NOT_START
    return NOT_READY if strict and report.verdict != "ready" else 0


async def _examined(connection: Connection, plan: Plan, *, quiet: bool) -> DoctorReport:
    from msgspec import structs  # noqa: PLC0415

    from scanner.doctor import examine, unreached  # noqa: PLC0415
    from scanner.progress import progress_line  # noqa: PLC0415
    from scanner.scanning import Opening  # noqa: PLC0415

    opening = Opening(connection, datetime.now(UTC))
    try:
        try:
            session = await opening.connect()
        except StartError as error:
            return unreached(plan, connection.place, error)
        with progress_line(quiet=quiet) as progress:
            return await examine(session, structs.replace(plan, patience=opening.patience), progress)
    finally:
        await opening.close()


def _print(report: DoctorReport, *, json: bool, quiet: bool) -> None:
    import msgspec  # noqa: PLC0415

    from scanner.doctor import to_text  # noqa: PLC0415

    if json:
        say(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    elif not quiet:
        say(to_text(report).rstrip("\n"))
