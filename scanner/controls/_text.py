"""The policies and controls of one check, as Markdown that also reads well in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from scanner.controls._catalogue import catalogue
from scanner.controls._references import ControlReference, controls_of, policies_of
from scanner.findings import MappingOrigin


def controls_text(check: str) -> str:
    """The section on the controls of a check (those of AzureCloud), without its heading and a final line break."""
    policies, references = policies_of(check), controls_of(check)
    if not policies and not references:
        return "No mapping."
    parts = []
    if policies:
        told = (f"* {policy.name} (`{policy.id}`, {policy.version})" + _left(left) for policy, left in policies)
        parts.append("\n".join(("Definitions of Azure Policy that judge the same:\n", *told)))
    for origin, heading in _HEADINGS.items():
        lines = tuple(_lines(reference for reference in references if reference.origin is origin))
        if lines:
            parts.append("\n".join((f"{heading}\n", *lines)))
    source = f"Source of Microsoft's mapping: {catalogue().source.citation}. " if policies else ""
    return "\n\n".join((*parts, f"{source}A mapping is no certification."))


_HEADINGS = {
    MappingOrigin.MICROSOFT: "Controls, by Microsoft's mapping of these policies:",
    MappingOrigin.INFERRED: "Controls, by inference of this project alone:",
}


def _left(left: str) -> str:
    return f", in part: {left}" if left else ""


def _lines(references: Iterable[ControlReference]) -> Iterator[str]:
    for title, group in groupby(references, key=lambda reference: reference.title):
        told = tuple(group)
        because = "; ".join(dict.fromkeys(reference.because for reference in told))
        why = f" ({because})" if told[0].origin is MappingOrigin.INFERRED else ""
        yield f"* {title}: {', '.join(reference.control for reference in told)}{why}"
