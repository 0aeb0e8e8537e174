"""Hostile text in files of other programs: what would be a formula, markup or a link there is written as plain text."""

from __future__ import annotations

import re

from scanner.escape import visible

# OWASP, "CSV Injection" (read 2026-11): these start a formula, the full-width ones in some locales.
_STARTS_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet could take the text of a cell for a formula."""
    return text[:1] in _STARTS_FORMULA or text.lstrip()[:1] in _STARTS_FORMULA


def cell(text: str) -> str:
    """One text for a cell of a spreadsheet: its lines stay, other control characters are spelled out."""
    return text if text.isprintable() else "\n".join(visible(line) for line in text.split("\n"))


def formula_safe(text: str) -> str:
    """The text of a CSV cell, with a quote before what a spreadsheet would calculate."""
    shown = cell(text)
    return f"'{shown}" if is_formula(shown) else shown


# XML 1.0, section 2.2: these two are in no document; the control characters and surrogates are spelled out before.
_NO_XML = re.compile("[\ufffe\uffff]")


def xml_text(text: str) -> str:
    """The text with all that XML cannot hold spelled out; the writer still has to escape its markup."""
    shown = visible(text)
    return shown if shown.isprintable() else _NO_XML.sub(lambda found: f"\\u{ord(found[0]):x}", shown)


# A word that GitHub leaves alone: letters, or a short number, with the punctuation of a sentence around it.
_PLAIN_WORD = re.compile(r"\(?(?:[A-Za-z]+(?:'s)?|\d{1,6}%?|\d{4}-\d\d-\d\d)\)?[,.;:]?\)?")
_CLOSING = ",.;:)"
_BACKTICKS = re.compile("`+")


def markdown(text: str) -> str:
    r"""The text on one line of GitHub's Markdown: every word that could be more than a word is a code span.

    In a code span there are no links, mentions, HTML or emphasis; a bar, which would end the cell of a table even
    there, is spelled out as `\x7c`.
    """
    return " ".join(map(_word, visible(text).split()))


def _word(word: str) -> str:
    if _PLAIN_WORD.fullmatch(word):
        return word
    core = word.rstrip(_CLOSING)
    return f"{code(core)}{word[len(core) :]}"


def code(text: str) -> str:
    """The text as a code span, also within a table."""
    shown = visible(text).replace("|", r"\x7c")
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    pad = " " if shown[:1] in {"`", " "} or shown[-1:] in {"`", " "} else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown else ""
