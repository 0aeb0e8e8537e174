"""The folder of a recording: a manifest, and one line of JSON for each request, in the order in which they ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from scanner import __version__
from scanner.errors import UsageError
from scanner.inventory.snapshot import write_atomically
from scanner.recording._exchanges import Exchanges
from scanner.redaction import KeyFile
from scanner.terminal import complain

FORMAT: Final = "hwaudit-recording/1"
MANIFEST: Final = "manifest.json"
EXCHANGES: Final = "exchanges.jsonl"


class Sent(msgspec.Struct, frozen=True):
    """A request that is out: its number, from 1, and when it left (aware UTC)."""

    number: int
    at: datetime


class Recorder:
    """Writes what is sent and answered into a folder, under pseudonyms; the manifest says whether that is the whole.

    Nothing is kept in memory but the pseudonyms. When the folder cannot be written any more, one line says so, and the
    scan goes on without it. `told` says in the end what there is.
    """

    def __init__(self, folder: Path, key: KeyFile) -> None:
        """Take a folder, which is made when the scan begins."""
        self.folder = folder
        self._key = key
        self._exchanges: Exchanges | None = None
        self._file: BinaryIO | None = None
        self.told = ""
        self._manifest: dict[str, Any] = {}
        self._counts = {"requests": 0, "answers": 0, "failures": 0, "bytes": 0}
        self._began = datetime.now(UTC)
        self._broken = False

    @classmethod
    def at(cls, folder: Path, key: Path) -> Recorder:
        """A recorder into a folder, under the pseudonyms of a key file, which is made where there is none.

        Raises UsageError when the folder holds a recording or the key, and for a file that is no key.
        """
        if key.absolute().resolve().is_relative_to(folder.absolute().resolve()):
            advice = "whoever gets the recording must not get the key; name a folder of its own, or another key"
            raise UsageError(f"the key file {key} lies in {folder}", advice)
        if folder.is_file() or any((folder / name).exists() for name in (MANIFEST, EXCHANGES)):
            raise UsageError(f"{folder} is there already", "name a folder that does not exist yet")
        return cls(folder, KeyFile.open(key))

    def begin(
        self, *, cloud: str, arm: str, logs: str, as_of: datetime, arguments: Sequence[tuple[str, str, str]]
    ) -> None:
        """Say what is recorded: the cloud with its endpoints, the end of all look-backs, and the options of the scan.

        Each of `arguments` is an option, its value, and the kind of that, empty for one that stays. Raises UsageError
        when the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = (self.folder / EXCHANGES).open("xb")
        except OSError as error:
            raise UsageError(f"cannot write to {self.folder}", error.strerror or "choose another place") from error
        redaction = self._key.redaction
        self._exchanges = Exchanges(redaction, arm=arm, logs=logs)
        self._manifest = {
            "format": FORMAT,
            "hwaudit": __version__,
            "cloud": redaction.value("cloud", cloud),
            "log_queries": bool(logs),
            "started": _told(self._began),
            "as_of": _told(as_of),
            "arguments": [
                word
                for name, value, kind in arguments
                for word in (name, redaction.value(kind, value) if kind else value)
            ],
            "key": redaction.mark,
        }
        self._write_manifest(whole=False)

    def sent(self) -> Sent:
        """Number a request that leaves now."""
        self._counts["requests"] += 1
        return Sent(self._counts["requests"], datetime.now(UTC))

    def answered(
        self, sent: Sent, request: tuple[str, str, bytes], status: int, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Write down a request (method, URL, body) and its answer."""
        if self._exchanges is not None and not self._broken:
            self._counts["answers"] += 1
            answer = self._exchanges.answer(request[1], status, headers, body)
            self._write(sent, {"request": self._exchanges.request(*request), "answer": answer})

    def failed(self, sent: Sent, request: tuple[str, str, bytes], failure: str) -> None:
        """Write down a request without an answer, and in one word why."""
        if self._exchanges is not None and not self._broken:
            self._counts["failures"] += 1
            self._write(sent, {"request": self._exchanges.request(*request), "failure": failure})

    def close(self, *, whole: bool) -> None:
        """End the recording; `whole` tells that the scan came to its end. Raises UsageError for the key file."""
        if self._file is None:
            return
        self._file.close()
        if not self._broken:
            self._write_manifest(whole=whole)
        self._key.save()
        self.told = (
            f"Recorded {self._counts['requests']:,} requests in {self.folder}: look through it before you send it"
        )

    def _write(self, sent: Sent, told: Mapping[str, Any]) -> None:
        at = round((sent.at - self._began).total_seconds(), 3)
        seconds = round((datetime.now(UTC) - sent.at).total_seconds(), 3)
        line = json.dumps({"n": sent.number, "at": at, "seconds": seconds, **told}).encode() + b"\n"
        self._counts["bytes"] += len(line)
        try:
            if self._file is not None:
                self._file.write(line)
                self._file.flush()
        except OSError as error:
            self._break(error.strerror or str(error))

    def _write_manifest(self, *, whole: bool) -> None:
        lost = self._exchanges.lost if self._exchanges else {}
        manifest = {**self._manifest, "whole": whole, "counts": self._counts, "lost": lost}
        try:
            write_atomically(self.folder / MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n")
        except UsageError as error:
            self._break(error.message)

    def _break(self, why: str) -> None:
        self._broken = True
        complain(f"the recording in {self.folder} ends here ({why}); the scan goes on without it")


def _told(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
