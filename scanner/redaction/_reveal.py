"""Finds pseudonyms in any text, and puts back what they stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from scanner.escape import visible

_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PSEUDONYM = re.compile(
    rf"""
    (?<![0-9a-z])(?:{_GUID})(?![0-9a-z])
  | (?:(?<![\w-])|(?<=[0-9a-f]{{12}}[-_]))[a-z]+(?:-[a-z]+)?-[0-9a-z]{{8}}(?:(?=[-_]{_GUID})|(?!-?[^\W_]|_))
  | (?<![\w-])[0-9a-f]{{16,128}}(?!-?\w)
  | (?<![\w.-])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?:/\d{{1,2}})?(?!-?\w|\.\d)
  | (?<![\w:.-])2001:db8:[0-9a-f:]{{1,39}}(?:/\d{{1,3}})?(?!-?\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def reveal(text: str, originals: Mapping[str, str], *, shown: Callable[[str], str] = str) -> str:
    """The text with originals in place of whole pseudonyms, each as `shown`; what looks like one but is none stays."""
    return _PSEUDONYM.sub(lambda found: _original(found[0], originals, shown), text)


def _original(found: str, originals: Mapping[str, str], shown: Callable[[str], str]) -> str:
    lowered = found.lower()
    original = originals.get(lowered)
    if original is not None:
        return shown(original)
    address, slash, bits = lowered.partition("/")
    known = originals.get(address) if slash else None
    return found if known is None else f"{shown(known)}/{bits}"


def reveal_json(text: str, originals: Mapping[str, str]) -> str:
    """As `reveal` for JSON, or lines of it: originals are written as its strings have to be."""
    return _JSON_TEXT.sub(lambda found: _revealed_text(found[0], originals), text)


def _revealed_text(literal: str, originals: Mapping[str, str]) -> str:
    try:
        told = json.loads(literal, strict=False)
    except ValueError:
        return literal
    revealed = reveal(told, originals)
    return literal if revealed == told else json.dumps(revealed, ensure_ascii=False)


def revealed_text(text: str, originals: Mapping[str, str]) -> str:
    """The text of a file for a terminal: JSON stays JSON, and in other texts no original can move a cursor."""
    if text.lstrip()[:1] in {"{", "["}:
        return reveal_json(text, originals)
    return reveal(text, originals, shown=visible)
