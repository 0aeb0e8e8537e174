"""One object for equal values: in a big estate the same ids, times and words stand a million times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from scanner.inventory.arm import ArmId
from scanner.inventory.resources import HybridWorker

_REPEATED = frozenset(
    {
        *("read_at", "answered", "scope", "name", "worker_name", "computer_name", "computer", "location", "state"),
        *("status", "type", "type_name", "version", "provisioning_state", "ingestion_status", "sku", "product"),
        *("identity_type", "os_name", "os_type", "power_state", "arc_status", "agent_version", "size", "language"),
        *("runbook", "runbook_type", "schedule", "run_on", "environment", "category", "categories", "solutions"),
        *("tenant_id", "subscription_id", "application_id", "thumbprint", "account_url", "hybrid_service_url"),
        *("workspace_id", "customer_id", "vm_id", "vm_uuid", "grain", "created_at", "started_at", "ended_at"),
    }
)
"""Fields whose values stand in many resources of one kind, or again in those of another."""


class Repeats:
    """Finds equal values while an estate is read, and hands out the first of them."""

    def __init__(self) -> None:
        self._ids: dict[str, ArmId] = {}
        self._values: dict[Any, Any] = {}

    def decoded(self, kind: type, value: Any) -> Any:
        """Make an ArmId of a text; a hook of msgspec's decoders, so it raises ValueError for anything else."""
        if kind is ArmId and isinstance(value, str):
            known = self._ids.get(value)
            if known is None:
                known = self._ids[value] = ArmId(value)
            return known
        if kind is ArmId:
            raise ValueError("an ARM id is a text")
        raise NotImplementedError(kind)

    def share(self, items: Sequence[msgspec.Struct]) -> None:
        """Put the first of equal values into all of `items`, which are of one type and nobody else has seen yet."""
        if not items:
            return
        values = self._values
        for name in _repeated(type(items[0])):
            for item in items:
                value = getattr(item, name)
                if value is not None:
                    known = values.setdefault(value, value)
                    if known is not value:
                        msgspec.structs.force_setattr(item, name, known)


@cache
def _repeated(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    # A worker's own name is a GUID that stands nowhere else.
    alone = {"name"} if kind is HybridWorker else set()
    return tuple(name for name in kind.__struct_fields__ if name in _REPEATED - alone)
