"""The help teaches by examples that hold, and the version tells how old its facts are."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

import region_map
from scanner import __version__
from scanner.arguments import (
    account_of,
    formats_of,
    frameworks_of,
    management_group_of,
    moment_of,
    since_of,
    skipped_of,
    subscription_of,
)
from scanner.cli import app
from scanner.commands.examples import EXAMPLES, PROGRAM
from scanner.controls import catalogue
from scanner.sources import dated_sources

ROOT = Path(__file__).parents[2]
PROGRAM_ITSELF = typer.main.get_command(app)
OF_A_SHELL = {"|", ">", "<"}
MEANINGS = {
    "account": account_of,
    "as_of": lambda words: moment_of(words, "--as-of"),
    "format_": formats_of,
    "framework": frameworks_of,
    "management_group": management_group_of,
    "since": lambda words: since_of(words, datetime.now(UTC)),
    "skip": skipped_of,
    "subscription": lambda words: [subscription_of(word) for word in words],
}
OFFLINE = {"explain", "regions", "frameworks"}
LINES = [example.line for examples in EXAMPLES.values() for example in examples]


def words_of(line):
    """What the program is given of a line of a shell."""
    words = shlex.split(line)
    ends = next((at for at, word in enumerate(words) if word in OF_A_SHELL), len(words))
    assert words[0] == "hwaudit"
    return words[1:ends]


@pytest.mark.parametrize("name", PROGRAM_ITSELF.commands)
def test_the_help_of_every_command_ends_with_examples_of_it(hwaudit, name):
    told = hwaudit(name, "--help").out
    assert "  Examples:\n\n" in told
    for example in EXAMPLES[name]:
        assert example.line.startswith(f"hwaudit {name}")
        assert f"  # {example.purpose}\n  {example.line}\n" in told


def test_the_help_of_the_program_ends_with_examples(hwaudit):
    assert all(f"  # {purpose}\n  {line}\n" in hwaudit("--help").out for purpose, line in EXAMPLES[PROGRAM])


def test_no_example_speaks_of_a_command_that_is_not_there():
    assert EXAMPLES.keys() - {PROGRAM} == PROGRAM_ITSELF.commands.keys()


@pytest.mark.parametrize("line", LINES)
def test_every_example_is_understood(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("strict.toml").touch()
    name, *rest = words_of(line)
    with PROGRAM_ITSELF.commands[name].make_context(name, rest) as ctx:
        for parameter, meaning in MEANINGS.items():
            if ctx.params.get(parameter) and name not in {"diff", "regions"}:
                meaning(ctx.params[parameter])


@pytest.mark.parametrize("line", [line for line in LINES if line.split()[1] in OFFLINE])
def test_what_an_example_asks_is_known(hwaudit, line):
    assert hwaudit(*words_of(line)).code == 0


@pytest.mark.parametrize("line", LINES)
def test_an_example_is_one_line_in_every_shell(line):
    assert "\n" not in line
    assert len(line) <= 118


def test_the_version_tells_the_date_of_each_kind_of_facts(hwaudit):
    first, *rest = hwaudit("--version").out.splitlines()
    assert first == f"hwaudit {__version__}"
    assert len(rest) == len(list(dated_sources()))
    assert all(re.fullmatch(r"[\w ]+: \d{4}-\d\d-\d\d \([^()]+\)", line) for line in rest)
    assert rest[0].startswith(f"region mapping: {region_map.VERSION} ")
    assert rest[1].startswith(f"policies and controls: {catalogue().source.date} ")


def test_the_version_tells_no_date_that_is_not_beside_the_facts():
    modules = {
        "region mapping": "region_map/tables.json",
        "policies and controls": "scanner/controls/catalogue.json",
        "language versions": "scanner/checks/runtime_retired.py",
        "retirements known up to": "reports/retirements.py",
        "scripts for workers": "scanner/on_machine/_recipes.py",
        "service limits": "scanner/checks/_job.py",
        "table permissions": "scanner/roles.py",
    }
    for known in dated_sources():
        text = (ROOT / modules[known.facts]).read_text(encoding="utf-8")
        year, month, day = (int(part) for part in known.date.split("-"))
        assert known.date in text or f"date({year}, {month}, {day})" in text, known
