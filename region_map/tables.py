"""The dated mapping tables and the regions without a row, read once from `tables.json`."""

from datetime import date
from functools import cache

import msgspec

VERSION = "2023-03-16"
"""Date of the newest mapping tables; no later version of the article was found."""

DEFAULT_CLOUD = "AzureCloud"
"""The cloud whose tables stand in for a cloud that has none of its own."""


class Source(msgspec.Struct, frozen=True):
    """Where a table was read: the document, its version (a commit, or the date in it) and what is uncertain."""

    document: str
    version: str
    caveat: str = ""

    @property
    def citation(self) -> str:
        """One line that names document and version, with the caveat in brackets."""
        return f"{self.document}, {self.version}" + (f" ({self.caveat})" if self.caveat else "")


class Row(msgspec.Struct, frozen=True):
    """One documented pair; `workspace_region` as printed, `normalised` the region meant where that is a typo."""

    workspace_region: str
    automation_region: str
    note: str = ""
    update_management_only: bool = False
    normalised: str | None = None

    @property
    def workspace(self) -> str:
        """The workspace region that the row stands for, and the one to compare with."""
        return self.normalised or self.workspace_region


class Table(msgspec.Struct, frozen=True):
    """One dated version of one cloud's table; `remark` tells what else that version of the article says."""

    date: date
    cloud: str
    source: Source
    rows: tuple[Row, ...]
    remark: str = ""

    def row(self, workspace_region: str, account_region: str) -> Row | None:
        """The row of this pair of normalised region names."""
        pair = workspace_region, account_region
        return next((row for row in self.rows if (row.workspace, row.automation_region) == pair), None)


class Unmapped(msgspec.Struct, frozen=True):
    """Automation regions of one cloud that a dated source names and that no mapping table has a row for."""

    cloud: str
    date: date
    source: Source
    regions: tuple[str, ...]


class _Data(msgspec.Struct, frozen=True):
    tables: tuple[Table, ...]
    unmapped: tuple[Unmapped, ...]
    display_names: dict[str, str]


@cache
def _data() -> _Data:
    from importlib.resources import files  # noqa: PLC0415 - slower to import than all of this package

    return msgspec.json.decode(files("region_map").joinpath("tables.json").read_bytes(), type=_Data)


def normalise(name: str) -> str:
    """The form in which region names compare: lower case, no white space (`East US 2` is `eastus2`)."""
    return "".join(name.lower().split())


def display_name(region: str) -> str:
    """Azure's display name of a region in any spelling; a region that is not known is returned as given."""
    return _data().display_names.get(normalise(region), region)


@cache
def clouds() -> tuple[str, ...]:
    """The clouds that have tables of their own."""
    return tuple(sorted({table.cloud for table in _data().tables}))


def history(cloud: str = DEFAULT_CLOUD) -> tuple[Table, ...]:
    """Every version of the cloud's table, oldest first; AzureCloud's for a cloud without tables (see `Table.cloud`)."""
    own = cloud if cloud in clouds() else DEFAULT_CLOUD
    return tuple(sorted((t for t in _data().tables if t.cloud == own), key=lambda table: table.date))


@cache
def newest(cloud: str = DEFAULT_CLOUD) -> Table:
    """The newest table of the cloud; AzureCloud's for a cloud without tables (see `Table.cloud`)."""
    return history(cloud)[-1]


def unmapped(cloud: str = DEFAULT_CLOUD) -> tuple[Unmapped, ...]:
    """The cloud's lists of Automation regions without any row, one list per source."""
    own = newest(cloud).cloud
    return tuple(listing for listing in _data().unmapped if listing.cloud == own)
