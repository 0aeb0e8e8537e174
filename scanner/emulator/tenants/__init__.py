"""The tenants that the embedded Azure can be; each is made relative to its own now."""

from collections.abc import Callable, Mapping
from datetime import datetime

from scanner.emulator.tenants.blind import blind
from scanner.emulator.tenants.contoso import contoso
from scanner.emulator.tenants.contoso_last_month import contoso_last_month
from scanner.emulator.tenants.fabrikam import fabrikam
from scanner.emulator.tenants.fairfax import fairfax
from scanner.emulator.tenants.generated import generate
from scanner.emulator.tenants.model import Tenant
from scanner.emulator.tenants.spotless import spotless

TENANTS: Mapping[str, Callable[[datetime], Tenant]] = {
    "contoso": contoso,
    "contoso-last-month": contoso_last_month,
    "spotless": spotless,
    "blind": blind,
    "fairfax": fairfax,
    "fabrikam": fabrikam,
}
"""Tenants by name; the argument is the tenant's now (aware UTC), to which all its times are relative."""

__all__ = ["TENANTS", "generate"]
