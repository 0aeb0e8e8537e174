"""Small texts joined to chunks worth writing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

_AT_ONCE = 200


def joined(texts: Iterable[str]) -> Iterator[str]:
    """The texts, some hundred in each chunk."""
    waiting = iter(texts)
    while part := list(islice(waiting, _AT_ONCE)):
        yield "".join(part)
