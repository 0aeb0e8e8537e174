"""What stands where in the answers that a scan reads, by the type of what was asked for.

The kinds of texts are those of `scanner.redaction`; a place that is not here is unknown. Numbers stay at known places.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.recording import _texts as texts
from scanner.recording._rewriting import FIGURE, LEFT_OUT, OTHERS, Place, Rewriter
from scanner.recording._texts import of_texts

_TYPE, _MESSAGE, _EXCEPTION = of_texts(texts.type_of_resource), of_texts(texts.message), of_texts(texts.exception)
_ID: dict[str, Place] = {"id": "scope"}
_IDS: list[Place] = [_ID]

ERROR: dict[str, Place] = {"code": "code", "message": _MESSAGE}
ERROR |= {"innererror": ERROR, "details": [ERROR], "error": ERROR}
"""An error, with those within it."""


def _item(name: Place, properties: Mapping[str, Place], **more: Place) -> dict[str, Place]:
    """A resource of Azure Resource Manager, in the flat shape of old API versions too."""
    return {
        **properties,
        "id": "scope",
        "name": name,
        "type": _TYPE,
        "location": "region",
        "subscriptionid": "subscription",
        "tags": LEFT_OUT,
        "identity": {"type": "word", "tenantid": "tenant", "userassignedidentities": LEFT_OUT},
        "properties": properties,
        **more,
    }


_STATUS: dict[str, Place] = {"code": of_texts(texts.state), "level": "word"}
_VIEW_OF_EXTENSION: dict[str, Place] = {
    "name": of_texts(texts.of_extension),
    "type": "extension",
    "typehandlerversion": "version",
    "status": {"level": "word"},
    "statuses": [_STATUS],
    "substatuses": [_STATUS],
}
_VIEW: dict[str, Place] = {
    "computername": "machine",
    "osname": "system",
    "powerstate": _STATUS,
    "statuses": [_STATUS],
    "extensions": [_VIEW_OF_EXTENSION],
    "hypervgeneration": "word",
}
_EXTENSION = _item(
    of_texts(texts.of_extension),
    {
        "type": "extension",
        "typehandlerversion": "version",
        "provisioningstate": "word",
        "settings": texts.settings,
        "protectedsettings": LEFT_OUT,
        "instanceview": _VIEW_OF_EXTENSION,
    },
    type=_TYPE,
)
_VM = _item(
    "machine",
    {
        "vmid": "machine id",
        "provisioningstate": "word",
        "osprofile": {"computername": "machine"},
        "storageprofile": {"osdisk": {"ostype": "word", "createoption": "word"}},
        "hardwareprofile": {"vmsize": "size"},
        "networkprofile": {"networkinterfaces": _IDS},
        "instanceview": _VIEW,
        "extended": {"instanceview": _VIEW, "powerstate": _STATUS, "computername": "machine", "osname": "system"},
        "userdata": LEFT_OUT,
    },
    resources=[_EXTENSION],
)
_ARC = _item(
    "machine",
    {
        "vmid": of_texts(texts.machine_id),
        "vmuuid": of_texts(texts.machine_id),
        "osprofile": {"computername": "machine"},
        "machinefqdn": "machine",
        "displayname": "machine",
        "dnsfqdn": "machine",
        "ostype": "system",
        "osname": "system",
        "ossku": "system",
        "status": "word",
        "agentversion": "version",
        "provisioningstate": "word",
    },
    resources=[_EXTENSION],
)
_RULE = _item(
    "rule",
    {
        **dict.fromkeys(("direction", "access", "provisioningstate"), "word"),
        "priority": FIGURE,
        "protocol": "protocol",
        **dict.fromkeys(("sourceaddressprefix", "destinationaddressprefix"), "network"),
        "sourceaddressprefixes": ["network"],
        "destinationaddressprefixes": ["network"],
        **dict.fromkeys(("sourceportrange", "destinationportrange"), "ports"),
        "sourceportranges": ["ports"],
        "destinationportranges": ["ports"],
        "sourceapplicationsecuritygroups": _IDS,
        "destinationapplicationsecuritygroups": _IDS,
    },
)
_WORKSPACE = _item(
    "workspace",
    {
        "customerid": "customer",
        "provisioningstate": "word",
        "workspacecapping": {"dataingestionstatus": "word", "dailyquotagb": FIGURE},
        "sku": {"name": "word"},
        "retentionindays": FIGURE,
        "publicnetworkaccessforingestion": "word",
        "publicnetworkaccessforquery": "word",
    },
)
_ENDPOINT = _item(
    "endpoint",
    {
        "groupids": ["word"],
        "privateendpoint": _ID,
        "privatelinkserviceconnectionstate": {"status": "word"},
        "provisioningstate": "word",
    },
)
_TIED: dict[str, Place] = {
    "runbook": {"name": "runbook"},
    "schedule": {"name": "schedule"},
    "runon": "group",
    "parameters": LEFT_OUT,
}
_DIAGNOSTICS: Place = [{"category": "word", "categorygroup": "word"}]
_REFERENCE: dict[str, Place] = {"networksecuritygroup": _ID, "provisioningstate": "word"}

_AUTOMATION, _LOG_ANALYTICS = "microsoft.automation/automationaccounts", "microsoft.operationalinsights/workspaces"
_GROUPS = f"{_AUTOMATION}/hybridrunbookworkergroups"

BY_TYPE: Mapping[str, dict[str, Place]] = {
    "subscriptions": _item(
        "subscription",
        {
            "subscriptionid": "subscription",
            "tenantid": "tenant",
            "displayname": "subscription",
            "state": "word",
            "managedbytenants": [{"tenantid": "tenant"}],
            "authorizationsource": "word",
        },
    ),
    "microsoft.management/managementgroups/descendants": _item("mg", {"displayname": "mg", "parent": _ID}),
    _AUTOMATION: _item(
        "account",
        {
            "state": "word",
            "automationhybridserviceurl": "url",
            "registrationurl": "url",
            "sku": {"name": "word"},
            "privateendpointconnections": [_ENDPOINT],
        },
    ),
    "microsoft.automation/deletedautomationaccounts": _item(
        "account",
        {"automationaccountid": "automation", "automationaccountresourceid": "scope", "location": "region"},
    ),
    f"{_AUTOMATION}/linkedworkspace": {"id": "scope"},
    _GROUPS: _item("group", {"grouptype": "word", "credential": {"name": "credential"}}),
    f"{_GROUPS}/hybridrunbookworkers": _item(
        "machine", {"ip": "address", "vmresourceid": "scope", "workername": "machine", "workertype": "word"}
    ),
    f"{_AUTOMATION}/certificates": _item("certificate", {"thumbprint": "thumbprint"}),
    f"{_AUTOMATION}/connections": _item(
        "connection",
        {
            "connectiontype": {"name": of_texts(texts.connection_type)},
            "fielddefinitionvalues": {
                "certificatethumbprint": "thumbprint",
                "automationcertificatename": "certificate",
                "certificateassetname": "certificate",
                "subscriptionid": "subscription",
                "applicationid": "application",
                "tenantid": "tenant",
                OTHERS: LEFT_OUT,
            },
        },
    ),
    f"{_AUTOMATION}/runbooks": _item(
        "runbook",
        {"runbooktype": "runbook type", "state": "word", "runtimeenvironment": "environment", "parameters": LEFT_OUT},
    ),
    f"{_AUTOMATION}/jobs": _item(
        "job",
        {
            **_TIED,
            "jobid": "job",
            "status": "word",
            "provisioningstate": "word",
            "exception": _EXCEPTION,
            "statusdetails": _EXCEPTION,
        },
    ),
    f"{_AUTOMATION}/jobschedules": _item("tie", {**_TIED, "jobscheduleid": "tie"}),
    f"{_AUTOMATION}/schedules": _item("schedule", {"frequency": "word"}),
    f"{_AUTOMATION}/webhooks": _item("webhook", {**_TIED, "uri": LEFT_OUT}),
    f"{_AUTOMATION}/credentials": _item("credential", {"username": LEFT_OUT}),
    f"{_AUTOMATION}/runtimeenvironments": _item(
        "environment",
        {
            "runtime": {"language": "word", "version": "version"},
            "description": of_texts(texts.description),
            "defaultpackages": LEFT_OUT,
        },
    ),
    f"{_AUTOMATION}/modules": _item("module", {"version": "version", "provisioningstate": "word"}),
    f"{_AUTOMATION}/variables": _item("variable", {"value": LEFT_OUT}),
    f"{_AUTOMATION}/nodes": _item("machine", {"status": "word"}),
    f"{_AUTOMATION}/privateendpointconnections": _ENDPOINT,
    "microsoft.insights/diagnosticsettings": _item(
        "setting", {"workspaceid": "scope", "logs": _DIAGNOSTICS, "metrics": _DIAGNOSTICS}
    ),
    "microsoft.insights/metrics": {
        "id": "scope",
        "type": _TYPE,
        "namespace": "action",
        "resourceregion": "region",
        "interval": "grain",
        "name": {"value": of_texts(texts.metric)},
        "errorcode": "code",
        "errormessage": _MESSAGE,
        "unit": "word",
        "timeseries": [
            {"metadatavalues": [texts.dimension], "data": [dict.fromkeys(("count", "total", "maximum"), FIGURE)]}
        ],
    },
    "microsoft.insights/eventtypes/values": {
        "operationname": {"value": "action"},
        "status": {"value": "word"},
        "resourceid": "scope",
    },
    _LOG_ANALYTICS: _WORKSPACE,
    "microsoft.operationalinsights/deletedworkspaces": _WORKSPACE,
    f"{_LOG_ANALYTICS}/linkedservices": _item(
        "service", {"resourceid": "scope", "writeaccessresourceid": "scope", "provisioningstate": "word"}
    ),
    f"{_LOG_ANALYTICS}/intelligencepacks": _item("pack", {}),
    "microsoft.operationsmanagement/solutions": _item(
        "solution",
        {"workspaceresourceid": "scope", "provisioningstate": "word"},
        plan={"name": "solution", "product": "product"},
    ),
    "microsoft.compute/virtualmachines": _VM,
    "microsoft.compute/virtualmachines/extensions": _EXTENSION,
    "microsoft.compute/virtualmachinescalesets/virtualmachines": _VM,
    "microsoft.hybridcompute/machines": _ARC,
    "microsoft.hybridcompute/machines/extensions": _EXTENSION,
    "microsoft.compute/skus": {
        "name": "size",
        "resourcetype": "word",
        "capabilities": [{"name": "word", "value": FIGURE}],
        "locations": ["region"],
        "locationinfo": [{"location": "region"}],
    },
    "microsoft.network/networkinterfaces": _item(
        "nic",
        {
            **_REFERENCE,
            "virtualmachine": _ID,
            "ipconfigurations": [
                _item("resource", {"subnet": _ID, "privateipaddress": "address", "publicipaddress": _ID})
            ],
        },
    ),
    "microsoft.network/virtualnetworks/subnets": _item("subnet", {**_REFERENCE, "addressprefix": "network"}),
    "microsoft.network/networksecuritygroups": _item(
        "nsg", {**_REFERENCE, "securityrules": [_RULE], "defaultsecurityrules": [_RULE]}
    ),
}
"""The places of one item by the lower-cased type of what its address names."""


def row(rewriter: Rewriter, value: Any) -> Any:
    """A row of Resource Graph, whose type it tells itself."""
    type_ = str(value.get("type")).lower() if isinstance(value, dict) else ""
    return rewriter.at(BY_TYPE.get(type_, {}), value)


GRAPH: dict[str, Place] = {
    **ERROR,
    "data": [row],
    "totalrecords": FIGURE,
    "count": FIGURE,
    "resulttruncated": "word",
    "$skiptoken": of_texts(lambda rewriter, token: rewriter.redaction.stand_in(token)),
}
"""An answer of Resource Graph."""
