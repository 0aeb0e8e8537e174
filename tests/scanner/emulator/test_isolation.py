"""The fake and the parsers must not share a misunderstanding."""

import ast
from pathlib import Path

import scanner.emulator

ROOT = Path(scanner.emulator.__file__).parent


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_the_emulator_knows_nothing_else_of_this_project():
    ours = {
        name
        for path in ROOT.rglob("*.py")
        for name in imports(path)
        if name.startswith(("scanner", "reports", "region"))
    }
    assert all(name.startswith("scanner.emulator") for name in ours)


def test_only_the_transport_knows_azure_core():
    assert {path.name for path in ROOT.rglob("*.py") if any(n.startswith("azure") for n in imports(path))} == {
        "transport.py"
    }
