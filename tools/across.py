"""Write the log queries as they are asked of several workspaces, for `make kql`; `python -m tools.across FOLDER`.

Each becomes FOLDER/<name>.kql, of as many workspaces as one query may have.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from scanner.collect._log_batches import MOST_ACROSS
from scanner.collect._log_queries import QUERIES
from scanner.collect._lookback import Window

_END = datetime(2026, 1, 1, tzinfo=UTC)
_WINDOW = Window(_END - timedelta(days=31), _END, shortened=False)


def write(folder: Path) -> None:
    """Write the queries; a folder that is not there is made."""
    folder.mkdir(parents=True, exist_ok=True)
    customer_ids = [str(UUID(int=number)) for number in range(MOST_ACROSS)]
    for query in QUERIES.values():
        (folder / query.file).write_text(query.across(customer_ids, _WINDOW), "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
