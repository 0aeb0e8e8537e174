"""`hwaudit scan`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scanner.arguments import (
    endpoint_of,
    formats_of,
    frameworks_of,
    key_of,
    moment_of,
    scope_of,
    since_of,
    skipped_of,
    tenants_of,
)
from scanner.commands import completion
from scanner.commands.configuration import Config, settings_of
from scanner.commands.options import (
    Account,
    ArmEndpoint,
    AsOf,
    AuthOption,
    BaselineOption,
    Cloud,
    Concurrency,
    ExcludeSubscription,
    FailOnOption,
    Format,
    Framework,
    ManagementGroup,
    Out,
    Quiet,
    Record,
    Redact,
    RedactKey,
    ResourceGroup,
    Strict,
    Subscription,
    Verbose,
)
from scanner.options import Auth, FailOn, Included
from scanner.terminal import say


def scan(
    ctx: typer.Context,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Scan the embedded demonstration tenant.")] = False,
    subscription: Subscription = None,
    exclude_subscription: ExcludeSubscription = None,
    management_group: ManagementGroup = None,
    resource_group: ResourceGroup = None,
    account: Account = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Scan the I-th of N parts of these subscriptions; `merge` joins the snapshots."
        ),
    ] = None,
    auth: AuthOption = Auth.DEFAULT,
    tenant: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="The tenant to log in to; repeat for more.")
    ] = None,
    cloud: Cloud = None,
    arm_endpoint: ArmEndpoint = None,
    out: Out = Path("hwaudit-report"),
    format_: Format = "html,json",
    snapshot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what was seen, to evaluate it again.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a scan that was cut off.")] = False,
    fail_on: FailOnOption = FailOn.NEVER,
    strict: Strict = False,
    baseline: BaselineOption = None,
    as_of: AsOf = None,
    framework: Framework = None,
    include: Annotated[
        list[Included] | None,
        typer.Option(metavar="variables", help="Read this too, although listing it shows values to the login."),
    ] = None,
    skip: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Leave out: logs, jobs, content, metrics, machines.",
            autocompletion=completion.skipped,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Look no further back in histories: an ISO time, or an age such as 7d or 12h."
        ),
    ] = None,
    redact: Redact = False,
    redact_key: RedactKey = None,
    record: Record = None,
    concurrency: Concurrency = 64,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
    config: Config = None,  # noqa: ARG001 - read before the other options
) -> int:
    """Scan a tenant and write the reports.

    Exit codes: 0 done; 1 open findings at or above --fail-on; 2 wrong usage; 3 with --strict, something was not seen;
    4 could not start; 130 interrupted (the reports are written from what was seen).
    """
    from scanner.collect import Choice  # noqa: PLC0415 - commands load what they need
    from scanner.delivery import Delivery  # noqa: PLC0415
    from scanner.inventory.journal import open_journal  # noqa: PLC0415
    from scanner.records import Judge, named_baseline  # noqa: PLC0415
    from scanner.redacting import recorder_at, redacting  # noqa: PLC0415
    from scanner.scanning import Connection, command_of, scan_tenant  # noqa: PLC0415

    settings = settings_of(ctx)
    formats, views = formats_of(format_), frameworks_of(framework)
    connection = Connection(
        demo=demo,
        auth=auth,
        tenants=tenants_of(tenant, demo=demo),
        cloud=cloud,
        arm_endpoint=endpoint_of(arm_endpoint, cloud, demo=demo),
        concurrency=concurrency,
    )
    scope = scope_of(
        subscription,
        exclude_subscription,
        management_group=management_group,
        resource_group=resource_group,
        account=account,
        shard=shard,
    )
    moment = moment_of(as_of, "--as-of")
    choice = Choice(skipped_of(skip), frozenset(include or []), since_of(since, moment or datetime.now(UTC)))
    command = command_of(connection, scope, choice, since=since, as_of=moment)
    key_place = key_of(redact_key, redact=redact, record=record is not None)
    with redacting(key_place if redact else None, out) as key:
        redaction = key.redaction if key else None
        delivery = Delivery(
            formats,
            out,
            snapshot=snapshot,
            fail_on=fail_on,
            strict=strict,
            quiet=quiet,
            frameworks=views,
            # Read before the scan: a file that cannot be used must not be found out hours later.
            baseline=named_baseline(baseline, fail_on, Judge(settings, redaction=redaction)),
            settings=settings,
            key=key,
        )
        delivery.check_places()
        recorder = recorder_at(
            record, key_place, resume=resume, shard=scope.shard is not None, tenants=len(connection.tenants)
        )
        opened = open_journal(
            delivery.journal,
            command,
            since=choice.since,
            resume=resume,
            quiet=quiet,
            private=key is not None,
        )
        with opened as journal:
            scanned = scan_tenant(
                connection,
                scope,
                journal,
                as_of=moment,
                choice=choice,
                quiet=quiet,
                redaction=redaction,
                recorder=recorder,
            )
            code = delivery.deliver(asyncio.run(scanned), journal)
            if recorder is not None and recorder.told and not quiet:
                say(recorder.told)
            return code
