"""What doctor finds out, and what it says that it could not find out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import ClientAuthenticationError
from builders import OTHER_SUB
from doctors import BARE, examined, examined_at, plan_of, with_role
from hostile import NAMES, hostile_tenant

from scanner.collect import OF_EACH_KIND, Choice
from scanner.doctor import to_text
from scanner.emulator import Assignment, Emulator, answer, deny, generate, reset
from scanner.emulator.tenants.model import Subscription
from scanner.inventory import Reading, Scope
from scanner.options import Included, Skipped
from scanner.privileges import privileges_of

ROLE = privileges_of().actions
WORKERS = Reading.WORKERS.operation
CERTIFICATES = Reading.CERTIFICATES.operation
PERMISSIONS = "Microsoft.Authorization/permissions/read"
PROVIDERS = "Microsoft.Resources/subscriptions/providers/read"


def actions_of(report, subscription=0):
    return {each.action: each for each in report.subscriptions[subscription].actions}


def test_the_least_role_is_ready_and_doctor_says_what_it_could_not_see_itself():
    report = examined(**with_role())
    assert (report.verdict, report.problems, report.missing, report.excess) == ("ready", [], [], [])
    assert [line.partition(" of ")[0] for line in report.not_seen[:2]] == [
        "the effective permissions",
        "the registrations",
    ]
    open_ = [each for each in actions_of(report).values() if each.answer == "not_known"]
    assert Reading.NETWORK_INTERFACE.operation in {each.action for each in open_}
    assert all("nothing to read" in each.because and "were not seen" in each.because for each in open_)


def test_with_its_own_two_actions_doctor_leaves_nothing_open():
    report = examined(**with_role((*ROLE, PERMISSIONS, PROVIDERS)))
    assert (report.verdict, report.not_seen, report.excess) == ("ready", [], [])
    nothing = actions_of(report)[Reading.NETWORK_INTERFACE.operation]
    assert (nothing.answer, nothing.evidence) == ("allowed", "permissions")
    assert actions_of(report)[WORKERS].evidence == "read"
    assert actions_of(report)[Reading.VM_EXTENSIONS.operation].evidence == "resource_graph"


def test_a_missing_action_is_named_with_its_places_and_the_blind_checks():
    report = examined(**with_role(set(ROLE) - {CERTIFICATES}))
    [missing] = report.missing
    assert (missing.action, missing.operations) == (CERTIFICATES, [CERTIFICATES])
    assert missing.subscriptions == sorted(each.id for each in report.subscriptions)
    assert "run-as-certificate-missing" in missing.blind
    assert all("/automationAccounts/" in place for place in missing.refused_at)
    assert (report.verdict, len(report.problems)) == ("not_ready", 1)


def test_an_action_that_is_missing_where_nothing_is_to_be_read_is_known_by_the_permissions():
    role = (*(set(ROLE) - {Reading.SECURITY_GROUP.operation}), PERMISSIONS)
    report = examined(**with_role(role))
    entry = actions_of(report)[Reading.SECURITY_GROUP.operation]
    assert (entry.answer, entry.evidence) == ("denied", "permissions")
    assert report.verdict == "not_ready"


def test_a_denial_at_one_place_counts_although_others_were_answered():
    report = examined("contoso")
    [workers] = [each for each in report.missing if each.action == WORKERS]
    assert len(workers.subscriptions) == 1
    assert [place.rpartition("/")[2] for place in workers.refused_at] == ["hwg-restricted"]


@pytest.mark.parametrize("known", [True, False])
def test_of_a_log_querys_two_actions_the_permissions_tell_which_is_missing(known):
    lacking, other = Reading.EVENTS.operation, Reading.EVENTS.operations[0]
    role = (*(set(ROLE) - {lacking}), *([PERMISSIONS] if known else []))
    report = examined(**with_role(role))
    assert [each.action for each in report.missing] == [lacking]
    assert actions_of(report)[other].answer == "allowed"
    assert (actions_of(report)[lacking].because is None) is known


def test_without_the_right_to_query_the_tables_own_actions_are_in_doubt_unless_permissions_tell():
    query = Reading.EVENTS.operations[0]
    tables = {Reading.HEARTBEATS.operation, Reading.EVENTS.operation, Reading.JOB_LOGS.operation}
    doubtful = examined(**with_role(set(ROLE) - {query}))
    assert {each.action for each in doubtful.missing} == {query, *tables}
    certain = examined(**with_role((*(set(ROLE) - {query}), PERMISSIONS)))
    assert {each.action for each in certain.missing} == {query}


def test_resource_graph_and_the_list_of_subscriptions_are_lost_without_harm():
    report = examined(faults=[deny("Microsoft.ResourceGraph/*")])
    [missing] = report.missing
    assert (missing.blind, missing.operations) == ([], [])
    assert "read one by one" in missing.instead
    assert report.verdict == "ready"


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (("*",), [("*", "acts")]),
        (("*/read",), [("*/read", "reads")]),
        ((*ROLE, "*/read", "Microsoft.Automation/automationAccounts/jobs/write"), None),
        ((*ROLE, PERMISSIONS, "MICROSOFT.Automation/automationAccounts/variables/read"), None),
    ],
)
def test_rights_beyond_the_role_are_named(role, expected):
    report = examined(BARE, **with_role(role))
    found = [(each.action, each.kind) for each in report.excess]
    if expected is None:
        beyond = [action for action in role if action.lower() not in {each.lower() for each in (*ROLE, PERMISSIONS)}]
        assert sorted(action for action, _ in found) == sorted(beyond)
    else:
        assert found == expected
    assert "right" in report.warnings[0]


def test_reader_is_told_to_show_values_of_variables_unless_these_are_wanted():
    access = with_role(("*/read",), data_actions=("Microsoft.Storage/x/read",))
    plain = examined(BARE, **access)
    assert [each.kind for each in plain.excess] == ["data", "reads"]
    assert "variables" in plain.excess[1].why
    wanted = examined(BARE, plan=plan_of(Choice(included=frozenset(Included))), **access)
    assert "variables" not in wanted.excess[1].why


def test_a_variable_is_needed_only_when_it_is_included():
    report = examined(plan=plan_of(Choice(included=frozenset(Included))), **with_role())
    assert [each.action for each in report.missing] == [Reading.VARIABLES.operation]
    assert [part.included for part in report.role.opt_in] == [True, False]
    assert Reading.VARIABLES.operation not in report.role.core
    assert Reading.VARIABLES.operation in report.role.json


def test_what_is_skipped_is_neither_probed_nor_in_the_role():
    report = examined(plan=plan_of(Choice(skipped=frozenset({Skipped.LOGS, Skipped.MACHINES}))))
    assert not [action for action in actions_of(report) if "/query/" in action or "Compute" in action]
    assert "query/Heartbeat" not in report.role.json
    assert report.verdict == "ready"


def test_what_only_checks_need_that_are_switched_off_is_left_out_and_said():
    plan = plan_of(off=("account-logs-off", "job-failure-signature"))
    role = plan.role([])
    assert Reading.DIAGNOSTIC_SETTINGS.operation not in role.core
    assert role.left_out_for == ["account-logs-off", "job-failure-signature"]


def test_a_few_of_each_kind_are_read_in_each_subscription_and_one_page_of_them():
    tenant = generate(now=datetime.now(UTC), accounts=12, subscriptions=2, jobs=5)
    emulator = Emulator(tenant, page_size=4)
    report = examined_at(emulator)
    assert report.estimate.accounts == 12
    for kind in ("hybridRunbookWorkerGroups", "jobs", "webhooks"):
        lists = [path for _, path, _ in emulator.requests if path.endswith(f"/{kind}")]
        per_subscription = Counter(path.split("/")[2] for path in lists)
        assert lists
        assert max(per_subscription.values()) <= OF_EACH_KIND
        assert len(lists) == len(set(lists))
    assert len(emulator.requests) < report.estimate.requests


# -- the login and the way to Azure -------------------------------------------------------------------------------


def test_the_login_is_told_by_its_claims_and_the_token_is_nowhere():
    tokens = []
    report = examined(BARE, credential=lambda: Watched(tokens))
    assert tokens
    text = to_text(report)
    assert report.credential.problem is not None
    assert not [token for token in tokens if token in text]


class Watched:
    """A credential whose tokens no service takes."""

    def __init__(self, tokens):
        self._tokens = tokens

    async def get_token(self, *_scopes, **_options):
        self._tokens.append("secret-token")
        raise ClientAuthenticationError(
            "DefaultAzureCredential failed to retrieve a token from the included credentials.\n"
            "Attempted credentials:\n\tEnvironmentCredential: not configured\n\tAzureCliCredential: no az\x1b[2J\n"
            "To mitigate this issue, see https://user:secret@aka.ms/x"
        )

    async def close(self):
        """Nothing is held."""


def test_where_no_credential_works_each_that_was_tried_is_told():
    report = examined(BARE, credential=lambda: Watched([]))
    assert report.verdict == "could_not_start"
    assert report.credential.tried == ["EnvironmentCredential: not configured", "AzureCliCredential: no az\x1b[2J"]
    assert [each.state for each in report.endpoints] == ["reached"] * 3
    assert (report.subscriptions, report.estimate) == ([], None)
    assert report.role.core
    text = to_text(report)
    assert "A scan could not start" in text
    assert "\x1b" not in text


def test_claims_name_the_owner_of_the_token():
    credential = examined(BARE).credential
    assert (credential.tenant_id, credential.kind) == (BARE.id, "app")
    assert credential.object_id
    assert credential.app_id


def test_an_endpoint_that_cannot_be_reached_is_a_problem():
    report = examined(BARE, logs="https://logs.invalid")
    login, manager, logs = report.endpoints
    assert (login.state, manager.state, logs.state) == ("reached", "reached", "not_reached")
    assert report.verdict == "not_ready"
    assert "https://logs.invalid" in report.problems[0]


@pytest.mark.parametrize(
    ("shift", "state"),
    [(0, "fine"), (290, "fine"), (-310, "off"), (840, "off"), (-910, "too_far"), (910, "too_far")],
)
def test_a_skewed_clock_is_told(shift, state):
    report = examined(BARE, clock_shift=timedelta(seconds=shift))
    assert report.clock.state == state
    assert bool(report.warnings) is (state != "fine" or bool(report.excess))
    assert ("15 minutes" in "".join(report.warnings)) is (state == "too_far")


def test_what_only_roles_further_down_allow_is_not_known_beyond_the_sample():
    tenant = generate(accounts=5, subscriptions=1, groups=1, workers=1, jobs=1, now=datetime.now(UTC))
    less = Assignment("/", tuple({*ROLE, PERMISSIONS, PROVIDERS} - {CERTIFICATES}))
    first = sorted(account.id for account in tenant.accounts)[:3]
    access = (less, *(Assignment(id_, (CERTIFICATES,)) for id_ in first))
    report = examined(tenant, access=access)
    entry = actions_of(report)[CERTIFICATES]
    assert (entry.answer, entry.evidence, entry.where) == ("not_known", "read", first[0])
    assert report.verdict == "not_ready"
    [problem] = report.problems
    assert problem.startswith(f"{CERTIFICATES} is not assigned at 1 subscription, only further down")


# -- what fails on the way ----------------------------------------------------------------------------------------


def test_a_read_that_fails_is_no_missing_action():
    report = examined(faults=[answer(500, "{}", operation=CERTIFICATES)])
    assert report.missing == []
    entry = actions_of(report)[CERTIFICATES]
    assert (entry.answer, entry.evidence) == ("not_known", "none")
    assert any(CERTIFICATES in problem for problem in report.problems)
    assert report.verdict == "not_ready"


@pytest.mark.parametrize(
    "fault",
    [
        answer(200, "[]", scope="/permissions"),
        answer(200, '{"value": [{"actions": 7}]}', scope="/permissions"),
        answer(200, '{"value": [{"actions": ["*/read"]}]}', scope="/permissions"),
        answer(500, "", scope="/permissions"),
        reset("/permissions"),
    ],
)
def test_permissions_that_cannot_be_read_are_not_seen(fault):
    report = examined(BARE, faults=[fault])
    assert report.verdict == "ready"
    assert report.excess == []
    assert all(each.permissions_problem for each in report.subscriptions)
    assert report.not_seen[0].startswith("the effective permissions of 1 of 1 subscription")


def test_a_provider_that_is_not_registered_is_told():
    without = Subscription(OTHER_SUB, "Without Arc", unregistered=("Microsoft.HybridCompute",))
    text = to_text(examined(replace(BARE, subscriptions=(*BARE.subscriptions, without))))
    assert "not registered for Microsoft.HybridCompute: nothing of that can be there" in text
    assert "resource providers: all registered" in text


def test_without_a_subscription_a_scan_could_not_start():
    report = examined(BARE, access=())
    assert report.verdict == "could_not_start"
    assert "no subscription can be listed" in report.problems[0]


def test_a_subscription_that_is_named_and_not_listed_is_a_problem():
    known, unknown = BARE.subscriptions[0].id, "99999999-0000-0000-0000-000000000000"
    report = examined(BARE, plan=plan_of(scope=Scope(subscriptions=(known, unknown))))
    assert [each.id for each in report.subscriptions] == [known]
    assert unknown in report.problems[0]
    assert report.role.scopes == [f"/subscriptions/{known}"]


def test_a_management_group_needs_its_own_action_there():
    scope = Scope(management_group="mg-northwind")
    report = examined(plan=plan_of(scope=scope), **with_role((*ROLE, Reading.MANAGEMENT_GROUP.operation)))
    assert report.verdict == "ready"
    assert report.role.scopes == ["/providers/Microsoft.Management/managementGroups/mg-northwind"]
    below = (Assignment("/providers/Microsoft.Management/managementGroups/mg-northwind", ROLE),)
    refused = examined(plan=plan_of(scope=scope), access=below)
    assert refused.verdict == "could_not_start"
    assert "the management group mg-northwind cannot be read" in refused.problems[0]


def test_a_subscription_of_another_tenant_is_no_scope_of_the_role():
    report = examined("contoso")
    assert not [scope for scope in report.role.scopes if "fab21ca0" in scope]
    assert any("Lighthouse" in warning for warning in report.warnings)


def test_hostile_names_are_text():
    text = to_text(examined(hostile_tenant(NAMES[1], *NAMES), **with_role(("*/read",))))
    assert not [character for character in text if not character.isprintable() and character != "\n"]
    assert "\\x1b[2J" in text
