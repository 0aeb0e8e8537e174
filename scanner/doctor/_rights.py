"""What effective permissions allow, and what of them a scan does not need."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

import msgspec

from scanner.collect import Permission
from scanner.doctor._report import ExcessKind, ExcessV1
from scanner.inventory import Reading


def allows(permissions: Iterable[Permission], action: str) -> bool:
    """Whether one of the roles has an action: it is among the role's actions, and not among its notActions."""
    return any(
        _matches(permission.actions, action) and not _matches(permission.not_actions, action)
        for permission in permissions
    )


def excess(of: Mapping[str, Sequence[Permission]], needed: Collection[str]) -> list[ExcessV1]:
    """The rights beyond the needed actions, acting ones first, each with those keys of `of` that have it."""
    known = {action.lower() for action in needed}
    found: dict[tuple[str, str], ExcessV1] = {}
    for subscription, permissions in of.items():
        for action, kind, why in _excess(permissions, known):
            entry = found.get((action.lower(), kind)) or ExcessV1(action=action, kind=kind, why=why, subscriptions=[])
            places = sorted({*entry.subscriptions, subscription})
            found[action.lower(), kind] = msgspec.structs.replace(entry, subscriptions=places)
    order: dict[ExcessKind, int] = {"acts": 0, "data": 1, "reads": 2}
    return sorted(found.values(), key=lambda entry: (order[entry.kind], entry.action.lower()))


def _excess(permissions: Iterable[Permission], known: Collection[str]) -> Iterable[tuple[str, ExcessKind, str]]:
    for permission in permissions:
        for action in permission.actions:
            if action.lower() not in known:
                yield action, *_judged(action, permission, known)
        for action in permission.data_actions:
            yield action, "data", "reaches data, of which a scan needs none"


def _judged(action: str, permission: Permission, known: Collection[str]) -> tuple[ExcessKind, str]:
    variables = Reading.VARIABLES.operation
    if action.rpartition("/")[2].lower() != "read":
        return "acts", "lets the login change things or call for secrets; a scan only reads"
    opens = _matches((action,), variables) and not _matches(permission.not_actions, variables)
    if opens and variables.lower() not in known:
        return "reads", "shows, among others, the values of variables that are not encrypted; a scan needs less"
    return "reads", "lets the login read what a scan does not"


def _matches(patterns: Iterable[str], action: str) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns)


@cache
def _pattern(action: str) -> re.Pattern[str]:
    return re.compile(re.escape(action).replace(r"\*", ".*"), re.IGNORECASE | re.DOTALL)
