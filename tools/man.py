"""The manual page, made of the help of every command: man(7) source, as `make docs` writes it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import typer

from scanner import __version__
from scanner.cli import app
from scanner.commands.examples import EXAMPLES, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_LINE_START = (".", "'")


def man_page() -> str:
    """The whole page hwaudit(1); it has no date, so that the same program gives the same page."""
    program: Any = typer.main.get_command(app)
    whole = typer.Context(program, info_name="hwaudit")
    summary, *rest = _paragraphs(program.help)
    parts = [f'.TH HWAUDIT 1 "" "hwaudit {__version__}" "User Commands"', ".SH NAME"]
    parts += [f"hwaudit \\- {_text(summary.rstrip('.'))}", ".SH SYNOPSIS", r"\fBhwaudit\fR [\fIOPTIONS\fR]"]
    parts += [r"\fICOMMAND\fR [\fIARGS\fR]", ".SH DESCRIPTION", *_flowing([f"{summary}", *rest])]
    parts += [".SH OPTIONS", *_options(program, whole), ".SH EXAMPLES", *_examples(PROGRAM), ".SH COMMANDS"]
    for name, command in program.commands.items():
        parts += _of_command(name, command, whole)
    return "\n".join(parts) + "\n"


def _of_command(name: str, command: Any, above: typer.Context) -> Iterator[str]:
    """The section of a command, and those of the commands below it."""
    ctx = typer.Context(command, info_name=name, parent=above)
    yield f'.SS "{ctx.command_path}"'
    yield from _flowing(_paragraphs(command.help))
    yield from _options(command, ctx)
    yield from _examples(name)
    for below, inner in getattr(command, "commands", {}).items():
        yield from _of_command(below, inner, ctx)


def _options(command: Any, ctx: typer.Context) -> Iterator[str]:
    """Every parameter that the help tells, with what it says."""
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None:
            name, meaning = record
            yield from (".TP", rf"\fB{_text(name)}\fR", _text(" ".join(meaning.split())))


def _examples(name: str) -> Iterator[str]:
    for example in EXAMPLES.get(name, ()):
        yield from (".PP", f"{_text(example.purpose)}:", ".PP", ".nf", rf"\fB{_text(example.line)}\fR", ".fi")


def _paragraphs(text: str | None) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text or "").split("\n\n")]


def _flowing(paragraphs: list[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield from (".PP", _text(paragraph))


def _text(text: str) -> str:
    """Text as roff prints it: hyphens that can be copied, and no line that begins like a request."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith(_AT_LINE_START) else escaped
