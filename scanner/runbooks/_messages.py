"""Recognises the messages of failed jobs and of agents' events by the words that the troubleshooting articles quote.

Sources: the troubleshooting articles of the agent-based (2023-09-17) and of the extension-based hybrid worker
(2023-04-26) for the job messages and both events; the messages of sudo and GnuPG where no terminal is there to ask on;
azure-sdk's recorded answers of the instance metadata service for identities assigned by the user.
"""

from __future__ import annotations

import re

from scanner.inventory import EventSignature, JobSignature

_QUOTES_AND_INVISIBLES = dict.fromkeys(
    map(ord, "'\"`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\x00\u200b\u00ad\ufeff")
)

_JOB_PHRASES: dict[JobSignature, tuple[str, ...]] = {
    JobSignature.WORKER_NOT_AVAILABLE: (
        r"hybrid worker (?:was not|wasnt) available when (?:the )?scheduled job started",
        r"hybrid worker was last active at",
    ),
    JobSignature.JOB_LIMIT: (r"exceeded the job limit for (?:a |the )?hybrid (?:runbook )?worker",),
    JobSignature.SPOOL_OPERATION: (r"spool operation id does not exist",),
    JobSignature.CERTIFICATE_NOT_FOUND: (
        r"no certificate was found in the certificate store (?:with thumbprint|on the hybrid runbook worker)",
    ),
    JobSignature.PASSWORD_PROMPT: (
        r"sudo: a password is required",
        r"sudo: no tty present and no askpass program",
        r"sudo: a terminal is required to (?:read the password|authenticate)",
        r"sudo: sorry, you must have a tty to run sudo",
        r"sudo: no password was provided",
        r"\[sudo\] password for",
        r"gpg2?:.{0,80}?inappropriate ioctl for device",
        r"gpg2?:.{0,80}?no pinentry",
        r"gpg2?:.{0,80}?(?:operation cancelled|cancelled by user|can ?not query passphrase|can't query passphrase)",
        r"gpg2?:.{0,80}?(?:no default secret key|no secret key|signing failed|bad passphrase)",
        r"gpg2?: cannot open /dev/tty",
        r"gpg2?: sorry, no terminal at all requested",
        r"unexpected prompt for a password",
    ),
    JobSignature.EXPIRED_TOKEN: (
        r"expiredauthenticationtoken",
        r"access token expiry utc time .{0,40}? is earlier than current utc time",
    ),
    JobSignature.USER_ASSIGNED_IDENTITY: (
        r"invalid authorization token",
        r"multiple user assigned identities exist",
        r"no user assigned or delegated managed identity found",
        r"failed to (?:get|acquire|retrieve) (?:the |an )?msi token",
        r"unable to (?:get|acquire|retrieve|use|find|load)[^.:;]{0,80}?user-?assigned (?:managed )?identity",
    ),
    JobSignature.ILLEGAL_CHARACTERS: (r"illegal characters in path",),
    JobSignature.TRIED_THREE_TIMES: (
        r"job action \w{1,20} cannot be run,? because the process stopped unexpectedly",
        r"job action was attempted three times",
    ),
}
"""From the message that names its cause to the one that names none: a job that was tried three times may say why."""

_JOB_MESSAGES = {
    signature: re.compile("|".join(phrases).replace(" ", "")) for signature, phrases in _JOB_PHRASES.items()
}

_STOPPED = ("stopped", "overquota", "forceoff", "suspended")
_NOT_YET = "approachingquota"
_OPERATIONS_MANAGER = "operationsmanager"
_TLS_EVENT, _SIGNALR_EVENT = 4502, 15011


def job_signature(text: str) -> JobSignature | None:
    """Name why a job failed by the text of its exception or streams; None where nothing known is in it.

    Case, quotes, spaces and line breaks do not count, since PowerShell breaks messages at the width of its console.
    """
    essence = _essence(text)
    return next((signature for signature, pattern in _JOB_MESSAGES.items() if pattern.search(essence)), None)


def event_signature(event_id: int | None, log: str | None, text: str) -> EventSignature | None:
    """Name what an event tells by its id, its log (only 4502 is bound to one) and the text it was rendered to."""
    if event_id == _TLS_EVENT and _essence(log or "") == _OPERATIONS_MANAGER:
        return EventSignature.TLS_INTERCEPTION if "azureautomation.hybridagent" in _essence(text) else None
    if event_id == _SIGNALR_EVENT:
        essence = _essence(text)
        return EventSignature.SIGNALR_TIMEOUT if "jobruntimedata" in essence or "signalr" in essence else None
    return None


def ingestion_words(detail: str) -> tuple[tuple[str, ...], bool]:
    """The words in an operation's detail that say that a workspace takes no data in, and whether it says "not yet".

    Source: Manage usage and costs with Azure Monitor Logs, Microsoft, "why Log Analytics is no longer collecting data".
    """
    words = "".join(detail.lower().split())
    return tuple(word for word in _STOPPED if word in words), _NOT_YET in words


def _essence(text: str) -> str:
    return "".join(text.translate(_QUOTES_AND_INVISIBLES).lower().split())
