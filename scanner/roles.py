"""Custom roles that close what a login was denied: exactly the missing actions, where they are missing."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.findings import BlindSpot, Step
from scanner.inventory import ArmId, GapReason
from scanner.inventory.coverage import QUERY_WORKSPACE
from scanner.options import RoleForm

ASSIGNEE = "<object id of the login>"
"""Stands in commands for whom a role is assigned to: what a scan sees does not tell it."""

MOST_ROLES = 8
"""Where the missing actions differ from place to place in more ways than this, one role holds all of them."""

DEFINITION_VERSION = "2022-04-01"
"""The api-version of Microsoft.Authorization/roleDefinitions (template reference, Microsoft, 2025)."""

_Lost = dict[str, list[BlindSpot]]
"""The reads that are lost for want of each action."""

_RESOURCE_DEPTH = 1
_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"


class MissingRole(msgspec.Struct, frozen=True, kw_only=True):
    """Actions that are missing together, `reads` that were refused for it, and the checks that are `blind` for it.

    `refused` has the reads of each action; one that needs two counts for both.

    `scopes` are the narrowest places that hold what was refused, one for each subscription and action: a resource, a
    resource group or a subscription, or a management group. `create` defines the role, and `assign` has a step for
    each of `scopes`.
    """

    name: str
    reads: int
    refused: tuple[tuple[str, int], ...]
    scopes: tuple[str, ...]
    blind: tuple[str, ...]
    create: Step
    assign: tuple[Step, ...]


def role_definition(name: str, description: str, actions: Iterable[str], scopes: Iterable[str]) -> str:
    """The JSON of a custom role for `az role definition create`, in ASCII.

    All that a scan reads are control-plane actions, the queries of a workspace's tables among them ("Manage access to
    Log Analytics workspaces", Microsoft, 2025-02-14), so it has no data actions.
    """
    definition = {
        "Name": name,
        "IsCustom": True,
        "Description": description,
        "Actions": sorted(set(actions)),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": sorted(set(scopes)),
    }
    return json.dumps(definition, indent=2)


def role_bicep(name: str, description: str, actions: Iterable[str], scopes: Iterable[str]) -> str:
    """The same role as a Bicep file, to be deployed at a subscription, or at the management group among the scopes.

    Where no scope is given, the role is assignable where it is deployed.
    """
    wanted = sorted(set(scopes))
    group = next((scope for scope in wanted if scope.lower().startswith(_MANAGEMENT_GROUP)), None)
    here = "managementGroup()" if group else "subscription()"
    deploy = "mg create --management-group-id ID" if group else "sub create"
    places = [_bicep(scope) for scope in wanted] or [f"{here}.id"]
    return "\n".join(
        (
            f"// az deployment {deploy} --location LOCATION --template-file FILE.bicep",
            f"targetScope = '{'managementGroup' if group else 'subscription'}'",
            "",
            f"resource role 'Microsoft.Authorization/roleDefinitions@{DEFINITION_VERSION}' = {{",
            f"  name: guid({here}.id, {_bicep(name)})",
            "  properties: {",
            f"    roleName: {_bicep(name)}",
            f"    description: {_bicep(description)}",
            "    type: 'CustomRole'",
            "    permissions: [",
            "      {",
            "        actions: [",
            *(f"          {_bicep(action)}" for action in sorted(set(actions))),
            "        ]",
            "        notActions: []",
            "        dataActions: []",
            "        notDataActions: []",
            "      }",
            "    ]",
            "    assignableScopes: [",
            *(f"      {place}" for place in places),
            "    ]",
            "  }",
            "}",
            "",
            "output roleDefinitionId string = role.id",
        )
    )


def role_az(name: str, description: str, actions: Iterable[str], scopes: Iterable[str]) -> str:
    """The same role as commands of `az` for a POSIX shell: it is defined, and assigned at each scope."""
    places = sorted(set(scopes))
    create = _creation(name, description, actions, places)
    steps = (create, *(_assignment(name, place) for place in places))
    return "\n\n".join(f"# {step.text}\n{step.command}" for step in steps)


def role_text(form: RoleForm, name: str, description: str, actions: Iterable[str], scopes: Iterable[str]) -> str:
    """A custom role in a form."""
    writers = {RoleForm.JSON: role_definition, RoleForm.BICEP: role_bicep, RoleForm.AZ: role_az}
    return writers[form](name, description, actions, scopes)


def _bicep(text: str) -> str:
    """A string of Bicep: in single quotes, with what ends one or begins an expression escaped."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${") + "'"


def missing_roles(spots: Iterable[BlindSpot]) -> tuple[MissingRole, ...]:
    """A role for each set of actions that is missing at the same places, the most refused reads first.

    A read that was refused where no role can be assigned, such as the list of all subscriptions, has none.
    """
    places = _places(spot for spot in spots if spot.gap.reason is GapReason.DENIED and is_assignable(spot.gap.scope))
    alike: dict[frozenset[str], dict[str, _Lost]] = {}
    for scope, lost in places.items():
        alike.setdefault(frozenset(lost), {})[scope] = lost
    if len(alike) > MOST_ROLES:
        alike = {frozenset().union(*alike): _by_container(places)}
    roles = [_role(actions, lost) for actions, lost in alike.items()]
    return tuple(sorted(roles, key=lambda role: (-role.reads, role.name)))


def missing_actions(spot: BlindSpot) -> tuple[str, ...]:
    """The actions that a denied read lacks.

    A service names the first that is missing. Who may not query a workspace at all needs the action of its table, too.
    """
    named = spot.gap.action or spot.gap.operation
    return spot.gap.reading.operations if named.lower() == QUERY_WORKSPACE.lower() else (named,)


def _places(denied: Iterable[BlindSpot]) -> dict[str, _Lost]:
    """What each missing action hides, by the narrowest place in its subscription that holds all of that."""
    lost: dict[tuple[str, str], list[BlindSpot]] = {}
    for spot in denied:
        for action in missing_actions(spot):
            lost.setdefault((_container(spot.gap.scope).lower(), action), []).append(spot)
    places: dict[str, _Lost] = {}
    for (_, action), spots in sorted(lost.items(), key=lambda item: item[0]):
        places.setdefault(_narrowest([_resource(spot.gap.scope) for spot in spots]), {})[action] = spots
    return places


def _by_container(places: Mapping[str, _Lost]) -> dict[str, _Lost]:
    """The same, by whole subscriptions and management groups."""
    wide: dict[str, _Lost] = {}
    names: dict[str, str] = {}
    for scope, lost in places.items():
        container = _container(scope)
        held = wide.setdefault(names.setdefault(container.lower(), container), {})
        for action, spots in lost.items():
            held.setdefault(action, []).extend(spots)
    return wide


def is_assignable(scope: str) -> bool:
    """Whether a role can be assigned there: it cannot where all subscriptions are listed."""
    return bool(ArmId(scope).subscription_id) or scope.lower().startswith(_MANAGEMENT_GROUP)


def _container(scope: str) -> str:
    """The subscription that holds a scope; a management group is its own."""
    id_ = ArmId(scope)
    return id_.subscription.text if id_.subscription_id else id_.text


def _resource(scope: str) -> str:
    """The resource that holds a scope: an account for its workers, a workspace for its tables."""
    id_ = ArmId(scope)
    while id_.type.count("/") > _RESOURCE_DEPTH and id_.subscription_id:
        id_ = id_.parent
    return id_.text


def _narrowest(scopes: Sequence[str]) -> str:
    """The narrowest scope that holds all of these, which are of one subscription or are one management group."""
    first = ArmId(scopes[0])
    keys = {scope.lower() for scope in scopes}
    if len(keys) == 1:
        return first.text
    groups = {ArmId(scope).resource_group.lower() for scope in scopes}
    if len(groups) == 1 and first.resource_group:
        return f"{first.subscription}/resourceGroups/{first.resource_group}"
    return first.subscription.text


def _role(actions: frozenset[str], places: Mapping[str, _Lost]) -> MissingRole:
    name = f"Hybrid worker auditor, missing part {_digest(actions)}"
    scopes = tuple(sorted(places, key=str.lower))
    refused = dict.fromkeys(sorted(actions), 0)
    spots: dict[str, BlindSpot] = {}
    for lost in places.values():
        for action, of_action in lost.items():
            refused[action] += sum(spot.gap.count for spot in of_action)
            spots |= {spot.gap.id: spot for spot in of_action}
    containers = {_container(scope).lower(): _container(scope) for scope in scopes}
    return MissingRole(
        name=name,
        reads=sum(spot.gap.count for spot in spots.values()),
        refused=tuple(refused.items()),
        scopes=scopes,
        blind=tuple(sorted({check for spot in spots.values() for check in spot.affects})),
        create=_creation(
            name, "Read what hybrid-worker-audit was denied, and nothing else.", actions, containers.values()
        ),
        assign=tuple(_assignment(name, scope) for scope in scopes),
    )


def _creation(name: str, description: str, actions: Iterable[str], containers: Iterable[str]) -> Step:
    definition = role_definition(name, description, actions, containers)
    return Step("Define the role.", f"az role definition create --role-definition {shlex.quote(definition)}")


def _assignment(name: str, scope: str) -> Step:
    words = ("role", "assignment", "create", "--assignee", ASSIGNEE, "--role", name, "--scope", scope)
    return Step.az("Assign it to the login that scans.", *words)


def _digest(actions: Iterable[str]) -> str:
    """Six digits that are the same for the same actions: a role's name is unique in its tenant."""
    return hashlib.sha256("\n".join(sorted(actions)).encode()).hexdigest()[:6]
