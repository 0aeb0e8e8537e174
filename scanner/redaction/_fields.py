"""What every text of an estate is. A text that is not listed here stops the redaction, so that nothing new leaks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from scanner import inventory as seen

OWN = "own"
"""A text of this program's own, which stays."""
FREE = "free"
"""A free text, which is rewritten word by word."""

_TIED = {"runbook": "runbook", "run_on": "group"}
_HOST = {"name": "machine", "computer": "machine"}

FIELDS: Mapping[type[msgspec.Struct], Mapping[str, str]] = {
    seen.ScanFacts: {
        "cloud": "cloud",
        "tenant_id": "tenant",
        "skipped": OWN,
        "included": OWN,
        "notes": FREE,
        "elsewhere": "subscription",
        "version": OWN,
        "redaction": OWN,
    },
    seen.NamedTenant: {"name": "tenant", "id": "tenant"},
    seen.Scope: {
        "subscriptions": "subscription",
        "excluded_subscriptions": "subscription",
        "management_group": "mg",
        "resource_group": "rg",
        "account": "scope",
    },
    seen.Read: {"scope": "scope"},
    seen.Gap: {
        "scope": "scope",
        "code": "code",
        "message": FREE,
        "action": "action",
        "request_id": "request",
        "listed_in": "scope",
    },
    seen.Subscription: {
        "name": "subscription",
        "state": "word",
        "tenant_id": "tenant",
        "managed_by": "tenant",
        "login": "tenant",
    },
    seen.AutomationAccount: {
        "name": "account",
        "location": "region",
        "state": "word",
        "identity_type": "word",
        "hybrid_service_url": "url",
    },
    seen.DeletedAccount: {"name": "account", "guid": "automation"},
    seen.WorkspaceLink: {"name": "link"},
    seen.Workspace: {
        "name": "workspace",
        "location": "region",
        "customer_id": "customer",
        "provisioning_state": "word",
        "ingestion_status": "word",
        "sku": "word",
    },
    seen.DeletedWorkspace: {"name": "workspace", "location": "region"},
    seen.LinkedService: {"name": "service", "service": "service", "provisioning_state": "word"},
    seen.IntelligencePack: {"name": "pack"},
    seen.Solution: {"name": "solution", "product": "product"},
    seen.WorkerGroup: {"name": "group", "credential": "credential"},
    seen.HybridWorker: {"name": "machine", "worker_name": "machine", "ip": "address"},
    seen.Certificate: {"name": "certificate", "thumbprint": "thumbprint"},
    seen.Connection: {
        "name": "connection",
        "type_name": "connection type",
        "thumbprint": "thumbprint",
        "certificate_name": "certificate",
        "subscription_id": "subscription",
        "application_id": "application",
        "tenant_id": "tenant",
    },
    seen.Runbook: {
        "name": "runbook",
        "runbook_type": "runbook type",
        "state": "word",
        "environment": "environment",
    },
    seen.RunbookContent: {"name": "runbook"},
    seen.Job: {"name": "job", "job_id": "job", "status": "word", **_TIED},
    seen.JobSchedule: {"name": "tie", "schedule": "schedule", **_TIED},
    seen.Schedule: {"name": "schedule"},
    seen.Webhook: {"name": "webhook", **_TIED},
    seen.Credential: {"name": "credential"},
    seen.RuntimeEnvironment: {"name": "environment", "language": "word", "version": "version"},
    seen.Module: {"name": "module", "version": "version"},
    seen.Variable: {"name": "variable"},
    seen.DscNode: {"name": "machine"},
    seen.PrivateEndpointConnection: {"name": "endpoint", "groups": "word", "status": "word"},
    seen.DiagnosticSetting: {"name": "setting", "categories": "word"},
    seen.Machine: {
        "name": "machine",
        "location": "region",
        "vm_id": "machine id",
        "computer_name": "machine",
        "os_name": "system",
        "identity_type": "word",
        "power_state": "word",
        "arc_status": "word",
        "agent_version": "version",
        "size": "size",
    },
    seen.Extension: {
        "name": "extension",
        "type": "extension",
        "version": "version",
        "provisioning_state": "word",
        "account_url": "url",
        "workspace_id": "customer",
    },
    seen.MachineSize: {"name": "size", "location": "region"},
    seen.NetworkInterface: {"name": "nic"},
    seen.Subnet: {"name": "subnet"},
    seen.SecurityGroup: {"name": "nsg"},
    seen.SecurityRule: {
        "name": "rule",
        "direction": "word",
        "access": "word",
        "protocol": "protocol",
        "sources": "network",
        "destinations": "network",
        "ports": "ports",
    },
    seen.Heartbeat: {
        **_HOST,
        "category": "category",
        "version": "version",
        "os_type": "word",
        "environment": "word",
        "vm_uuid": "machine id",
        "solutions": "pack",
    },
    seen.AgentEvent: {**_HOST, "log": "log"},
    seen.IngestionStop: {"name": "workspace", "status": "word"},
    seen.JobLog: {"name": "job", "job_id": "job", "runbook": "runbook"},
    seen.WorkerPings: {"name": "machine", "group": "group", "worker": "machine", "grain": "grain"},
    seen.Deletion: {"name": "machine"},
}
"""The kind of each text field by its type; ARM ids need no entry."""
