"""What the checks of an account's own settings have in common: its evidence, and who signs in to it with keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict

import msgspec

from scanner.checks._gaps import workers_listed
from scanner.findings import Evidence, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, AutomationAccount, DscNode, GroupType, HybridWorker, Reading, Webhook, WorkerType


class AccountFacts(TypedDict):
    """The fields of AccountEvidence, ready to be passed on."""

    account: ArmId
    account_name: str


class AccountEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about an account's own settings."""

    account: ArmId
    account_name: str

    @property
    def subject(self) -> ArmId:
        return self.account

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(account: AutomationAccount) -> AccountFacts:
        """Collect the common facts of one account."""
        return AccountFacts(account=account.id, account_name=account.name)

    def setting(self, text: str, name: str, *, value: bool) -> Step:
        """The step that sets one boolean property of the account."""
        words = ("resource", "update", "--ids", self.account.text)
        return Step.az(text, *words, "--set", f"properties.{name}={str(value).lower()}")


def untold(graph: EstateGraph, account: AutomationAccount, field: str) -> Unseen | None:
    """What to say of a field that neither the list nor the account's own GET told; None where a Gap speaks for it."""
    return None if graph.gap(Reading.ACCOUNT, account.id) is not None else Unseen(account.id, field)


def workers_of(graph: EstateGraph, account: ArmId) -> Iterator[HybridWorker]:
    """Every worker seen in the account, in groups of both types."""
    for group in graph.groups(account):
        yield from graph.workers(group.id)


class LocalAuthUse(msgspec.Struct, frozen=True, kw_only=True):
    """Who needs an account's local authentication, by name; `unread` are the kinds that were not read in full.

    `v1_workers` are those of User groups; of System workers, up to 4,000, only the number is kept.
    """

    webhooks: tuple[str, ...]
    v1_workers: tuple[str, ...]
    system_workers: int
    dsc_nodes: tuple[str, ...]
    unread: tuple[str, ...]

    @property
    def in_use(self) -> bool:
        """Whether anything seen needs it."""
        return bool(self.webhooks or self.v1_workers or self.system_workers or self.dsc_nodes)

    @property
    def text(self) -> str:
        """The users as a part of a message, such as `1 enabled webhook and 2 V1 workers`; empty if none was seen."""
        counts = (
            (len(self.webhooks), "enabled webhook"),
            (len(self.v1_workers), "V1 worker"),
            (self.system_workers, "System worker"),
            (len(self.dsc_nodes), "DSC node"),
        )
        return _listing([f"{count} {name}{'s' * (count != 1)}" for count, name in counts if count])

    @property
    def doubt(self) -> str:
        """What was not read, as the end of a message; empty if everything was."""
        return f" ({_listing(self.unread)} not read in full)" if self.unread else ""


def _listing(words: Sequence[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def local_auth_use(graph: EstateGraph, account: ArmId) -> LocalAuthUse:
    """Who needs the account's local authentication, as far as it was seen."""
    workers = [(graph.group_of(worker).group_type is GroupType.SYSTEM, worker) for worker in workers_of(graph, account)]
    v1 = [worker for system, worker in workers if not system and worker.worker_type is WorkerType.V1]
    read = {
        "webhooks": graph.listed(Reading.WEBHOOKS, account),
        "workers": workers_listed(graph, account),
        "DSC nodes": graph.listed(Reading.DSC_NODES, account),
    }
    return LocalAuthUse(
        webhooks=tuple(sorted(webhook.name for webhook in graph.children(account, Webhook) if webhook.enabled)),
        v1_workers=tuple(sorted(worker.worker_name or worker.name for worker in v1)),
        system_workers=sum(system for system, _ in workers),
        dsc_nodes=tuple(sorted(node.name for node in graph.children(account, DscNode))),
        unread=tuple(kind for kind, complete in read.items() if not complete),
    )
