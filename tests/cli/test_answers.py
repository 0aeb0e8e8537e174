"""The commands that only answer: they need no tenant, and load no more than they need."""

import json
import os
import re
import subprocess
import sys

import pytest

from scanner.checks import all_checks
from scanner.controls import catalogue, controls_text

CHECKS = [check.info for check in all_checks()]


def test_checks_lists_every_check(hwaudit):
    lines = hwaudit("checks").out.splitlines()
    assert [line.split()[0] for line in lines] == [info.id for info in CHECKS]


def test_checks_as_json(hwaudit):
    entries = json.loads(hwaudit("checks", "--json").out)
    assert [entry["id"] for entry in entries] == [info.id for info in CHECKS]
    for entry in entries:
        assert entry["severities"]
        assert entry["title"]
        assert all(operation.endswith("/read") for operation in entry["reads"])
        assert all(re.fullmatch(r"S\d+", scenario) for scenario in entry["scenarios"])


def test_checks_as_json_tells_policies_and_controls(hwaudit):
    entries = {entry["id"]: entry for entry in json.loads(hwaudit("checks", "--json").out)}
    variables, logs = entries["variable-unencrypted"], entries["account-logs-off"]
    assert [policy["id"] for policy in variables["policies"]] == ["3657f5a0-770e-44a3-b44e-9431ba1e9735"]
    assert {"framework": "mcsb", "control": "DP-4", "origin": "microsoft"} in variables["controls"]
    assert {"framework": "mcsb", "control": "LT-3", "origin": "inferred"} in logs["controls"]
    assert all(policy["in_part"] for policy in logs["policies"])
    assert entries["job-stuck"]["policies"] == entries["job-stuck"]["controls"] == []


def test_frameworks_lists_every_framework_with_its_other_names(hwaudit):
    lines = hwaudit("frameworks").out.splitlines()
    assert [line.split()[0] for line in lines] == [framework.id for framework in catalogue().frameworks]
    assert "iso-27001-2022    ISO/IEC 27001:2022 (also as iso-27001)" in lines


def test_frameworks_as_json_tells_where_the_mapping_is_from(hwaudit):
    entries = {entry["id"]: entry for entry in json.loads(hwaudit("frameworks", "--json").out)}
    [public, government] = entries["mcsb"]["initiatives"]
    assert (public["cloud"], government["cloud"]) == ("AzureCloud", "AzureUSGovernment")
    assert re.search("Azure/azure-policy, commit [0-9a-f]{40}, 2026-04-29", entries["mcsb"]["source"])


@pytest.mark.parametrize("info", CHECKS, ids=lambda info: info.id)
def test_explain_prints_the_documentation(hwaudit, info):
    text = hwaudit("explain", info.id.upper()).out
    assert text.startswith(f"# {info.id}\n\n{info.documentation}\n")
    for operation in info.operations:
        assert f"* {operation}\n" in text
    assert text.endswith(f"\n## Controls\n\n{controls_text(info.id)}\n")


def test_regions_answers_both_ways(hwaudit):
    assert "eastus" in hwaudit("regions", "--account", "East US 2").out.lower().replace(" ", "")
    assert "eastus2" in hwaudit("regions", "--workspace", "eastus").out.lower().replace(" ", "")


@pytest.mark.parametrize(
    "words", [(), ("--account", "eastus2"), ("--workspace", "eastus"), ("--cloud", "AzureUSGovernment")]
)
def test_regions_as_json(hwaudit, words):
    outcome = hwaudit("regions", "--json", *words)
    assert outcome.code == 0
    assert json.loads(outcome.out)


def test_without_a_command_the_help_is_shown(hwaudit):
    assert "scan" in hwaudit().err


@pytest.mark.parametrize("words", [("--help",), ("scan", "--help"), ("evaluate", "--help"), ("emulate", "--help")])
def test_help_loads_nothing_that_is_slow(words):
    program = (
        "import sys; from scanner.cli import run; code = run(sys.argv[1:]); "
        "print(code, *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": _here()},
    )
    code, *loaded = ended.stderr.split()
    assert code == "0"
    assert ended.stdout
    assert {"azure", "msgspec", "networkx", "jinja2", "aiohttp"}.isdisjoint(loaded)


def _here():
    return os.pathsep.join(path for path in sys.path if path)
