"""Chooses the subscriptions of a scan, and says what the user named in vain."""

from __future__ import annotations

import asyncio

import msgspec

from scanner.collect._answers import NotAnswered
from scanner.collect._reader import Reader
from scanner.collect._subscriptions import (
    DESCENDANTS,
    collect_descendants,
    management_group_id,
)
from scanner.collect._tenants import list_subscriptions
from scanner.errors import StartError
from scanner.inventory import ArmId, GapReason, Reading, Scope, Shard, Subscription, settling


class Selection(msgspec.Struct, frozen=True):
    """The subscriptions in scope, and notes about names that matched nothing.

    `elsewhere` are the GUIDs of those in scope that other shards hold.
    """

    subscriptions: tuple[Subscription, ...]
    notes: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


async def select(reader: Reader, scope: Scope) -> Selection:
    """List the subscriptions and keep those in scope; raises StartError when none is left to any shard.

    One that is named and not listed becomes a denied Gap.
    """
    listed, told = await list_subscriptions(reader)
    reader.listed_subscriptions = frozenset(subscription.id.subscription_id for subscription in listed)
    if not listed:
        raise _nothing_listed(reader)
    wanted = await _wanted(reader, scope)
    excluded = frozenset(name.lower() for name in scope.excluded_subscriptions)
    chosen = tuple(
        subscription
        for subscription in listed
        if (wanted is None or subscription.id.subscription_id in wanted)
        and subscription.id.subscription_id not in excluded
    )
    if not chosen:
        raise _account_out_of_sight(scope, reader.listed_subscriptions) or StartError(
            "no subscription is left to scan",
            "the login lists none of those named, or all of them are excluded; check --subscription, "
            "--exclude-subscription and --management-group, or give the login the Reader role on them",
        )
    for missing in sorted((wanted or frozenset()) - reader.listed_subscriptions - excluded):
        _note_invisible(reader, ArmId(f"/subscriptions/{missing}"))
    notes = (*told, *_named_in_vain(reader, scope, wanted, excluded))
    own = tuple(subscription for subscription in chosen if scope.shard is None or _is_of(scope.shard, subscription))
    kept = {subscription.id.key for subscription in own}
    reader.resources = [r for r in reader.resources if not isinstance(r, Subscription) or r.id.key in kept]
    elsewhere = {subscription.id.subscription_id for subscription in chosen if subscription.id.key not in kept}
    if scope.shard is not None and not own:
        notes = (*notes, settling.empty_shard(scope.shard))
    return Selection(own, notes, tuple(sorted(elsewhere)))


def _account_out_of_sight(scope: Scope, listed: frozenset[str]) -> StartError | None:
    """What to say where the login does not even list the subscription of the account that was asked for."""
    guid = ArmId(scope.account).subscription_id if scope.account is not None else None
    if guid is None or guid in listed:
        return None
    return StartError(
        f"the login does not list the subscription {guid} of --account",
        "check the id; if it is right, log in to its tenant (--tenant), or give the login the Reader role there",
    )


def _is_of(shard: Shard, subscription: Subscription) -> bool:
    return shard.holds(subscription.id.subscription_id)


async def _wanted(reader: Reader, scope: Scope) -> frozenset[str] | None:
    """The subscription GUIDs that the scope names, lower-cased; None for all."""
    sets: list[frozenset[str]] = []
    if scope.subscriptions:
        sets.append(frozenset(name.lower() for name in scope.subscriptions))
    if scope.account is not None:
        sets.append(frozenset({ArmId(scope.account).subscription_id}))
    if scope.management_group is not None:
        sets.append(await _below(reader, scope.management_group))
    return frozenset.intersection(*sets) if sets else None


async def _below(reader: Reader, management_group: str) -> frozenset[str]:
    """The subscriptions below a group; each tenant has groups of its own, and one of that name may be in any."""
    logins = reader.sessions.every
    each = await asyncio.gather(*(collect_descendants(reader, login, management_group) for login in logins))
    below = frozenset[str]().union(*each)
    scopes = (management_group_id(management_group, login.tenant) for login in logins)
    if not below and not any(reader.answered(DESCENDANTS.reading, scope) for scope in scopes):
        raise StartError(
            f"the management group {management_group} cannot be read",
            "give the login the Reader role on it, or name subscriptions with --subscription",
        )
    return below


def _note_invisible(reader: Reader, subscription: ArmId) -> None:
    if reader.plan(Reading.SUBSCRIPTIONS, subscription):
        message = "the login does not list this subscription"
        outcome = NotAnswered(GapReason.DENIED, message, code="SubscriptionNotFound")
        reader.gap(Reading.SUBSCRIPTIONS, subscription, outcome)


def _nothing_listed(reader: Reader) -> StartError:
    gap = next((read.gap for read in reader.reads() if read.gap is not None), None)
    why = f"{gap.reason}: {gap.message}" if gap else "the list is empty"
    if gap is not None and gap.reason in {GapReason.UNREACHABLE, GapReason.TIMEOUT}:
        advice = (
            "check the network, HTTPS_PROXY and the endpoint's name, or set SSL_CERT_FILE to your proxy's CA bundle"
        )
    else:
        advice = "check the login and its tenant (--tenant), and that it has a role on at least one subscription"
    return StartError(f"no subscription can be listed ({why})", advice)


def _named_in_vain(
    reader: Reader, scope: Scope, wanted: frozenset[str] | None, excluded: frozenset[str]
) -> tuple[str, ...]:
    named = {name.lower() for name in scope.subscriptions}
    return (
        *(
            f"--exclude-subscription {name} changed nothing: the login does not list it"
            for name in sorted(excluded - reader.listed_subscriptions)
        ),
        *(
            f"--subscription {name} was left out: the rest of the scope does not hold it"
            for name in sorted(named - (wanted or frozenset()))
        ),
    )
