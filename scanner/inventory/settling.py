"""What of all that was read makes up the estate in the end, whichever read came first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from scanner.inventory.arm import ArmId
from scanner.inventory.coverage import Read, Reading
from scanner.inventory.machines import Extension, Machine, NetworkInterface, Subnet
from scanner.inventory.resources import (
    AutomationAccount,
    HybridWorker,
    LinkedService,
    Resource,
    Subscription,
    WorkspaceLink,
)
from scanner.inventory.shards import Shard

_BY_ID = frozenset({Reading.ACCOUNT, Reading.VIRTUAL_MACHINE, Reading.ARC_MACHINE})


def existing(resources: Iterable[Resource], reads: Iterable[Read]) -> list[Resource]:
    """Leave out accounts and machines that a list showed and that their own GET knows no more."""
    gone = {read.scope.lower() for read in reads if read.reading in _BY_ID and read.answered and read.answered.missing}
    return [resource for resource in resources if not gone.intersection(_existence(resource))]


def _existence(resource: Resource) -> tuple[str, ...]:
    """The ids that must exist for the resource to exist."""
    match resource:
        case AutomationAccount() | Machine():
            return (resource.id.key,)
        case Extension():
            return (resource.machine.key,)
        case _:
            return ()


def as_first_named(reads: Iterable[Read], resources: Iterable[Resource]) -> list[Read]:
    """Name what was only referred to in one way, whichever reference was followed first: the one that sorts first."""
    names: dict[str, str] = {}
    seen = tuple(resources)
    for id_ in (id_ for resource in seen for id_ in _references(resource)):
        names[id_.key] = min(names.get(id_.key, id_.text), id_.text)
    own = {resource.id.key for resource in seen}
    return [_renamed(read, names.get(read.scope.lower())) if read.scope.lower() not in own else read for read in reads]


def _references(resource: Resource) -> Iterator[ArmId]:
    """The ids that a resource refers to and that are fetched by id."""
    match resource:
        case WorkspaceLink(workspace=ArmId() as id_) | LinkedService(target=ArmId() as id_):
            yield id_
        case HybridWorker(machine=ArmId() as id_) | Subnet(security_group=ArmId() as id_):
            yield id_
        case Machine(interfaces=ids):
            yield from ids
        case NetworkInterface(subnets=ids, security_group=group):
            yield from ids
            yield from (group,) if group else ()
        case _:
            return


def _renamed(read: Read, scope: str | None) -> Read:
    if scope is None:
        return read
    gap = read.gap and msgspec.structs.replace(read.gap, scope=scope, message=_echoing(read.gap.message, scope))
    return msgspec.structs.replace(read, scope=scope, gap=gap)


def _echoing(message: str, scope: str) -> str:
    """The service's message, which repeats the id in the case in which it was asked for, with the name of the scope."""
    return re.sub(re.escape(scope), lambda _: scope, message, flags=re.IGNORECASE)


def empty_shard(shard: Shard) -> str:
    """The note of a shard without a subscription: nothing was read, and nothing had to be."""
    return f"shard {shard} holds none of the subscriptions in scope: the other shards hold them all"


def empty_group(resource_group: str) -> str:
    """The note of a scan whose --resource-group showed no account."""
    return f"--resource-group {resource_group} holds no Automation account that was seen"


OTHER_ACCOUNTS = "--account reads one account: no other account was looked at"
"""Why a scan of one account cannot tell what other accounts have to do with it."""
OTHER_WORKSPACES = "--account reads one account: no workspace was asked but those that it has to do with"
"""Why a scan of one account cannot tell what other workspaces hold of it."""


def account_unread(account: ArmId) -> str:
    """The note of a scan of one account that could not be read."""
    return (
        f"--account {account} could not be read: check every part of it, and give the login the Reader role on it; "
        "what kept it from being read is among the gaps"
    )


def home_tenant(subscriptions: Iterable[Subscription]) -> str | None:
    """The tenant of the subscriptions that no other tenant manages, if there is exactly one such tenant."""
    return only({each.tenant_id for each in subscriptions if each.tenant_id and not each.managed_by})


def only(found: Iterable[str]) -> str | None:
    """The one that was found, None for none or for several."""
    every = set(found)
    return every.pop() if len(every) == 1 else None


def seen_by_several(again: int) -> str:
    """The note of logins to several tenants that list a subscription more than once, so many times in all."""
    times = "a subscription is" if again == 1 else f"{again} times a subscription is"
    return (
        f"{times} listed by a second login: each was read once, by the login to its home tenant where that lists it, "
        "otherwise by that to the tenant named first"
    )
