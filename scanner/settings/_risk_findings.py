"""The findings about accepted risks themselves: an entry that has expired, and one that nothing needs any more."""

from __future__ import annotations

import inspect
from datetime import date
from typing import ClassVar, TypedDict

from scanner.findings import AcceptedRisk, CheckInfo, Evidence, Severity, Step
from scanner.inventory import ArmId

MOST_NAMED = 20
"""Findings that come back with an expired entry which its evidence names; beyond, they are only counted."""
_TENANT = ArmId("/subscriptions")


class RiskFacts(TypedDict):
    """The fields of RiskEvidence, ready to be passed on."""

    file: str
    entry: int
    checks: tuple[str, ...]
    pattern: str | None
    within: ArmId | None
    owner: str
    reason: str
    ticket: str
    expires: date


class RiskEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about one entry of the settings file; `checks` is empty for every check."""

    identity: ClassVar[tuple[str, ...]] = ("checks", "pattern", "within", "ticket")

    file: str
    entry: int
    checks: tuple[str, ...]
    pattern: str | None
    within: ArmId | None
    owner: str
    reason: str
    ticket: str
    expires: date

    @property
    def subject(self) -> ArmId:
        """The place that the entry names, else all subscriptions."""
        return self.within or _TENANT

    @property
    def concerns(self) -> ArmId | None:
        """No account: the entry is in a file."""
        return None

    @property
    def label(self) -> str:
        """The entry as people speak of it."""
        return f"The risk that {self.owner} accepted with {self.ticket} for {_scope(self)}"


class ExpiredRisk(RiskEvidence, frozen=True, kw_only=True):
    """An entry whose last day is over; `covers` are the fingerprints of the first of `covers_in_all` findings."""

    covers: tuple[str, ...]
    covers_in_all: int

    @property
    def severity(self) -> Severity:
        """Medium: what was accepted counts again."""
        return Severity.MEDIUM

    def message(self) -> str:
        """Say since when the entry does not hold, and what counts again."""
        count = self.covers_in_all
        back = (
            f"{count} finding{'s' * (count != 1)} that it covered count{'s' * (count == 1)} again"
            if count
            else ("no finding that was seen needs it")
        )
        return f"{self.label} expired on {self.expires}: {back}"

    def remediation(self) -> tuple[Step, ...]:
        """Decide anew."""
        return (
            Step(f"Ask {self.owner} whether the risk still is to be accepted; {self.ticket} tells why it was."),
            Step(f"If it is, give entry {self.entry} of [[accept]] in {self.file} a new date and reason."),
            Step("If it is not, mend what the findings name, and remove the entry."),
        )


class UnmatchedRisk(RiskEvidence, frozen=True, kw_only=True):
    """An entry that covers no finding, although all that it could cover was seen."""

    @property
    def severity(self) -> Severity:
        """Low: it hides nothing now, and would hide the next finding there."""
        return Severity.LOW

    def message(self) -> str:
        """Say that the entry is not needed."""
        return f"{self.label} covers no finding any more"

    def remediation(self) -> tuple[Step, ...]:
        """Remove what would hide the next finding."""
        return (
            Step(f"See whether check, subject and within of entry {self.entry} are written as they were meant to be."),
            Step(f"If they are, the risk is gone: remove entry {self.entry} of [[accept]] from {self.file}."),
        )


class BroadRisk(RiskEvidence, frozen=True, kw_only=True):
    """An entry that would accept all findings; `covers_in_all` counts them."""

    covers_in_all: int

    @property
    def severity(self) -> Severity:
        """Medium: what was meant to be accepted counts again."""
        return Severity.MEDIUM

    def message(self) -> str:
        """Say what it would do, and that it does not."""
        return f"{self.label} would cover every finding, {self.covers_in_all} in all: it holds for none of them"

    def remediation(self) -> tuple[Step, ...]:
        """Name what is meant."""
        return (
            Step(
                f"Name in entry {self.entry} of [[accept]] in {self.file} the checks that are meant, or with within "
                "the place in which all of them are."
            ),
            Step("Write one entry for each decision where there are several."),
        )


def _scope(risk: RiskEvidence) -> str:
    checks = " and ".join(risk.checks) if len(risk.checks) < 3 else f"{len(risk.checks)} checks"  # noqa: PLR2004
    subject = f" on {risk.pattern}" if risk.pattern else ""
    place = f" in {risk.within.name}" if risk.within else ""
    return f"{checks or 'every check'}{subject}{place}"


EXPIRED = CheckInfo(
    id="accepted-risk-expired",
    title="An accepted risk has expired",
    documentation=inspect.cleandoc(
        """An accepted risk has expired.

        ## What it finds
        Entries of `[[accept]]` in the settings file whose `expires` lies before the day (UTC) of the judgement: the
        as-of, else the day on which the scan ended. The message counts the findings that the entry covered and that no
        other entry covers: they are open again.

        ## Why it matters
        A risk is accepted for a time. When that is over, someone has to decide anew, and until then it is not accepted.

        ## How to fix it
        Mend what the findings name and remove the entry, or renew it with a new date.
        """
    ),
    severities=(Severity.MEDIUM,),
    reads=(),
    refines=(),
    scenarios=(),
)
UNMATCHED = CheckInfo(
    id="accepted-risk-unmatched",
    title="An accepted risk covers no finding",
    documentation=inspect.cleandoc(
        """An accepted risk covers no finding.

        ## What it finds
        Entries of `[[accept]]` in the settings file that cover no finding. An entry is quiet while something that it
        could cover was not seen: a check of its own that has no verdict there, crashed or did not run, or a place
        outside of what was scanned. The notes of the scan say so then.

        ## Why it matters
        What was accepted is mended, or the entry never named what it was meant to name. In both cases it would silently
        accept the next finding there.

        ## How to fix it
        Remove the entry, or correct what it names.
        """
    ),
    severities=(Severity.LOW,),
    reads=(),
    refines=(),
    scenarios=(),
)
TOO_BROAD = CheckInfo(
    id="accepted-risk-too-broad",
    title="An accepted risk would cover every finding",
    documentation=inspect.cleandoc(
        """An accepted risk would cover every finding.

        ## What it finds
        Entries of `[[accept]]` in the settings file that name neither a place nor a few checks, but only a glob for
        `subject`, and that cover every finding of the estate, five at least on two subjects at least. Such an entry is
        not in force: what it covers stays open. More than half of all checks are not a few.

        ## Why it matters
        A risk is accepted for something that somebody knows. What fits every finding of today also fits every finding
        of tomorrow, and no gate would ever close again.

        ## How to fix it
        Name the checks that are meant, or with `within` the place: a whole subscription, too, if that is meant.
        """
    ),
    severities=(Severity.MEDIUM,),
    reads=(),
    refines=(),
    scenarios=(),
)
RISK_CHECKS = (EXPIRED, TOO_BROAD, UNMATCHED)
"""What the program says of accepted risks; they judge the settings file, and are none of the checks of an estate."""


def expired(file: str, risk: AcceptedRisk, covers: tuple[str, ...]) -> ExpiredRisk:
    """The evidence of an entry that has expired; `covers` are fingerprints."""
    return ExpiredRisk(**_facts(file, risk), covers=covers[:MOST_NAMED], covers_in_all=len(covers))


def too_broad_of(file: str, risk: AcceptedRisk, covers: int) -> BroadRisk:
    """The evidence of an entry that would cover all of so many findings."""
    return BroadRisk(**_facts(file, risk), covers_in_all=covers)


def unmatched(file: str, risk: AcceptedRisk) -> UnmatchedRisk:
    """The evidence of an entry that covers nothing."""
    return UnmatchedRisk(**_facts(file, risk))


def _facts(file: str, risk: AcceptedRisk) -> RiskFacts:
    return RiskFacts(
        file=file,
        entry=risk.number,
        checks=risk.checks,
        pattern=risk.subject,
        within=risk.within,
        owner=risk.owner,
        reason=risk.reason,
        ticket=risk.ticket,
        expires=risk.expires,
    )
