import base64
import json
import struct

import pytest

from scanner.inventory import RunbookSignature as S
from scanner.runbooks import read_runbook

MODEL = "Orchestrator.GraphRunbook.Model."


class Stream:
    """Writes objects as .NET's binary format does, each as a class record of its own."""

    def __init__(self):
        self.out = b"\x00" + struct.pack("<iiii", 1, -1, 1, 0)
        self.out += b"\x0c" + struct.pack("<i", 2) + self.text("Orchestrator.GraphRunbook.Model, Version=7.3.0.0")
        self.next_id = 3

    @staticmethod
    def text(value):
        raw, length = value.encode(), b""
        size = len(raw)
        while size > 0x7F:
            length += bytes([size & 0x7F | 0x80])
            size >>= 7
        return length + bytes([size]) + raw

    def new_id(self):
        self.next_id += 1
        return self.next_id

    def value(self, value):
        if value is None:
            return b"\x0a"
        if isinstance(value, str):
            return b"\x06" + struct.pack("<i", self.new_id()) + self.text(value)
        if isinstance(value, list):
            head = b"\x10" + struct.pack("<ii", self.new_id(), len(value))
            return head + b"".join(map(self.value, value))
        kind, fields = value
        head = b"\x05" + struct.pack("<i", self.new_id()) + self.text(MODEL + kind) + struct.pack("<i", len(fields))
        head += b"".join(self.text(f"<{name}>k__BackingField") for name in fields) + b"\x02" * len(fields)
        return head + struct.pack("<i", 2) + b"".join(map(self.value, fields.values()))

    def written(self, value):
        return self.out + self.value(value) + b"\x0b" + b"\x00" * 32


def graph(*activities):
    definition = Stream().written(("GraphRunbook", {"activities": list(activities)}))
    wrapped = {
        "SchemaVersion": "1.10",
        "RunbookDefinition": base64.b64encode(definition).decode(),
        "RunbookType": "GraphPowerShell",
    }
    return json.dumps(wrapped).encode()


def command(name, **parameters):
    pairs = [("KeyValuePair", {"key": key, "value": value}) for key, value in parameters.items()]
    return (
        "CommandActivity",
        {
            "CommandType": ("CommandActivityType", {"CommandName": name}),
            "Parameters": ("ActivityParameters", {"Comparer": None, "KeyValuePairs": pairs}),
        },
    )


def constant(value):
    return ("ConstantValueDescriptor", {"Value": value})


def script(code):
    return ("WorkflowScriptActivity", {"Begin": "", "Process": code, "End": None})


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        (command("Get-AutomationConnection", Name=constant("AzureRunAsConnection")), {S.RUN_AS}),
        (command("Get-AutomationConnection", Name=constant("Other")), set()),
        (command("Login-AzureRmAccount"), {S.AZURE_RM}),
        (command("Connect-AzAccount", Identity=constant("true")), {S.MANAGED_IDENTITY}),
        (
            command("Foo", A=("AutomationConnectionValueDescriptor", {"ConnectionName": "AzureRunAsConnection"})),
            {S.RUN_AS},
        ),
        (command("Foo", A=("PowerShellExpressionValueDescriptor", {"Expression": "(Get-MsolUser)"})), {S.MSONLINE}),
        (command("Foo", A=constant("Get-MsolUser AzureRunAsConnection")), set()),
        (script("try { Connect-AzAccount -Identity } catch { throw }"), {S.MANAGED_IDENTITY}),
        (script("# Get-AzureRmVM\nWrite-Output 'Connect-MsolService'" + " " * 200), set()),
        (("JunctionActivity", {"Name": "Get-AzureRmVM"}), set()),
    ],
)
@pytest.mark.parametrize("runbook_type", ["GraphPowerShell", "GraphPowerShellWorkflow", "Graph", None])
def test_activities_of_an_exported_runbook_are_read(activity, expected, runbook_type):
    reading = read_runbook(graph(activity), runbook_type)
    assert {sign.signature for sign in reading.signs} == expected
    assert {sign.line for sign in reading.signs} <= {1}
    assert reading.in_full


def test_custom_parameters_are_arguments_of_their_activity():
    kind, fields = command("Get-AutomationConnection")
    reading = read_runbook(
        graph((kind, {**fields, "CustomParameters": "-Name AzureRunAsConnection"})), "GraphPowerShell"
    )
    assert [sign.signature for sign in reading.signs] == [S.RUN_AS]
    assert reading.in_full


def test_runbooks_that_are_invoked_are_children():
    activity = (
        "InvokeRunbookActivity",
        {"RunbookActivityType": ("InvokeRunbookActivityType", {"CommandName": "Child"})},
    )
    assert read_runbook(graph(activity), "GraphPowerShell").calls == {"child"}


def test_activities_that_are_written_out_as_json_are_read():
    document = {
        "Activities": [
            {
                "Type": "CommandActivity",
                "CommandName": "Get-AutomationConnection",
                "Parameters": {"Name": {"Value": "AzureRunAsConnection"}},
            },
            {"Type": "WorkflowScriptActivity", "Process": "Get-AzureRmVM"},
        ]
    }
    for content in (document, {"graphRunbookJson": json.dumps(document)}):
        reading = read_runbook(json.dumps(content).encode("utf-16"), "GraphPowerShell")
        assert {sign.signature for sign in reading.signs} == {S.RUN_AS, S.AZURE_RM}
        assert reading.in_full


def test_activities_that_are_written_out_as_xml_are_read():
    content = b"""<?xml version="1.0"?><GraphRunbook><Activities>
      <CommandActivity><CommandName>Connect-MsolService</CommandName></CommandActivity>
      <WorkflowScriptActivity><Process>Get-AzureRmVM # Get-AzureADUser</Process></WorkflowScriptActivity>
    </Activities></GraphRunbook>"""
    reading = read_runbook(content, "GraphPowerShell")
    assert {sign.signature for sign in reading.signs} == {S.AZURE_RM, S.MSONLINE}
    assert reading.in_full


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[[[",
        b"[" * 100_000,
        b"<a>" * 100_000,
        b'<!DOCTYPE a [<!ENTITY b "Get-AzureRmVM"><!ENTITY c "&b;&b;">]><a><Process>&c;</Process></a>',
        b'{"RunbookDefinition": "not base64!"}',
        b'{"RunbookDefinition": "AAAA"}',
        graph(script("Get-AzVM"))[:-90],
        json.dumps(
            {"RunbookDefinition": base64.b64encode(Stream().out + b"\x10" + struct.pack("<ii", 9, 2**31 - 1)).decode()}
        ).encode(),
        json.dumps(
            {"RunbookDefinition": base64.b64encode(Stream().out + b"\x11" + struct.pack("<ii", 9, 1) * 99_999).decode()}
        ).encode(),
    ],
)
def test_a_graph_that_cannot_be_read_is_not_understood(content):
    reading = read_runbook(content, "GraphPowerShell")
    assert (reading.signs, reading.calls, reading.in_full) == ((), frozenset(), False)
