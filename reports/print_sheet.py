"""What stands at the edges of each printed page: the tenant, the date, the version and the page's number."""

from __future__ import annotations

import re

from scanner import __version__
from scanner.inventory import ScanFacts

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,:_-]")


def print_sheet(facts: ScanFacts) -> str:
    """The style of the printed pages' margins; a tenant's id is text from outside, so only plain characters stay."""
    tenant = f"Tenant {_UNSAFE.sub('', facts.tenant_id or 'not told')[:64]}"
    if facts.tenants:
        tenant = f"{len(facts.tenants)} tenants"
    judged = facts.as_of or facts.finished_at
    edges = {
        "top-left": '"Hybrid worker audit"',
        "top-right": f'"{tenant}"',
        "bottom-left": f'"As of {judged:%Y-%m-%d %H:%M} UTC, hybrid-worker-audit {__version__}"',
        "bottom-right": '"Page " counter(page) " of " counter(pages)',
    }
    boxes = " ".join(f"@{edge} {{ content: {content}; }}" for edge, content in edges.items())
    return f"@media print {{ @page {{ {boxes} }} }}\n"
