"""The command line as a whole: its commands are in scanner.commands; here they become one program with exit codes."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer

from scanner import __version__
from scanner.commands.comparison import diff
from scanner.commands.doctor import doctor
from scanner.commands.emulate import emulate
from scanner.commands.evaluation import evaluate, merge, report
from scanner.commands.examples import PROGRAM, epilog
from scanner.commands.init import init
from scanner.commands.knowledge import checks, explain, frameworks, regions
from scanner.commands.redaction import unredact
from scanner.commands.scan import scan
from scanner.errors import HIDDEN, HwauditError
from scanner.signals import INTERRUPTED
from scanner.terminal import complain, say

COULD_NOT_START = 4
USAGE = 2

_HELP = """Audit Azure Automation's hybrid workers from the cloud side, read-only.

What could not be seen is said, counted, and never judged healthy.
"""

app = typer.Typer(
    help=_HELP, no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    result_callback=lambda code, **_: _exit_with(code), epilog=epilog(PROGRAM),
)  # fmt: skip
for command in (scan, evaluate, report, merge, diff, checks, explain, frameworks, regions, unredact, doctor, emulate):
    app.command(epilog=epilog(command.__name__))(command)
app.add_typer(init, name="init", epilog=epilog("init"))


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
        _program()(arguments, prog_name="hwaudit")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE
    except HwauditError as error:
        _complain(error, arguments)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user unasked
        _complain(error, arguments)
        return COULD_NOT_START
    return 0


@cache
def _program() -> Callable[..., object]:
    """All commands with their options, which typer would read anew for each call of the app."""
    return typer.main.get_command(app)


def _exit_with(code: object) -> None:
    """End with the exit code that the command returned."""
    raise typer.Exit(code if isinstance(code, int) else 0)


def _complain(error: Exception, arguments: list[str]) -> None:
    from scanner.escape import visible, without_logins  # noqa: PLC0415 - only an error needs it

    # What went wrong inside may tell of the tenant; what could not start is redacted where the key is.
    hidden = HIDDEN in getattr(error, "__notes__", ()) and not isinstance(error, HwauditError)
    if ("--verbose" in arguments or "-v" in arguments) and not hidden:
        import traceback  # noqa: PLC0415

        sys.stderr.write(without_logins(traceback.format_exc()))
    told = (
        str(error)
        if isinstance(error, HwauditError)
        else f"cannot install the completion ({error.strerror}: {error.filename}): --show-completion prints it"
        if isinstance(error, OSError) and "--install-completion" in arguments
        else f"internal error: {type(error).__name__} (run it without --redact to see more)"
        if hidden
        else f"internal error: {type(error).__name__}: {error} (use --verbose)"
    )
    complain(visible(without_logins(told)))


def _version(*, wanted: bool) -> None:
    if wanted:
        from scanner.sources import dated_sources  # noqa: PLC0415 - only this needs it

        dates = "".join(f"\n{known.facts}: {known.date} ({known.source})" for known in dated_sources())
        say(f"hwaudit {__version__}{dates}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(wanted=value),
            is_eager=True,
            help="Show the version, and how old its facts are.",
        ),
    ] = False,
) -> None:
    """Hold the options of the program itself."""
