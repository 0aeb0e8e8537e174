"""run-as-certificate-not-exportable."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._run_as import CertificateUse, ConnectionEvidence, RunAsView, Use, is_run_as
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import ArmId, Reading


class LockedCertificate(ConnectionEvidence, frozen=True, kw_only=True):
    """A Run As certificate that cannot reach the account's hybrid workers."""

    certificate: ArmId
    user_groups: tuple[str, ...]

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        count = len(self.user_groups)
        return (
            f"{self.label} uses {self.certificate.name}, which is not exportable "
            f"and so cannot be installed on the workers of {count} hybrid worker group{'s' * (count != 1)}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return self.move_to_managed_identity()


@check(
    reads=(Reading.CONNECTIONS, Reading.CONNECTION, Reading.CERTIFICATES, Reading.GROUPS),
    refines=NEED_READINGS,
    severities=(Severity.MEDIUM,),
    scenarios=("S4",),
)
def run_as_certificate_not_exportable(graph: EstateGraph) -> Iterator[Judgement]:
    """A Run As certificate cannot be exported to the account's hybrid workers.

    ## What it finds
    Run As connections whose certificate asset is not exportable, in accounts that have Hybrid Runbook Worker groups of
    type User.

    ## Why it matters
    A runbook that signs in with the Run As certificate needs it in the certificate store of the worker that runs it.
    A certificate that cannot be exported from the account cannot be put there, and the job fails with "No certificate
    was found in the certificate store with thumbprint".

    ## How to fix it
    Let the runbooks use a managed identity, which needs no certificate on the worker, and remove the connection.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    * [Manage certificates in Azure Automation](https://learn.microsoft.com/azure/automation/shared-resources/certificates)
    """

    def judged(use: CertificateUse) -> Judgement | None:
        connection = use.connection
        if is_run_as(connection) is False:
            return Settled(connection.id)
        if use.use is not Use.FOUND or any(found.exportable for found in use.certificates):
            return use.verdict()
        locked = next((found for found in use.certificates if found.exportable is False), None)
        groups = graph.user_groups(connection.account)
        if locked is None or any(found.exportable is None for found in use.certificates):
            return Unseen(connection.id, "isExportable")
        if groups:
            return LockedCertificate(
                **ConnectionEvidence.facts_of(graph, connection),
                certificate=locked.id,
                user_groups=tuple(group.name for group in groups),
            )
        return Unseen(connection.id, "groupType") if _untyped_groups(graph, connection.account) else None

    view = RunAsView(graph)
    for account in graph.accounts():
        if _has_no_user_group(view, account.id):
            yield from view.settled(account.id)
        else:
            yield from view.judge(account.id, judged)


def _untyped_groups(graph: EstateGraph, account: ArmId) -> bool:
    return any(group.group_type is None for group in graph.groups(account))


def _has_no_user_group(view: RunAsView, account: ArmId) -> bool:
    graph = view.graph
    nothing_unseen = view.in_full(Reading.GROUPS, account) and not _untyped_groups(graph, account)
    return nothing_unseen and not graph.user_groups(account)
