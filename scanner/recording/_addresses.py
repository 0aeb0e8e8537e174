"""Addresses of requests and of next pages under pseudonyms, rewritten alike, so that one leads to the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from scanner.recording._rewriting import TIME, Rewriter

ARM = "https://arm.recorded.invalid"
"""What stands for the cloud's Azure Resource Manager; `.invalid` never resolves (RFC 2606)."""
LOGS = "https://logs.recorded.invalid"
"""What stands for the cloud's endpoint of log queries."""
UNREADABLE = "https://["
"""What stands for an address that nobody can read."""

_LOG_QUERY = re.compile(r"/v1/workspaces/(?P<workspace>[^/]+)/query", re.IGNORECASE)
_ACTIVITY = re.compile(
    r"(?P<scope>.*)(?P<log>/providers/microsoft\.insights/eventtypes/management/values)", re.IGNORECASE
)
_OPTIONS = frozenset(
    {
        *("api-version", "$skiptoken", "$skip", "$top", "$filter", "$expand", "$select", "$orderby", "statusonly"),
        *("metricnames", "timespan", "interval", "aggregation", "top"),
    }
)
_OWN_TEXTS = frozenset(
    {
        *("instanceView", "true", "Count", "PT6H", "HybridWorkerPing"),
        "eventTimestamp,operationName,resourceId,status",
    }
)
"""Values of this program's own requests."""
_FILTER_WORDS = frozenset(
    "eventTimestamp resourceProvider location HybridWorkerGroup HybridWorker and eq ge le".lower().split()
)
_READABLE = "':/,*"
_QUOTED = re.compile(r"'([^']*)'")
_NUMBER = re.compile(r"\d{1,9}")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?")


class Addresses:
    """Rewrites the addresses of one cloud, whose endpoints are https URLs without a trailing slash."""

    def __init__(self, rewriter: Rewriter, *, arm: str, logs: str) -> None:
        self._rewriter = rewriter
        self._bases = {_origin(base): shown for base, shown in ((logs, LOGS), (arm, ARM)) if base}

    def url(self, written: str) -> str:
        """An absolute URL."""
        try:
            parts = urlsplit(written)
            base = self._bases.get(_origin(written)) or self._foreign(parts.scheme, parts.hostname or "")
        except ValueError:
            return UNREADABLE
        return base + self._rest(parts.path, parts.query)

    def link(self, value: object, here: str) -> object:
        """What a nextLink of the page at `here` says: an absolute URL, a path, or something that nobody can follow."""
        if not isinstance(value, str):
            return self._rewriter.unknown(value)
        written = value.strip()
        if not written:
            return value
        if written.encode("utf-8", "replace").decode() != written:
            return UNREADABLE
        if written.startswith("/") and not written.startswith("//"):
            path, _, query = written.partition("?")
            return self._rest(path, query)
        try:
            target = urljoin(here, written)
        except ValueError:
            return UNREADABLE
        return self.url(target) if re.match(r"https?://", target, re.IGNORECASE) else UNREADABLE

    def resource_type(self, written: str) -> str:
        """The lower-cased type of what an absolute URL names, such as `microsoft.compute/skus`; `query` for logs."""
        path = urlsplit(written).path
        if _LOG_QUERY.fullmatch(path):
            return "query"
        lowered = path.strip("/").lower().split("/")
        starts = [index for index in range(0, len(lowered), 2) if lowered[index] == "providers"]
        if not starts:
            return lowered[0]
        tail = lowered[starts[-1] + 1 :]
        return "/".join([*tail[:1], *tail[1::2]])

    def named(self, written: str) -> str:
        """The path of an absolute URL with its names unquoted: the id of what it asks for."""
        return unquote(urlsplit(written).path)

    def _foreign(self, scheme: str, host: str) -> str:
        return f"{'http' if scheme.lower() == 'http' else 'https'}://{self._rewriter.redaction.host(host)}"

    def _rest(self, path: str, query: str) -> str:
        return self._path(path) + (f"?{self._query(query)}" if query else "")

    def _path(self, path: str) -> str:
        rewrite = self._rewriter.text
        if (found := _LOG_QUERY.fullmatch(path)) is not None:
            return f"/v1/workspaces/{quote(rewrite('customer', unquote(found['workspace'])), safe='')}/query"
        if (found := _ACTIVITY.fullmatch(path)) is not None:
            return self._id(found["scope"]) + found["log"]
        return self._id(path)

    def _id(self, path: str) -> str:
        segments = [unquote(segment) for segment in path.split("/")]
        if path in {"", "/"}:
            return path
        if any("/" in segment for segment in segments):
            return f"/{self._rewriter.redaction.stand_in(path)}"
        return quote(self._rewriter.redaction.value("scope", "/".join(segments)), safe="/()$")

    def _query(self, query: str) -> str:
        return "&".join(f"{name}={quote(value, safe=_READABLE)}" for name, value in self._options(query))

    def _options(self, query: str) -> Iterator[tuple[str, str]]:
        for name, value in parse_qsl(query, keep_blank_values=True):
            shown = name if name.lower() in _OPTIONS else self._rewriter.redaction.stand_in(name)
            yield shown, self._option(name.lower(), value)

    def _option(self, name: str, value: str) -> str:
        if name == "$filter":
            return self._filter(value)
        times = value.split("/")
        harmless = (
            value in _OWN_TEXTS
            or _NUMBER.fullmatch(value)
            or _VERSION.fullmatch(value)
            or all(TIME.fullmatch(time) for time in times)
        )
        return value if harmless else self._rewriter.redaction.stand_in(value) if value else value

    def _filter(self, value: str) -> str:
        words = _QUOTED.sub("", value).lower().split()
        if not _FILTER_WORDS.issuperset(words):
            return self._rewriter.redaction.stand_in(value)
        return _QUOTED.sub(lambda found: f"'{self._quoted(found[1])}'", value)

    def _quoted(self, value: str) -> str:
        if value == "*" or TIME.fullmatch(value) or self._rewriter.redaction.is_azures(value):
            return value
        return self._rewriter.text("region", value)


def _origin(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or 443
