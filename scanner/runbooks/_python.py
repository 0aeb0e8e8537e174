"""Reads Python runbooks: by their syntax tree, or by their tokens alone where Python 3 does not parse them."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from itertools import chain

from scanner.inventory import RunbookSignature
from scanner.runbooks._powershell_signs import asset_named

_ASSET_READERS = frozenset({"get_automation_connection", "get_automation_certificate"})
_CREDENTIALS = frozenset({"ManagedIdentityCredential", "DefaultAzureCredential", "MSIAuthentication"})
_ENDPOINTS = frozenset({"IDENTITY_ENDPOINT", "MSI_ENDPOINT"})
_ENVIRONMENTS = frozenset({"environ", "getenv", "get"})
_LONGEST_TREE = 1024 * 1024
"""Longer scripts are read by tokens: a syntax tree takes some hundred times the memory of its text."""

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_Token = tuple[str, str, int]
_MOST_PREFIXES = 3
_DEEPEST, _MOST_TEXTS, _LONGEST_NAME = 20, 100, 1000
"""How far names that are put together from parts are followed."""

_TOKEN = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r"|(?P<string>[bfru]{0,2}(?:'''|\"\"\"|['\"]))"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>[(=.,\[])"
    r"|(?P<other>[^\n'\"#\w(=.,\[]+|.|\n)",
    re.IGNORECASE | re.DOTALL,
)
_STRING_ENDS = {
    "'": re.compile(r"((?:[^'\\\n]+|\\.)*+)'", re.DOTALL),
    '"': re.compile(r'((?:[^"\\\n]+|\\.)*+)"', re.DOTALL),
    "'''": re.compile(r"((?:[^'\\]+|\\.|'(?!''))*+)'''", re.DOTALL),
    '"""': re.compile(r'((?:[^"\\]+|\\.|"(?!""))*+)"""', re.DOTALL),
}


class PythonSigns:
    """What a Python runbook shows: the first line of each signature, and whether all of it was clear."""

    def __init__(self, text: str) -> None:
        self.first: dict[RunbookSignature, int] = {}
        self.clear = True
        tree = _parsed(text)
        if tree is None:
            self.clear = False
            self._read_tokens(text)
        else:
            self._read_tree(tree)

    def _sign(self, signature: RunbookSignature, line: int) -> None:
        self.first[signature] = min(line, self.first.get(signature, line))

    def _read_tree(self, tree: ast.Module) -> None:
        aliases: dict[str, str] = {}
        held = _Values()
        functions = {node.name: node.args for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                aliases.update({name.asname or name.name: name.name for name in node.names})
            for target, value in chain(_assigned(node), _passed(node, functions)):
                held.hold(target, value)
                if isinstance(value, ast.Name | ast.Attribute) and _name(value) in _ASSET_READERS | _CREDENTIALS:
                    aliases[target] = _name(value)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = _name(node.func)
                self._read_call(aliases.get(called, called), node, held)
            elif isinstance(node, ast.Subscript) and _name(node.value) == "environ":
                self._read_environment(node.slice, node.lineno)

    def _read_call(self, called: str, node: ast.Call, held: _Values) -> None:
        if called in _ASSET_READERS:
            given = node.args[:1] or [keyword.value for keyword in node.keywords if keyword.arg == "name"]
            names, complete = held.texts(given)
            for signature in filter(None, map(asset_named, names)):
                self._sign(signature, node.lineno)
            self.clear = self.clear and complete
        elif called in _CREDENTIALS:
            self._sign(RunbookSignature.MANAGED_IDENTITY, node.lineno)
        elif called in _ENVIRONMENTS and node.args:
            self._read_environment(node.args[0], node.lineno)

    def _read_environment(self, key: ast.expr, line: int) -> None:
        if isinstance(key, ast.Constant) and key.value in _ENDPOINTS:
            self._sign(RunbookSignature.MANAGED_IDENTITY, line)

    def _read_tokens(self, text: str) -> None:
        """Find the same in names that are followed by a bracket, and in names that are set to a text."""
        tokens = [*_tokens(text), *[("other", "", 0)] * (2 * _MOST_PREFIXES + 2)]
        held: dict[str, list[str]] = {}
        aliases: dict[str, str] = {}
        for (_, name, _), (_, sign, _), (_, follower, _), value_at in _windows(tokens):
            value_kind, value, _ = tokens[value_at]
            if sign in ("=", "in") and value_kind == "string" and len(held.setdefault(name, [])) < _MOST_TEXTS:
                held[name].append(value)
            elif sign == "as":
                aliases[follower] = name
        for (_, name, line), (_, sign, _), _, value_at in _windows(tokens):
            value_kind, value, _ = tokens[value_at]
            if sign in ("(", "["):
                texts = [value] if value_kind == "string" else held.get(value, [])
                self._read_bracket(aliases.get(name, name), texts, line)

    def _read_bracket(self, name: str, texts: list[str], line: int) -> None:
        if name in _ASSET_READERS:
            for signature in filter(None, map(asset_named, texts)):
                self._sign(signature, line)
        elif name in _CREDENTIALS or (name in _ENVIRONMENTS and not _ENDPOINTS.isdisjoint(texts)):
            self._sign(RunbookSignature.MANAGED_IDENTITY, line)


def _windows(tokens: list[_Token]) -> Iterator[tuple[_Token, _Token, _Token, int]]:
    """Yield each name with its two next tokens and the place of its value: after brackets, keywords, calls and dots."""
    for at in range(len(tokens) - 2 * _MOST_PREFIXES - 2):
        if tokens[at][0] != "name":
            continue
        value_at = at + 2
        for _ in range(_MOST_PREFIXES):
            kind, text, _ = tokens[value_at]
            if kind == "sign" and text in ("(", "["):
                value_at += 1
            elif kind == "name" and tokens[value_at + 1][1] in ("=", "(", "."):
                value_at += 2
        yield tokens[at], tokens[at + 1], tokens[at + 2], value_at


def _parsed(text: str) -> ast.Module | None:
    if len(text) > _LONGEST_TREE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a runbook is nothing to tell its reader
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a node sets, defaults of parameters included, with what it sets them to."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _unpacked(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        if node.value is not None:
            yield from _unpacked(node.target, node.value)
    elif isinstance(node, ast.arguments):
        positional = [*node.posonlyargs, *node.args]
        defaults = node.defaults
        yield from ((name.arg, value) for name, value in zip(positional[-len(defaults) :], defaults, strict=False))
        yield from (
            (name.arg, value)
            for name, value in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            if value is not None
        )
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield from _unpacked(node.target, node.iter)


def _unpacked(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a target sets; each name of a tuple its own value, where that is written as one too."""
    if isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
        for part, own in zip(target.elts, values, strict=False):
            yield from _unpacked(part, own)
    elif name := _name(target.value if isinstance(target, ast.Subscript | ast.Starred) else target):
        yield name, value


def _passed(node: ast.AST, functions: dict[str, ast.arguments]) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that a call of one of the script's own functions sets."""
    taken = functions.get(_name(node.func)) if isinstance(node, ast.Call) else None
    if taken is None or not isinstance(node, ast.Call):
        return
    names = [name.arg for name in [*taken.posonlyargs, *taken.args]]
    if isinstance(node.func, ast.Attribute) and names[:1] in (["self"], ["cls"]):
        del names[0]
    yield from zip(names, node.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call) and _name(node.func) == "getattr" and len(node.args) > 1:
        named = node.args[1]
        return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""
    return node.id if isinstance(node, ast.Name) else ""


class _Values:
    """What the names of a script may hold."""

    def __init__(self) -> None:
        self._held: dict[str, list[ast.expr]] = {}
        self._put_together: dict[ast.expr, tuple[list[str], bool]] = {}
        self._depth = 0

    def hold(self, name: str, value: ast.expr) -> None:
        """Note one value of a name."""
        self._held.setdefault(name, []).append(value)

    def texts(self, given: list[ast.expr]) -> tuple[list[str], bool]:
        """List the texts that expressions may be, names followed; False where some is unknown, or nothing is given."""
        texts: list[str] = []
        complete, seen, pending = bool(given), set[str](), list(given)
        while pending:
            node = pending.pop()
            name = _name(node)
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
            elif name in self._held:
                if name not in seen:
                    seen.add(name)
                    pending += self._held[name]
            elif isinstance(node, ast.BinOp | ast.JoinedStr):
                joined, known = self._joined(node)
                texts += joined
                complete = complete and known
            elif parts := _alternatives(node):
                pending += parts
            else:
                complete = False
        return texts, complete

    def _joined(self, node: ast.BinOp | ast.JoinedStr) -> tuple[list[str], bool]:
        """List the texts that a sum or an f-string may be."""
        if node in self._put_together or self._depth >= _DEEPEST:
            return self._put_together.get(node, ([], False))
        self._put_together[node] = [], False  # also what a text is that holds itself
        self._depth += 1
        texts, complete = [""], isinstance(node, ast.JoinedStr) or isinstance(node.op, ast.Add)
        for part in [node.left, node.right] if isinstance(node, ast.BinOp) else node.values:
            ends, known = self.texts([part.value if isinstance(part, ast.FormattedValue) else part])
            texts = [text + end for text in texts for end in ends[:_MOST_TEXTS]][: _MOST_TEXTS + 1]
            complete = complete and known and len(texts) <= _MOST_TEXTS
            if not complete or max(map(len, texts), default=0) > _LONGEST_NAME:
                texts, complete = [], False
                break
        self._depth -= 1
        self._put_together[node] = texts, complete
        return texts, complete


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """List what one of a group's elements, or a choice, may be."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return node.elts
    if isinstance(node, ast.Dict):
        return node.values
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return [node.value] if isinstance(node, ast.Subscript) else []


def _tokens(text: str) -> Iterator[_Token]:
    """Yield kind, text and line of names, strings and signs; comments, spaces and everything else are left out."""
    at, line, counted_to = 0, 1, 0
    while at < len(text) and (found := _TOKEN.match(text, at)):
        kind, end, value = found.lastgroup or "other", found.end(), found.group()
        if kind == "string":
            quote = value.lstrip("bBfFrRuU")
            rest = _STRING_ENDS[quote].match(text, end) if quote in _STRING_ENDS else None
            value, end = (rest.group(1), rest.end()) if rest else ("", _end_of_unclosed(text, end, quote))
        line += text.count("\n", counted_to, at)
        counted_to = at
        at = end
        if kind in ("name", "string", "sign"):
            yield kind, value, line


def _end_of_unclosed(text: str, start: int, quote: str) -> int:
    end = text.find("\n", start) if len(quote) == 1 else -1
    return len(text) if end < 0 else end
