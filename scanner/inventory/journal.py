"""The journal: every answered read with what it brought, so that a scan that was cut off can go on.

It holds what a snapshot holds, and nothing secret: resources as they were parsed, never the body of an answer. What
was not answered is not in it, and is asked again. The first line is a Header, the others are reads or notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import msgspec

from scanner.errors import StartError, UsageError
from scanner.inventory.arm import ArmId
from scanner.inventory.coverage import Read, Reading
from scanner.inventory.estate import KINDS, Scope
from scanner.inventory.instant import Instant
from scanner.inventory.lines import InUseError, Line, Lines
from scanner.inventory.resources import Resource
from scanner.inventory.snapshot import VERSION as SNAPSHOT_VERSION
from scanner.inventory.snapshot import decode_hook, encode_hook
from scanner.terminal import complain

_MARK = b'{"format":"hwaudit-journal"'
_ENCODER = msgspec.json.Encoder(enc_hook=encode_hook)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What decides which reads a scan has, as the user wrote it: only the same command can go on with a journal.

    `hwaudit` is the version of the program, `cloud` an endpoint or the name of a cloud; `tenants` are sorted.
    """

    hwaudit: str
    cloud: str
    tenants: tuple[str, ...] = ()
    scope: Scope = Scope()
    skip: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    since: str | None = None
    as_of: Instant | None = None


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Whose journal it is: `since` is the moment that the command's meant when the scan began, at `started_at`."""

    format: Literal["hwaudit-journal"] = "hwaudit-journal"
    version: Literal[1] = 1
    snapshot: int = SNAPSHOT_VERSION
    command: Command
    since: Instant | None
    started_at: Instant


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One answered read: what it brought, what lay `beside` that in its items, and the Gaps of malformed items.

    `bulk` tells that Resource Graph's answer stood for the read.
    """

    read: Read
    resources: tuple[Resource, ...] = ()
    beside: tuple[Resource, ...] = ()
    flaws: tuple[Read, ...] = ()
    bulk: bool = False


class _Key(msgspec.Struct, frozen=True):
    """What a record is found by."""

    scope: str
    reading: Reading


class _Entry(msgspec.Struct, frozen=True):
    """The little of a line that is decoded when a journal is opened: a read's key, or a note."""

    read: _Key | None = None
    bulk: bool = False
    note: str | None = None


class _Written(msgspec.Struct, frozen=True):
    """A record as it is written, its resources by their kind."""

    read: Read
    resources: dict[str, msgspec.Raw]
    beside: dict[str, msgspec.Raw]
    flaws: tuple[Read, ...]
    bulk: bool


_HEADER = msgspec.json.Decoder(Header, dec_hook=decode_hook)
_ENTRY = msgspec.json.Decoder(_Entry)
_WRITTEN = msgspec.json.Decoder(_Written, dec_hook=decode_hook)
_LISTS: Mapping[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(tuple[kind, ...], dec_hook=decode_hook)  # type: ignore[valid-type]
    for kind, name in KINDS.items()
}
_Found = dict[tuple[Reading, str], tuple[Line, bool]]


class Journal:
    """The journal of a running scan; one without lines keeps nothing, and remembers nothing.

    Left as a context, it stays where it is: only `remove` takes it away. `recalled` counts the reads that came from it.
    """

    def __init__(self, lines: Lines | None = None, header: Header | None = None) -> None:
        self._lines = lines
        self._header = header
        self._found: _Found = {}
        self._is_failed = False
        self.notes: list[str] = []
        self.resumed = False
        self.written = self.recalled = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._lines is None:
            return
        if isinstance(error, StartError) and self.written and not self.resumed:
            self._lines.remove()  # nothing could be scanned
        else:
            self._lines.close()

    @property
    def holds(self) -> bool:
        """Whether it holds everything that was answered, and anything at all."""
        return self._lines is not None and not self._is_failed and (self.written > 0 or self.resumed)

    @property
    def since(self) -> datetime | None:
        """Where the user let look-backs begin when the scan began."""
        return self._header.since if self._header else None

    def start(self) -> datetime:
        """The moment at which the scan began: now, or when the one began that this goes on with."""
        now = datetime.now(UTC)
        if self._header is None:
            return now
        if not self.resumed:
            self._header = msgspec.structs.replace(self._header, started_at=now)
        return self._header.started_at

    # -- what an earlier run wrote ----------------------------------------------------------------------------

    def resume(self, header: Header, found: _Found, notes: Iterable[str]) -> None:
        """Go on with what the lines hold."""
        self.resumed = True
        self._header = header
        self._found = found
        self.notes = list(notes)

    def remembers(self, reading: Reading, scope: ArmId, *, bulk: bool | None = None) -> bool:
        """Whether the read can be recalled; with `bulk`, whether one of that kind can."""
        known = self._found.get((reading, scope.key))
        return known is not None and bulk in {None, known[1]}

    def recall(self, reading: Reading, scope: ArmId) -> Record | None:
        """Return what an earlier run wrote of the read, once; None for a read that is to be asked."""
        known = self._found.pop((reading, scope.key), None)
        if known is None or self._lines is None:
            return None
        try:
            record = _record(self._lines.text(known[0]))
        except (OSError, ValueError):  # it was whole when the journal was opened; asking again is always right
            return None
        self.recalled += 1
        return record

    # -- what this run writes ---------------------------------------------------------------------------------

    def write(self, record: Record) -> None:
        """Keep one answered read; what cannot be written ends the journal, never the scan."""
        if self._lines is not None and not self._is_failed:
            parts = {name: getattr(record, name) for name in Record.__struct_fields__}
            kinds = {name: _by_kind(parts[name]) for name in ("resources", "beside")}
            self._append(_ENCODER.encode(parts | kinds))

    def note(self, note: str) -> None:
        """Keep a note about how the scan went."""
        if self._lines is not None and not self._is_failed and note not in self.notes:
            self._append(_ENCODER.encode(_Entry(note=note)))

    def _append(self, text: bytes) -> None:
        lines = self._lines
        if lines is None:
            return
        try:
            if not self.written and not self.resumed:
                lines.cut(0)
                lines.append(_ENCODER.encode(self._header))
            lines.append(text)
            self.written += 1
        except OSError as error:
            self._is_failed = True
            why = error.strerror or type(error).__name__
            complain(f"cannot write the journal {lines.path} ({why}): the scan goes on without it")

    def remove(self) -> None:
        """Take the journal away: everything that it holds stands elsewhere."""
        if self._lines is not None:
            self._lines.remove()


def open_journal(
    path: Path,
    command: Command,
    *,
    since: datetime | None = None,
    resume: bool = False,
    quiet: bool = False,
    private: bool = False,
) -> Journal:
    """Open the journal of a scan, to go on with what it holds or, at the first answer, to replace that.

    `since` is the moment that the command means now; with `quiet`, only errors are told; a `private` file is made for
    its owner alone. Raises UsageError when another scan holds the file, when it is no journal, and with `resume` when
    it is that of another command.
    """
    header = Header(command=command, since=since, started_at=datetime.now(UTC))
    try:
        lines = Lines.hold(path, private=private)
    except InUseError as error:
        advice = "wait for its end, or give this one another --out or --snapshot"
        raise UsageError(f"another scan is writing {path}", advice) from error
    except OSError as error:
        if resume:
            raise UsageError(f"cannot open the journal {path}", error.strerror or "check the path") from error
        complain(f"cannot open the journal {path} ({error.strerror}): the scan goes on without it")
        return Journal(header=header)
    journal = Journal(lines, header)
    try:
        notice = _resumed(journal, lines, command) if resume else _replaced(lines)
    except BaseException:
        lines.close()
        raise
    if notice and not quiet:
        complain(notice)
    return journal


def recorded(path: Path) -> list[Read]:
    """The reads that the journal of a scan that has ended holds."""
    lines = Lines.hold(path)
    try:
        found = [text for _, text in lines.read()][1:]
    finally:
        lines.close()
    return [_WRITTEN.decode(text).read for text in found if _ENTRY.decode(text).read is not None]


def _replaced(lines: Lines) -> str:
    """What is to be told of the file that this scan replaces."""
    if not lines.end:
        return ""
    first, begun = _first(lines), ""
    with suppress(ValueError):
        begun = f" of {_minute(_HEADER.decode(first).started_at)}"
    return f"replacing {lines.path}, the journal of a scan{begun} that was cut off: --resume would have gone on with it"


def _resumed(journal: Journal, lines: Lines, command: Command) -> str:
    """Let the journal go on with what the lines hold, without what follows the last whole one."""
    first = _first(lines) if lines.end else b""
    if not first:
        return f"there is no journal of a scan in {lines.path}: everything is read"
    header = _header_for(command, first, lines.path)
    found: _Found = {}
    notes: list[str] = []
    end = 0
    for line, entry in _entries(lines):
        end = line.offset + line.length + 1
        if entry.read is not None:
            found[entry.read.reading, ArmId(entry.read.scope).key] = line, entry.bulk
        elif entry.note is not None:
            notes.append(entry.note)
    damaged = lines.end - end
    try:
        lines.cut(end)
    except OSError as error:
        raise UsageError(f"cannot write {lines.path}", error.strerror or "check the path") from error
    journal.resume(header, found, notes)
    told = f"going on with the scan of {_minute(header.started_at)}: {len(found)} reads are in {lines.path}"
    return f"{told}, whose damaged end ({damaged} bytes) was dropped" if damaged else told


def _entries(lines: Lines) -> Iterator[tuple[Line, _Entry]]:
    """Every line with its entry, the header's being empty; ends at the first that is damaged."""
    for line, text in lines.read():
        try:
            entry = _ENTRY.decode(text)
            if entry.read is not None:
                ArmId(entry.read.scope)
        except ValueError:
            return
        yield line, entry


def _first(lines: Lines) -> bytes:
    """The text of the first line, empty for one that was not finished; raises UsageError for no journal at all."""
    if not lines.begins(_MARK):
        raise UsageError(f"{lines.path} is no journal of hwaudit", "move it, or give another --out or --snapshot")
    return next((text for _, text in lines.read()), b"")


def _header_for(command: Command, first: bytes, path: Path) -> Header:
    """Read the header; raises UsageError, which names every difference, when it is not that of the same command."""
    header = None
    with suppress(ValueError):
        header = _HEADER.decode(first)
    if header is None or header.snapshot != SNAPSHOT_VERSION:
        advice = "resume with the version that wrote it, or leave out --resume to read everything"
        raise UsageError(f"{path} is the journal of another version of hwaudit", advice)
    before, now = _options(header.command), _options(command)
    differing = [f"{name} ({_told(before[name])}, now {_told(now[name])})" for name in now if before[name] != now[name]]
    if differing:
        raise UsageError(
            f"{path} is the journal of another scan, which differs in {', '.join(differing)}",
            "resume with the same options, or leave out --resume to read everything",
        )
    return header


def _options(command: Command) -> dict[str, Any]:
    """What a command said, by its options."""
    said = {"the version of hwaudit": command.hwaudit, "the cloud": command.cloud, "--tenant": command.tenants}
    named = msgspec.structs.asdict(command.scope) | {
        name: getattr(command, name) for name in ("skip", "include", "since", "as_of")
    }
    return said | {f"--{name.replace('_', '-')}": value for name, value in named.items()}


def _told(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value) or "none"
    return "none" if value is None else str(value)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _by_kind(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    kinds: dict[str, list[Resource]] = {}
    for resource in resources:
        kinds.setdefault(KINDS[type(resource)], []).append(resource)
    return kinds


def _record(text: bytes) -> Record:
    """Read a record; raises ValueError for one that is none."""
    written = _WRITTEN.decode(text)
    resources, beside = (
        tuple(resource for name, many in parts.items() for resource in _LISTS[name].decode(many))
        for parts in (written.resources, written.beside)
    )
    return Record(read=written.read, resources=resources, beside=beside, flaws=written.flaws, bulk=written.bulk)
