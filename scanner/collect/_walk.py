"""The walk through a tenant: from the subscriptions down, everything that can run at once at once.

A read is planned before its task starts, so that a scan that is cut off still knows what it did not see. What each
account and workspace is asked starts when its subscription has room for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scanner.collect import _automation as automation
from scanner.collect import _log_analytics as log_analytics
from scanner.collect import _resource_graph as resource_graph
from scanner.collect._activity import Activity
from scanner.collect._elsewhere import Elsewhere
from scanner.collect._estimate import Effort, Holding, estimate
from scanner.collect._listing import Listing, listed
from scanner.collect._logs import Logs
from scanner.collect._lookback import LookBack
from scanner.collect._machines import Machines
from scanner.collect._one_account import ACCOUNT_TYPE, SOLUTION_TYPE, WORKSPACE_TYPE, OneAccount
from scanner.collect._reader import Reader
from scanner.collect._selection import select
from scanner.collect._tasks import Tasks, waited
from scanner.collect._telemetry import collect_deletions, collect_pings
from scanner.collect._wire import Malformed
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    LinkedService,
    Reading,
    Resource,
    Scope,
    Subscription,
    WorkerGroup,
    Workspace,
    WorkspaceLink,
    settling,
)
from scanner.inventory.follow_ups import extension_of_nobody, job_log_targets

_OF_EVERY_ACCOUNT = (Reading.CONNECTIONS, Reading.LINKED_WORKSPACE, Reading.CERTIFICATES, Reading.PINGS)
"""Beside its groups, which are planned first, and what runs in it."""

WORKSPACES = Listing(log_analytics.WORKSPACES, WORKSPACE_TYPE, log_analytics.parse_workspace)
SOLUTIONS = Listing(log_analytics.SOLUTIONS, SOLUTION_TYPE, log_analytics.parse_solution)


class Walk:
    """One walk through a tenant."""

    def __init__(self, reader: Reader, scope: Scope, look_back: LookBack, included: frozenset[str]) -> None:
        self.reader = reader
        self.scope = scope
        self.look_back = look_back
        self._tasks = Tasks()
        self._start = self._tasks.start
        self.elsewhere = Elsewhere(reader, self._start)
        self.machines = Machines(reader, self._start, self.elsewhere, look_back.as_of)
        self.logs = Logs(reader, self._tasks.start_apart, look_back)
        self.activity = Activity(reader, self._start, look_back, included)
        self.notes: list[str] = []
        self._one = OneAccount(scope)
        self._with_variables = "variables" in included
        self._selected: dict[str, Subscription] = {}
        self._lists: dict[tuple[Reading, str], asyncio.Future[dict[str, Resource]]] = {}
        self._packs_asked: set[str] = set()
        self._accounts_listing = Listing(automation.ACCOUNTS, ACCOUNT_TYPE, self._parse_account)

    async def run(self) -> tuple[str, ...]:
        """Walk; returns notes about how it went."""
        selection = await select(self.reader, self.scope)
        self.notes += selection.notes
        self._selected = {subscription.id.key: subscription for subscription in selection.subscriptions}
        self.elsewhere.hold(selection.elsewhere)
        for subscription in self._selected.values():
            self._plan_lists(subscription.id)
        async with self._tasks.running():
            if self._one.named is not None and self._one.lies_in(self._selected):
                self._start(self._linked_account(self._one.named))
            for subscription in self._selected.values():
                # Resource Graph knows none of these, so nothing is waited for.
                self._start(self._deleted_workspaces(subscription.id))
                if self.reader.plan(Reading.ACTIVITY_LOG, subscription.id):
                    self._start(collect_deletions(self.reader, subscription.id, self.look_back))
            bulk = await self._bulk()
            self._start(self._estimate(bulk))
            for subscription in self._selected.values():
                self._walk_subscription(subscription.id, bulk)
        async with self._tasks.running():
            await self._job_log_targets_elsewhere()
            self.logs.rest(only_concerned=self._one.left_workspaces)
            if self._is_part:
                self.logs.all_of_shard(self._selected.keys())
            if self._one.named is None:
                self._deleted_accounts()
        self._judge_scope()
        self._one.leave_neighbours(self.reader)
        return tuple(self.notes)

    @property
    def _is_part(self) -> bool:
        """Whether other shards read the rest, which may call for something here."""
        return self.scope.shard is not None and self.scope.shard.count > 1

    def _judge_scope(self) -> None:
        """Say so when the scope's account or resource group holds nothing: an empty scan must not look clean."""
        scope, reader = self.scope, self.reader
        if any(isinstance(resource, AutomationAccount) for resource in reader.resources):
            return
        if self._one.lies_in(self._selected):
            self.notes.append(self._one.unread(reader))
        if scope.resource_group is not None:
            self.notes.append(settling.empty_group(scope.resource_group))

    async def _bulk(self) -> resource_graph.Bulk:
        asked = (subscription.id for subscription in self._selected.values())
        guids = [id_.subscription_id for id_ in asked if not self._remembers_all(id_)]
        bulk = await resource_graph.query(self.reader, guids, self._start_early, types=self._one.types)
        notes = list(self.reader.journal.notes)
        for refusal in dict.fromkeys(bulk.refusals.values()):
            notes.append(f"Resource Graph was not used ({refusal}); subscriptions were read one by one")
            self.reader.journal.note(notes[-1])
        self.notes += dict.fromkeys(notes)
        return bulk

    async def _estimate(self, bulk: resource_graph.Bulk) -> None:
        """Tell how much there is to do, as soon as all accounts are known; what a journal leaves to do is not."""
        if self.reader.journal.resumed:
            return
        effort = Effort(
            skipped=self.reader.skipped,
            with_variables=self._with_variables,
            is_part=self._is_part,
            width=self.reader.sessions.pacer.width,
            latency=self.reader.sessions.pacer.latency,
        )
        ids = [subscription.id for subscription in self._selected.values()]
        holdings = [
            await self._listed_holding(id_) if id_.subscription_id in bulk.refusals else self._bulk_holding(id_, bulk)
            for id_ in ids
        ]
        rows = sum(map(len, bulk.rows.values()))
        self.reader.progress.estimated(estimate(holdings, effort, rows=rows))

    def _bulk_holding(self, subscription: ArmId, bulk: resource_graph.Bulk) -> Holding:
        guid = subscription.subscription_id
        accounts = (ArmId.parse(row["id"]) for row in bulk.of(guid, ACCOUNT_TYPE))
        workspaces = len(bulk.of(guid, WORKSPACE_TYPE))
        return Holding(
            subscription=guid,
            tenant=self.reader.sessions.of(subscription).tenant,
            accounts=1 if self._one.named else sum(a is not None and self._in_scope(a) for a in accounts),
            workspaces=1 if self._one.leaves(workspaces) else workspaces,
            lists=frozenset(reading for reading, kind in self._one.lists.items() if not bulk.of(guid, kind)),
        )

    async def _listed_holding(self, subscription: ArmId) -> Holding:
        """Wait for what ARM lists, for want of Resource Graph."""
        accounts = await asyncio.shield(self._lists[Reading.ACCOUNTS, subscription.key])
        workspaces = await asyncio.shield(self._lists[Reading.WORKSPACES, subscription.key])
        return Holding(
            subscription=subscription.subscription_id,
            tenant=self.reader.sessions.of(subscription).tenant,
            accounts=1 if self._one.named else len(accounts),
            workspaces=1 if self._one.leaves(len(workspaces)) else len(workspaces),
            lists=frozenset({*self._one.lists, Reading.VM_STATUSES}),
        )

    def _remembers_all(self, subscription: ArmId) -> bool:
        """Whether the journal holds every list that Resource Graph can stand for."""
        journal = self.reader.journal
        return all(
            reading in self.reader.skipped or journal.remembers(reading, subscription) for reading in self._one.lists
        )

    def _start_early(self, rows: list[resource_graph.Row]) -> None:
        """Begin with what the accounts of one page hold; their own GET comes after the list, which it completes."""
        for row in rows:
            if str(row["type"]).lower() == ACCOUNT_TYPE:
                with suppress(Malformed):  # told when the subscription's turn comes
                    account = self._parse_account(row, datetime.now(UTC))
                    if account is not None and not self._remembers(Reading.ACCOUNTS, account.id.subscription):
                        self._walk_account(account.id)

    def _remembers(self, reading: Reading, subscription: ArmId) -> bool:
        return self.reader.journal.remembers(reading, subscription)

    def _plan_lists(self, subscription: ArmId) -> None:
        loop = asyncio.get_running_loop()
        for reading in (Reading.ACCOUNTS, Reading.WORKSPACES):
            self._lists[reading, subscription.key] = loop.create_future()
        for reading in (Reading.WORKSPACES, Reading.SOLUTIONS, Reading.DELETED_WORKSPACES):
            self.reader.plan(reading, subscription)
        if self._one.named is None:
            self.reader.plan(Reading.ACCOUNTS, subscription)
        else:
            self._tell(Reading.ACCOUNTS, subscription, ())
        self.machines.plan(subscription)

    def _walk_subscription(self, subscription: ArmId, bulk: resource_graph.Bulk) -> None:
        if self._one.named is None:
            self._start(self._accounts(subscription, bulk))
        self._start(self._workspaces(subscription, bulk))
        self._start(self.machines.subscription(subscription, bulk))
        self._start(listed(self.reader, SOLUTIONS, subscription, bulk))

    def _deleted_accounts(self) -> None:
        """List deleted accounts where one of them may be what an extension names, which is known only in the end.

        It may be an extension that another shard sees.
        """
        endpoint, parse = automation.DELETED_ACCOUNTS, automation.parse_deleted_account
        for_others = self._is_part and endpoint.reading not in self.reader.skipped
        if not for_others and not extension_of_nobody(self.reader.resources):
            return
        for subscription in self._selected.values():
            if self.reader.plan(endpoint.reading, subscription.id):
                self._start(self.reader.collection(endpoint, subscription.id, parse))

    async def _deleted_workspaces(self, subscription: ArmId) -> None:
        endpoint, parse = log_analytics.DELETED_WORKSPACES, log_analytics.parse_deleted_workspace
        await self.reader.collection(endpoint, subscription, parse)

    def _tell(self, reading: Reading, subscription: ArmId, resources: Iterable[Resource]) -> None:
        self._lists[reading, subscription.key].set_result({resource.id.key: resource for resource in resources})

    async def _as_listed(self, listing: Listing[Any], id_: ArmId) -> Resource | None:
        """Wait for the list of the resource's subscription and return it as that showed it; None when it did not."""
        shown = self._lists.get((listing.endpoint.reading, id_.subscription.key))
        if shown is None:
            return await self.elsewhere.resource(listing, id_)
        return (await waited(shown)).get(id_.key)

    # -- accounts ---------------------------------------------------------------------------------------------

    async def _accounts(self, subscription: ArmId, bulk: resource_graph.Bulk) -> None:
        found = await listed(self.reader, self._accounts_listing, subscription, bulk)
        self._tell(Reading.ACCOUNTS, subscription, found)
        for account in found:
            self._walk_account(account.id)
            if self.reader.plan(Reading.ACCOUNT, account.id):
                self._begin(account.id, self._details)

    async def _details(self, account: ArmId) -> AutomationAccount | None:
        found = await self.reader.item(automation.ACCOUNT, account, automation.parse_account_details)
        if found is not None:
            self.activity.details(found)
        return found

    def _parse_account(self, item: Any, moment: datetime) -> AutomationAccount | None:
        account = automation.parse_account(item, moment)
        return account if self._in_scope(account.id) else None

    def _in_scope(self, account: ArmId) -> bool:
        group = self.scope.resource_group
        named = self._one.named in {None, account}
        return named and (group is None or group.lower() == account.resource_group.lower())

    def _begin(self, id_: ArmId, work: Callable[[ArmId], Coroutine[Any, Any, Any]]) -> None:
        """Start work on something in a subscription, whose read is planned, when that has room for it."""
        self._tasks.begin(id_.subscription_id, lambda: self._start(work(id_)))

    def _walk_account(self, account: ArmId) -> None:
        """Plan at once what every account is asked, and begin with it when its subscription has room."""
        if self.reader.plan(Reading.GROUPS, account):
            for reading in _OF_EVERY_ACCOUNT:
                self.reader.plan(reading, account)
            self.activity.plan(account)
            self._tasks.begin(account.subscription_id, partial(self._begin_account, account))

    def _begin_account(self, account: ArmId) -> None:
        self._start(self._groups(account))
        self._start(self._connections(account))
        self._start(self._link(account))
        self._start(self.reader.collection(automation.CERTIFICATES, account, automation.parse_certificate))
        self._start(collect_pings(self.reader, account, self.look_back))
        self.activity.account(account)

    async def _groups(self, account: ArmId) -> None:
        groups: list[WorkerGroup] = await self.reader.collection(automation.GROUPS, account, automation.parse_group)
        for group in groups:
            if self.reader.plan(Reading.WORKERS, group.id):
                self._start(self._workers(group.id))
        self.activity.groups(account, groups)

    async def _workers(self, group: ArmId) -> None:
        for worker in await self.reader.collection(automation.WORKERS, group, automation.parse_worker):
            self._start(self.machines.worker(worker))

    async def _connections(self, account: ArmId) -> None:
        for connection in await self.reader.collection(automation.CONNECTIONS, account, automation.parse_connection):
            if self.reader.plan(Reading.CONNECTION, connection.id):
                self._start(self.reader.item(automation.CONNECTION, connection.id, automation.parse_connection_fields))

    # -- links between accounts and workspaces ----------------------------------------------------------------

    async def _link(self, account: ArmId) -> None:
        link: WorkspaceLink | None = await self.reader.item(
            automation.LINKED_WORKSPACE, account, partial(automation.parse_link, account)
        )
        if link is None and self.reader.answered(Reading.LINKED_WORKSPACE, account):
            self.reader.keep(automation.no_link(account, datetime.now(UTC)))
        elif link is not None and link.workspace is not None:
            await self._linked_workspace(link.workspace)

    async def _linked_workspace(self, id_: ArmId) -> None:
        """Read what only linked workspaces are asked for; one that no list showed is fetched by its id first."""
        if id_.key in self._packs_asked:
            return
        self._packs_asked.add(id_.key)
        workspace = await self._as_listed(WORKSPACES, id_)
        if workspace is not None:
            self._keep_of_elsewhere(workspace)
            if self._one.left_workspaces:
                self._linked_services(workspace.id)
        else:
            self.reader.plan(Reading.WORKSPACE, id_)
            workspace = await self.reader.item(log_analytics.WORKSPACE, id_, log_analytics.parse_workspace)
            if workspace is None:
                return
            self._linked_services(workspace.id)
        own = workspace.id
        if self.reader.plan(Reading.INTELLIGENCE_PACKS, own):
            self._start(
                self.reader.collection(log_analytics.INTELLIGENCE_PACKS, own, partial(log_analytics.parse_pack, own))
            )
        if isinstance(workspace, Workspace):
            self.logs.linked(workspace)

    def _keep_of_elsewhere(self, workspace: Resource) -> None:
        """Keep a workspace that only the list of another shard's subscription shows."""
        if self.elsewhere.holds(workspace.id):
            self.reader.keep(workspace)

    async def _job_log_targets_elsewhere(self) -> None:
        seen = {resource.id for resource in self.reader.resources if isinstance(resource, Workspace)}
        for id_ in job_log_targets(self.reader.resources):
            workspace = await self.elsewhere.resource(WORKSPACES, id_)
            if workspace is not None:
                self.reader.keep(workspace)
            elif self._one.named is not None and id_ not in seen and self.reader.plan(Reading.WORKSPACE, id_):
                await self.reader.item(log_analytics.WORKSPACE, id_, log_analytics.parse_workspace)

    async def _workspaces(self, subscription: ArmId, bulk: resource_graph.Bulk) -> None:
        found = await listed(self.reader, WORKSPACES, subscription, bulk)
        self._one.left_workspaces = self._one.leaves(len(found))
        self._tell(Reading.WORKSPACES, subscription, found)
        for workspace in () if self._one.left_workspaces else found:
            self._linked_services(workspace.id)

    def _linked_services(self, workspace: ArmId) -> None:
        if self.reader.plan(Reading.LINKED_SERVICES, workspace):
            self._begin(workspace, self._services)

    async def _services(self, workspace: ArmId) -> None:
        services: list[LinkedService] = await self.reader.collection(
            log_analytics.LINKED_SERVICES, workspace, partial(log_analytics.parse_linked_service, workspace)
        )
        for service in services:
            if service.target is not None and service.service.lower() == "automation":
                await self._linked_account(service.target)

    async def _linked_account(self, account: ArmId) -> None:
        """Fetch an account that a workspace or the user names and no list showed, if it is in scope."""
        selected = account.subscription.key in self._selected or self.elsewhere.holds(account)
        chosen = selected and account.type == ACCOUNT_TYPE and self._in_scope(account)
        if not chosen or await self._as_listed(self._accounts_listing, account):
            return
        if not self.reader.plan(Reading.ACCOUNT, account):
            return
        fetched = await self._details(account)
        if fetched is not None:
            self._walk_account(fetched.id)
