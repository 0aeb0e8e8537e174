"""Reads runbooks and the messages of jobs and events into signatures, and keeps nothing else of them."""

from scanner.runbooks._messages import event_signature, job_signature
from scanner.runbooks._reading import VERSION, RunbookReading, read_runbook

__all__ = ["VERSION", "RunbookReading", "event_signature", "job_signature", "read_runbook"]
