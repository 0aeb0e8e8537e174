"""region-mapping-unsupported."""

from __future__ import annotations

from collections.abc import Iterator

from region_map import Verdict, display_name
from scanner.checks._check import check
from scanner.checks._link import FEATURE_READS
from scanner.checks._region import REGION_READS, RegionEvidence, RegionPair, region_pairs
from scanner.findings import Settled, Severity, Unseen
from scanner.graph import EstateGraph


class UnsupportedRegionMapping(RegionEvidence, frozen=True, kw_only=True):
    """A linked workspace whose region is documented for another account region."""

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.features_in_use else Severity.INFO

    def message(self) -> str:
        expected = " or ".join(display_name(region) for region in self.expected_account_regions)
        return (
            f"{self.pair_in_words}, but the {self.table_in_words} pairs a workspace in "
            f"{display_name(self.workspace_region)} with an account in {expected}; {self.use}"
        )


@check(
    reads=REGION_READS,
    refines=FEATURE_READS,
    severities=(Severity.HIGH, Severity.INFO),
    scenarios=("S5",),
)
def region_mapping_unsupported(graph: EstateGraph) -> Iterator[UnsupportedRegionMapping | Unseen | Settled]:
    """The linked workspace's region is documented for another Automation account region.

    ## What it finds
    Accounts whose linked workspace is in a region that the newest mapping table of the cloud pairs with another account
    region. Two pairs are documented across regions: a workspace in East US goes with an account in East US 2, and a
    workspace in East US 2 with an account in East US; the same region on both sides is not documented for these two.
    The severity is high when Update Management or the v1 form of Change Tracking is in use, or V1 or System workers
    exist, else info.

    ## Why it matters
    An unsupported mapping is one of the causes of error 403 when a worker of Update Management registers. The table is
    frozen at 2023-03-16 and concerns retired features: without them the mapping is in general not applicable.

    ## How to fix it
    Link a workspace in a region that is documented for the account, or an account in the region that is documented for
    the workspace. Unlink the workspace when nothing needs the link any more.

    ## Read more
    * [Supported regions for linked workspaces](https://learn.microsoft.com/azure/automation/how-to/region-mappings)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    for pair in region_pairs(graph):
        if not isinstance(pair, RegionPair):
            yield pair
        elif pair.answer.verdict is Verdict.DOCUMENTED_OTHERWISE:
            yield UnsupportedRegionMapping.of(graph, pair)
