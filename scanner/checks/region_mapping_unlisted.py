"""region-mapping-unlisted."""

from __future__ import annotations

from collections.abc import Iterator

from region_map import Verdict, display_name
from scanner.checks._check import check
from scanner.checks._link import FEATURE_READS
from scanner.checks._region import REGION_READS, RegionEvidence, RegionPair, region_pairs
from scanner.findings import Settled, Severity, Unseen
from scanner.graph import EstateGraph


class UnlistedRegionMapping(RegionEvidence, frozen=True, kw_only=True):
    """A linked workspace whose region has no row in the newest table."""

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.features_in_use else Severity.INFO

    def message(self) -> str:
        return (
            f"{self.pair_in_words}, and the {self.table_in_words} does not list "
            f"{display_name(self.workspace_region)} as a workspace region; {self.use}"
        )


@check(
    reads=REGION_READS,
    refines=FEATURE_READS,
    severities=(Severity.MEDIUM, Severity.INFO),
    scenarios=("S5",),
)
def region_mapping_unlisted(graph: EstateGraph) -> Iterator[UnlistedRegionMapping | Unseen | Settled]:
    """The linked workspace's region is not listed in the newest mapping table.

    ## What it finds
    Accounts whose linked workspace is in a region without a row in the newest mapping table of the cloud. Whether such
    a link works is not documented either way. The severity is medium when Update Management or the v1 form of Change
    Tracking is in use, or V1 or System workers exist, else info.

    ## Why it matters
    The table says where Update Management and the agent-based Change Tracking and Inventory could be enabled. It is
    frozen at 2023-03-16 and concerns retired features: without them the mapping is in general not applicable.

    ## How to fix it
    Where such a feature is still needed, link a workspace in a region that is documented for the account. Unlink the
    workspace when nothing needs the link any more.

    ## Read more
    * [Supported regions for linked workspaces](https://learn.microsoft.com/azure/automation/how-to/region-mappings)
    """
    for pair in region_pairs(graph):
        if not isinstance(pair, RegionPair):
            yield pair
        elif pair.answer.verdict is Verdict.UNDOCUMENTED:
            yield UnlistedRegionMapping.of(graph, pair)
