"""The examination: each part asks for itself, and what it cannot find out is said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import msgspec

from reports.values import counted
from scanner import __version__
from scanner.clocks import TOLERATED
from scanner.clouds import METADATA_PATH
from scanner.collect import (
    READ_PERMISSIONS,
    READ_PROVIDERS,
    KnownTenant,
    Permission,
    Progress,
    Sample,
    Unanswered,
    read_permissions,
    read_registration,
    read_tenants,
    sample_estate,
)
from scanner.doctor._answers import FURTHER_DOWN, Answers, refused
from scanner.doctor._plan import Plan
from scanner.doctor._report import (
    ClockState,
    ClockV1,
    CredentialV1,
    DoctorReport,
    DoctorTool,
    EndpointV1,
    EstimateV1,
    MissingV1,
    Purpose,
    SubscriptionV1,
    TenantV1,
)
from scanner.doctor._rights import excess
from scanner.errors import StartError
from scanner.escape import without_logins
from scanner.inventory import ArmId, GapReason, Reading, Scope, Subscription
from scanner.privileges import Privileges, loss_of
from scanner.session import Contact, Session

TOO_FAR: Final = 900.0
"""Seconds by which a clock may differ before Azure refuses what it signs ("Troubleshoot agent-based Hybrid Runbook
Worker issues", Microsoft: 15 minutes)."""
_LONGEST_TRIED = 300
_ABOVE_SUBSCRIPTIONS = frozenset({"Microsoft.Management", "Microsoft.ResourceGraph", "Microsoft.Resources"})
"""Namespaces that no subscription has to be registered for."""


def unreached(plan: Plan, cloud: str, problem: StartError) -> DoctorReport:
    """The report where not even a login could be tried."""
    credential = CredentialV1(auth=plan.auth, classes=[], problem=str(problem))
    return _report(plan, cloud, credential, _Findings(problems=[str(problem)], could_start=False))


async def examine(session: Session, plan: Plan, progress: Progress | None = None) -> DoctorReport:
    """Examine what a scan through this session, which is not logged in yet, would see; never raises for an answer."""
    found = _Findings()
    found.endpoints = await _endpoints(session, plan.tenant)
    found.problems += [each.problem for each in found.endpoints if each.problem]
    credential = await _credential(session, plan, found)
    if found.could_start:
        await _look_around(session, plan, found, progress)
    found.clock = _clock(session)
    if found.clock.state in ("off", "too_far"):
        found.warnings.append(_of_clock(found.clock))
    return _report(plan, session.cloud.name, credential, found)


class _Findings(msgspec.Struct):
    """What was found out so far."""

    could_start: bool = True
    clock: ClockV1 = ClockV1(ahead_seconds=None, state="not_seen")
    endpoints: list[EndpointV1] = []
    tenants: list[TenantV1] = []
    subscriptions: list[SubscriptionV1] = []
    permissions: dict[str, tuple[Permission, ...]] = {}
    sample: Sample | None = None
    scopes: list[str] = []
    problems: list[str] = []
    warnings: list[str] = []
    not_seen: list[str] = []


# -- the way to Azure ---------------------------------------------------------------------------------------------


async def _endpoints(session: Session, tenant: str | None) -> list[EndpointV1]:
    cloud = session.cloud
    asked: tuple[tuple[Purpose, str], ...] = (
        ("login", f"{cloud.authority}/{tenant or 'common'}/v2.0/.well-known/openid-configuration"),
        ("resource_manager", cloud.arm + METADATA_PATH),
        ("log_queries", f"{cloud.logs}/" if cloud.logs else ""),
    )
    contacts = await asyncio.gather(*(session.contact(url) for _, url in asked if url))
    reached = {contact.url: contact for contact in contacts}
    return [_endpoint(purpose, reached.get(url)) for purpose, url in asked]


def _endpoint(purpose: Purpose, contact: Contact | None) -> EndpointV1:
    if contact is None:
        problem = "the cloud's metadata names no endpoint for log queries, so that they would all be gaps"
        return EndpointV1(purpose=purpose, url=None, state="not_named", problem=problem)
    return EndpointV1(
        purpose=purpose,
        url="/".join(contact.url.split("/")[:3]),
        state="reached" if contact.status is not None else "not_reached",
        http_status=contact.status,
        proxy=contact.proxy,
        issuer=contact.issuer,
        problem=contact.problem,
    )


async def _credential(session: Session, plan: Plan, found: _Findings) -> CredentialV1:
    try:
        await session.log_in(plan.patience)
    except StartError as error:
        found.could_start = False
        found.problems.append(str(error))
        # azure-identity tells the members of a chain line by line.
        told = str(getattr(error.__cause__, "message", "")).splitlines()
        tried = [without_logins(line.strip())[:_LONGEST_TRIED] for line in told if line.startswith("\t")]
        return CredentialV1(auth=plan.auth, classes=list(session.credential_kinds), problem=str(error), tried=tried)
    identity = session.identity
    return CredentialV1(
        auth=plan.auth,
        classes=list(session.credential_kinds),
        tenant_id=identity.tenant,
        object_id=identity.object_id,
        app_id=identity.app_id,
        kind=identity.kind,
    )


def _clock(session: Session) -> ClockV1:
    ahead = session.clock.ahead
    if ahead is None:
        return ClockV1(ahead_seconds=None, state="not_seen")
    state: ClockState = "fine" if abs(ahead) <= TOLERATED else "off" if abs(ahead) < TOO_FAR else "too_far"
    return ClockV1(ahead_seconds=round(ahead, 1), state=state)


def _of_clock(clock: ClockV1) -> str:
    minutes = round(abs(clock.ahead_seconds or 0.0) / 60)
    way = "ahead of" if (clock.ahead_seconds or 0.0) > 0 else "behind"
    cure = "ages and expiries in a report would be off by as much: set the clock"
    beyond = ", more than the 15 minutes that logins tolerate" if clock.state == "too_far" else ""
    return f"this machine's clock is {minutes} minutes {way} Azure's{beyond}; {cure}"


# -- what is there, and what may be seen of it --------------------------------------------------------------------


async def _look_around(session: Session, plan: Plan, found: _Findings, progress: Progress | None) -> None:
    tenants, sample = await asyncio.gather(
        read_tenants(session), sample_estate(session, plan.scope, choice=plan.choice, progress=progress)
    )
    found.sample = sample
    if isinstance(tenants, Unanswered):
        found.not_seen.append(f"the tenants of the login: {tenants.because}")
    else:
        found.tenants = [_tenant(tenant) for tenant in tenants]
    if sample.problem is not None:
        found.could_start = False
        found.problems.append(str(sample.problem))
    seen = [each for each in sample.resources if isinstance(each, Subscription)] if sample.problem is None else []
    _scopes(session, seen, found)
    answers = Answers(sample, plan.readings)
    found.subscriptions = list(
        await asyncio.gather(*(_subscription(session, plan, found, answers, each) for each in seen))
    )
    _tell_unanswered(sample, found)
    _tell_further_down(found)
    _tell_unseen(found)


def _scopes(session: Session, subscriptions: Iterable[Subscription], found: _Findings) -> None:
    """Where the role can be assigned: a custom role belongs to one tenant, and Lighthouse delegates none."""
    home = session.identity.tenant
    for each in subscriptions:
        if home is None or each.tenant_id is None or each.tenant_id.lower() == home.lower():
            found.scopes.append(each.id.text)
        else:
            found.warnings.append(
                f"{each.name} belongs to the tenant {each.tenant_id}: the role below cannot be assigned there, as "
                "Azure Lighthouse delegates built-in roles only (Reader has all its actions)"
            )


def _tenant(tenant: KnownTenant) -> TenantV1:
    return TenantV1(
        id=tenant.tenant_id,
        name=tenant.display_name,
        domain=tenant.default_domain,
        category=tenant.tenant_category,
    )


async def _subscription(
    session: Session, plan: Plan, found: _Findings, answers: Answers, subscription: Subscription
) -> SubscriptionV1:
    guid = subscription.id.subscription_id
    permissions, (providers, problem) = await asyncio.gather(
        read_permissions(session, subscription.id.text), _providers(session, guid, plan.privileges)
    )
    unread = permissions.because if isinstance(permissions, Unanswered) else None
    known = None if isinstance(permissions, Unanswered) else permissions
    if known is not None:
        found.permissions[guid] = known
    return SubscriptionV1(
        id=guid,
        name=subscription.name,
        providers=providers,
        providers_problem=problem,
        permissions_problem=unread,
        actions=answers.of(guid, plan.privileges.on_subscriptions, known),
    )


async def _providers(
    session: Session, subscription: str, privileges: Privileges
) -> tuple[dict[str, str | None], str | None]:
    """The registrationState of each namespace that a scan reads; what refuses the first, refuses all."""
    spaces = sorted({action.partition("/")[0] for action in privileges.on_subscriptions} - _ABOVE_SUBSCRIPTIONS)
    states: dict[str, str | None] = dict.fromkeys(spaces)
    for namespace in spaces:
        state = await read_registration(session, subscription, namespace)
        if isinstance(state, Unanswered):
            return states, state.because
        states[namespace] = state
    return states, None


def _tell_unanswered(sample: Sample, found: _Findings) -> None:
    """Reads that no role would have answered, each kind once; and subscriptions that were named and are not listed."""
    told: dict[str, int] = {}
    for gap in (read.gap for read in sample.reads if read.gap is not None):
        if gap.reason in (GapReason.SKIPPED, GapReason.TRUNCATED):
            continue
        if gap.reading is Reading.SUBSCRIPTIONS and ArmId(gap.scope).subscription_id:
            line = f"{gap.scope} is not listed by the login: give it a role there, or check the id"
        elif refused(gap):
            listed = {each.id for each in found.subscriptions}
            if ArmId(gap.scope).subscription_id in listed or gap.reading is Reading.MANAGEMENT_GROUP:
                continue
            line = f"{gap.action} is missing at {gap.scope}, in a subscription that the login does not list"
        else:
            line = f"{gap.reason}: reads that need {gap.operation} ({gap.message})"
        told[line] = told.get(line, 0) + 1
    found.problems += [line if count == 1 else f"{line}, {count} times" for line, count in told.items()]


def _tell_further_down(found: _Findings) -> None:
    """Actions that a sample found, and that the rest of a subscription may lack."""
    places: dict[str, int] = {}
    for each in (each for subscription in found.subscriptions for each in subscription.actions):
        if each.because == FURTHER_DOWN:
            places[each.action] = places.get(each.action, 0) + 1
    found.problems += [
        f"{action} is not assigned at {counted(count, 'subscription')}, only further down: a scan may lack it elsewhere"
        for action, count in sorted(places.items())
    ]


def _tell_unseen(found: _Findings) -> None:
    """What the doctor itself could not find out."""
    for text, action, problem in (
        ("effective permissions", READ_PERMISSIONS, "permissions_problem"),
        ("registrations of resource providers", READ_PROVIDERS, "providers_problem"),
    ):
        unread = [each for each in found.subscriptions if getattr(each, problem) is not None]
        if unread:
            because = getattr(unread[0], problem)
            where = f"{len(unread)} of {counted(len(found.subscriptions), 'subscription')}"
            found.not_seen.append(f"the {text} of {where}: {because} (no scan needs {action}, doctor does for this)")
    open_ = {a.action for each in found.subscriptions for a in each.actions if a.answer == "not_known"}
    if open_:
        found.not_seen.append(f"whether the login has {counted(len(open_), 'action')} everywhere; see the table")


# -- the report ---------------------------------------------------------------------------------------------------


def _report(plan: Plan, cloud: str, credential: CredentialV1, found: _Findings) -> DoctorReport:
    missing = _missing(plan, found.subscriptions)
    lost = [each for each in missing if each.instead is None]
    problems = [*found.problems, *(_of_missing(each) for each in lost)]
    beyond = {READ_PERMISSIONS, READ_PROVIDERS, *plan.privileges.actions}
    too_much = excess(found.permissions, beyond)
    if too_much:
        rights = counted(len(too_much), "right")
        found.warnings.append(f"the login has {rights} that a scan does not need; the role below has none of them")
    return DoctorReport(
        tool=DoctorTool(name="hybrid-worker-audit", version=__version__),
        verdict="could_not_start" if not found.could_start else "not_ready" if problems else "ready",
        cloud=cloud,
        credential=credential,
        clock=found.clock,
        endpoints=found.endpoints,
        tenants=found.tenants,
        subscriptions=sorted(found.subscriptions, key=lambda each: (each.name.lower(), each.id)),
        missing=missing,
        excess=too_much,
        estimate=_estimate(found.sample),
        role=plan.role(found.scopes or _named(plan.scope)),
        problems=problems,
        warnings=found.warnings,
        not_seen=found.not_seen,
        notes=list(found.sample.notes) if found.sample is not None else [],
    )


def _named(scope: Scope) -> list[str]:
    return [f"/subscriptions/{each}" for each in scope.subscriptions]


def _missing(plan: Plan, subscriptions: Iterable[SubscriptionV1]) -> list[MissingV1]:
    """Every action that is denied somewhere, with what is lost there."""
    places: dict[str, list[str]] = {}
    refused_at: dict[str, list[str]] = {}
    for subscription in subscriptions:
        for each in subscription.actions:
            if each.answer == "denied":
                places.setdefault(each.action, []).append(subscription.id)
                refused_at.setdefault(each.action, []).extend(filter(None, [each.where]))
    found = []
    for action, ids in sorted(places.items()):
        loss = loss_of(action, plan.readings, plan.checks)
        found.append(
            MissingV1(
                action=action,
                subscriptions=sorted(ids),
                refused_at=sorted(refused_at[action]),
                operations=list(loss.operations),
                blind=list(loss.blind),
                unsure=list(loss.unsure),
                instead=loss.instead,
            )
        )
    return found


def _of_missing(missing: MissingV1) -> str:
    where = counted(len(missing.subscriptions), "subscription")
    return f"{missing.action} is missing in {where}: {counted(len(missing.blind), 'check')} would be blind there"


def _estimate(sample: Sample | None) -> EstimateV1 | None:
    known = sample.estimate if sample is not None else None
    if known is None:
        return None
    return EstimateV1(
        subscriptions=known.subscriptions,
        accounts=known.accounts,
        requests=known.calls,
        seconds=round(known.seconds, 1),
    )
