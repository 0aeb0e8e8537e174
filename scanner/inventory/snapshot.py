"""Snapshots: one compressed, versioned file that holds an Estate, and nothing secret.

Unpacked it is lines of JSON: a header with the scan's facts, then parts of at most 1,000 resources or reads, so that
an estate of any size is written and read without its whole text in memory.
"""

from __future__ import annotations

import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import SnapshotError, UsageError
from scanner.inventory.arm import ArmId
from scanner.inventory.estate import Estate, ScanFacts
from scanner.inventory.repeats import Repeats

FORMAT = "hwaudit-snapshot"
VERSION = 3
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_OF_A_PART = 1000


class _Header(msgspec.Struct, frozen=True):
    format: str
    version: int
    facts: msgspec.Raw = msgspec.Raw()


_HELD = tuple(field for field in msgspec.structs.fields(Estate) if field.name != "facts")
_PART = msgspec.defstruct("_Part", [(field.name, field.type, ()) for field in _HELD], frozen=True)
"""Resources or reads under the names of the estate's fields; most are empty."""


def encode_hook(value: Any) -> Any:
    """Write an ArmId as its text; msgspec calls this for types that it does not know."""
    if isinstance(value, ArmId):
        return value.text
    raise NotImplementedError(type(value))


def decode_hook(kind: type, value: Any) -> Any:
    """Read an ArmId from its text; raises ValueError for anything else."""
    if kind is ArmId and isinstance(value, str):
        return ArmId(value)
    if kind is ArmId:
        raise ValueError("an ARM id is a text")
    raise NotImplementedError(kind)


_ENCODER = msgspec.json.Encoder(enc_hook=encode_hook)


def dump(estate: Estate) -> bytes:
    """Return the snapshot's bytes; the same estate gives the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=packed, mtime=0) as file:
        for line in _lines(estate):
            file.write(line)
    return packed.getvalue()


def _lines(estate: Estate) -> Iterator[bytes]:
    yield _ENCODER.encode(_Header(FORMAT, VERSION, msgspec.Raw(_ENCODER.encode(estate.facts)))) + b"\n"
    for field in _HELD:
        held = getattr(estate, field.name)
        for start in range(0, len(held), _MOST_OF_A_PART):
            yield _ENCODER.encode({field.name: held[start : start + _MOST_OF_A_PART]}) + b"\n"


def load(path: Path) -> Estate:
    """Read a snapshot; raises SnapshotError that says whether it is unreadable, foreign, truncated or too new."""
    try:
        with path.open("rb") as packed:
            if packed.peek(2)[:2] != _GZIP_MAGIC:
                raise _foreign(path)
            with gzip.open(packed) as lines:
                return _estate_of(iter(lines), path)
    except OSError as error:
        if isinstance(error, gzip.BadGzipFile):
            raise _damaged(path) from error
        raise SnapshotError(f"cannot read {path}", error.strerror or "check the path") from error
    except (EOFError, zlib.error) as error:
        raise _damaged(path) from error


def _foreign(path: Path) -> SnapshotError:
    return SnapshotError(f"{path} is not an hwaudit snapshot", "name a file that `hwaudit scan --snapshot` wrote")


def _damaged(path: Path) -> SnapshotError:
    return SnapshotError(f"{path} is truncated or damaged", "scan again, or fetch the file again")


def _estate_of(lines: Iterator[bytes], path: Path) -> Estate:
    try:
        header = msgspec.json.decode(next(lines, b""), type=_Header)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _foreign(path) from error
    if header.format != FORMAT:
        raise _foreign(path)
    if header.version != VERSION:
        raise SnapshotError(
            f"{path} has snapshot version {header.version}, this hwaudit reads version {VERSION}",
            "use the hwaudit version that wrote it",
        )
    try:
        estate = Estate(facts=msgspec.json.decode(header.facts, type=ScanFacts), **_held(lines))
        _refuse_inconsistent(estate)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"{path} is damaged: {error}", "scan again, or fetch the file again") from error
    return estate


def _held(lines: Iterable[bytes]) -> dict[str, Any]:
    """The estate's resources and reads, each list whole again."""
    repeats = Repeats()
    decoder = msgspec.json.Decoder(_PART, dec_hook=repeats.decoded)
    held: dict[str, list[Any]] = {field.name: [] for field in _HELD}
    for line in lines:
        part = decoder.decode(line)
        for name, found in held.items():
            items = getattr(part, name)
            repeats.share(items)
            found.extend(items)
    return {name: tuple(held.pop(name)) for name in list(held)}


def _refuse_inconsistent(estate: Estate) -> None:
    """Raise ValueError or OverflowError for what the types let through and no scan writes."""
    groups = {group.id for group in estate.groups}
    for worker in estate.workers:
        if worker.group not in groups:
            raise ValueError(f"the worker {worker.id} has no group")
    for gap in estate.ledger.gaps:
        for scope in (gap.scope, gap.listed_in):
            if scope is not None:
                ArmId(scope)
    seen = (worker.last_seen for worker in estate.workers)
    for moment in (estate.facts.started_at, estate.facts.finished_at, estate.facts.as_of, *seen):
        if moment is not None:
            moment.astimezone(UTC)


def write_atomically(path: Path, data: bytes | Iterable[bytes], *, private: bool = False) -> None:
    """Write a whole file or none, from its bytes or chunk by chunk; raises UsageError when it cannot be written.

    A `private` one is for its owner alone.
    """
    handle = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, handle = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        if not private:  # which is how the file was made
            umask = os.umask(0)
            os.umask(umask)
            Path(handle).chmod(0o666 & ~umask)
        Path(handle).replace(path)
        handle = None
    except OSError as error:
        raise UsageError(f"cannot write {path}", error.strerror or "check the path") from error
    finally:
        if handle is not None:
            Path(handle).unlink(missing_ok=True)
