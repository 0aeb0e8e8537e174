"""A topology picture as SVG, for a reader without the page's script; `picture.js` draws the same from data."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape

from reports.layout import Box, Line
from reports.topology import Picture
from reports.values import counted
from scanner.escape import visible


def svg(picture: Picture) -> Markup:
    """Draw a picture, and say in words what it shows; names are escaped, and their control characters spelled out."""
    width, height = picture.width, picture.height
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="topology" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="group" focusable="false" '
        f'aria-label="Topology of {_text(picture.account.name)}"><desc>{_text(picture.description)}</desc>'
    )
    parts = (head, *map(_line, picture.lines), *map(_linked, picture.boxes), "</svg>")
    return Markup("".join(parts))  # noqa: S704  # the names in it are escaped one by one


def _text(text: str) -> Markup:
    return escape(visible(text))


def _line(line: Line) -> str:
    arrow = f'<path class="arrow {line.style}" d="{line.arrow}"/>' if line.arrow else ""
    return f'<path class="line {line.style}" d="{line.path}"/>{arrow}'


def _linked(box: Box) -> str:
    drawn = "".join(_parts(box))
    return f'<a href="#f-{box.item.finding}">{drawn}</a>' if box.item.finding else drawn


def _parts(box: Box) -> Iterator[str]:
    item, x, y, height = box.item, box.x, box.y, box.height
    worst = f"; {counted(item.findings, 'finding')}, worst {item.severity}" if item.severity else ""
    yield f'<g class="box {item.style} {item.severity or ""}">'
    yield f"<title>{_text(item.name)}: {_text(item.about)}{worst}</title>"
    yield f'<rect x="{x}" y="{y}" width="{box.width}" height="{height}" rx="3"/>'
    if item.severity:
        yield f'<rect class="stripe" x="{x}" y="{y}" width="5" height="{height}"/>'
        yield f'<text class="mark" x="{box.mark_x}" y="{y + 15}">{item.severity.upper()}</text>'
    yield _clipped(box, box.name_width, "name", 15, box.label)
    yield _clipped(box, box.width - 13, "note", 29, box.note)
    yield "</g>"


def _clipped(box: Box, width: int, kind: str, down: int, text: str) -> str:
    """A text in an element of its own, which cuts it off at the edge of its box."""
    place = f'x="{box.x + 11}" y="{box.y}" width="{width}" height="{box.height}"'
    return f'<svg {place}><text class="{kind}" y="{down}">{_text(text)}</text></svg>'
