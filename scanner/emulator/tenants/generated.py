"""Estates of any size, the same ones again for the same seed."""

from datetime import datetime, timedelta
from random import Random

from scanner.emulator.tenants.build import ACTIVE, Machines, account_id, service_principal, thumbprint, workspace_id
from scanner.emulator.tenants.model import Account, Certificate, Group, Subscription, Tenant, Workspace

REGIONS = ("westeurope", "northeurope", "uksouth", "eastasia", "centralus", "japaneast", "southeastasia", "West US 2")
AGES = (ACTIVE,) * 17 + (timedelta(hours=5), timedelta(days=24), timedelta(days=47))
"""Of twenty workers, three have lost contact."""


def generate(
    *,
    accounts: int = 200,
    subscriptions: int = 20,
    groups: int = 2,
    workers: int = 3,
    connections: int = 1,
    now: datetime,
    seed: int = 0,
) -> Tenant:
    """Accounts with a workspace each; `groups` and `connections` count per account, `workers` per group."""
    keys = tuple(_key(seed, number) for number in range(subscriptions))
    owners = [keys[number % subscriptions] for number in range(accounts)]
    sizes = (groups, workers, connections)
    return Tenant(
        id=_key(seed, 0xFFFF),
        name="generated",
        now=now,
        subscriptions=tuple(Subscription(key, f"Generated {number:04d}") for number, key in enumerate(keys)),
        accounts=tuple(_account(now, seed, number, owner, sizes) for number, owner in enumerate(owners)),
        workspaces=tuple(_workspace(now, number, owner) for number, owner in enumerate(owners)),
    )


def _key(seed: int, number: int) -> str:
    return f"9e000000-{seed & 0xFFFF:04x}-4000-8000-{number:012x}"


def _account(now: datetime, seed: int, number: int, subscription: str, sizes: tuple[int, int, int]) -> Account:
    groups, workers, connections = sizes
    random = Random(f"{seed} {number}")
    group, name = f"rg-{number:05d}", f"aa-{number:05d}"
    machines = Machines(now, subscription, group)
    marks = [thumbprint(f"{name} {index}") for index in range(connections)]
    return Account(
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
                    for worker in range(workers)
                ),
            )
            for index in range(groups)
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
