"""`hwaudit doctor` on the command line: what it prints, in which form, and how it ends."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import jsonschema
import pytest
from builders import SUB

from scanner.doctor import doctor_schema
from scanner.inventory import Reading
from scanner.privileges import privileges_of

CORE = list(privileges_of().actions)
SCHEMA = Path(__file__).parents[2] / "reports/schema/doctor.v1.schema.json"


@pytest.fixture(scope="module")
def demo_text():
    """One examination of the demonstration, for all tests of its words."""
    from contextlib import redirect_stdout  # noqa: PLC0415
    from io import StringIO  # noqa: PLC0415

    from scanner.cli import run  # noqa: PLC0415

    with redirect_stdout(StringIO()) as told:
        assert run(["doctor", "--demo", "--strict"]) == 3
    return told.getvalue()


def test_the_demonstration_reads_as_ever(demo_text, snapshot):
    assert demo_text == snapshot


def test_no_token_and_no_claim_but_ids_is_printed(demo_text):
    assert "eyJ" not in demo_text
    assert "Bearer" not in demo_text


def test_json_keeps_to_its_schema_which_ships(hwaudit):
    outcome = hwaudit("doctor", "--demo", "--json")
    assert outcome.code == 0
    report = json.loads(outcome.out)
    shipped = json.loads(SCHEMA.read_text())
    assert shipped == json.loads(json.dumps(doctor_schema()))
    jsonschema.validate(report, shipped)
    assert (report["schema"], report["verdict"]) == ("hwaudit-doctor/1", "not_ready")
    assert json.loads(report["role"]["json"])["Actions"] == CORE
    assert outcome.files == set()


def test_the_role_as_json_can_be_redirected(hwaudit):
    role = json.loads(hwaudit("doctor", "--role", "json", "--subscription", SUB).out)
    assert role["Actions"] == CORE
    assert role["AssignableScopes"] == [f"/subscriptions/{SUB}"]
    everywhere = json.loads(hwaudit("doctor", "--role", "json").out)
    assert everywhere["AssignableScopes"] == ["/subscriptions/00000000-0000-0000-0000-000000000000"]


def test_the_role_as_bicep_has_the_same_actions(hwaudit):
    text = hwaudit("doctor", "--role", "bicep", "--subscription", SUB, "--include", "variables").out
    actions = re.findall(r"^          '(Microsoft\.[^']+)'$", text, re.MULTILINE)
    assert actions == sorted([*CORE, Reading.VARIABLES.operation])
    assert "targetScope = 'subscription'" in text
    assert f"      '/subscriptions/{SUB}'\n" in text
    assert text.count("{") == text.count("}")
    assert text.count("[") == text.count("]")


def test_a_management_group_makes_another_bicep_and_takes_its_own_action(hwaudit):
    text = hwaudit("doctor", "--role", "bicep", "--management-group", "it's").out
    assert "targetScope = 'managementGroup'" in text
    assert r"'/providers/Microsoft.Management/managementGroups/it\'s'" in text
    assert Reading.MANAGEMENT_GROUP.operation in text
    assert "az deployment mg create" in text


def test_the_role_as_commands_is_what_a_shell_reads(hwaudit):
    text = hwaudit("doctor", "--role", "az", "--subscription", SUB).out
    words = shlex.split(text, comments=True)
    assert words[:5] == ["az", "role", "definition", "create", "--role-definition"]
    assert json.loads(words[5])["Actions"] == CORE
    assert words[-2:] == ["--scope", f"/subscriptions/{SUB}"]


def test_the_role_follows_what_is_skipped_and_switched_off(hwaudit):
    Path("hwaudit.toml").write_text('[severity]\naccount-logs-off = "off"\njob-failure-signature = "off"\n')
    role = json.loads(hwaudit("doctor", "--role", "json", "--skip", "metrics").out)
    left_out = {Reading.PINGS.operation, Reading.DIAGNOSTIC_SETTINGS.operation, Reading.JOB_LOGS.operation}
    assert set(CORE) - set(role["Actions"]) >= left_out


def test_options_come_from_the_settings_file_too(hwaudit):
    Path("hwaudit.toml").write_text(f'[scan]\nsubscription = ["{SUB}"]\ninclude = ["variables"]\nstrict = true\n')
    role = json.loads(hwaudit("doctor", "--role", "json").out)
    assert role["AssignableScopes"] == [f"/subscriptions/{SUB}"]
    assert Reading.VARIABLES.operation in role["Actions"]


def test_quiet_prints_nothing(hwaudit):
    outcome = hwaudit("doctor", "--demo", "--quiet", "--subscription", "c0a70500-3333-4a6b-9c2d-000000000003")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


@pytest.mark.parametrize("words", [("--json",), ()])
def test_what_cannot_start_is_still_reported(hwaudit, words):
    outcome = hwaudit("doctor", "--auth", "github-oidc", *words)
    assert outcome.code == 4
    assert "--auth github-oidc works only in a job of GitHub Actions" in outcome.out
    assert outcome.err == ""
    if words:
        report = json.loads(outcome.out)
        assert (report["verdict"], report["endpoints"]) == ("could_not_start", [])
        assert report["role"]["core"] == CORE


def test_doctor_needs_no_sdk_to_help(hwaudit):
    outcome = hwaudit("doctor", "--help")
    assert outcome.code == 0
    assert "3 with --strict" in outcome.out
