"""Renders what changed between two scans as one HTML page that loads nothing and has no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.comparison_words import heading, sections, verdict
from reports.values import printed
from scanner import __version__
from scanner.findings import Comparison

_PIECES_AT_ONCE = 2000
"""Pieces of a template that make a chunk, some ten kB."""


def diff_html(comparison: Comparison) -> Iterator[str]:
    """The page in pieces; the same comparison gives the same page."""
    style = files("reports").joinpath("templates", "comparison.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=printed,
    )
    stream = environment.get_template("comparison.html.j2").stream(
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - this package's own file: escaping would break it and its digest
        comparison=comparison,
        heading=heading(comparison),
        verdict=verdict(comparison),
        sections=sections(comparison),
        version=__version__,
    )
    stream.enable_buffering(_PIECES_AT_ONCE)
    return stream
