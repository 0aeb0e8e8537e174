"""Renderers: each turns a Scan into the text of one file, chunk by chunk, and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping

import msgspec

from scanner.findings import Comparison, Scan


class Renderer(msgspec.Struct, frozen=True):
    """One format: its file's extension, and where its function is (loaded when used)."""

    extension: str
    module: str
    function: str

    def render(self, scan: Scan) -> Iterator[bytes]:
        """The report in chunks of UTF-8, for that of a big estate is long; the same scan gives the same text."""
        function: Callable[[Scan], Iterator[str]] = getattr(importlib.import_module(self.module), self.function)
        return (chunk.encode() for chunk in function(scan))


FORMATS: Mapping[str, Renderer] = {
    "html": Renderer("html", "reports.html", "html_chunks"),
    "json": Renderer("json", "reports.json_report", "json_chunks"),
}


DIFF_FORMATS: Mapping[str, tuple[str, str]] = {
    "text": ("reports.comparison_text", "diff_text"),
    "json": ("reports.comparison_json", "diff_json"),
    "html": ("reports.comparison_html", "diff_html"),
    "markdown": ("reports.comparison_markdown", "diff_markdown"),
}
"""The forms of a comparison: where the function of each is, which gives its text in chunks."""


def rendered_diff(comparison: Comparison, name: str) -> Iterator[str]:
    """A comparison in one of DIFF_FORMATS, in chunks of text."""
    module, function = DIFF_FORMATS[name]
    render: Callable[[Comparison], Iterator[str]] = getattr(importlib.import_module(module), function)
    return render(comparison)
