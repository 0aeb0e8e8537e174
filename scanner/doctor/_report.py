"""What `hwaudit doctor` says, as a public contract: `--json` prints it, `hwaudit-doctor/1` names it.

Names are never changed or removed within version 1, only added. Names that come from the tenant are as they are there.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from reports.comparison_v1 import schema_of

SCHEMA_ID: Literal["hwaudit-doctor/1"] = "hwaudit-doctor/1"

Verdict = Literal["ready", "not_ready", "could_not_start"]
"""Whether a scan would see everything in its scope, would not, or could not begin."""
ClockState = Literal["fine", "off", "too_far", "not_seen"]
Purpose = Literal["login", "resource_manager", "log_queries"]
Reached = Literal["reached", "not_reached", "not_named"]
Allowed = Literal["allowed", "denied", "not_known"]
EvidenceName = Literal["read", "resource_graph", "permissions", "none"]
ExcessKind = Literal["acts", "reads", "data"]


class DoctorTool(msgspec.Struct, frozen=True, kw_only=True):
    """The program."""

    name: str
    version: str


class CredentialV1(msgspec.Struct, frozen=True, kw_only=True):
    """The login: azure-identity's classes from the one that `--auth` chose to the one that gave the token.

    `tenant_id`, `object_id`, `app_id` and `kind` (`app` or `user`) are claims of the token, which were read and not
    verified; null where it does not tell. `problem` tells why there is no token, `tried` each member of a chain with
    its answer. The token itself is nowhere.
    """

    auth: str
    classes: list[str]
    tenant_id: str | None = None
    object_id: str | None = None
    app_id: str | None = None
    kind: str | None = None
    problem: str | None = None
    tried: list[str] = []


class TenantV1(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant that the login can reach; `category` is Azure's: Home, ManagedBy or ProjectedBy."""

    id: str
    name: str | None
    domain: str | None
    category: str | None


class ClockV1(msgspec.Struct, frozen=True, kw_only=True):
    """By how many seconds this machine's clock is ahead of Azure's (negative: behind), and what that means."""

    ahead_seconds: float | None
    state: ClockState


class EndpointV1(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint: any HTTP status says that it was reached; `proxy` is without its login.

    `issuer` is who issued the certificate that was shown; null where no TLS was seen.
    """

    purpose: Purpose
    url: str | None
    state: Reached
    http_status: int | None = None
    proxy: str | None = None
    issuer: str | None = None
    problem: str | None = None


class ActionV1(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the login has an action in a subscription, and what says so.

    `read`: a read like a scan's was answered, or refused at `where`; `resource_graph`: it showed what it shows only
    with this action; `permissions`: there was nothing to read in the sample, and Azure's list of the login's effective
    permissions at the subscription tells; `none`: nothing does, `because` of what.
    """

    action: str
    answer: Allowed
    evidence: EvidenceName
    where: str | None = None
    because: str | None = None


class SubscriptionV1(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription: what it is registered for, and each action that a scan needs there.

    `providers` has the registrationState of each namespace, null where it was not seen, `because` of what.
    `permissions_problem` tells why the effective permissions were not seen, null where they were.
    """

    id: str
    name: str
    providers: dict[str, str | None]
    providers_problem: str | None
    permissions_problem: str | None
    actions: list[ActionV1]


class MissingV1(msgspec.Struct, frozen=True, kw_only=True):
    """An action that is missing in some subscriptions, and what a scan loses there.

    `refused_at` are the places where a read was refused for it, which may be a part of the subscription. `operations`
    are the actions of the reads that become gaps; `blind` the checks without a verdict, `unsure` those without some
    verdicts or of lower severity. `instead` tells what happens where no read is lost.
    """

    action: str
    subscriptions: list[str]
    refused_at: list[str]
    operations: list[str]
    blind: list[str]
    unsure: list[str]
    instead: str | None


class ExcessV1(msgspec.Struct, frozen=True, kw_only=True):
    """A right that a scan does not need: it lets the login act (`acts`), read more (`reads`) or reach data (`data`)."""

    action: str
    kind: ExcessKind
    why: str
    subscriptions: list[str]


class EstimateV1(msgspec.Struct, frozen=True, kw_only=True):
    """About how much a whole scan would do: requests, and the least seconds that Azure's limits leave it."""

    subscriptions: int
    accounts: int
    requests: int
    seconds: float


class OptInV1(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the role that only some scans need; `included` tells whether this one does."""

    when: str
    actions: list[str]
    mind: str
    included: bool


class RoleV1(msgspec.Struct, frozen=True, kw_only=True):
    """The least-privilege custom role: `core` for every such scan, the opt-in parts, and the whole in its three forms.

    `left_out_for` are the checks that the settings switch off: what only they need is not in the role.
    """

    name: str
    core: list[str]
    opt_in: list[OptInV1]
    scopes: list[str]
    left_out_for: list[str]
    json: str
    bicep: str
    az: str


class DoctorReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report.

    `problems` tell what a scan would not see, and are what `--strict` counts; `warnings` what is better changed;
    `not_seen` what could not be found out here.
    """

    schema: Literal["hwaudit-doctor/1"] = SCHEMA_ID
    tool: DoctorTool
    verdict: Verdict
    cloud: str
    credential: CredentialV1
    clock: ClockV1
    endpoints: list[EndpointV1]
    tenants: list[TenantV1]
    subscriptions: list[SubscriptionV1]
    missing: list[MissingV1]
    excess: list[ExcessV1]
    estimate: EstimateV1 | None
    role: RoleV1
    problems: list[str]
    warnings: list[str]
    not_seen: list[str]
    notes: list[str]


def doctor_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    return schema_of(DoctorReport, "hwaudit doctor, version 1")
