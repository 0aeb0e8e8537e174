"""Causes, not rows: one cause, one voice. A finding that another explains carries that one's fingerprint."""

from scanner.causes._causes import causes_of
from scanner.causes._roots import with_root_causes
from scanner.causes._rules import ABOVE_ALL, EXPLAINED_BY

__all__ = ["ABOVE_ALL", "EXPLAINED_BY", "causes_of", "with_root_causes"]
