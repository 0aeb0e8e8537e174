"""What an account runs is read out of answers in the shapes that Azure writes, and nothing secret with it."""

from datetime import UTC, datetime

import msgspec
import pytest
from builders import NOW, account_id, workspace_id

from scanner.collect import _activity_parsing as parsing
from scanner.collect._wire import Malformed
from scanner.inventory import ArmId, JobSignature, Runbook

ACCOUNT = account_id()
SECRET = "hunter2"

PARSERS = {
    "runbooks": parsing.parse_runbook,
    "jobs": parsing.parse_job,
    "jobSchedules": parsing.parse_job_schedule,
    "schedules": parsing.parse_schedule,
    "webhooks": parsing.parse_webhook,
    "credentials": parsing.parse_credential,
    "runtimeEnvironments": parsing.parse_runtime_environment,
    "modules": parsing.parse_module,
    "variables": parsing.parse_variable,
    "nodes": parsing.parse_dsc_node,
    "privateEndpointConnections": parsing.parse_private_endpoint_connection,
}


def parse(segment, name="it", **fields):
    id_ = ACCOUNT.child(segment, name)
    return PARSERS[segment]({"id": id_.text, "name": name, "properties": fields}, NOW)


def setting(**fields):
    id_ = f"{ACCOUNT}/providers/microsoft.insights/diagnosticSettings/audit"
    return parsing.parse_diagnostic_setting(ACCOUNT, {"id": id_, "name": "audit", "properties": fields}, NOW)


@pytest.mark.parametrize("segment", PARSERS)
def test_an_item_tells_its_name_its_account_and_when_it_was_read(segment):
    found = parse(segment)
    assert (found.name, found.account, found.read_at) == ("it", ACCOUNT, NOW)


@pytest.mark.parametrize("segment", PARSERS)
@pytest.mark.parametrize("id_", [None, "", 7, "no id"])
def test_an_item_without_an_id_is_malformed(segment, id_):
    with pytest.raises(Malformed):
        PARSERS[segment]({"id": id_, "name": "it", "properties": {}}, NOW)


@pytest.mark.parametrize("segment", PARSERS)
def test_an_item_whose_name_is_no_text_is_malformed(segment):
    with pytest.raises(Malformed, match="name"):
        PARSERS[segment]({"id": ACCOUNT.child(segment, "it").text, "name": ["it"], "properties": {}}, NOW)


@pytest.mark.parametrize("segment", sorted(set(PARSERS) - {"credentials", "nodes"}))
def test_an_item_whose_properties_are_no_object_is_malformed(segment):
    with pytest.raises(Malformed, match="properties"):
        PARSERS[segment]({"id": ACCOUNT.child(segment, "it").text, "name": "it", "properties": "none"}, NOW)


@pytest.mark.parametrize("segment", PARSERS)
def test_no_parameter_address_user_or_value_is_kept(segment):
    secrets = {
        "parameters": {"Password": SECRET},
        "uri": f"https://x.webhook.we.azure-automation.net/webhooks?token={SECRET}",
        "userName": SECRET,
        "value": f'"{SECRET}"',
        "exception": SECRET,
        "statusDetails": SECRET,
        "startedBy": SECRET,
        "description": SECRET,
    }
    assert SECRET.encode() not in msgspec.json.encode(parse(segment, **secrets), enc_hook=str)


def test_a_runbook_tells_its_type_its_state_and_its_environment():
    found = parse("runbooks", runbookType="PowerShell72", state="Published", runtimeEnvironment="PowerShell-7.2")
    assert (found.runbook_type, found.state, found.environment) == ("PowerShell72", "Published", "PowerShell-7.2")


def test_a_job_tells_where_it_ran_and_how_it_went():
    found = parse(
        "jobs",
        runbook={"name": "Patch"},
        status="Failed",
        creationTime="2026-11-20T10:33:24.1486028+00:00",
        startTime=None,
        endTime="2026-11-20T12:40:00+02:00",
        lastModifiedTime="2026-11-20T10:41:00Z",
        runOn="Workers",
    )
    assert (found.runbook, found.status, found.run_on, found.detailed) == ("Patch", "Failed", "Workers", False)
    assert found.created_at == datetime(2026, 11, 20, 10, 33, 24, 148602, tzinfo=UTC)
    assert found.started_at is None
    assert found.ended_at == datetime(2026, 11, 20, 10, 40, tzinfo=UTC)
    assert found.changed_at == datetime(2026, 11, 20, 10, 41, tzinfo=UTC)


@pytest.mark.parametrize("segment", ["jobs", "jobSchedules", "webhooks"])
@pytest.mark.parametrize("fields", [{}, {"runOn": None}, {"runOn": ""}])
def test_every_way_to_name_no_group_means_the_sandbox_of_azure(segment, fields):
    assert parse(segment, runbook={"name": "Patch"}, **fields).run_on is None


@pytest.mark.parametrize("segment", ["jobs", "jobSchedules"])
def test_an_item_of_a_list_that_leaves_names_out_is_named_by_its_id(segment):
    item = {"id": ACCOUNT.child(segment, "2f4d8f35").text, "properties": {"runbook": {"name": "Patch"}}}
    assert PARSERS[segment](item, NOW).name == "2f4d8f35"


@pytest.mark.parametrize(
    ("fields", "signature"),
    [
        ({"exception": None, "statusDetails": "None"}, None),
        ({"exception": "The Spool operation ID does not exist."}, JobSignature.SPOOL_OPERATION),
        (
            {"exception": "", "statusDetails": "The job was tried three times: job action was attempted three times"},
            JobSignature.TRIED_THREE_TIMES,
        ),
        (
            {"exception": "Access denied", "statusDetails": "The Spool operation ID does not exist."},
            JobSignature.SPOOL_OPERATION,
        ),
    ],
)
def test_of_an_exception_only_what_it_stands_for_is_kept(fields, signature):
    id_ = ACCOUNT.child("jobs", "j")
    fields = fields | {"runbook": {"name": "Patch"}, "runOn": "Workers"}
    found = parsing.parse_job_details({"id": id_.text, "name": "j", "properties": fields}, NOW)
    assert (found.detailed, found.signature, found.run_on) == (True, signature, "Workers")


def test_a_job_schedule_ties_a_runbook_to_a_schedule():
    found = parse("jobSchedules", runbook={"name": "Patch"}, schedule={"name": "Nightly"}, runOn="Workers")
    assert (found.runbook, found.schedule, found.run_on) == ("Patch", "Nightly", "Workers")


def test_a_schedule_tells_its_next_run_and_its_end():
    found = parse(
        "schedules", isEnabled=False, nextRun="2025-03-01T15:38:00+08:00", expiryTime="2027-01-01T00:00:00+00:00"
    )
    assert found.enabled is False
    assert found.next_run == datetime(2025, 3, 1, 7, 38, tzinfo=UTC)
    assert found.expires_at == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("never", ["9999-12-31T23:59:59.9999999+00:00", "9999-12-31T23:59:00-08:00", None])
def test_a_schedule_without_an_end_has_none(never):
    assert parse("schedules", isEnabled=True, nextRun=None, expiryTime=never).expires_at is None


@pytest.mark.parametrize(
    ("segment", "field"), [("schedules", "nextRun"), ("schedules", "expiryTime"), ("jobs", "endTime")]
)
@pytest.mark.parametrize("value", ["soon", 7, {}])
def test_a_time_that_cannot_be_read_is_not_taken_for_none(segment, field, value):
    with pytest.raises(Malformed, match=field):
        parse(segment, **{field: value})


def test_a_webhook_tells_what_it_starts_and_until_when():
    found = parse(
        "webhooks", isEnabled=True, expiryTime="2018-03-29T22:18:13.7002872+00:00", runbook={"name": "Patch"}, uri=None
    )
    assert (found.enabled, found.runbook) == (True, "Patch")
    assert found.expires_at == datetime(2018, 3, 29, 22, 18, 13, 700287, tzinfo=UTC)


@pytest.mark.parametrize(
    ("description", "generated"),
    [
        ("System-generated Runtime Environment for your Automation account with Runtime language: PowerShell", True),
        ("Description of the Runtime Environment", False),
        ("", None),
        (None, None),
    ],
)
def test_a_runtime_environment_tells_whether_azure_made_it(description, generated):
    found = parse("runtimeEnvironments", runtime={"language": "PowerShell", "version": "5.1"}, description=description)
    assert (found.language, found.version, found.system_generated) == ("PowerShell", "5.1", generated)


def test_a_runtime_environment_without_a_description_is_known_by_who_made_it():
    id_ = ACCOUNT.child("runtimeEnvironments", "own")
    item = {"id": id_.text, "name": "own", "properties": {}, "systemData": {"createdAt": "2023-07-05T07:32:41Z"}}
    assert parsing.parse_runtime_environment(item, NOW).system_generated is False
    assert parsing.parse_runtime_environment(item | {"systemData": {}}, NOW).system_generated is None


def test_a_module_tells_its_version_and_who_brought_it():
    assert parse("modules", version=None, isGlobal=True).is_global is True
    assert parse("modules", version="6.13.1").version == "6.13.1"


def test_a_variable_tells_whether_it_is_encrypted():
    assert parse("variables", isEncrypted=True, value=None).encrypted is True


def test_a_private_endpoint_tells_its_groups_and_its_state():
    state = {"status": "Approved", "description": "Auto-approved", "actionsRequired": "None"}
    found = parse("privateEndpointConnections", groupIds=["Webhook"], privateLinkServiceConnectionState=state)
    assert (found.groups, found.status) == (("Webhook",), "Approved")


@pytest.mark.parametrize("groups", ["Webhook", [7]])
def test_groups_that_are_no_names_are_malformed(groups):
    with pytest.raises(Malformed, match="groupIds"):
        parse("privateEndpointConnections", groupIds=groups)


def test_a_diagnostic_setting_tells_its_enabled_categories_and_its_workspace():
    logs = [
        {"category": "JobLogs", "categoryGroup": None, "enabled": True},
        {"category": "JobStreams", "enabled": False},
        {"category": None, "categoryGroup": "allLogs", "enabled": True},
    ]
    found = setting(logs=logs, workspaceId=workspace_id().text.upper(), storageAccountId=None)
    assert found.categories == ("JobLogs", "allLogs")
    assert (found.account, found.workspace) == (ACCOUNT, workspace_id())


def test_a_diagnostic_setting_can_go_elsewhere_than_to_a_workspace():
    found = setting(logs=None, workspaceId=None, storageAccountId="/subscriptions/s/resourceGroups/r")
    assert (found.categories, found.workspace) == ((), None)


@pytest.mark.parametrize("logs", ["JobLogs", ["JobLogs"], {"category": "JobLogs"}])
def test_logs_of_another_shape_are_malformed(logs):
    with pytest.raises(Malformed, match="logs"):
        setting(logs=logs)


def test_a_diagnostic_setting_of_another_account_is_malformed():
    item = {"id": f"{account_id('other')}/providers/microsoft.insights/diagnosticSettings/x", "name": "x"}
    with pytest.raises(Malformed, match="outside"):
        parsing.parse_diagnostic_setting(ACCOUNT, item, NOW)


def content(text, **listed):
    book = Runbook(
        id=ACCOUNT.child("runbooks", "Patch"), name="Patch", read_at=NOW, account=ACCOUNT, runbook_type="PowerShell"
    )
    known = {name.lower(): ACCOUNT.child("runbooks", name) for name in listed.values()}
    return parsing.parse_content(book, known, text.encode(), NOW)


def test_of_a_content_only_what_it_calls_and_uses_is_kept():
    found = content(f".\\Child.ps1\n$password = '{SECRET}'\nConnect-AzureRmAccount", child="Child")
    assert found.runbook == ACCOUNT.child("runbooks", "Patch")
    assert [(sign.signature, sign.line) for sign in found.signs] == [("azurerm", 3)]
    assert found.calls == (ACCOUNT.child("runbooks", "Child"),)
    assert SECRET.encode() not in msgspec.json.encode(found, enc_hook=str)


def test_a_call_of_what_the_account_does_not_have_is_no_child():
    assert content(".\\Elsewhere.ps1").calls == ()


def test_an_empty_content_uses_nothing():
    found = content("")
    assert (found.signs, found.calls, found.in_full) == ((), (), True)
    assert isinstance(found.id, ArmId)
