"""Reads graphical runbooks: the activities of an exported file, whatever form they are kept in.

The file is JSON with `SchemaVersion`, `RunbookType` and `RunbookDefinition`, the last in .NET's binary format
(azureautomation/runbooks on GitHub, schema 1.10; `convertGraphRunbookContent` of the Automation API 2021-06-22). Names
of activities and of value descriptors are those of Orchestrator.GraphRunbook.Model (Azure Automation graphical
authoring SDK, 2018-07-20). Activities that are written out as JSON or XML are read by the same names.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

from scanner.runbooks._net_binary import Node, NotReadable, Pointer, read_net_binary
from scanner.runbooks._powershell import read_powershell
from scanner.runbooks._powershell_script import Argument, Command, Opaque, Script, Value

_CODE = ("begin", "process", "end", "expression", "runtimescript")
_ASSET_READERS = {
    "automationconnectionvaluedescriptor": ("Get-AutomationConnection", "connectionname"),
    "automationcertificatevaluedescriptor": ("Get-AutomationCertificate", "certificatename"),
}
_TYPES = ("commandtype", "invocationactivitytype", "runbookactivitytype")
_KNOWN = ("activity", "valuedescriptor", "graphrunbook")
_FIELD = re.compile(r"(?:.*\+)?<?([^<>+]+?)>?(?:k__BackingField)?", re.DOTALL)
_DEEPEST = 200
_BINARY = b"\x00\x01\x00\x00\x00\xff\xff\xff\xff"


class GraphicalRunbook:
    """The activities of a graphical runbook as one script, and the lower-cased names of the runbooks it invokes."""

    def __init__(self, text: str) -> None:
        self.script = Script(sound=False)
        self.calls: set[str] = set()
        self._objects: dict[int, object] = {}
        self._nodes: list[Node] = []
        self._types: set[int] = set()
        try:
            self._load(text)
        except (NotReadable, ValueError, RecursionError, expat.ExpatError):
            return
        self.script.sound = any(_kind(node).endswith(_KNOWN) or "commandname" in node.fields for node in self._nodes)
        fields = (self._held(node.fields.get(key)) for node in self._nodes for key in _TYPES)
        self._types = {id(held) for held in fields if isinstance(held, Node)}
        for node in self._nodes:
            self._read(node)

    def _load(self, text: str) -> None:
        if text.lstrip().startswith("<"):
            self._nodes = list(_xml_nodes(text))
            return
        document = json.loads(text)
        self._nodes = list(_json_nodes(document))
        for node in list(self._nodes):
            for key in ("runbookdefinition", "graphrunbookjson"):
                if isinstance(definition := node.fields.get(key), str):
                    self._load_definition(definition)

    def _load_definition(self, definition: str) -> None:
        if definition.lstrip().startswith("{"):
            self._nodes += _json_nodes(json.loads(definition))
            return
        try:
            content = base64.b64decode(definition, validate=True)
        except binascii.Error as error:
            raise NotReadable("not base64") from error
        if not content.startswith(_BINARY):
            raise NotReadable("not a .NET stream")
        self._objects = read_net_binary(content)
        for held in self._objects.values():
            if isinstance(held, Node):
                held.fields = {_field(name): value for name, value in held.fields.items()}
                self._nodes.append(held)

    def _held(self, value: object) -> object:
        return self._objects.get(value.to) if isinstance(value, Pointer) else value

    def _text(self, node: Node, key: str) -> str | None:
        """Read a text, also where the model wraps it into a name that compares without case."""
        held = self._held(node.fields.get(key))
        if isinstance(held, Node):
            held = self._held(held.fields.get("name"))
        return held if isinstance(held, str) else None

    def _read(self, node: Node) -> None:
        for key in _CODE:
            if code := self._text(node, key):
                self.script.join(_on_first_line(read_powershell(code)))
        if asset := _ASSET_READERS.get(_kind(node)):
            self._read_asset(node, *asset)
        if _kind(node).endswith("activitytype") or id(node) in self._types:
            return
        types = [held for key in _TYPES if isinstance(held := self._held(node.fields.get(key)), Node)]
        for owner in (*types, node):
            if name := self._text(owner, "commandname"):
                self._read_command(node, name)
                return

    def _read_asset(self, node: Node, reader: str, key: str) -> None:
        name = self._text(node, key)
        texts = [name] if name else [text for text in map(self._held, node.fields.values()) if isinstance(text, str)]
        values: list[Value] = [*texts] if texts else [Opaque.UNKNOWN]
        self.script.commands.append(Command(reader, 1, arguments=[Argument(values=values)]))

    def _read_command(self, node: Node, name: str) -> None:
        if "runbook" in _kind(node):
            self.calls.add(name.lower())
            return
        command = Command(name, 1)
        parameters = self._held(node.fields.get("parameters"))
        for key, value in self._parameters(parameters):
            command.arguments.append(Argument(key.lower(), values=[value]))
        if custom := self._text(node, "customparameters"):
            self._read_custom(command, name, custom)
        self.script.commands.append(command)

    def _read_custom(self, command: Command, name: str, custom: str) -> None:
        """Take in the arguments that an activity is given as PowerShell text, and the code within them."""
        script = _on_first_line(read_powershell(f"{name} {custom}"))
        for given in [given for given in script.commands if given.name == name]:
            command.arguments += given.arguments
            script.commands.remove(given)
        self.script.join(script)

    def _parameters(self, parameters: object) -> Iterator[tuple[str, Value]]:
        """Yield the parameters of an activity: the pairs of a .NET dictionary, or the fields of a written-out one."""
        pending, seen = [parameters], 0
        while pending and seen < _DEEPEST:
            held = self._held(pending.pop())
            seen += 1
            if isinstance(held, list):
                pending += held
            elif isinstance(held, Node) and "key" in held.fields:
                if key := self._text(held, "key"):
                    yield key, self._described(held.fields.get("value"))
            elif isinstance(held, Node) and {"keyvaluepairs", "items"} & held.fields.keys():
                pending += [held.fields.get("keyvaluepairs"), held.fields.get("items")]
            elif isinstance(held, Node):
                yield from ((key, self._described(value)) for key, value in held.fields.items())

    def _described(self, value: object) -> Value:
        held = self._held(value)
        if isinstance(held, Node):
            held = self._held(held.fields.get("value"))
        if isinstance(held, bool):
            return str(held).lower()
        return held if isinstance(held, str) else Opaque.UNKNOWN


def _on_first_line(script: Script) -> Script:
    """Move all to line 1, as the lines of an activity are no lines of the runbook's content."""
    for command in script.commands:
        command.line = 1
    script.variables = dict.fromkeys(script.variables, 1)
    return script


def _kind(node: Node) -> str:
    return node.kind.lower().rpartition(".")[2].partition(",")[0]


def _field(name: str) -> str:
    found = _FIELD.fullmatch(name)
    return (found.group(1) if found else name).lower()


def _json_nodes(document: object) -> Iterator[Node]:
    """Yield every object of a document as a node, inner ones as the fields of outer ones too."""
    root = _as_node(document, 0)
    pending: list[object] = [root]
    while pending:
        value = pending.pop()
        if isinstance(value, Node):
            yield value
            pending += value.fields.values()
        elif isinstance(value, list):
            pending += value


def _as_node(value: object, depth: int) -> object:
    if depth > _DEEPEST:
        raise NotReadable("too deep")
    if isinstance(value, list):
        return [_as_node(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    fields = {str(key).lower(): _as_node(each, depth + 1) for key, each in value.items()}
    kind = fields.pop("$type", None) or fields.get("type") or fields.get("activitytype")
    return Node(_type_name(kind), fields)


def _type_name(kind: object) -> str:
    return kind.partition(",")[0] if isinstance(kind, str) else ""


def _xml_nodes(text: str) -> Iterable[Node]:
    """List every element as a node; a document type is refused, so that no entity is ever expanded."""
    nodes: list[Node] = []
    open_nodes: list[tuple[Node, list[str]]] = []

    def started(tag: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > _DEEPEST:
            raise NotReadable("too deep")
        fields: dict[str, object] = {name.rpartition(":")[2].lower(): value for name, value in attributes.items()}
        node = Node(_type_name(fields.pop("type", None)) or tag.rpartition(":")[2], fields)
        nodes.append(node)
        open_nodes.append((node, []))

    def said(data: str) -> None:
        open_nodes[-1][1].append(data)

    def ended(tag: str) -> None:
        node, texts = open_nodes.pop()
        if open_nodes:
            owner, name = open_nodes[-1][0], tag.rpartition(":")[2].lower()
            value: object = node if node.fields else "".join(texts)
            siblings = owner.fields.setdefault("items", [])
            if isinstance(siblings, list):
                siblings.append(value)
            owner.fields.setdefault(name, value)

    def refused(*_: object) -> None:
        raise NotReadable("a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    parser.Parse(text.lstrip(), True)
    return nodes
