"""Names that come from a tenant are hostile text: what would move a cursor or turn the reading order is spelled out."""

from __future__ import annotations

import re
import unicodedata

# Unicode general categories: control, format (bidi and zero-width characters), surrogate, line and paragraph separator.
_SPELLED_OUT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""Return `text` with each control, bidi and zero-width character as an escape such as `\x1b` or `\u202e`."""
    if text.isprintable():
        return text
    return "".join(_spelled(character) for character in text)


def _spelled(character: str) -> str:
    if unicodedata.category(character) in _SPELLED_OUT:
        return character.encode("unicode_escape").decode("ascii")
    return character


_LOGIN_IN_URL = re.compile(r"(?<=://)[^/\s'\"]*@")


def without_logins(text: str) -> str:
    """Return `text` without users and passwords in its URLs: a proxy's 407 is told with those of HTTPS_PROXY."""
    return _LOGIN_IN_URL.sub("", text)
