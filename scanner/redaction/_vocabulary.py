"""Public vocabulary: what says nothing of a tenant, and so stays as it is. Everything that is not here is replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from region_map import known_regions

NAMED_BY: Mapping[str, str] = {
    "subscriptions": "subscription",
    "resourcegroups": "rg",
    "automationaccounts": "account",
    "deletedautomationaccounts": "account",
    "hybridrunbookworkergroups": "group",
    "hybridrunbookworkers": "machine",
    "certificates": "certificate",
    "connections": "connection",
    "runbooks": "runbook",
    "jobs": "job",
    "jobschedules": "tie",
    "schedules": "schedule",
    "webhooks": "webhook",
    "credentials": "credential",
    "runtimeenvironments": "environment",
    "modules": "module",
    "variables": "variable",
    "nodes": "machine",
    "privateendpointconnections": "endpoint",
    "diagnosticsettings": "setting",
    "workspaces": "workspace",
    "linkedservices": "service",
    "intelligencepacks": "pack",
    "solutions": "solution",
    "virtualmachines": "machine",
    "virtualmachinescalesets": "machine",
    "machines": "machine",
    "extensions": "extension",
    "locations": "region",
    "vmsizes": "size",
    "skus": "size",
    "networkinterfaces": "nic",
    "virtualnetworks": "vnet",
    "subnets": "subnet",
    "networksecuritygroups": "nsg",
    "clusters": "cluster",
    "securityrules": "rule",
    "managementgroups": "mg",
    "tenants": "tenant",
}
"""The kind of name that follows each word of an ARM id."""

ARM_WORDS = frozenset(
    {
        *NAMED_BY,
        *(
            "providers",
            "clusters",
            "linkedworkspace",
            "content",
            "deletions",
            "deletedworkspaces",
            "descendants",
            "query",
            "read",
        ),
        *("heartbeats", "agentevents", "operations", "joblogs", "hybridworkerpings", "metrics", "events", "eventtypes"),
        *("values", "resources", "management", "heartbeat", "event", "operation", "azurediagnostics", "action"),
    }
)
NAMESPACES = frozenset(
    f"microsoft.{name}"
    for name in (
        *("automation", "operationalinsights", "operationsmanagement", "insights", "compute", "hybridcompute"),
        *(
            "network",
            "resources",
            "resourcegraph",
            "management",
            "authorization",
            "azurearcdata",
            "connectedvmwarevsphere",
        ),
        *("scvmm", "azurestackhci", "classiccompute", "keyvault", "storage", "monitor", "security", "web", "sql"),
    )
)

KEPT: Mapping[str, frozenset[str]] = {
    "connection": frozenset({"azurerunasconnection", "azureclassicrunasconnection"}),
    "certificate": frozenset({"azurerunascertificate", "azureclassicrunascertificate"}),
    "connection type": frozenset({"azure", "azureserviceprincipal", "azureclassiccertificate"}),
    "service": frozenset({"automation", "cluster", "security"}),
    "link": frozenset({"linkedworkspace"}),
    "pack": frozenset(
        {
            *(
                "azureresources",
                "updates",
                "changetracking",
                "azureautomation",
                "security",
                "agenthealthassessment",
                "vminsights",
            ),
            *("antimalware", "logmanagement", "securityinsights", "servicemap", "azureactivity"),
            *(
                "containerinsights",
                "capacityperformance",
                "infrastructureinsights",
                "networkmonitoring",
                "adassessment",
            ),
            *("sqlassessment", "sqlvulnerabilityassessment", "keyvaultanalytics", "azuresqlanalytics", "dnsanalytics"),
            *(
                "securitycenterfree",
                "alertmanagement",
                "wiredata",
                "wiredata2",
                "backup",
                "siterecovery",
                "windowsevent",
            ),
            *(
                "adreplication",
                "scomassessment",
                "azurewebappsanalytics",
                "azureappgatewayanalytics",
                "azurensganalytics",
            ),
            *("applicationinsights", "compliancemanager", "servicefabric", "windowsfirewall", "start-stop-vm"),
        }
    ),
    "extension": frozenset(
        {
            *("hybridworkerforwindows", "hybridworkerforlinux", "microsoftmonitoringagent", "omsagentforlinux"),
            *("azuremonitorwindowsagent", "azuremonitorlinuxagent", "hybridworkerextension", "windowspatchextension"),
        }
    ),
    "category": frozenset({"direct agent", "scom", "azure monitor agent"}),
    "log": frozenset({"operations manager", "microsoft-sma/operational", "application", "system", "security"}),
    "cloud": frozenset({"azurecloud", "azureusgovernment", "azurechinacloud"}),
    "rule": frozenset(
        {
            *("allowvnetinbound", "allowazureloadbalancerinbound", "denyallinbound"),
            *("allowvnetoutbound", "allowinternetoutbound", "denyalloutbound"),
        }
    ),
    "module": frozenset(
        {
            *("azurerm", "azure", "azure.storage", "auditpolicydsc", "computermanagementdsc", "gpregistrypolicyparser"),
            *("azurerm.profile", "azurerm.automation", "azurerm.compute", "azurerm.resources", "azurerm.storage"),
            *("azurerm.sql", "azurerm.network", "azurerm.keyvault", "azurerm.insights", "azurerm.operationalinsights"),
            *("az", "az.accounts", "az.automation", "az.compute", "az.resources", "az.storage", "az.network", "az.sql"),
            *("az.keyvault", "az.monitor", "az.operationalinsights", "az.websites", "az.recoveryservices"),
            *("azuread", "msonline", "microsoft.graph", "microsoft.graph.authentication", "exchangeonlinemanagement"),
            *("microsoft.powershell.core", "microsoft.powershell.diagnostics", "microsoft.powershell.management"),
            *("microsoft.powershell.security", "microsoft.powershell.utility", "microsoft.wsman.management"),
            *("orchestrator.assetmanagement.cmdlets", "psdscresources", "securitypolicydsc"),
            *("stateconfigcompositeresources", "xdscdiagnostics", "xpowershellexecutionpolicy", "xremotedesktopadmin"),
        }
    ),
}
"""Well-known names by kind, lower-cased: Azure or Microsoft gave them, and the checks look for some of them."""

MODULE_FAMILIES = frozenset({"az", "azurerm", "microsoft"})
"""A module's name begins with one of these where it may be Microsoft's."""

SHAPES: Mapping[str, re.Pattern[str]] = {
    # Enumerations and codes of Azure's own: nobody but Azure writes them, and a tenant's names look otherwise.
    # Hyphens and digits at once are the way of host names.
    "word": re.compile(
        r"(?:[A-Za-z][A-Za-z0-9_]{0,63}|[A-Za-z]{1,32}-[A-Za-z]{1,32})(?:, ?[A-Za-z][A-Za-z0-9]{0,63}){0,3}"
    ),
    "code": re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}|[0-9]{1,5}"),
    "version": re.compile(r"\s*v?\d{1,9}(?:\.\d{1,9}){0,5}(?:-\d{1,9})?\s*"),
    "ports": re.compile(r"\*|\d{1,5}(?:-\d{1,5})?"),
    "grain": re.compile(r"P[0-9A-Z.]{1,20}"),
    "environment": re.compile(r"(?:PowerShell|Python)-\d{1,3}(?:\.\d{1,3}){0,2}", re.IGNORECASE),
    "size": re.compile(
        r"(?:Standard|Basic)_[A-Z]{1,4}\d{1,4}(?:-\d{1,4})?[a-z]{0,6}(?:_[A-Za-z0-9]{1,12}){0,4}", re.IGNORECASE
    ),
    "runbook type": re.compile(r"(?:Graph)?(?:PowerShell|Python)?(?:Workflow)?\d{0,3}|Script", re.IGNORECASE),
    "protocol": re.compile(r"\*|[A-Za-z]{2,5}"),
}
"""What a value of a kind looks like where Azure wrote it."""

SERVICE_TAGS = frozenset(
    {
        *("*", "0.0.0.0/0", "internet", "virtualnetwork", "azureloadbalancer", "azurecloud", "azuremonitor", "storage"),
        *(
            "guestandhybridmanagement",
            "azureactivedirectory",
            "azureresourcemanager",
            "sql",
            "azurekeyvault",
            "eventhub",
        ),
        *("azurearcinfrastructure", "azurefrontdoor.frontend", "windowsupdate", "azureupdatedelivery", "azurebackup"),
        *("appservice", "gatewaymanager", "servicebus", "azuretrafficmanager", "microsoftcontainerregistry"),
    }
)
REGION_CODES = frozenset(
    {
        *("eus", "eus2", "we", "ne", "uks", "ukw", "wus", "wus2", "wus3", "cus", "scus", "ncus", "wcus", "jpe", "jpw"),
        *("sea", "ea", "ase", "ae", "ac", "cid", "inc", "cc", "ce", "brs", "bs", "usge", "usgv", "uga", "ugt", "fc"),
        *("sn", "san", "uaen", "noe", "gwc", "kc", "cne2", "cnn2", "cnn3", "eus2euap", "cuseuap", "sdc", "plc", "itn"),
    }
)
"""What service URLs call regions (Azure Automation's network configuration article lists such hosts)."""
AZURE_LABELS = frozenset(
    {
        *("jrds", "agentsvc", "webhook", "privatelink", "azure-automation", "net", "us", "cn", "azure", "com", "oms"),
        *(
            "ods",
            "opinsights",
            "management",
            "login",
            "microsoftonline",
            "windows",
            "core",
            "microsoft",
            "vault",
            "www",
        ),
        *(
            "usgovcloudapi",
            "chinacloudapi",
            "api",
            "loganalytics",
            "learn",
            "docs",
            "go",
            "partner",
            "monitor",
            "graph",
        ),
    }
)
AZURE_DOMAINS = tuple(
    f".{domain}"
    for domain in (
        *("azure-automation.net", "azure-automation.us", "azure-automation.cn", "azure.com", "azure.us", "azure.cn"),
        *("microsoft.com", "microsoftonline.com", "microsoftonline.us", "microsoftonline.cn", "windows.net"),
        *("usgovcloudapi.net", "chinacloudapi.cn", "loganalytics.us", "loganalytics.io"),
    )
)
PATH_WORDS = frozenset({"automationaccounts", "azure", "automation", "troubleshoot", "fwlink", "subscriptions", ""})
OS_WORDS = frozenset(
    {
        *("windows", "server", "datacenter", "standard", "essentials", "core", "enterprise", "edition", "microsoft"),
        *(
            "azure",
            "hotpatch",
            "evaluation",
            "r2",
            "pro",
            "linux",
            "ubuntu",
            "debian",
            "gnu/linux",
            "red",
            "hat",
            "rhel",
        ),
        *("suse", "sles", "opensuse", "leap", "oracle", "centos", "rocky", "almalinux", "fedora", "amazon", "mariner"),
        *("release", "lts", "sp1", "sp2", "sp3", "sp4", "sp5", "sp6", "(core)", "(final)", "bionic", "focal", "jammy"),
        *("noble", "bullseye", "bookworm", "buster", "service", "pack", "-", "for", "with", "desktop", "experience"),
    }
)


@cache
def regions() -> frozenset[str]:
    """Azure's regions, as far as they are known, without blanks and lower-cased."""
    named = {
        region for cloud in ("AzureCloud", "AzureUSGovernment", "AzureChinaCloud") for region in known_regions(cloud)
    }
    further = ("austriaeast", "belgiumcentral", "chinaeast", "chinaeast3", "denmarkeast", "global", "indonesiacentral")
    return frozenset(
        {*named, *further, "malaysiawest", "mexicocentral", "newzealandnorth", "usdodcentral", "usdodeast"}
    )


@cache
def words() -> frozenset[str]:
    """The English and technical words that stay in messages, lower-cased."""
    return frozenset(files("scanner.redaction").joinpath("words.txt").read_text(encoding="utf-8").split())


def is_public_word(word: str) -> bool:
    """Whether a word says nothing of a tenant, in any case."""
    lowered = word.lower()
    return lowered in words() or lowered in ARM_WORDS
