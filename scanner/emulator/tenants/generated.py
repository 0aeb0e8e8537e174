"""Estates of any size, the same ones again for the same seed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from scanner.emulator.tenants.build import ACTIVE, Machines, account_id, service_principal, thumbprint, workspace_id
from scanner.emulator.tenants.fleet import Fleet, healthy
from scanner.emulator.tenants.model import (
    Account,
    Certificate,
    Group,
    Job,
    JobSchedule,
    Runbook,
    Schedule,
    Subscription,
    Tenant,
    Webhook,
    Workspace,
)
from scanner.emulator.tenants.scripts import PLAIN

REGIONS = ("westeurope", "northeurope", "uksouth", "eastasia", "centralus", "japaneast", "southeastasia", "West US 2")
AGES = (ACTIVE,) * 17 + (timedelta(hours=5), timedelta(days=24), timedelta(days=47))
"""Of twenty workers, three have lost contact."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each."""

    groups: int
    workers: int
    connections: int
    runbooks: int
    schedules: int
    webhooks: int
    jobs: int


def generate(
    *,
    accounts: int = 200,
    subscriptions: int = 20,
    groups: int = 2,
    workers: int = 3,
    connections: int = 1,
    runbooks: int = 2,
    schedules: int = 1,
    webhooks: int = 0,
    jobs: int = 3,
    now: datetime,
    seed: int = 0,
) -> Tenant:
    """Accounts with a workspace each, whose machines run; `workers` counts per group, all else per account.

    Each schedule starts a runbook on a hybrid group, and every third job ran in Azure's own sandbox.
    """
    keys = tuple(_key(seed, number) for number in range(subscriptions))
    owners = [keys[number % subscriptions] for number in range(accounts)]
    counts = Counts(groups, workers, connections, runbooks, schedules, webhooks, jobs)
    made = tuple(_account(now, seed, number, owner, counts) for number, owner in enumerate(owners))
    machines = tuple(machine for account in made for machine in healthy(account))
    return Tenant(
        id=_key(seed, 0xFFFF),
        name="generated",
        now=now,
        subscriptions=tuple(Subscription(key, f"Generated {number:04d}") for number, key in enumerate(keys)),
        accounts=made,
        workspaces=tuple(_workspace(now, number, owner) for number, owner in enumerate(owners)),
        machines=machines,
        sizes=Fleet(machines).sizes(),
    )


def _key(seed: int, number: int) -> str:
    return f"9e000000-{seed & 0xFFFF:04x}-4000-8000-{number:012x}"


def _account(now: datetime, seed: int, number: int, subscription: str, counts: Counts) -> Account:
    random = Random(f"{seed} {number}")
    group, name = f"rg-{number:05d}", f"aa-{number:05d}"
    machines = Machines(now, subscription, group)
    marks = [thumbprint(f"{name} {index}") for index in range(counts.connections)]
    account = Account(
        subscription,
        group,
        name,
        REGIONS[number % len(REGIONS)],
        now - timedelta(days=random.randrange(30, 1500)),
        groups=tuple(
            Group(
                f"hwg-{index:03d}",
                tuple(
                    machines.v2(f"vm-{number:05d}-{index:03d}-{worker:04d}", random.choice(AGES))
                    for worker in range(counts.workers)
                ),
            )
            for index in range(counts.groups)
        ),
        certificates=tuple(
            Certificate(f"cert-{index}", mark, now + timedelta(days=random.randrange(40, 400)))
            for index, mark in enumerate(marks)
        ),
        connections=tuple(
            service_principal(f"sp-{index}", mark, subscription, _key(seed, 0xFFFF)) for index, mark in enumerate(marks)
        ),
        workspace=workspace_id(subscription, group, f"law-{number:05d}"),
    )
    return _with_work(now, seed, number, account, counts)


def _with_work(now: datetime, seed: int, number: int, account: Account, counts: Counts) -> Account:
    hour = timedelta(hours=1)
    books = [f"Runbook-{index:03d}" for index in range(counts.runbooks)]
    ties = [(f"schedule-{index:03d}", books[index % len(books)]) for index in range(counts.schedules if books else 0)]
    ran = [(index, now - (5 + 7 * index % 600) * hour) for index in range(counts.jobs if books else 0)]
    on: list[str | None] = [group.name for group in account.groups] or [None]
    return replace(
        account,
        runbooks=tuple(Runbook(book, content=PLAIN.encode(), changed=account.created) for book in books),
        schedules=tuple(Schedule(name, next_run=now + 9 * hour) for name, _ in ties),
        job_schedules=tuple(JobSchedule(book, name, on[0]) for name, book in ties),
        webhooks=tuple(
            Webhook(f"webhook-{index:03d}", books[index % len(books)], now + 4000 * hour, on[0])
            for index in range(counts.webhooks if books else 0)
        ),
        jobs=tuple(
            Job(
                f"9e000000-{seed & 0xFFFF:04x}-4000-{index & 0xFFFF:04x}-{number:012x}",
                books[index % len(books)],
                created,
                on[index % len(on)] if index % 3 else None,
                "Completed",
                created,
                created + hour / 6,
            )
            for index, created in ran
        ),
    )


def _workspace(now: datetime, number: int, subscription: str) -> Workspace:
    group = f"rg-{number:05d}"
    return Workspace(
        subscription,
        group,
        f"law-{number:05d}",
        REGIONS[number % len(REGIONS)].replace(" ", "").lower(),
        now - timedelta(days=1500),
        account=account_id(subscription, group, f"aa-{number:05d}"),
    )
