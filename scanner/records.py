"""Reads what a file tells of an earlier scan: a snapshot or a JSON report, told apart by what is in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from reports.json_reading import record_of_report
from scanner.comparison import Baseline, record_of
from scanner.errors import UsageError
from scanner.findings import Scan
from scanner.inventory import Estate
from scanner.inventory.snapshot import load
from scanner.options import FailOn
from scanner.pipeline import judged_at, scan_of
from scanner.settings import Settings

_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def judged(moment: datetime | None, settings: Settings) -> Callable[[Estate], Scan]:
    """A judge of estates: as of a moment (aware UTC), or of the one that each keeps."""
    return lambda estate: scan_of(judged_at(estate, moment) if moment else estate, settings=settings)


def named_baseline(path: Path | None, fail_on: FailOn, settings: Settings) -> Baseline | None:
    """The baseline of a scan, if one is named, judged by the same settings.

    Raises UsageError when `fail_on` needs one, or it cannot be used.
    """
    if path is not None:
        return baseline_at(path, judged(None, settings))
    if fail_on.only_new:
        raise UsageError(
            f"--fail-on {fail_on} needs a baseline", "name an earlier snapshot or JSON report with --baseline"
        )
    return None


def baseline_at(path: Path, judge: Callable[[Estate], Scan]) -> Baseline:
    """What the file tells of a scan; a snapshot is judged by `judge`.

    Raises UsageError for a file that is neither, that cannot be read, or that a newer program wrote.
    """
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] != _GZIP_MAGIC:
                return Baseline(record_of_report(_report(file.read(), path), str(path)))
    except OSError as error:
        raise UsageError(f"cannot read {path}", error.strerror or "check the path") from error
    estate = load(path)
    return Baseline(record_of(judge(estate), str(path)), estate)


def _report(data: bytes, path: Path) -> bytes:
    text = data.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text.startswith(b"{"):
        raise UsageError(f"{path} is neither a snapshot nor a JSON report of hwaudit", "name a file that hwaudit wrote")
    return text
