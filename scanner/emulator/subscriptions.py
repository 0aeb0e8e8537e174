"""Microsoft.Resources subscriptions and the management group above them."""

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, page
from scanner.emulator.lookup import subscription_of
from scanner.emulator.tenants.model import ManagementGroup, Subscription

VERSIONS = ("2016-06-01", "2019-11-01", "2020-01-01", "2022-12-01")
GROUP_VERSIONS = ("2020-02-01", "2020-05-01", "2021-04-01", "2023-04-01")
GROUP_TYPE = "Microsoft.Management/managementGroups"


def subscription_body(subscription: Subscription, home: str) -> Json:
    """A subscription; `tenantId` is another tenant's where Lighthouse delegates it."""
    return {
        "id": f"/subscriptions/{subscription.id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [{"tenantId": tenant} for tenant in subscription.managed_by],
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant_id or home,
        "displayName": subscription.name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def list_subscriptions(call: Call) -> Answer:
    """Every subscription in which the caller has a role, with the total on every page."""
    home = call.directory.tenant.id
    every = call.directory.tenant.subscriptions
    visible = [each for each in every if each.visible and call.rights.has_role_in(each.id)]
    total = {"count": {"type": "Total", "value": len(visible)}}
    return page(call, visible, lambda s: subscription_body(s, home), lambda s: s.id, extra=total)


def get_subscription(call: Call) -> Answer:
    """One subscription."""
    return Answer({**subscription_body(subscription_of(call), call.directory.tenant.id), "tags": {}})


def list_descendants(call: Call) -> Answer:
    """Management groups and subscriptions below a management group, at any depth."""
    name = call.names["management_group"]
    root = call.directory.management_groups.get(name.lower())
    if root is None:
        message = f"'/providers/{GROUP_TYPE}/{name}' not found"
        raise RefusedError(404, "NotFound", message)
    return page(call, _below(call, root), lambda row: row, lambda row: str(row["id"]))


def _below(call: Call, parent: ManagementGroup) -> list[Json]:
    rows: list[Json] = []
    above = {"id": f"/providers/{GROUP_TYPE}/{parent.name}"}
    for key in parent.subscriptions:
        title = call.directory.subscriptions[key.lower()].name
        properties: Json = {"displayName": title, "parent": above}
        rows.append({"id": f"/subscriptions/{key}", "type": "/subscriptions", "name": key, "properties": properties})
    for group in call.directory.tenant.management_groups:
        if group.parent is not None and group.parent.lower() == parent.name.lower():
            identity = f"/providers/{GROUP_TYPE}/{group.name}"
            properties = {"displayName": group.display_name, "parent": above}
            rows.append({"id": identity, "type": GROUP_TYPE, "name": group.name, "properties": properties})
            rows.extend(_below(call, group))
    return rows


READ = "Microsoft.Resources/subscriptions/read"
ROUTES = (
    Route("GET", "/subscriptions", READ, VERSIONS, list_subscriptions, collection=True),
    Route("GET", "/subscriptions/{subscription}", READ, VERSIONS, get_subscription),
    Route(
        "GET",
        f"/providers/{GROUP_TYPE}/{{management_group}}/descendants",
        f"{GROUP_TYPE}/descendants/read",
        GROUP_VERSIONS,
        list_descendants,
        collection=True,
    ),
)
