"""Follow every link of a built site; `python -m tools.site.links build/site`.

A link inside the site must lead to a file, and its fragment to an id of that file. A page must load nothing from
another host: no font, script, style or picture. Links to other hosts are read, not followed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

LOADING = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src")}
"""Where a browser fetches an address by itself."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address as an element names it."""

    url: str
    loading: bool


@dataclass(slots=True)
class Page(HTMLParser):
    """The addresses and ids of one page."""

    path: Path
    links: list[Link] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the ids and the addresses of an element."""
        for name, value in attrs:
            if name == "id" or (tag, name) == ("a", "name"):
                self.ids.add(value or "")
            elif (tag, name) == ("a", "href") or (tag, name) in LOADING:
                self.links.append(Link(value or "", (tag, name) in LOADING))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was followed, and what leads nowhere."""

    pages: int
    inside: int
    fragments: int
    elsewhere: int
    faults: tuple[str, ...]


def check(site: Path) -> Outcome:
    """Follow the links of every HTML file below a directory."""
    pages = {path: Page(path) for path in sorted(site.resolve().rglob("*.html"))}
    found = [(page, link, urlsplit(link.url)) for page in pages.values() for link in page.links]
    faults = [
        f"{page.path.relative_to(site.resolve()).as_posix()}: {link.url or 'an empty address'} {fault}"
        for page, link, url in found
        for fault in _faults(page, link, url, pages, site.resolve())
    ]
    outside = sum(bool(url.scheme or url.netloc) for _, _, url in found)
    fragments = sum(bool(url.fragment) and not url.netloc for _, _, url in found)
    return Outcome(len(pages), len(found) - outside, fragments, outside, tuple(faults))


def _faults(page: Page, link: Link, url: SplitResult, pages: dict[Path, Page], site: Path) -> Iterator[str]:
    if url.scheme == "data":
        return
    if url.scheme or url.netloc:
        if link.loading:
            yield "is loaded from elsewhere"
        elif url.scheme not in {"https", "http"} or not url.netloc.strip(".") or " " in link.url:
            yield "is no address of the web"
        return
    target = _target(page.path, unquote(url.path), site)
    if not link.url or not target.is_relative_to(site):
        yield "leads out of the site"
    elif not target.is_file():
        yield "leads to no file"
    elif url.fragment and target in pages and unquote(url.fragment) not in {*pages[target].ids, "__top"}:
        yield "names no place on that page"


def _target(page: Path, path: str, site: Path) -> Path:
    """The file of a link; the page of errors alone may count from the root, as it is shown at any address."""
    if page.name == "404.html" and path.startswith("/"):
        return (site / path.lstrip("/")).resolve()
    return (page.parent / path).resolve() if path else page


def main(arguments: list[str]) -> int:
    """Check one site; the return value is the exit code."""
    outcome = check(Path(arguments[0]))
    sys.stderr.write("".join(f"{fault}\n" for fault in outcome.faults))
    sys.stdout.write(
        f"{outcome.pages} pages: {outcome.inside} links inside, {outcome.fragments} of them with a fragment, "
        f"{outcome.elsewhere} to elsewhere; {len(outcome.faults)} faults\n"
    )
    return 1 if outcome.faults or not outcome.pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
