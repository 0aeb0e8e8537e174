"""The layout of a topology picture: boxes and lines in px, from blocks that know nothing of places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal
from unicodedata import east_asian_width

import msgspec

from scanner.escape import visible
from scanner.findings import Severity

Style = Literal["seen", "missing", "unseen", "absent"]

WIDTH = 1080
_BOX_HEIGHT = 36
_ROW = 44
_BLOCK_GAP = 6
_MARGIN = 1
_COLUMNS = (1, 195, 495, 830)
_WIDTHS = (156, 250, 262, 249)
_MARK = 60  # px that a severity's mark takes
_NAME_SIZE = 12
_NOTE_SIZE = 10.5
_WIDEST = 0.77  # em of the widest glyph in ASCII
_BOLD = 1.12  # how much wider the bold face of a name is than the plain one of a note


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What a box stands for, before it has a place; `finding` is the fingerprint of its worst finding."""

    kind: str
    name: str
    about: str
    style: Style = "seen"
    severity: Severity | None = None
    finding: str | None = None
    findings: int = 0


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """An item with its place in px; `label` and `note` are clipped to the box, the item holds the whole text."""

    item: Item
    x: int
    y: int
    width: int
    label: str
    note: str
    height: int = _BOX_HEIGHT

    @property
    def name_width(self) -> int:
        """The room for the name beside the severity's mark."""
        return self.width - 13 - (_MARK if self.item.severity else 0)

    @property
    def mark_x(self) -> int:
        """Where the text of the severity's mark ends."""
        return self.x + self.width - 8


class Line(msgspec.Struct, frozen=True):
    """A line in SVG path syntax; `arrow` is the path of its head."""

    path: str
    style: Style = "seen"
    arrow: str = ""


class Block(msgspec.Struct, frozen=True):
    """One box of the third column and those that hang on it; `reverse` is the style of a link back to the account."""

    item: Item
    children: tuple[Item, ...] = ()
    forward: Style | None = "seen"
    reverse: Style | None = None


def laid_out(root: Item, own: Item, blocks: Sequence[Block]) -> tuple[tuple[Box, ...], tuple[Line, ...]]:
    """Place the subscription, the account and its blocks, and connect them."""
    boxes = [_box(0, _MARGIN, root), _box(1, _MARGIN, own)]
    lines = [Line(_elbow(boxes[0], boxes[1]))]
    y = _MARGIN
    for block in blocks:
        parent = _box(2, y, block.item)
        children = [_box(3, y + index * _ROW, item) for index, item in enumerate(block.children)]
        lines += _links(boxes[1], parent, block)
        lines += [Line(_elbow(parent, child), _line_style(child.item.style)) for child in children]
        boxes += [parent, *children]
        y += max(1, len(children)) * _ROW + _BLOCK_GAP
    return tuple(boxes), tuple(lines)


def _links(account: Box, target: Box, block: Block) -> Iterator[Line]:
    """The lines between the account and a box; a workspace has an arrow for each side that names the other."""
    is_link = block.reverse is not None or (block.item.kind == "Workspace" and block.item.style in {"seen", "missing"})
    if block.forward is not None:
        lift = -6 if is_link else 0
        path = _elbow(account, target, lift)
        yield Line(path, block.forward, _head(target.x, _middle(target) + lift, 1) if is_link else "")
    if block.reverse is not None:
        path = _elbow(account, target, 6)
        yield Line(path, block.reverse, _head(account.x + account.width, _middle(account) + 6, -1))


def _line_style(style: Style) -> Style:
    return "seen" if style == "absent" else style


def _elbow(source: Box, target: Box, lift: int = 0) -> str:
    start = source.x + source.width
    turn = target.x - 22 + lift
    return f"M{start} {_middle(source) + lift}H{turn}V{_middle(target) + lift}H{target.x}"


def _head(x: int, y: int, direction: Literal[1, -1]) -> str:
    return f"M{x} {y}l{-7 * direction} -4v8z"


def _middle(box: Box) -> int:
    return box.y + _BOX_HEIGHT // 2


def _box(column: int, y: int, item: Item) -> Box:
    room = _WIDTHS[column] - 17
    named = room - (_MARK if item.severity else 0)
    return Box(
        item=item,
        x=_COLUMNS[column],
        y=y,
        width=_WIDTHS[column],
        label=_clipped(visible(item.name), named / _NAME_SIZE),
        note=_clipped(visible(item.about), room / _NOTE_SIZE * _BOLD),
    )


def _clipped(text: str, room: float) -> str:
    """Cut `text` to `room` in em of a bold face; the box clips what a wider font still makes too long."""
    if text.isascii() and len(text) * _WIDEST <= room:
        return text
    taken, fitting = 0.0, 0
    for index, character in enumerate(text):
        if taken <= room - 1:  # an em is left for the ellipsis
            fitting = index
        taken += _ems(character)
        if taken > room:
            return text[:fitting] + "…"
    return text


def _ems(character: str) -> float:
    """The width of a glyph in a wide bold system font (DejaVu Sans Bold)."""
    if east_asian_width(character) in "WF":
        return 1.0
    if character in " -._:/()ilj1tfr,'":
        return 0.45
    return _WIDEST if character.isupper() or character in "mwMW" else 0.69


def height_of(boxes: Sequence[Box]) -> int:
    """The height of a picture that holds these boxes."""
    return max(box.y for box in boxes) + _BOX_HEIGHT + _MARGIN
