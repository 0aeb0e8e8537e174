"""JUnit: opened by junitparser; findings fail, what was accepted or not seen is skipped, and only a verdict passes."""

import junitparser
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped
from reported import BLIND, HOSTILE, SCANS, accepted, crashed, hostile, interrupted, left_out, rendered
from tenants import scan_named

from reports.junit import COVERAGE


def suites(scan):
    return {suite.name: suite for suite in JUnitXml.fromstring(rendered("junit", scan))}


def ends(suite):
    return [type(case.result[0]) if case.result else None for case in suite]


@pytest.mark.parametrize("case", SCANS)
def test_the_counts_are_those_of_the_cases(case):
    document = JUnitXml.fromstring(rendered("junit", SCANS[case]()))
    told = document.tests, document.failures, document.errors, document.skipped
    document.update_statistics()
    assert told == (document.tests, document.failures, document.errors, document.skipped)


def test_each_finding_fails_in_the_suite_of_its_check():
    scan = scan_named("contoso")
    found = suites(scan)
    for check in {finding.check for finding in scan.findings}:
        wanted = [finding for finding in scan.findings if finding.check == check]
        failures = [case for case in found[check] if case.result and isinstance(case.result[0], Failure)]
        assert [case.result[0].message for case in failures] == [finding.message for finding in wanted]
        for case, finding in zip(failures, wanted, strict=True):
            facts = {fact.name: fact.value for fact in case.child(junitparser.Properties)}
            assert facts["fingerprint"] == finding.fingerprint
            assert facts["severity"] == case.result[0].type == finding.severity
            assert facts.get("root_cause") == finding.root_cause
            assert case.result[0].text == "\n".join(map(str, finding.remediation))


def test_every_check_of_a_whole_scan_without_findings_passes():
    found = suites(scan_named("spotless"))
    assert len(found) == len(scan_named("spotless").checks) + 1
    assert all(end is None for suite in found.values() for end in ends(suite))


def test_no_case_of_a_check_has_two_names_and_no_two_cases_one():
    names = [(suite.name, case.name) for suite in suites(scan_named("contoso")).values() for case in suite]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", ["blind", "nothing seen", "interrupted"])
def test_nothing_passes_where_nothing_can_be_said(case):
    found = suites(BLIND[case]())
    del found[COVERAGE]
    assert all(ends(suite) == [Skipped] for suite in found.values())


def test_reads_without_an_answer_fail_the_coverage_and_an_interruption_is_an_error():
    assert ends(suites(scan_named("blind"))[COVERAGE]) == [Failure, None]
    assert ends(suites(interrupted())[COVERAGE]) == [None, Error]
    assert ends(suites(left_out())[COVERAGE]) == [Skipped, None]
    coverage = {fact.name: fact.value for fact in suites(scan_named("blind"))[COVERAGE].properties()}
    assert coverage["planned_reads"] == str(scan_named("blind").estate.ledger.planned)


def test_a_crashed_check_is_an_error():
    found = suites(crashed())
    assert ends(found.pop("worker-stale")) == [Error]
    assert all(end is None for suite in found.values() for end in ends(suite))


def test_an_accepted_finding_is_skipped_with_the_reason():
    finding = accepted().findings[0]
    case = next(case for case in suites(accepted())[finding.check] if finding.fingerprint[:8] in case.name)
    (result,) = case.result
    assert isinstance(result, Skipped)
    assert result.message.startswith("accepted by =Ops until 2027-01-31, T-1: known: ")


def test_hostile_names_are_text():
    cases = [case for suite in suites(hostile()).values() for case in suite if case.result]
    assert len([case for case in cases if isinstance(case.result[0], Failure)]) == len(HOSTILE)


def test_a_suite_as_a_reader_sees_it(snapshot):
    text = rendered("junit", scan_named("contoso")).decode()
    suite = text[text.index('<testsuite name="worker-machine-missing"') :].partition("</testsuite>")[0]
    assert suite.partition("\n")[2] == snapshot  # the first line has the time
