"""Speaks as much of GitHub's REST API as issues need (docs.github.com/rest, version 2022-11-28, read 2026-11).

The token goes to the host of the API alone: a redirection or a next page elsewhere is refused.
"""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote, urljoin, urlsplit

from rootcauses.plan import Issue

VERSION = "2022-11-28"
PAUSE = 1.0
"""Seconds between writes, by GitHub's best practices for its REST API."""
PATIENCE = 900.0
"""Seconds that one run waits for limits in all."""

_NOT_FOUND = HTTPStatus.NOT_FOUND
_TRIES = 4
_TIMEOUT = 60
_MOST_REDIRECTIONS = 3
_REDIRECTIONS = frozenset({301, 302, 307, 308})
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?')
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class GitHubError(Exception):
    """GitHub did not do what was asked; the text says what to do, and holds no token."""


@dataclass(frozen=True)
class Answer:
    """A response; the names of its headers are lower-cased."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends one request, follows no redirection, and raises OSError where no answer came."""

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """The answer, whatever its status."""


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_options: object) -> None:
        """Follow none: the default handler would pass the token on to another host."""


_OPENER = urllib.request.build_opener(_Unfollowed)


def send(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """The transport of the standard library, through the proxy of the environment if there is one."""
    request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 - https, see Client
    try:
        with _OPENER.open(request, timeout=_TIMEOUT) as response:
            return Answer(response.status, _lowered(response.headers), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lowered(error.headers), error.read())
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error


def _lowered(headers: Any) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Client:
    """The issues of one repository; waits as long as GitHub asks, within PATIENCE."""

    def __init__(
        self,
        api: str,
        repository: str,
        token: str,
        transport: Transport = send,
        *,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(api)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise GitHubError("GITHUB_API_URL must begin with https://, for the token goes there")
        self._origin = (parts.scheme, parts.netloc)
        self._repository = f"{api.rstrip('/')}/repos/{repository}"
        self._token, self._transport = token, transport
        self._wait, self._clock = wait, clock
        self._patience, self._wrote = PATIENCE, False

    # -- what issues need -------------------------------------------------------------------------------------

    def issues(self, label: str) -> Iterator[Issue]:
        """All issues with a label, open or closed, page by page; pull requests are left out."""
        words = f"state=all&per_page=100&sort=created&direction=asc&labels={quote(label, safe='')}"
        url = f"{self._repository}/issues?{words}"
        while url:
            answer = self._request("GET", url)
            yield from (_issue(each) for each in _read(answer, list) if "pull_request" not in each)
            following = _NEXT.search(answer.headers.get("link", ""))
            url = self._own(urljoin(url, following[1])) if following else ""

    def ensure_label(self, label: str) -> None:
        """Make the label where the repository has none of this name."""
        place = f"{self._repository}/labels/{quote(label, safe='')}"
        if self._request("GET", place, fine={_NOT_FOUND}).status == _NOT_FOUND:
            fields = {"name": label, "color": "b60205", "description": "A root cause found by hwaudit"}
            # Another run may have made it in the meantime.
            self._request("POST", f"{self._repository}/labels", fields, fine={HTTPStatus.UNPROCESSABLE_ENTITY})

    def open(self, fields: Mapping[str, object]) -> Issue:
        """Open an issue."""
        return _issue(_read(self._request("POST", f"{self._repository}/issues", fields), dict))

    def change(self, number: int, fields: Mapping[str, object]) -> None:
        """Change fields of an issue."""
        self._request("PATCH", f"{self._repository}/issues/{number}", fields)

    def comment(self, number: int, body: str) -> None:
        """Comment on an issue."""
        self._request("POST", f"{self._repository}/issues/{number}/comments", {"body": body})

    # -- requests ---------------------------------------------------------------------------------------------

    def _request(
        self, method: str, url: str, fields: Mapping[str, object] | None = None, fine: Container[int] = ()
    ) -> Answer:
        """The answer to a request that succeeded, or that ended with a status of `fine`."""
        body = None if fields is None else json.dumps(fields).encode()
        redirections = 0
        for attempt in range(_TRIES + _MOST_REDIRECTIONS):
            answer = self._sent(method, url, body)
            if answer is not None and (answer.status < HTTPStatus.MULTIPLE_CHOICES or answer.status in fine):
                return answer
            if answer is not None and answer.status in _REDIRECTIONS and redirections < _MOST_REDIRECTIONS:
                redirections += 1
                url = self._moved(method, url, answer)
                continue
            pause = self._pause(method, answer, attempt - redirections)
            if pause is None or attempt - redirections + 1 >= _TRIES:
                raise GitHubError(_told(method, answer))
            self._be_patient(pause)
        raise GitHubError("GitHub redirects without an end: try again later")

    def _sent(self, method: str, url: str, body: bytes | None) -> Answer | None:
        """The answer, None where there was none."""
        if method != "GET":
            if self._wrote:
                self._wait(PAUSE)
            self._wrote = True
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "hwaudit-issues",
            "X-GitHub-Api-Version": VERSION,
            **({"Content-Type": "application/json"} if body is not None else {}),
        }
        try:
            return self._transport(method, self._own(url), headers, body)
        except OSError:
            return None

    def _own(self, url: str) -> str:
        """The address itself, if it is on the host of the API."""
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != self._origin:
            raise GitHubError("GitHub points to another host, to which the token is not sent: look at GITHUB_API_URL")
        return url

    def _moved(self, method: str, url: str, answer: Answer) -> str:
        target = self._own(urljoin(url, answer.headers.get("location", "")))
        # 301 and 302 would turn a write into a read.
        if method != "GET" and answer.status not in {307, 308}:
            raise GitHubError("the repository was renamed: run the workflow again, so that it learns its new name")
        return target

    def _pause(self, method: str, answer: Answer | None, attempt: int) -> float | None:
        """Seconds until the request may be sent again; None where it must not be.

        What creates something is sent again only where GitHub refused it: an answer that got lost says nothing.
        """
        if answer is None or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return None if method == "POST" else 2.0**attempt
        if not _is_limited(answer):
            return None
        after, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
        if after.isdecimal():
            return float(after)
        if answer.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
            return max(1.0, float(reset) - self._clock() + 1)
        return 60 * 2.0**attempt

    def _be_patient(self, pause: float) -> None:
        if pause > self._patience:
            raise GitHubError(_USED_UP)
        self._patience -= pause
        self._wait(pause)


def _is_limited(answer: Answer) -> bool:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    told = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return answer.status == HTTPStatus.FORBIDDEN and (told or b"rate limit" in answer.body.lower())


_USED_UP = "GitHub's limit of requests is used up: the next run goes on from here"
_ADVICE: Mapping[int, str] = {
    401: "GitHub does not accept the token: pass `token: ${{ github.token }}`, or one that is valid",
    403: "the token may not do this: give the job `permissions: issues: write` (a run for a fork's pull request has no "
    "such right, and an archived repository takes no issues)",
    404: "the repository was not found, or the token does not see it: give the job `permissions: issues: write`",
    410: "issues are switched off in this repository: switch them on in its settings",
    422: "GitHub refuses a field: look at the inputs `label` and `assignees`",
}


def _told(method: str, answer: Answer | None) -> str:
    """What went wrong and what to do; of GitHub's own words none are repeated, for they may repeat names."""
    if answer is None:
        return "GitHub cannot be reached: look at the way to GITHUB_API_URL (DNS, proxy, TLS)"
    if _is_limited(answer):
        return _USED_UP
    if answer.status in _ADVICE:
        return f"{answer.status}: {_ADVICE[answer.status]}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        lost = "; whether it was done, the next run sees" if method == "POST" else ""
        return f"GitHub failed with {answer.status}: run this again later{lost}"
    return f"GitHub answered {answer.status}: run this again later"


def _read(answer: Answer, kind: type[Any]) -> Any:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    if not isinstance(told, kind):
        raise GitHubError("the answer is not of GitHub's API: look at GITHUB_API_URL, and at the proxy")
    return told


def _issue(told: Mapping[str, Any]) -> Issue:
    labels = (each if isinstance(each, str) else each["name"] for each in told["labels"])
    return Issue(
        number=int(told["number"]),
        title=str(told["title"]),
        body=str(told["body"] or ""),
        is_open=told["state"] == "open",
        reason=str(told.get("state_reason") or ""),
        author=str((told["user"] or {}).get("login", "")),
        labels=frozenset(str(label).lower() for label in labels),
    )
