"""The tenants of a scan of several: what was read through each login, and which lets nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.values import counted
from scanner.escape import visible
from scanner.inventory import Estate, Gap, NamedTenant, Reading, Subscription


@dataclass(frozen=True, slots=True)
class TenantStanding:
    """One tenant: its name and its id (None where only a domain is known), and the subscriptions read through it.

    `gap` is what kept its subscriptions from being listed in full, None for nothing.
    """

    name: str
    id: str | None
    subscriptions: int
    gap: Gap | None

    @property
    def outcome(self) -> str:
        """What came of it, in words."""
        read = counted(self.subscriptions, "subscription")
        if self.gap is None:
            return read
        seen = f"{read}, not seen in full" if self.subscriptions else "not seen"
        return f"{seen} ({self.gap.reason}: {self.gap.message})"

    @property
    def words(self) -> str:
        """The tenant with its outcome, fit for a terminal."""
        return f"{visible(self.title)}: {visible(self.outcome)}"

    @property
    def title(self) -> str:
        """Its name, and its id where that is another."""
        told = self.id is None or self.id.lower() == self.name.lower()
        return self.name if told else f"{self.name} ({self.id})"


def tenants_of(estate: Estate) -> Iterator[TenantStanding]:
    """Each tenant of a scan of several, sorted by name; none for a scan of one."""
    for tenant in estate.facts.tenants:
        own = [subscription for subscription in estate.subscriptions if _is_of(subscription, tenant)]
        gap = estate.ledger.gap_at(Reading.SUBSCRIPTIONS, f"/tenants/{tenant.name}")
        yield TenantStanding(tenant.name, tenant.id, len(own), gap)


def _is_of(subscription: Subscription, tenant: NamedTenant) -> bool:
    """Whether it was read through the login to the tenant; a scan of one tenant, merged with others, tells its home."""
    if subscription.login is not None:
        return subscription.login.lower() == tenant.name.lower()
    return (subscription.tenant_id or "").lower() == (tenant.id or tenant.name).lower()


def tenant_title(estate: Estate) -> str | None:
    """The tenant, or how many there are and how many of them were not seen; None where nothing told it."""
    every = list(tenants_of(estate))
    if not every:
        return estate.facts.tenant_id
    unseen = sum(1 for tenant in every if tenant.gap is not None)
    return f"{len(every)} tenants" + (f", {unseen} of them not seen in full" if unseen else "")
