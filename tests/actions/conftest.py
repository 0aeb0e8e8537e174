"""A small report for the stand-in of hwaudit."""

from __future__ import annotations

import pytest
from actions.stand_in import Step
from builders import NOW, account, account_id, days, estate, gap, group, subscription, worker

from reports import FORMATS
from scanner.inventory import Reading
from scanner.pipeline import scan_of


@pytest.fixture(scope="package")
def reports(tmp_path_factory):
    """A small report with a gap, in the formats that the action reads."""
    folder = tmp_path_factory.mktemp("reports")
    parts = (subscription(), account(), group(), worker(age=days(40)))
    scan = scan_of(estate(*parts, gap(Reading.CERTIFICATES, account_id()), as_of=NOW))
    for name in ("json", "markdown"):
        place = folder / f"report.{FORMATS[name].extension}"
        place.write_bytes(b"".join(FORMATS[name].render(scan)))
    return folder


@pytest.fixture
def stand_in(tmp_path, reports):
    """The action with a stand-in for hwaudit."""
    return Step(tmp_path, reports)
