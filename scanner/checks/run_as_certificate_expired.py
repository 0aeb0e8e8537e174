"""run-as-certificate-expired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner.checks._check import Judgement, check
from scanner.checks._run_as import CertificateUse, ConnectionEvidence, RunAsView, Use
from scanner.findings import Severity, Step, Threshold, Unseen
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import ArmId, Reading

EXPIRES_SOON = Threshold(
    key="certificate-expires-soon",
    meaning="a connection's certificate that has less time left is told of",
    default=timedelta(days=30),
    least=timedelta(days=1),
    most=timedelta(days=3650),
)


class ExpiringCertificate(ConnectionEvidence, frozen=True, kw_only=True):
    """A connection whose certificate has expired, or expires soon; `expires_at` is UTC."""

    certificate: ArmId
    expires_at: datetime
    expired: bool

    @property
    def severity(self) -> Severity:
        if not self.needed:
            return Severity.LOW
        return Severity.HIGH if self.expired else Severity.MEDIUM

    def message(self) -> str:
        verb = "expired" if self.expired else "expires"
        return f"{self.label} uses {self.certificate.name}, which {verb} on {self.expires_at:%Y-%m-%d}; {self.need}"

    def remediation(self) -> tuple[Step, ...]:
        if self.run_as:
            return self.move_to_managed_identity()
        return (
            self.select_subscription(),
            self.in_account("Look at the certificate.", "Get-AzAutomationCertificate", Name=self.certificate.name),
            Step(
                "If a runbook needs the connection, add a new certificate to its application, import it with "
                "Set-AzAutomationCertificate, and update the connection."
            ),
            self.removal("If no runbook needs it, remove the connection."),
        )


@check(
    reads=(Reading.CONNECTIONS, Reading.CONNECTION, Reading.CERTIFICATES),
    refines=NEED_READINGS,
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.LOW),
    scenarios=("S4",),
    thresholds=(EXPIRES_SOON,),
)
def run_as_certificate_expired(graph: EstateGraph) -> Iterator[Judgement]:
    """The certificate of a connection has expired or will expire within {certificate-expires-soon}.

    ## What it finds
    Connections of the types AzureServicePrincipal, Azure and AzureClassicCertificate whose certificate asset had
    expired when it was read, or expires less than {certificate-expires-soon} later. The severity is low unless a
    runbook that runs uses a Run As connection: then it is high, and medium before the expiry. Where that was not seen
    the severity stays low, and the message says so.

    ## Why it matters
    A runbook that signs in through the connection fails once its certificate has expired. Those of Run As accounts
    cannot be renewed any more since 2023-09-30.

    ## How to fix it
    Let the runbooks use a managed identity and remove a Run As connection. For another connection, renew the
    certificate, or remove the connection.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    * [Manage certificates in Azure Automation](https://learn.microsoft.com/azure/automation/shared-resources/certificates)
    """

    def judged(use: CertificateUse) -> Judgement | None:
        if use.use is not Use.FOUND:
            return use.verdict()
        # Several assets can hold one certificate; they expire together.
        dated = [(found.expires_at, found) for found in use.certificates if found.expires_at is not None]
        if not dated:
            return Unseen(use.connection.id, "expiryTime")
        expires_at, certificate = dated[0]
        moment = graph.moment(certificate)
        if expires_at - moment >= graph.limit(EXPIRES_SOON):
            return use.verdict()
        return ExpiringCertificate(
            **ConnectionEvidence.facts_of(graph, use.connection),
            certificate=certificate.id,
            expires_at=expires_at,
            expired=expires_at <= moment,
        )

    view = RunAsView(graph)
    for account in graph.accounts():
        yield from view.judge(account.id, judged)
