"""The book of a made estate: what it holds, its reads, and how healthy it is."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

from scanner.inventory import Answered, ArmId, Gap, GapReason, Read, Reading, Resource

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Health(StrEnum):
    """How an estate is: a few percent of findings, a finding on most workers, or a Gap in every third read."""

    USUAL = "usual"
    SICK = "sick"
    HIDDEN = "hidden"


def guid(*parts: object) -> str:
    """The same GUID for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, " ".join(map(str, parts))))


def url(account: str, region: str) -> str:
    """The hybrid service's URL of an account with this GUID."""
    return f"https://{account}.jrds.{region[:2]}.azure-automation.net/automationAccounts/{account}"


class Book:
    """Reads and resources, one after the other; `at` is the moment of the last read."""

    def __init__(self, health: Health, seed: str) -> None:
        self.reads: list[Read] = []
        self.resources: list[Resource] = []
        self.health = health
        self.random = Random(seed)  # noqa: S311 - it hides nothing
        self.at = NOW

    def read(self, scope: str, reading: Reading, items: int, *, hideable: bool = True) -> bool:
        """Note one read; tells whether it was answered, as all are unless the estate is hidden."""
        self.at += timedelta(milliseconds=1)
        if hideable and self.health is Health.HIDDEN and self.random.random() < 1 / 3:
            action = reading.operation
            gap = Gap(
                scope=scope,
                reading=reading,
                reason=GapReason.DENIED,
                status=403,
                code="AuthorizationFailed",
                message=f"The client does not have authorization to perform action '{action}' over scope '{scope}'.",
                action=action,
                request_id=guid(scope, action),
            )
            self.reads.append(Read(scope=scope, reading=reading, read_at=self.at, gap=gap))
            return False
        self.reads.append(Read(scope=scope, reading=reading, read_at=self.at, answered=Answered(items)))
        return True

    def missing(self, scope: ArmId, reading: Reading) -> None:
        """Note a read that told that there is no such thing."""
        self.reads.append(Read(scope=scope.text, reading=reading, read_at=self.at, answered=Answered(0, missing=True)))

    def add(self, kind: type[Resource], id_: ArmId, **fields: object) -> None:
        """Note a resource; it has its id's name, and was read at this moment, unless `fields` say otherwise."""
        self.resources.append(kind(**{"id": id_, "name": id_.name, "read_at": self.at} | fields))  # type: ignore[arg-type]

    def sick(self, usually: float) -> bool:
        """Tell whether this one has what a share of `usually` has."""
        return self.random.random() < (0.2 if self.health is Health.SICK else usually)
