"""The words and expressions of the Kusto query language that the embedded Azure understands."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Value = str | int | float | bool | datetime | timedelta | None
Row = Mapping[str, Value]
Evaluate = Callable[[Row], Value]
Schema = dict[str, str]

INGESTION_TIME = "$IngestionTime"
UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)|(?P<text>@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*")|(?P<span>\d+[dhms]\b)|(?P<number>\d+(?:\.\d+)?)
    |(?P<moment>datetime\([^)\n]*\))|(?P<name>[A-Za-z_]\w*(?:-away)?)|(?P<sign>==|=~|!=|<=|>=|\.\.|[-+*/<>=(),|.])""",
    re.VERBOSE,
)
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}


class QueryError(Exception):
    """A query that is not understood: `kind` is SyntaxError or SemanticError, `code` such as SEM0100."""

    def __init__(self, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a query, its kind and its line, from 1."""

    text: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression that is ready to be evaluated, and the type of its values."""

    type: str
    of: Evaluate


@lru_cache(maxsize=64)
def tokens_of(query: str) -> tuple[Token, ...]:
    """The words of a query, which many workspaces are asked; raises QueryError for a character that begins none."""
    found: list[Token] = []
    place, line = 0, 1
    while place < len(query):
        match = TOKEN.match(query, place)
        if match is None:
            raise syntax(Token(query[place], "sign", line))
        if match.lastgroup != "blank":
            found.append(Token(match[0], match.lastgroup or "", line))
        place, line = match.end(), line + match[0].count("\n")
    return tuple(found)


def failed_to_resolve(kind: str, name: str, line: int) -> QueryError:
    """The service's words for a table or column that does not exist."""
    return semantic(f"Failed to resolve {kind} expression named '{name}' (line {line})")


def semantic(message: str) -> QueryError:
    """The error of a query that is well written and means nothing here."""
    return QueryError("SemanticError", "SEM0100", message)


def syntax(token: Token) -> QueryError:
    """The error of a word that cannot stand where it does."""
    return QueryError("SyntaxError", "SYN0002", f"Query could not be parsed at '{token.text}' on line [{token.line}]")


class Words:
    """The words of a query, taken one after the other."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether any word is left."""
        return self._at < len(self._tokens)

    def next_is(self, *texts: str) -> bool:
        """Whether one of these, not within quotes, comes next."""
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return token.text in texts and token.kind != "text"

    def names_column(self) -> bool:
        """Whether a name and an equals sign come next."""
        return self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].text == "="

    def take(self, kind: str = "", text: str = "") -> Token:
        """Take the next word; raises QueryError for one that is not of the kind or not the text."""
        if not self.left:
            last = self._tokens[-1] if self._tokens else Token("", "", 1)
            raise syntax(Token("the end", "", last.line))
        token = self._tokens[self._at]
        if (kind and token.kind != kind) or (text and token.text != text):
            raise syntax(token)
        self._at += 1
        return token

    def skips(self, *texts: str) -> bool:
        """Take the next word if it is one of these."""
        if self.next_is(*texts):
            self._at += 1
            return True
        return False


# -- expressions, from the loosest binding to the tightest ----------------------------------------------------------


def expression(words: Words, columns: Schema) -> Typed:
    """Read an expression; raises QueryError for a column or a function that does not exist."""
    found = _conjunction(words, columns)
    while words.skips("or"):
        found = _either(found, _conjunction(words, columns))
    return found


def _either(one: Typed, other: Typed) -> Typed:
    return Typed("bool", lambda row: bool(one.of(row)) or bool(other.of(row)))


def _conjunction(words: Words, columns: Schema) -> Typed:
    found = _comparison(words, columns)
    while words.skips("and"):
        found = _both(found, _comparison(words, columns))
    return found


def _both(one: Typed, other: Typed) -> Typed:
    return Typed("bool", lambda row: bool(one.of(row)) and bool(other.of(row)))


def _comparison(words: Words, columns: Schema) -> Typed:
    left = _sum(words, columns)
    if words.next_is("in", "between"):
        return (_among if words.take().text == "in" else _between)(left, words, columns)
    if not words.next_is("==", "!=", "=~", "contains", *COMPARISONS):
        return left
    sign, right = words.take().text, _sum(words, columns)
    if sign == "contains":
        return Typed("bool", lambda row: str(right.of(row)).lower() in str(left.of(row) or "").lower())
    if sign == "=~":
        return Typed("bool", lambda row: str(left.of(row)).lower() == str(right.of(row)).lower())
    if sign in {"==", "!="}:
        return Typed("bool", lambda row: (left.of(row) == right.of(row)) is (sign == "=="))
    compare = COMPARISONS[sign]
    if "datetime" in {left.type, right.type}:
        raise semantic(f"operator '{sign}' between times is not supported here: the request has a timespan")

    def compared(row: Row) -> bool:
        one, other = left.of(row), right.of(row)
        return isinstance(one, int | float) and isinstance(other, int | float) and compare(one, other)

    return Typed("bool", compared)


def _among(value: Typed, words: Words, columns: Schema) -> Typed:
    several = arguments(words, columns)
    return Typed("bool", lambda row: value.of(row) in [choice.of(row) for choice in several])


def _between(value: Typed, words: Words, columns: Schema) -> Typed:
    """Whether a time lies within two others, both included; a row that stands for several counts by its own time."""
    words.take("sign", "(")
    first = _sum(words, columns)
    words.take("sign", "..")
    last = _sum(words, columns)
    words.take("sign", ")")
    if {value.type, first.type, last.type} != {"datetime"}:
        raise semantic("operator 'between' of anything but times is not supported here")

    def within(row: Row) -> bool:
        low, moment, high = (typed.of(row) for typed in (first, value, last))
        if isinstance(low, datetime) and isinstance(moment, datetime) and isinstance(high, datetime):
            return low <= moment <= high
        return False

    return Typed("bool", within)


def _sum(words: Words, columns: Schema) -> Typed:
    found = _quotient(words, columns)
    while words.skips("-"):
        found = _difference(found, _quotient(words, columns))
    return found


def _difference(one: Typed, other: Typed) -> Typed:
    def subtract(row: Row) -> Value:
        left, right = one.of(row), other.of(row)
        return left - right if isinstance(left, datetime) and isinstance(right, datetime) else None

    if (one.type, other.type) != ("datetime", "datetime"):
        raise semantic(f"operator '-' between {one.type} and {other.type} is not supported here")
    return Typed("timespan", subtract)


def _quotient(words: Words, columns: Schema) -> Typed:
    found = _operand(words, columns)
    while words.skips("/"):
        found = _ratio(found, _operand(words, columns))
    return found


def _ratio(one: Typed, other: Typed) -> Typed:
    def divide(row: Row) -> Value:
        left, right = one.of(row), other.of(row)
        return left / right if isinstance(left, timedelta) and isinstance(right, timedelta) else None

    if (one.type, other.type) != ("timespan", "timespan"):
        raise semantic(f"operator '/' between {one.type} and {other.type} is not supported here")
    return Typed("real", divide)


def _operand(words: Words, columns: Schema) -> Typed:
    if words.skips("("):
        inner = expression(words, columns)
        words.take("sign", ")")
        return inner
    if words.skips("-"):
        return _constant("long", -int(words.take("number").text))
    token = words.take()
    if token.kind == "name":
        if words.next_is("("):
            return _call(token, words, columns)
        if token.text not in columns:
            raise failed_to_resolve("column or scalar", token.text, token.line)
        return Typed(columns[token.text], lambda row: row.get(token.text))
    return _literal(token)


def _literal(token: Token) -> Typed:
    if token.kind == "text":
        return _constant("string", literal(token.text))
    if token.kind == "span":
        return _constant("timespan", timedelta(seconds=int(token.text[:-1]) * UNITS[token.text[-1]]))
    if token.kind == "number":
        return _constant("long", int(token.text))
    if token.kind == "moment":
        return _constant("datetime", _moment(token))
    raise syntax(token)


def _moment(token: Token) -> datetime:
    try:
        moment = datetime.fromisoformat(token.text.removeprefix("datetime(").removesuffix(")"))
    except ValueError as error:
        raise syntax(token) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _constant(type_: str, value: Value) -> Typed:
    return Typed(type_, lambda _: value)


def literal(written: str) -> str:
    """The text that a string literal means; `@"…"` has no escapes but the doubled quote."""
    if written.startswith("@"):
        return written[2:-1].replace('""', '"')
    return re.sub(r"\\(.)", r"\1", written[1:-1])


def arguments(words: Words, columns: Schema) -> list[Typed]:
    """Read expressions in brackets, with commas between them."""
    words.take("sign", "(")
    found: list[Typed] = []
    while not words.skips(")"):
        if found:
            words.take("sign", ",")
        found.append(expression(words, columns))
    return found


def _call(name: Token, words: Words, columns: Schema) -> Typed:
    if name.text == "column_ifexists":
        return _column_if_exists(words, columns)
    function = FUNCTIONS.get(name.text)
    if function is None:
        raise semantic(f"Unknown function: '{name.text}' (line {name.line})")
    return function(arguments(words, columns))


def _column_if_exists(words: Words, columns: Schema) -> Typed:
    words.take("sign", "(")
    name = literal(words.take("text").text)
    words.take("sign", ",")
    otherwise = expression(words, columns)
    words.take("sign", ")")
    return Typed(columns[name], lambda row: row.get(name)) if name in columns else otherwise


def _case(several: list[Typed]) -> Typed:
    *pairs, otherwise = several
    choices = list(zip(pairs[::2], pairs[1::2], strict=True))
    return Typed(
        otherwise.type, lambda row: next((then.of(row) for when, then in choices if when.of(row)), otherwise.of(row))
    )


def _replace_regex(several: list[Typed]) -> Typed:
    text, pattern, rewrite = several
    return Typed("string", lambda row: re.sub(str(pattern.of(row)), str(rewrite.of(row)), str(text.of(row) or "")))


FUNCTIONS: Mapping[str, Callable[[list[Typed]], Typed]] = {
    "case": _case,
    "ingestion_time": lambda _: Typed("datetime", lambda row: row.get(INGESTION_TIME)),
    "replace_regex": _replace_regex,
    "tolower": lambda several: Typed("string", lambda row: str(several[0].of(row) or "").lower()),
    "tostring": lambda several: Typed("string", lambda row: str(several[0].of(row) or "")),
}
