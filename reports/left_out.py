"""What the judgement of a scan left out although no read failed: other shards, checks that are off, an empty scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reports.values import counted
from scanner.escape import visible
from scanner.findings import Scan
from scanner.inventory import Scope


def left_out(scan: Scan) -> list[str]:
    """A sentence each, with its full stop."""
    return [*_elsewhere(scan), *_no_account(scan), *_off(scan)]


def idle(scan: Scan) -> Mapping[str, str]:
    """Each check that judged nothing as a whole, and why: the settings switch it off, or there was no account."""
    empty = () if scan.estate.accounts else (check.id for check in scan.checks if check.reads)
    off = dict.fromkeys(scan.settings.off, f"switched off in {visible(scan.settings.file or 'the settings')}")
    return dict.fromkeys(empty, "there was nothing to judge: no Automation account was seen") | off


def is_bare(scan: Scan) -> bool:
    """Tell whether the scan looked everywhere, and there was no Automation account: nothing is wrong, or right."""
    facts, ledger = scan.estate.facts, scan.estate.ledger
    is_narrowed = facts.scope != Scope() or facts.elsewhere
    return not (scan.estate.accounts or is_narrowed or facts.interrupted or scan.blind_spots) and ledger.planned > 0


def _elsewhere(scan: Scan) -> Iterator[str]:
    left, shard = len(scan.estate.facts.elsewhere), scan.estate.facts.scope.shard
    if left:
        were = f"{counted(left, 'subscription')} in scope {'was' if left == 1 else 'were'} left to"
        others = f"This is shard {shard} only: {were} other shards" if shard else f"{were} shards that were not merged"
        yield f"{others}, and nothing in {'it' if left == 1 else 'them'} was judged."


def _no_account(scan: Scan) -> Iterator[str]:
    if is_bare(scan):
        yield f"There is no Automation account {_where(scan)}, so none was judged."
    elif not scan.estate.accounts:
        yield f"No Automation account was seen {_where(scan)}, so none was judged."


def _where(scan: Scan) -> str:
    scope, subscriptions = scan.estate.facts.scope, counted(len(scan.estate.subscriptions), "subscription")
    if scope.account is not None:
        return f"at {visible(scope.account)}"
    if scope.resource_group is not None:
        return f"in the resource group {visible(scope.resource_group)} of {subscriptions}"
    return f"in {subscriptions}"


def _off(scan: Scan) -> Iterator[str]:
    off = len(scan.settings.off)
    if off and not scan.ran_any:
        yield f"All checks that would run are switched off ({off} in all), so nothing was judged."
    elif off:
        yield f"{counted(off, 'check')} {'is' if off == 1 else 'are'} switched off."
