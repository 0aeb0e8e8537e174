"""Reads the .NET binary format that graphical runbooks are kept in, without making any of its objects.

Written after [MS-NRBF] .NET Remoting: Binary Format Data Structure (Microsoft, 2024). Only names, numbers and texts are
read; no type is looked up, nothing is run, and no length is trusted beyond the bytes that are there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

_PRIMITIVE_BYTES = {1: 1, 2: 1, 6: 8, 7: 2, 8: 4, 9: 8, 10: 1, 11: 4, 12: 8, 13: 8, 14: 2, 15: 4, 16: 8}
_BOOLEAN, _CHAR, _DECIMAL, _TEXT = 1, 3, 5, 18
_NULLS = {10, 13, 14}
_MOST_RECORDS = 2_000_000
_DEEPEST = 200


class NotReadable(ValueError):
    """The bytes do not follow the format, or use a part of it that no graphical runbook needs."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A reference to the object of that id."""

    to: int


@dataclass(slots=True)
class Node:
    """An object: the name of its type and its fields; an array has its elements under "items"."""

    kind: str
    fields: dict[str, object] = field(default_factory=dict)


class _Record(IntEnum):
    HEADER = 0
    CLASS_BY_ID = 1
    SYSTEM_CLASS = 2
    CLASS = 3
    SYSTEM_CLASS_TYPED = 4
    CLASS_TYPED = 5
    TEXT = 6
    ARRAY = 7
    PRIMITIVE = 8
    REFERENCE = 9
    NULL = 10
    END = 11
    LIBRARY = 12
    NULLS_BYTE = 13
    NULLS = 14
    PRIMITIVES = 15
    OBJECTS = 16
    TEXTS = 17


@dataclass(frozen=True, slots=True)
class _Class:
    name: str
    members: tuple[str, ...]
    types: tuple[tuple[int, int | None], ...]


def read_net_binary(content: bytes) -> dict[int, object]:
    """Read a stream into its objects by id: nodes and texts, which point to one another.

    Raises:
        NotReadable: where the stream is cut, or is no such stream.
    """
    reader = _Reader(content)
    try:
        reader.read()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotReadable(str(error)) from error
    return reader.objects


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.objects: dict[int, object] = {}
        self._content = content
        self._at = 0
        self._records = 0
        self._depth = 0
        self._classes: dict[int, _Class] = {}
        self._handlers: dict[int, Callable[[], object]] = {
            _Record.CLASS_BY_ID: self._class_by_id,
            _Record.SYSTEM_CLASS: lambda: self._class_record(typed=False, library=False),
            _Record.CLASS: lambda: self._class_record(typed=False, library=True),
            _Record.SYSTEM_CLASS_TYPED: lambda: self._class_record(typed=True, library=False),
            _Record.CLASS_TYPED: lambda: self._class_record(typed=True, library=True),
            _Record.TEXT: self._text_record,
            _Record.ARRAY: self._array,
            _Record.PRIMITIVE: self._typed_primitive,
            _Record.REFERENCE: self._reference,
            _Record.NULL: self._null,
            _Record.LIBRARY: self._library,
            _Record.PRIMITIVES: lambda: self._single_array(primitive=True),
            _Record.OBJECTS: lambda: self._single_array(primitive=False),
            _Record.TEXTS: lambda: self._single_array(primitive=False),
        }

    def read(self) -> None:
        if self._byte() != _Record.HEADER:
            raise NotReadable("no header")
        self._skip(16)
        while True:
            record = self._byte()
            if record == _Record.END:
                return
            self._record(record)

    def _skip(self, length: int) -> None:
        if length < 0 or self._at + length > len(self._content):
            raise NotReadable("cut short")
        self._at += length

    def _byte(self) -> int:
        value = self._content[self._at]
        self._at += 1
        return value

    def _int32(self) -> int:
        (value,) = struct.unpack_from("<i", self._content, self._at)
        self._at += 4
        return int(value)

    def _text(self) -> str:
        length = shift = 0
        while True:
            byte = self._byte()
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
                break
            if shift > 28:  # noqa: PLR2004 - five groups of seven bits hold any length
                raise NotReadable("a length without end")
        start = self._at
        self._skip(length)
        return self._content[start : self._at].decode("utf-8")

    def _record(self, record: int) -> object:
        self._records += 1
        self._depth += 1
        if self._records > _MOST_RECORDS or self._depth > _DEEPEST:
            raise NotReadable("too many records")
        handler = self._handlers.get(record)
        if handler is None:
            raise NotReadable(f"record {record}")
        value = handler()
        self._depth -= 1
        return value

    def _library(self) -> object:
        self._int32()
        self._text()
        return None

    def _class_record(self, *, typed: bool, library: bool) -> object:
        identity, name = self._int32(), self._text()
        count = self._count(self._int32())
        members = tuple(self._text() for _ in range(count))
        if not typed:
            raise NotReadable("a class without types")
        kinds = [self._byte() for _ in range(count)]
        types = tuple((kind, self._type_detail(kind)) for kind in kinds)
        if library:
            self._int32()
        self._classes[identity] = _Class(name, members, types)
        return self._members(identity, self._classes[identity])

    def _class_by_id(self) -> object:
        identity, like = self._int32(), self._int32()
        if like not in self._classes:
            raise NotReadable("an unknown class")
        self._classes[identity] = self._classes[like]
        return self._members(identity, self._classes[like])

    def _count(self, count: int) -> int:
        if count < 0 or count > len(self._content) - self._at:
            raise NotReadable("more elements than bytes")
        return count

    def _type_detail(self, kind: int) -> int | None:
        if kind in (0, 7):
            return self._byte()
        if kind in (3, 4):
            self._text()
        if kind == 4:  # noqa: PLR2004 - a class with its library
            self._int32()
        return None

    def _members(self, identity: int, shape: _Class) -> Pointer:
        node = Node(shape.name)
        self.objects[identity] = node
        for name, (kind, primitive) in zip(shape.members, shape.types, strict=True):
            node.fields[name] = self._primitive(primitive or 0) if kind == 0 else self._member()
        return Pointer(identity)

    def _member(self) -> object:
        record = self._byte()
        while record == _Record.LIBRARY:
            self._library()
            record = self._byte()
        return self._record(record)

    def _primitive(self, kind: int) -> object:
        if kind == _BOOLEAN:
            return self._byte() != 0
        if kind in (_DECIMAL, _TEXT):
            return self._text()
        if kind == _CHAR:
            lead = self._byte()
            self._skip(0 if lead < 0x80 else 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3)  # noqa: PLR2004 - UTF-8
            return None
        if kind not in _PRIMITIVE_BYTES:
            raise NotReadable(f"primitive {kind}")
        self._skip(_PRIMITIVE_BYTES[kind])
        return None

    def _text_record(self) -> object:
        identity = self._int32()
        self.objects[identity] = self._text()
        return Pointer(identity)

    def _typed_primitive(self) -> object:
        return self._primitive(self._byte())

    def _reference(self) -> object:
        return Pointer(self._int32())

    def _null(self) -> object:
        return None

    def _array(self) -> object:
        identity, shape, rank = self._int32(), self._byte(), self._int32()
        lengths = [self._int32() for _ in range(self._count(rank))]
        if shape > 2:  # noqa: PLR2004 - the shapes with lower bounds
            self._skip(4 * rank)
        kind = self._byte()
        primitive = self._type_detail(kind)
        length = 1
        for each in lengths:
            length *= each
        return self._elements(identity, length, primitive if kind == 0 else None)

    def _single_array(self, *, primitive: bool) -> object:
        identity, length = self._int32(), self._int32()
        return self._elements(identity, length, self._byte() if primitive else None)

    def _elements(self, identity: int, length: int, primitive: int | None) -> object:
        items: list[object] = []
        self.objects[identity] = Node("[]", {"items": items})
        if primitive is not None:
            items += [self._primitive(primitive) for _ in range(self._count(length))]
            return Pointer(identity)
        filled = 0
        while filled < length:
            record = self._byte()
            if record in _NULLS:
                filled += (
                    1 if record == _Record.NULL else self._byte() if record == _Record.NULLS_BYTE else self._int32()
                )
            elif record == _Record.LIBRARY:
                self._library()
            else:
                items.append(self._record(record))
                filled += 1
        return Pointer(identity)
