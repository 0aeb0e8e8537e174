"""Single values out of wire JSON: absent stays None, a wrong shape is Malformed, nothing is guessed."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from builders import NOW, account_id, group_id, machine_id, workspace_id
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect._automation import (
    parse_account,
    parse_account_details,
    parse_certificate,
    parse_connection,
    parse_connection_fields,
    parse_group,
    parse_link,
    parse_worker,
)
from scanner.collect._log_analytics import (
    parse_deleted_workspace,
    parse_linked_service,
    parse_pack,
    parse_solution,
    parse_workspace,
)
from scanner.collect._subscriptions import parse_descendant, parse_subscription
from scanner.collect._wire import Malformed, boolean, instant, integer, mapping, text
from scanner.inventory import ArmId, GroupType, SeenState, WorkerType

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)  # noqa: DTZ001 - without zones
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


# -- times ----------------------------------------------------------------------------------------------------


@given(INSTANTS, st.integers(0, 9))
def test_a_time_with_any_fraction_and_offset_is_read_to_its_microsecond(moment, digits):
    fraction = f"{moment.microsecond:06d}000"[:digits]
    written = f"{moment:%H:%M:%S}{'.' + fraction if digits else ''}{moment.isoformat()[-6:]}"
    kept = int(fraction[:6].ljust(6, "0")) if digits else 0
    assert instant(f"{moment:%Y}".zfill(4) + f"-{moment:%m-%d}T{written}") == moment.replace(microsecond=kept)


@given(INSTANTS)
def test_a_time_without_an_offset_is_utc(moment):
    naive = moment.replace(tzinfo=None)
    assert instant(naive.isoformat()) == naive.replace(tzinfo=UTC)


@given(INSTANTS.filter(lambda moment: moment.year > 1900))
def test_the_rfc_1123_form_of_old_workspaces_is_read(moment):
    moment = moment.astimezone(UTC)
    assert instant(format_datetime(moment, usegmt=True)) == moment.replace(microsecond=0)


@given(st.text() | st.from_regex(r"\d{1,5}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d*)?([+-]\d\d:?\d\d|Z)?", fullmatch=True))
def test_no_text_makes_the_clock_raise(written):
    found = instant(written)
    assert found is None or found.utcoffset() == timedelta(0)


@given(JSON)
def test_no_json_makes_the_clock_raise(value):
    found = instant(value)
    assert found is None or isinstance(value, str)


@pytest.mark.parametrize(
    "written",
    ["Thu, 01 Jan 0001 00:00:00 +0500", "Fri, 31 Dec 9999 23:59:59 -0800", "1 Jan", ",", "0", "(", "Mon, 0 X 0 0:0:0"],
)
def test_odd_mail_dates_do_not_raise(written):
    found = instant(written)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2028-10-30T15:03:02-07:00", datetime(2028, 10, 30, 22, 3, 2, tzinfo=UTC)),
        ("2022-06-24T07:43:51.1234567+05:30", datetime(2022, 6, 24, 2, 13, 51, 123456, tzinfo=UTC)),
        ("2022-06-24T07:43:51.12Z", datetime(2022, 6, 24, 7, 43, 51, 120000, tzinfo=UTC)),
        ("2022-06-24t07:43:51z", datetime(2022, 6, 24, 7, 43, 51, tzinfo=UTC)),
        (" 2022-06-24 07:43:51+0530 ", datetime(2022, 6, 24, 2, 13, 51, tzinfo=UTC)),
        ("Fri, 24 Jun 2022 07:43:51 GMT", datetime(2022, 6, 24, 7, 43, 51, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:30", datetime.min.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00-08:00", datetime(1, 1, 1, 8, tzinfo=UTC)),
        ("9999-12-31T23:59:59-08:00", datetime.max.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59.9999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_times_as_azure_writes_them(written, read):
    assert instant(written) == read


@pytest.mark.parametrize(
    "written",
    [None, 5, True, [], {}, "", "N/A", "2022-13-01T00:00:00Z", "2022-02-30T00:00:00Z", "2022-06-24", "0000-01-01T00:00:00Z",
     "2022-06-24T07:43:51+99:00", "2022-06-24T25:00:00Z", "/Date(1656056631000)/"],
)  # fmt: skip
def test_what_is_no_time_is_none(written):
    assert instant(written) is None


# -- values ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, ""])
def test_a_string_that_was_not_told(value):
    assert text({"field": value}, "field") is None
    assert text({}, "field") is None


@pytest.mark.parametrize("value", [5, 1.5, True, [], {}])
def test_a_string_of_another_type_is_malformed(value):
    with pytest.raises(Malformed, match=r"field is .*, not a string"):
        text({"field": value}, "field")


@pytest.mark.parametrize("value", [None, "true", "Disabled", 1, 0, [], {}])
def test_only_a_json_boolean_is_one(value):
    assert boolean({"field": value}, "field") is None
    assert boolean({"field": False}, "field") is False


@pytest.mark.parametrize("value", [None, "30", True, 30.5, []])
def test_only_a_json_integer_is_one(value):
    assert integer({"field": value}, "field") is None
    assert integer({"field": 0}, "field") == 0


def test_an_absent_object_is_empty_and_another_type_malformed():
    assert mapping(None, "field") == {}
    for value in (5, "x", [], True):
        with pytest.raises(Malformed):
            mapping(value, "field")


# -- workers and groups ---------------------------------------------------------------------------------------

WORKER = {
    "id": f"{group_id()}/hybridRunbookWorkers/c010ad12",
    "name": "c010ad12",
    "properties": {
        "ip": "10.0.0.4",
        "registeredDateTime": "2018-04-24T16:30:55+00:00",
        "lastSeenDateTime": "2026-11-22T11:59:30.1234567+00:00",
        "vmResourceId": str(machine_id()),
        "workerType": "HybridV2",
        "workerName": "vm1",
    },
}


def worker(**properties):
    return parse_worker({**WORKER, "properties": {**WORKER["properties"], **properties}}, NOW)


def test_a_worker_as_it_is_recorded():
    read = worker()
    assert (read.worker_name, read.worker_type, read.ip, read.machine) == (
        "vm1",
        WorkerType.V2,
        "10.0.0.4",
        machine_id(),
    )
    assert (read.group, read.seen, read.read_at) == (group_id(), SeenState.SEEN, NOW)
    assert read.last_seen == datetime(2026, 11, 22, 11, 59, 30, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "never", [None, "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+05:30", "0001-01-01T00:00:00"]
)
def test_a_worker_that_never_pinged(never):
    read = worker(lastSeenDateTime=never)
    assert (read.seen, read.last_seen) == (SeenState.NEVER, None)


@pytest.mark.parametrize("odd", ["", "N/A", "yesterday"])
def test_a_last_ping_that_cannot_be_read_is_not_never(odd):
    assert worker(lastSeenDateTime=odd).seen is SeenState.UNREADABLE


def test_an_absent_last_ping_is_not_never():
    kept = {name: value for name, value in WORKER["properties"].items() if name != "lastSeenDateTime"}
    assert parse_worker({**WORKER, "properties": kept}, NOW).seen is SeenState.UNREADABLE


@pytest.mark.parametrize("odd", [5, True, [], {}])
def test_a_last_ping_of_another_type_is_malformed(odd):
    with pytest.raises(Malformed):
        worker(lastSeenDateTime=odd)


def test_a_v1_worker_knows_no_machine_and_no_address():
    read = worker(workerType="hybridv1", vmResourceId="", ip="")
    assert (read.worker_type, read.machine, read.ip) == (WorkerType.V1, None, None)


def test_a_worker_of_a_type_that_is_not_known_is_kept():
    assert worker(workerType="HybridV3").worker_type is None


def test_a_worker_without_properties_tells_nothing_but_its_name():
    read = parse_worker({**WORKER, "properties": None}, NOW)
    assert (read.worker_name, read.worker_type, read.seen) == ("c010ad12", None, SeenState.UNREADABLE)


def test_the_flat_worker_of_old_api_versions():
    flat = {"id": WORKER["id"], "name": "old", "ip": "10.0.0.9", "lastSeenDateTime": "2019-01-01T00:00:00Z"}
    read = parse_worker(flat, NOW)
    assert (read.worker_name, read.ip, read.seen) == ("old", "10.0.0.9", SeenState.SEEN)


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {"groupType": "System", "credential": {"name": None}, "hybridRunbookWorkers": None}},
        {"groupType": "system", "credential": {"name": None}},
        {"groupType": "SYSTEM", "credential": None},
    ],
)
def test_a_group_in_each_of_its_shapes(body):
    read = parse_group({"id": str(group_id()), **body}, NOW)
    assert (read.group_type, read.credential, read.account) == (GroupType.SYSTEM, None, account_id())


def test_a_group_with_a_credential_and_a_type_that_is_not_known():
    body = {"properties": {"groupType": "Other", "credential": {"name": "runner"}}}
    read = parse_group({"id": str(group_id()), **body}, NOW)
    assert (read.group_type, read.credential) == (None, "runner")


# -- accounts and links ---------------------------------------------------------------------------------------


def test_a_sparse_account_tells_that_it_is_not_detailed():
    read = parse_account({"id": str(account_id()), "location": "East US 2"}, NOW)
    assert (read.location, read.detailed, read.disable_local_auth) == ("eastus2", False, None)


def test_what_an_account_leaves_out_is_not_false():
    read = parse_account_details({"id": str(account_id()), "properties": {"state": "Ok"}}, NOW)
    assert (read.detailed, read.identity_type) == (True, None)
    assert (read.public_network_access, read.disable_local_auth) == (None, None)


def test_an_account_that_tells_more():
    properties = {"publicNetworkAccess": False, "disableLocalAuth": True, "automationHybridServiceUrl": "https://x"}
    body = {"id": str(account_id()), "identity": {"type": "SystemAssigned"}, "properties": properties}
    read = parse_account_details(body, NOW)
    assert (read.identity_type, read.public_network_access, read.disable_local_auth) == ("SystemAssigned", False, True)


@pytest.mark.parametrize("linked", [None, "", str(workspace_id()), str(workspace_id()).lower()])
def test_a_link_or_none(linked):
    read = parse_link(account_id(), {"id": linked}, NOW)
    assert read.workspace == (workspace_id() if linked else None)


@pytest.mark.parametrize("body", [{}, {"id": 5}, {"id": "law-core"}, {"id": str(account_id())}, {"error": {}}])
def test_an_answer_that_is_no_link_is_malformed(body):
    with pytest.raises(Malformed):
        parse_link(account_id(), body, NOW)


# -- certificates and connections -----------------------------------------------------------------------------


def test_a_certificate_with_the_odd_thumbprint_of_the_official_example():
    properties = {"thumbprint": "thumbprint of cert", "expiryTime": "2028-10-30T15:03:02-07:00", "isExportable": False}
    read = parse_certificate({"id": f"{account_id()}/certificates/c", "properties": properties}, NOW)
    assert (read.name, read.thumbprint, read.exportable) == ("c", "thumbprint of cert", False)
    assert read.expires_at == datetime(2028, 10, 30, 22, 3, 2, tzinfo=UTC)


def test_an_expiry_that_cannot_be_read_is_not_guessed():
    properties = {"expiryTime": "never", "isExportable": "True"}
    read = parse_certificate({"id": f"{account_id()}/certificates/c", "properties": properties}, NOW)
    assert (read.expires_at, read.exportable) == (None, None)


def connection(type_name, fields=None):
    properties = {"connectionType": {"name": type_name}, "fieldDefinitionValues": fields}
    return {"id": f"{account_id()}/connections/c", "properties": properties}


@pytest.mark.parametrize(
    "name", ["AzureServicePrincipal", "azureserviceprincipal", "Azure", "AzureClassicCertificate "]
)
def test_connections_that_can_hold_a_certificate_are_kept(name):
    assert parse_connection(connection(name), NOW).type_name == name.strip()


def test_a_connection_of_another_type_is_left_out():
    assert parse_connection(connection("SlackWebhook", {"Token": "secret"}), NOW) is None


@pytest.mark.parametrize("body", [connection(None), {"id": f"{account_id()}/connections/c", "properties": {}}])
def test_a_connection_without_a_type_is_malformed(body):
    with pytest.raises(Malformed):
        parse_connection(body, NOW)


def test_field_names_of_a_connection_have_no_case_and_no_other_field_is_kept():
    fields = {
        "certificatethumbprint": "AB",
        "SUBSCRIPTIONID": "s",
        "TenantId": "t",
        "Secret": "hush",
        "ApplicationId": 5,
    }
    read = parse_connection_fields(connection("AzureServicePrincipal", fields), NOW)
    assert (read.thumbprint, read.subscription_id, read.tenant_id, read.application_id) == ("AB", "s", "t", None)
    assert read.fields_read
    assert "hush" not in repr(read)


@pytest.mark.parametrize("field", ["AutomationCertificateName", "CertificateAssetName"])
def test_a_classic_connection_names_its_certificate(field):
    read = parse_connection_fields(connection("Azure", {field: "ClassicCert", "SubscriptionID": "s"}), NOW)
    assert (read.certificate_name, read.subscription_id) == ("ClassicCert", "s")


# -- workspaces -----------------------------------------------------------------------------------------------


def test_a_classic_workspace_with_little_to_say():
    lowered = str(workspace_id()).lower()
    body = {"id": lowered, "name": "WS", "location": "East US", "properties": {"retentionInDays": 0, "sku": {}}}
    read = parse_workspace(body, NOW)
    assert (read.id, read.name, read.retention_days, read.sku) == (workspace_id(), "WS", 0, None)
    assert (read.location, read.provisioning_state, read.ingestion_status) == ("eastus", None, None)


def test_a_deleted_workspace():
    assert parse_deleted_workspace({"id": str(workspace_id()), "location": "eastus"}, NOW).location == "eastus"


@pytest.mark.parametrize(
    ("name", "properties", "service"),
    [
        ("ws/Automation", {"resourceId": str(account_id())}, "Automation"),
        ("Automation", {"resourceId": str(account_id()).lower()}, "Automation"),
        ("ws/Cluster", {"writeAccessResourceId": str(account_id())}, "Cluster"),
    ],
)
def test_a_linked_service_by_its_last_segment_and_either_property(name, properties, service):
    body = {"id": f"{workspace_id()}/linkedservices/x".lower(), "name": name, "properties": properties}
    read = parse_linked_service(workspace_id(), body, NOW)
    assert (read.service, read.target, read.workspace) == (service, account_id(), workspace_id())


def test_a_linked_service_without_a_target_and_one_with_a_bad_one():
    id_ = f"{workspace_id()}/linkedServices/Automation"
    assert parse_linked_service(workspace_id(), {"id": id_}, NOW).target is None
    with pytest.raises(Malformed):
        parse_linked_service(workspace_id(), {"id": id_, "properties": {"resourceId": "aa"}}, NOW)


def test_a_pack_that_does_not_say_whether_it_is_enabled():
    assert parse_pack(workspace_id(), {"name": "Updates", "enabled": "yes"}, NOW).enabled is None
    with pytest.raises(Malformed):
        parse_pack(workspace_id(), {"enabled": True}, NOW)


def test_a_solution_knows_its_workspace_and_product():
    id_ = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationsManagement/solutions/Updates(ws)"
    body = {
        "id": id_,
        "plan": {"product": "OMSGallery/Updates"},
        "properties": {"workspaceResourceId": str(workspace_id())},
    }
    read = parse_solution(body, NOW)
    assert (read.name, read.product, read.workspace) == ("Updates(ws)", "OMSGallery/Updates", workspace_id())


# -- subscriptions --------------------------------------------------------------------------------------------


def test_a_subscription_that_others_manage():
    managers = [{"tenantId": "b"}, {"tenantId": "a"}, {}]
    body = {"id": "/subscriptions/X", "displayName": "", "state": "Warned", "managedByTenants": managers}
    read = parse_subscription(body, NOW)
    assert (read.name, read.state, read.tenant_id, read.managed_by) == ("X", "Warned", None, ("a", "b"))


def test_a_subscription_whose_managers_are_no_objects_is_malformed():
    with pytest.raises(Malformed):
        parse_subscription({"id": "/subscriptions/X", "managedByTenants": ["b"]}, NOW)


def test_only_subscriptions_below_a_management_group_count():
    nested = {
        "id": "/providers/Microsoft.Management/managementGroups/m",
        "type": "Microsoft.Management/managementGroups",
    }
    assert parse_descendant(nested, NOW) is None
    assert parse_descendant({"id": "/subscriptions/X", "type": "/subscriptions", "name": "X"}, NOW).name == "X"


# -- whatever comes -------------------------------------------------------------------------------------------

ID = ArmId(WORKER["id"])
PARSERS = [
    parse_account, parse_account_details, parse_group, parse_worker, parse_certificate, parse_connection, parse_workspace,
    parse_connection_fields, parse_deleted_workspace, parse_solution, parse_subscription, parse_descendant,
    lambda item, moment: parse_link(ID, item, moment),
    lambda item, moment: parse_pack(ID, item, moment),
    lambda item, moment: parse_linked_service(ID, item, moment),
]  # fmt: skip
FIELDS = st.sampled_from(
    ["id", "name", "location", "properties", "identity", "credential", "groupType", "lastSeenDateTime", "workerType",
     "vmResourceId", "connectionType", "fieldDefinitionValues", "expiryTime", "sku", "plan", "managedByTenants", "type"]
)  # fmt: skip
ITEMS = st.dictionaries(FIELDS, JSON | st.dictionaries(FIELDS, JSON, max_size=4), max_size=5)


@given(ITEMS)
def test_no_item_makes_a_parser_raise_anything_but_malformed(item):
    for parse in PARSERS:
        for known in (item, {**item, "id": ID.text}):
            with suppress(Malformed):
                parse(known, NOW)


def test_half_a_surrogate_pair_is_no_text_and_no_id():
    with pytest.raises(Malformed, match="name is no Unicode text"):
        text({"name": "vm\ud800"}, "name")
    with pytest.raises(Malformed, match="id is no Unicode text"):
        parse_group({"id": f"{group_id()}\ud800"}, NOW)
    assert text({"name": "vm\U0001f600"}, "name") == "vm\U0001f600"
