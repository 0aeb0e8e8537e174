"""What a command says on stderr beside the estimate of a scan."""

from __future__ import annotations

import re

ESTIMATE = re.compile(r"^hwaudit: about [\d,]+ requests for [^\n]+\n", re.MULTILINE)


def complaints(stderr: str) -> str:
    """Stderr without the line of the estimate, which comes once at most."""
    assert len(ESTIMATE.findall(stderr)) <= 1
    return ESTIMATE.sub("", stderr)
