"""What a PowerShell script does: its commands, its functions and the values that its variables hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

_SCOPES = frozenset({"global", "local", "private", "script", "using", "variable", "workflow"})
MOST_VALUES = 200
"""No person gives one variable or one group more values; what goes beyond is not known, and that is said."""

_MOST_PARTS, LONGEST_NAME = 20, 1000
"""Names that are put together from parts are followed up to here, so that no text is copied over and over."""


class Opaque(Enum):
    """A value that is not known before the script runs, or a script block."""

    UNKNOWN = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable, lower-cased and without its scope, with the members that follow it: `config.name`."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A hashtable: lower-cased keys and what each may hold."""

    entries: dict[str, list[Value]]


@dataclass(frozen=True, slots=True)
class Joined:
    """A text that is put together from texts and variables."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a command gives back."""

    command: Command


Value = str | Reference | Table | Joined | Result | Opaque


@dataclass(slots=True)
class Argument:
    """One argument: the lower-cased name of a parameter, a splatted variable, or neither; and its values."""

    parameter: str | None = None
    splat: str | None = None
    values: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class Command:
    """A command as it is written; `called` tells that & or a dot started it, `piped` what a pipeline hands it."""

    name: Value
    line: int
    called: bool = False
    piped: list[Value] = field(default_factory=list)
    arguments: list[Argument] = field(default_factory=list)


@dataclass(slots=True)
class Script:
    """What a script does: `functions` are lower-cased, `assigned` holds every value that a path is ever given.

    A function's results are held by the path `function:name`. `variables` are the paths that the script names anywhere,
    with the line where it first does.
    """

    commands: list[Command] = field(default_factory=list)
    assigned: dict[str, list[Value]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    variables: dict[str, int] = field(default_factory=dict)
    is_workflow: bool = False
    sound: bool = True
    _noted: set[tuple[str, Value]] = field(default_factory=set)

    def assign(self, path: str, values: list[Value]) -> None:
        """Note that a path may hold these values, and the paths below it what their tables hold."""
        pending = [(path, values)]
        while pending:
            name, held = pending.pop()
            held = [value for value in held if (name, value) not in self._noted]
            self._noted.update((name, value) for value in held)
            extend(self.assigned.setdefault(name, []), held)
            head, dot, member = name.rpartition(".")
            if dot:
                self.members.setdefault(head, set()).add(member)
            for table in held:
                if isinstance(table, Table):
                    pending += [(f"{name}.{key}", entry) for key, entry in table.entries.items()]

    def join(self, other: Script) -> None:
        """Take in what another part of the same runbook does."""
        self.commands += other.commands
        self.functions |= other.functions
        self.is_workflow |= other.is_workflow
        self.sound = self.sound and other.sound
        for path, values in other.assigned.items():
            extend(self.assigned.setdefault(path, []), values)
        for path, members in other.members.items():
            self.members.setdefault(path, set()).update(members)
        for path, line in other.variables.items():
            self.variables.setdefault(path, line)


def extend(values: list[Value], more: list[Value]) -> None:
    """Add values up to the most that are followed."""
    room = MOST_VALUES - len(values)
    values += more[: max(room, 0)]
    if len(more) > room:
        values[-1] = Opaque.UNKNOWN


def joined(*values: Value) -> Value:
    """Put values together to one text; unknown where one is neither text nor variable."""
    parts: list[str | Reference] = []
    for value in values:
        if isinstance(value, Joined):
            parts += value.parts
        elif isinstance(value, str | Reference):
            parts.append(value)
        else:
            return Opaque.UNKNOWN
    texts = [part for part in parts if isinstance(part, str)]
    if len(parts) > _MOST_PARTS or sum(map(len, texts)) > LONGEST_NAME:
        return Opaque.UNKNOWN
    if len(texts) == len(parts):
        return "".join(texts)
    return parts[0] if len(parts) == 1 else Joined(tuple(parts))


def path_of(variable: str) -> str:
    """Name a variable as `Script` does: `$script:Name` and `${Name}` are both `name`, `$env:Path` is `env:path`."""
    scope, colon, name = variable.lstrip("$@").strip("{}").lower().rpartition(":")
    return name if scope in _SCOPES else f"{scope}{colon}{name}"
