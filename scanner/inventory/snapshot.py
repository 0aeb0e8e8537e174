"""Snapshots: one compressed, versioned file that holds an Estate, and nothing secret."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec

from scanner.errors import SnapshotError, UsageError
from scanner.inventory.arm import ArmId
from scanner.inventory.estate import Estate

FORMAT = "hwaudit-snapshot"
VERSION = 2
_GZIP_MAGIC = b"\x1f\x8b"


class _Envelope(msgspec.Struct, frozen=True):
    format: str
    version: int
    estate: msgspec.Raw


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
_DECODER = msgspec.json.Decoder(Estate, dec_hook=decode_hook)


def dump(estate: Estate) -> bytes:
    """Return the snapshot's bytes; the same estate gives the same bytes."""
    body = _ENCODER.encode(_Envelope(FORMAT, VERSION, msgspec.Raw(_ENCODER.encode(estate))))
    return gzip.compress(body, compresslevel=6, mtime=0)


def load(path: Path) -> Estate:
    """Read a snapshot; raises SnapshotError that says whether it is unreadable, foreign, truncated or too new."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"cannot read {path}", error.strerror or "check the path") from error
    if not data.startswith(_GZIP_MAGIC):
        raise SnapshotError(f"{path} is not an hwaudit snapshot", "name a file that `hwaudit scan --snapshot` wrote")
    try:
        envelope = msgspec.json.decode(gzip.decompress(data), type=_Envelope)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SnapshotError(f"{path} is truncated or damaged", "scan again, or fetch the file again") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(
            f"{path} is not an hwaudit snapshot", "name a file that `hwaudit scan --snapshot` wrote"
        ) from error
    return _estate_of(envelope, path)


def _estate_of(envelope: _Envelope, path: Path) -> Estate:
    if envelope.format != FORMAT:
        raise SnapshotError(f"{path} is not an hwaudit snapshot", "name a file that `hwaudit scan --snapshot` wrote")
    if envelope.version != VERSION:
        raise SnapshotError(
            f"{path} has snapshot version {envelope.version}, this hwaudit reads version {VERSION}",
            "use the hwaudit version that wrote it",
        )
    try:
        estate = _DECODER.decode(envelope.estate)
        _refuse_inconsistent(estate)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise SnapshotError(f"{path} is damaged: {error}", "scan again, or fetch the file again") from error
    return estate


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


def write_atomically(path: Path, data: bytes) -> None:
    """Write a whole file or none; raises UsageError when the place cannot be written."""
    handle = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, handle = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(handle).chmod(0o666 & ~umask)
        Path(handle).replace(path)
    except OSError as error:
        if handle is not None:
            Path(handle).unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}", error.strerror or "check the path") from error
