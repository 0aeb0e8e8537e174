"""A tenant's resources by their place, for look-ups that ignore case as Azure Resource Manager does."""

from collections import defaultdict

from scanner.emulator.tenants.model import Account, ManagementGroup, Subscription, Tenant, Workspace


class Directory:
    """What exists in a tenant: every key is a lower-cased id or name."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.subscriptions: dict[str, Subscription] = {item.id.lower(): item for item in tenant.subscriptions}
        self.management_groups: dict[str, ManagementGroup] = {g.name.lower(): g for g in tenant.management_groups}
        self.accounts: dict[str, Account] = {item.id.lower(): item for item in tenant.accounts}
        self.workspaces: dict[str, Workspace] = {w.id.lower(): w for w in tenant.workspaces if not w.deleted}
        self.accounts_in: dict[str, list[Account]] = defaultdict(list)
        self.workspaces_in: dict[str, list[Workspace]] = defaultdict(list)
        self.deleted_in: dict[str, list[Workspace]] = defaultdict(list)
        self.resource_groups: set[tuple[str, str]] = set()
        for account in tenant.accounts:
            self.accounts_in[account.subscription.lower()].append(account)
            self.resource_groups.add((account.subscription.lower(), account.resource_group.lower()))
        for workspace in tenant.workspaces:
            kept = self.deleted_in if workspace.deleted else self.workspaces_in
            kept[workspace.subscription.lower()].append(workspace)
            self.resource_groups.add((workspace.subscription.lower(), workspace.resource_group.lower()))
