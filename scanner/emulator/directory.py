"""A tenant's resources by their place, for look-ups that ignore case as Azure Resource Manager does."""

from collections import defaultdict

from scanner.emulator.tenants.model import (
    Account,
    DeletedAccount,
    Machine,
    ManagementGroup,
    NetworkInterface,
    SecurityGroup,
    Subnet,
    Subscription,
    Tenant,
    Workspace,
)


class Directory:
    """What exists in a tenant: every key is a lower-cased id or name."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.subscriptions: dict[str, Subscription] = {item.id.lower(): item for item in tenant.subscriptions}
        self.management_groups: dict[str, ManagementGroup] = {g.name.lower(): g for g in tenant.management_groups}
        self.accounts: dict[str, Account] = {item.id.lower(): item for item in tenant.accounts}
        self.workspaces: dict[str, Workspace] = {w.id.lower(): w for w in tenant.workspaces if not w.deleted}
        self.machines: dict[str, Machine] = {item.id.lower(): item for item in tenant.machines}
        self.interfaces: dict[str, NetworkInterface] = {item.id.lower(): item for item in tenant.interfaces}
        self.subnets: dict[str, Subnet] = {item.id.lower(): item for item in tenant.subnets}
        self.security_groups: dict[str, SecurityGroup] = {item.id.lower(): item for item in tenant.security_groups}
        self.accounts_in: dict[str, list[Account]] = defaultdict(list)
        self.deleted_accounts_in: dict[str, list[DeletedAccount]] = defaultdict(list)
        self.workspaces_in: dict[str, list[Workspace]] = defaultdict(list)
        self.deleted_in: dict[str, list[Workspace]] = defaultdict(list)
        self.virtual_machines_in: dict[str, list[Machine]] = defaultdict(list)
        self.arc_machines_in: dict[str, list[Machine]] = defaultdict(list)
        self.customers: dict[str, Workspace] = {}
        self.graph_rows: dict[tuple[frozenset[str], tuple[str, ...]], list[dict[str, object]]] = {}
        self.resource_groups: set[tuple[str, str]] = set()
        for account in tenant.accounts:
            self.accounts_in[account.subscription.lower()].append(account)
            self.resource_groups.add((account.subscription.lower(), account.resource_group.lower()))
        for deleted in tenant.deleted_accounts:
            self.deleted_accounts_in[deleted.account.subscription.lower()].append(deleted)
        for workspace in tenant.workspaces:
            kept = self.deleted_in if workspace.deleted else self.workspaces_in
            kept[workspace.subscription.lower()].append(workspace)
            self.resource_groups.add((workspace.subscription.lower(), workspace.resource_group.lower()))
        for machine in tenant.machines:
            if machine.is_arc:
                self.arc_machines_in[machine.subscription.lower()].append(machine)
            elif "/virtualmachinescalesets/" not in machine.id.lower():
                self.virtual_machines_in[machine.subscription.lower()].append(machine)
        for identity in (*self.machines, *self.interfaces, *self.subnets, *self.security_groups):
            _, _, subscription, _, group, *_ = identity.split("/")
            self.resource_groups.add((subscription, group))

    def above(self, path: str) -> tuple[str, ...]:
        """The ids of the management groups that hold a path's subscription or management group, the nearest first."""
        _, kind, name, *_ = *path.lower().split("/"), "", "", ""
        if kind == "subscriptions":
            found = next((g for g in self.tenant.management_groups if name in map(str.lower, g.subscriptions)), None)
        else:
            own = self.management_groups.get(path.lower().split("/")[4])
            found = self.management_groups.get((own.parent or "").lower()) if own is not None else None
        ids = []
        while found is not None:
            ids.append(f"/providers/Microsoft.Management/managementGroups/{found.name}")
            found = self.management_groups.get((found.parent or "").lower())
        return tuple(ids)
