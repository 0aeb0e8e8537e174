"""What an HTTP answer means: a body, the service's word that there is no such thing, or the reason of a Gap."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)

from scanner.escape import without_logins
from scanner.inventory import GapReason
from scanner.policies import LONGEST_OBEYED_WAIT
from scanner.waits import asked_wait

_NOT_REGISTERED = {"missingsubscriptionregistration", "subscriptionnotregistered", "invalidresourcenamespace"}
_UNSUPPORTED_VERSION = {"invalidapiversionparameter", "noregisteredproviderfound", "invalidresourcetype"}
_NOT_VISIBLE = {"subscriptionnotfound", "invalidsubscriptionid"}
_CALLER = re.compile(
    r"\b(client|user|principal|service principal|application) '[^']*'"
    r"(?:,? (?:with )?(?:object id|appid|application id) '[^']*'| \(AppId '[^']*'\))*",
    re.IGNORECASE,
)
_OBJECT_ID = re.compile(
    r"\b(?:with )?(?:object ?id|principal ?id|oid|puid|altsecid)\b[\s:=]*"
    r"(?:'[^']*'|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-F]{16}\b)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[^\s'\"<>()]+@[^\s'\"<>()]+\.[A-Za-z]{2,}")
_ACTION = re.compile(r"perform action '([^']+)'")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?")
_ADDRESS = re.compile(
    r"'?(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)'?"
    r"|'?(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])'?"
    r"|'?(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}(?![\w:])'?",
    re.IGNORECASE,
)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONGEST_MESSAGE = 400
_DEEPEST_ERROR = 5
_NETWORK_REFUSALS = {"nspvalidationfailederror"}
LOGIN_FAILED = "LoginFailed"
"""The code of a Gap behind which no answer of the service stands, but a token that could not be had."""


class NotAnswered(Exception):
    """A read that ended without an answer; becomes a Gap."""

    def __init__(
        self, reason: GapReason, message: str, *, status: int | None = None, code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(anonymous(message))
        self.reason = reason
        self.message = anonymous(message)
        self.status = status
        self.code = anonymous(code)
        self.request_id = request_id
        found = _ACTION.search(message)
        self.action = found[1] if found else None

    @property
    def lacks_permission(self) -> bool:
        """Whether a role would have answered it; a login that failed (401) or a closed network lacks no role."""
        by_role = self.status != 401 and self.code != LOGIN_FAILED  # noqa: PLR2004
        return self.reason is GapReason.DENIED and by_role and self.code.lower() not in _NETWORK_REFUSALS


class Answer(msgspec.Struct, frozen=True):
    """One HTTP answer, with its body still undecoded, and the UTC moment at which it was complete."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    read_at: datetime

    @property
    def request_id(self) -> str:
        """The service's id of the request, for a support ticket."""
        names = ("x-ms-request-id", "x-ms-correlation-request-id", "request-id")
        return next((self.headers[name] for name in names if self.headers.get(name)), "")

    def json(self) -> Any:
        """Decode the body; raises NotAnswered for one that is not JSON.

        Half a surrogate pair is left in its text, so that it costs the item that has it and not the whole page.
        """
        body = self.body.removeprefix(b"\xef\xbb\xbf")
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if _SURROGATE.search(body):
                return self._with_halves(body)
            raise self.refused(GapReason.MALFORMED, f"the answer is not JSON ({_kind(self.body)})") from error

    def _with_halves(self, body: bytes) -> Any:
        try:
            return json.loads(body, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise self.refused(GapReason.MALFORMED, f"the answer is not JSON ({_kind(body)})") from error

    def refused(self, reason: GapReason, message: str, code: str = "") -> NotAnswered:
        """Build the outcome that carries this answer's status and request id."""
        return NotAnswered(reason, message, status=self.status, code=code, request_id=self.request_id)

    def error(self) -> tuple[str, str]:
        """Return the code and message of an error body, in any of Azure's shapes; empty when it has none."""
        try:
            body = msgspec.json.decode(self.body.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "", f"HTTP {self.status} with {_kind(self.body)}"
        wrapped = body.get("error") if isinstance(body, dict) else None
        inner = wrapped if isinstance(wrapped, dict) else body
        if not isinstance(inner, dict):
            return "", f"HTTP {self.status} without an error in its JSON"
        code, message = (inner.get(name) or inner.get(name.title()) for name in ("code", "message"))
        nested = inner_errors(inner)
        network = next((own for own, _ in nested if own.lower() in _NETWORK_REFUSALS), None)
        told = [str(message or "").rstrip(".") if nested else str(message or ""), *(text for _, text in nested)]
        return network or str(code or ""), ": ".join(text for text in told if text)


def inner_errors(error: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The code and message of each error within an error, from the outside in; log queries nest two or three."""
    found: list[tuple[str, str]] = []
    inner = error.get("innererror")
    while isinstance(inner, dict) and len(found) < _DEEPEST_ERROR:
        code, message = inner.get("code"), inner.get("message")
        if isinstance(message, str) and message:
            found.append((str(code or ""), message.rstrip(".")))
        inner = inner.get("innererror")
    return found


def body_or_missing(answer: Answer, *, listed_subscription: bool) -> Any | None:
    """Return the decoded body of a 200, or None when the service itself says that there is no such resource.

    A 404 is the service's word only with an error body of its own, in a subscription that the login lists.
    Raises NotAnswered for everything else.
    """
    if answer.status == 200:  # noqa: PLR2004
        return answer.json()
    code, message = answer.error()
    if answer.status == 404 and code:  # noqa: PLR2004
        known = {*_NOT_REGISTERED, *_UNSUPPORTED_VERSION, *_NOT_VISIBLE}
        if code.lower() not in known and listed_subscription:
            return None
    wait = asked_wait(answer.status, answer.headers, answer.body)
    given_up = wait is not None and wait > LONGEST_OBEYED_WAIT and answer.status != 429  # noqa: PLR2004
    reason = GapReason.FAILED if given_up else _reason(answer.status, code)
    raise answer.refused(reason, message or f"HTTP {answer.status}", code)


def _reason(status: int, code: str) -> GapReason:
    if code.lower() in _NOT_REGISTERED:
        return GapReason.NOT_REGISTERED
    if status in {401, 403} or code.lower() in _NOT_VISIBLE:
        return GapReason.DENIED
    if status == 404:  # noqa: PLR2004 - a 404 of nobody known, or where a foreign subscription answers so to all
        return GapReason.DENIED if code and code.lower() not in _UNSUPPORTED_VERSION else GapReason.FAILED
    by_status = {429: GapReason.THROTTLED, 408: GapReason.TIMEOUT, 504: GapReason.TIMEOUT}
    if status in by_status:
        return by_status[status]
    return GapReason.MALFORMED if 200 <= status < 400 else GapReason.FAILED  # noqa: PLR2004


def offered_version(answer: Answer, refused: str) -> str | None:
    """Return the newest api-version that an error offers instead of the refused one; None when it offers none."""
    if answer.status not in {400, 404}:
        return None
    code, message = answer.error()
    if code.lower() not in _UNSUPPORTED_VERSION:
        return None
    offered = set(_VERSION.findall(message)) - {refused}
    return max(offered, key=lambda version: (version[:10], "preview" not in version), default=None)


def not_answered(error: AzureError) -> NotAnswered:
    """Turn what the transport or the login raised into an outcome."""
    # The text of an HttpResponseError would go on with the whole body.
    message = " ".join(error.message.split()) or type(error).__name__
    if isinstance(error, ServiceRequestTimeoutError | ServiceResponseTimeoutError):
        return NotAnswered(GapReason.TIMEOUT, message)
    if isinstance(error, ClientAuthenticationError):
        return NotAnswered(GapReason.DENIED, message, code=LOGIN_FAILED)
    return NotAnswered(GapReason.UNREACHABLE, message)


def anonymous(message: str) -> str:
    """Take the caller's name, object id and address out of a message, and cut it to a readable length."""
    text = _ADDRESS.sub("(address removed)", _CALLER.sub(r"\1", without_logins(" ".join(message.split()))))
    text = _MAIL.sub("(name removed)", _OBJECT_ID.sub("(object id removed)", text))
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 3] + "..."


def _kind(body: bytes) -> str:
    """What an answer is that is no JSON; never a part of it, which may be a runbook, a URI or a value."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        return "an empty body"
    return "a page of html or xml" if text.startswith(b"<") else f"{len(body)} bytes of something else"


def _no_number(written: str) -> Any:
    raise ValueError(f"{written} is no number of JSON")
