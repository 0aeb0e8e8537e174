"""Severities and thresholds by settings: what is judged, and what the scan says of it."""

import pytest
from builders import NOW, account, days, estate, group, machine, minutes, webhook, worker

from scanner.findings import AppliedSettings, Outcome, Severity
from scanner.pipeline import scan_of

STALE = (account(), group(), worker(age=days(40)))


@pytest.fixture
def judge(read):
    def scan(text, *parts):
        return scan_of(estate(*parts), settings=read(text))

    return scan


def severities(scan, check):
    return [(finding.severity, finding.declared) for finding in scan.findings if finding.check == check]


def test_a_severity_is_that_of_the_settings_and_the_checks_own_is_kept(judge):
    scan = judge('[severity]\nworker-stale = "info"\n', *STALE)
    assert severities(scan, "worker-stale") == [(Severity.INFO, Severity.HIGH)]
    ranks = [finding.severity.rank for finding in scan.findings]
    assert ranks == sorted(ranks)
    [setting] = scan.settings.severities
    assert (setting.check, setting.severity, setting.origin) == ("worker-stale", Severity.INFO, "hwaudit.toml")
    assert setting.declared == (Severity.HIGH, Severity.MEDIUM)


def test_the_severity_that_a_check_gives_anyway_changes_nothing(judge):
    scan = judge('[severity]\nworker-stale = "high"\n', *STALE)
    assert severities(scan, "worker-stale") == [(Severity.HIGH, None)]


def test_a_check_that_is_off_is_said_to_judge_nothing(judge):
    scan = judge('[severity]\nworker-stale = "off"\n', *STALE)
    assert severities(scan, "worker-stale") == []
    assert "worker-stale" not in {info.id for info in scan.checks}
    assert "switched off in hwaudit.toml, and so not judged: worker-stale" in scan.notes
    assert scan.settings.off == ("worker-stale",)
    [purge] = [scenario for scenario in scan.scenarios if scenario.id == "S3"]
    assert purge.outcome is not Outcome.NO_SIGN


def test_without_settings_nothing_is_told():
    assert scan_of(estate(*STALE)).settings == AppliedSettings()


MOVED = [
    ("webhook-expires-soon", "60d", "webhook-expired", (account(), webhook(expires_at=NOW + days(45)))),
    ("worker-purge-soon", "14d", "worker-purge-soon", (account(), group(), worker(age=days(15)))),
    (
        "worker-first-ping",
        "10m",
        "worker-never-connected",
        (account(), group(), worker(age=None, registered_at=NOW - minutes(20))),
    ),
]


@pytest.mark.parametrize(("key", "value", "check", "parts"), MOVED, ids=[row[0] for row in MOVED])
def test_a_threshold_moves_what_a_check_finds_and_what_it_says_of_itself(judge, key, value, check, parts):
    assert check not in {finding.check for finding in scan_of(estate(*parts)).findings}
    scan = judge(f'[thresholds]\n{key} = "{value}"\n', *parts)
    assert check in {finding.check for finding in scan.findings}
    [info] = [info for info in scan.checks if info.id == check]
    told = {"60d": "60 days", "14d": "14 days", "10m": "10 minutes"}[value]
    assert told in info.documentation
    assert "{" not in info.documentation
    [setting] = scan.settings.thresholds
    assert (setting.key, setting.origin) == (key, "hwaudit.toml")


def test_a_later_threshold_keeps_a_check_quiet(judge):
    new = (account(), group(), worker(age=days(25)))
    assert "worker-purge-soon" in {finding.check for finding in scan_of(estate(*new)).findings}
    scan = judge('[thresholds]\nworker-purge-soon = "28d"\n', *new)
    assert "worker-disconnected" in {finding.check for finding in scan.findings}
    assert "worker-purge-soon" not in {finding.check for finding in scan.findings}


@pytest.mark.parametrize(("value", "severity"), [("3d", Severity.LOW), ("2d", Severity.MEDIUM)])
def test_a_threshold_can_decide_a_severity(judge, value, severity):
    scan = judge(f'[thresholds]\nworker-disconnected-lasts = "{value}"\n', account(), group(), worker(age=days(2)))
    assert severities(scan, "worker-disconnected") == [(severity, None)]


def test_a_stopped_machine_is_placed_by_thresholds(judge):
    stopped = (account(), group(), worker(age=days(10)), machine(power_state="deallocated"))
    assert severities(judge("", *stopped), "worker-machine-stopped") == [(Severity.MEDIUM, None)]
    soon = judge('[thresholds]\nworker-purge-soon = "9d"\n', *stopped)
    assert severities(soon, "worker-machine-stopped") == [(Severity.HIGH, None)]
    recent = judge('[thresholds]\nworker-machine-stopped-recently = "11d"\n', *stopped)
    assert severities(recent, "worker-machine-stopped") == [(Severity.LOW, None)]


def test_a_threshold_at_its_default_is_no_setting_to_tell(judge):
    assert judge('[thresholds]\nworker-purge-soon = "21d"\n', *STALE).settings.thresholds == ()


def test_one_judgement_does_not_change_the_next(read):
    made = estate(account(), webhook(expires_at=NOW + days(45)))
    far = scan_of(made, settings=read('[thresholds]\nwebhook-expires-soon = "60d"\n'))
    assert "webhook-expired" in {finding.check for finding in far.findings}
    assert "webhook-expired" not in {finding.check for finding in scan_of(made).findings}
