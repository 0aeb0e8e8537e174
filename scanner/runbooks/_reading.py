"""Reads a runbook by its type, or by its looks where the type says nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scanner.inventory import RunbookSignature, Sign
from scanner.runbooks._decoding import decode
from scanner.runbooks._graphical import GraphicalRunbook
from scanner.runbooks._powershell import read_powershell
from scanner.runbooks._powershell_signs import PowerShellSigns
from scanner.runbooks._python import PythonSigns

VERSION = 1
"""Counts up whenever the same runbook may read differently."""

MOST_CHARACTERS = 6 << 20
"""Characters of a script that are read; what lies beyond leaves the reading not in full."""

_PYTHON_LOOKS = re.compile(r"#![^\n]*python|^(?:import|from)[ \t]+[A-Za-z_][\w.]*", re.MULTILINE)
_POWERSHELL_LOOKS = re.compile(
    r"^[ \t]*(?:\$\w+[ \t]*=|param[ \t]*\(|workflow[ \t]|[a-z]+-[a-z])", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RunbookReading:
    """What was recognised in one runbook.

    `signs` has the first line of each signature (1 in graphical runbooks, which have no lines) and is sorted; `calls`
    are lower-cased names of what may be child runbooks, to be compared with the runbooks that exist; `in_full` is False
    where parts were not understood, so that a sign which is not there proves nothing.
    """

    signs: tuple[Sign, ...] = ()
    calls: frozenset[str] = frozenset()
    in_full: bool = True


def read_runbook(content: bytes, runbook_type: str | None) -> RunbookReading:
    """Read the published content of a runbook of that `runbookType`; any bytes and any type give a reading."""
    text = decode(content)
    kind = _language(runbook_type or "", text.content)
    if kind == "graphical":
        graph = GraphicalRunbook(text.content)
        drawn = PowerShellSigns(graph.script)
        return _reading(drawn.first, drawn.calls | graph.calls, in_full=drawn.clear and text.sound)
    read, whole = text.content[:MOST_CHARACTERS], text.sound and len(text.content) <= MOST_CHARACTERS
    if kind == "python":
        python = PythonSigns(read)
        return _reading(python.first, set(), in_full=python.clear and whole)
    script = read_powershell(read)
    script.is_workflow |= (runbook_type or "").lower() in ("powershellworkflow", "script")
    signs = PowerShellSigns(script)
    return _reading(signs.first, signs.calls, in_full=signs.clear and whole)


def _reading(first: dict[RunbookSignature, int], calls: set[str], *, in_full: bool) -> RunbookReading:
    signs = tuple(Sign(signature, first[signature]) for signature in sorted(first))
    return RunbookReading(signs, frozenset(calls), in_full)


def _language(runbook_type: str, text: str) -> str:
    named = runbook_type.lower()
    for beginning, language in (("python", "python"), ("graph", "graphical"), ("powershell", "powershell")):
        if named.startswith(beginning):
            return language
    start = text.lstrip()
    if start.startswith("{") and '"runbookdefinition"' in start[:4096].lower():
        return "graphical"
    if start.startswith(("<?xml", "<GraphRunbook")):
        return "graphical"
    return "python" if _PYTHON_LOOKS.search(text) and not _POWERSHELL_LOOKS.search(text) else "powershell"
