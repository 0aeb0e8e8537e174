"""How much a finding matters."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters; compare by `rank`, 0 is the worst."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical to 4 for info."""
        return _RANKS[self]

    def at_least(self, other: Severity) -> bool:
        """Tell whether this severity is as bad as `other`, or worse."""
        return self.rank <= other.rank


_RANKS: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}
