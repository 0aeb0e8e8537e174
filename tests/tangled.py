"""Tenants in which everything may name something of any other subscription, as seldom as a login may be denied it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from scanner.emulator import Fault, Tenant, answer, deny, garble
from scanner.emulator.tenants.model import Account, DiagnosticSetting, Extension, Machine, Worker, Workspace

DENIABLE = (
    "Microsoft.Automation/automationAccounts/read",
    "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/*",
    "Microsoft.Automation/deletedAutomationAccounts/read",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/extensions/read",
    "Microsoft.Compute/skus/read",
    "Microsoft.HybridCompute/*",
    "Microsoft.Insights/*",
    "Microsoft.Network/*",
    "Microsoft.OperationalInsights/workspaces/read",
    "Microsoft.OperationalInsights/workspaces/*",
    "Microsoft.ResourceGraph/*",
)


def tangled(tenant: Tenant, seed: int) -> Tenant:
    """The tenant with references that lead anywhere, in any case; the same one for the same seed."""
    return _Tangle(tenant, Random(seed)).tenant()  # noqa: S311 - no secret


def hindrances(tenant: Tenant, seed: int) -> list[Fault]:
    """A few reads that are denied or answered with nonsense, in one subscription or in all; the same for a seed."""
    random = Random(seed)  # noqa: S311 - no secret
    scopes = ["", *(subscription.id for subscription in tenant.subscriptions)]
    faults = [deny(random.choice(DENIABLE), random.choice(scopes)) for _ in range(random.randrange(4))]
    if random.random() < 0.3:
        faults.append(garble(random.choice(scopes), operation=random.choice(DENIABLE)))
    if random.random() < 0.3:
        body = '{"error":{"code":"ResourceNotFound","message":"It is gone."}}'
        faults.append(answer(404, body, scope=random.choice(tenant.machines).id if tenant.machines else scopes[-1]))
    return faults


class _Tangle:
    def __init__(self, tenant: Tenant, random: Random) -> None:
        self._tenant = tenant
        self._random = random
        self._subscriptions = [subscription.id for subscription in tenant.subscriptions]
        self._accounts = [account.id for account in tenant.accounts]
        self._workspaces = [workspace.id for workspace in tenant.workspaces]
        self._machines = [machine.id for machine in tenant.machines]
        self._customers = [f"c0000000-0000-4000-8000-{number:012x}" for number in range(len(self._workspaces))]
        self._agents = random.random() < 0.3

    def tenant(self) -> Tenant:
        tenant = self._tenant
        return replace(
            tenant,
            accounts=tuple(self._account(account) for account in tenant.accounts),
            workspaces=tuple(
                self._workspace(workspace, customer)
                for workspace, customer in zip(tenant.workspaces, self._customers, strict=True)
            ),
            machines=tuple(self._machine(machine) for machine in tenant.machines),
        )

    def _any(self, ids: list[str]) -> str | None:
        """One of the ids in some case, one of nothing in any subscription, or none."""
        if not ids or self._random.random() < 0.2:
            return None
        id_ = self._random.choice(ids)
        if self._random.random() < 0.15:
            id_ = id_ + "-gone"
        if self._random.random() < 0.15:
            id_ = id_.replace(id_.split("/")[2], self._random.choice(self._subscriptions))
        return self._random.choice((id_, id_, id_.lower(), id_.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")))

    def _account(self, account: Account) -> Account:
        setting = DiagnosticSetting("tangled", self._any(self._workspaces))
        settings = (setting,) if self._random.random() < 0.4 else account.diagnostic_settings
        groups = tuple(
            replace(group, workers=tuple(self._worker(worker) for worker in group.workers))
            for group in account.groups
            if self._agents or group.kind == "User"
        )
        workspace = self._any(self._workspaces)
        return replace(account, workspace=workspace, groups=groups, diagnostic_settings=settings)

    def _worker(self, worker: Worker) -> Worker:
        kind = worker.kind if self._agents else "HybridV2"
        return replace(worker, kind=kind, vm=self._any(self._machines) or "")

    def _workspace(self, workspace: Workspace, customer: str) -> Workspace:
        ingestion = self._random.choice(("RespectQuota", "OverQuota"))
        account = self._any(self._accounts)
        return replace(workspace, account=account, customer_id=customer, ingestion=ingestion)

    def _machine(self, machine: Machine) -> Machine:
        extensions = [each for each in machine.extensions if self._random.random() < 0.8]
        if self._random.random() < 0.2:
            settings = {"workspaceId": self._random.choice(self._customers)}
            extensions.append(Extension("Agent", "MicrosoftMonitoringAgent", settings=settings))
        power = machine.power if self._random.random() < 0.8 else None
        return replace(machine, extensions=tuple(extensions), power=power)
