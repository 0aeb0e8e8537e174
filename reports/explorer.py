"""The findings as the page's script reads them: an index of all for filter and search, and details by the thousand.

A finding is known by its row. Rows are in the order of accounts, so that those of one account lie side by side, share
most of their texts, and take little room; the script puts them into the order that the reader wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from reports import packing
from reports.account_pages import AccountPage, AccountPages
from reports.anchors import account_anchor
from reports.detail_blocks import Detail, detail_blocks, known_words
from reports.hurts import hurts
from reports.names import shown_name
from reports.provenance import Provenance
from reports.values import plain
from scanner.escape import visible
from scanner.findings import Acceptance, Finding, Hop, Scan, Severity, Step
from scanner.graph import EstateGraph
from scanner.inventory import ArmId

ROWS_OF_A_BLOCK = 2000
"""Findings whose details are read together when one of them is opened."""
ACCOUNTS_OF_A_BLOCK = 200
"""Account pages that are read together."""

_WITHIN = "~"
"""Marks a subject by what follows the id of its account."""


class Explorer:
    """The rows of a scan's findings, and the pools of names that their columns point into."""

    def __init__(self, scan: Scan, graph: EstateGraph) -> None:
        self._scan = scan
        self._graph = graph
        self._rows = sorted(
            scan.findings, key=lambda f: (f.account.key if f.account else "~", f.subject.key, f.severity.rank, f.check)
        )

    @cached_property
    def accounts(self) -> tuple[ArmId, ...]:
        """Every account that was seen or that a finding concerns, in the order of ids."""
        seen = {account.id for account in self._graph.accounts()}
        return tuple(sorted(seen.union(finding.account for finding in self._rows if finding.account is not None)))

    @cached_property
    def subscriptions(self) -> tuple[str, ...]:
        """The ids of the subscriptions that hold accounts or findings, sorted."""
        of_accounts = {account.subscription_id for account in self.accounts}
        alone = {finding.subscription_id for finding in self._rows if finding.account is None}
        return tuple(sorted(of_accounts | alone))

    def index(self) -> Iterator[bytes]:
        """The JSON of the index, field by field."""
        return packing.fields(self._fields())

    def details(self) -> Iterator[Detail]:
        """What the page shows of each finding when it is opened, in the order of the rows."""
        provenance = Provenance(self._scan)
        subjects: Mapping[str | None, str] = {finding.fingerprint: finding.subject.text for finding in self._rows}
        return (
            _detail(finding, subjects.get(finding.root_cause, ""), provenance, self._graph) for finding in self._rows
        )

    def account_pages(self) -> Iterator[AccountPage]:
        """The page of each account, in the order of the accounts."""
        rows = {finding.fingerprint: row for row, finding in enumerate(self._rows)}
        pages = AccountPages(self._scan, self._graph, rows)
        return (pages.of(account) for account in self.accounts)

    def blocks(self) -> Iterator[str]:
        """All of it as blocks for the page, in chunks."""
        yield from packing.block("index", self.index())
        yield from packing.blocks("findings", detail_blocks(self.details(), ROWS_OF_A_BLOCK))
        yield from packing.blocks("accounts", packing.batches(self.account_pages(), ACCOUNTS_OF_A_BLOCK))

    def _fields(self) -> Iterator[tuple[str, object]]:
        numbers = {account: number for number, account in enumerate(self.accounts)}
        yield "size", {"rows": ROWS_OF_A_BLOCK, "accounts": ACCOUNTS_OF_A_BLOCK}
        yield "severities", list(Severity)
        yield "operations", list(Provenance.operations)
        yield "subscriptions", [(id_, self._name(ArmId(f"/subscriptions/{id_}"))) for id_ in self.subscriptions]
        yield "accountIds", [visible(account.text) for account in self.accounts]
        yield "accountNames", [self._name(account) for account in self.accounts]
        yield "accountAnchors", [account_anchor(account) for account in self.accounts]
        yield "fingerprints", "".join(finding.fingerprint for finding in self._rows)
        yield "severity", "".join(str(finding.severity.rank) for finding in self._rows)
        yield "message", [visible(finding.message) for finding in self._rows]
        yield "subject", [_subject(finding) for finding in self._rows]
        yield "account", [-1 if f.account is None else numbers[f.account] for f in self._rows]
        yield "subscription", self._subscription_column()
        yield "cause", self._cause_column()
        yield "accepted", "".join("01"[finding.acceptance is not None] for finding in self._rows)
        changes = sorted({finding.change for finding in self._rows if finding.change is not None})
        yield "changes", changes
        yield "change", [finding.change for finding in self._rows] if changes else []
        yield from self._check_fields()

    def _check_fields(self) -> Iterator[tuple[str, object]]:
        numbers = {check.id: number for number, check in enumerate(self._scan.checks)}
        sets: dict[tuple[str, ...], int] = {}
        yield "checks", [(check.id, check.title) for check in self._scan.checks]
        yield "check", [numbers[finding.check] for finding in self._rows]
        yield "scenarios", [sets.setdefault(finding.scenarios, len(sets)) for finding in self._rows]
        yield "scenarioSets", list(sets)
        yield "scenarioTitles", {scenario.id: scenario.title for scenario in self._scan.scenarios}

    def _subscription_column(self) -> list[int]:
        numbers = {id_: number for number, id_ in enumerate(self.subscriptions)}
        of_account = {account: numbers[account.subscription_id] for account in self.accounts}
        return [of_account[f.account] if f.account else numbers[f.subscription_id] for f in self._rows]

    def _cause_column(self) -> list[int]:
        """The row of each finding's root cause, -1 for one that nothing explains."""
        rows: Mapping[str | None, int] = {finding.fingerprint: row for row, finding in enumerate(self._rows)}
        return [rows.get(finding.root_cause, -1) for finding in self._rows]

    def _name(self, id_: ArmId) -> str:
        return visible(shown_name(self._graph, id_))


def _subject(finding: Finding) -> str:
    text, account = finding.subject.text, finding.account
    if account is not None and text.startswith(account.text):
        return visible(_WITHIN + text[len(account.text) :])
    return visible(text)


def _detail(finding: Finding, cause: str, provenance: Provenance, graph: EstateGraph) -> Detail:
    """Its rest: steps, impact, path to the cause, acceptance, declared severity; `cause` is its cause's subject."""
    account = finding.account.text if finding.account else ""
    return Detail(
        words=known_words(*map(visible, (finding.subject.text, cause, account))),
        evidence=plain(finding.evidence),
        rest=(
            _steps(finding.remediation),
            hurts(finding.impact) if finding.impact else None,
            [_hop(hop, graph) for hop in finding.path],
            _accepted(finding.acceptance) if finding.acceptance else None,
            finding.declared,
        ),
        reads=tuple(provenance.of(finding)),
    )


def _hop(hop: Hop, graph: EstateGraph) -> Sequence[str]:
    """A place and its relation to the next, and its name where that is not the last part of the id."""
    name = shown_name(graph, hop.id)
    told = (visible(hop.id.text), hop.relation)
    return told if name == hop.id.name else (*told, visible(name))


def _steps(steps: Iterable[Step]) -> list[Sequence[str]]:
    """Each step's text, with its command and shell where it has one."""
    return [
        (visible(step.text), visible(step.command), step.shell) if step.command else (visible(step.text),)
        for step in steps
    ]


def _accepted(acceptance: Acceptance) -> dict[str, str]:
    """An accepted risk by the names of its facts in words."""
    facts = {
        "Owner": acceptance.owner,
        "Reason": acceptance.reason,
        "Ticket": acceptance.ticket,
        "Accepted on": acceptance.accepted_on.isoformat() if acceptance.accepted_on else "not told",
        "Holds until the end of": f"{acceptance.expires.isoformat()} UTC",
        "Set in": acceptance.origin,
    }
    return {name: visible(text) for name, text in facts.items()}
