"""Examines, before a scan, whether it would see everything: the login, the network, the rights, and what they miss."""

from scanner.doctor._examine import examine, unreached
from scanner.doctor._plan import PLACEHOLDER, Plan, enabled_checks
from scanner.doctor._report import DoctorReport, doctor_schema
from scanner.doctor._text import to_text

__all__ = [
    "PLACEHOLDER",
    "DoctorReport",
    "Plan",
    "doctor_schema",
    "enabled_checks",
    "examine",
    "to_text",
    "unreached",
]
