"""What tells a login about itself: its effective permissions, its tenants, and what subscriptions are set up for.

Wire formats: Permissions_ListForResource (Microsoft.Authorization, 2022-04-01), Tenants_List (2020-01-01) and
Providers_Get (Microsoft.Resources, 2021-04-01) of azure-rest-api-specs.
"""

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route

PERMISSION_VERSIONS = ("2015-07-01", "2018-01-01-preview", "2022-04-01")
PROVIDER_VERSIONS = ("2019-10-01", "2020-06-01", "2021-04-01")
TENANT_VERSIONS = ("2016-06-01", "2019-11-01", "2020-01-01", "2022-12-01")
PERMISSIONS = "providers/Microsoft.Authorization/permissions"
READ_PERMISSIONS = "Microsoft.Authorization/permissions/read"
READ_PROVIDERS = "Microsoft.Resources/subscriptions/providers/read"
KNOWN = (
    "Microsoft.Authorization",
    "Microsoft.Automation",
    "Microsoft.Compute",
    "Microsoft.HybridCompute",
    "Microsoft.Insights",
    "Microsoft.Network",
    "Microsoft.OperationalInsights",
    "Microsoft.OperationsManagement",
    "Microsoft.ResourceGraph",
    "Microsoft.Resources",
)
_ALWAYS = frozenset({"Microsoft.Authorization", "Microsoft.Resources"})
"""Registered in every subscription, and cannot be unregistered."""


def list_permissions(call: Call) -> Answer:
    """Every role that reaches the scope of the path, on one page."""
    scope = call.path[: call.path.lower().rindex(f"/{PERMISSIONS.lower()}")]
    return Answer({"value": call.rights.permissions(scope)})


def get_provider(call: Call) -> Answer:
    """One resource provider as the subscription has it."""
    asked = call.names["namespace"]
    found = next((namespace for namespace in KNOWN if namespace.lower() == asked.lower()), None)
    if found is None:
        raise RefusedError(404, "InvalidResourceNamespace", f"The resource namespace '{asked}' is invalid.")
    return Answer(_provider(call, found))


def list_providers(call: Call) -> Answer:
    """All resource providers that the subscription can have."""
    return Answer({"value": [_provider(call, namespace) for namespace in KNOWN]})


def _provider(call: Call, namespace: str) -> Json:
    subscription = call.directory.subscriptions[call.names["subscription"].lower()]
    left_out = {name.lower() for name in subscription.unregistered}
    is_registered = namespace in _ALWAYS or namespace.lower() not in left_out
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{namespace}",
        "namespace": namespace,
        "resourceTypes": [],
        "registrationState": "Registered" if is_registered else "NotRegistered",
        "registrationPolicy": "RegistrationFree" if namespace in _ALWAYS else "RegistrationRequired",
    }


def list_tenants(call: Call) -> Answer:
    """The home tenant, and those whose subscriptions are delegated to it."""
    tenant = call.directory.tenant
    elsewhere = {each.tenant_id for each in tenant.subscriptions if each.tenant_id not in (None, tenant.id)}
    home: Json = {
        "id": f"/tenants/{tenant.id}",
        "tenantId": tenant.id,
        "displayName": tenant.name,
        "defaultDomain": f"{tenant.name}.onmicrosoft.example",
        "tenantCategory": "Home",
        "tenantType": "AAD",
    }
    others = [
        {"id": f"/tenants/{each}", "tenantId": each, "tenantCategory": "ManagedBy"}
        for each in sorted(filter(None, elsewhere))
    ]
    return Answer({"value": [home, *others]})


_SCOPES = (
    "/subscriptions/{subscription}",
    "/subscriptions/{subscription}/resourceGroups/{group}",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{kind}/{name}",
    "/providers/Microsoft.Management/managementGroups/{management_group}",
)
ROUTES = (
    *(
        Route("GET", f"{scope}/{PERMISSIONS}", READ_PERMISSIONS, PERMISSION_VERSIONS, list_permissions)
        for scope in _SCOPES
    ),
    Route("GET", "/subscriptions/{subscription}/providers", READ_PROVIDERS, PROVIDER_VERSIONS, list_providers),
    Route(
        "GET", "/subscriptions/{subscription}/providers/{namespace}", READ_PROVIDERS, PROVIDER_VERSIONS, get_provider
    ),
    Route("GET", "/tenants", "Microsoft.Resources/tenants/read", TENANT_VERSIONS, list_tenants),
)
