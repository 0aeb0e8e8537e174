"""What the shell offers for the values that a command knows; each function gets the word as far as it is typed.

They load what they need when the Tab key is pressed, and what fails then offers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable


def checks(incomplete: str) -> list[tuple[str, str]]:
    """Ids of checks, with their titles."""
    from scanner.checks import all_checks  # noqa: PLC0415 - only the Tab key needs it
    from scanner.settings import RISK_CHECKS  # noqa: PLC0415

    infos = (*(check.info for check in all_checks()), *RISK_CHECKS)
    return [(info.id, info.title) for info in infos if info.id.startswith(incomplete.lower())]


def formats(incomplete: str) -> list[str]:
    """Report formats, after those that stand there already."""
    from reports import FORMATS  # noqa: PLC0415

    return _going_on(incomplete, (*FORMATS, "all"))


def frameworks(incomplete: str) -> list[str]:
    """Ids and aliases of compliance frameworks, after those that stand there already."""
    from scanner.controls import catalogue  # noqa: PLC0415

    known = {name for framework in catalogue().frameworks for name in (framework.id, *framework.aliases)}
    return _going_on(incomplete, sorted(known))


def skipped(incomplete: str) -> list[str]:
    """Words of `--skip`, after those that stand there already."""
    from scanner.options import Skipped  # noqa: PLC0415

    return _going_on(incomplete, Skipped)


def regions(incomplete: str) -> list[tuple[str, str]]:
    """Regions by the names that Azure's API uses, with their display names."""
    from region_map import display_name, known_regions  # noqa: PLC0415

    return [(region, display_name(region)) for region in known_regions() if region.startswith(incomplete.lower())]


def tenants(incomplete: str) -> list[str]:
    """Names of the embedded tenants."""
    from scanner.emulator import TENANTS  # noqa: PLC0415

    return [name for name in TENANTS if name.startswith(incomplete)]


def _going_on(incomplete: str, known: Iterable[str]) -> list[str]:
    """A list separated by commas, gone on with each of the known words that it lacks."""
    before, comma, typed = incomplete.rpartition(",")
    given = before.split(",")
    return [f"{before}{comma}{word}" for word in known if word.startswith(typed) and word not in given]
