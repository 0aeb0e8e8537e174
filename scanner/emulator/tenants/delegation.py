"""Azure Lighthouse: what a tenant's own logins see of subscriptions that other tenants delegate to it."""

from collections.abc import Iterable
from dataclasses import replace

from scanner.emulator.tenants.model import Subscription, Tenant


def with_delegated(tenant: Tenant, others: Iterable[Tenant]) -> Tenant:
    """The tenant with the subscriptions that name it in `managed_by`, and all that is in them.

    A delegated subscription keeps its home: `tenantId` in the list of the managing tenant is the customer's
    (learn.microsoft.com, Azure Lighthouse cross-tenant management, 2025). One that the tenant has already stays.
    """
    own = {subscription.id.lower() for subscription in tenant.subscriptions}
    for other in others:
        given = {s.id.lower() for s in other.subscriptions if tenant.id in s.managed_by} - own
        tenant = _joined(tenant, _part(other, given))
        own |= given
    return tenant


def home_of_delegated(tenant: Tenant, customer: str, name: str) -> Tenant:
    """The customer's own tenant behind the subscriptions of it (by its id) that a tenant manages."""
    given = {s.id.lower() for s in tenant.subscriptions if s.tenant_id == customer}
    part = _part(tenant, given)
    own = tuple(replace(subscription, tenant_id=None) for subscription in part.subscriptions)
    return replace(part, id=customer, name=name, subscriptions=own, management_groups=(), faults=())


def _part(tenant: Tenant, subscriptions: set[str]) -> Tenant:
    """What a tenant has in these subscriptions."""

    def named(subscription: str) -> bool:
        return subscription.lower() in subscriptions

    def within(id_: str) -> bool:
        return named(id_.split("/")[2])

    return replace(
        tenant,
        subscriptions=tuple(_seen_from_outside(s, tenant) for s in tenant.subscriptions if named(s.id)),
        accounts=tuple(account for account in tenant.accounts if named(account.subscription)),
        workspaces=tuple(workspace for workspace in tenant.workspaces if named(workspace.subscription)),
        machines=tuple(machine for machine in tenant.machines if within(machine.id)),
        interfaces=tuple(interface for interface in tenant.interfaces if within(interface.id)),
        subnets=tuple(subnet for subnet in tenant.subnets if within(subnet.id)),
        security_groups=tuple(group for group in tenant.security_groups if within(group.id)),
        activity=tuple(event for event in tenant.activity if named(event.subscription)),
        deleted_accounts=tuple(each for each in tenant.deleted_accounts if named(each.account.subscription)),
    )


def _seen_from_outside(subscription: Subscription, home: Tenant) -> Subscription:
    return replace(subscription, tenant_id=subscription.tenant_id or home.id)


def _joined(tenant: Tenant, part: Tenant) -> Tenant:
    return replace(
        tenant,
        subscriptions=(*tenant.subscriptions, *part.subscriptions),
        accounts=(*tenant.accounts, *part.accounts),
        workspaces=(*tenant.workspaces, *part.workspaces),
        machines=(*tenant.machines, *part.machines),
        sizes=tuple(dict.fromkeys((*tenant.sizes, *part.sizes))) if part.subscriptions else tenant.sizes,
        interfaces=(*tenant.interfaces, *part.interfaces),
        subnets=(*tenant.subnets, *part.subnets),
        security_groups=(*tenant.security_groups, *part.security_groups),
        activity=(*tenant.activity, *part.activity),
        deleted_accounts=(*tenant.deleted_accounts, *part.deleted_accounts),
    )
