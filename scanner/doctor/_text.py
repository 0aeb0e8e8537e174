"""The report as text for a terminal; names from the tenant have their control characters made visible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from reports.values import counted, listed
from scanner.doctor._report import (
    ActionV1,
    CredentialV1,
    DoctorReport,
    EndpointV1,
    MissingV1,
    RoleV1,
    SubscriptionV1,
)
from scanner.escape import visible

_PLACES = 3
_EXACT = 2
"""Seconds: an answer's Date has no fraction, and was written before the answer came."""
NAMED = 8
"""How many checks one line names."""
_VERDICTS = {
    "ready": "Ready: a scan would see everything in its scope that was probed.",
    "not_ready": "Not ready: a scan would not see everything.",
    "could_not_start": "A scan could not start.",
}
_PURPOSES = {"login": "login", "resource_manager": "Resource Manager", "log_queries": "log queries"}
_EVIDENCE = {
    "read": "by a read like a scan's",
    "resource_graph": "by what Resource Graph shows",
    "permissions": "by the effective permissions, nothing to read there",
}


def to_text(report: DoctorReport) -> str:
    """Return the report as plain text."""
    parts = (
        _told(_VERDICTS[report.verdict], report.problems),
        _told("Better changed:", report.warnings),
        ["Login", *_credential(report.credential), *_tenants(report)],
        ["Clock", f"  {_clock(report)}"],
        ["Endpoints", *([f"  {_endpoint(each)}" for each in report.endpoints] or ["  none was asked"])],
        _subscriptions(report.subscriptions),
        _missing(report.missing, report.subscriptions),
        _excess(report),
        _told("Not found out:", report.not_seen),
        _told("Notes:", report.notes),
        [f"Estimate: {_estimate(report)}"],
        _role(report.role),
    )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _told(head: str, lines: Sequence[str]) -> list[str]:
    if not lines and head.endswith(":"):
        return []
    return [head, *(f"  {visible(line)}" for line in lines)]


def _credential(credential: CredentialV1) -> Iterator[str]:
    classes = " > ".join(credential.classes) or "none"
    yield f"  {classes} (--auth {credential.auth})"
    if credential.problem is not None:
        yield f"  no token: {visible(credential.problem)}"
        yield from (f"  tried {visible(line)}" for line in credential.tried)
        return
    claims = (
        ("tenant", credential.tenant_id),
        ("object id", credential.object_id),
        ("app id", credential.app_id),
        ("kind", credential.kind),
    )
    yield "  " + ", ".join(f"{name} {visible(value) if value else 'not told'}" for name, value in claims)


def _tenants(report: DoctorReport) -> Iterator[str]:
    for tenant in report.tenants:
        name = " ".join(visible(each) for each in (tenant.name, tenant.domain) if each)
        yield f"  reaches tenant {visible(tenant.id)}" + (f" ({name})" if name else "")


def _clock(report: DoctorReport) -> str:
    ahead = report.clock.ahead_seconds
    if ahead is None:
        return "not seen: no answer told the time"
    if abs(ahead) < _EXACT:
        return f"fine: within {_EXACT} s of Azure's"
    way = "ahead of" if ahead > 0 else "behind"
    state = {"fine": "fine", "off": "off", "too_far": "too far off"}.get(report.clock.state, "")
    return f"{state}: this machine is {abs(ahead):.0f} s {way} Azure"


def _endpoint(endpoint: EndpointV1) -> str:
    name = _PURPOSES[endpoint.purpose]
    if endpoint.url is None or endpoint.state != "reached":
        return f"{name}: {visible(endpoint.url or 'no address')}, not reached: {visible(endpoint.problem or '')}"
    proxy = f"through the proxy {visible(endpoint.proxy)}" if endpoint.proxy else "without a proxy"
    issuer = f"certificate issued by {visible(endpoint.issuer)}" if endpoint.issuer else "no certificate seen"
    return f"{name}: {visible(endpoint.url)}, reached {proxy}, {issuer}"


def _subscriptions(subscriptions: Sequence[SubscriptionV1]) -> list[str]:
    if not subscriptions:
        return ["Subscriptions", "  none was looked at"]
    lines = [f"Subscriptions ({len(subscriptions)})"]
    for each in subscriptions:
        lines.append(f"  {visible(each.name)} ({each.id})")
        lines += [f"    {line}" for line in (*_counts(each.actions), _providers(each))]
        lines += [f"    {line}" for line in _open(each.actions)]
    return lines


def _counts(actions: Sequence[ActionV1]) -> Iterator[str]:
    kinds = Counter((each.answer, each.evidence) for each in actions)
    for (answer, evidence), count in sorted(kinds.items()):
        how = f", {_EVIDENCE[evidence]}" if evidence in _EVIDENCE and answer != "not_known" else ""
        yield f"{counted(count, 'action')} {answer.replace('_', ' ')}{how}"


def _providers(subscription: SubscriptionV1) -> str:
    if subscription.providers_problem is not None:
        return "resource providers: not seen"
    absent = [name for name, state in subscription.providers.items() if (state or "").lower() != "registered"]
    if not absent:
        return "resource providers: all registered"
    return f"not registered for {listed(absent)}: nothing of that can be there"


def _open(actions: Iterable[ActionV1]) -> Iterator[str]:
    """The actions of which nothing is known, those alike together."""
    reasons: dict[str, list[str]] = {}
    for each in actions:
        if each.answer == "not_known":
            reasons.setdefault(each.because or "", []).append(each.action)
    for because, names in reasons.items():
        yield f"not known ({visible(because)}):"
        yield from (f"  {name}" for name in names)


def _missing(missing: Sequence[MissingV1], subscriptions: Sequence[SubscriptionV1]) -> list[str]:
    names = {each.id: visible(each.name) for each in subscriptions}
    lines = ["Missing actions"] if missing else []
    for each in missing:
        lines.append(f"  {each.action}")
        lines.append(f"    in {listed([names.get(id_, id_) for id_ in each.subscriptions])}")
        lines += [f"    refused at {visible(place)}" for place in each.refused_at[:_PLACES]]
        if each.instead is not None:
            lines.append(f"    {each.instead}")
        if each.blind:
            lines.append(f"    blind without it: {_some(each.blind)}")
        if each.unsure:
            lines.append(f"    less sure without it: {_some(each.unsure)}")
    return lines


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return listed([*names[:NAMED], *([f"{rest} more"] if rest > 0 else [])])


def _excess(report: DoctorReport) -> list[str]:
    names = {each.id: visible(each.name) for each in report.subscriptions}
    lines = ["More than a scan needs"] if report.excess else []
    for each in report.excess:
        lines.append(f"  {visible(each.action)}: {each.why}")
        lines.append(f"    in {listed([names.get(id_, id_) for id_ in each.subscriptions])}")
    return lines


def _estimate(report: DoctorReport) -> str:
    known = report.estimate
    if known is None:
        return "not known: no account could be counted"
    seconds = f", at least {counted(ceil(known.seconds), 'second')}" if known.seconds >= 1 else ""
    places = f"{counted(known.accounts, 'account')} in {counted(known.subscriptions, 'subscription')}"
    return f"about {counted(known.requests, 'request')} for {places}{seconds}"


def _role(role: RoleV1) -> list[str]:
    whole = len(role.core) + sum(len(part.actions) for part in role.opt_in if part.included)
    lines = [f"The least role that such a scan needs has {counted(whole, 'action')} and no wildcard"]
    for part in role.opt_in:
        state = "in it" if part.included else "not in it"
        lines.append(f"  {state}, for {part.when} only: {listed(part.actions)} ({part.mind})")
    if role.left_out_for:
        off = _some(role.left_out_for)
        lines.append(f"  without what only these need, which the settings switch off: {off}")
    lines.append("  `hwaudit doctor --role bicep` and `--role az` print it in other forms")
    return [*lines, "", role.json]
