"""Rewrites all texts and ids of an estate; which texts there are is read from the types themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from itertools import chain
from types import UnionType
from typing import Annotated, Any, Protocol, TypeVar, Union, get_args, get_origin

import msgspec

from scanner.inventory import KINDS, ArmId, Estate, Read, Resource, ScanFacts
from scanner.redaction._fields import FIELDS

T = TypeVar("T", bound=msgspec.Struct)
_Rewriting = Callable[[Any], Any]
_WITHOUT_TEXT = (Enum, int, float, datetime)


class Rewriter(Protocol):
    """What takes the place of ids and texts; `kind` is one of FIELDS."""

    def id(self, written: ArmId, /) -> ArmId:
        """What stands for an id."""

    def of_kind(self, kind: str, /) -> Callable[[str], str] | None:
        """What stands for texts of a kind; None for those that stay."""


class UnclassifiedError(TypeError):
    """A type has a text field of which nobody said what it is."""


class Rewriting:
    """Rewrites the structs of an estate by a rewriter; of each type it is worked out once what is to be rewritten."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._of_types: dict[type[msgspec.Struct], tuple[tuple[str, _Rewriting], ...]] = {}

    def estate(self, estate: Estate) -> Estate:
        """The estate rewritten, in the order of its new ids; resources come first, for texts speak of them."""
        resources: Iterable[Resource] = chain.from_iterable(getattr(estate, name) for name in KINDS.values())
        rewritten = [self.struct(resource) for resource in resources]
        reads = [self.struct(read) for read in estate.reads]
        return Estate.of(self.struct(estate.facts), reads, rewritten)

    def struct(self, written: T) -> T:
        """A struct with all its texts and ids rewritten; raises UnclassifiedError."""
        kind = type(written)
        fields = self._of_types.get(kind) or self._fields_of(kind)
        changes = {name: rewrite(held) for name, rewrite in fields if (held := getattr(written, name)) is not None}
        return msgspec.structs.replace(written, **changes)

    def _fields_of(self, kind: type[msgspec.Struct]) -> tuple[tuple[str, _Rewriting], ...]:
        self._of_types[kind] = fields = tuple(self._fields(kind))
        return fields

    def _fields(self, kind: type[msgspec.Struct]) -> Iterable[tuple[str, _Rewriting]]:
        for field in msgspec.structs.fields(kind):
            rewrite = self._of(field.type, kind, field.name)
            if rewrite is not None:
                yield field.name, rewrite

    def _of(self, annotation: Any, owner: type[msgspec.Struct], name: str) -> _Rewriting | None:
        """How a value of this annotation is rewritten; None for one that holds no text."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._of(arguments[0], owner, name)
        if origin is not None:
            return self._of_many(origin, arguments, owner, name)
        if annotation is ArmId:
            return self._rewriter.id
        if annotation is str:
            return self._rewriter.of_kind(kind_of(owner, name))
        if issubclass(annotation, msgspec.Struct):
            return self.struct if self._fields_of(annotation) else None
        if not issubclass(annotation, _WITHOUT_TEXT):
            raise UnclassifiedError(f"{owner.__name__}.{name} may hold text")
        return None

    def _of_many(
        self, origin: Any, arguments: tuple[Any, ...], owner: type[msgspec.Struct], name: str
    ) -> _Rewriting | None:
        """For a union the one member that holds text, for a tuple all of its items."""
        if origin not in {tuple, Union, UnionType}:
            raise UnclassifiedError(f"{owner.__name__}.{name} may hold text")
        each = [self._of(argument, owner, name) for argument in arguments if argument not in {type(None), ...}]
        rewriting = [rewrite for rewrite in each if rewrite is not None]
        if not rewriting:
            return None
        if len(each) > 1:
            raise UnclassifiedError(f"{owner.__name__}.{name} may be several things")
        [rewrite] = rewriting
        return (lambda written: tuple(map(rewrite, written))) if origin is tuple else rewrite


def kind_of(owner: type[msgspec.Struct], name: str) -> str:
    """What a text field is; raises UnclassifiedError for one that nobody classified."""
    try:
        return FIELDS[owner][name]
    except KeyError as error:
        raise UnclassifiedError(f"{owner.__name__}.{name} is not classified") from error


def every_struct() -> Iterable[type[msgspec.Struct]]:
    """The types that an estate is made of."""
    return (ScanFacts, Read, *KINDS)
