"""What an issue holds for the next run: two comments at its very start, which nobody sees.

Only there are they looked for, and only in issues of the expected author with the label: a name of a tenant stands
further down, and a stranger can neither be that author nor label an issue.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from rootcauses.report import SEVERITIES, Finding, Report

Status = Literal["open", "explained", "accepted", "fixed", "duplicate"]
MOST_WALKED = 2_000
"""Subscriptions that fit into the body of an issue; with more, the report alone never proves a thing."""

_HEAD = re.compile(
    r"<!-- hwaudit:cause ([0-9a-f]{32}) -->\r?\n(?:<!-- hwaudit:memory ([A-Za-z0-9+/=]{0,60000}) -->(?:\r?\n|$))?"
)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC).isoformat()


@dataclass(frozen=True)
class Basis:
    """What the report that showed a finding rested on: another report must rest on no less to disprove it.

    `tenants`, and `walked` of all subscriptions that were seen, are marks.
    """

    tenants: tuple[str, ...] = ()
    walked: tuple[str, ...] = ()
    limits: str = ""
    included: tuple[str, ...] = ()
    redaction: str = ""
    version: str = ""
    provable: bool = False


@dataclass(frozen=True)
class Memory:
    """What the last run that wrote an issue knew; `digest` is of all that it wrote, without the link to the run.

    `asked` is whether a comment has said that the cause could not be seen: that is said once.
    """

    fingerprint: str
    check: str = ""
    subject: str = ""
    severity: str = ""
    status: Status = "open"
    scanned: str = _LONG_AGO
    digest: str = ""
    asked: bool = False
    basis: Basis = Basis()

    @property
    def moment(self) -> datetime:
        """The end of the scan that was told."""
        return datetime.fromisoformat(self.scanned)

    def head(self) -> str:
        """The comments that hold it."""
        packed = base64.b64encode(json.dumps(asdict(self), separators=(",", ":")).encode()).decode()
        return f"<!-- hwaudit:cause {self.fingerprint} -->\n<!-- hwaudit:memory {packed} -->\n"

    def become(self, status: Status, report: Report) -> Memory:
        """The same with another status, as the report says."""
        return replace(self, status=status, scanned=report.scanned.isoformat())


def basis_of(finding: Finding, report: Report) -> Basis:
    """What a finding of the report rests on."""
    sight = report.sight
    few = len(sight.walked) <= MOST_WALKED
    return Basis(
        tenants=tuple(sorted(sight.tenants)),
        walked=tuple(sorted(sight.walked)) if few else (),
        limits=sight.limits,
        included=tuple(sorted(sight.included)),
        redaction=sight.redaction,
        version=sight.version,
        provable=few and finding.rests_on_report,
    )


def memory_of(body: str) -> Memory | None:
    """What the body of an issue holds; None where it does not begin with a marker."""
    found = _HEAD.match(body)
    if found is None:
        return None
    try:
        return _read(found[1], json.loads(base64.b64decode(found[2] or "", validate=True)))
    except (ValueError, TypeError, KeyError, StopIteration, RecursionError):
        # Somebody edited it: what it rested on is unknown, so that only a comparison proves it to be fixed.
        return Memory(found[1])


def _read(fingerprint: str, told: Mapping[str, Any]) -> Memory:
    basis = told["basis"]
    lists: dict[str, tuple[str, ...]] = {
        name: tuple(map(str, basis[name])) for name in ("tenants", "walked", "included")
    }
    status: Status = next(each for each in get_args(Status) if each == told["status"])
    memory = Memory(
        fingerprint=fingerprint,
        check=str(told["check"]),
        subject=str(told["subject"]),
        severity=str(told["severity"]),
        status=status,
        scanned=str(told["scanned"]),
        digest=str(told["digest"]),
        asked=told["asked"] is True,
        basis=Basis(
            limits=str(basis["limits"]),
            redaction=str(basis["redaction"]),
            version=str(basis["version"]),
            provable=basis["provable"] is True,
            **lists,
        ),
    )
    if memory.severity not in SEVERITIES or memory.moment.tzinfo is None:
        raise ValueError("no memory")
    return memory


def with_memory(body: str, memory: Memory) -> str:
    """The body with other comments at its start, and nothing else changed."""
    found = _HEAD.match(body)
    return f"{memory.head()}{body[found.end() :] if found else body}"
