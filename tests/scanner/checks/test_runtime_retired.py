"""runtime-retired: runbooks and runtime environments on language versions out of support."""

from datetime import UTC, datetime

import pytest
from builders import account, account_id, environment, findings, gap, runbook, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "runtime-retired"


@pytest.mark.firing
@pytest.mark.parametrize(
    ("kind", "runtime", "severity"),
    [
        ("PowerShell7", "PowerShell 7.1", Severity.MEDIUM),
        ("PowerShell72", "PowerShell 7.2", Severity.MEDIUM),
        ("Python2", "Python 2.7", Severity.MEDIUM),
        ("Python3", "Python 3.8", Severity.MEDIUM),
        ("python38", "Python 3.8", Severity.MEDIUM),
        ("Python310", "Python 3.10", Severity.LOW),
    ],
)
def test_a_runbook_without_an_environment_is_judged_by_its_type(kind, runtime, severity):
    [finding] = findings(CHECK, account(), runbook(runbook_type=kind))
    assert finding.severity is severity
    assert finding.subject == runbook().id
    assert f"runs on {runtime}, whose support ended on" in finding.message


@pytest.mark.quiet
@pytest.mark.parametrize("kind", ["PowerShell", "PowerShellWorkflow", "GraphPowerShell", "Script", "PowerShell76"])
def test_windows_powershell_and_supported_versions_are_fine(kind):
    assert findings(CHECK, account(), runbook(runbook_type=kind)) == []
    assert unknowns(CHECK, account(), runbook(runbook_type=kind)) == []


@pytest.mark.firing
@pytest.mark.quiet
def test_an_environment_decides_whatever_the_type_says():
    old, new = environment("Old", version="7.2"), environment("New", version="7.6")
    [finding] = findings(CHECK, account(), runbook(environment="OLD"), old)
    assert finding.subject == runbook().id
    assert "in the runtime environment Old" in finding.message
    assert findings(CHECK, account(), runbook(runbook_type="PowerShell72", environment="New"), new) == []


@pytest.mark.boundary
@pytest.mark.parametrize(
    ("when", "severity"),
    [
        pytest.param(datetime(2024, 11, 7, 23, tzinfo=UTC), None, marks=pytest.mark.quiet),
        pytest.param(datetime(2024, 11, 8, tzinfo=UTC), Severity.LOW, marks=pytest.mark.firing),
        pytest.param(datetime(2025, 11, 7, tzinfo=UTC), Severity.LOW, marks=pytest.mark.firing),
        pytest.param(datetime(2025, 11, 8, tzinfo=UTC), Severity.MEDIUM, marks=pytest.mark.firing),
    ],
)
def test_the_date_decides(when, severity):
    found = findings(CHECK, account(), runbook(runbook_type="PowerShell72"), as_of=when)
    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


@pytest.mark.firing
def test_an_own_environment_that_no_runbook_uses_speaks_for_itself():
    [finding] = findings(CHECK, account(), environment(version="7.4"))
    assert finding.subject == environment().id
    assert finding.severity is Severity.LOW
    assert finding.message.endswith("no runbook uses it")


@pytest.mark.firing
def test_an_environment_in_use_is_told_with_its_runbooks_only():
    parts = (runbook("A", environment="Custom"), runbook("B", environment="Custom"), environment(version="7.2"))
    assert {finding.subject.name for finding in findings(CHECK, account(), *parts)} == {"A", "B"}


@pytest.mark.firing
@pytest.mark.quiet
def test_azures_own_environments_are_quiet_until_a_runbook_uses_one():
    marked = environment("PowerShell-7.1", version="7.1", system_generated=True)
    unmarked = environment("python-2.7", language="Python", version="2.7", system_generated=None)
    assert findings(CHECK, account(), marked, unmarked) == []
    [finding] = findings(CHECK, account(), marked, unmarked, runbook(environment="PowerShell-7.1"))
    assert finding.subject == runbook().id


@pytest.mark.firing
def test_an_environment_that_does_not_say_who_made_it_is_judged_unless_its_name_is_azures():
    assert findings(CHECK, account(), environment("Mine", version="7.1", system_generated=None))


@pytest.mark.firing
def test_a_longer_version_counts_by_its_first_two_parts():
    assert findings(CHECK, account(), environment(version="7.2.18"))


@pytest.mark.blind
def test_an_environment_that_is_not_in_the_full_list_is_unknown():
    [unknown] = unknowns(CHECK, account(), runbook(environment="Gone"))
    assert (unknown.subject, unknown.because) == (runbook().id, "runtimeEnvironment")


@pytest.mark.blind
@pytest.mark.parametrize("kind", [None, "Python", "Ruby"])
def test_a_type_that_tells_no_version_is_unknown(kind):
    [unknown] = unknowns(CHECK, account(), runbook(runbook_type=kind))
    assert (unknown.subject, unknown.because) == (runbook().id, "runbookType")


@pytest.mark.blind
def test_an_environment_without_a_version_is_unknown():
    [unknown] = unknowns(CHECK, account(), environment(version=None))
    assert (unknown.subject, unknown.because) == (environment().id, "runtime.version")


@pytest.mark.firing
@pytest.mark.blind
def test_environments_that_were_not_read_are_unknown_and_types_still_count():
    denied = gap(Reading.RUNTIME_ENVIRONMENTS, account_id())
    parts = (account(), runbook(environment="Custom"), runbook("B", runbook_type="Python2"), denied)
    [finding] = findings(CHECK, *parts)
    assert finding.subject.name == "B"
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_runbooks_that_were_not_read_leave_the_use_of_an_environment_open():
    denied = gap(Reading.RUNBOOKS, account_id())
    [finding] = findings(CHECK, account(), environment(version="7.2"), denied)
    assert "no runbook that was seen uses it" in finding.message
    assert unknowns(CHECK, account(), environment(version="7.2"), denied)
