"""Texts at known places, of which a check needs a part: that part stays, as the shortest text that says it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from scanner.escape import without_logins
from scanner.recording._rewriting import LEFT_OUT, OTHERS, TIME, Place, Rewriter
from scanner.runbooks import ingestion_words, job_message, job_signature

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?")
_KEPT_IN_MESSAGES = re.compile(rf"({TIME.pattern}|(?<![\w-]){_VERSION.pattern}(?![\w-])|(?<=perform action ')[^']+)")
_LONGEST_MESSAGE = 4000
_STATE = re.compile(r"(?:PowerState|ProvisioningState|ComponentStatus)(?:/[A-Za-z0-9]{1,40}){1,3}", re.IGNORECASE)
_URL = re.compile(r"\s*https?://(?:[^/?#@\s]*@)?(?P<host>[^/?#@\s]+)(?P<path>[^?#\s]*)", re.IGNORECASE)
_GENERATED = "system-generated"
_METRICS = frozenset({"hybridworkerping", "hybridworker", "hybridworkergroup"})
_JOB_CATEGORIES = frozenset({"joblogs", "jobstreams"})
_COLLECTION = "data collection status"


def of_texts(rewrite: Callable[[Rewriter, str], str]) -> Callable[[Rewriter, Any], Any]:
    """A place of text; anything else in it is unknown."""

    def at(rewriter: Rewriter, value: Any) -> Any:
        return rewrite(rewriter, value) if isinstance(value, str) and value else rewriter.unknown(value)

    return at


def message(rewriter: Rewriter, written: str) -> str:
    """An error's message: public words, times and api-versions stay, and the action that was refused."""
    whole = without_logins(written.encode("utf-8", "replace").decode())[:_LONGEST_MESSAGE]
    pieces = _KEPT_IN_MESSAGES.split(whole)
    return "".join(
        _kept(rewriter, piece) if odd % 2 else rewriter.redaction.text(piece) for odd, piece in enumerate(pieces)
    )


def _kept(rewriter: Rewriter, piece: str) -> str:
    if TIME.fullmatch(piece) or _VERSION.fullmatch(piece):
        return piece
    return rewriter.text("action", piece)


def exception(_: Rewriter, written: str) -> str:
    """What a job says of its failure: a message that says the same in its own words, and nothing of the job's."""
    return job_message(job_signature(written))


def ingestion(_: Rewriter, written: str) -> str:
    """The detail of an operation: whether data is taken in."""
    stopped, not_yet = ingestion_words(written)
    return " ".join([*stopped, *(["approaching quota"] if not_yet else [])]) or "(left out)"


def type_of_resource(rewriter: Rewriter, written: str) -> str:
    """A resource's type; that of a management group's subscriptions has no namespace."""
    return written if written.lower() == "/subscriptions" else rewriter.text("action", written)


def state(rewriter: Rewriter, written: str) -> str:
    """The code of an instance's status, such as PowerState/running."""
    return written if _STATE.fullmatch(written) else rewriter.unknown_text(written)


def connection_type(rewriter: Rewriter, written: str) -> str:
    """The type of a connection, which Microsoft's own script wrote with a trailing blank."""
    core = written.strip()
    return written.replace(core, rewriter.text("connection type", core), 1) if core else written


def description(rewriter: Rewriter, written: str) -> str:
    """A description, which tells Azure's own runtime environments from those of people."""
    return "System-generated" if written.strip().lower().startswith(_GENERATED) else rewriter.unknown_text(written)


def machine_id(rewriter: Rewriter, written: str) -> str:
    """The UUID of a machine, or Arc's word that it knows none."""
    return written if written == "unknown" else rewriter.text("machine id", written)


def of_extension(rewriter: Rewriter, written: str) -> str:
    """An extension's name, behind that of its machine in some lists."""
    machine, slash, name = written.rpartition("/")
    return (rewriter.text("machine", machine) if machine else "") + slash + rewriter.text("extension", name)


def metric(rewriter: Rewriter, written: str) -> str:
    """The name of the metric, or of one of its dimensions."""
    return written if written.lower() in _METRICS else rewriter.unknown_text(written)


def category(rewriter: Rewriter, written: str) -> str:
    """The Category of a row: that of an agent, or of a job's log."""
    return written if written.lower() in _JOB_CATEGORIES else rewriter.text("category", written)


def operation(rewriter: Rewriter, written: str) -> str:
    """The category of an operation."""
    return written if written.lower() == _COLLECTION else rewriter.unknown_text(written)


def solutions(rewriter: Rewriter, written: str) -> str:
    """A list of solutions as heartbeats have it, such as `"security", "updates"`."""
    names = (name.strip().strip("\"'").strip().lower() for name in written.split(","))
    return ", ".join(f'"{rewriter.text("pack", name)}"' for name in names if name)


def address(rewriter: Rewriter, written: str) -> str:
    """A URL in an extension's settings, without what may be secret in it: a login, a query, a fragment."""
    found = _URL.match(written)
    return rewriter.text("url", f"https://{found['host']}{found['path']}") if found else "(left out)"


def workspace(rewriter: Rewriter, written: str) -> str:
    """A customerId; whatever else somebody wrote into its place may be a key."""
    guid = written.strip()
    return rewriter.text("customer", guid) if _GUID.fullmatch(guid) else "(left out)"


_SETTINGS: Mapping[str, Place] = {
    "automationaccounturl": of_texts(address),
    "workspaceid": of_texts(workspace),
    OTHERS: LEFT_OUT,
}


def settings(rewriter: Rewriter, value: Any) -> Any:
    """The public settings of an extension, which some clients write as a string that holds JSON."""
    if isinstance(value, dict):
        return rewriter.at(_SETTINGS, value)
    if not isinstance(value, str):
        return rewriter.unknown(value)
    try:
        held = json.loads(value)
    except (ValueError, RecursionError):
        return "(left out)"
    return json.dumps(rewriter.at(_SETTINGS, held)) if isinstance(held, dict) else "(left out)"


def dimension(rewriter: Rewriter, value: Any) -> Any:
    """One dimension of a time series; its value is a group's or a worker's name."""
    if not isinstance(value, dict):
        return rewriter.unknown(value)
    name = value.get("name")
    named = str(name.get("value")).lower() if isinstance(name, dict) else ""
    kind = {"hybridworkergroup": "group", "hybridworker": "machine"}.get(named)
    place: Mapping[str, Place] = {"name": {"value": of_texts(metric)}, "value": kind or Rewriter.unknown}
    return rewriter.at(place, value)
