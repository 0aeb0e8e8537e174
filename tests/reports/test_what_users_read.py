"""The words of the tenants that ship, kept as they are: `pytest --snapshot-update` after a wanted change."""

import msgspec
import pytest
from builders import NOW
from tenants import scan_named

from reports.json_report import report_of
from reports.summary import to_summary
from scanner.emulator import TENANTS
from scanner.inventory.snapshot import encode_hook


def timeless(scan):
    """The scan as if it had taken place at NOW."""
    facts = msgspec.structs.replace(scan.estate.facts, started_at=NOW, finished_at=NOW)
    return msgspec.structs.replace(scan, estate=msgspec.structs.replace(scan.estate, facts=facts))


@pytest.mark.parametrize("tenant", TENANTS)
def test_the_summary(tenant, snapshot):
    assert to_summary(timeless(scan_named(tenant))) == snapshot


@pytest.mark.parametrize("tenant", ["contoso", "fairfax"])
def test_what_each_finding_says_and_tells_to_do(tenant, snapshot):
    told = [
        f"{finding.severity} {finding.check}: {finding.message}\n"
        + "\n".join(f"* {step}" for step in finding.remediation)
        for finding in scan_named(tenant).findings
    ]
    assert "\n\n".join(told) == snapshot


def test_the_json_report(snapshot):
    assert msgspec.to_builtins(report_of(timeless(scan_named("fairfax"))), enc_hook=encode_hook) == snapshot
