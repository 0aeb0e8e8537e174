"""What a check yields: the facts behind a finding, and what it could not judge."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from scanner.findings._severity import Severity
from scanner.findings._steps import Step
from scanner.inventory import ArmId, Gap


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The facts behind a finding, typed; every field goes into the reports, so none may hold a secret.

    `identity` names the fields that tell two findings of one check on one subject apart: names and ids, never
    measurements, so that a finding keeps its fingerprint while a worker grows older.
    """

    identity: ClassVar[tuple[str, ...]] = ()

    @property
    def subject(self) -> ArmId:
        """The resource that the finding is about, in the case of its own list or GET."""
        raise NotImplementedError

    @property
    def concerns(self) -> ArmId | None:
        """The Automation account that the finding concerns."""
        raise NotImplementedError

    @property
    def severity(self) -> Severity:
        """How bad it is, from the facts alone."""
        raise NotImplementedError

    @property
    def scenarios(self) -> tuple[str, ...] | None:
        """The scenarios that these facts are a sign of; None for all that the check declares."""
        return None

    @property
    def may_be(self) -> tuple[str, ...]:
        """The scenarios that these facts are no sign of only because what decides it was not seen."""
        return ()

    def message(self) -> str:
        """One sentence with the human names of the resources, without a full stop."""
        raise NotImplementedError

    def remediation(self) -> tuple[Step, ...]:
        """What to do, in order, with commands that name the real resources."""
        raise NotImplementedError


class Unseen(msgspec.Struct, frozen=True):
    """The check could not judge `subject`: `because` is the Gap behind it, or the name of the field Azure left out."""

    subject: ArmId
    because: Gap | str


class Settled(msgspec.Struct, frozen=True):
    """What was seen already clears `subject`, although a read below it is a Gap (one active worker is enough, say)."""

    subject: ArmId
