"""The shape of contoso, seen by somebody who was given next to nothing."""

from dataclasses import replace
from datetime import datetime

from scanner.emulator.faults import deny
from scanner.emulator.tenants.contoso import contoso
from scanner.emulator.tenants.contoso_places import OPERATIONS, PLATFORM
from scanner.emulator.tenants.model import Tenant

TENANT = "b11d0000-7a3c-4f0e-9b6e-0d4c5a1e0b11"

DENIED = (
    # Every child of an account and of a workspace, everywhere; lists of accounts only where they are named below.
    deny("Microsoft.Automation/automationAccounts/*/read"),
    deny("Microsoft.OperationalInsights/*"),
    deny("Microsoft.OperationsManagement/*"),
    deny("Microsoft.Management/*"),
    # Machines, their network, metrics, the activity log and diagnostic settings.
    deny("Microsoft.Compute/*"),
    deny("Microsoft.HybridCompute/*"),
    deny("Microsoft.Network/*"),
    deny("Microsoft.Insights/*"),
)


def blind(now: datetime) -> Tenant:
    """The subscription list answers; one subscription lists its accounts, and Resource Graph shows only those."""
    shape = contoso(now)
    denied = [
        deny("Microsoft.Automation/automationAccounts/read", f"/subscriptions/{s.id}/") for s in shape.subscriptions
    ]
    open_to = next(s.id for s in shape.subscriptions if s.id not in (PLATFORM, OPERATIONS) and s.visible)
    kept = tuple(fault for fault in denied if open_to not in fault.scope)
    return replace(shape, id=TENANT, name="blind", faults=(*DENIED, *kept))
