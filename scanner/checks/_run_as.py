"""What the Run As checks have in common: which connections they judge, their certificates, and what hides them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict

from scanner.checks._check import Judgement
from scanner.checks._gaps import AccountGaps
from scanner.findings import Evidence, Settled, Severity, Step, Unseen
from scanner.graph import NOT_SEEN, EstateGraph
from scanner.inventory import ArmId, Certificate, Connection, Reading

_RUN_AS_CERTIFICATE = "azurerunascertificate"
_RUN_AS_CONNECTIONS = frozenset({"azurerunasconnection", "azureclassicrunasconnection"})
_BY_THUMBPRINT = "azureserviceprincipal"
_CLASSIC = "azureclassiccertificate"
_CERTIFICATE_FIELDS = {
    _BY_THUMBPRINT: "CertificateThumbprint",
    "azure": "AutomationCertificateName",
    _CLASSIC: "CertificateAssetName",
}
"""The field that names the certificate, by lower-cased connection type (Automation's built-in connection types)."""


class ConnectionFacts(TypedDict):
    """The fields of ConnectionEvidence, ready to be passed on."""

    connection: ArmId
    connection_name: str
    connection_type: str | None
    account: ArmId
    account_identity: str | None
    run_as: bool
    needed: bool | None
    needed_on_hybrid: bool | None
    needed_by: tuple[str, ...]


class ConnectionEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about one connection.

    `needed` tells whether a runbook that runs uses a Run As connection, `needed_on_hybrid` whether one does on a hybrid
    group; both are None where that was not seen, and for any other connection. `needed_by` names those runbooks.
    """

    connection: ArmId
    connection_name: str
    connection_type: str | None
    account: ArmId
    account_identity: str | None
    run_as: bool
    needed: bool | None = None
    needed_on_hybrid: bool | None = None
    needed_by: tuple[str, ...] = ()

    @property
    def subject(self) -> ArmId:
        return self.connection

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(graph: EstateGraph, connection: Connection) -> ConnectionFacts:
        """Collect the common facts of one connection."""
        account = graph.account(connection.id)
        run_as = is_run_as(connection) is True
        need = graph.targets.need(connection) if run_as else NOT_SEEN
        return ConnectionFacts(
            connection=connection.id,
            connection_name=connection.name,
            connection_type=connection.type_name,
            account=account.id if account else connection.account,
            account_identity=account.identity_type if account else None,
            run_as=run_as,
            needed=need.needed,
            needed_on_hybrid=need.on_hybrid,
            needed_by=need.runbooks,
        )

    @property
    def need(self) -> str:
        """What is known of the need for the connection, as the end of a message."""
        if self.needed:
            where = " on a hybrid group" if self.needed_on_hybrid else ""
            return f"{in_short(self.needed_by)} {'need' if len(self.needed_by) > 1 else 'needs'} it{where}"
        if self.needed is None:
            return "whether a runbook needs the connection was not seen"
        return "no runbook that runs needs it"

    @property
    def severity_by_need(self) -> Severity:
        """Low unless a runbook that runs needs the connection: then high, and critical on a targeted hybrid group."""
        if not self.needed:
            return Severity.LOW
        return Severity.CRITICAL if self.needed_on_hybrid else Severity.HIGH

    @property
    def label(self) -> str:
        """The connection as a message names it."""
        return f"Connection {self.connection_name} of {self.account.name}"

    def in_account(self, text: str, cmdlet: str, **parameters: str | bool) -> Step:
        """A step with a cmdlet of Az.Automation that works on this account."""
        place = {"ResourceGroupName": self.account.resource_group, "AutomationAccountName": self.account.name}
        return Step.powershell(text, cmdlet, **place, **parameters)

    def select_subscription(self) -> Step:
        """The step before all cmdlets: they work on the subscription of the context."""
        text = "Select the account's subscription."
        return Step.powershell(text, "Set-AzContext", Subscription=self.account.subscription_id)

    def move_to_managed_identity(self) -> tuple[Step, ...]:
        """The steps that replace a Run As connection for good."""
        return (
            self.select_subscription(),
            self._managed_identity(),
            Step("Let the runbooks sign in with Connect-AzAccount -Identity."),
            self.removal("When no runbook uses the connection any more, remove it."),
        )

    def _managed_identity(self) -> Step:
        # The cmdlet sets the whole identity: on an account that has a user-assigned one it could take that away.
        if (self.account_identity or "none").lower() != "none":
            return Step(f"Grant the managed identity of {self.account.name} the roles that its runbooks need.")
        return Step.powershell(
            f"If {self.account.name} has no managed identity, give it one, with the roles that its runbooks need.",
            "Set-AzAutomationAccount",
            ResourceGroupName=self.account.resource_group,
            Name=self.account.name,
            AssignSystemIdentity=True,
        )

    def removal(self, text: str) -> Step:
        """The step that removes the connection."""
        return self.in_account(text, "Remove-AzAutomationConnection", Name=self.connection_name)


def in_short(names: tuple[str, ...]) -> str:
    """The first of several names, and how many more there are."""
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else "nothing"


def is_run_as(connection: Connection) -> bool | None:
    """Whether this is a Run As connection, by name or type; None when its type is not told and its name is another."""
    kind = _kind(connection)
    if kind is not None and kind not in _CERTIFICATE_FIELDS:
        return False
    if connection.name.lower() in _RUN_AS_CONNECTIONS:
        return True
    return None if kind is None else kind == _CLASSIC


def names_thumbprint(connection: Connection) -> bool:
    """Whether the connection's type names its certificate by thumbprint, not by asset name."""
    return _kind(connection) == _BY_THUMBPRINT


def _kind(connection: Connection) -> str | None:
    return None if connection.type_name is None else connection.type_name.strip().lower()


class Use(StrEnum):
    """How a connection's certificate was found."""

    NONE = "none"  # its type names no certificate
    FOUND = "found"
    REPLACED = "replaced"  # nobody has its thumbprint, and the account's AzureRunAsCertificate has another one
    ABSENT = "absent"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class CertificateUse:
    """A connection and the certificate assets that it names; `because` is the field that left it unseen, if any."""

    connection: Connection
    use: Use
    certificates: tuple[Certificate, ...] = ()
    because: str | None = None

    @property
    def wanted(self) -> str:
        """The thumbprint or asset name that the connection names."""
        return self.connection.thumbprint or self.connection.certificate_name or ""

    def verdict(self) -> Settled | Unseen | None:
        """What to say where nothing is wrong: fine, or not seen; None where a Gap speaks for itself."""
        if self.use is not Use.UNSEEN:
            return Settled(self.connection.id)
        return Unseen(self.connection.id, self.because) if self.because else None


class RunAsView:
    """The connections of an estate with their certificates; absence counts only where the whole list was read."""

    def __init__(self, graph: EstateGraph) -> None:
        self.graph = graph
        self._gaps = AccountGaps(graph)

    def in_full(self, reading: Reading, account: ArmId) -> bool:
        """Tell whether one of the account's lists was read, every item included."""
        return self.graph.listed(reading, account)

    def use(self, connection: Connection) -> CertificateUse:
        """How the connection uses certificates."""
        kind = _kind(connection)
        if kind is None:
            return CertificateUse(connection, Use.UNSEEN, because="connectionType")
        field = _CERTIFICATE_FIELDS.get(kind)
        if field is None:
            return CertificateUse(connection, Use.NONE)
        if not connection.fields_read:
            return self.unread(connection)
        if not (connection.thumbprint if names_thumbprint(connection) else connection.certificate_name):
            return CertificateUse(connection, Use.UNSEEN, because=field)
        matches = self.graph.matching_certificates(connection)
        return CertificateUse(connection, Use.FOUND, matches) if matches else self._without_match(connection)

    def unread(self, connection: Connection) -> CertificateUse:
        """A connection without its fields; one that vanished between its list and its own GET uses nothing any more."""
        read = self.graph.ledger.answer_at(Reading.CONNECTION, connection.id)
        if read is not None and read.answered is not None and read.answered.missing:
            return CertificateUse(connection, Use.NONE)
        has_gap = self.graph.gap(Reading.CONNECTION, connection.id) is not None
        return CertificateUse(connection, Use.UNSEEN, because=None if has_gap else "fieldDefinitionValues")

    def _without_match(self, connection: Connection) -> CertificateUse:
        if not self.in_full(Reading.CERTIFICATES, connection.account):
            return CertificateUse(connection, Use.UNSEEN)
        certificates = self.graph.certificates(connection.account)
        if names_thumbprint(connection):
            if any(not certificate.thumbprint for certificate in certificates):
                return CertificateUse(connection, Use.UNSEEN, because="thumbprint")
            replacements = tuple(c for c in certificates if c.name.lower() == _RUN_AS_CERTIFICATE)
            if is_run_as(connection) and replacements:
                return CertificateUse(connection, Use.REPLACED, replacements)
        return CertificateUse(connection, Use.ABSENT)

    def judge(self, account: ArmId, judged: Callable[[CertificateUse], Judgement | None]) -> Iterator[Judgement]:
        """Judge every connection of the account; where all have a verdict, its Gaps do not matter."""
        judgements = [judged(self.use(connection)) for connection in self.graph.connections(account)]
        yield from (judgement for judgement in judgements if judgement is not None)
        unsettled = any(judgement is None or isinstance(judgement, Unseen) for judgement in judgements)
        if self.in_full(Reading.CONNECTIONS, account) and not unsettled:
            yield from self.settled(account)

    def settled(self, account: ArmId) -> Iterator[Settled]:
        """Clear the account and whatever its Gaps hide."""
        return self._gaps.settled(account)
