"""Renderers: each turns a Scan into one file, chunk by chunk, and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping

import msgspec

from scanner.findings import Comparison, Scan


class Renderer(msgspec.Struct, frozen=True):
    """One format: its file's extension, and where its function is (loaded when used).

    `companions` are files that go beside the report, by name, each with the renderer that writes it.
    """

    extension: str
    module: str
    function: str
    companions: Mapping[str, Renderer] = {}

    def render(self, scan: Scan) -> Iterator[bytes]:
        """The file in chunks, text as UTF-8, for that of a big estate is long; the same scan gives the same bytes."""
        function: Callable[[Scan], Iterator[str | bytes]] = getattr(importlib.import_module(self.module), self.function)
        return (chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in function(scan))


INVENTORY = "hwaudit-inventory.txt"
"""The file whose lines are the locations of a SARIF report."""

FORMATS: Mapping[str, Renderer] = {
    "html": Renderer("html", "reports.html", "html_chunks"),
    "json": Renderer("json", "reports.json_report", "json_chunks"),
    "jsonl": Renderer("jsonl", "reports.jsonl", "jsonl_chunks"),
    "sarif": Renderer(
        "sarif",
        "reports.sarif",
        "sarif_chunks",
        {INVENTORY: Renderer("txt", "reports.inventory", "inventory_chunks")},
    ),
    "junit": Renderer("junit.xml", "reports.junit", "junit_chunks"),
    "csv": Renderer("csv", "reports.csv_report", "csv_chunks"),
    "markdown": Renderer("md", "reports.markdown", "markdown_chunks"),
    "digest": Renderer("digest.md", "reports.digest", "digest_chunks"),
    "ocsf": Renderer("ocsf.json", "reports.ocsf", "ocsf_chunks"),
    "graphml": Renderer("graphml", "reports.graphml", "graphml_chunks"),
    "xlsx": Renderer("xlsx", "reports.xlsx", "xlsx_chunks"),
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
