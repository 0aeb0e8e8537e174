"""`hwaudit diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.arguments import key_of, moment_of
from scanner.commands.configuration import Config, settings_of
from scanner.commands.options import AsOf, FailOnOption, Redact, RedactKey, Verbose
from scanner.options import DiffFormat, FailOn


def diff(
    ctx: typer.Context,
    *,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A snapshot or JSON report.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="A later one.")],
    format_: Annotated[DiffFormat, typer.Option("--format", help="In which form to tell it.")] = DiffFormat.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; without it, it is printed.")
    ] = None,
    fail_on: FailOnOption = FailOn.NEVER,
    as_of: AsOf = None,
    redact: Redact = False,
    redact_key: RedactKey = None,
    verbose: Verbose = False,  # noqa: ARG001 - read where errors are told
    config: Config = None,  # noqa: ARG001 - read before the other options
) -> int:
    """Compare two scans: what is new, changed, fixed, still there, or unknown because it was not seen.

    Exit codes: 0 compared, whatever changed; 1 findings of NEW at or above --fail-on; 2 wrong usage, or a file that
    cannot be compared.
    """
    from reports import rendered_diff  # noqa: PLC0415 - commands load what they need
    from scanner.delivery import FOUND, fails  # noqa: PLC0415
    from scanner.inventory.snapshot import write_atomically  # noqa: PLC0415
    from scanner.records import Judge, compared_files  # noqa: PLC0415
    from scanner.redacting import redacting  # noqa: PLC0415
    from scanner.terminal import say  # noqa: PLC0415

    settings, moment = settings_of(ctx), moment_of(as_of, "--as-of")
    with redacting(key_of(redact_key, redact=redact)) as key:
        comparison = compared_files(old, new, Judge(settings, moment, key.redaction if key else None))
        if key is not None:
            key.save()
    parts = rendered_diff(comparison, format_.value)
    if out is None:
        say("".join(parts).rstrip("\n"))
    else:
        write_atomically(out, (part.encode() for part in parts))
    return FOUND if fails(comparison, fail_on) else 0
