"""The expressions of GitHub Actions, as far as this repository's workflows and actions use them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>\|\||&&|==|!=|[!().,\[\]]))"
)
_INSERTED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = re.compile(r"\b(?:success|failure|always|cancelled)\s*\(")
_WORDS = {"true": True, "false": False, "null": None}


def evaluate(expression: str, contexts: Mapping[str, Any], status: Mapping[str, bool] | None = None) -> Any:
    """The value of an expression; `status` tells what the functions of status answer. Raises ValueError for others."""
    return _Parser(expression, contexts, status or {}).value()


def holds(condition: Any, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> bool:
    """Whether a step or a job with this `if` runs; without a function of status, `success()` is asked too."""
    written = str(condition).strip()
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", written, re.DOTALL)
    expression = (whole[1] if whole else written) or "true"
    if not _STATUS.search(expression):
        expression = f"success() && ({expression})"
    return _true(evaluate(expression, contexts, status))


def inserted(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of a workflow with all its expressions replaced; a text that is one expression keeps its kind."""
    if isinstance(value, Mapping):
        return {name: inserted(each, contexts) for name, each in value.items()}
    if isinstance(value, list):
        return [inserted(each, contexts) for each in value]
    if not isinstance(value, str):
        return value
    whole = _INSERTED.fullmatch(value.strip())
    if whole and whole[0].count("${{") == 1:
        return evaluate(whole[1], contexts)
    return _INSERTED.sub(lambda found: text(evaluate(found[1], contexts)), value)


def text(value: Any) -> str:
    """What a value is where a text is wanted."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "Object" if isinstance(value, Mapping) else "Array" if isinstance(value, list) else str(value)


def _true(value: Any) -> bool:
    return value not in (None, False, "", 0)


def _number(value: Any) -> float:
    if value is None or value == "":
        return 0
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left is right if type(left) is type(right) and left is None else _number(left) == _number(right)


class _Parser:
    def __init__(self, expression: str, contexts: Mapping[str, Any], status: Mapping[str, bool]) -> None:
        self._contexts, self._status = contexts, status
        self._tokens: list[tuple[str, str]] = []
        place, end = 0, len(expression.rstrip())
        while place < end:
            found = _TOKEN.match(expression, place)
            if found is None:
                raise ValueError(f"no expression: {expression!r}")
            self._tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            place = found.end()
        self._tokens.append(("end", ""))

    def value(self) -> Any:
        found = self._either()
        if self._tokens[0][0] != "end":
            raise ValueError(f"unexpected {self._tokens[0][1]!r}")
        return found

    def _take(self, *signs: str) -> bool:
        if self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> Any:
        left = self._both()
        while self._take("||"):
            right = self._both()
            left = left if _true(left) else right
        return left

    def _both(self) -> Any:
        left = self._compared()
        while self._take("&&"):
            right = self._compared()
            left = right if _true(left) else left
        return left

    def _compared(self) -> Any:
        left = self._one()
        if self._take("=="):
            return _equal(left, self._one())
        if self._take("!="):
            return not _equal(left, self._one())
        return left

    def _one(self) -> Any:
        if self._take("!"):
            return not _true(self._one())
        if self._take("("):
            found = self._either()
            assert self._take(")")
            return found
        kind, word = self._tokens.pop(0)
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return float(word) if "." in word else int(word)
        if kind != "name":
            raise ValueError(f"unexpected {word!r}")
        if self._take("("):
            return self._called(word)
        return self._within(_WORDS[word] if word in _WORDS else self._contexts[word])

    def _within(self, value: Any) -> Any:
        while True:
            if self._take("."):
                value = self._member(value, self._tokens.pop(0)[1])
            elif self._take("["):
                value = self._member(value, self._either())
                assert self._take("]")
            else:
                return value

    @staticmethod
    def _member(value: Any, name: Any) -> Any:
        return value.get(name) if isinstance(value, Mapping) else None

    def _called(self, name: str) -> Any:
        values = []
        while not self._take(")"):
            values.append(self._either())
            self._take(",")
        if name in self._status:
            return self._status[name]
        functions: Mapping[str, Callable[..., Any]] = {
            "fromJSON": json.loads,
            "toJSON": lambda value: json.dumps(value, indent=2),
            "contains": lambda where, what: what in where,
        }
        return functions[name](*values)
