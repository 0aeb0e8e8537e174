"""Free texts, such as Azure's own messages: known names, whatever looks like a name, and every word that is not public.

What is not understood is never let through: a word stays only when it stands in the vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.redaction._names import Names
from scanner.redaction._pseudonyms import GUID, HEX, Pseudonyms
from scanner.redaction._vocabulary import words

_BREAKS = r"\s'\"`()\[\]{}<>,;:!?=|\\"
_PIECE = re.compile(
    rf"""
    (?P<quoted_id>(?<=')/(?:subscriptions|providers|tenants)/[^']*)
  | (?P<id>/(?:subscriptions|providers|tenants)(?:/[^{_BREAKS}]*)?)
  | (?P<url>https?://[^\s'"<>()]+)
  | (?P<mail>[^{_BREAKS}@/]++@[^{_BREAKS}@/]++(?![@/]))
  | (?P<ipv6>(?<![^{_BREAKS}])(?<!:)(?:[0-9a-f]{{0,4}}:){{2,7}}[0-9a-f]{{0,4}}(?:%\w+)?(?=\.*(?:[{_BREAKS}]|$))(?!:))
  | (?P<word>[^{_BREAKS}]+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?")
_FIRST_WORD = re.compile(rf"[^{_BREAKS}]+")
_NUMBER = re.compile(
    r"(?!.*\d\.\d{1,3}\.\d{1,3}\.\d)(?:[\d.,:+%/-]{1,10}|\d{4}-\d\d-\d\dT[\d.]+Z?|[\d.]{1,16}Z?)"
)  # of which none holds an address
_BREAK = re.compile(rf"[{_BREAKS}]")
_END = re.compile(rf"[.…]*(?:[{_BREAKS}]|$)")


class Texts:
    """Rewrites texts; names that `names` has replaced are replaced alike."""

    def __init__(self, names: Names, pseudonyms: Pseudonyms) -> None:
        self._names = names
        self._pseudonyms = pseudonyms
        self._phrases: dict[str, list[tuple[int, str]]] = {}
        self._rewritten: dict[str, str] = {}

    def rewrite(self, written: str) -> str:
        """The text without any name of the tenant."""
        known = self._rewritten.get(written)
        if known is None:
            self._index()
            known = self._rewritten[written] = "".join(self._pieces(written))
        return known

    def _index(self) -> None:
        """Find the names of several words by their first."""
        fresh = self._names.fresh
        while fresh:
            name = fresh.pop()
            first = _FIRST_WORD.search(name)
            if first is not None and first[0] != name:
                phrases = self._phrases.setdefault(first[0], [])
                phrases.append((first.start(), name))
                phrases.sort(key=lambda phrase: len(phrase[1]), reverse=True)

    def _pieces(self, written: str) -> Iterator[str]:
        end = 0
        while (found := _PIECE.search(written, end)) is not None:
            start, stop, made = self._phrase(written, end, found.start()) or (*found.span(), None)
            yield self._between(written[end:start])
            yield made or self._piece(written, found)
            end = stop
        yield self._between(written[end:])

    def _between(self, written: str) -> str:
        """What stands between words: a name of nothing but punctuation, or punctuation."""
        core = written.strip()
        made = self._names.named.get(core.lower()) if len(core) > 1 else None
        return written if made is None else written.replace(core, made, 1)

    def _phrase(self, written: str, end: int, start: int) -> tuple[int, int, str] | None:
        """A known name of several words whose first word begins here."""
        first = _FIRST_WORD.match(written, start)
        for offset, name in self._phrases.get(first[0].lower(), ()) if first else ():
            begin, stop = start - offset, start - offset + len(name)
            fits = (begin > end or begin == 0) and written[begin:stop].lower() == name
            if fits and (begin == 0 or _BREAK.match(written, begin - 1)) and _END.match(written, stop):
                return begin, stop, self._names.named[name]
        return None

    def _piece(self, written: str, found: re.Match[str]) -> str:
        text = found[0]
        match found.lastgroup:
            case "quoted_id":
                return self._names.path(text)
            case "id":
                return self._ended(text, self._names.path)
            case "url":
                return self._ended(text, lambda url: self._names.value("url", url))
            case "mail":
                return self._ended(text, self._mail)
            case "ipv6":
                return self._pseudonyms.address(text) or self._word(text, quoted=False)
            case _:
                quoted = written[max(0, found.start() - 1) : found.start()] in {"'", '"'}
                return self._ended(text, lambda word: self._word(word, quoted=quoted))

    def _ended(self, text: str, replaced: Callable[[str], str]) -> str:
        """The text replaced, but for the full stops at its end."""
        core = text.rstrip(".…")
        return (replaced(core) if core else "") + text[len(core) :]

    def _mail(self, text: str) -> str:
        user, _, domain = text.rpartition("@")
        return f"{self._pseudonyms.exact('user', user)}@{self._pseudonyms.word('domain', domain)}"

    def _word(self, word: str, *, quoted: bool) -> str:
        lowered = word.lower()
        if GUID.fullmatch(word):
            return self._pseudonyms.guid(word)
        if _IPV4.fullmatch(word):
            address, slash, bits = word.partition("/")
            made = self._pseudonyms.address(address)
            return self._unknown(word) if made is None else f"{made}{slash}{bits}"
        public = lowered in words()
        named = self._names.named.get(lowered)
        if named is not None and (quoted or not public):
            return named
        if public or _NUMBER.fullmatch(word) or self._names.is_azures(word) or not any(map(str.isalnum, word)):
            return word
        return self._pseudonyms.digits(word) if HEX.fullmatch(word) else self._unknown(word)

    def _unknown(self, word: str) -> str:
        return self._pseudonyms.exact("text", word)
