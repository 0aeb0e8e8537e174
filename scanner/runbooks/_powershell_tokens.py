"""Splits PowerShell into tokens: comments are gone, strings are whole, and code inside strings is code.

Written after chapter 2 of the PowerShell language specification (Microsoft, 2024). Every character is read a bounded
number of times, broken code included: what is not closed is closed at the end, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

_LOOKALIKES = str.maketrans("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2013\u2014\u2015", "''''\"\"\"---")
"""PowerShell takes typographic quotes for quotes and long dashes for the dash of a parameter."""

_SPACE = r"(?P<space>(?:[^\S\n]|`\n)+)"
_WORD = r"(?P<word>(?:[^\s'\"(){};|&,$@#<>=`\[\]]|`[^\n])(?:[^\s'\"(){};|&,$<>=`BRACKETS]|`[^\n])*+)"
_TOKEN = "|".join(
    (
        _SPACE,
        r"(?P<newline>[\n;])",
        r"(?P<remark><\#)",
        r"(?P<requires>\#requires(?=[^\S\n]+-\w))",
        r"(?P<comment>\#[^\n]*)",
        r"(?P<literal_here>@'[^\S\n]*(?=\n))",
        r"(?P<here>@\"[^\S\n]*(?=\n))",
        r"(?P<literal>')",
        r"(?P<expandable>\")",
        r"(?P<open>\$\(|@\(|@\{|[({\[])",
        r"(?P<close>[)\]}])",
        r"(?P<variable>\$(?:\{(?:[^}`\n]|`.)*+\}|(?:\w+:(?!:))?\w+|[$?^]))",
        r"(?P<splat>@(?:\w+:)?\w+)",
        r"(?P<pipe>\|\|?|&&)",
        r"(?P<call>&)",
        r"(?P<comma>,)",
        r"(?P<verbatim>--%(?:[^\n|&\"]|\"[^\"\n]*+(?:\"|(?=\n)|\Z)|&(?!&))*+)",
        r"(?P<redirect>[1-6*]?>>?(?:&[12])?|<)",
        r"(?P<member>(?<=[\w)\]}'\"?])(?:\?\.|\.|::)[A-Za-z_]\w*)",
        r"(?P<assign>(?:\?\?|[+\-*/%])?=)",
        r"(?P<parameter>-[A-Za-z_?][^\s:(){},;|&'\"$.=<>\[\]`]*+:?)",
        _WORD,
        r"(?P<other>.)",
    )
)
_IN_CODE = re.compile(_TOKEN.replace("BRACKETS", ""), re.IGNORECASE)
_IN_BRACKETS = re.compile(_TOKEN.replace("BRACKETS", r"\[\]"), re.IGNORECASE)
_LITERAL = re.compile(r"'((?:[^']|'')*+)'")
_EXPANDABLE = re.compile(r'"((?:[^"`$]+|`.|""|\$(?!\())*+)"', re.DOTALL)
_HERE = re.compile(r'\n((?:[^\n`$]+|`[^\n]|`(?=\n)|\n(?!"@)|\$(?!\())*+)\n"@')
_TEXT_BEFORE_CODE = {
    '"': re.compile(r'(?:[^"`$]+|`.|""|\$(?!\())*+', re.DOTALL),
    '@"': re.compile(r'(?:[^\n`$]+|`[^\n]|`(?=\n)|\n(?!"@)|\$(?!\())*+'),
}
_TERMINATORS = {'"': '"', '@"': '\n"@'}
_CLOSERS = {"(": ")", "{": "}", "[": "]"}
_DEEPEST = 500
"""Groups within groups beyond which no person wrote the script; what follows is left unread, and that is said."""

_PART = re.compile(r"(?P<variable>\$(?:\{(?:[^}`\n]|`.)*+\}|(?:\w+:(?!:))?\w+))|(?:[^$`]|`.|`\Z)++|\$", re.DOTALL)
_ESCAPE = re.compile(r"`(.)", re.DOTALL)


class Kind(Enum):
    """What a token is; groups open and close, a string that holds code is a group of its own."""

    NEWLINE = auto()
    PIPE = auto()
    CALL = auto()
    COMMA = auto()
    ASSIGN = auto()
    OPEN = auto()
    CLOSE = auto()
    WORD = auto()
    PARAMETER = auto()
    VARIABLE = auto()
    MEMBER = auto()
    SPLAT = auto()
    STRING = auto()
    EXPANDABLE = auto()
    REDIRECT = auto()
    OTHER = auto()


_PLAIN_KINDS = {
    "newline": Kind.NEWLINE,
    "pipe": Kind.PIPE,
    "call": Kind.CALL,
    "comma": Kind.COMMA,
    "assign": Kind.ASSIGN,
    "requires": Kind.WORD,
    "word": Kind.WORD,
    "parameter": Kind.PARAMETER,
    "variable": Kind.VARIABLE,
    "member": Kind.MEMBER,
    "splat": Kind.SPLAT,
    "redirect": Kind.REDIRECT,
    "other": Kind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token, its text without quotes and escapes, its line counted from 1, and whether it follows without a space.

    An EXPANDABLE string holds variables and keeps its escapes, for `parts_of` to read. The text of OPEN is one of
    ( $( @( { @{ [ " @" and the one of CLOSE is empty.
    """

    kind: Kind
    text: str
    line: int
    joined: bool


class Tokens:
    """The tokens of a script, to be walked once; `sound` is False from the moment that something is left open."""

    def __init__(self, script: str) -> None:
        self.sound = True
        self._script = script.translate(_LOOKALIKES)
        self._at = 0
        self._line = 1
        self._counted_to = 0
        self._ended_at = -1
        self._line_is_fresh = True
        self._open: list[str] = []

    def __iter__(self) -> Iterator[Token]:
        """Walk the script to its end; groups that it leaves open are closed there."""
        while self._at < len(self._script) and len(self._open) < _DEEPEST:
            inside = self._open[-1] if self._open else ""
            yield from self._in_string(inside) if inside in _TERMINATORS else self._in_code(inside)
        self.sound = self.sound and not self._open
        for _ in range(len(self._open)):
            yield self._closed()

    def _token(self, kind: Kind, text: str, end: int) -> Token:
        self._line += self._script.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        token = Token(kind, text, self._line, self._ended_at == self._at)
        self._at = self._ended_at = end
        return token

    def _closed(self) -> Token:
        self._open.pop()
        return Token(Kind.CLOSE, "", self._line, joined=False)

    def _in_string(self, opener: str) -> Iterator[Token]:
        text = _TEXT_BEFORE_CODE[opener].match(self._script, self._at)
        self._at = text.end() if text else self._at
        terminator = _TERMINATORS[opener]
        if self._script.startswith("$(", self._at):
            self._open.append("(")
            yield self._token(Kind.OPEN, "$(", self._at + 2)
        elif self._script.startswith(terminator, self._at):
            self._open.pop()
            yield self._token(Kind.CLOSE, "", self._at + len(terminator))
        else:
            self._at = len(self._script)

    def _in_code(self, opener: str) -> Iterator[Token]:
        pattern = _IN_BRACKETS if opener == "[" else _IN_CODE
        found = pattern.match(self._script, self._at)
        if found is None or found.lastgroup is None:  # pragma: no cover - the last alternative takes any character
            raise AssertionError(self._at)
        group, end = found.lastgroup, found.end()
        fresh = self._line_is_fresh
        self._line_is_fresh = group == "newline" or (group == "space" and fresh)
        if group == "requires" and not fresh:
            group, end = "comment", self._end_of_line()
        match group:
            case "space" | "comment" | "verbatim":
                self._at = end
            case "remark":
                self._at = self._after("#>", end)
            case "literal_here":
                yield self._literal_here(end)
            case "literal" | "expandable":
                yield self._string(group)
            case "here":
                yield self._here(end)
            case "open":
                self._open.append(found.group()[-1])
                yield self._token(Kind.OPEN, found.group(), end)
            case "close":
                yield from self._close(found.group(), end)
            case _:
                text = found.group()
                yield self._token(_PLAIN_KINDS[group], _ESCAPE.sub(r"\1", text) if "`" in text else text, end)

    def _end_of_line(self) -> int:
        end = self._script.find("\n", self._at)
        return len(self._script) if end < 0 else end

    def _after(self, terminator: str, start: int) -> int:
        found = self._script.find(terminator, start)
        self.sound = self.sound and found >= 0
        return len(self._script) if found < 0 else found + len(terminator)

    def _literal_here(self, start: int) -> Token:
        end = self._after("\n'@", start)
        return self._token(Kind.STRING, self._script[start + 1 : end - 3], end)

    def _here(self, start: int) -> Token:
        found = _HERE.match(self._script, start)
        if found is not None:
            return self._expanding(found.group(1), found.end())
        self._open.append('@"')
        return self._token(Kind.OPEN, '@"', start)

    def _expanding(self, text: str, end: int) -> Token:
        if "$" in text:
            return self._token(Kind.EXPANDABLE, text, end)
        return self._token(Kind.STRING, _ESCAPE.sub(r"\1", text), end)

    def _string(self, group: str) -> Token:
        pattern = _LITERAL if group == "literal" else _EXPANDABLE
        found = pattern.match(self._script, self._at)
        if found is None and group == "expandable":
            self._open.append('"')
            return self._token(Kind.OPEN, '"', self._at + 1)
        if found is None:
            self.sound = False
            return self._token(Kind.EXPANDABLE, "", len(self._script))
        text = found.group(1)
        if group == "literal":
            return self._token(Kind.STRING, text.replace("''", "'"), found.end())
        return self._expanding(text.replace('""', '"'), found.end())

    def _close(self, closer: str, end: int) -> Iterator[Token]:
        while closer != "]" and self._open and self._open[-1] == "[":
            yield self._closed()
        if self._open and _CLOSERS.get(self._open[-1]) == closer:
            self._open.pop()
            yield self._token(Kind.CLOSE, "", end)
            return
        self.sound = self.sound and closer == "]"
        self._at = end


def parts_of(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the variables of an EXPANDABLE string (True) and the texts between them (False), without escapes."""
    for found in _PART.finditer(text):
        part = found.group()
        yield found.lastgroup is not None, part if found.lastgroup else _ESCAPE.sub(r"\1", part)
