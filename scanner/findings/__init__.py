"""What the judgement of an estate says: findings, unknowns, errors, and the Scan that a report is made of."""

from scanner.findings._checks import CheckInfo
from scanner.findings._evidence import Evidence, Settled, Unseen
from scanner.findings._finding import (
    Acceptance,
    Change,
    CheckError,
    Finding,
    Hop,
    Impact,
    Start,
    Unknown,
    finding_of,
    fingerprint,
)
from scanner.findings._scan import BlindSpot, Cause, Scan
from scanner.findings._scenarios import Outcome, Scenario, Script
from scanner.findings._settings import (
    AcceptedRisk,
    AppliedSettings,
    OptionSetting,
    RiskStanding,
    RiskState,
    SeveritySetting,
    ThresholdSetting,
)
from scanner.findings._severity import Severity
from scanner.findings._steps import Step, quoted_for_powershell
from scanner.findings._thresholds import Threshold, in_full, span_of, written

__all__ = [
    "Acceptance",
    "AcceptedRisk",
    "AppliedSettings",
    "BlindSpot",
    "Cause",
    "Change",
    "CheckError",
    "CheckInfo",
    "Evidence",
    "Finding",
    "Hop",
    "Impact",
    "OptionSetting",
    "Outcome",
    "RiskStanding",
    "RiskState",
    "Scan",
    "Scenario",
    "Script",
    "Settled",
    "Severity",
    "SeveritySetting",
    "Start",
    "Step",
    "Threshold",
    "ThresholdSetting",
    "Unknown",
    "Unseen",
    "finding_of",
    "fingerprint",
    "in_full",
    "quoted_for_powershell",
    "span_of",
    "written",
]
