"""The causes on the page: plain HTML, each a whole finding with what it explains and what that hurts."""

from __future__ import annotations

import re
from html import unescape

import builders as b
import msgspec
import pytest

from reports import cause_view
from reports.cause_view import CausesView, causes_view
from reports.html import to_html
from scanner.findings import Acceptance, Hop, Scan, Severity
from scanner.graph import EstateGraph
from scanner.inventory import Reading, RunbookSignature
from scanner.pipeline import scan_of


def broken(name: str = "aa") -> tuple:
    """A group whose only worker is gone, and on which a schedule starts a runbook."""
    account = b.account_id(name)
    group = b.group_id(f"hwg-{name}", account)
    return (
        b.account(account),
        b.group(group),
        b.worker(f"old-{name}", group, age=b.days(45)),
        b.runbook(account=account),
        b.job_schedule(account=account, run_on=f"hwg-{name}"),
        b.schedule(account=account),
    )


def cards(scan: Scan) -> dict[str, str]:
    page = to_html(scan)
    found = re.finditer(r'<article class="card [^>]* id="cause-([0-9a-f]+)">.*?</article>', page, re.DOTALL)
    return {match[1]: match[0] for match in found}


def view_of(scan: Scan) -> CausesView:
    return causes_view(scan, EstateGraph.of(scan.estate))


def words(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


def test_every_cause_is_a_card_and_what_it_explains_stands_in_it_alone():
    scan = scan_of(b.estate(*broken()))
    found = cards(scan)
    effects = [finding for finding in scan.findings if finding.root_cause]
    assert effects
    assert set(found) == {finding.fingerprint for finding in scan.findings if not finding.root_cause}
    for effect in effects:
        assert f'href="#f-{effect.fingerprint}"' in found[effect.root_cause]
        assert effect.message in words(found[effect.root_cause])
        assert sum(f"#f-{effect.fingerprint}" in card for card in found.values()) == 1


def test_a_card_is_the_whole_finding():
    scan = scan_of(b.estate(*broken()))
    found = cards(scan)
    for finding in scan.findings:
        if finding.root_cause is None:
            told = words(found[finding.fingerprint])
            for text in (finding.message, finding.severity, finding.check, str(finding.subject), str(finding.account)):
                assert text in told
            for step in finding.remediation:
                assert step.text in told
                assert (step.command or "") in told
            assert all(f'href="#{scenario}"' in found[finding.fingerprint] for scenario in finding.scenarios)
            assert "Status open" in told


def test_a_card_tells_what_is_hurt_with_the_next_run_and_that_there_may_be_more():
    stale = next(f for f in scan_of(b.estate(*broken())).findings if f.check == "worker-stale")
    told = words(cards(scan_of(b.estate(*broken())))[stale.fingerprint])
    assert "What it hurts 1 runbook on group hwg-aa: Backup." in told
    assert "Next run 2026-11-22 18:00:00 UTC" in told
    assert "there may be more" not in told
    hidden = cards(scan_of(b.estate(*broken(), b.gap(Reading.WEBHOOKS, b.account_id()))))
    assert "there may be more" in words(hidden[stale.fingerprint])


def test_causes_are_worst_first_by_the_worst_that_they_explain():
    view = view_of(scan_of(b.estate(*broken("one"), *broken("two"))))
    assert [group.severity.rank for group in view.groups] == sorted(group.severity.rank for group in view.groups)
    worst = view.groups[0]
    assert worst.severity is Severity.CRITICAL
    assert {card.finding.check for card in worst.cards} == {"worker-stale"}
    assert all(card.finding.severity is Severity.HIGH for card in worst.cards)


def test_the_way_over_the_graph_stands_beside_the_effect_that_it_justifies():
    scan = scan_of(b.estate(*broken()))
    group, worker = b.group_id("hwg-aa"), b.worker("old-aa", b.group_id("hwg-aa")).id
    way = (Hop(group, "sends jobs to"), Hop(worker))
    findings = tuple(msgspec.structs.replace(f, path=way) if f.root_cause else f for f in scan.findings)
    page = words(to_html(msgspec.structs.replace(scan, findings=findings)))
    assert "hwg-aa sends jobs to old-aa" in page


ACCEPTED = Acceptance(
    owner="ops", reason="r", ticket="T-1", expires=b.NOW.date(), accepted_on=None, origin="hwaudit.toml"
)


def test_an_effect_on_the_same_thing_says_so_instead_of_a_way():
    gone = b.answered(Reading.VIRTUAL_MACHINE, b.machine_id("old-aa"), items=0, missing=True)
    assert "the same resource" in words(to_html(scan_of(b.estate(*broken(), gone))))


def test_a_card_tells_an_accepted_risk_and_a_severity_that_the_settings_changed():
    scan = scan_of(b.estate(*broken()))
    findings = tuple(
        msgspec.structs.replace(f, acceptance=ACCEPTED, declared=Severity.LOW) if not f.root_cause else f
        for f in scan.findings
    )
    page = words(to_html(msgspec.structs.replace(scan, findings=findings)))
    assert "accepted until 2026-11-22 by ops (T-1)" in page
    assert "the check says low, the settings high" in page


def test_a_cause_that_is_accepted_with_all_that_it_explains_stands_after_the_open_ones():
    scan = scan_of(b.estate(*broken()))
    (stale,) = [finding for finding in scan.findings if finding.check == "worker-stale"]
    accepted = tuple(
        msgspec.structs.replace(f, acceptance=ACCEPTED) if stale.fingerprint in {f.fingerprint, f.root_cause} else f
        for f in scan.findings
    )
    view = view_of(msgspec.structs.replace(scan, findings=accepted))
    assert [card.finding.fingerprint for card in view.groups[-1].cards] == [stale.fingerprint]
    assert view.severities[-1] is None
    assert None not in view.severities[:-1]
    assert view.count == len(scan.causes)
    assert "Accepted: 1 cause, with all that it explains" in to_html(msgspec.structs.replace(scan, findings=accepted))


def test_causes_beyond_the_cards_have_a_line_each_and_those_beyond_these_are_counted(monkeypatch):
    monkeypatch.setattr(cause_view, "MOST_CARDS", 2)
    monkeypatch.setattr(cause_view, "MOST_CAUSES", 5)
    scan = scan_of(b.estate(*broken("one"), *broken("two"), *broken("three")))
    page = to_html(scan)
    left = len(scan.causes) - 5
    assert left > 0
    assert list(cards(scan)) == [cause.finding for cause in scan.causes[:2]]
    assert re.findall(r'<li id="cause-(\w+)">', page) == [cause.finding for cause in scan.causes[2:5]]
    told = re.findall(r"([\d,]+) more \w+ causes are among the findings", words(page))
    assert sum(int(count) for count in told) == left


def test_effects_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(cause_view, "MOST_EFFECTS", 1)
    uses = b.content(RunbookSignature.RUN_AS)
    scan = scan_of(b.estate(b.account(), b.connection(), b.runbook(), uses, b.webhook()))
    (count,) = re.findall(r"Explains (\d+) findings", words(to_html(scan)))
    assert f"and {int(count) - 1} more among the findings" in words(to_html(scan))


def test_nothing_found_has_no_cause_and_points_to_what_was_not_seen():
    page = to_html(scan_of(b.estate(b.gap(Reading.SUBSCRIPTIONS, "/subscriptions"))))
    assert "so there is no cause to tell. See" in words(page)


@pytest.mark.parametrize("name", ["</script><img src=x>", "a\x1b[31m\u202e"])
def test_hostile_names_stay_text(name):
    account = b.account_id()
    group = b.group_id("workers", account)
    page = to_html(
        scan_of(
            b.estate(
                b.account(account, name=name), b.group(group, name=name), b.worker(age=b.days(45), worker_name=name)
            )
        )
    )
    assert "<img" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
