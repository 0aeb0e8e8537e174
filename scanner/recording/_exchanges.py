"""One request and its answer, as they are written down."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from scanner.inventory import ArmId
from scanner.recording._addresses import Addresses
from scanner.recording._places import BY_TYPE, ERROR, GRAPH
from scanner.recording._rewriting import FIGURE, TIME, Place, Rewriter
from scanner.recording._tables import LOGS
from scanner.recording._texts import message, of_texts
from scanner.redaction import Redaction
from scanner.runbooks import read_runbook, runbook_stand_in

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_CLOCK = re.compile(r"\d{1,3}:\d\d:\d\d(?:\.\d{1,9})?")
_WORD = re.compile(r"true|false|gateway|service", re.IGNORECASE)
_MEDIA = re.compile(r"(?:application/json|text/(?:html|plain|powershell|xml))(?:; ?charset=utf-8)?", re.IGNORECASE)
_KEPT_HEADERS: Mapping[str, re.Pattern[str]] = {
    "content-type": _MEDIA,
    "date": TIME,
    "retry-after": re.compile(f"{_NUMBER.pattern}|{TIME.pattern}"),
    **dict.fromkeys(("retry-after-ms", "x-ms-retry-after-ms"), _NUMBER),
    **dict.fromkeys(("x-ms-ratelimit-remaining-subscription-reads", "x-ms-ratelimit-remaining-tenant-reads"), _NUMBER),
    "x-ms-ratelimit-remaining-subscription-global-reads": _NUMBER,
    "x-ms-user-quota-remaining": _NUMBER,
    "x-ms-user-quota-resets-after": _CLOCK,
    "x-ms-tenant-subscription-limit-hit": _WORD,
    "x-ms-failure-cause": _WORD,
}
_REQUEST_IDS = frozenset({"x-ms-request-id", "x-ms-correlation-request-id", "request-id"})
_CHALLENGE = 'Bearer error="invalid_token"'
_CLAIMS = 'Bearer error="insufficient_claims", claims="e30="'
_ASKED: Mapping[str, Place] = {
    "subscriptions": ["subscription"],
    "timespan": of_texts(lambda rewriter, span: "/".join(map(rewriter.unknown_text, span.split("/")))),
    "options": {
        "resultformat": "word",
        "$top": FIGURE,
        "$skiptoken": of_texts(lambda rewriter, token: rewriter.redaction.stand_in(token)),
    },
}
_OK = 200
_RUNBOOKS = "microsoft.automation/automationaccounts/runbooks"
_CONTENT = f"{_RUNBOOKS}/content"
_GRAPH = "microsoft.resourcegraph/resources"
_QUERY = "query"


class Exchanges:
    """Puts requests and answers of one cloud under pseudonyms.

    `lost` counts, by what they were, the contents of which not everything that a check knows could be kept.
    """

    def __init__(self, redaction: Redaction, *, arm: str, logs: str) -> None:
        self._rewriter = Rewriter(redaction)
        self._addresses = Addresses(self._rewriter, arm=arm, logs=logs)
        self._runbook_types: dict[str, str] = {}
        self.lost: dict[str, int] = {}

    def request(self, method: str, url: str, body: bytes) -> dict[str, Any]:
        """A request: its method, its URL, and the JSON that it carries."""
        made: dict[str, Any] = {"method": method, "url": self._addresses.url(url)}
        if body:
            made["json"] = self._asked(json.loads(body))
        return made

    def answer(self, url: str, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """An answer: its status, the headers that matter, and its body as JSON, or as the text that stands for it."""
        made: dict[str, Any] = {"status": status, "headers": self._headers(headers)}
        type_ = self._addresses.resource_type(url)
        if type_ == _CONTENT and status == _OK and "html" not in made["headers"].get("Content-Type", ""):
            return made | {"text": self._content(url, body)}
        try:
            decoded = _decoded(body)
            return made | {"json": self._rewriter.at(self._body(url, type_, status, decoded), decoded)}
        except (ValueError, RecursionError):
            return made | {"text": self._no_json(status, body)}
        finally:
            if type_ == _RUNBOOKS and status == _OK:
                self._note_runbooks(body)

    def _asked(self, body: Any) -> Any:
        """The body of a query: its text is this program's own, with the GUIDs of workspaces in it."""
        redaction = self._rewriter.redaction
        if not isinstance(body, dict):
            return self._rewriter.unknown(body)
        made: dict[str, Any] = {}
        for name, value in body.items():
            if name == "query" and isinstance(value, str):
                made[name] = _GUID.sub(lambda found: redaction.value("customer", found[0]), value)
            else:
                made[name] = self._rewriter.at(_ASKED.get(name, Rewriter.unknown), value)
        return made

    def _body(self, here: str, type_: str, status: int, decoded: Any) -> Place:
        if status != _OK:
            return ERROR
        if type_ == _GRAPH:
            return GRAPH
        if type_ == _QUERY:
            return LOGS
        item = BY_TYPE.get(type_, {})
        if isinstance(decoded, list):
            return [item]
        return {
            **ERROR,
            **item,
            "value": [item],
            "nextlink": lambda _, link: self._addresses.link(link, here),
            "count": {"value": "figure", "type": "word"},
        }

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        made: dict[str, str] = {}
        for name, value in headers.items():
            kept = _KEPT_HEADERS.get(name.lower())
            if name.lower() in _REQUEST_IDS and value:
                made[name] = self._rewriter.text("request", value)
            elif name.lower() == "www-authenticate":
                made[name] = _CLAIMS if "claims=" in value else _CHALLENGE
            elif kept is not None and kept.fullmatch(value.strip()):
                made[name] = value
        return made

    def _no_json(self, status: int, body: bytes) -> str:
        """What stands for a body that is no JSON; the message of an error may ask to wait."""
        text = body.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").strip()
        if not text:
            return ""
        if text.startswith("<"):
            return "<html></html>"
        if status == _OK:
            return f"({len(body)} bytes that are no JSON)"
        return message(self._rewriter, text)

    # -- runbooks ---------------------------------------------------------------------------------------------

    def _note_runbooks(self, body: bytes) -> None:
        """Keep in mind of what type the runbooks of a list are, and that they exist."""
        try:
            decoded = _decoded(body)
        except (ValueError, RecursionError):
            return
        items = decoded.get("value") if isinstance(decoded, dict) else None
        for item in items if isinstance(items, list) else []:
            id_ = ArmId.parse(item.get("id")) if isinstance(item, dict) else None
            if id_ is not None:
                fields = item.get("properties")
                written = fields.get("runbookType") if isinstance(fields, dict) else None
                self._runbook_types[id_.key] = written if isinstance(written, str) else ""

    def _content(self, url: str, body: bytes) -> str:
        """The shortest runbook that reads as this one does."""
        path = self._addresses.named(url)
        runbook = ArmId(path.rpartition("/")[0])
        type_ = self._runbook_types.get(runbook.key) or None
        reading = read_runbook(body, type_)
        siblings = runbook.key.rpartition("/")[0]
        calls = [name for name in reading.calls if f"{siblings}/{name}" in self._runbook_types]
        made, alike = runbook_stand_in(reading, type_, (self._rewriter.text("runbook", name) for name in calls))
        if not alike:
            self.lost["runbooks"] = self.lost.get("runbooks", 0) + 1
        return made.decode()


def _decoded(body: bytes) -> Any:
    """Decode JSON as a scan does; half a surrogate pair is left in its text. Raises ValueError and RecursionError."""
    trimmed = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(trimmed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(trimmed, parse_constant=_no_number)


def _no_number(written: str) -> Any:
    raise ValueError(f"{written} is no number of JSON")
