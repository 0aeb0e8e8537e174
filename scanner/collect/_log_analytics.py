"""Log Analytics workspaces, what is linked to them, and what is installed in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner.collect._reader import Endpoint
from scanner.collect._wire import Malformed, arm_id, boolean, integer, location, mapping, text
from scanner.inventory import ArmId, DeletedWorkspace, IntelligencePack, LinkedService, Reading, Solution, Workspace

VERSION = "2025-07-01"
"""The api-version of azure-mgmt-loganalytics 14.0."""
SOLUTIONS_VERSION = "2015-11-01-preview"
"""The only api-version of Microsoft.OperationsManagement; no current SDK package covers it."""

_PROVIDER = "providers/Microsoft.OperationalInsights"
WORKSPACES = Endpoint(Reading.WORKSPACES, "log_analytics", VERSION, f"{_PROVIDER}/workspaces", rank=0)
WORKSPACE = Endpoint(Reading.WORKSPACE, "log_analytics", VERSION, rank=0)
DELETED_WORKSPACES = Endpoint(Reading.DELETED_WORKSPACES, "log_analytics", VERSION, f"{_PROVIDER}/deletedWorkspaces")
LINKED_SERVICES = Endpoint(Reading.LINKED_SERVICES, "log_analytics", VERSION, "linkedServices", rank=1)
INTELLIGENCE_PACKS = Endpoint(Reading.INTELLIGENCE_PACKS, "log_analytics", VERSION, "intelligencePacks")
SOLUTIONS = Endpoint(
    Reading.SOLUTIONS, "log_analytics", SOLUTIONS_VERSION, "providers/Microsoft.OperationsManagement/solutions"
)


def parse_workspace(item: Mapping[str, Any], moment: datetime) -> Workspace:
    """Read a workspace, from a list or its own GET: both are complete."""
    id_ = arm_id(item)
    fields = mapping(item.get("properties"), "properties")
    return Workspace(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        location=location(item),
        customer_id=text(fields, "customerId"),
        provisioning_state=text(fields, "provisioningState"),
        ingestion_status=text(mapping(fields.get("workspaceCapping"), "workspaceCapping"), "dataIngestionStatus"),
        sku=text(mapping(fields.get("sku"), "sku"), "name"),
        retention_days=integer(fields, "retentionInDays"),
    )


def parse_deleted_workspace(item: Mapping[str, Any], moment: datetime) -> DeletedWorkspace:
    """Read a soft-deleted workspace."""
    id_ = arm_id(item)
    return DeletedWorkspace(id=id_, name=text(item, "name") or id_.name, read_at=moment, location=location(item))


def parse_linked_service(workspace: ArmId, item: Mapping[str, Any], moment: datetime) -> LinkedService:
    """Read a linked service: its name is `<workspace>/Automation`, its id may be lower-cased altogether."""
    id_ = arm_id(item)
    fields = mapping(item.get("properties"), "properties")
    name = text(item, "name") or id_.name
    target = text(fields, "resourceId") or text(fields, "writeAccessResourceId")
    if target is not None and ArmId.parse(target) is None:
        raise Malformed("resourceId is not an ARM id")
    return LinkedService(
        id=id_,
        name=name,
        read_at=moment,
        workspace=workspace,
        service=name.rpartition("/")[2],
        target=ArmId.parse(target),
        provisioning_state=text(fields, "provisioningState"),
    )


def parse_pack(workspace: ArmId, item: Mapping[str, Any], moment: datetime) -> IntelligencePack:
    """Read an intelligence pack; packs have no id of their own."""
    name = text(item, "name")
    if name is None:
        raise Malformed("name is absent")
    id_ = workspace.child("intelligencePacks", name)
    return IntelligencePack(id=id_, name=name, read_at=moment, workspace=workspace, enabled=boolean(item, "enabled"))


def parse_solution(item: Mapping[str, Any], moment: datetime) -> Solution:
    """Read a solution, named such as `Updates(my-workspace)`."""
    id_ = arm_id(item)
    fields = mapping(item.get("properties"), "properties")
    return Solution(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        workspace=ArmId.parse(text(fields, "workspaceResourceId")),
        product=text(mapping(item.get("plan"), "plan"), "product"),
    )
