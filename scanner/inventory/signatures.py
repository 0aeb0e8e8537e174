"""Signatures: what is recognised in runbooks, job messages and events; of all those texts nothing else is kept."""

from __future__ import annotations

from enum import StrEnum


class RunbookSignature(StrEnum):
    """What a runbook's published content uses."""

    RUN_AS = "run-as"  # the connection AzureRunAsConnection
    CLASSIC_RUN_AS = "classic-run-as"  # the connection AzureClassicRunAsConnection
    AZURE_RM = "azurerm"  # a cmdlet or module of AzureRM
    MSONLINE = "msonline"
    AZURE_AD = "azuread"
    MANAGED_IDENTITY = "managed-identity"  # Connect-AzAccount -Identity and its kin


class JobSignature(StrEnum):
    """Why a hybrid job failed, by the message that Microsoft's troubleshooting articles quote."""

    TRIED_THREE_TIMES = "tried-three-times"
    WORKER_NOT_AVAILABLE = "worker-not-available"
    JOB_LIMIT = "job-limit"
    SPOOL_OPERATION = "spool-operation"
    CERTIFICATE_NOT_FOUND = "certificate-not-found"
    ILLEGAL_CHARACTERS = "illegal-characters"
    PASSWORD_PROMPT = "password-prompt"  # noqa: S105 - sudo or GPG asks for one; none is kept
    EXPIRED_TOKEN = "expired-token"  # noqa: S105 - the name of an error
    USER_ASSIGNED_IDENTITY = "user-assigned-identity"


class EventSignature(StrEnum):
    """What an agent's event tells."""

    SIGNALR_TIMEOUT = "15011"
    TLS_INTERCEPTION = "4502"
