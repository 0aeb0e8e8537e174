"""What names a tenant, and where of that something is left."""

import re
from itertools import chain

import msgspec

from region_map import known_regions
from scanner.inventory import KINDS, ArmId
from scanner.redaction._vocabulary import ARM_WORDS, words

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
PUBLIC = re.compile(
    r"azure(classic)?runas(connection|certificate)|(standard|basic)_\w+|(powershell|python)-[\d.]+|[\d.]+|"
    r"(updates|changetracking|azureautomation|security|azureresources|agenthealthassessment|vminsights)(\(.*\))?|"
    r"(\w+/)?automation|cluster|linkedworkspace|hybridworkerfor\w+|microsoftmonitoringagent|omsagentforlinux|"
    r"(allow|deny)\w+bound|azurerm(\.\w+)?|az(\.\w+)?|azure(\.\w+)?|azuread|msonline|microsoft\.\w+|microsoft\.\w+\.\w+|"
    r"orchestrator\.assetmanagement\.cmdlets|agent|logmanagement|servicemap|global"
)
REGIONS = frozenset(chain.from_iterable(known_regions(cloud) for cloud in ("AzureCloud", "AzureUSGovernment")))


def texts(value):
    """All texts of an estate, ids included."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name))
    elif isinstance(value, tuple):
        yield from chain.from_iterable(map(texts, value))
    elif isinstance(value, ArmId):
        yield value.text
    elif type(value) is str:
        yield value


def originals(seen):
    """What nobody may find in an output: names, GUIDs and addresses."""
    found = set()
    for resource in chain.from_iterable(getattr(seen, kind) for kind in KINDS.values()):
        ids = (value for value in msgspec.structs.asdict(resource).values() if isinstance(value, ArmId))
        found.update(part for id_ in ids for part in id_.parts[1::2])
        fields = ("name", "worker_name", "computer", "computer_name", "run_on", "runbook", "schedule", "credential")
        held = (getattr(resource, field, None) for field in (*fields, "thumbprint", "certificate_name"))
        found.update(name for name in held if isinstance(name, str))
    for text in texts(seen):
        found.update(GUID.findall(text))
        found.update(ADDRESS.findall(text))
    hosts = {part for name in found for part in name.split(".")}
    candidates = {name.lower() for name in found | {host for host in hosts if "-" in host}}
    return {
        name
        for name in candidates
        if len(name) > 2
        and name not in words() | ARM_WORDS | REGIONS
        and not PUBLIC.fullmatch(name)
        and "microsoft." not in name
    }


def leaked(names, text):
    lowered = text.lower()
    return {name for name in names if name in lowered and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", lowered)}
