"""The key file: the key, and what every pseudonym stands for. Whoever has it can undo the redaction."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Literal

import msgspec

from scanner.errors import UsageError
from scanner.inventory.snapshot import write_atomically
from scanner.redaction._redaction import Redaction

DEFAULT = Path("hwaudit.key")
_KEY_BYTES = 32
_ADVICE = "name the file that --redact wrote, or another place for a new one"


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """The file's content; `key` is hexadecimal."""

    format: Literal["hwaudit-key"] = "hwaudit-key"
    version: Literal[1] = 1
    key: str
    originals: dict[str, str] = {}


class KeyFile:
    """A key file that is there, with its redaction; raises UsageError for one that is not, or that is none."""

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self.path = path
        self._is_new = is_new
        content = self._content()
        self.redaction = Redaction(bytes.fromhex(content.key), content.originals)

    @classmethod
    def open(cls, path: Path) -> KeyFile:
        """The file at this place, made with a new key where there is none; raises UsageError for anything else."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path)
        except OSError as error:
            raise UsageError(f"cannot write the key file {path}", error.strerror or "check the path") from error
        with os.fdopen(descriptor, "wb") as new:
            new.write(msgspec.json.encode(_Content(key=secrets.token_hex(_KEY_BYTES))))
        return cls(path, is_new=True)

    def save(self) -> None:
        """Add to the file what was replaced; what another run added meanwhile stays. Raises UsageError."""
        content = self._content()
        if Redaction(bytes.fromhex(content.key)).mark != self.redaction.mark:
            raise UsageError(f"the key file {self.path} was replaced meanwhile", "run the command again")
        merged = {**self.redaction.originals, **content.originals}
        if merged != content.originals:
            whole = msgspec.structs.replace(content, originals=merged)
            write_atomically(self.path, msgspec.json.encode(whole), private=True)

    def withdraw(self) -> None:
        """Remove a file that was made for a command which then replaced nothing with it."""
        if self._is_new and not self._content().originals:
            self.path.unlink()

    def dangers(self, out: Path | None) -> str | None:
        """Why others may come to read the file: it lies among the reports in `out`, or everybody may read it."""
        if out is not None and self.path.absolute().resolve().is_relative_to(out.absolute().resolve()):
            return f"the key file {self.path} lies in {out}: whoever gets that folder can undo the redaction"
        if os.name == "posix" and self.path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            return f"the key file {self.path} can be read by others: run chmod 600 on it"
        return None

    def _content(self) -> _Content:
        try:
            content = msgspec.json.decode(self.path.read_bytes(), type=_Content)
            if len(bytes.fromhex(content.key)) < _KEY_BYTES:
                raise UsageError(f"the key in {self.path} is too short", _ADVICE)
        except OSError as error:
            raise UsageError(f"cannot read the key file {self.path}", error.strerror or "check the path") from error
        except ValueError as error:
            raise UsageError(f"{self.path} is no key file of hwaudit", _ADVICE) from error
        return content
