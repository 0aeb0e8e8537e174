"""The command line: parses, makes the Session, runs, renders, and chooses the exit code."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scanner import __version__
from scanner.arguments import (
    account_of,
    endpoint_of,
    formats_of,
    management_group_of,
    moment_of,
    shard_of,
    since_of,
    skipped_of,
    subscription_of,
    tenant_of,
)
from scanner.errors import HwauditError, UsageError
from scanner.options import Auth, CloudName, FailOn, Included
from scanner.signals import INTERRUPTED, stop_on_signals
from scanner.terminal import complain, say

COULD_NOT_START = 4
USAGE = 2
PINGS_EVERY = 60.0
"""Seconds after which the workers of a served tenant have pinged again; pings older than 30 minutes are findings."""

_HELP = """Audit Azure Automation's hybrid workers from the cloud side, read-only.

What could not be seen is said, counted, and never judged healthy.
"""

app = typer.Typer(
    help=_HELP, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    result_callback=lambda code, **_: _exit_with(code),
)  # fmt: skip

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the report files go.")]
Format = Annotated[str, typer.Option("--format", metavar="LIST", help="Report formats, separated by commas, or 'all'.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Judge every age as of this ISO time (UTC unless it says otherwise)."),
]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="Exit with 1 when a finding is at least this severe.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 when anything could not be seen.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print tracebacks of errors.")]


def main() -> None:
    """Run the command line and exit with the codes that the README lists."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    sys.exit(run(sys.argv[1:]))


def _interrupted(_number: int, _frame: object) -> None:
    """End at once: where there is something to save, a scan handles the signal itself."""
    raise SystemExit(INTERRUPTED)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors become one line on stderr."""
    # The SDKs warn through logging what becomes one clear line, or a Gap, here.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app(arguments, prog_name="hwaudit")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE
    except HwauditError as error:
        _complain(error, arguments)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user unasked
        _complain(error, arguments)
        return COULD_NOT_START
    return 0


def _exit_with(code: object) -> None:
    """End with the exit code that the command returned."""
    raise typer.Exit(code if isinstance(code, int) else 0)


def _complain(error: Exception, arguments: list[str]) -> None:
    from scanner.escape import visible, without_logins  # noqa: PLC0415 - only an error needs it

    if "--verbose" in arguments or "-v" in arguments:
        import traceback  # noqa: PLC0415

        sys.stderr.write(without_logins(traceback.format_exc()))
    told = (
        str(error)
        if isinstance(error, HwauditError)
        else f"internal error: {type(error).__name__}: {error} (use --verbose)"
    )
    complain(visible(without_logins(told)))


def _version(*, wanted: bool) -> None:
    if wanted:
        import region_map  # noqa: PLC0415

        say(f"hwaudit {__version__} (region mapping of {region_map.VERSION})")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda value: _version(wanted=value), is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Hold the options of the program itself."""


@app.command()
def scan(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Scan the embedded demonstration tenant.")] = False,
    subscription: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Scan only this subscription; repeat for more.")
    ] = None,
    exclude_subscription: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Leave this subscription out.")
    ] = None,
    management_group: Annotated[
        str | None, typer.Option(metavar="ID", help="Scan the subscriptions below this group.")
    ] = None,
    resource_group: Annotated[
        str | None, typer.Option(metavar="NAME", help="Scan only accounts of this resource group.")
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="ARM-ID", help="Scan only this Automation account.")] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="I/N", help="Scan the I-th of N parts of these subscriptions; `merge` joins the snapshots."
        ),
    ] = None,
    auth: Annotated[Auth, typer.Option(help="How to log in.")] = Auth.DEFAULT,
    tenant: Annotated[list[str] | None, typer.Option(metavar="ID", help="The tenant to log in to.")] = None,
    cloud: Annotated[CloudName | None, typer.Option(help="The cloud. [default: AzureCloud]")] = None,
    arm_endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Another cloud's Azure Resource Manager.")
    ] = None,
    out: Out = Path("hwaudit-report"),
    format_: Format = "html,json",
    snapshot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what was seen, to evaluate it again.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a scan that was cut off.")] = False,
    fail_on: FailOnOption = FailOn.NEVER,
    strict: Strict = False,
    as_of: AsOf = None,
    include: Annotated[
        list[Included] | None,
        typer.Option(metavar="variables", help="Read this too, although listing it shows values to the login."),
    ] = None,
    skip: Annotated[
        str | None, typer.Option(metavar="LIST", help="Leave out: logs, jobs, content, metrics, machines.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Look no further back in histories: an ISO time, or an age such as 7d or 12h."
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=1024, metavar="N", help="Requests at once.")] = 64,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
) -> int:
    """Scan a tenant and write the reports.

    Exit codes: 0 done; 1 findings at or above --fail-on; 2 wrong usage; 3 with --strict, something was not seen;
    4 could not start; 130 interrupted (the reports are written from what was seen).
    """
    from scanner.collect import Choice  # noqa: PLC0415 - commands load what they need
    from scanner.delivery import Delivery  # noqa: PLC0415
    from scanner.inventory import Scope  # noqa: PLC0415
    from scanner.inventory.journal import open_journal  # noqa: PLC0415
    from scanner.scanning import Connection, command_of, scan_tenant  # noqa: PLC0415

    delivery = Delivery(formats_of(format_), out, snapshot=snapshot, fail_on=fail_on, strict=strict, quiet=quiet)
    connection = Connection(
        demo=demo,
        auth=auth,
        tenant=tenant_of(tenant),
        cloud=cloud,
        arm_endpoint=endpoint_of(arm_endpoint, cloud, demo=demo),
        concurrency=concurrency,
    )
    scope = Scope(
        subscriptions=tuple(subscription_of(written) for written in subscription or ()),
        excluded_subscriptions=tuple(subscription_of(written) for written in exclude_subscription or ()),
        management_group=management_group_of(management_group),
        resource_group=resource_group,
        account=account_of(account),
        shard=shard_of(shard),
    )
    moment = moment_of(as_of, "--as-of")
    choice = Choice(skipped_of(skip), frozenset(include or []), since_of(since, moment or datetime.now(UTC)))
    delivery.check_places()
    command = command_of(connection, scope, choice, since=since, as_of=moment)
    with open_journal(delivery.journal, command, since=choice.since, resume=resume, quiet=quiet) as journal:
        scanned = scan_tenant(connection, scope, journal, as_of=moment, choice=choice, quiet=quiet)
        return delivery.deliver(asyncio.run(scanned), journal)


@app.command()
def evaluate(
    *,
    snapshot: Annotated[Path, typer.Argument(metavar="SNAPSHOT", help="A file that scan --snapshot wrote.")],
    out: Out = Path("hwaudit-report"),
    format_: Format = "html,json",
    fail_on: FailOnOption = FailOn.NEVER,
    strict: Strict = False,
    as_of: AsOf = None,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
) -> int:
    """Judge a snapshot again, without any network."""
    from scanner.delivery import Delivery  # noqa: PLC0415
    from scanner.inventory.snapshot import load  # noqa: PLC0415
    from scanner.pipeline import judged_at  # noqa: PLC0415

    delivery = Delivery(formats_of(format_), out, fail_on=fail_on, strict=strict, quiet=quiet, live=False)
    moment = moment_of(as_of, "--as-of")
    delivery.check_places()
    estate = load(snapshot)
    return delivery.deliver(judged_at(estate, moment) if moment else estate)


@app.command()
def merge(
    *,
    snapshots: Annotated[
        list[Path], typer.Argument(metavar="SNAPSHOT...", help="Files that scan --snapshot wrote: shards, or tenants.")
    ],
    snapshot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep all of it in one snapshot, to evaluate it again.")
    ] = None,
    out: Out = Path("hwaudit-report"),
    format_: Format = "html,json",
    fail_on: FailOnOption = FailOn.NEVER,
    strict: Strict = False,
    as_of: AsOf = None,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
) -> int:
    """Judge the snapshots of all shards, or of several tenants, as one scan, without any network."""
    from scanner.delivery import Delivery  # noqa: PLC0415
    from scanner.inventory.merge import merge as merged  # noqa: PLC0415
    from scanner.inventory.snapshot import load  # noqa: PLC0415
    from scanner.pipeline import judged_at  # noqa: PLC0415

    delivery = Delivery(
        formats_of(format_), out, snapshot=snapshot, fail_on=fail_on, strict=strict, quiet=quiet, live=False
    )
    moment = moment_of(as_of, "--as-of")
    delivery.check_places()
    estate = merged({str(path): load(path) for path in snapshots})
    return delivery.deliver(judged_at(estate, moment) if moment else estate)


@app.command()
def diff(
    *,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A snapshot or JSON report.")],  # noqa: ARG001
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later one.")],  # noqa: ARG001
) -> None:
    """Compare two scans (not available yet)."""
    raise UsageError(
        "`hwaudit diff` is not available yet", "compare two JSON reports by the fingerprints of their findings"
    )


@app.command()
def checks(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List every check: id, severities, reads, scenarios."""
    from scanner.checks import all_checks  # noqa: PLC0415

    infos = [check.info for check in all_checks()]
    if json:
        import msgspec  # noqa: PLC0415

        entries = [
            {
                "id": info.id,
                "title": info.title,
                "severities": [severity.value for severity in info.severities],
                "reads": list(info.operations),
                "scenarios": list(info.scenarios),
                "included_by": info.included_by,
            }
            for info in infos
        ]
        say(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode())
        return
    width = max(len(info.id) for info in infos)
    for info in infos:
        say(f"{info.id:<{width}}  {'/'.join(info.severities):<20}  {info.title}")


@app.command()
def explain(*, check: Annotated[str, typer.Argument(metavar="CHECK", help="A check's id.")]) -> None:
    """Print the documentation of a check."""
    import difflib  # noqa: PLC0415

    from scanner.checks import all_checks  # noqa: PLC0415

    known = {known.id: known.info for known in all_checks()}
    info = known.get(check.lower())
    if info is None:
        near = difflib.get_close_matches(check.lower(), known, n=3, cutoff=0.5)
        raise UsageError(
            f"there is no check {check!r}",
            f"did you mean {' or '.join(near)}?" if near else "`hwaudit checks` lists them",
        )
    say(f"# {info.id}\n\n{info.documentation}\n")
    say("## Needs\n" + "".join(f"\n* {operation}" for operation in info.operations))
    say(f"\nSeverities: {', '.join(info.severities)}. Scenarios: {', '.join(info.scenarios) or 'none'}.")
    if info.included_by:
        say(f"Runs only with `--include {info.included_by}`.")


@app.command()
def regions(
    *,
    account: Annotated[
        str | None, typer.Option(metavar="REGION", help="Which workspace regions may an account here link?")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(metavar="REGION", help="Which account regions may a workspace here link?")
    ] = None,
    cloud: Annotated[CloudName, typer.Option(help="The cloud.")] = CloudName.PUBLIC,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Answer which Automation and Log Analytics regions may be linked."""
    import msgspec  # noqa: PLC0415

    from region_map.answers import UnknownRegion, regions_answer, to_text  # noqa: PLC0415

    try:
        answer = regions_answer(account, workspace, cloud.value)
    except UnknownRegion as error:
        raise UsageError(str(error)) from error
    say(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() if json else to_text(answer))


@app.command()
def doctor() -> None:
    """Check credentials, clock and permissions (not available yet)."""
    raise UsageError("`hwaudit doctor` is not available yet", "the README lists the permissions that a scan needs")


@app.command()
def emulate(
    *,
    tenant: Annotated[
        str, typer.Option(metavar="NAME", help="Which tenant to serve: contoso, spotless, blind or fairfax.")
    ] = "contoso",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
) -> None:
    """Serve the embedded Azure over loopback HTTPS until interrupted."""
    from scanner.emulator import TENANTS  # noqa: PLC0415

    if tenant not in TENANTS:
        raise UsageError(f"there is no tenant {tenant!r}", f"choose one of {', '.join(TENANTS)}")
    try:
        asyncio.run(_serve(tenant, port))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}", f"choose another --port, or 0 for a free one ({error.strerror})"
        ) from error


async def _serve(tenant: str, port: int) -> None:
    from scanner.emulator import TENANTS, Emulator, serve  # noqa: PLC0415

    emulator = Emulator(TENANTS[tenant](datetime.now(UTC)))
    async with serve(emulator, port=port) as server:
        say(
            f"The tenant {tenant} answers at {server.url}; in another shell:\n\n"
            f"export SSL_CERT_FILE={server.ca_file}\n"
            f"export AZURE_TENANT_ID={server.tenant_id}\n"
            f"export AZURE_CLIENT_ID={server.client_id}\n"
            f"export AZURE_CLIENT_SECRET={server.client_secret}\n"
            f"hwaudit scan --arm-endpoint {server.url} --auth env\n\n"
            "Ctrl-C stops it."
        )
        with stop_on_signals() as stop:
            while not stop.is_set():
                try:
                    await asyncio.wait_for(stop.wait(), PINGS_EVERY)
                except TimeoutError:  # the workers that ping go on pinging, as long as the tenant is served
                    emulator.follow(TENANTS[tenant](datetime.now(UTC)))
