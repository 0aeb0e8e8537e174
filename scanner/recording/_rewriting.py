"""Rewrites the JSON of an answer by what is known of each place in it; what nobody knows is never let through."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from scanner.redaction import Redaction, is_public_word

Special: TypeAlias = "Callable[[Rewriter, Any], Any]"
Place: TypeAlias = "str | Special | Left | list[Place] | Mapping[str, Place]"
"""What stands at a place: a text of a kind, an object by its lower-cased keys, a list, or something of its own."""


class Left:
    """A place whose content is left out, whatever it is."""


LEFT_OUT = Left()
OTHERS = "*"
"""The key of an object's place that says what becomes of all keys that it does not name."""
FIGURE = "figure"
"""A text that is a number."""

TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?\s?(?:Z|z|[+-]\d\d:?\d\d)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d GMT"
)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?")
_KEY_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d{1,3}")
_KEY = re.compile(r"[$@_]{0,2}[A-Za-z][A-Za-z0-9]{0,63}")
_HALF = "\ud800"


class Rewriter:
    """Puts pseudonyms into decoded JSON.

    Of a text that is no Unicode text, half a surrogate pair is kept, so that it stays none.
    """

    def __init__(self, redaction: Redaction) -> None:
        self.redaction = redaction

    def at(self, place: Place, value: Any) -> Any:
        """The value that stands at a place, rewritten; one of another form than expected is unknown."""
        if value is None or isinstance(place, Left):
            return None
        if isinstance(value, bool):
            return value
        if isinstance(place, Mapping):
            return self._object(place, value) if isinstance(value, dict) else self.unknown(value)
        if isinstance(place, list):
            return [self.at(place[0], each) for each in value] if isinstance(value, list) else self.unknown(value)
        if isinstance(place, str):
            return self._known(place, value)
        return place(self, value)

    def text(self, kind: str, written: str) -> str:
        """A text of a kind; empty ones stay."""
        if not written.strip():
            return written
        whole = written.encode("utf-8", "replace").decode()
        made = self._of_kind(kind, whole)
        return made if whole == written else made + _HALF

    def unknown(self, value: Any, *, named: bool = False) -> Any:
        """What stands for a value of which nothing is known; `named` tells that it is a member of Azure's schemas.

        Times and booleans stay, and the numbers of such members; any other number may be one of a telephone.
        """
        if isinstance(value, dict):
            return {self.key(key): self.unknown(each, named=key.lower() in members()) for key, each in value.items()}
        if isinstance(value, list):
            return [self.unknown(each) for each in value]
        if isinstance(value, str):
            return self.unknown_text(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value if named else 0
        return value

    def unknown_text(self, written: str) -> str:
        """What stands for a text of which nothing is known."""
        if not written.strip() or TIME.fullmatch(written):
            return written
        if written.lower().startswith(("/subscriptions/", "/providers/")):
            return self.text("scope", written)
        return self.redaction.stand_in(written)

    def key(self, written: str) -> str:
        """The name of a member that nobody knows: public words stay."""
        if is_public_key(written):
            return written
        return self.unknown_text(written) if written.startswith("/") else self.redaction.stand_in(written)

    def _object(self, places: Mapping[str, Place], value: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, each in value.items():
            place = places.get(key.lower()) if key != OTHERS else None
            if place is not None:
                made[key] = self.at(place, each)
            elif OTHERS not in places:
                made[self.key(key)] = self.unknown(each, named=key.lower() in members())
        return made

    def _known(self, kind: str, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(kind, value)
        return value if isinstance(value, int | float) else self.unknown(value)

    def _of_kind(self, kind: str, written: str) -> str:
        if kind == FIGURE:
            return written if _NUMBER.fullmatch(written.strip()) else self.unknown_text(written)
        if kind == "scope":
            trimmed = written.strip().rstrip("/")
            return self.redaction.value(kind, trimmed) if trimmed.startswith("/") else self.redaction.stand_in(written)
        return self.redaction.value(kind, written)


def is_public_key(written: str) -> bool:
    """Whether the name of a member is one of Azure's, or made of public words, such as `provisioningState`."""
    words = _KEY_WORDS.findall(written)
    of_words = _KEY.fullmatch(written) is not None and all(word.isdigit() or is_public_word(word) for word in words)
    return of_words or written.lower() in members()


@cache
def members() -> frozenset[str]:
    """The names of members and columns in Azure's public schemas, lower-cased."""
    return frozenset(files("scanner.recording").joinpath("members.txt").read_text(encoding="utf-8").split())
