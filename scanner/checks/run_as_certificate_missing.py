"""run-as-certificate-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._run_as import CertificateUse, ConnectionEvidence, RunAsView, Use
from scanner.findings import Severity, Step
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import Reading


class MissingCertificate(ConnectionEvidence, frozen=True, kw_only=True):
    """A connection that names a certificate which its account does not have; exactly one of the two names is set."""

    thumbprint: str | None
    certificate_name: str | None

    @property
    def severity(self) -> Severity:
        return self.severity_by_need

    def message(self) -> str:
        if self.thumbprint:
            wanted = f"the certificate thumbprint {self.thumbprint}"
        else:
            wanted = f"the certificate {self.certificate_name}"
        return f"{self.label} names {wanted}, which no certificate asset of the account has; {self.need}"

    def remediation(self) -> tuple[Step, ...]:
        if self.run_as:
            return self.move_to_managed_identity()
        return (
            self.select_subscription(),
            self.in_account("List the certificates that the account has.", "Get-AzAutomationCertificate"),
            Step("If a runbook needs the connection, import its certificate again with New-AzAutomationCertificate."),
            self.removal("If no runbook needs it, remove the connection."),
        )


@check(
    reads=(Reading.CONNECTIONS, Reading.CONNECTION, Reading.CERTIFICATES),
    refines=NEED_READINGS,
    severities=(Severity.CRITICAL, Severity.HIGH, Severity.LOW),
    scenarios=("S4",),
)
def run_as_certificate_missing(graph: EstateGraph) -> Iterator[Judgement]:
    """A connection names a certificate that the account does not have.

    ## What it finds
    Connections of the types AzureServicePrincipal, Azure and AzureClassicCertificate whose thumbprint or certificate
    name no certificate asset of the account has; both compare without case. A Run As connection is left to
    run-as-thumbprint-mismatch when AzureRunAsCertificate exists with another thumbprint. The severity is low
    unless a runbook that runs uses a Run As connection: then it is high, and critical when one does on a hybrid group.
    Where that was not seen the severity stays low, and the message says so.

    ## Why it matters
    A runbook that signs in through the connection fails with "No certificate was found in the certificate store with
    thumbprint". An account without such a connection needs no certificate: since 2023-09-30 that is the healthy state.

    ## How to fix it
    Let the runbooks use a managed identity and remove a Run As connection. For another connection, import the
    certificate again, or remove the connection.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    * [Manage certificates in Azure Automation](https://learn.microsoft.com/azure/automation/shared-resources/certificates)
    """

    def judged(use: CertificateUse) -> Judgement | None:
        if use.use is not Use.ABSENT:
            return use.verdict()
        return MissingCertificate(
            **ConnectionEvidence.facts_of(graph, use.connection),
            thumbprint=use.connection.thumbprint,
            certificate_name=use.connection.certificate_name,
        )

    view = RunAsView(graph)
    for account in graph.accounts():
        yield from view.judge(account.id, judged)
