"""What a command does with --redact and --record: it opens the key file, and tells no name when something fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.errors import HIDDEN, StartError, UsageError
from scanner.recording import Recorder
from scanner.redaction import KeyFile
from scanner.terminal import complain


@contextmanager
def redacting(place: Path | None, out: Path | None = None) -> Iterator[KeyFile | None]:
    """The key file at this place, made where there is none; None for real names.

    A line warns of a key that others may get, among the reports in `out` or elsewhere. Raises UsageError for a file
    that is no key.
    """
    if place is None:
        yield None
        return
    key = KeyFile.open(place)
    if (danger := key.dangers(out)) is not None:
        complain(danger)
    try:
        yield key
    except StartError as error:
        told = StartError(key.redaction.text(error.message), key.redaction.text(error.advice))
        key.save()
        raise told from None
    except Exception as error:
        if isinstance(error, UsageError):
            key.withdraw()
        error.add_note(HIDDEN)
        raise


def recorder_at(
    place: Path | None, key: Path | None, *, resume: bool, shard: bool, tenants: int = 1
) -> Recorder | None:
    """What records a scan into a folder, under the pseudonyms of a key file; None without --record.

    Raises UsageError for a folder or a key that cannot be used, and for a scan that a recording would not hold.
    """
    if place is None or key is None:
        return None
    if resume:
        raise UsageError(
            "--record cannot go with --resume",
            "what a journal holds is not asked again, and so would not be recorded: leave out --resume",
        )
    if shard:
        raise UsageError(
            "--record cannot go with --shard",
            "pseudonyms fall into other shards: name the subscriptions with --subscription",
        )
    if tenants > 1:
        raise UsageError(
            "--record cannot go with several --tenant",
            "a recording is replayed as one tenant: record each of them by itself",
        )
    return Recorder.at(place, key)
