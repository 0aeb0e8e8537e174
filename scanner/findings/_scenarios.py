"""What a scan can say of the scenarios of the troubleshooting article."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from scanner.inventory import OsType


class Outcome(StrEnum):
    """What a scan can say of one scenario of the troubleshooting article."""

    DETECTED = "detected"
    NO_SIGN = "no_sign"
    NOT_SEEN = "not_seen"


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Read-only commands for a worker of one operating system: PowerShell on Windows, sh on Linux.

    `reads_as` is one sentence that tells how to read their output; `comments` (without the #) name the machines.
    """

    os: OsType
    commands: tuple[str, ...]
    reads_as: str
    comments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole script, ready to be copied: comments first, then a command a line, with a final line break."""
        return "".join(f"{line}\n" for line in (*(f"# {comment}" for comment in self.comments), *self.commands))


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of the article and its outcome here, with what decides on a worker what the cloud cannot see.

    `because` are the ids of the checks that could not judge everything, for an outcome of NOT_SEEN only.
    """

    id: str
    title: str
    outcome: Outcome
    findings: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()

    @property
    def on_machine(self) -> tuple[str, ...]:
        """The commands of all scripts, in order."""
        return tuple(command for script in self.scripts for command in script.commands)
