"""Contoso's customer: the tenant at home in the subscription that Contoso manages by Azure Lighthouse."""

from datetime import datetime

from scanner.emulator.tenants.contoso import contoso
from scanner.emulator.tenants.contoso_places import PARTNER
from scanner.emulator.tenants.delegation import home_of_delegated
from scanner.emulator.tenants.model import Tenant


def fabrikam(now: datetime) -> Tenant:
    """The tenant as its own logins see it; `now` is aware UTC."""
    return home_of_delegated(contoso(now), PARTNER, "fabrikam")
