"""How open contoso's accounts are: some were hardened, some never were, one was closed too early."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scanner.emulator.tenants.build import workspace_id
from scanner.emulator.tenants.contoso_places import PLATFORM, RG_LOGS
from scanner.emulator.tenants.model import Account, DiagnosticSetting, PrivateEndpoint


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is set; None for `public` or `keys_off` was never set. `endpoint` is the state of a private endpoint."""

    public: bool | None = None
    keys_off: bool | None = None
    logs: bool = True
    endpoint: str | None = None


HARDENED = Exposure(public=False, keys_off=True, endpoint="Approved")
EXPOSURE: Mapping[str, Exposure] = {
    "aa-platform": Exposure(public=True, keys_off=False),
    "aa-patching": Exposure(public=False, keys_off=False, endpoint="Approved"),
    # account-public-network, account-local-auth and account-logs-off: a laboratory, never hardened.
    "aa-develop": Exposure(logs=False),
    "aa-people": Exposure(public=True, keys_off=True),
    "aa-legacy": Exposure(logs=False),
    "aa-fabrikam": HARDENED,
    "aa-nordic": Exposure(public=False, keys_off=False, endpoint="Approved"),
    "aa-crossing": Exposure(public=True, keys_off=False),
    "aa-ledger": HARDENED,
    # local-auth-disabled-in-use: System workers and a webhook still need it.
    "aa-orphaned": Exposure(public=True, keys_off=True),
    "aa-purged": HARDENED,
    "aa-paris": Exposure(public=True, logs=False),
    "aa-toronto": Exposure(public=False, keys_off=False, endpoint="Approved"),
    "aa-osaka": Exposure(public=False, endpoint="Approved"),
    # private-endpoint-missing (high): closed before anybody approved the endpoint, and its workers went silent.
    "aa-reporting": Exposure(public=False, keys_off=True, endpoint="Pending"),
}


def with_exposure(accounts: tuple[Account, ...]) -> tuple[Account, ...]:
    """The accounts, each as open as it is."""
    return tuple(_exposed(account, EXPOSURE[account.name]) for account in accounts)


def _exposed(account: Account, exposure: Exposure) -> Account:
    group = f"/subscriptions/{account.subscription}/resourceGroups/{account.resource_group}"
    endpoint = f"{group}/providers/Microsoft.Network/privateEndpoints/pe-{account.name}"
    to_security = DiagnosticSetting("to-security", workspace_id(PLATFORM, RG_LOGS, "law-security"))
    return replace(
        account,
        public_network_access=exposure.public,
        disable_local_auth=exposure.keys_off,
        private_endpoints=(PrivateEndpoint(endpoint, status=exposure.endpoint),) if exposure.endpoint else (),
        diagnostic_settings=(to_security,) if exposure.logs else (),
    )
