"""Static evaluation of network security groups: is HTTPS from a machine to Azure Automation let out?

Rules are judged as written, by priority. Effective rules and routes are not read: that read is a POST. Which addresses
Automation has, and which address a machine has, is not known: a rule that names addresses may match or not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import IntEnum

import msgspec

from scanner.inventory import SecurityGroup, SecurityRule, normalise_location

HTTPS = 443
FIRST_PRIORITY, LAST_PRIORITY = 100, 4096
"""The priorities that rules of one's own can have (Network security groups overview, Microsoft)."""

_EVERYWHERE = frozenset({"*", "0.0.0.0/0", "internet", "azurecloud", "guestandhybridmanagement"})
"""Destinations that hold Automation's public addresses (Virtual network service tags, Microsoft)."""
_FROM_HERE = frozenset({"*", "0.0.0.0/0", "virtualnetwork"})
_OF_A_REGION = "azurecloud."
_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""Addresses that no public endpoint has (RFC 1918)."""


class Match(IntEnum):
    """Whether a rule, or a part of it, covers the traffic."""

    NO = 0
    MAYBE = 1
    YES = 2


class Decision(msgspec.Struct, frozen=True):
    """Whether the group denies the traffic, and the rule that decides; None with the rule that leaves it open."""

    denied: bool | None
    rule: SecurityRule | None = None


def https_to_automation(group: SecurityGroup, region: str | None) -> Decision:
    """Judge outbound TCP 443 to Automation's public endpoints in `region` (None: not told)."""
    doubtful: list[SecurityRule] = []
    for rule in sorted(group.rules, key=lambda rule: rule.priority):
        match = _matches(rule, region)
        if match is Match.YES:
            contrary = next((other for other in doubtful if _denies(other) is not _denies(rule)), None)
            return Decision(None, contrary) if contrary is not None else Decision(_denies(rule), rule)
        if match is Match.MAYBE:
            doubtful.append(rule)
    return Decision(None, doubtful[0] if doubtful else None)


def free_priority(group: SecurityGroup, before: SecurityRule) -> int | None:
    """The highest priority number that still comes before a rule and that no outbound rule has."""
    taken = {rule.priority for rule in group.rules if _is_outbound(rule)}
    wanted = range(min(before.priority - 1, LAST_PRIORITY), FIRST_PRIORITY - 1, -1)
    return next((priority for priority in wanted if priority not in taken), None)


def _matches(rule: SecurityRule, region: str | None) -> Match:
    if not _is_outbound(rule) or rule.protocol.lower() not in {"tcp", "*"}:
        return Match.NO
    parts = (
        _best(map(_of_port, rule.ports)),
        _best(map(_of_source, rule.sources)),
        _best(_of_destination(prefix, region, denies=_denies(rule)) for prefix in rule.destinations),
    )
    known = Match.MAYBE if rule.application_groups or _denies(rule) is None else Match.YES
    return min(known, *parts)


def _is_outbound(rule: SecurityRule) -> bool:
    return rule.direction.lower() == "outbound"


def _denies(rule: SecurityRule) -> bool | None:
    return {"deny": True, "allow": False}.get(rule.access.lower())


def _best(parts: Iterable[Match]) -> Match:
    """The best of several; where nothing is named, application security groups or what was not told decide."""
    return max(parts, default=Match.MAYBE)


def _of_port(written: str) -> Match:
    first, _, last = written.partition("-")
    if written == "*":
        return Match.YES
    if not (first.isdecimal() and (last or first).isdecimal()):
        return Match.MAYBE
    return Match.YES if int(first) <= HTTPS <= int(last or first) else Match.NO


def _of_source(prefix: str) -> Match:
    return Match.YES if prefix.lower() in _FROM_HERE else Match.MAYBE


def _of_destination(prefix: str, region: str | None, *, denies: bool | None) -> Match:
    tag = normalise_location(prefix)
    if tag in _EVERYWHERE:
        return Match.YES
    if tag.startswith(_OF_A_REGION):
        if region is None:
            return Match.MAYBE
        return Match.YES if tag.removeprefix(_OF_A_REGION) == normalise_location(region) else Match.NO
    try:
        addresses = ipaddress.ip_network(prefix.strip(), strict=False)
    except ValueError:
        return Match.NO  # the tag of another service, or of the virtual network itself
    # A private address may be let out for a private endpoint; to deny it leaves the public endpoints alone.
    private = isinstance(addresses, ipaddress.IPv4Network) and any(addresses.subnet_of(each) for each in _PRIVATE)
    return Match.NO if denies and private else Match.MAYBE
