"""Short ways to write down machines, workers and Run As assets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha1

from scanner.emulator.tenants.model import Certificate, Connection, Group, Worker

ACTIVE = timedelta(minutes=4)
"""An age at which a worker counts as active: it pings every 30 seconds, and 30 minutes are allowed."""

RUN_AS_CERTIFICATE, RUN_AS_CONNECTION = "AzureRunAsCertificate", "AzureRunAsConnection"
CLASSIC_CONNECTION, CLASSIC_CERTIFICATE = "AzureClassicRunAsConnection", "AzureClassicRunAsCertificate"


def account_id(subscription: str, resource_group: str, name: str) -> str:
    """The full ARM id of an Automation account, existing or not."""
    parent = f"/subscriptions/{subscription}/resourceGroups/{resource_group}"
    return f"{parent}/providers/Microsoft.Automation/automationAccounts/{name}"


def workspace_id(subscription: str, resource_group: str, name: str) -> str:
    """The full ARM id of a workspace, existing or not."""
    parent = f"/subscriptions/{subscription}/resourceGroups/{resource_group}"
    return f"{parent}/providers/Microsoft.OperationalInsights/workspaces/{name}"


def thumbprint(text: str) -> str:
    """Forty upper-case hexadecimal digits that belong to the text."""
    return sha1(text.encode(), usedforsecurity=False).hexdigest().upper()


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines of one resource group, seen from one now."""

    now: datetime
    subscription: str
    resource_group: str

    def vm(self, name: str) -> str:
        """The id of an Azure virtual machine."""
        parent = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{parent}/providers/Microsoft.Compute/virtualMachines/{name}"

    def arc(self, name: str) -> str:
        """The id of an Arc-enabled server."""
        parent = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{parent}/providers/Microsoft.HybridCompute/machines/{name}"

    def v2(
        self,
        name: str,
        age: timedelta | None = ACTIVE,
        *,
        registered: timedelta = timedelta(days=400),
        vm: str | None = None,
    ) -> Worker:
        """An extension-based worker; age None is one that never reported, and so has no address either."""
        seen = None if age is None else self.now - age
        address = "" if seen is None else _address(name)
        return Worker(name, "HybridV2", self.now - registered, seen, vm or self.vm(name), address)

    def v1(self, name: str, age: timedelta = ACTIVE, *, ip: str | None = None, vm: str = "") -> Worker:
        """An agent-based worker; of most of them, Automation knows no machine id."""
        return Worker(name, "HybridV1", self.now - timedelta(days=1500), self.now - age, vm, ip or _address(name))

    def v2s(self, *names: str) -> tuple[Worker, ...]:
        """Active extension-based workers."""
        return tuple(self.v2(name) for name in names)

    def system(self, *names: str) -> tuple[Group, ...]:
        """The System groups that Update Management made: one for each machine, called after it and a GUID."""
        return tuple(Group(_system_name(name), (self.v1(name),), kind="System") for name in names)


def _address(name: str) -> str:
    digits = sha1(name.lower().encode(), usedforsecurity=False).digest()
    return f"10.{digits[0]}.{digits[1]}.{digits[2] % 250 + 4}"


def _system_name(name: str) -> str:
    mark = sha1(f"system {name}".encode(), usedforsecurity=False).hexdigest()
    return f"{name}.corp.contoso.com_{mark[:8]}-{mark[8:12]}-{mark[12:16]}-{mark[16:20]}-{mark[20:32]}"


def service_principal(name: str, mark: str, subscription: str, tenant: str) -> Connection:
    """A connection of type AzureServicePrincipal whose certificate has the given thumbprint."""
    fields = {"ApplicationId": thumbprint(name)[:8].lower() + "-0000-4000-8000-000000000001", "TenantId": tenant}
    return Connection(
        name, "AzureServicePrincipal", {**fields, "CertificateThumbprint": mark, "SubscriptionId": subscription}
    )


def run_as(mark: str, subscription: str, tenant: str) -> Connection:
    """The Run As connection itself."""
    return service_principal(RUN_AS_CONNECTION, mark, subscription, tenant)


def classic_run_as(asset: str, subscription: str, kind: str = "AzureClassicCertificate ") -> Connection:
    """The classic Run As connection; Microsoft's script wrote its type with a trailing blank."""
    fields = {"SubscriptionName": "Contoso", "SubscriptionId": subscription, "CertificateAssetName": asset}
    return Connection(CLASSIC_CONNECTION, kind, fields)


def run_as_certificate(
    mark: str, expires: datetime, *, exportable: bool = True, name: str = RUN_AS_CERTIFICATE
) -> Certificate:
    """The Run As certificate asset."""
    return Certificate(name, mark, expires, exportable)
