"""Reads a recording of a scan: which request has which answers, in their order.

The format is the seam to whoever recorded it: a folder with `manifest.json` and `exchanges.jsonl`, of which each line
is one request with its answer (docs/recording.md). Lines are read anew when they are asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

FORMAT: Final = "hwaudit-recording/1"
ARM: Final = "https://arm.recorded.invalid"
"""What stands for Azure Resource Manager in a recording."""
LOGS: Final = "https://logs.recorded.invalid"
"""What stands for the endpoint of log queries."""


class NoRecordingError(ValueError):
    """A folder that holds no recording, or one that cannot be read; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request with its answer, or with the word for why none came.

    `key` is what the request is known by; `sent` is when it left (aware UTC, by the recording machine's clock).
    """

    number: int
    key: str
    sent: datetime
    request: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    failure: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a recording says of itself; `as_of` is the moment (ISO, UTC) that a replay of it is judged at."""

    cloud: str
    started: datetime
    as_of: str
    arguments: tuple[str, ...]
    log_queries: bool
    whole: bool


class Recording:
    """A recording in a folder; raises NoRecordingError for what is none.

    The last line of a recording that was cut off may be half a line, and is left out.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = _manifest(folder)
        self._lines = folder / "exchanges.jsonl"
        self._places: dict[str, list[tuple[int, int]]] = {}
        for place, exchange in self._read():
            self._places.setdefault(exchange.key, []).append((exchange.number, place))
        for places in self._places.values():
            places.sort()

    def exchanges(self) -> Iterator[Exchange]:
        """All exchanges, in the order in which they ended."""
        return (exchange for _, exchange in self._read())

    def count(self, key: str) -> int:
        """How many answers there are to a request."""
        return len(self._places.get(key, ()))

    def at(self, key: str, index: int) -> Exchange:
        """The answer to a request of the given number (from 0), in the order in which the requests were sent."""
        _, place = self._places[key][index]
        with self._lines.open("rb") as file:
            file.seek(place)
            return self._exchange(json.loads(file.readline()))

    def _read(self) -> Iterator[tuple[int, Exchange]]:
        place = 0
        try:
            with self._lines.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if not line.endswith(b"\n") and not self.manifest.whole:
                        return
                    try:
                        yield place, self._exchange(json.loads(line))
                    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                        raise NoRecordingError(f"line {number} of {self._lines} is no exchange") from error
                    place += len(line)
        except OSError as error:
            raise NoRecordingError(f"cannot read {self._lines} ({error.strerror})") from error

    def _exchange(self, told: Mapping[str, Any]) -> Exchange:
        request, answer = told["request"], told.get("answer")
        if not isinstance(request["method"], str) or not isinstance(request["url"], str):
            raise TypeError("a request without method or URL")
        if answer is not None and not isinstance(answer["status"], int):
            raise TypeError("an answer without status")
        sent = self.manifest.started + timedelta(seconds=float(told["at"]))
        key = key_of(request["method"], request["url"], request.get("json"))
        return Exchange(int(told["n"]), key, sent, request, answer, str(told.get("failure", "")))


def key_of(method: str, url: str, body: Any) -> str:
    """What a request is known by: its method, its path without case, its options in any order, and its JSON."""
    parts = urlsplit(url)
    options = sorted((name.lower(), value) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    told = json.dumps([method, unquote(parts.path).lower(), options, body], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _manifest(folder: Path) -> Manifest:
    place = folder / "manifest.json"
    try:
        told = json.loads(place.read_bytes())
        if told["format"] != FORMAT:
            raise NoRecordingError(f"{place} is of the format {str(told['format'])[:40]!r}, not of {FORMAT}")
        return Manifest(
            cloud=str(told["cloud"]),
            started=datetime.fromisoformat(told["started"]),
            as_of=datetime.fromisoformat(told["as_of"]).isoformat().replace("+00:00", "Z"),
            arguments=tuple(map(str, told["arguments"])),
            log_queries=bool(told["log_queries"]),
            whole=bool(told["whole"]),
        )
    except OSError as error:
        raise NoRecordingError(f"cannot read {place} ({error.strerror})") from error
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, NoRecordingError):
            raise
        raise NoRecordingError(f"{place} is no manifest of a recording") from error
