"""private-endpoint-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._account import AccountEvidence, untold, workers_of
from scanner.checks._check import Judgement, check
from scanner.checks._gaps import AccountGaps, workers_listed
from scanner.findings import Severity, Step, Unseen
from scanner.graph import ACTIVE_WITHIN, EstateGraph
from scanner.inventory import ArmId, AutomationAccount, PrivateEndpointConnection, Reading, Webhook

HYBRID, WEBHOOK = "DSCAndHybridWorker", "Webhook"
"""The two group ids of an Automation account (Azure Private Link with Azure Automation, Microsoft, 2022-12-15)."""


class MissingEndpoint(AccountEvidence, frozen=True, kw_only=True):
    """A closed account without an approved private endpoint for `group`; `refused` are connections in another state.

    `workers` are those seen in the account, `pinging` those that pinged within 30 minutes.
    """

    identity = ("group",)

    group: str
    refused: tuple[str, ...]
    workers: int
    workers_read: bool
    pinging: int

    @property
    def severity(self) -> Severity:
        if not self.workers:
            return Severity.INFO
        all_work = self.group == HYBRID and self.workers_read and self.pinging == self.workers
        return Severity.LOW if all_work else Severity.HIGH

    def message(self) -> str:
        refused = f" ({', '.join(self.refused)})" if self.refused else ""
        count = f"{self.workers} hybrid worker{'s' * (self.workers != 1)}"
        rest = f"it has {count}" if self.workers else "it has no hybrid workers"
        if not self.workers and not self.workers_read:
            rest = "whether it has hybrid workers was not seen"
        elif self.workers and self.group == HYBRID and self.pinging:
            rest += f", {'all' if self.pinging == self.workers else self.pinging} of which still ping"
        return (
            f"{self.account_name} refuses public network access but has no approved private endpoint "
            f"for {self.group}{refused}; {rest}"
        )

    def remediation(self) -> tuple[Step, ...]:
        connections = ("network", "private-endpoint-connection", "list", "--id", self.account.text)
        return (
            Step.az("See the account's private endpoint connections and their states.", *connections),
            Step("Approve those that are pending and wanted."),
            Step(
                f"If there is none for {self.group}, create a private endpoint for it in the network of the machines "
                "that need it, with the DNS zone privatelink.azure-automation.net."
            ),
        )


@check(
    reads=(Reading.ACCOUNT, Reading.PRIVATE_ENDPOINTS, Reading.WEBHOOKS),
    refines=(Reading.WORKERS,),
    severities=(Severity.HIGH, Severity.LOW, Severity.INFO),
)
def private_endpoint_missing(graph: EstateGraph) -> Iterator[Judgement]:
    """An account refuses the public network, and has no private endpoint instead.

    ## What it finds
    Accounts whose publicNetworkAccess is off and that have no approved private endpoint connection for
    DSCAndHybridWorker, or, where a webhook is enabled, for Webhook; one finding for each. Connections in another
    state, such as Pending or Rejected, are named. The severity is high when the account has hybrid workers, else info.
    Workers that pinged within 30 minutes reach the service all the same: where all of them did, a missing
    DSCAndHybridWorker is low. Where workers were not read and none was seen, it stays info and the message says so.

    ## Why it matters
    Such an account answers its workers and the callers of its webhooks with 401: no job is fetched and no webhook
    starts anything. A change of the setting takes up to 35 minutes to act.

    ## How to fix it
    Approve or create the private endpoint, or turn public network access on again until it works.

    ## Read more
    * [Use Azure Private Link with Azure Automation](https://learn.microsoft.com/azure/automation/how-to/private-link-security)
    """
    gaps = AccountGaps(graph)
    for account in graph.accounts():
        access = account.public_network_access
        if access is None and not account.detailed:
            if (unseen := untold(graph, account, "publicNetworkAccess")) is not None:
                yield unseen
        elif access is not False:
            yield from gaps.settled(account.id)
        else:
            judgements = [*_of_group(graph, account, HYBRID), *_of_webhooks(graph, account)]
            yield from judgements
            if not judgements and _whole(graph, account.id):
                yield from gaps.settled(account.id)


def _whole(graph: EstateGraph, account: ArmId) -> bool:
    """Whether both groups have an approved connection, or none that was left out can matter."""
    webhooks_matter = not graph.listed(Reading.WEBHOOKS, account) and not _approved(graph, account, WEBHOOK)
    return _approved(graph, account, HYBRID) and not webhooks_matter


def _of_webhooks(graph: EstateGraph, account: AutomationAccount) -> Iterator[Judgement]:
    webhooks = graph.children(account.id, Webhook)
    if any(webhook.enabled for webhook in webhooks):
        yield from _of_group(graph, account, WEBHOOK)
    elif not _approved(graph, account.id, WEBHOOK):
        yield from (Unseen(webhook.id, "isEnabled") for webhook in webhooks if webhook.enabled is None)
        # A finding on the account would hide the engine's word for this Gap.
        gap = graph.gap(Reading.WEBHOOKS, account.id)
        if gap is not None:
            yield Unseen(account.id, gap)


def _of_group(graph: EstateGraph, account: AutomationAccount, group: str) -> Iterator[Judgement]:
    if _approved(graph, account.id, group):
        return
    gap = graph.gap(Reading.PRIVATE_ENDPOINTS, account.id)
    if gap is not None or not graph.listed(Reading.PRIVATE_ENDPOINTS, account.id):
        yield Unseen(account.id, gap or "privateEndpointConnections")
        return
    unclear = [unseen for connection in _connections(graph, account.id) for unseen in _unclear(connection, group)]
    if unclear:
        yield from unclear
        return
    workers = list(workers_of(graph, account.id))
    ages = (graph.age(worker) for worker in workers)
    yield MissingEndpoint(
        **AccountEvidence.facts_of(account),
        group=group,
        refused=tuple(
            f"{connection.name}: {connection.status}"
            for connection in _connections(graph, account.id)
            if _serves(connection, group)
        ),
        workers=len(workers),
        workers_read=workers_listed(graph, account.id),
        pinging=sum(1 for age in ages if age is not None and age < ACTIVE_WITHIN),
    )


def _connections(graph: EstateGraph, account: ArmId) -> tuple[PrivateEndpointConnection, ...]:
    return graph.children(account, PrivateEndpointConnection)


def _serves(connection: PrivateEndpointConnection, group: str) -> bool:
    return group.lower() in {name.lower() for name in connection.groups}


def _is_approved(connection: PrivateEndpointConnection) -> bool:
    return (connection.status or "").strip().lower() == "approved"


def _approved(graph: EstateGraph, account: ArmId, group: str) -> bool:
    return any(_is_approved(c) and _serves(c, group) for c in _connections(graph, account))


def _unclear(connection: PrivateEndpointConnection, group: str) -> Iterator[Unseen]:
    """What a connection leaves out that could make it an approved one for the group."""
    if not connection.groups and (connection.status is None or _is_approved(connection)):
        yield Unseen(connection.id, "groupIds")
    elif _serves(connection, group) and connection.status is None:
        yield Unseen(connection.id, "privateLinkServiceConnectionState.status")
