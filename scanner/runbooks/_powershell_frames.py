"""The groups that are open while a script is read, and what is known of the statement that each is at."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from scanner.runbooks._powershell_script import Command, Opaque, Table, Value


class State(Enum):
    """How far a statement has come."""

    START = auto()
    KEYWORD = auto()
    COMMAND = auto()
    EXPRESSION = auto()


@dataclass(slots=True)
class Frame:
    """An open group, of @( if it is an `array`, and the statement that it is at.

    `results` are what its statements give, `values` what the present one does while it is `plain`, as a list where it
    is `listing`. `item` is the path of what the present pipeline hands on, `branch` what an `else` assigns to.
    """

    opener: str
    quiet: bool = False
    parameters: bool = False
    state: State = State.START
    keyword: str = ""
    defined: str = ""
    calling: bool = False
    command: Command | None = None
    values: list[Value] = field(default_factory=list)
    plain: bool = True
    wanting: bool = False
    adding: bool = False
    listing: bool = False
    array: bool = False
    item: str = ""
    targets: list[str] = field(default_factory=list)
    key: str | None = None
    branch: tuple[str | None, list[str]] = (None, [])
    entries: dict[str, list[Value]] = field(default_factory=dict)
    results: list[Value] = field(default_factory=list)
    method: str | None = None

    @property
    def is_body_of_switch(self) -> bool:
        """Tell the group that holds the labels and blocks of a switch."""
        return self.quiet and self.opener == "{"

    def known(self) -> list[Value]:
        """List what the present statement gives."""
        return list(self.values) if self.plain and self.values else [Opaque.UNKNOWN]

    def yields(self) -> bool:
        """Tell whether the present statement gives something to the group: an assignment does in parentheses only."""
        if self.state is State.START or self.keyword == "throw" or self.defined or self.is_body_of_switch:
            return False
        return not self.targets or self.opener == "("

    def end_statement(self) -> None:
        """Make ready for the next statement."""
        self.state, self.keyword, self.key, self.targets = State.START, "", None, []
        self.calling = self.wanting = self.adding = self.listing = False
        self.values, self.plain, self.item, self.defined = [], True, "", ""

    def value(self) -> Value | list[Value]:
        """What the group stands for where it was opened."""
        if self.opener == "@{":
            return Table(self.entries)
        if self.opener == "{":
            return Opaque.CODE
        return list(self.results) if self.opener == "(" and self.results else Opaque.UNKNOWN
