"""What the judgement of an estate says: findings, unknowns, errors, and the Scan that a report is made of."""

from scanner.findings._checks import CheckInfo
from scanner.findings._controls import (
    DISCLAIMER,
    AzurePolicy,
    ControlCheck,
    ControlRow,
    ControlStatus,
    FrameworkView,
    InitiativeRef,
    MappingOrigin,
)
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
from scanner.findings._severity import Severity
from scanner.findings._steps import Step, quoted_for_powershell

__all__ = [
    "DISCLAIMER",
    "Acceptance",
    "AzurePolicy",
    "BlindSpot",
    "Cause",
    "Change",
    "CheckError",
    "CheckInfo",
    "ControlCheck",
    "ControlRow",
    "ControlStatus",
    "Evidence",
    "Finding",
    "FrameworkView",
    "Hop",
    "Impact",
    "InitiativeRef",
    "MappingOrigin",
    "Outcome",
    "Scan",
    "Scenario",
    "Script",
    "Settled",
    "Severity",
    "Start",
    "Step",
    "Unknown",
    "Unseen",
    "finding_of",
    "fingerprint",
    "quoted_for_powershell",
]
