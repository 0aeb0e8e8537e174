"""Several logins: what each lists, and which of them reads a subscription that several see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from scanner.collect._answers import LOGIN_FAILED, NotAnswered
from scanner.collect._reader import Reader
from scanner.collect._subscriptions import collect_subscriptions
from scanner.inventory import GapReason, Reading, Subscription, settling
from scanner.session import Session
from scanner.sessions import root_of

Lists = Mapping[Session, Sequence[Subscription]]


async def list_subscriptions(reader: Reader) -> tuple[list[Subscription], tuple[str, ...]]:
    """Return every subscription that a login lists, each once, and notes about how it is read.

    It is read through the login to its home tenant where that sees it, and otherwise through that to the tenant named
    first. A tenant that cannot be logged in to, or of which the login lists nothing, is a Gap.
    """
    sessions = reader.sessions
    if not sessions.several:
        return await collect_subscriptions(reader, sessions.every[0]), ()
    for refusal in sessions.refusals:
        why = f"no login to this tenant worked{refusal.code and f' ({refusal.code})'}"
        _deny(reader, refusal.tenant, NotAnswered(refusal.reason, why, code=LOGIN_FAILED))
    found = await asyncio.gather(*(collect_subscriptions(reader, session) for session in sessions.every))
    lists = dict(zip(sessions.every, found, strict=True))
    for session, own in lists.items():
        if not own and reader.answered(Reading.SUBSCRIPTIONS, root_of(session.tenant)):
            _deny(reader, session.tenant, NotAnswered(GapReason.DENIED, "the login lists no subscription here"))
    sessions.ids.update(_ids(sessions.ids, {session.tenant: own for session, own in lists.items() if session.tenant}))
    readers = _readers(lists, sessions.ids)
    sessions.assign({guid: session for guid, (session, _) in readers.items()})
    listed = [msgspec.structs.replace(each, login=session.tenant) for session, each in readers.values()]
    for subscription in listed:
        reader.keep(subscription)
    again = sum(map(len, lists.values())) - len(listed)
    return listed, (settling.seen_by_several(again),) if again else ()


def _deny(reader: Reader, tenant: str | None, outcome: NotAnswered) -> None:
    scope = root_of(tenant)
    reader.plan(Reading.SUBSCRIPTIONS, scope)
    reader.gap(Reading.SUBSCRIPTIONS, scope, outcome)


def _readers(lists: Lists, ids: Mapping[str, str | None]) -> dict[str, tuple[Session, Subscription]]:
    """Which login reads each subscription (its GUID), and as what that login lists it."""
    homes = {session: ids.get(session.tenant or "") for session in lists}
    chosen: dict[str, tuple[Session, Subscription]] = {}
    for session, own in lists.items():
        for subscription in own:
            guid, home = subscription.id.subscription_id, (subscription.tenant_id or "").lower()
            known = chosen.get(guid)
            if known is None or (home == homes[session] != homes[known[0]]):
                chosen[guid] = session, subscription
    return chosen


def _ids(told: Mapping[str, str | None], lists: Mapping[str, Sequence[Subscription]]) -> dict[str, str | None]:
    """The ids of the tenants that neither their name nor a token told; None where the login's list does not either.

    A token sees what its tenant owns and what is delegated to that: the tenant is the one of which all is true.
    """
    known = {id_ for id_ in told.values() if id_ is not None}
    owners = {name: _owners(own) for name, own in lists.items() if told[name] is None}
    return {name: settling.only(found - known) or settling.only(found) for name, found in owners.items()}


def _owners(own: Sequence[Subscription]) -> frozenset[str]:
    """The tenants whose token may see all of these subscriptions."""
    each = [frozenset(t.lower() for t in (s.tenant_id, *s.managed_by) if t) for s in own]
    return frozenset.intersection(*each) if each else frozenset()
