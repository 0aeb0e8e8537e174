"""Reads runbooks and the messages of jobs and events into signatures, and keeps nothing else of them."""

from scanner.runbooks._messages import event_signature, ingestion_words, job_signature
from scanner.runbooks._reading import VERSION, RunbookReading, read_runbook
from scanner.runbooks._stand_ins import event_text, job_message, runbook_stand_in

__all__ = [
    "VERSION",
    "RunbookReading",
    "event_signature",
    "event_text",
    "ingestion_words",
    "job_message",
    "job_signature",
    "read_runbook",
    "runbook_stand_in",
]
