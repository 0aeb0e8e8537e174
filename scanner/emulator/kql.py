"""As much of the Kusto query language as log queries here need; what else is in a query is an error that names it.

Operators: where, extend, summarize, project-away, take; and a union of queries in brackets, as the first one. A table
may be that of another workspace: `workspace("…").Table`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from scanner.emulator.kql_expressions import (
    INGESTION_TIME,
    QueryError,
    Row,
    Schema,
    Token,
    Typed,
    Value,
    Words,
    arguments,
    expression,
    failed_to_resolve,
    literal,
    semantic,
    syntax,
    tokens_of,
)

__all__ = [
    "INGESTION_TIME",
    "WEIGHT",
    "QueryError",
    "Row",
    "Schema",
    "Table",
    "Token",
    "Value",
    "failed_to_resolve",
    "first_across",
    "run",
    "semantic",
]

WEIGHT = "$Weight"
"""How many equal rows one row stands for; a column that no query can name."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and the types of their columns, in order."""

    columns: Schema
    rows: Sequence[Row]


class Tables(Protocol):
    """What queries know tables by."""

    def __call__(self, table: str, workspace: Token | None) -> Table:
        """Find a table, of the workspace that a text names or else of the one that is asked; raises QueryError."""
        ...


def run(query: str, tables: Tables) -> Table:
    """Evaluate a query."""
    words = Words(tokens_of(query))
    table = _query(words, tables)
    if words.left:
        raise syntax(words.take())
    return table


def first_across(query: str) -> str | None:
    """The first table that a query takes from a workspace that it names; None for a query that names none."""
    words = Words(tokens_of(query) if "workspace" in query else ())
    while words.left:
        if words.take().text == "workspace" and words.next_is("("):
            return _named(words)[1]
    return None


def _query(words: Words, tables: Tables) -> Table:
    table = _union(words, tables) if words.skips("union") else _source(words, tables)
    while words.left and not words.next_is(")"):
        words.take("sign", "|")
        operator = words.take("name")
        step = OPERATORS.get(operator.text)
        if step is None:
            raise semantic(f"'{operator.text}' operator on line {operator.line} is not supported here")
        table = step(words, table)
    return table


def _source(words: Words, tables: Tables) -> Table:
    if words.skips("("):
        table = _query(words, tables)
        words.take("sign", ")")
        return table
    name = words.take("name")
    if name.text == "workspace" and words.next_is("("):
        workspace, table_name = _named(words)
        return tables(table_name, workspace)
    return tables(name.text, None)


def _named(words: Words) -> tuple[Token, str]:
    words.take("sign", "(")
    workspace = words.take("text")
    words.take("sign", ")")
    words.take("sign", ".")
    return Token(literal(workspace.text), "text", workspace.line), words.take("name").text


def _union(words: Words, tables: Tables) -> Table:
    """All rows of several queries; columns of one name and several types become one for each type, named after it."""
    legs = [_source(words, tables)]
    while words.skips(","):
        legs.append(_source(words, tables))
    types: dict[str, set[str]] = {}
    for leg in legs:
        for name, type_ in leg.columns.items():
            types.setdefault(name, set()).add(type_)
    columns: Schema = {}
    rows: list[Row] = []
    for leg in legs:
        names = {n: n if len(types[n]) == 1 else f"{n}_{type_}" for n, type_ in leg.columns.items()}
        columns |= {names[name]: type_ for name, type_ in leg.columns.items()}
        rows += [{names.get(name, name): value for name, value in row.items()} for row in leg.rows]
    return Table(columns, rows)


def _where(words: Words, table: Table) -> Table:
    keep = expression(words, table.columns)
    return Table(table.columns, [row for row in table.rows if keep.of(row)])


def _extend(words: Words, table: Table) -> Table:
    added: dict[str, Typed] = {}
    while not added or words.skips(","):
        name = words.take("name").text
        words.take("sign", "=")
        added[name] = expression(words, table.columns)
    rows = [{**row, **{name: typed.of(row) for name, typed in added.items()}} for row in table.rows]
    return Table({**table.columns, **{name: typed.type for name, typed in added.items()}}, rows)


def _project_away(words: Words, table: Table) -> Table:
    gone = {words.take("name").text}
    while words.skips(","):
        gone.add(words.take("name").text)
    return Table({name: type_ for name, type_ in table.columns.items() if name not in gone}, table.rows)


def _take(words: Words, table: Table) -> Table:
    left = int(words.take("number").text)
    taken: list[Row] = []
    for row in table.rows:
        weight = min(left, _weight(row))
        if weight:
            taken.append({**row, WEIGHT: weight})
        left -= weight
    return Table(table.columns, taken)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What a group of rows comes to: the columns that it makes, and their values."""

    columns: Schema
    of: Callable[[Sequence[Row]], dict[str, Value]]


def _summarize(words: Words, table: Table) -> Table:
    written: list[tuple[str, Token]] = []
    made: list[Callable[[Sequence[str]], Aggregate]] = []
    while not written or words.skips(","):
        name = words.take("name").text if words.names_column() else ""
        if name:
            words.take("sign", "=")
        function = words.take("name")
        written.append((name, function))
        made.append(_aggregate(name, function, words, table.columns))
    keys: list[str] = []
    while words.skips("," if keys else "by"):
        keys.append(_column(words, table.columns))
    if "datetime" in {table.columns[key] for key in keys}:
        raise semantic("'summarize' operator: by a time is not supported here")
    aggregates = [make(keys) for make in made]
    groups: dict[tuple[Value, ...], list[Row]] = {} if keys else {(): []}
    for row in table.rows:
        groups.setdefault(tuple(row.get(key) for key in keys), []).append(row)
    columns = {key: table.columns[key] for key in keys}
    for aggregate in aggregates:
        columns |= aggregate.columns
    return Table(columns, [_merged(keys, key, (a.of(rows) for a in aggregates)) for key, rows in groups.items()])


def _merged(keys: Sequence[str], key: Sequence[Value], parts: Iterable[dict[str, Value]]) -> Row:
    merged: dict[str, Value] = dict(zip(keys, key, strict=True))
    for part in parts:
        merged |= part
    return merged


def _column(words: Words, columns: Schema) -> str:
    token = words.take("name")
    if token.text not in columns:
        raise failed_to_resolve("column or scalar", token.text, token.line)
    return token.text


def _aggregate(name: str, function: Token, words: Words, columns: Schema) -> Callable[[Sequence[str]], Aggregate]:
    if function.text == "arg_max":
        return _arg_max(words, columns)
    several = arguments(words, columns)
    shown = name or f"{function.text}_"
    if function.text == "count" and not several:
        counted = Aggregate({shown: "long"}, lambda rows: {shown: sum(map(_weight, rows))})
    elif function.text == "countif" and len(several) == 1:
        counted = Aggregate({shown: "long"}, lambda rows: {shown: sum(_weight(r) for r in rows if several[0].of(r))})
    elif function.text in {"min", "max"} and len(several) == 1:
        choose = min if function.text == "min" else max
        counted = Aggregate(
            {shown: several[0].type}, lambda rows: {shown: choose(_numbers(several[0], rows), default=None)}
        )
    elif function.text == "take_any" and len(several) == 1:
        counted = Aggregate(
            {shown: several[0].type}, lambda rows: {shown: next((several[0].of(row) for row in rows), None)}
        )
    else:
        raise semantic(
            f"'summarize' operator: aggregate '{function.text}' on line {function.line} is not supported here"
        )
    return lambda _: counted


def _weight(row: Row) -> int:
    weight = row.get(WEIGHT, 1)
    return weight if isinstance(weight, int) else 1


def _numbers(typed: Typed, rows: Sequence[Row]) -> list[float]:
    return [value for row in rows if isinstance(value := typed.of(row), int | float)]


def _moment(value: Value) -> datetime:
    return value if isinstance(value, datetime) else datetime.min.replace(tzinfo=UTC)


def _arg_max(words: Words, columns: Schema) -> Callable[[Sequence[str]], Aggregate]:
    words.take("sign", "(")
    by = _column(words, columns)
    chosen: list[str] = []
    everything = False
    while words.skips(","):
        everything = words.skips("*")
        if not everything:
            chosen.append(_column(words, columns))
    words.take("sign", ")")

    def make(keys: Sequence[str]) -> Aggregate:
        names = [by, *(name for name in (columns if everything else chosen) if name != by and name not in keys)]

        def newest(rows: Sequence[Row]) -> dict[str, Value]:
            row = max(rows, key=lambda row: _moment(row.get(by)), default={})
            return {name: row.get(name) for name in names}

        return Aggregate({name: columns[name] for name in names}, newest)

    return make


OPERATORS: Mapping[str, Callable[[Words, Table], Table]] = {
    "where": _where,
    "extend": _extend,
    "summarize": _summarize,
    "project-away": _project_away,
    "take": _take,
}
