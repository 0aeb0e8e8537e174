"""Reads the `[[accept]]` entries of a settings file: each names whose risk it is, why, and until when."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from scanner.checks import all_checks
from scanner.errors import UsageError
from scanner.findings import AcceptedRisk
from scanner.inventory import ArmId
from scanner.settings._globs import names_nothing, place_before_wildcards
from scanner.settings._names import TenantNames
from scanner.settings._risk_findings import RISK_CHECKS
from scanner.settings._words import suggested

_EVERY = "*"
_REQUIRED = ("owner", "reason", "ticket", "expires")
_LEAST_PARTS = 2  # subscriptions/{s}


class RiskEntry(msgspec.Struct, frozen=True):
    """An entry: the glob over real ids and names by which it is matched, and what is shown of it."""

    glob: str | None
    risk: AcceptedRisk

    @property
    def names_place(self) -> bool:
        """Whether it names where it holds: a place, or a glob of one subscription's ids."""
        return self.risk.within is not None or place_before_wildcards(self.glob) is not None

    @property
    def is_for_most_checks(self) -> bool:
        """Whether it is for more than half of all checks."""
        return _are_most(self.risk.checks)

    def under(self, names: TenantNames, origin: str) -> RiskEntry:
        """The entry as it may be shown; the glob goes on to mean real names."""
        risk = self.risk
        shown = msgspec.structs.replace(
            risk,
            subject=None if risk.subject is None else names.word("glob", risk.subject),
            within=None if risk.within is None else names.id(risk.within),
            owner=names.word("owner", risk.owner),
            reason=names.text(risk.reason),
            ticket=names.word("ticket", risk.ticket),
            origin=origin,
        )
        return RiskEntry(self.glob, shown)


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as the file has it."""

    owner: str
    reason: str
    ticket: str
    expires: date
    check: str | list[str] = _EVERY
    subject: str | None = None
    within: str | None = None
    accepted: date | None = None


_FORMS = {
    "expires": "write a date such as 2027-01-31",
    "accepted": "write a date such as 2026-01-31, or leave it out",
    "check": 'write the id of a check, a list of ids, or "*"',
    "subject": 'write a glob in quotes, such as "vm-legacy-*"',
    "within": "write the ARM id of a subscription or of something in it, in quotes",
}


def accepted_risks(file: str, tables: Any) -> tuple[RiskEntry, ...]:
    """Read all entries; raises UsageError for one that is incomplete, wrong, repeated, or that would accept all."""
    if not isinstance(tables, list):
        raise UsageError(f"{file}: accept is no list of entries", "begin each entry with [[accept]] on a line")
    known: dict[tuple[Any, ...], int] = {}
    entries = []
    for number, table in enumerate(tables, 1):
        where = f"{file}, [[accept]] entry {number}"
        risk = _risk(number, where, _entry(where, table))
        same = (risk.checks, (risk.subject or "").lower(), risk.within, risk.ticket.lower())
        if known.setdefault(same, number) != number:
            raise UsageError(f"{where} repeats entry {known[same]}", "remove one of them")
        entries.append(RiskEntry(risk.subject, risk))
    return tuple(entries)


def _entry(where: str, table: Any) -> _Entry:
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table", "begin each entry with [[accept]] on a line")
    for key in table:
        if key not in _Entry.__struct_fields__:
            raise UsageError(f"{where} does not know {key!r}", suggested(key, _Entry.__struct_fields__))
    for key in _REQUIRED:
        if key not in table:
            raise UsageError(f"{where} has no {key}", _FORMS.get(key, f"write the {key} in quotes"))
    try:
        entry = msgspec.convert(table, _Entry)
    except msgspec.ValidationError as error:
        key = str(error).rpartition("$.")[2].rstrip("`").partition("[")[0]
        raise UsageError(f"{where}: {key} cannot be read", _FORMS.get(key, "write text in quotes")) from error
    for key in ("owner", "reason", "ticket"):
        if not getattr(entry, key).strip():
            raise UsageError(f"{where}: {key} is blank", f"write the {key}: an accepted risk is somebody's")
    return entry


def _risk(number: int, where: str, entry: _Entry) -> AcceptedRisk:
    checks, within = _checks(where, entry.check), _place(where, entry.within)
    if entry.subject is not None and not entry.subject.strip():
        raise UsageError(f"{where}: subject is blank", _FORMS["subject"])
    if _are_most(checks) and within is None and (entry.subject is None or names_nothing(entry.subject.strip())):
        raise UsageError(
            f"{where} would accept every finding", "name a few checks, a place with within, or a subject by its name"
        )
    if entry.accepted is not None and entry.accepted > entry.expires:
        raise UsageError(f"{where} expires before it was accepted", "correct one of the two dates")
    return AcceptedRisk(
        number=number,
        checks=checks,
        subject=entry.subject.strip() if entry.subject is not None else None,
        within=within,
        owner=entry.owner.strip(),
        reason=entry.reason.strip(),
        ticket=entry.ticket.strip(),
        expires=entry.expires,
        accepted_on=entry.accepted,
        origin=where,
    )


def _checks(where: str, written: str | list[str]) -> tuple[str, ...]:
    """The ids, sorted; none of them for every check."""
    known = [check.id for check in all_checks()]
    ids = [written] if isinstance(written, str) else written
    if ids == [_EVERY]:
        return ()
    if not ids:
        raise UsageError(f"{where}: check is an empty list", _FORMS["check"])
    for id_ in ids:
        if id_ in {info.id for info in RISK_CHECKS}:
            raise UsageError(f"{where}: {id_} cannot be accepted", "renew the entry that it is about, or remove it")
        if id_ not in known:
            raise UsageError(
                f"{where}: there is no check {id_!r}", suggested(id_, known, "`hwaudit checks` lists them")
            )
    return () if set(ids) == set(known) else tuple(sorted(set(ids)))


def _are_most(checks: tuple[str, ...]) -> bool:
    """Whether these are more than half of all checks; none are every check."""
    return not checks or 2 * len(checks) > len(all_checks())


def _place(where: str, written: str | None) -> ArmId | None:
    if written is None:
        return None
    place = ArmId.parse(written)
    if place is None or not place.key.startswith("/subscriptions/") or len(place.parts) < _LEAST_PARTS:
        raise UsageError(f"{where}: within {written!r} is no place", _FORMS["within"])
    return place
