"""`hwaudit evaluate`, `report` and `merge`: judge snapshots, without any network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.arguments import formats_of, frameworks_of, key_of, moment_of
from scanner.commands.configuration import Config, settings_of
from scanner.commands.options import (
    AsOf,
    BaselineOption,
    FailOnOption,
    Format,
    Framework,
    Out,
    Quiet,
    Redact,
    RedactKey,
    Strict,
    Verbose,
)
from scanner.options import FailOn

if TYPE_CHECKING:
    from scanner.inventory import Estate


def evaluate(
    ctx: typer.Context,
    *,
    snapshot: Annotated[Path, typer.Argument(metavar="SNAPSHOT", help="A file that scan --snapshot wrote.")],
    out: Out = Path("hwaudit-report"),
    format_: Format = "html,json",
    fail_on: FailOnOption = FailOn.NEVER,
    strict: Strict = False,
    baseline: BaselineOption = None,
    as_of: AsOf = None,
    framework: Framework = None,
    redact: Redact = False,
    redact_key: RedactKey = None,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
    config: Config = None,  # noqa: ARG001 - read before the other options
) -> int:
    """Judge a snapshot again, without any network."""
    from scanner.inventory.snapshot import load  # noqa: PLC0415

    return _delivered(
        ctx,
        lambda: load(snapshot),
        out=out,
        formats=format_,
        fail_on=fail_on,
        strict=strict,
        baseline=baseline,
        as_of=as_of,
        framework=framework,
        key_file=key_of(redact_key, redact=redact),
        quiet=quiet,
    )


def report(
    ctx: typer.Context,
    *,
    snapshot: Annotated[Path, typer.Argument(metavar="SNAPSHOT", help="A file that scan --snapshot wrote.")],
    out: Out = Path("hwaudit-report"),
    format_: Format = "html,json",
    baseline: BaselineOption = None,
    framework: Framework = None,
    as_of: AsOf = None,
    redact: Redact = False,
    redact_key: RedactKey = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    config: Config = None,
) -> int:
    """Write the reports of a snapshot in any format; the exit code is 0 when they are written, whatever is in them."""
    return evaluate(
        ctx,
        snapshot=snapshot,
        out=out,
        format_=format_,
        baseline=baseline,
        framework=framework,
        as_of=as_of,
        redact=redact,
        redact_key=redact_key,
        quiet=quiet,
        verbose=verbose,
        config=config,
    )


def merge(
    ctx: typer.Context,
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
    baseline: BaselineOption = None,
    as_of: AsOf = None,
    framework: Framework = None,
    redact: Redact = False,
    redact_key: RedactKey = None,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
    config: Config = None,  # noqa: ARG001 - read before the other options
) -> int:
    """Judge the snapshots of all shards, or of several tenants, as one scan, without any network."""
    from scanner.inventory.merge import merge as merged  # noqa: PLC0415
    from scanner.inventory.snapshot import load  # noqa: PLC0415

    return _delivered(
        ctx,
        lambda: merged({str(path): load(path) for path in snapshots}, nameless=redact),
        snapshot=snapshot,
        out=out,
        formats=format_,
        fail_on=fail_on,
        strict=strict,
        baseline=baseline,
        as_of=as_of,
        framework=framework,
        key_file=key_of(redact_key, redact=redact),
        quiet=quiet,
    )


def _delivered(
    ctx: typer.Context,
    load: Callable[[], Estate],
    *,
    out: Path,
    formats: str,
    fail_on: FailOn,
    strict: bool,
    baseline: Path | None,
    as_of: str | None,
    framework: list[str] | None,
    key_file: Path | None,
    quiet: bool,
    snapshot: Path | None = None,
) -> int:
    """Judge what `load` returns, and write it as the options of the command say."""
    from scanner.delivery import Delivery  # noqa: PLC0415 - commands load what they need
    from scanner.pipeline import judged_at  # noqa: PLC0415
    from scanner.records import Judge, named_baseline  # noqa: PLC0415
    from scanner.redacting import redacting  # noqa: PLC0415

    settings, moment = settings_of(ctx), moment_of(as_of, "--as-of")
    names, views = formats_of(formats), frameworks_of(framework)
    with redacting(key_file, out) as key:
        delivery = Delivery(
            names,
            out,
            snapshot=snapshot,
            fail_on=fail_on,
            strict=strict,
            quiet=quiet,
            live=False,
            frameworks=views,
            baseline=named_baseline(baseline, fail_on, Judge(settings, redaction=key.redaction if key else None)),
            settings=settings,
            key=key,
        )
        delivery.check_places()
        estate = load()
        return delivery.deliver(judged_at(estate, moment) if moment else estate)
