"""The sessions of a scan, one for each tenant that is logged in to, and which of them reads what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.errors import StartError
from scanner.inventory import ArmId, GapReason, NamedTenant, RequestCounts
from scanner.session import Session, why_refused
from scanner.tokens import entra_code

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Refusal(msgspec.Struct, frozen=True):
    """One of several tenants to which no login worked, as the user named it; `code` is Entra's, if it told one."""

    tenant: str
    reason: GapReason
    code: str

    @classmethod
    def of(cls, tenant: str, error: StartError) -> Refusal:
        """Take what a login ended with; its text stays out, for it may hold anything."""
        return cls(tenant, why_refused(error), entra_code(error.message))


class Sessions:
    """The sessions of one scan, in the order in which the user named their tenants; they share cloud and pacer.

    A subscription is read through the session that `assign` says; all else, and whatever lies in a subscription that
    no login lists, through the first. `refusals` are the tenants that have none; `ids` holds the id of each tenant by
    the name that the user gave, None while nothing told it.
    """

    def __init__(self, sessions: Sequence[Session], refusals: Iterable[Refusal] = ()) -> None:
        self.every = tuple(sessions)
        self.refusals = tuple(refusals)
        first = self.every[0]
        self.cloud, self.pacer, self.clock = first.cloud, first.pacer, first.clock
        self.ids = ids_of(self._names()) | self._told_by_tokens()
        self._readers: Mapping[str, Session] = {}

    @property
    def several(self) -> bool:
        """Whether the user named several tenants, even if only one login worked."""
        return self.every[0].tenant is not None

    @property
    def tenants(self) -> tuple[NamedTenant, ...]:
        """The tenants of several, sorted by name."""
        return named_tenants(self.ids)

    def _names(self) -> tuple[str, ...]:
        own = (session.tenant for session in self.every)
        return tuple(name for name in (*own, *(refusal.tenant for refusal in self.refusals)) if name is not None)

    def _told_by_tokens(self) -> dict[str, str | None]:
        """The ids of tenants that were named otherwise, as the tokens of their logins tell them."""
        told = {each.tenant: (each.identity.tenant or "").lower() for each in self.every if each.tenant is not None}
        return {name: id_ for name, id_ in told.items() if _GUID.fullmatch(id_) and not _GUID.fullmatch(name)}

    @property
    def counts(self) -> RequestCounts:
        """The requests of all of them so far."""
        each = [msgspec.structs.astuple(session.counts) for session in self.every]
        return RequestCounts(*(sum(counts) for counts in zip(*each, strict=True)))

    def assign(self, readers: Mapping[str, Session]) -> None:
        """Tell which session reads each subscription (its GUID, lower-cased)."""
        self._readers = readers

    def of(self, scope: ArmId) -> Session:
        """The session that reads what lies at a scope."""
        guid = scope.subscription_id
        if guid or len(self.every) == 1:
            return self._readers.get(guid, self.every[0])
        return next((session for session in self.every if scope.within(root_of(session.tenant))), self.every[0])

    def shares(self, guids: Iterable[str]) -> list[tuple[Session, list[str]]]:
        """The subscriptions (GUIDs) by the session that reads them, in the order of the sessions; none is empty."""
        found: dict[Session, list[str]] = {session: [] for session in self.every}
        for guid in guids:
            found[self._readers.get(guid, self.every[0])].append(guid)
        return [(session, held) for session, held in found.items() if held]


def ids_of(names: Iterable[str]) -> dict[str, str | None]:
    """The ids of tenants as far as their names tell them: of those that are named by it."""
    return {name: name.lower() if _GUID.fullmatch(name) else None for name in names}


def named_tenants(ids: Mapping[str, str | None]) -> tuple[NamedTenant, ...]:
    """Tenants with the ids that are known of them, sorted by name."""
    return tuple(NamedTenant(name=name, id=ids[name]) for name in sorted(ids, key=str.lower))


def root_of(tenant: str | None) -> ArmId:
    """The scope of a login's own list of subscriptions; of several tenants each has its own."""
    return ArmId("/subscriptions") if tenant is None else ArmId(f"/tenants/{tenant}")
