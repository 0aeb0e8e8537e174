"""Settings: what `hwaudit.toml` says, and what it does to a judgement."""

from scanner.settings._file import NO_SETTINGS, Settings, read_settings
from scanner.settings._names import TenantNames
from scanner.settings._risk_findings import RISK_CHECKS
from scanner.settings._risks import JudgedRisks, with_accepted_risks
from scanner.settings._severities import applied_settings, with_severities
from scanner.settings._words import suggested

__all__ = [
    "NO_SETTINGS",
    "RISK_CHECKS",
    "JudgedRisks",
    "Settings",
    "TenantNames",
    "applied_settings",
    "read_settings",
    "suggested",
    "with_accepted_risks",
    "with_severities",
]
