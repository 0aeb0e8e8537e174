"""What holds for every check, in every tenant that ships."""

import re
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from builders import NOW, account, gap, group, unknowns
from tenants import estate_of, scan_named, scan_with_variables

from scanner.checks import CheckDefinitionError, all_checks, check
from scanner.collect import Choice
from scanner.emulator import TENANTS
from scanner.findings import FoundOn, Severity
from scanner.graph import EstateGraph
from scanner.inventory import GroupType, Ledger, Reading, with_prerequisites
from scanner.options import Included
from scanner.pipeline import judged_at, scan_of
from scanner.scenarios import TITLES

EVERY_CHECK = Choice(included=frozenset(Included))
CHECKS = {check.id: check for check in all_checks()}
SEEING = ("contoso", "fairfax", "blind")
COMMAND = re.compile(r"az |[A-Z][a-z]+-[A-Z]\w+ ")


ELSEWHERE = {"region-mapping-partial": "fairfax"}
"""Checks that contoso cannot show: no row of AzureCloud's table is marked as partial."""


def findings(tenant):
    return scan_with_variables(tenant).findings


@pytest.mark.parametrize("check", CHECKS)
def test_it_fires_in_a_flawed_tenant(check):
    assert check in {finding.check for finding in findings(ELSEWHERE.get(check, "contoso"))}


@pytest.mark.parametrize("check", ELSEWHERE)
def test_what_only_another_tenant_can_show_is_quiet_in_contoso(check):
    assert check not in {finding.check for finding in findings("contoso")}


def test_nothing_fires_in_a_spotless_tenant():
    scan = scan_with_variables("spotless")
    assert {check.id for check in scan.checks} == set(CHECKS)
    assert scan.findings == scan.unknowns == scan.blind_spots == ()
    assert scan.coverage_ratio == 1.0
    assert {scenario.outcome for scenario in scan.scenarios} == {"no_sign"}


@pytest.mark.parametrize("scenario", TITLES)
def test_a_flawed_tenant_shows_every_scenario(scenario):
    outcomes = {found.id: (found.outcome, bool(found.findings)) for found in scan_named("contoso").scenarios}
    assert outcomes[scenario] == ("detected", True)


def test_a_flawed_tenant_has_healthy_accounts_and_is_not_fully_seen():
    scan = scan_named("contoso")
    flawed = {finding.account for finding in scan.findings}
    healthy = {account.name for account in scan.estate.accounts if account.id not in flawed}
    assert healthy == {"aa-fabrikam"}
    assert 90 <= len(scan.findings) <= 145
    assert 0.98 < scan.coverage_ratio < 1


@pytest.mark.parametrize("tenant", TENANTS)
def test_none_crashes(tenant):
    assert scan_with_variables(tenant).errors == ()


@pytest.mark.parametrize("check", CHECKS)
def test_it_is_unknown_where_nothing_can_be_read(check):
    assert check in {unknown.check for unknown in scan_with_variables("blind").unknowns}


def test_an_unseen_tenant_is_never_called_healthy():
    scan = scan_named("blind")
    assert scan.coverage_ratio < 1
    assert not [scenario.id for scenario in scan.scenarios if scenario.outcome == "no_sign"]
    gaps = {gap.id for gap in scan.estate.ledger.gaps}
    assert {unknown.because for unknown in scan.unknowns} <= gaps


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("tenant", TENANTS)
def test_it_rests_on_no_read_that_it_does_not_declare(check, tenant):
    info = CHECKS[check].info
    graph = EstateGraph(scan_with_variables(tenant).estate)
    graph.ledger = recording = Recording(graph.ledger.reads)
    list(CHECKS[check].judge(graph))
    assert recording.touched <= with_prerequisites((*info.reads, *info.refines))


class Recording(Ledger):
    """A ledger that remembers which kinds of read were asked for."""

    def __init__(self, reads):
        super().__init__(reads)
        self.touched = set()

    def gap_at(self, reading, scope):
        self.touched.add(reading)
        return super().gap_at(reading, scope)

    def answer_at(self, reading, scope):
        self.touched.add(reading)
        return super().answer_at(reading, scope)


@pytest.mark.parametrize("tenant", SEEING)
def test_a_severity_is_one_that_the_check_declares(tenant):
    for finding in findings(tenant):
        assert finding.severity in CHECKS[finding.check].info.severities
        assert isinstance(finding.severity, Severity)


_IN_ACCOUNT = "microsoft.automation/automationaccounts"
_OF_GROUP = f"{_IN_ACCOUNT}/hybridrunbookworkergroups"
ABOUT = {
    _OF_GROUP: FoundOn.GROUP,
    f"{_OF_GROUP}/hybridrunbookworkers": FoundOn.WORKER,
    "microsoft.compute/virtualmachines": FoundOn.MACHINE,
    "microsoft.hybridcompute/machines": FoundOn.MACHINE,
    "microsoft.operationalinsights/workspaces": FoundOn.MACHINE,
}
"""What a finding is about by the type of its subject; any other lies in an account."""
FALLS_BACK = {"worker-purged"}
"""Finds something on an account where the group, on which it finds it in contoso, is not listed either."""


@pytest.mark.parametrize("check", sorted(CHECKS.keys() - FALLS_BACK))
def test_a_check_declares_what_its_findings_are_about(check):
    subjects = {f.subject for tenant in SEEING for f in findings(tenant) if f.check == check}
    about = {ABOUT.get(subject.type, FoundOn.ACCOUNT) for subject in subjects}
    assert about == {CHECKS[check].info.found_on}
    assert FoundOn.MACHINE in about or all(_IN_ACCOUNT in subject.type for subject in subjects)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"reads": (Reading.ACCOUNTS,), "found_on": FoundOn.WORKER}, "finds something on a worker, and reads none"),
        ({"reads": (Reading.WORKERS,), "found_on": FoundOn.MACHINE}, "finds something on a machine, and reads none"),
        ({"reads": (Reading.ACCOUNT,), "tenant_wide": True}, "tenant-wide, and reads neither workers nor workspaces"),
    ],
)
def test_a_declaration_that_contradicts_its_reads_is_refused(declared, problem):
    def asleep(graph):
        yield from ()

    asleep.__doc__ = CHECKS["worker-stale"].wording
    with pytest.raises(CheckDefinitionError, match=problem):
        check(severities=(Severity.LOW,), **declared)(asleep)


@pytest.mark.parametrize("tenant", SEEING)
def test_a_message_is_one_line_without_a_full_stop(tenant):
    for finding in findings(tenant):
        assert finding.message
        assert not finding.message.endswith((".", " "))
        assert "\n" not in finding.message
        assert not re.search(r"\b(None|True|False)\b|<\w+ object|ArmId\(", finding.message), finding.message


@pytest.mark.parametrize("tenant", SEEING)
def test_evidence_is_plain_json(tenant):
    for finding in findings(tenant):
        assert finding.evidence
        assert msgspec.json.decode(msgspec.json.encode(finding.evidence))


@pytest.mark.parametrize("tenant", SEEING)
def test_a_remedy_has_steps_and_its_commands_can_be_pasted(tenant):
    for finding in findings(tenant):
        assert finding.remediation
        for step in finding.remediation:
            assert step.text.endswith((".", ":")), step.text
            if step.command is not None:
                assert COMMAND.match(step.command), step.command
                assert (step.shell == "az") == step.command.startswith("az ")
                assert not re.search(r"<[a-z][\w -]*>", step.command), step.command


@pytest.mark.parametrize("tenant", SEEING)
def test_fingerprints_are_unique_and_causes_lead_to_one(tenant):
    prints = [finding.fingerprint for finding in findings(tenant)]
    assert len(prints) == len(set(prints))
    for finding in findings(tenant):
        assert finding.root_cause is None or finding.root_cause in prints
        assert finding.root_cause != finding.fingerprint


def test_fingerprints_survive_another_id_case_new_names_of_subscriptions_and_a_later_scan():
    tenant = TENANTS["contoso"](NOW)
    renamed = replace(
        tenant,
        subscriptions=tuple(replace(sub, name=f"Renamed {sub.name}") for sub in tenant.subscriptions),
        accounts=tuple(replace(account, resource_group=account.resource_group.upper()) for account in tenant.accounts),
        workspaces=tuple(replace(item, resource_group=item.resource_group.upper()) for item in tenant.workspaces),
    )
    again = scan_of(estate_of(renamed, seed=7, page_size=50, choice=EVERY_CHECK)).findings
    assert {f.fingerprint for f in again} == {f.fingerprint for f in findings("contoso")}


@pytest.mark.parametrize("minutes", [-5, 5])
@pytest.mark.parametrize("tenant", SEEING)
def test_nothing_in_a_tenant_sits_on_a_boundary(tenant, minutes):
    moved = scan_of(judged_at(scan_with_variables(tenant).estate, NOW + timedelta(minutes=minutes)))
    before = {(finding.fingerprint, finding.severity) for finding in findings(tenant)}
    assert {(finding.fingerprint, finding.severity) for finding in moved.findings} == before


def test_a_subject_has_the_case_of_its_own_answer():
    estate = scan_named("contoso").estate
    seen = (*estate.accounts, *estate.groups, *estate.workers, *estate.workspaces, *estate.runbooks, *estate.machines)
    own = {resource.id.key: resource.id.text for resource in seen}
    for finding in findings("contoso"):
        for id_ in (finding.subject, finding.account):
            assert id_ is None or id_.text == own.get(id_.key, id_.text)


@pytest.mark.parametrize(
    "check",
    [
        "group-empty",
        "group-without-active-worker",
        "worker-disconnected",
        "worker-never-connected",
        "worker-platform-retired",
        "worker-purge-soon",
        "worker-stale",
    ],
)
def test_what_is_hidden_in_a_system_group_is_no_concern_of_a_check_of_user_groups(check):
    system = group(group_type=GroupType.SYSTEM)
    assert unknowns(check, account(), system, gap(Reading.WORKERS, system.id)) == []
