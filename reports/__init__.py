"""Renderers: each turns a Scan into the text of one file, and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

import msgspec

from scanner.findings import Scan


class Renderer(msgspec.Struct, frozen=True):
    """One format: its file's extension, and where its function is (loaded when used)."""

    extension: str
    module: str
    function: str

    def render(self, scan: Scan) -> str:
        """Return the report's text; the same scan gives the same text."""
        function: Callable[[Scan], str] = getattr(importlib.import_module(self.module), self.function)
        return function(scan)


FORMATS: Mapping[str, Renderer] = {
    "html": Renderer("html", "reports.html", "to_html"),
    "json": Renderer("json", "reports.json_report", "to_json"),
}
