"""Which Log Analytics workspace regions an Automation account may link: the dated mapping tables and their lookup.

The tables are transcribed from Microsoft's region-mappings article; each carries its source and date.
Region names compare without case and spaces.
"""

from region_map.lookup import (
    Answer,
    Verdict,
    account_regions_for,
    first_documented,
    known_regions,
    lookup,
    suggest,
    workspace_regions_for,
)
from region_map.tables import (
    DEFAULT_CLOUD,
    VERSION,
    Row,
    Source,
    Table,
    Unmapped,
    clouds,
    display_name,
    history,
    newest,
    normalise,
    unmapped,
)

__all__ = [
    "DEFAULT_CLOUD",
    "VERSION",
    "Answer",
    "Row",
    "Source",
    "Table",
    "Unmapped",
    "Verdict",
    "account_regions_for",
    "clouds",
    "display_name",
    "first_documented",
    "history",
    "known_regions",
    "lookup",
    "newest",
    "normalise",
    "suggest",
    "unmapped",
    "workspace_regions_for",
]
