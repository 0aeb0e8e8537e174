"""Log Analytics workspaces and their solutions, as recorded traffic shows them."""

from scanner.emulator.arm import Answer, Call, Json, Route, digest, page, zulu
from scanner.emulator.lookup import customer_of, resource_group_of, subscription_of, workspace_of
from scanner.emulator.tenants.model import Workspace

VERSIONS = ("2015-11-01-preview", "2020-08-01", "2023-09-01", "2025-02-01", "2025-07-01")
SOLUTION_VERSIONS = ("2015-11-01-preview",)
TYPE = "Microsoft.OperationalInsights/workspaces"
SOLUTION_TYPE = "Microsoft.OperationsManagement/solutions"
ROOT = "/subscriptions/{subscription}"
WORKSPACE = f"{ROOT}/resourceGroups/{{group}}/providers/{TYPE}/{{workspace}}"
SKUS = ("PerGB2018", "pergb2018", "CapacityReservation")

PACKS = {
    "AzureResources": "Azure Resources",
    "LogManagement": "Log Management",
    "AzureAutomation": "Azure Automation",
    "Updates": "Update Management",
    "ChangeTracking": "Change Tracking",
    "Security": "Security and Audit",
    "AntiMalware": "Antimalware Assessment",
    "ServiceMap": "Service Map",
    "AgentHealthAssessment": "Agent Health",
    "Backup": "Backup",
}
"""Intelligence packs with their display names, a part of those in recorded answers (2015-11-01-preview, 2020-08-01)."""

SOLUTIONS = frozenset(
    {"AzureAutomation", "Updates", "ChangeTracking", "Security", "AgentHealthAssessment", "ServiceMap"}
)
"""Packs that also appear as a solution resource while they are enabled."""


def workspace_body(workspace: Workspace) -> Json:
    """A workspace; classic ones lack `features`, and their id has lower-cased segments."""
    created = zulu(workspace.created)
    choice = digest(workspace.id)
    properties: Json = {
        "customerId": customer_of(workspace),
        "provisioningState": "Succeeded",
        "sku": {"name": SKUS[choice % len(SKUS)], "lastSkuUpdate": created},
        "retentionInDays": 30,
        "workspaceCapping": {
            "dailyQuotaGb": workspace.daily_quota,
            "quotaNextResetTime": created,
            "dataIngestionStatus": workspace.ingestion,
        },
        "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Disabled" if workspace.query_access == "public_disabled" else "Enabled",
        "createdDate": created,
        "modifiedDate": created,
    }
    if not workspace.classic:
        features = {"legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": True}
        properties["features"] = features
    return {
        "properties": properties,
        "location": workspace.location,
        "tags": {},
        "id": _lowered(workspace.id) if workspace.classic else workspace.id,
        "name": workspace.name,
        "type": TYPE,
        "etag": f'"{choice:08x}-0000-0100-0000-{choice:012x}"',
    }


def _lowered(identity: str) -> str:
    """Older services answer with every segment in lower case; a GUID has no case to lose."""
    return identity.lower()


def linked_services(workspace: Workspace) -> list[Json]:
    """The reverse links: ids wholly lower-cased, names with the workspace in front."""
    found: list[Json] = []
    if workspace.account is not None:
        target = {"resourceId": workspace.account}
        found.append(_linked_service(workspace, "Automation", target, workspace.link_state))
    if workspace.cluster is not None:
        target = {"writeAccessResourceId": workspace.cluster}
        found.append(_linked_service(workspace, "Cluster", target, "Succeeded"))
    return found


def _linked_service(workspace: Workspace, name: str, target: dict[str, str], state: str) -> Json:
    return {
        "properties": {**target, "provisioningState": state},
        "id": f"{workspace.id}/linkedServices/{name}".lower(),
        "name": f"{workspace.name}/{name}",
        "type": f"{TYPE}/linkedServices",
    }


def packs(workspace: Workspace) -> list[Json]:
    """All packs, enabled or not; `displayname` has no capital letter."""
    created = f"{workspace.created:%a, %d %b %Y %H:%M:%S} GMT"
    rows: list[Json] = []
    for name, title in PACKS.items():
        row: Json = {"displayname": title, "enabled": name in workspace.packs, "name": name}
        if name in workspace.packs:
            row |= {"modifiedDate": created, "createdDate": created}
        rows.append(row)
    return rows


def solutions(workspace: Workspace) -> list[Json]:
    """One resource for each enabled pack of the gallery, named after pack and workspace."""
    parent = workspace.id.partition("/providers/")[0]
    return [_solution(workspace, parent, name) for name in sorted(workspace.packs & SOLUTIONS)]


def _solution(workspace: Workspace, parent: str, pack: str) -> Json:
    name = f"{pack}({workspace.name})"
    return {
        "plan": {"name": name, "publisher": "Microsoft", "promotionCode": "", "product": f"OMSGallery/{pack}"},
        "properties": {
            "workspaceResourceId": _lowered(workspace.id) if workspace.classic else workspace.id,
            "provisioningState": "Succeeded",
            "creationTime": f"{workspace.created:%a, %d %b %Y %H:%M:%S} GMT",
            "lastModifiedTime": f"{workspace.created:%a, %d %b %Y %H:%M:%S} GMT",
            "containedResources": [],
            "referencedResources": [],
        },
        "location": workspace.location,
        "tags": {},
        "id": f"{parent}/providers/{SOLUTION_TYPE}/{name}",
        "name": name,
        "type": SOLUTION_TYPE,
    }


def list_workspaces(call: Call) -> Answer:
    """By subscription, or by resource group; soft-deleted ones are not among them."""
    workspaces = call.directory.workspaces_in.get(subscription_of(call).id.lower(), [])
    if "group" in call.names:
        group = resource_group_of(call)
        workspaces = [workspace for workspace in workspaces if workspace.resource_group.lower() == group]
    return page(call, workspaces, workspace_body, lambda workspace: workspace.id)


def list_deleted(call: Call) -> Answer:
    """Soft-deleted workspaces of a subscription, under the ids that they had."""
    workspaces = call.directory.deleted_in.get(subscription_of(call).id.lower(), [])
    return page(call, workspaces, workspace_body, lambda workspace: workspace.id)


def get_workspace(call: Call) -> Answer:
    """One workspace, in the shape of the list."""
    return Answer(workspace_body(workspace_of(call)))


def list_linked_services(call: Call) -> Answer:
    """Automation and cluster links of one workspace."""
    return page(call, linked_services(workspace_of(call)), lambda service: service, lambda s: str(s["id"]))


def list_packs(call: Call) -> Answer:
    """A bare array, in no envelope and on one page."""
    return Answer(packs(workspace_of(call)))


def list_solutions(call: Call) -> Answer:
    """The solutions of all live workspaces of a subscription."""
    workspaces = call.directory.workspaces_in.get(subscription_of(call).id.lower(), [])
    found = [solution for workspace in workspaces for solution in solutions(workspace)]
    return page(call, found, lambda solution: solution, lambda s: str(s["id"]))


ROUTES = (
    Route("GET", f"{ROOT}/providers/{TYPE}", f"{TYPE}/read", VERSIONS, list_workspaces, collection=True),
    Route(
        "GET",
        f"{ROOT}/resourceGroups/{{group}}/providers/{TYPE}",
        f"{TYPE}/read",
        VERSIONS,
        list_workspaces,
        collection=True,
    ),
    Route("GET", WORKSPACE, f"{TYPE}/read", VERSIONS, get_workspace),
    Route(
        "GET",
        f"{WORKSPACE}/linkedServices",
        f"{TYPE}/linkedServices/read",
        VERSIONS,
        list_linked_services,
        collection=True,
    ),
    Route("GET", f"{WORKSPACE}/intelligencePacks", f"{TYPE}/intelligencePacks/read", VERSIONS, list_packs),
    Route(
        "GET",
        f"{ROOT}/providers/Microsoft.OperationalInsights/deletedWorkspaces",
        "Microsoft.OperationalInsights/deletedWorkspaces/read",
        VERSIONS,
        list_deleted,
        collection=True,
    ),
    Route(
        "GET",
        f"{ROOT}/providers/{SOLUTION_TYPE}",
        f"{SOLUTION_TYPE}/read",
        SOLUTION_VERSIONS,
        list_solutions,
        collection=True,
    ),
)
