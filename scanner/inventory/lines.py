"""A file of checked lines that one process holds: appended to as it goes, read back from any of them.

A line is the CRC-32 of its text in eight hexadecimal digits, a blank, the text and a line feed. Whatever follows the
first line that is not whole was never finished, and does not count.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from errno import EACCES, EAGAIN, EINVAL
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

SYNC_EVERY = 1.0
"""Seconds between two syncs to the disk: what a loss of power costs. A process that is killed loses nothing."""
_CHECKSUM = 9  # eight digits and a blank
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would write a carriage return before each line feed

if sys.platform == "win32":
    import msvcrt

    _FAR = (1 << 31) - 2  # a lock keeps others from reading what it covers; offsets have 31 bits there

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class InUseError(Exception):
    """Another process holds the file."""


class Line(NamedTuple):
    """Where the text of a line lies, in bytes."""

    offset: int
    length: int


class Lines:
    """An open file of lines, held until it is closed; `end` is where the next one goes."""

    def __init__(self, path: Path, descriptor: int, made: list[Path]) -> None:
        self.path = path
        self.end = os.fstat(descriptor).st_size
        self._descriptor = descriptor
        self._made = made
        self._unsynced = False
        self._fault: OSError | None = None
        self._closing = Event()
        self._syncing: Thread | None = None

    @classmethod
    def hold(cls, path: Path, *, private: bool = False) -> Lines:
        """Open the file, made if it is not there, for this process alone; raises InUseError, or OSError.

        A `private` one is made for its owner alone.
        """
        mode = 0o600 if private else 0o666
        made = [folder for folder in path.absolute().parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, mode)
            try:
                _take(descriptor)
                with suppress(FileNotFoundError):  # whoever held it before has removed it meanwhile
                    if os.path.samestat(os.fstat(descriptor), path.stat()):
                        return cls(path, descriptor, made)
            except (OSError, InUseError):
                os.close(descriptor)
                raise
            os.close(descriptor)

    def read(self) -> Iterator[tuple[Line, bytes]]:
        """Every whole line with its text, from the first; ends at one that is not whole."""
        offset = 0
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            for line in file:
                text = line[_CHECKSUM:-1]
                if line != checked(text):
                    return
                yield Line(offset + _CHECKSUM, len(text)), text
                offset += len(line)

    def text(self, line: Line) -> bytes:
        """The text of one line."""
        return self._read(*line)

    def begins(self, text: bytes) -> bool:
        """Whether the first line begins with this text, as far as it goes."""
        return text.startswith(self._read(_CHECKSUM, len(text)))

    def _read(self, offset: int, length: int) -> bytes:
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        return os.read(self._descriptor, length)

    def cut(self, end: int) -> None:
        """Drop everything from this offset on."""
        os.ftruncate(self._descriptor, end)
        self.end = end

    def append(self, text: bytes) -> None:
        """Hand one line to the operating system; raises OSError, and the file is then as it was before."""
        if self._fault is not None:
            raise self._fault
        line = checked(text)
        left = memoryview(line)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            with suppress(OSError):
                self.cut(self.end)
            raise
        self.end += len(line)
        self._unsynced = True
        if self._syncing is None:
            self._syncing = Thread(target=self._sync, name="journal", daemon=True)
            self._syncing.start()

    def _sync(self) -> None:
        """Bring what was appended to the disk, beside the work."""
        going_on = True
        while going_on:
            going_on = not self._closing.wait(SYNC_EVERY)
            if self._unsynced:
                self._unsynced = False
                try:
                    os.fsync(self._descriptor)
                except OSError as error:
                    self._fault = error
                    return

    def close(self) -> None:
        """Bring everything to the disk and let go; a file without any line is removed."""
        if self.end == 0:
            self.remove()
        else:
            self._let_go()

    def remove(self) -> None:
        """Remove the file, and let go; folders that were made for it go with it when nothing else is in them."""
        self._unsynced = False
        with suppress(OSError):
            if sys.platform == "win32":  # which removes no open file
                self._let_go()
            self.path.unlink(missing_ok=True)
            for folder in self._made:
                folder.rmdir()
        self._let_go()

    def _let_go(self) -> None:
        if self._closing.is_set():
            return
        self._closing.set()
        if self._syncing is not None:
            self._syncing.join()
        os.close(self._descriptor)


def checked(text: bytes) -> bytes:
    """The line that holds a text."""
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _take(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(EINVAL, "it is not a file")
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in {EACCES, EAGAIN}:
            raise InUseError from error
        # Some network file systems have no locks: a journal without one is better than none.
