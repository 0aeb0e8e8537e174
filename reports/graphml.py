"""Renders an estate's graph as GraphML, for networkx, Gephi and yEd: typed attributes, lower-cased ARM ids as nodes.

networkx has a writer of its own. It is not used: it copies the graph and builds the document in memory, which a big
estate does not allow; what it reads is what is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from xml.etree import ElementTree as ET

from reports.chunks import joined
from reports.escaping import xml_text
from reports.inventory import Place, Tally, places, tallies
from reports.verdict import verdict
from scanner.findings import Scan
from scanner.graph import EdgeKind, EstateGraph

_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
_NODE: Mapping[str, str] = {
    "label": "string",
    "kind": "string",
    "arm_id": "string",
    "region": "string",
    "presence": "string",
    "findings": "int",
    "accepted": "int",
    "worst_open": "string",
    "gaps": "int",
    "unread": "string",
    "unknowns": "int",
}
_EDGE: Mapping[str, str] = {"relation": "string"}
_GRAPH: Mapping[str, str] = {
    "verdict": "string",
    "planned_reads": "int",
    "answered_reads": "int",
    "gaps": "int",
    "unknowns": "int",
    "crashed_checks": "int",
    "interrupted": "boolean",
}
Value = str | int | bool | None


def graphml_chunks(scan: Scan) -> Iterator[str]:
    """The document: what it can say of nodes, edges and itself, then the scan's coverage, the nodes and the edges."""
    graph = EstateGraph.of(scan.estate)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="{_NAMESPACE}">\n'
    for place, types in (("graph", _GRAPH), ("node", _NODE), ("edge", _EDGE)):
        yield "".join(_declared(place, name, type_) for name, type_ in types.items())
    yield '<graph id="estate" edgedefault="directed">\n'
    yield "".join(f"{_data('graph', name, value)}\n" for name, value in _of_scan(scan).items())
    found = tallies(scan)
    nodes = (_node(place, found.get(place.id.key, Tally())) for place in places(scan, jobs=True))
    edges = (_edge(number, *edge) for number, edge in enumerate(graph.edges()))
    yield from joined(chain(nodes, edges))
    yield "</graph>\n</graphml>\n"


def _of_scan(scan: Scan) -> Mapping[str, Value]:
    ledger = scan.estate.ledger
    return {
        "verdict": verdict(scan),
        "planned_reads": ledger.planned,
        "answered_reads": ledger.answered,
        "gaps": len(scan.blind_spots),
        "unknowns": len(scan.unknowns),
        "crashed_checks": len(scan.errors),
        "interrupted": scan.estate.facts.interrupted,
    }


def _node(place: Place, tally: Tally) -> str:
    facts: Mapping[str, Value] = {
        "label": place.id.name,
        "kind": place.kind,
        "arm_id": place.id.text,
        "region": place.location,
        "presence": place.presence.value,
        "findings": tally.findings,
        "accepted": tally.accepted,
        "worst_open": tally.worst.value if tally.worst else None,
        "gaps": tally.gaps,
        "unread": ", ".join(tally.unread) or None,
        "unknowns": tally.unknowns,
    }
    data = "".join(_data("node", name, value) for name, value in facts.items())
    return f"<node id={_quoted(place.id.key)}>{data}</node>\n"


def _edge(number: int, source: str, target: str, kind: EdgeKind) -> str:
    data = _data("edge", "relation", kind.value)
    return f'<edge id="e{number}" source={_quoted(source)} target={_quoted(target)}>{data}</edge>\n'


def _declared(place: str, name: str, type_: str) -> str:
    attributes = {"id": f"{place}_{name}", "for": place, "attr.name": name, "attr.type": type_}
    return ET.tostring(ET.Element("key", attributes), "unicode") + "\n"


def _data(place: str, name: str, value: Value) -> str:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'<data key="{place}_{name}">{_escaped(text)}</data>'


def _quoted(text: str) -> str:
    return '"' + _escaped(text).replace('"', "&quot;") + '"'


def _escaped(text: str) -> str:
    return xml_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
