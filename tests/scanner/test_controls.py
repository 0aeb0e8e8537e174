"""Controls: the data names only what exists, and a control is met only where everything behind it was seen."""

import re

import builders as b
import msgspec
import pytest
from builders import NOW
from tenants import scan_named, scan_with_variables

from scanner.checks import all_checks
from scanner.controls import catalogue, controls_of, controls_text, framework_views, mappings, policies_of
from scanner.controls._catalogue import control_order
from scanner.findings import (
    Acceptance,
    AppliedSettings,
    CheckError,
    ControlStatus,
    MappingOrigin,
    Severity,
    SeveritySetting,
)
from scanner.inventory import Reading
from scanner.pipeline import scan_of

INFOS = [check.info for check in all_checks()]
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def views(names, *parts, **options):
    """The views of an estate by id."""
    options = {"included": ("variables",)} | options
    names = names.split()
    return {view.id: view for view in scan_of(b.estate(*parts, **options), frameworks=names).frameworks}


def row(framework, control, *parts, **options):
    """One row of the only view."""
    return row_of(views(framework, *parts, **options)[framework], control)


def row_of(view, control):
    return next(row for row in view.rows if row.id == control)


def private(**changes):
    """An account that refuses the public network."""
    return b.account(**{"public_network_access": False} | changes)


# The data


def test_every_check_in_the_data_exists():
    assert mappings().keys() <= {info.id for info in INFOS}


def test_every_policy_and_framework_in_the_data_exists():
    known = catalogue()
    guids = [policy.id for policy in known.policies]
    ids = [framework.id for framework in known.frameworks]
    assert all(GUID.fullmatch(guid) for guid in guids)
    assert len(set(guids)) == len(guids)
    assert len(set(ids)) == len(ids)
    mapped = {guid for f in known.frameworks for i in f.initiatives for guids in i.controls.values() for guid in guids}
    assert mapped <= set(guids)
    for mapping in mappings().values():
        assert set(mapping.all_policies) <= set(guids)
        assert {framework for inference in mapping.inferred for framework in inference.frameworks} <= set(ids)


def test_an_alias_is_no_framework_s_own_id():
    known = catalogue()
    assert not {alias for f in known.frameworks for alias in f.aliases} & {f.id for f in known.frameworks}


def test_an_inference_gives_its_reason_and_keeps_to_families_that_are_known():
    families = {
        "nist-800-53-r4": {"AC-2", "AU-6", "AU-12", "CM-6", "CM-8", "IA-5", "IA-5(2)", "SA-22", "SC-7", "SI-2", "SI-4"},
        "mcsb": {"IM-3", "LT-3", "NS-2"},
        "cis-controls": {"1.1", "2.2"},
    }
    families["nist-800-53-r5"] = families["nist-800-53-r4"]
    for mapping in mappings().values():
        for inference in mapping.inferred:
            assert inference.because
            assert all(set(inference.controls) <= families[framework] for framework in inference.frameworks)


def test_the_source_is_a_commit_with_its_date():
    assert re.fullmatch(r"Azure/azure-policy, commit [0-9a-f]{40}, \d{4}-\d\d-\d\d", catalogue().source.citation)


def test_the_frameworks_of_the_usual_names_are_there():
    names = (
        "nist-800-53-r5 nist-800-53-r4 nist-800-171-r2 mcsb mcsb-v2 iso-27001 iso-27002 pci-4 fedramp-high "
        "fedramp-moderate cmmc-2-l2 soc-2 cis-controls hipaa dora nis2"
    )
    assert all(catalogue().named(name) for name in names.split())
    assert [framework.id for framework in catalogue().named("pci-4")] == ["pci-4.0", "pci-4.0.1"]
    assert not catalogue().named("cis-azure-foundations")


def test_ids_of_controls_are_sorted_as_people_do():
    assert sorted(["AC-10", "AC-2(1)", "AC-2", "10.1", "9.2"], key=control_order) == [
        "9.2",
        "10.1",
        "AC-2",
        "AC-2(1)",
        "AC-10",
    ]


# What belongs to a check


def test_a_check_has_the_policies_and_controls_that_microsoft_maps():
    [(policy, left)] = policies_of("variable-unencrypted")
    assert (policy.id, policy.version, left) == ("3657f5a0-770e-44a3-b44e-9431ba1e9735", "1.1.0", "")
    mapped = {(c.framework, c.control): c.origin for c in controls_of("variable-unencrypted")}
    for pair in (("mcsb", "DP-4"), ("nist-800-53-r5", "SC-28(1)"), ("pci-4.0", "3.5.1"), ("soc-2", "CC6.1")):
        assert mapped[pair] is MappingOrigin.MICROSOFT


def test_what_microsoft_maps_is_not_inferred_too():
    preview = {c.control: c.origin for c in controls_of("account-identity-missing") if c.framework == "mcsb-v2"}
    today = {c.control: c.origin for c in controls_of("account-identity-missing") if c.framework == "mcsb"}
    assert preview == {"IM-3": MappingOrigin.MICROSOFT}
    assert today == {"IM-3": MappingOrigin.INFERRED}


def test_the_initiatives_of_the_cloud_decide():
    public = {c.control for c in controls_of("variable-unencrypted") if c.framework == "nis2"}
    assert public == {"DP. Data Protection 8"}
    versions = {
        cloud: views("nist-800-53-r5", private(), cloud=cloud)["nist-800-53-r5"].initiatives
        for cloud in ("AzureCloud", "AzureUSGovernment")
    }
    assert [i.version for i in versions["AzureUSGovernment"]] == ["14.15.0"]
    assert [i.version for i in versions["AzureCloud"]] == ["14.19.0", "1.7.0"]


def test_a_check_without_a_mapping_says_so():
    assert controls_text("job-stuck") == "No mapping."
    assert policies_of("job-stuck") == controls_of("job-stuck") == ()


def test_the_text_of_a_check_tells_who_maps_it():
    text = controls_text("account-public-network")
    microsoft, inferred = text.split("by inference of this project alone")
    assert "v2 (preview): NS-2" in microsoft
    assert "benchmark: NS-2 (Microsoft maps the policy to NS-2 in the preview" in inferred
    assert "no certification" in inferred
    assert "Source of Microsoft's mapping" in inferred
    assert "Source of Microsoft's mapping" not in controls_text("worker-stale")


# What a scan says of a control


def test_a_control_is_met_where_its_checks_saw_everything_and_found_nothing():
    told = row("mcsb", "DP-4", b.account(), b.variable(encrypted=True))
    assert told.status is ControlStatus.MET
    assert told.label == "met"
    assert told.reasons == ()
    assert ControlStatus.MET.meaning.startswith("nothing was found by the mapped checks")


def test_an_open_finding_breaks_a_control_and_is_its_evidence():
    scan = scan_of(b.estate(b.account(), b.variable(), included=("variables",)), frameworks=["mcsb"])
    [check] = row_of(scan.frameworks[0], "DP-4").checks
    assert check.status is ControlStatus.NOT_MET
    assert check.findings == tuple(f.fingerprint for f in scan.findings if f.check == "variable-unencrypted")
    assert [policy.name for policy in check.policies] == ["Automation account variables should be encrypted"]


def test_of_many_findings_the_first_are_named_and_all_are_counted():
    told = row("mcsb", "DP-4", b.account(), *(b.variable(f"v{number}") for number in range(30)))
    [check] = told.checks
    assert (len(check.findings), check.findings_in_all) == (20, 30)


def test_a_finding_outweighs_what_was_not_seen():
    other = b.account(b.account_id("bb"))
    told = row("mcsb", "DP-4", b.account(), b.variable(), other, b.gap(Reading.VARIABLES, other.id))
    assert told.status is ControlStatus.NOT_MET
    assert told.reasons == ("variable-unencrypted: 1 of its verdicts is unknown",)


def test_a_control_is_not_assessed_where_a_verdict_is_unknown():
    told = row("mcsb", "DP-4", b.account(), b.gap(Reading.VARIABLES, b.account_id()))
    assert told.status is ControlStatus.NOT_ASSESSED
    assert told.reasons == ("variable-unencrypted: 1 of its verdicts is unknown",)


def test_a_control_is_not_assessed_where_its_check_did_not_run():
    told = row("mcsb", "DP-4", b.account(), included=())
    assert told.status is ControlStatus.NOT_ASSESSED
    assert told.reasons == ("variable-unencrypted: it did not run, for it needs --include variables",)


def test_a_control_is_not_assessed_where_its_check_crashed():
    scan = scan_of(b.estate(b.account(), included=("variables",)))
    crashed = msgspec.structs.replace(scan, errors=(CheckError("variable-unencrypted", "KeyError"),))
    [view] = framework_views(crashed, ["mcsb"], INFOS)
    assert row_of(view, "DP-4").status is ControlStatus.NOT_ASSESSED
    assert row_of(view, "DP-4").reasons == ("variable-unencrypted: it crashed",)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"interrupted": True}, "the scan was interrupted"),
        ({"elsewhere": (b.OTHER_SUB,)}, "subscriptions in scope were left to other shards (1)"),
    ],
)
def test_a_control_is_not_assessed_where_the_scan_left_something_in_scope(facts, reason):
    estate = b.estate(b.account(), b.variable(encrypted=True), included=("variables",))
    part = msgspec.structs.replace(estate, facts=msgspec.structs.replace(estate.facts, **facts))
    told = row_of(scan_of(part, frameworks=["mcsb"]).frameworks[0], "DP-4")
    assert told.status is ControlStatus.NOT_ASSESSED
    assert told.reasons == (f"variable-unencrypted: {reason}",)


@pytest.mark.parametrize("parts", [(), (b.account(), b.group())])
def test_a_control_is_not_assessed_where_there_was_nothing_to_judge(parts):
    told = row("cis-controls", "1.1", *parts)
    assert told.status is ControlStatus.NOT_ASSESSED
    assert told.reasons == (
        "worker-machine-missing: there was nothing to judge",
        "worker-stale: there was nothing to judge",
    )


def test_links_are_judged_only_where_there_are_some():
    account, linked = b.account(), b.link(b.workspace_id())
    without = row("nist-800-53-r5", "CM-6", account, b.link(None))
    assert without.status is ControlStatus.NOT_ASSESSED
    service = b.linked_service()
    assert row("nist-800-53-r5", "CM-6", account, linked, b.workspace(), service).status is ControlStatus.MET


def test_an_info_breaks_no_control():
    scan = scan_of(b.estate(b.account(), b.variable(), included=("variables",)))
    for severity, status in ((Severity.LOW, ControlStatus.NOT_MET), (Severity.INFO, ControlStatus.MET)):
        findings = tuple(msgspec.structs.replace(finding, severity=severity) for finding in scan.findings)
        [view] = framework_views(msgspec.structs.replace(scan, findings=findings), ["mcsb"], INFOS)
        assert row_of(view, "DP-4").status is status


def accepted(finding):
    acceptance = Acceptance(
        owner="o", reason="r", ticket="t", expires=NOW.date(), accepted_on=None, origin="hwaudit.toml, 1"
    )
    return msgspec.structs.replace(finding, acceptance=acceptance)


def test_an_accepted_risk_is_not_met_and_says_so():
    scan = scan_of(b.estate(b.account(), b.variable("a"), b.variable("b"), included=("variables",)))
    ours = [finding for finding in scan.findings if finding.check == "variable-unencrypted"]
    all_accepted = msgspec.structs.replace(scan, findings=tuple(map(accepted, ours)))
    [view] = framework_views(all_accepted, ["mcsb"], INFOS)
    told = row_of(view, "DP-4")
    assert told.status is ControlStatus.RISK_ACCEPTED
    assert told.label == "not met, risk accepted"
    assert set(told.checks[0].accepted) == {finding.fingerprint for finding in ours}
    one_open = msgspec.structs.replace(scan, findings=(accepted(ours[0]), ours[1]))
    [view] = framework_views(one_open, ["mcsb"], INFOS)
    assert row_of(view, "DP-4").status is ControlStatus.NOT_MET


def test_a_control_that_no_check_judges_is_listed_as_not_assessed():
    told = row("mcsb-v2", "DP-5", b.account())
    assert told.status is ControlStatus.NOT_ASSESSED
    assert told.checks == ()
    assert told.origins == (MappingOrigin.MICROSOFT,)
    assert "Azure Automation accounts should use customer-managed keys" in told.reasons[0]
    assert told.reasons[0].startswith("no check judges the policy ")


def test_a_control_that_is_covered_in_part_says_so():
    told = row("mcsb-v2", "NS-2", private())
    assert told.status is ControlStatus.MET
    assert told.label == "met, in part"
    assert [policy.id for policy in told.uncovered] == ["6c53d030-cc64-46f0-906d-2bc061cd1334"]
    logs = row("pci-4.0", "10.2.2", b.account(), b.diagnostic_setting())
    assert logs.uncovered == ()
    assert logs.label == "met, in part"
    assert "logs and metrics of every resource type" in logs.checks[0].in_part[0]


def test_an_inference_alone_never_meets_a_control_that_microsoft_maps_elsewhere():
    told = row("nist-800-53-r5", "SC-7", private())
    assert told.origins == (MappingOrigin.MICROSOFT, MappingOrigin.INFERRED)
    assert told.status_by(MappingOrigin.INFERRED) is ControlStatus.MET
    assert told.status is told.status_by(MappingOrigin.MICROSOFT) is ControlStatus.NOT_ASSESSED


def test_the_counts_tell_the_origins_apart():
    view = views("mcsb", b.account(public_network_access=True), b.variable(encrypted=True), b.diagnostic_setting())[
        "mcsb"
    ]
    assert {row.id: row.status for row in view.rows} == {
        "DP-4": ControlStatus.MET,
        "IM-3": ControlStatus.NOT_ASSESSED,
        "LT-3": ControlStatus.MET,
        "NS-2": ControlStatus.NOT_MET,
    }
    by_microsoft, inferred = view.counts(MappingOrigin.MICROSOFT), view.counts(MappingOrigin.INFERRED)
    assert [by_microsoft[status] for status in ControlStatus] == [0, 0, 0, 1]
    assert [inferred[status] for status in ControlStatus] == [1, 0, 1, 1]
    assert view.counts()[ControlStatus.MET] == 2


def test_a_cloud_without_an_initiative_of_its_own_is_told():
    government = views("mcsb mcsb-v2", private(), cloud="AzureUSGovernment")
    assert government["mcsb"].remarks == ()
    assert {initiative.cloud for initiative in government["mcsb"].initiatives} == {"AzureUSGovernment"}
    assert (
        "No initiative of AzureUSGovernment is known here; that of AzureCloud stands in."
        in government["mcsb-v2"].remarks
    )
    here = views("dod-il5", private())["dod-il5"]
    assert here.remarks == ("No initiative of AzureCloud is known here; that of AzureUSGovernment stands in.",)


def test_the_government_s_initiative_has_its_own_controls():
    public = {row.id for row in views("soc-2", private())["soc-2"].rows}
    government = {row.id for row in views("soc-2", private(), cloud="AzureUSGovernment")["soc-2"].rows}
    assert government == {"CC6.1"}
    assert public > government


def test_a_framework_whose_rule_sets_demand_the_retired_agent_says_that_it_is_retired():
    [remark] = views("nist-800-171-r2", private())["nist-800-171-r2"].remarks
    assert "still demand the Log Analytics agent" in remark
    assert "retired that agent on 2024-08-31" in remark


@pytest.mark.parametrize("framework", catalogue().frameworks, ids=lambda framework: framework.id)
@pytest.mark.parametrize("cloud", ["AzureCloud", "AzureUSGovernment", "AzureChinaCloud"])
def test_every_framework_has_a_view_in_every_cloud(framework, cloud):
    view = views(framework.id, private(), cloud=cloud)[framework.id]
    assert view.rows
    assert view.initiatives
    assert [row.id for row in view.rows] == sorted({row.id for row in view.rows}, key=control_order)
    for told in view.rows:
        assert told.origins
        assert told.status is not ControlStatus.NOT_ASSESSED or told.reasons
    assert sum(view.counts().values()) == len(view.rows)


def test_a_spotless_tenant_meets_what_its_checks_judge_and_a_blind_one_nothing():
    names = [framework.id for framework in catalogue().frameworks]
    for view in scan_of(scan_with_variables("spotless").estate, frameworks=names).frameworks:
        for told in view.rows:
            assert {check.status for check in told.checks} <= {ControlStatus.MET}, (view.id, told.id)
    for view in scan_of(scan_named("blind").estate, frameworks=names).frameworks:
        assert all(told.status is not ControlStatus.MET for told in view.rows), view.id


def test_a_control_is_not_assessed_where_a_read_that_raises_a_severity_was_refused():
    check = "region-mapping-unsupported"
    linked = (b.account(location="westeurope"), b.link(b.workspace_id()), b.workspace(location="eastus"))
    features = (b.pack("Updates", False), b.pack("ChangeTracking", False))
    for refused, status in ((None, ControlStatus.MET), (Reading.HEARTBEATS, ControlStatus.NOT_ASSESSED)):
        gaps = () if refused is None else (b.gap(refused, b.workspace_id()),)
        scan = scan_of(b.estate(*linked, *features, *gaps), frameworks=["nist-800-53-r5"])
        assert [found.severity for found in scan.findings if found.check == check] == [Severity.INFO]
        assert check not in {unknown.check for unknown in scan.unknowns}
        [told] = [behind for behind in row_of(scan.frameworks[0], "CM-6").checks if behind.check == check]
        assert told.status is status
        assert told.unjudged == (("1 read that it needs got no answer",) if gaps else ())


def test_the_settings_cannot_lower_a_finding_out_of_a_control():
    scan = scan_of(b.estate(b.account(), b.variable(), included=("variables",)))
    lowered = tuple(
        msgspec.structs.replace(finding, severity=Severity.INFO, declared=finding.severity) for finding in scan.findings
    )
    [view] = framework_views(msgspec.structs.replace(scan, findings=lowered), ["mcsb"], INFOS)
    [check] = row_of(view, "DP-4").checks
    assert check.status is ControlStatus.NOT_MET
    assert check.lowering == "the settings lower 1 finding to info, which still counts here"


def test_an_info_that_the_settings_raise_breaks_a_control():
    scan = scan_of(b.estate(b.account(), b.variable(), included=("variables",)))
    raised = tuple(
        msgspec.structs.replace(finding, severity=Severity.HIGH, declared=Severity.INFO) for finding in scan.findings
    )
    [view] = framework_views(msgspec.structs.replace(scan, findings=raised), ["mcsb"], INFOS)
    [check] = row_of(view, "DP-4").checks
    assert (check.status, check.lowering) == (ControlStatus.NOT_MET, "")


def test_a_check_that_the_settings_switch_off_is_told_apart():
    off = SeveritySetting(check="variable-unencrypted", severity=None, declared=(), origin="hwaudit.toml")
    scan = scan_of(b.estate(b.account(), b.variable(encrypted=True), included=("variables",)))
    settings = AppliedSettings(file="hwaudit.toml", severities=(off,))
    ran = tuple(info for info in scan.checks if info.id != off.check)
    [view] = framework_views(msgspec.structs.replace(scan, settings=settings, checks=ran), ["mcsb"], INFOS)
    assert row_of(view, "DP-4").status is ControlStatus.NOT_ASSESSED
    assert row_of(view, "DP-4").reasons == ("variable-unencrypted: the settings switch it off",)
