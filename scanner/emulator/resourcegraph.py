"""Azure Resource Graph, for exactly the query form that an enumeration needs; anything else is InvalidQuery."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, digest, read_token, write_token
from scanner.emulator.automation import full
from scanner.emulator.loganalytics import solutions, workspace_body
from scanner.emulator.machines import (
    arc_extension,
    arc_machine,
    instance_view,
    loud,
    virtual_machine,
    vm_extension,
    with_properties,
)
from scanner.emulator.tenants.addresses import place
from scanner.emulator.tenants.model import Machine

VERSIONS = ("2019-04-01", "2021-03-01", "2022-10-01")
QUERY = re.compile(
    r"\s*resources\s*\|\s*where\s+type\s+in~\s*\((?P<types>[^()]*)\)"
    r"\s*\|\s*project\s+(?P<columns>[^|]+?)\s*\|\s*order\s+by\s+id\s+asc\s*",
    re.IGNORECASE,
)
TYPE = re.compile(r"\s*(['\"])(?P<type>[^'\"]*)\1\s*")
COLUMNS = [
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
]
READS = {
    "microsoft.automation/automationaccounts": "Microsoft.Automation/automationAccounts/read",
    "microsoft.compute/virtualmachines": "Microsoft.Compute/virtualMachines/read",
    "microsoft.compute/virtualmachines/extensions": "Microsoft.Compute/virtualMachines/extensions/read",
    "microsoft.hybridcompute/machines": "Microsoft.HybridCompute/machines/read",
    "microsoft.hybridcompute/machines/extensions": "Microsoft.HybridCompute/machines/extensions/read",
    "microsoft.operationalinsights/workspaces": "Microsoft.OperationalInsights/workspaces/read",
    "microsoft.operationsmanagement/solutions": "Microsoft.OperationsManagement/solutions/read",
}
DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
OPTIONS = {"$top", "$skiptoken", "resultformat", "$skip", "allowpartialscopes"}


def query_resources(call: Call) -> Answer:
    """One page of rows; what the caller may not read is left out without a word."""
    body = _body(call.body)
    types, columns = parse(str(body.get("query", "")))
    top, start = _window(call, body)
    rows = _sorted_rows(call, types, _scope(call, body))
    shown = [{column: row.get(column) for column in columns} for row in rows[start : start + top]]
    answer: Json = {
        "totalRecords": len(rows),
        "count": len(shown),
        "data": shown,
        "facets": [],
        "resultTruncated": "false",
    }
    if start + top < len(rows):
        answer["$skipToken"] = write_token(start + top)
    return Answer(answer)


@lru_cache(maxsize=64)
def parse(query: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The lower-cased types and the columns of a query; raises RefusedError (400) naming what is not understood."""
    found = QUERY.fullmatch(query)
    if found is None:
        raise _invalid("ParserFailure", "ParserFailure", query)
    types = [TYPE.fullmatch(text) for text in found["types"].split(",")]
    known = {column.lower(): column for column in COLUMNS}
    columns = [text.strip() for text in found["columns"].split(",")]
    for column in columns:
        if column.lower() not in known:
            raise _invalid("InvalidColumnNames", f"Column '{column}' is not known.", column)
    names = frozenset(match["type"].lower() for match in types if match is not None)
    if None in types or not names <= READS.keys():
        raise _invalid("InvalidTableName", f"Types ({found['types']}) are not known.", found["types"])
    return names, tuple(known[column.lower()] for column in columns)


def _invalid(code: str, message: str, token: str) -> RefusedError:
    help_text = (
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service "
        "and fix the error before retrying."
    )
    details = [
        {"code": "InvalidQuery", "message": help_text},
        {"code": code, "message": message, "line": 1, "characterPositionInLine": 0, "token": token},
    ]
    error = {"code": "BadRequest", "message": "Please provide below info when asking for support.", "details": details}
    return RefusedError(400, "BadRequest", message, body={"error": error})


def _bad_request(message: str) -> RefusedError:
    return RefusedError(400, "BadRequest", message)


def _body(content: bytes) -> Json:
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _bad_request("The request body is not a JSON object.")
    unknown = sorted(body.keys() - {"subscriptions", "query", "options"})
    if unknown:
        raise _bad_request(f"The request body has the unknown members {unknown}.")
    return body


def _window(call: Call, body: Json) -> tuple[int, int]:
    """Rows on this page and the first row; pages may be smaller than asked."""
    options = body.get("options") or {}
    if not isinstance(options, dict):
        raise _bad_request("'options' is not an object.")
    for name in options:
        if name.lower() not in OPTIONS:
            raise _bad_request(f"The option '{name}' is not known.")
    if options.get("resultFormat", "objectArray") != "objectArray":
        raise _bad_request(f"The result format '{options['resultFormat']}' is not known.")
    top = options.get("$top", DEFAULT_PAGE)
    if not isinstance(top, int) or not 1 <= top <= LARGEST_PAGE:
        raise _bad_request(f"The value '{top}' of $top is not between 1 and {LARGEST_PAGE}.")
    token, start = options.get("$skipToken"), options.get("$skip") or 0
    if token is not None:
        start = read_token(str(token))
    if not isinstance(start, int) or start < 0:
        raise _bad_request(f"The skip token or count '{token or start}' is not one of this query's.")
    return min(top, call.page_size), start


def _scope(call: Call, body: Json) -> list[str]:
    """Lower-cased ids of the visible subscriptions asked for; without any named, all."""
    named = body.get("subscriptions")
    if named is not None and not isinstance(named, list):
        raise _bad_request("'subscriptions' is not a list.")
    wanted = {str(key).lower() for key in named} if named else set(call.directory.subscriptions)
    return [key for key, item in call.directory.subscriptions.items() if item.visible and key in wanted]


def _sorted_rows(call: Call, types: frozenset[str], scope: list[str]) -> list[Json]:
    """All rows in the order of their ids; kept, as every page of a query needs them again."""
    kept, key = call.directory.graph_rows, (types, tuple(scope))
    if key not in kept:
        kept[key] = sorted(_rows(call, types, scope), key=lambda row: str(row["id"]))
    return kept[key]


def _rows(call: Call, types: frozenset[str], scope: list[str]) -> Iterator[Json]:
    for subscription in scope:
        for resource in _resources(call, subscription):
            kind, identity = str(resource["type"]).lower(), str(resource["id"])
            whole = f"/subscriptions/{subscription}/providers/{kind}"
            if (
                kind in types
                and call.rights.readable(READS[kind], identity)
                and not call.rights.denied(READS[kind], whole)
            ):
                yield _row(call, subscription, kind, resource)


def _resources(call: Call, subscription: str) -> Iterator[Json]:
    for account in call.directory.accounts_in.get(subscription, ()):
        yield full(account, call.directory.tenant.id)
    for workspace in call.directory.workspaces_in.get(subscription, ()):
        yield workspace_body(workspace)
        yield from solutions(workspace)
    for machine in call.directory.virtual_machines_in.get(subscription, ()):
        yield _virtual_machine(call, machine)
        for extension in machine.extensions:
            yield _spelt(vm_extension(machine, extension))
    for machine in call.directory.arc_machines_in.get(subscription, ()):
        yield arc_machine(machine, call.directory.tenant.id)
        for extension in machine.extensions:
            yield _spelt(arc_extension(machine, extension))


def _virtual_machine(call: Call, machine: Machine) -> Json:
    """The model, with a part of the state in `extended`: there the power state is a single object."""
    body = virtual_machine(machine, call.directory.tenant.id)
    view = instance_view(machine, call.directory.tenant.now)
    extended: Json = {key: view[key] for key in ("computerName", "osName", "hyperVGeneration") if key in view}
    if machine.power is not None:
        code, display = f"PowerState/{machine.power}", f"VM {machine.power}"
        extended["powerState"] = {"code": code, "level": "Info", "displayStatus": display}
    return _spelt(with_properties(body, extended={"instanceView": extended}))


def _spelt(body: Json) -> Json:
    """The same with its id as the graph has it: as created, the group in capitals, or wholly in lower case."""
    identity = str(body["id"])
    forms = (identity, loud(identity), identity.lower())
    return {**body, "id": forms[digest(identity, "graph") % len(forms)]}


def _row(call: Call, subscription: str, kind: str, resource: Json) -> Json:
    """A row in the graph's own spelling: type, resource group and location in lower case."""
    found = call.directory.subscriptions[subscription]
    return {
        **resource,
        "type": kind,
        "tenantId": found.tenant_id or call.directory.tenant.id,
        "kind": "",
        "location": place(str(resource["location"])),
        "resourceGroup": str(resource["id"]).split("/")[4].lower(),
        "subscriptionId": found.id,
        "managedBy": "",
    }


ROUTES = (
    Route(
        "POST",
        "/providers/Microsoft.ResourceGraph/resources",
        "Microsoft.ResourceGraph/resources/read",
        VERSIONS,
        query_resources,
    ),
)
