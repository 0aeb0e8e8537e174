"""run-as-thumbprint-mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._run_as import CertificateUse, ConnectionEvidence, RunAsView, Use, is_run_as, names_thumbprint
from scanner.findings import Settled, Severity, Step
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import ArmId, Reading


class MismatchedThumbprint(ConnectionEvidence, frozen=True, kw_only=True):
    """A Run As connection that was not renewed together with the account's AzureRunAsCertificate."""

    thumbprint: str | None
    certificate: ArmId
    certificate_thumbprint: str | None

    @property
    def severity(self) -> Severity:
        return self.severity_by_need

    def message(self) -> str:
        return (
            f"{self.label} names the certificate thumbprint {self.thumbprint}, "
            f"but {self.certificate.name} has {self.certificate_thumbprint}; {self.need}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return self.move_to_managed_identity()


@check(
    reads=(Reading.CONNECTIONS, Reading.CONNECTION, Reading.CERTIFICATES),
    refines=NEED_READINGS,
    severities=(Severity.CRITICAL, Severity.HIGH, Severity.LOW),
    scenarios=("S4",),
)
def run_as_thumbprint_mismatch(graph: EstateGraph) -> Iterator[Judgement]:
    """A Run As connection names another thumbprint than the account's Run As certificate has.

    ## What it finds
    Run As connections of type AzureServicePrincipal whose thumbprint no certificate asset of the account has, while
    the asset AzureRunAsCertificate exists with another thumbprint. Thumbprints compare without case. The severity is
    low unless a runbook that runs uses the connection: then it is high, and critical when one does on a hybrid group.
    Where that was not seen the severity stays low, and the message says so.

    ## Why it matters
    The certificate was renewed without its connection, or the other way round. A runbook that signs in through the
    connection fails with "No certificate was found in the certificate store with thumbprint".

    ## How to fix it
    Run As accounts were retired on 2023-09-30 and cannot be renewed: let the runbooks use a managed identity, and
    remove the connection.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    """

    def judged(use: CertificateUse) -> Judgement | None:
        if is_run_as(use.connection) is False or (use.connection.type_name and not names_thumbprint(use.connection)):
            return Settled(use.connection.id)
        if use.use is not Use.REPLACED:
            return use.verdict()
        certificate = use.certificates[0]
        return MismatchedThumbprint(
            **ConnectionEvidence.facts_of(graph, use.connection),
            thumbprint=use.connection.thumbprint,
            certificate=certificate.id,
            certificate_thumbprint=certificate.thumbprint,
        )

    view = RunAsView(graph)
    for account in graph.accounts():
        yield from view.judge(account.id, judged)
