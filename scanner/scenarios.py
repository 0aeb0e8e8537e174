"""The scenarios of Microsoft's *Troubleshoot Hybrid Runbook Worker issues*, and what a scan can say of each.

Titles are in our own words; the order is the article's (localized versions of 2019-11-25 and 2021-01-27).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.findings import CheckError, CheckInfo, Finding, Outcome, Scenario, Unknown

TITLES: Mapping[str, str] = {
    "S1": "A job stops unexpectedly and is tried three times",
    "S2": "Event 15011: the workspace is in another subscription, or its name is taken",
    "S3": "A worker is dropped after 30 days without a ping",
    "S4": "The Run As certificate is missing on the worker",
    "S5": "Registration answers 403: wrong id or key, unsupported region mapping, or a skewed clock",
    "S6": "A Linux runbook prompts for a password (sudo, GPG)",
    "S7": "The Linux agent does not run",
    "S8": "The class does not exist: an outdated Linux agent",
    "S9": "The Windows agent does not run",
    "S10": "Event 4502: a proxy intercepts TLS",
    "S11": "A runbook of the sandbox cannot connect to Microsoft 365",
    "S12": "A corrupt agent cache: the machine runs, no heartbeat arrives",
    "S13": "A Windows machine is already registered to another account",
    "S14": "A Linux machine is already registered, or its group is gone",
}

# "No sign" of a scenario is only as good as these checks; one that this version does not have keeps it at "not seen".
NEEDED_CHECKS: Mapping[str, tuple[str, ...]] = {
    "S1": (
        "job-failure-signature",
        "group-credential-missing",
        "group-without-active-worker",
        "worker-machine-stopped",
        "worker-below-minimum-hardware",
        "outbound-https-blocked",
    ),
    "S2": (
        "workspace-cross-subscription",
        "workspace-name-collision",
        "worker-reports-elsewhere",
        "agent-event-signature",
    ),
    "S3": (
        "worker-stale",
        "worker-purge-soon",
        "worker-purged",
        "worker-machine-stopped",
        "target-group-missing",
        "group-empty",
    ),
    "S4": (
        "run-as-certificate-missing",
        "run-as-thumbprint-mismatch",
        "run-as-certificate-expired",
        "run-as-certificate-not-exportable",
        "run-as-subscription-mismatch",
        "run-as-retired",
        "runbook-uses-run-as",
        "job-failure-signature",
    ),
    "S5": (
        "region-mapping-unsupported",
        "region-mapping-unlisted",
        "region-mapping-partial",
        "worker-reports-elsewhere",
        "worker-clock-skewed",
        "worker-never-connected",
    ),
    "S6": ("job-failure-signature",),
    "S7": ("worker-heartbeat-missing",),
    "S8": ("worker-agent-outdated",),
    "S9": ("worker-heartbeat-missing",),
    "S10": ("agent-event-signature",),
    "S11": ("runbook-uses-msonline",),
    "S12": ("worker-heartbeat-missing",),
    "S13": ("worker-registered-twice",),
    "S14": ("worker-registered-twice", "worker-extension-orphaned", "target-group-missing"),
}


def scenarios(
    checks: Iterable[CheckInfo], findings: Iterable[Finding], unknowns: Iterable[Unknown], errors: Iterable[CheckError]
) -> tuple[Scenario, ...]:
    """Tell each scenario's outcome: detected by findings, no sign when every needed check judged, else not seen."""
    ran = {check.id for check in checks} - {error.check for error in errors}
    blind = {unknown.check for unknown in unknowns}
    told = list(findings)
    return tuple(_scenario(id_, title, told, ran - blind) for id_, title in TITLES.items())


def _scenario(id_: str, title: str, findings: list[Finding], judged: set[str]) -> Scenario:
    found = tuple(finding.fingerprint for finding in findings if id_ in finding.scenarios)
    if found:
        outcome = Outcome.DETECTED
    else:
        outcome = Outcome.NO_SIGN if judged.issuperset(NEEDED_CHECKS[id_]) else Outcome.NOT_SEEN
    return Scenario(id=id_, title=title, outcome=outcome, findings=found)
