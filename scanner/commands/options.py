"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.commands import completion
from scanner.commands.configuration import Config
from scanner.options import Auth, CloudName, FailOn

__all__ = ["AsOf", "Config", "FailOnOption", "Format", "Out", "Quiet", "Strict", "Verbose"]

Subscription = Annotated[
    list[str] | None, typer.Option("--subscription", metavar="ID", help="Only this subscription; repeat for more.")
]
ExcludeSubscription = Annotated[
    list[str] | None, typer.Option("--exclude-subscription", metavar="ID", help="Leave this subscription out.")
]
ManagementGroup = Annotated[
    str | None, typer.Option("--management-group", metavar="ID", help="Only the subscriptions below this group.")
]
ResourceGroup = Annotated[
    str | None, typer.Option("--resource-group", metavar="NAME", help="Only accounts of this resource group.")
]
Account = Annotated[str | None, typer.Option("--account", metavar="ARM-ID", help="Only this Automation account.")]
AuthOption = Annotated[Auth, typer.Option("--auth", help="How to log in.")]
Cloud = Annotated[CloudName | None, typer.Option("--cloud", help="The cloud. [default: AzureCloud]")]
ArmEndpoint = Annotated[
    str | None, typer.Option("--arm-endpoint", metavar="URL", help="Another cloud's Azure Resource Manager.")
]
Concurrency = Annotated[int, typer.Option("--concurrency", min=1, max=1024, metavar="N", help="Requests at once.")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the report files go.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="LIST",
        help="Report formats, separated by commas, or 'all'.",
        autocompletion=completion.formats,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="Judge every age as of this ISO time (UTC unless it says otherwise)."),
]
FailOnOption = Annotated[
    FailOn,
    typer.Option(
        "--fail-on",
        help="Exit with 1 when a finding is at least this severe; `new:` counts those that OLD or --baseline lacks.",
    ),
]
BaselineOption = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Tell what changed since this snapshot or JSON report."),
]
Framework = Annotated[
    list[str] | None,
    typer.Option(
        "--framework",
        metavar="NAME",
        help="Add a controls view; repeat for more. `hwaudit frameworks` lists them.",
        autocompletion=completion.frameworks,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 3 when anything could not be seen.")]
Redact = Annotated[
    bool, typer.Option("--redact", help="Put stable pseudonyms in the place of all names, ids and addresses.")
]
RedactKey = Annotated[
    Path | None,
    typer.Option(
        "--redact-key",
        metavar="FILE",
        help="The key of the pseudonyms, made where there is none; keep it to yourself. [default: hwaudit.key]",
    ),
]
Record = Annotated[
    Path | None,
    typer.Option(
        "--record",
        metavar="DIR",
        help="Write what was asked and answered into this new folder, under pseudonyms, to be replayed elsewhere.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print tracebacks of errors.")]
