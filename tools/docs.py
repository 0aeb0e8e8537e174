"""Write what the documentation takes from the code; `python -m tools.docs`, with `--check` only compare.

The JSON Schema and docs/checks.md are written whole. In the other pages, the text between `<!-- name -->` and
`<!-- /name -->` is written.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from reports.html import ADVICE
from reports.json_v1 import json_schema
from scanner.checks import all_checks
from scanner.cli import app
from scanner.inventory import GapReason, Reading
from scanner.scenarios import NEEDED_CHECKS, TITLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scanner.findings import CheckInfo

PAGES = (Path("README.md"), Path("docs/permissions.md"), Path("docs/json-report.md"))
WIDTH = 100


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` name the stale ones; the return value is the exit code."""
    stale = {path: text for path, text in generated() if not path.exists() or path.read_text(encoding="utf-8") != text}
    if "--check" in arguments:
        names = ", ".join(str(path) for path in stale)
        sys.stderr.write(f"stale: {names}; run `make docs`\n" if stale else "")
        return 1 if stale else 0
    for path, text in stale.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {path}\n")
    return 0


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its whole text; paths are relative to the root of the repository."""
    yield Path("reports/schema/report.v1.schema.json"), json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
    yield Path("docs/checks.md"), checks_page()
    for path in PAGES:
        yield path, with_blocks(path.read_text(encoding="utf-8"))


def with_blocks(page: str) -> str:
    """Renew every block of a page."""

    def renewed(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- {name} -->\n{BLOCKS[name]().strip()}\n<!-- /{name} -->"

    return re.sub(rf"<!-- (?P<name>{'|'.join(BLOCKS)}) -->.*?<!-- /(?P=name) -->", renewed, page, flags=re.DOTALL)


def checks_page() -> str:
    """docs/checks.md: the docstring of every check, with its needs."""
    parts = ["# The checks", "Generated from the checks' own documentation. `hwaudit explain CHECK` prints the same."]
    parts += ["\n".join(f"* [{info.id}](#{info.id}): {info.title}" for info in infos())]
    parts += [_chapter(info) for info in infos()]
    return "\n\n".join(parts) + "\n"


def _chapter(info: CheckInfo) -> str:
    documentation = re.sub(r"^##", "###", info.documentation, flags=re.MULTILINE)
    needs = "\n".join(f"* `{operation}`" for operation in info.operations)
    facts = f"Severities: {', '.join(info.severities)}. Scenarios: {', '.join(info.scenarios) or 'none'}."
    return f"## {info.id}\n\n{documentation}\n\n### Needs\n\n{needs}\n\n{facts}"


def infos() -> list[CheckInfo]:
    """What every check says of itself."""
    return [check.info for check in all_checks()]


def checks_table() -> str:
    """The checks with their severities, titles and scenarios."""
    rows = (
        (f"[{info.id}](docs/checks.md#{info.id})", ", ".join(info.severities), info.title, ", ".join(info.scenarios))
        for info in infos()
    )
    return table(("check", "severity", "finds", "scenarios"), rows)


def scenarios_table() -> str:
    """The scenarios of the article, the checks that look for each, and whether a quiet scan can tell "no sign"."""
    ours = {info.id for info in infos()}
    rows = (
        (id_, title, _detected_by(id_), "yes" if ours.issuperset(NEEDED_CHECKS[id_]) else "no")
        for id_, title in TITLES.items()
    )
    return table(("id", "scenario", "detected by", 'can be "no sign"'), rows)


def _detected_by(scenario: str) -> str:
    return ", ".join(info.id for info in infos() if scenario in info.scenarios) or "not available yet"


def actions_table() -> str:
    """Every RBAC action with the checks that lose their verdict without it."""
    rows = ((f"`{action}`", ", ".join(_needing(action)) or _used_by(action)) for action in actions())
    return table(("action", "checks that need it"), rows)


def _needing(action: str) -> list[str]:
    return [info.id for info in infos() if action in info.operations]


def _used_by(action: str) -> str:
    return "`--management-group` alone" if action == Reading.MANAGEMENT_GROUP.operation else "the scan itself"


def actions() -> list[str]:
    """The RBAC actions of every read that a scan plans, sorted."""
    return sorted({reading.operation for reading in Reading})


def role() -> str:
    """A custom role with exactly the actions that a scan of subscriptions reads with.

    The one that `--management-group` needs must be assigned on the management group, so it is no part of this role.
    """
    definition = {
        "Name": "Hybrid worker auditor",
        "IsCustom": True,
        "Description": "Read what hybrid-worker-audit reads, and nothing else.",
        "Actions": [action for action in actions() if action != Reading.MANAGEMENT_GROUP.operation],
        "NotActions": [],
        "AssignableScopes": ["/subscriptions/00000000-0000-0000-0000-000000000000"],
    }
    return f"```json\n{json.dumps(definition, indent=2)}\n```"


def gap_reasons_table() -> str:
    """Every reason of a gap, and what closes a gap of it."""
    return table(("reason", "what closes the gap"), ((f"`{reason}`", ADVICE[reason]) for reason in GapReason))


def help_of(*command: str) -> Callable[[], str]:
    """Return what makes the `--help` of a command, as a block of code."""

    def made() -> str:
        result = CliRunner().invoke(app, [*command, "--help"], prog_name="hwaudit", terminal_width=WIDTH)
        return f"```text\n{result.output.strip()}\n```"

    return made


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "help": help_of(),
    "scan-help": help_of("scan"),
    "checks": checks_table,
    "scenarios": scenarios_table,
    "actions": actions_table,
    "role": role,
    "gap-reasons": gap_reasons_table,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
