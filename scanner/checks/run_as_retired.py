"""run-as-retired."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._run_as import ConnectionEvidence, is_run_as
from scanner.findings import Severity, Step, Unseen
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import Reading


class RetiredRunAs(ConnectionEvidence, frozen=True, kw_only=True):
    """A Run As connection that remains."""

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        kind = f"of type {self.connection_type} " if self.connection_type else ""
        return f"{self.label} {kind}belongs to a Run As account, and Run As accounts were retired on 2023-09-30"

    def remediation(self) -> tuple[Step, ...]:
        certificates = self.in_account("List the certificates that it leaves behind.", "Get-AzAutomationCertificate")
        return (*self.move_to_managed_identity(), certificates)


@check(
    reads=(Reading.CONNECTIONS,),
    refines=NEED_READINGS,
    severities=(Severity.MEDIUM,),
    scenarios=("S4",),
)
def run_as_retired(graph: EstateGraph) -> Iterator[RetiredRunAs | Unseen]:
    """A Run As connection remains in the account.

    ## What it finds
    Connections named AzureRunAsConnection or AzureClassicRunAsConnection, and all connections of type
    AzureClassicCertificate; names and types compare without case. Other connections of type AzureServicePrincipal or
    Azure are legitimate. An account without any Run As connection is healthy.

    ## Why it matters
    Run As accounts, classic ones included, were retired on 2023-09-30 and cannot be renewed. Runbooks that still use
    one stop when its certificate expires, and until then a service principal with wide rights is left without care.

    ## How to fix it
    Give the account a managed identity, let the runbooks sign in with it, then remove the connection, its certificate
    and the application in Microsoft Entra ID.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    """
    for account in graph.accounts():
        for connection in graph.connections(account.id):
            run_as = is_run_as(connection)
            if run_as is None:
                yield Unseen(connection.id, "connectionType")
            elif run_as:
                yield RetiredRunAs(**ConnectionEvidence.facts_of(graph, connection))
