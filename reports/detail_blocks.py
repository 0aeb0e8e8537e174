"""The details of findings, packed by the block so that what they share is written once.

What the index and a finding's own evidence say is not repeated in its texts: a mark stands there for the word. Without
these words, the steps of one check are one text for all its findings, and a block has it once. The facts of the
evidence are columns, for alike things beside each other deflate best.

A mark is two characters of the C1 controls, which no text of the page has: `visible` spells them out. The words are
those of the row's own index (`known_words` here, `knownWords` in the script), and then its facts in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from reports.packing import batches

_C1 = tuple(map(chr, range(0x80, 0xA0)))
_MARKS = tuple(first + second for first in _C1 for second in _C1)
_SHORTEST = 6
"""Characters of a word that is worth a mark."""
_BARE = "[]{},:0123456789aeflnrstu"
"""What a detail's JSON has outside its strings, where no mark may stand: counts, `true`, `false` and `null`."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of a finding beside its index; `rest` are plain values, like those of `evidence`.

    `words` are what the script knows of the row without the detail.
    """

    words: tuple[str, ...]
    evidence: Mapping[str, Any]
    rest: tuple[Any, ...]
    reads: tuple[Any, ...]


class DetailBlock(msgspec.Struct, frozen=True, kw_only=True):
    """The details of some rows.

    `shape`, `rest` and `reads` have a number for each row: of the names of its facts in `shapes`, and of JSON texts in
    `rests` and `behind`. `facts` has the columns of each shape, with a place for each row of that shape.
    """

    shapes: list[tuple[str, ...]]
    shape: list[int]
    facts: list[list[list[Any]]]
    rests: list[str]
    rest: list[int]
    behind: list[str]
    reads: list[int]


def known_words(subject: str, cause: str, account: str) -> tuple[str, ...]:
    """The words of a finding's index: the ids of its subject, its cause and its account, and the names in the first."""
    parts = subject.split("/")
    return (subject, cause, account, *parts[2:3], *parts[4::2])


def detail_blocks(details: Iterable[Detail], size: int) -> Iterator[DetailBlock]:
    """Blocks of `size` details each."""
    return map(_block, batches(details, size))


def _block(details: list[Detail]) -> DetailBlock:
    shapes: dict[tuple[str, ...], int] = {}
    rests: dict[str, int] = {}
    behind: dict[str, int] = {}
    facts: list[list[list[Any]]] = []
    numbers: list[tuple[int, int, int]] = []
    for detail in details:
        words = _Words(detail.words)
        names = tuple(detail.evidence)
        shape = shapes.setdefault(names, len(shapes))
        if shape == len(facts):
            facts.append([[] for _ in names])
        for column, value in zip(facts[shape], detail.evidence.values(), strict=True):
            column.append(words.without(value))
            words.add(value)
        rest = rests.setdefault(words.text(detail.rest), len(rests))
        numbers.append((shape, rest, behind.setdefault(words.text(detail.reads), len(behind))))
    shape_column, rest_column, reads_column = map(list, zip(*numbers, strict=True))
    return DetailBlock(
        shapes=list(shapes),
        shape=shape_column,
        facts=facts,
        rests=list(rests),
        rest=rest_column,
        behind=list(behind),
        reads=reads_column,
    )


class _Words:
    """The words of one row with their marks, the longest first."""

    def __init__(self, known: Iterable[str]) -> None:
        self._marks = iter(_MARKS)
        self._words: dict[str, str] = {}
        self._order: list[tuple[str, str]] | None = None
        for word in known:
            self.add(word)

    def add(self, value: Any) -> None:
        """Give the next mark to a value; it is used if that is a word that JSON writes as it is."""
        mark = next(self._marks, "")
        if mark and isinstance(value, str) and value not in self._words and _is_word(value):
            self._words[value] = mark
            self._order = None

    def without(self, value: Any) -> Any:
        """A value with marks for its words."""
        if isinstance(value, str):
            return value if len(value) < _SHORTEST else self._words.get(value) or self._marked(value)
        return msgspec.json.decode(self.text(value)) if value else value

    def text(self, value: Any) -> str:
        """The JSON of a value, with marks for its words."""
        return self._marked(msgspec.json.encode(value).decode())

    def _marked(self, text: str) -> str:
        if self._order is None:
            self._order = sorted(self._words.items(), key=lambda pair: len(pair[0]), reverse=True)
        for word, mark in self._order:
            if word in text:
                text = text.replace(word, mark)
        return text


def _is_word(value: str) -> bool:
    """Whether JSON writes a text as it is, and has it nowhere but in its strings."""
    return len(value) >= _SHORTEST and bool(value.strip(_BARE)) and '"' not in value and "\\" not in value
