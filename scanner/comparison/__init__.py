"""Compares two scans by what is told of them: a record each, made from a judged estate or from a JSON report."""

from scanner.comparison._beside import with_changes
from scanner.comparison._compare import compare, same_tenant
from scanner.comparison._judged_by import JudgedBy
from scanner.comparison._record import Baseline, Coverage, Record, RecordedGap, Thing, hidden_by, record_of
from scanner.comparison._sight import Sight

__all__ = [
    "Baseline",
    "Coverage",
    "JudgedBy",
    "Record",
    "RecordedGap",
    "Sight",
    "Thing",
    "compare",
    "hidden_by",
    "record_of",
    "same_tenant",
    "with_changes",
]
