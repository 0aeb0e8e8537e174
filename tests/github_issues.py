"""A stand-in for the issues of one GitHub repository: its state, its pages, its rules, and failures on demand.

By "REST API endpoints for issues", "for labels" and "Rate limits for the REST API" (docs.github.com, read 2026-11).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rootcauses.github import Answer

BOT = "github-actions[bot]"
TOKEN = "ghs_stand-in"
REPOSITORY = "acme/audits"
MOST_BODY = 65_536
MOST_TITLE = 256


@dataclass
class GitHub:
    """Answers as GitHub would; `failures` are given first, one for each request."""

    api: str = "https://api.github.example"
    login: str = BOT
    may_label: bool = True
    page: int = 100
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    writes: list[tuple[str, str]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    failures: list[Answer | OSError | None] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        self.requests.append((method, url))
        assert url.startswith(self.api + "/")
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, OSError):
            raise failure
        if failure is not None:
            return failure
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return answer(401, {"message": "Bad credentials"})
        fields = json.loads(body) if body else {}
        path = urlsplit(url).path.removeprefix(urlsplit(self.api).path)
        prefix = f"/repos/{REPOSITORY}/"
        if not path.startswith(prefix):
            return answer(404, {"message": "Not Found"})
        if method != "GET":
            self.writes.append((method, path.removeprefix(prefix)))
        return self._answer(method, path.removeprefix(prefix).split("/"), fields, parse_qs(urlsplit(url).query))

    def opened_by(self, login: str, title: str, body: str, *labels: str, **fields: Any) -> int:
        """An issue that somebody opened by hand."""
        number = len(self.issues) + 1
        self.issues[number] = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "state_reason": None,
            "user": {"login": login},
            "labels": [{"name": label} for label in labels],
            **fields,
        }
        self.comments[number] = []
        return number

    def close(self, number: int, reason: str) -> None:
        """A person closes an issue."""
        self.issues[number] |= {"state": "closed", "state_reason": reason}

    @property
    def open(self) -> list[dict[str, Any]]:
        return [issue for issue in self.issues.values() if issue["state"] == "open"]

    def _answer(self, method: str, path: list[str], fields: dict[str, Any], query: dict[str, list[str]]) -> Answer:  # noqa: PLR0911 - an answer for each route
        match method, path:
            case "GET", ["issues"]:
                return self._listed(query)
            case "POST", ["issues"]:
                return self._refused(fields) or answer(201, self._opened(fields))
            case "PATCH", ["issues", number]:
                return self._refused(fields) or answer(200, self._changed(int(number), fields))
            case "POST", ["issues", number, "comments"]:
                self.comments[int(number)].append(fields["body"])
                return answer(201, {"id": 1})
            case "GET", ["labels", name]:
                return answer(200, {"name": name}) if name in self.labels else answer(404, {"message": "Not Found"})
            case "POST", ["labels"]:
                if fields["name"] in self.labels:
                    return answer(422, {"errors": [{"code": "already_exists"}]})
                self.labels.add(fields["name"])
                return answer(201, fields)
        raise AssertionError((method, path))

    def _listed(self, query: dict[str, list[str]]) -> Answer:
        [wanted], number = query["labels"], int(query.get("page", ["1"])[0])
        found = [
            issue
            for issue in self.issues.values()
            if wanted.lower() in {label["name"].lower() for label in issue["labels"]}
            and query["state"][0] in {"all", issue["state"]}
        ]
        assert int(query["per_page"][0]) <= 100
        first = (number - 1) * self.page
        rest = found[first + self.page :]
        following = f"{self.api}/repos/{REPOSITORY}/issues?state=all&per_page=100&labels={wanted}&page={number + 1}"
        link = {"link": f'<{self.api}/first>; rel="first", <{following}>; rel="next"'} if rest else {}
        return answer(200, found[first : first + self.page], **link)

    def _opened(self, fields: dict[str, Any]) -> dict[str, Any]:
        labels = fields.get("labels", ()) if self.may_label else ()
        number = self.opened_by(
            self.login, fields["title"], fields["body"], *labels, assignees=fields.get("assignees", [])
        )
        return self.issues[number]

    def _changed(self, number: int, fields: dict[str, Any]) -> dict[str, Any]:
        issue = self.issues[number]
        # The reason is ignored unless the state changes with it.
        kept = {} if fields.get("state", issue["state"]) != issue["state"] else {"state_reason": issue["state_reason"]}
        issue |= fields | kept
        return issue

    def _refused(self, fields: dict[str, Any]) -> Answer | None:
        too_long = len(fields.get("body", "")) > MOST_BODY or len(fields.get("title", "")) > MOST_TITLE
        known = {"title", "body", "labels", "assignees", "state", "state_reason"}
        reason = fields.get("state_reason", "completed") in {"completed", "not_planned", "reopened"}
        return (
            None
            if not too_long and fields.keys() <= known and reason
            else answer(422, {"message": "Validation Failed"})
        )


def answer(status: int, told: Any = None, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(told).encode())


def serve(github: GitHub) -> ThreadingHTTPServer:
    """The stand-in on loopback, in a thread; `github.api` becomes its address."""

    class Door(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
            told = github(self.command, f"{github.api}{self.path}", dict(self.headers), body)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_PATCH = _do  # noqa: N815 - names of http.server

        def log_message(self, *_args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    github.api = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    return server
