"""The shortest texts that read as somebody's own did: the same is recognised in them, and nothing else is there.

A recording passes these on in the place of runbooks, job messages and events.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from scanner.inventory import EventSignature, JobSignature, RunbookSignature
from scanner.runbooks._reading import RunbookReading, read_runbook

_POWERSHELL: Mapping[RunbookSignature, str] = {
    RunbookSignature.RUN_AS: "Get-AutomationConnection -Name 'AzureRunAsConnection'",
    RunbookSignature.CLASSIC_RUN_AS: "Get-AutomationConnection -Name 'AzureClassicRunAsConnection'",
    RunbookSignature.AZURE_RM: "Get-AzureRmContext",
    RunbookSignature.MSONLINE: "Get-MsolDomain",
    RunbookSignature.AZURE_AD: "Get-AzureADDomain",
    RunbookSignature.MANAGED_IDENTITY: "Connect-AzAccount -Identity",
}
_PYTHON: Mapping[RunbookSignature, str] = {
    RunbookSignature.RUN_AS: "get_automation_connection('AzureRunAsConnection')",
    RunbookSignature.CLASSIC_RUN_AS: "get_automation_connection('AzureClassicRunAsConnection')",
    RunbookSignature.MANAGED_IDENTITY: "ManagedIdentityCredential()",
}
_JOB_MESSAGES: Mapping[JobSignature, str] = {
    JobSignature.WORKER_NOT_AVAILABLE: "hybrid worker was not available when scheduled job started",
    JobSignature.JOB_LIMIT: "exceeded the job limit for a hybrid worker",
    JobSignature.SPOOL_OPERATION: "spool operation id does not exist",
    JobSignature.CERTIFICATE_NOT_FOUND: "no certificate was found in the certificate store with thumbprint",
    JobSignature.PASSWORD_PROMPT: "sudo: a password is required",
    JobSignature.EXPIRED_TOKEN: "ExpiredAuthenticationToken",
    JobSignature.USER_ASSIGNED_IDENTITY: "multiple user assigned identities exist",
    JobSignature.ILLEGAL_CHARACTERS: "illegal characters in path",
    JobSignature.TRIED_THREE_TIMES: "job action was attempted three times",
}
_EVENT_TEXTS: Mapping[EventSignature, str] = {
    EventSignature.TLS_INTERCEPTION: "AzureAutomation.HybridAgent",
    EventSignature.SIGNALR_TIMEOUT: "SignalR",
}
_NOTHING_KNOWN = "(left out: nothing that a check knows)"


def runbook_stand_in(reading: RunbookReading, runbook_type: str | None, calls: Iterable[str]) -> tuple[bytes, bool]:
    """A runbook of that `runbookType` which reads alike, but starts `calls`; and whether it really does.

    One that cannot be made to is a runbook that is not understood, so that nothing is proven by what it lacks.
    """
    wanted = frozenset(name.lower() for name in calls)
    for text in _candidates(reading, sorted(wanted)):
        made = read_runbook(text.encode(), runbook_type)
        if (made.signs, made.in_full) == (reading.signs, reading.in_full) and wanted <= made.calls:
            return text.encode(), True
    unclear = (text.encode() for text in ("& $unknown", "get_automation_connection(unknown)", "\0"))
    return next((text for text in unclear if not read_runbook(text, runbook_type).in_full), b"\xff\xfe\0"), False


def job_message(signature: JobSignature | None) -> str:
    """A message that says why a job failed as another did."""
    return _NOTHING_KNOWN if signature is None else _JOB_MESSAGES[signature]


def event_text(signature: EventSignature | None) -> str:
    """The text of an event that tells what another did."""
    return _NOTHING_KNOWN if signature is None else _EVENT_TEXTS[signature]


def _candidates(reading: RunbookReading, calls: list[str]) -> Iterator[str]:
    starts = [f".\\{name}.ps1" for name in calls]
    powershell = _lines(reading, _POWERSHELL, [*starts, *([] if reading.in_full else ["& $unknown"])])
    yield powershell
    activity = {"type": "Activity", "process": "; ".join(line for line in powershell.split("\n") if line)}
    yield json.dumps({"graphRunbook": [activity]})
    python = _lines(reading, _PYTHON, [] if reading.in_full else ["get_automation_connection(unknown)"])
    yield python
    first, _, rest = python.partition("\n")
    yield "\n".join(["; ".join(part for part in ("import os", first) if part), rest])


def _lines(reading: RunbookReading, written: Mapping[RunbookSignature, str], more: list[str]) -> str:
    """Each signature on its own line, and what belongs to none in the end."""
    by_line: dict[int, list[str]] = {}
    for sign in reading.signs:
        if sign.signature in written:
            by_line.setdefault(sign.line, []).append(written[sign.signature])
    lines = ["; ".join(by_line.get(number, ())) for number in range(1, max(by_line, default=0) + 1)]
    return "\n".join([*lines, *more])
