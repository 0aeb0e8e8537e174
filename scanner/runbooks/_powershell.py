"""Reads PowerShell and PowerShell Workflow into the commands that it runs and the values that its variables hold."""

from __future__ import annotations

import re
from collections.abc import Callable

from scanner.runbooks._powershell_frames import Frame, State
from scanner.runbooks._powershell_script import (
    LONGEST_NAME,
    Argument,
    Command,
    Opaque,
    Reference,
    Result,
    Script,
    Table,
    Value,
    extend,
    joined,
    path_of,
)
from scanner.runbooks._powershell_tokens import Kind, Token, Tokens, parts_of

_DEFINITIONS = frozenset({"function", "filter", "workflow", "configuration", "class", "enum"})
_FURTHER_BRANCHES = frozenset({"elseif", "else", "catch", "finally"})
_FLOW = frozenset({"if", "while", "until", "do", "for", "foreach", "in", "switch", "default", "try", "trap"})
_LEAVING = frozenset({"return", "throw", "exit", "break", "continue"})
_PARTS = frozenset({"param", "dynamicparam", "begin", "process", "end", "clean", "data", "hidden", "static"})
_OF_WORKFLOWS = frozenset({"parallel", "sequence", "inlinescript"})
_KEYWORDS = _DEFINITIONS | _FURTHER_BRANCHES | _FLOW | _LEAVING | _PARTS | _OF_WORKFLOWS
_NO_COMMAND_AFTER = frozenset({"break", "continue", "class", "enum", "default"})
_NUMBER = re.compile(r"[\d.]+(?:x[\da-f]+)?[a-z]{0,2}", re.IGNORECASE)
_INDEX = re.compile(r"-?\d+")
_FILE = re.compile(r".*[\\/]([^\\/$]+\.\w+)", re.DOTALL)
"""A path whose folder only a run would show still names its file."""

_LETTER = re.compile(r"\w|[?%]")


def read_powershell(text: str) -> Script:
    """Read a script; whatever it is, what can be made out of it comes back."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = Tokens(text)
        self._script = Script()
        self._frames = [Frame("")]
        self._items = 0
        self._handlers: dict[Kind, Callable[[Token], None]] = {
            Kind.NEWLINE: self._newline,
            Kind.PIPE: self._pipe,
            Kind.CALL: self._call,
            Kind.COMMA: self._comma,
            Kind.ASSIGN: self._assign,
            Kind.OPEN: self._open,
            Kind.CLOSE: self._close,
            Kind.WORD: self._word,
            Kind.PARAMETER: self._parameter,
            Kind.VARIABLE: self._variable,
            Kind.MEMBER: self._member,
            Kind.SPLAT: self._splat,
            Kind.STRING: self._string,
            Kind.EXPANDABLE: self._expandable,
            Kind.REDIRECT: self._redirect,
            Kind.OTHER: self._other,
        }

    def read(self) -> Script:
        for token in self._tokens:
            self._handlers[token.kind](token)
        self._end_statement()
        self._script.sound = self._tokens.sound
        return self._script

    @property
    def _frame(self) -> Frame:
        return self._frames[-1]

    def _newline(self, _: Token) -> None:
        frame = self._frame
        if frame.opener != "[" and not (frame.wanting or frame.adding):
            self._end_statement()

    def _end_statement(self) -> None:
        frame = self._frame
        self._end_command()
        known = frame.known()
        if frame.key is not None:
            extend(frame.entries.setdefault(frame.key, []), known)
        for target in frame.targets:
            self._script.assign(target, known)
        if frame.yields():
            extend(frame.results, known)
        frame.end_statement()

    def _end_command(self) -> None:
        frame = self._frame
        if frame.command is not None:
            self._script.commands.append(frame.command)
            frame.values, frame.plain, frame.command = [Result(frame.command)], True, None

    def _begin(self, value: Value | list[Value], state: State) -> None:
        frame = self._frame
        frame.values = value if isinstance(value, list) else [value]
        frame.plain, frame.state, frame.wanting, frame.adding = True, state, False, False

    def _pipe(self, _: Token) -> None:
        frame = self._frame
        self._end_command()
        self._hand_on(frame.known())
        frame.plain, frame.values = False, [Opaque.UNKNOWN]
        frame.state, frame.wanting = State.START, True

    def _hand_on(self, values: list[Value]) -> None:
        """Note what $_ stands for in the script blocks that follow in this statement."""
        self._items += 1
        self._frame.item = f"_{self._items}"
        self._script.assign(self._frame.item, values)

    def _call(self, token: Token) -> None:
        if self._frame.state in (State.START, State.KEYWORD):
            self._frame.calling = True
        else:
            self._newline(token)

    def _comma(self, _: Token) -> None:
        frame = self._frame
        if frame.parameters and frame.state is not State.COMMAND:
            self._end_statement()
        else:
            frame.wanting = True

    def _assign(self, _: Token) -> None:
        frame = self._frame
        if frame.command is not None and (frame.opener != "@{" or frame.command.arguments or frame.command.called):
            self._argument("=", joined=False)
            return
        held: list[Value] = [frame.command.name] if frame.command is not None else frame.values
        frame.command = None
        if frame.opener == "@{" and frame.key is None and not frame.targets:
            frame.key = held[0].lower() if len(held) == 1 and isinstance(held[0], str) else ""
        else:
            frame.targets += [value.path for value in held if isinstance(value, Reference)]
        frame.values, frame.plain = [], True
        frame.state, frame.wanting = State.START, True

    def _word(self, token: Token) -> None:
        frame, text = self._frame, token.text
        if frame.quiet or frame.state is State.EXPRESSION:
            if text.lower() == "in" and frame.state is State.EXPRESSION and self._is_head_of("foreach"):
                self._assign(token)
            else:
                self._operator(text)
        elif frame.state is State.COMMAND:
            self._argument(text, joined=token.joined)
        elif frame.keyword in _DEFINITIONS and not frame.parameters:
            self._define(text)
        elif text == "." and not frame.calling:
            frame.calling = True
        else:
            self._start(token)

    def _operator(self, text: str) -> None:
        """Take a word of an expression: a number, or an operator that puts together or chooses between values."""
        frame = self._frame
        if text == "?":
            frame.values, frame.plain = [], True
        elif text in (":", "??"):
            frame.wanting = True
        elif text == "+":
            frame.adding = True
        else:
            self._operand(text)

    def _is_head_of(self, keyword: str) -> bool:
        return self._frame.opener == "(" and len(self._frames) > 1 and self._frames[-2].keyword == keyword

    def _define(self, name: str) -> None:
        frame = self._frame
        if frame.keyword not in _NO_COMMAND_AFTER:
            frame.defined = name.lower().rpartition(":")[2]
            self._script.functions.add(frame.defined)
            frame.keyword = "param"

    def _start(self, token: Token) -> None:
        frame, text = self._frame, token.text
        if frame.calling:
            self._begin_command(text, token.line)
        elif text.lower() in _KEYWORDS and (frame.opener != "@{" or frame.key is not None):
            frame.keyword, frame.state, frame.wanting = text.lower(), State.KEYWORD, False
            self._script.is_workflow |= frame.keyword == "workflow"
            if frame.keyword in _FURTHER_BRANCHES:
                frame.key, frame.targets = frame.branch
        elif _NUMBER.fullmatch(text) or not _LETTER.search(text) or frame.keyword in _NO_COMMAND_AFTER:
            self._begin(text, State.EXPRESSION)
        elif not text.startswith(":"):  # a colon begins the label of a loop
            self._begin_command(text, token.line)

    def _begin_command(self, name: Value, line: int) -> None:
        frame = self._frame
        piped: list[Value] = [Reference(frame.item)] if frame.item else []
        frame.command = Command(name, line, called=frame.calling, piped=piped)
        frame.state, frame.calling, frame.wanting = State.COMMAND, False, False

    def _parameter(self, token: Token) -> None:
        frame = self._frame
        if frame.command is not None:
            frame.command.arguments.append(Argument(token.text.strip("-:").lower()))
            frame.wanting = token.text.endswith(":")
        elif frame.state is State.EXPRESSION:
            frame.plain, frame.wanting = False, True
        elif frame.state is State.START:
            self._begin(Opaque.UNKNOWN, State.EXPRESSION)

    def _splat(self, token: Token) -> None:
        if self._frame.command is not None:
            self._frame.command.arguments.append(Argument(splat=path_of(token.text)))

    def _variable(self, token: Token) -> None:
        self._value(self._named(token.text, token.line), token)

    def _named(self, variable: str, line: int) -> Reference:
        path = path_of(variable)
        self._script.variables.setdefault(path, line)
        if path in ("_", "psitem"):
            path = next((frame.item for frame in reversed(self._frames[:-1]) if frame.item), path)
        return Reference(path)

    def _string(self, token: Token) -> None:
        self._value(token.text, token)

    def _expandable(self, token: Token) -> None:
        parts = [self._named(text, token.line) if is_variable else text for is_variable, text in parts_of(token.text)]
        file = _FILE.fullmatch(token.text)
        self._value(f".\\{file.group(1)}" if file else joined(*parts), token)

    def _value(self, value: Value | list[Value], token: Token) -> None:
        frame = self._frame
        if frame.command is not None:
            self._argument(value, joined=token.joined)
        elif frame.calling:
            called = value[0] if isinstance(value, list) else value
            self._begin_command(called, token.line)
        elif frame.state is State.EXPRESSION:
            self._operand(value)
        else:
            self._begin(value, State.EXPRESSION)

    def _operand(self, value: Value | list[Value]) -> None:
        """Take a further value of an expression: one after a comma belongs to a list, any other to a calculation."""
        frame = self._frame
        values = value if isinstance(value, list) else [value]
        if frame.adding:
            both = len(frame.values) == len(values) == 1 and not frame.listing and not isinstance(values[0], Table)
            frame.values = [joined(frame.values[0], values[0])] if both else frame.values + values
        elif frame.wanting or not frame.values:
            frame.values += values
        else:
            frame.plain = False
        frame.state, frame.wanting, frame.adding = State.EXPRESSION, False, False

    def _argument(self, value: Value | list[Value], *, joined: bool) -> None:
        frame = self._frame
        command = frame.command
        if command is None:
            return
        values = value if isinstance(value, list) else [value]
        if command.arguments and frame.wanting:
            command.arguments[-1].values += values
        elif joined and command.arguments and command.arguments[-1].values:
            command.arguments[-1].values[-1] = _concatenated(command.arguments[-1].values[-1], values)
        elif joined and not command.arguments:
            command.name = _concatenated(command.name, values)
        else:
            command.arguments.append(Argument(values=values))
        frame.wanting = False

    def _held(self) -> list[Value]:
        """List the values that a member or an index belongs to."""
        command = self._frame.command
        if command is None:
            return self._frame.values
        return command.arguments[-1].values if command.arguments else []

    def _member(self, token: Token) -> None:
        held = self._held()
        if self._frame.command is None and token.text.lower() in (".foreach", ".where"):
            self._hand_on(list(held))
        if held and token.joined:
            held[-1] = _member_of(held[-1], token.text.lstrip("?.:"))
        elif self._frame.command is not None:
            self._argument(Opaque.UNKNOWN, joined=token.joined)
        else:
            held.append(Opaque.UNKNOWN)

    def _open(self, token: Token) -> None:
        parent, opener = self._frame, token.text
        frame = Frame(opener if opener in ("@{", "{", "[", '"', '@"') else "(")
        held = self._held()
        if opener == "[":
            frame.quiet = True
            frame.method = "index" if token.joined and held else None
        elif opener == "(":
            frame.quiet = parent.opener == "[" and token.joined and parent.method is None
            is_call = token.joined and held and isinstance(held[-1], Reference) and "." in held[-1].path
            frame.method = "call" if is_call else None
            frame.parameters = parent.keyword == "param"
        elif opener == "@(":
            frame.array = True
        elif opener == "{":
            frame.quiet = parent.keyword == "switch"
        self._frames.append(frame)

    def _close(self, token: Token) -> None:
        self._end_statement()
        frame = self._frames.pop()
        parent = self._frame
        if frame.method is not None:
            self._apply(frame)
        elif frame.opener == "[":
            if parent.command is not None:
                self._argument(Opaque.UNKNOWN, joined=token.joined)
            elif parent.state is State.START:
                self._begin([], State.EXPRESSION)
        elif parent.state is State.KEYWORD and frame.opener in ("(", "{") and not parent.calling:
            if frame.opener == "{":
                self._end_block(frame.results)
        else:
            if parent.is_body_of_switch and frame.opener == "{":
                extend(parent.results, frame.results)
            self._value(frame.value(), Token(token.kind, token.text, token.line, joined=False))
            parent.listing |= frame.array

    def _end_block(self, results: list[Value]) -> None:
        """End the statement whose keyword a block belongs to: the block's results are its own."""
        parent = self._frame
        if parent.defined:
            self._script.assign(f"function:{parent.defined}", results)
        else:
            parent.values, parent.plain = list(results), True
        branch = parent.key, parent.targets
        self._end_statement()
        parent.branch = branch

    def _apply(self, frame: Frame) -> None:
        """Apply an index or a call of a method to the value before it."""
        held = self._held()
        owner = held[-1] if held else Opaque.UNKNOWN
        if not held or not isinstance(owner, Reference):
            return
        arguments = frame.results
        if frame.method == "index" and len(arguments) == 1 and isinstance(arguments[0], str):
            if not _INDEX.fullmatch(arguments[0]):
                held[-1] = _member_of(owner, arguments[0])
            return
        table, _, method = owner.path.rpartition(".")
        if method == "add" and len(arguments) > 1 and isinstance(arguments[0], str):
            self._script.assign(f"{table}.{arguments[0].lower()}", list(arguments[1:]))
        held[-1] = Opaque.UNKNOWN

    def _redirect(self, token: Token) -> None:
        if self._frame.command is not None and token.text.endswith(">"):
            self._frame.command.arguments.append(Argument(">"))

    def _other(self, _: Token) -> None:
        self._frame.plain = False


def _member_of(owner: Value, name: str) -> Value:
    if isinstance(owner, Reference) and len(owner.path) < LONGEST_NAME:
        return Reference(f"{owner.path}.{name.lower()}")
    return Opaque.UNKNOWN


def _concatenated(left: Value, right: list[Value]) -> Value:
    if len(right) != 1:
        return Opaque.UNKNOWN
    if isinstance(right[0], str) and not isinstance(left, str) and (file := _FILE.fullmatch(right[0])):
        return f".\\{file.group(1)}"
    return joined(left, right[0])
