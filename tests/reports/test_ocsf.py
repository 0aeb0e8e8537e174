"""OCSF: each event is a Compliance Finding for py-ocsf-models; fail, pass and warning are what was judged."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from reported import BLIND, SCANS, accepted, crashed, rendered
from tenants import scan_named

from reports.ocsf import VERSION
from scanner.findings import DISCLAIMER
from scanner.pipeline import scan_of


def events(scan):
    return json.loads(rendered("ocsf", scan))


def outcomes(told):
    return Counter(event["compliance"]["status"] for event in told)


@pytest.mark.parametrize("case", SCANS)
def test_every_event_is_a_compliance_finding(case):
    for event in events(SCANS[case]()):
        read = ComplianceFinding.model_validate(event)
        assert (read.class_uid, read.type_uid) == (2003, 200300 + read.activity_id)
        assert (
            read.metadata.version
            == VERSION
            == ComplianceFinding.model_fields["metadata"].annotation(product={"vendor_name": "x"}).version
        )
        assert read.compliance.status_id == event["compliance"]["checks"][0]["status_id"]
        assert read.status_id.name == event["status"]


def test_a_finding_fails_with_its_severity_resource_and_remedy():
    scan = scan_named("contoso")
    ids = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}
    failed = [event for event in events(scan) if event["compliance"]["status"] == "Fail"]
    assert len(failed) == len(scan.findings)
    for event, finding in zip(failed, scan.findings, strict=True):
        assert event["severity_id"] == ids[finding.severity]
        assert event["finding_info"]["uid"] == event["unmapped"]["fingerprint"] == finding.fingerprint
        assert event["unmapped"]["root_cause"] == finding.root_cause
        assert event["resources"][0]["uid"] == finding.subject.text
        assert event["remediation"]["desc"] == "\n".join(map(str, finding.remediation))
        assert event["cloud"]["account"]["uid"] == finding.subscription_id


def test_the_time_is_that_of_the_scan_in_milliseconds():
    scan = scan_named("contoso")
    moment = scan.estate.facts.finished_at
    for event in events(scan):
        assert datetime.fromtimestamp(event["time"] / 1000, UTC) == moment.replace(
            microsecond=moment.microsecond // 1000 * 1000
        )


def test_gaps_and_unknowns_are_warnings_and_no_check_that_they_touch_passes():
    scan = scan_named("blind")
    told = events(scan)
    assert outcomes(told)["Warning"] == len(scan.blind_spots) + len(scan.unknowns) + 1
    assert outcomes(told)["Pass"] == 0


def test_every_check_of_a_whole_scan_passes():
    scan = scan_named("spotless")
    assert outcomes(events(scan)) == {"Pass": len(scan.checks) + 1}


@pytest.mark.parametrize("case", BLIND)
def test_the_first_event_says_that_not_everything_was_seen(case):
    first = events(BLIND[case]())[0]
    assert first["compliance"]["status"] == "Warning"
    assert first["unmapped"]["interrupted"] is (case == "interrupted")


def test_a_crashed_check_is_unknown():
    (event,) = [event for event in events(crashed()) if event["compliance"]["control"] == "worker-stale"]
    assert event["compliance"]["status"] == "Unknown"


def test_an_accepted_finding_is_suppressed_and_a_known_one_an_update():
    first, second = events(accepted())[1:3]
    assert (first["status"], first["activity_name"]) == ("Suppressed", "Update")
    assert (second["status"], second["activity_name"]) == ("New", "Create")
    assert first["unmapped"]["accepted"].startswith("accepted by =Ops")
    assert (first["unmapped"]["change"], second["unmapped"]["change"]) == ("still", "new")


def test_the_controls_that_were_asked_for_are_requirements_with_their_origin():
    scan = scan_of(scan_named("contoso").estate, frameworks=["nist-800-53-r5"])
    (view,) = scan.frameworks
    row = next(row for row in view.rows if row.checks)
    mapped = row.checks[0]
    told = [event["compliance"] for event in events(scan) if event["compliance"]["control"] == mapped.check]
    assert told
    for compliance in told:
        assert compliance["standards"] == [view.name]
        assert f"{view.id} {row.id} ({mapped.origin.label})" in compliance["requirements"]
    assert DISCLAIMER in events(scan)[0]["unmapped"]["notes"]
    ComplianceFinding.model_validate(events(scan)[1])


def test_no_two_events_have_one_uid():
    uids = [event["finding_info"]["uid"] for event in events(scan_named("blind"))]
    assert len(uids) == len(set(uids))


def test_one_event_as_a_reader_sees_it(snapshot):
    event = events(scan_named("contoso"))[1]
    for moment in (event, event["finding_info"]):
        moment.pop("time", None)
        moment.pop("created_time", None)
    assert json.dumps(event, indent=1) == snapshot
