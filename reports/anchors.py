"""The fragments under which the parts of the HTML report are linked; they are the same in the next scan."""

from __future__ import annotations

import hashlib

from scanner.findings import Finding
from scanner.inventory import ArmId


def finding_anchor(finding: Finding) -> str:
    """The fragment that opens a finding."""
    return f"f-{finding.fingerprint}"


def account_anchor(account: ArmId) -> str:
    """The fragment that opens the page of an Automation account, whatever the case of its id."""
    return f"account-{hashlib.sha256(account.key.encode()).hexdigest()[:12]}"
