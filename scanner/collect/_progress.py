"""What a scan tells while it runs, and the telling that nobody hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from scanner.inventory import Resource

if TYPE_CHECKING:
    from scanner.collect._estimate import Estimate


class Progress(Protocol):
    """What a scan tells while it runs."""

    def planned(self) -> None:
        """One more read is planned."""
        ...

    def done(self, *, gap: bool) -> None:
        """One read ended."""
        ...

    def found(self, resource: Resource) -> None:
        """One resource was seen."""
        ...

    def estimated(self, estimate: Estimate) -> None:
        """The accounts are known, and with them about how much there is to do; told once, if at all."""
        ...


class Unwatched(Progress):
    """Progress that nobody watches."""

    def planned(self) -> None:
        """Say nothing."""

    def done(self, *, gap: bool) -> None:
        """Say nothing."""

    def found(self, resource: Resource) -> None:
        """Say nothing."""

    def estimated(self, estimate: Estimate) -> None:
        """Say nothing."""
