"""What the documentation shows is what the program does: its commands, and the summary of the demonstration."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from markdown_it import MarkdownIt

from scanner.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHELLS = {"sh", "bash", "console", "powershell", "pwsh", "yaml", "yml", "dockerfile"}
GROUP = typer.main.get_command(app)
USAGE_ERROR = typer.BadParameter.__mro__[1]
"""What typer's parser raises: its own copy of click's UsageError."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)? UTC)?")


def written_in(page: Path) -> Iterator[str]:
    """The lines of a page's commands, whole: of its code blocks for shells, and of its code within sentences."""
    for token in MarkdownIt("gfm-like").parse(page.read_text(encoding="utf-8")):
        if token.type == "fence" and token.info.split(" ")[0] in SHELLS:
            yield from token.content.replace("\\\n", " ").splitlines()
        yield from (child.content for child in token.children or () if child.type == "code_inline")


def commands_in(line: str) -> Iterator[list[str]]:
    """The words behind each `hwaudit` of a line that is called there."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    called: list[str] | None = None
    try:
        words = list(lexer)
    except ValueError:  # an apostrophe in a comment of YAML
        return
    for word in [*words, ";"]:
        if set(word) <= set("();<>|&"):
            if called:
                yield called
            called = None
        elif called is not None:
            called.append(word)
        elif word == "hwaudit" or word.endswith("/hwaudit"):
            called = []


def fault_of(words: list[str]) -> str | None:
    """What the parser of the command line says against the words; their values stay unread."""
    command, context, rest = GROUP, None, list(words)
    try:
        while command is not None:
            context = command.context_class(command, info_name=command.name, parent=context)
            _, rest, _ = command.make_parser(context).parse_args(rest)
            is_group = rest and hasattr(command, "resolve_command")
            _, command, rest = command.resolve_command(context, rest) if is_group else (None, None, [])
    except USAGE_ERROR as error:
        return error.format_message()
    return None


SHOWN = [(page, words) for page in PAGES for line in written_in(page) for words in commands_in(line)]


def test_the_pages_show_commands():
    assert len(SHOWN) > 40
    assert {words[0] for _, words in SHOWN} >= {"scan", "evaluate", "merge", "diff", "explain", "emulate"}


def test_every_command_that_the_pages_show_can_be_parsed():
    faults = {f"{page.relative_to(ROOT)}: hwaudit {' '.join(words)}": fault_of(words) for page, words in SHOWN}
    assert {shown: fault for shown, fault in faults.items() if fault} == {}


@pytest.mark.parametrize("line", ["hwaudit scna", "x && hwaudit scan --demno | jq .", "hwaudit evaluate FILE --out"])
def test_a_command_that_does_not_exist_would_be_told(line):
    (words,) = commands_in(line)
    assert fault_of(words)


def test_the_summary_of_the_demonstration_is_printed_as_the_readme_shows_it(hwaudit, demo_snapshot):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- demo-summary -->\n```text\n")[2].partition("\n```\n<!-- /demo-summary -->")[0]
    told = hwaudit("evaluate", demo_snapshot).out
    assert MOMENT.sub("(a moment)", told).splitlines() == MOMENT.sub("(a moment)", shown).splitlines()
