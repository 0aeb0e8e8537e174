"""Runs `hwaudit` with the words given, and notes the CPU of its collecting."""

from __future__ import annotations

import sys
from typing import Any
from unittest.mock import patch

from benchmarks.figures import reading
from scanner import scanning
from scanner.cli import main
from scanner.collect import collect_estate
from scanner.inventory import Estate


async def collect_and_note(*inputs: Any, **options: Any) -> Estate:
    """Collect an estate between two looks at the clock."""
    with reading():
        return await collect_estate(*inputs, **options)


if __name__ == "__main__":
    sys.argv[0] = "hwaudit"
    with patch.object(scanning, "collect_estate", collect_and_note):
        main()
