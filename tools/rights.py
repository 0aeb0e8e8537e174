"""Take one action after the other away from the role of `hwaudit doctor`, and compare what a scan loses with its words.

`python -m tools.rights` scans embedded tenants in process, with the exact role and then without each of its actions.
With the role every read must be answered. Without an action, the gaps must be those of exactly the operations that
doctor names; each check that it calls blind must have lost a verdict in one of the tenants, and no check beyond those
that it calls blind or less sure may have lost one.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scanner.checks import all_checks
from scanner.collect import Choice, Unwatched, collect_estate
from scanner.emulator import TENANTS, Assignment, Emulator, Tenant
from scanner.emulator.tenants.build import Machines, account_id, workspace_id
from scanner.emulator.tenants.fleet import fleet
from scanner.emulator.tenants.model import (
    Account,
    Group,
    Heartbeat,
    JobSchedule,
    Machine,
    Runbook,
    Schedule,
    SecurityRule,
    Subscription,
    Workspace,
)
from scanner.findings import Scan
from scanner.inventory import Scope
from scanner.options import Included
from scanner.pacing import Pacer
from scanner.pipeline import scan_of
from scanner.privileges import Loss, loss_of, privileges_of, readings_of
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVERYTHING = Choice(included=frozenset(Included))
ROLE = privileges_of(EVERYTHING).actions
"""The actions of the role for a scan of subscriptions that includes variables."""
HOME, AGENCY = "0dec1ded-0000-4000-8000-000000000000", "0dec1ded-1111-4000-8000-000000000001"


@dataclass(frozen=True)
class Lost:
    """What a scan lost: the operations of its gaps, and the checks that have verdicts no more which they had."""

    operations: frozenset[str]
    checks: frozenset[str]


def tenants() -> tuple[Tenant, ...]:
    """Tenants in which, together, every read is made and every check rests on each of its reads somewhere."""
    shipped = (TENANTS[name](NOW) for name in ("contoso", "spotless", "fairfax"))
    return (*(_open(tenant) for tenant in shipped), undecided(NOW))


def _open(tenant: Tenant) -> Tenant:
    """The same tenant without its own faults: what the login may see is the role's alone."""
    visible = tuple(replace(each, visible=True) for each in tenant.subscriptions)
    return replace(tenant, faults=(), subscriptions=visible)


def undecided(now: datetime) -> Tenant:
    """An account of which much hangs by one read each, in a cloud and a region with a partial mapping row."""
    machines = Machines(now, AGENCY, "rg-servers")
    stale = timedelta(hours=5)
    agents = {"arc-heard": timedelta(minutes=4), "arc-silent": stale}
    workspace = workspace_id(AGENCY, "rg-agency", "law-agency")
    account = Account(
        AGENCY,
        "rg-agency",
        "aa-agency",
        "usgovarizona",
        now - timedelta(days=900),
        groups=(
            Group("hwg-vm", (machines.v2("vm-blocked", stale),)),
            Group("hwg-arc", (machines.v2("arc-stale", stale, vm=machines.arc("arc-stale")),)),
            Group("hwg-agents", tuple(machines.v1(name, age, vm=machines.arc(name)) for name, age in agents.items())),
            Group("left-over", kind="System"),
        ),
        workspace=workspace,
        identity="UserAssigned",
        public_network_access=False,
        runbooks=(Runbook("Clean-Up"),),
        schedules=(Schedule("nightly", enabled=False),),
        job_schedules=(JobSchedule("Clean-Up", "nightly", "hwg-vm"),),
    )
    beats = Heartbeat(
        "arc-heard",
        now - timedelta(days=20),
        now - timedelta(minutes=1),
        version="10.20.18069.0",
        resource=machines.arc("arc-heard"),
        solutions=("security",),
    )
    tracked = frozenset({"AzureAutomation", "ChangeTracking", "LogManagement"})
    made = fleet((account,), more=(Machine(machines.arc(name), "usgovarizona") for name in agents))
    denied = (SecurityRule("DenyInternetOut", 200, destinations=("Internet",)),)
    groups = tuple(replace(group, rules=denied) for group in made.security_groups)
    tenant = Tenant(
        HOME,
        "undecided",
        now,
        (Subscription(AGENCY, "Agency"),),
        (account,),
        (
            Workspace(
                AGENCY,
                "rg-agency",
                "law-agency",
                "usgovarizona",
                now - timedelta(days=900),
                account=account_id(AGENCY, "rg-agency", "aa-agency"),
                packs=tracked,
                heartbeats=(beats,),
            ),
        ),
        cloud="AzureUSGovernment",
    )
    return replace(made, security_groups=groups).add_to(tenant)


def scan(tenant: Tenant, actions: Iterable[str]) -> Scan:
    """Scan a tenant with a role of these actions on each of its subscriptions."""
    role = tuple(actions)
    access = tuple(Assignment(f"/subscriptions/{each.id}", role) for each in tenant.subscriptions)
    return asyncio.run(_scan(Emulator(tenant, access=access)))


async def _scan(emulator: Emulator) -> Scan:
    transport = emulator.transport()
    cloud = await discover_cloud(emulator.arm_endpoint, transport)
    session = Session(cloud, RenewableCredential(emulator.credential), transport, Pacer(64, emulator.clock))
    await session.log_in()
    estate = await collect_estate(session, Scope(), progress=Unwatched(), as_of=NOW, choice=EVERYTHING)
    return scan_of(estate)


def prediction(action: str) -> Loss:
    """What doctor says of a scan that lacks the action."""
    return loss_of(action, readings_of(EVERYTHING), (check.info for check in all_checks()))


def lost(whole: Scan, less: Scan) -> Lost:
    """What `less` cannot say that `whole` could."""
    known = {(unknown.check, unknown.subject.key) for unknown in whole.unknowns}
    return Lost(
        frozenset(gap.operation for gap in less.estate.ledger.gaps),
        frozenset(each.check for each in less.unknowns if (each.check, each.subject.key) not in known),
    )


def deviations(action: str, found: Lost) -> Iterator[str]:
    """In what doctor's words on an action differ from what was lost without it."""
    told = prediction(action)
    for name, missed in (
        ("gaps that doctor does not name", found.operations - set(told.operations)),
        ("no gap, though doctor names", set(told.operations) - found.operations),
        ("not blind, though doctor says so", set(told.blind) - found.checks),
        ("verdicts lost without a word", found.checks - {*told.blind, *told.unsure}),
    ):
        if missed:
            yield f"without {action}: {name}: {', '.join(sorted(missed))}"


def main() -> int:
    """Go through the whole role; the return value is the exit code."""
    every = tenants()
    whole = [scan(tenant, ROLE) for tenant in every]
    wrong = [
        f"{tenant.name}: {seen.coverage_ratio}"
        for tenant, seen in zip(every, whole, strict=True)
        if seen.coverage_ratio < 1
    ]
    for action in ROLE:
        rest = [each for each in ROLE if each != action]
        parts = [lost(seen, scan(tenant, rest)) for tenant, seen in zip(every, whole, strict=True)]
        found = Lost(
            frozenset().union(*(part.operations for part in parts)),
            frozenset().union(*(part.checks for part in parts)),
        )
        wrong += deviations(action, found)
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(
        f"{len(ROLE)} actions in {len(every)} tenants: {len(wrong)} deviations from what doctor predicts; "
        f"with the whole role {sum(seen.estate.ledger.answered for seen in whole)} of "
        f"{sum(seen.estate.ledger.planned for seen in whole)} reads were answered\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
