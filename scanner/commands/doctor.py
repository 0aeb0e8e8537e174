"""`hwaudit doctor`."""

from __future__ import annotations

from scanner.errors import UsageError


def doctor() -> None:
    """Check credentials, clock and permissions (not available yet)."""
    raise UsageError("`hwaudit doctor` is not available yet", "the README lists the permissions that a scan needs")
