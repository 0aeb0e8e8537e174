"""run-as-certificate-not-exportable: a Run As certificate that cannot reach the hybrid workers."""

import pytest
from builders import account, account_id, certificate, connection, findings, gap, group, group_id, unknowns

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading

CHECK = "run-as-certificate-not-exportable"
LOCKED = certificate(exportable=False)


@pytest.mark.firing
def test_it_fires_in_an_account_with_user_groups():
    [finding] = findings(CHECK, account(), connection(), LOCKED, group(), group(group_id("more")))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == connection().id
    assert list(finding.evidence["user_groups"]) == ["more", "workers"]
    assert finding.message.endswith("cannot be installed on the workers of 2 hybrid worker groups")


@pytest.mark.quiet
def test_it_is_quiet_when_the_certificate_is_exportable():
    assert findings(CHECK, account(), connection(), certificate(), group()) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("groups", [[], [group(group_type=GroupType.SYSTEM)]], ids=["none", "System only"])
def test_it_is_quiet_without_user_groups(groups):
    assert findings(CHECK, account(), connection(), LOCKED, *groups) == []
    assert unknowns(CHECK, account(), connection(), LOCKED, *groups, gap(Reading.CERTIFICATES, account_id())) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_one_exportable_asset_of_the_certificate_is_enough():
    assert findings(CHECK, account(), connection(), LOCKED, certificate("copy"), group()) == []


@pytest.mark.quiet
def test_other_connections_are_not_its_concern():
    assert findings(CHECK, account(), connection("own"), LOCKED, group()) == []
    assert unknowns(CHECK, account(), connection("own"), group(), gap(Reading.CERTIFICATES, account_id())) == []


@pytest.mark.blind
def test_an_untold_exportability_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection(), certificate(exportable=None), group())
    assert (unknown.subject, unknown.because) == (connection().id, "isExportable")


@pytest.mark.blind
def test_a_group_without_a_type_is_unknown():
    assert findings(CHECK, account(), connection(), LOCKED, group(group_type=None)) == []
    [unknown] = unknowns(CHECK, account(), connection(), LOCKED, group(group_type=None))
    assert (unknown.subject, unknown.because) == (connection().id, "groupType")


@pytest.mark.firing
@pytest.mark.blind
def test_groups_that_were_not_read_are_unknown_but_seen_ones_prove_it():
    denied = gap(Reading.GROUPS, account_id())
    [unknown] = unknowns(CHECK, account(), connection(), LOCKED, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
    assert len(findings(CHECK, account(), connection(), LOCKED, group(), denied)) == 1
    assert unknowns(CHECK, account(), connection(), certificate(), denied) == []


@pytest.mark.blind
def test_a_malformed_group_may_be_a_user_group():
    malformed = gap(Reading.GROUPS, group_id("broken"))
    assert [unknown.subject for unknown in unknowns(CHECK, account(), connection(), LOCKED, malformed)] == [
        group_id("broken")
    ]


@pytest.mark.blind
def test_a_certificate_list_that_was_not_read_is_unknown():
    denied = gap(Reading.CERTIFICATES, account_id())
    [unknown] = unknowns(CHECK, account(), connection(), group(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    [unknown] = unknowns(CHECK, account(), sparse, LOCKED, group(), denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)
