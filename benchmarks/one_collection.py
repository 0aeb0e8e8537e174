"""The shared task by the product's own collecting: a scan that reads nothing but accounts and their variables.

Prints the number of variables; takes the ARM endpoint and the requests at once, and logs in by the environment.
"""

from __future__ import annotations

import asyncio
import sys
from unittest.mock import patch

from benchmarks.hwaudit import collect_and_note
from scanner import scanning
from scanner.collect import Choice
from scanner.inventory import Reading, Scope
from scanner.inventory.journal import Journal
from scanner.options import Auth, Included

WANTED = frozenset({Reading.SUBSCRIPTIONS, Reading.ACCOUNTS, Reading.VARIABLES})


class OneCollection(Choice, frozen=True):
    """Leaves out every read but those of the task, which no words of the command line can say."""

    @property
    def skipped_readings(self) -> frozenset[Reading]:
        """Everything else."""
        return frozenset(Reading) - WANTED


async def run(arm_endpoint: str, width: int) -> int:
    """Do the task and return the number of variables."""
    connection = scanning.Connection(auth=Auth.ENV, arm_endpoint=arm_endpoint, concurrency=width)
    choice = OneCollection(included=frozenset({Included.VARIABLES}))
    with patch.object(scanning, "collect_estate", collect_and_note):
        estate = await scanning.scan_tenant(connection, Scope(), Journal(), choice=choice)
    return len(estate.variables)


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(run(sys.argv[1], int(sys.argv[2])))}\n")
