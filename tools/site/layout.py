"""Lay the documentation out for the site generator; `python -m tools.site.layout`.

The texts are written for GitHub, where a link is a path of the repository. Here each page is copied to where it stands
on the site, and its links go along: `../README.md#permissions` of docs/permissions.md becomes `readme.md#permissions`.
A link to a file that is no page brings a copy of the file. A link to what is not there, and a page that the menu
lacks, end the run with exit code 1.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from tools.site.navigation import CHECKS, HOME, TITLES, checks, menu, pages, unlisted

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
SETTINGS = Path(__file__).with_name("zensical.toml")
STYLE = Path(__file__).with_name("site.css")

LINK = re.compile(r"(?P<before>!?\[[^\]]*\]\()(?P<target>[^)\s]+)(?P<after>\))")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#|//", re.IGNORECASE)
FENCE = re.compile(r"\s*(?:```|~~~)")
ITEM = re.compile(r"[*+-] |\d+\. ")
MARKER = re.compile(r"<!-- /?[a-z-]+ -->")


class LayoutError(Exception):
    """What must be mended in the pages; the message has one line for each fault."""


def lay_out(root: Path, build: Path) -> int:
    """Write build/site-source and build/zensical.toml; return the number of pages. Raises LayoutError."""
    there = pages(root)
    faults = [f"{path} is in no section of tools/site/navigation.py" for path in unlisted(there)]
    source = build / "site-source"
    shutil.rmtree(source, ignore_errors=True)
    for path in there:
        text, linked, missing = relinked(root, path, there)
        faults += missing
        _write(source / place(path, there), text)
        for file in linked:
            _copy(root / file, source / place(file, there))
    if faults:
        raise LayoutError("\n".join(faults))
    shutil.copyfile(STYLE, source / STYLE.name)
    settings = SETTINGS.read_text(encoding="utf-8")
    _write(build / "zensical.toml", settings.replace("[project]\n", f"[project]\nnav = {navigation(there)}\n", 1))
    return len(there)


def place(path: str, there: list[str]) -> str:
    """Where a file of the repository stands on the site; both are paths relative to their roots.

    The site generator makes any index.md the page of its whole section: only the list of the checks is to be that.
    """
    own = PurePosixPath(path)
    if path in there:
        inner = own.relative_to("docs") if own.is_relative_to("docs") else PurePosixPath(path.lower())
        if own.name == "README.md":
            inner = inner.with_name("index.md" if own.parent == CHECKS else "readme.md")
        return str(inner)
    if own.is_relative_to("docs"):
        return str(own.relative_to("docs"))
    # a site generator leaves out what begins with a dot
    return str(PurePosixPath("files", *(part.lstrip(".") for part in own.parts)))


def relinked(root: Path, path: str, there: list[str]) -> tuple[str, set[str], list[str]]:
    """A page's text with its links as they are on the site, the files that it links to, and the links to nothing."""
    linked: set[str] = set()
    missing: list[str] = []

    def moved(link: re.Match[str]) -> str:
        target, hash_, anchor = link["target"].partition("#")
        if ELSEWHERE.match(link["target"]):
            return link[0]
        goal = posixpath.normpath(PurePosixPath(path).parent / target)
        goal = f"{goal}/README.md" if (root / goal).is_dir() else goal
        if not (root / goal).is_file():
            missing.append(f"{path} links to {link['target']}, which is not there")
            return link[0]
        linked.update({goal} - set(there))
        here = PurePosixPath(place(path, there)).parent
        return f"{link['before']}{posixpath.relpath(place(goal, there), here)}{hash_}{anchor}{link['after']}"

    text = (root / path).read_text(encoding="utf-8")
    return "\n".join(_lines(text, moved)) + "\n", linked, missing


def navigation(there: list[str]) -> str:
    """The menu as a value of TOML: an array of pages and of tables of pages, without what is empty."""
    groups = _sections(checks(there), there)
    overview = [_entry(path, there) for path in [f"{CHECKS}/README.md"] if path in there]
    sections = _sections(menu(there), there)
    if overview or groups:
        sections.append(_section("Checks", [*overview, *groups]))
    return f"[{', '.join([_entry(HOME, there), *sections])}]"


def _sections(pages_of: list[tuple[str, list[str]]], there: list[str]) -> list[str]:
    return [_section(title, [_entry(path, there) for path in of]) for title, of in pages_of if of]


def _lines(text: str, moved: Callable[[re.Match[str]], str]) -> Iterator[str]:
    """The lines with their links moved, but for those of code, in the Markdown of the site generator.

    To it, a table behind a comment belongs to the comment, and a list needs an empty line before it.
    """
    code = False
    before = ""
    for line in text.splitlines():
        code ^= bool(FENCE.match(line))
        if code:
            yield line
        elif not MARKER.fullmatch(line):
            if ITEM.match(line) and before == "text":
                yield ""
            before = "" if not line.strip() else "list" if ITEM.match(line) or before == "list" else "text"
            yield LINK.sub(moved, line)


def _entry(path: str, there: list[str]) -> str:
    page = json.dumps(place(path, there))
    return f"{{ {json.dumps(TITLES[path])} = {page} }}" if path in TITLES else page


def _section(title: str, entries: list[str]) -> str:
    return f"{{ {json.dumps(title)} = [{', '.join(entries)}] }}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, to)


def main() -> int:
    """Lay out this repository; the return value is the exit code."""
    try:
        count = lay_out(ROOT, BUILD)
    except LayoutError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stdout.write(f"laid out {count} pages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
