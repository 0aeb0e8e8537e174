"""Where an account's hybrid workers find it."""

from uuid import NAMESPACE_URL, uuid5

from scanner.emulator.tenants.model import Account

REGION_CODES = {"eastus": "eus", "eastus2": "eus2", "westeurope": "we", "northeurope": "ne", "uksouth": "uks"}


def place(location: str) -> str:
    """A location as a key: `East US 2` and `eastus2` are one region."""
    return location.replace(" ", "").lower()


def automation_id(account: Account) -> str:
    """The GUID in the account's service URLs, and in a header of its GET."""
    return str(uuid5(NAMESPACE_URL, f"{account.id}\nautomation".lower()))


def host_of(account: Account, service: str) -> str:
    """The host of one of the account's services, such as agentsvc or jrds."""
    region = place(account.location)
    return f"{automation_id(account)}.{service}.{REGION_CODES.get(region, region)}.azure-automation.net"


def hybrid_service_url(account: Account) -> str:
    """Where the account's hybrid workers ask for jobs; their extension has it in its settings."""
    return f"https://{host_of(account, 'jrds')}/automationAccounts/{automation_id(account)}"
