"""What breaks next: everything of the estate with a date, what it hits, and what could not be read."""

from __future__ import annotations

from datetime import UTC, datetime

import builders as b
import pytest

from reports.html import to_html
from reports.timeline import MOST_EVENTS, Span, timeline
from scanner.graph import EstateGraph
from scanner.inventory import GapReason, Reading, SeenState, WorkerType
from scanner.pipeline import scan_of


def line(*parts, **options):
    scan = scan_of(b.estate(*parts, **options))
    return timeline(scan, EstateGraph.of(scan.estate))


def events(*parts, **options):
    return [event for bucket in line(*parts, **options).buckets for event in bucket.events]


def event(kind, *parts, **options):
    (found,) = [each for each in events(*parts, **options) if each.kind == kind]
    return found


@pytest.mark.parametrize(
    ("left", "span", "distance"),
    [
        (b.days(-3), Span.OVERDUE, "3 days ago"),
        (b.minutes(-5), Span.OVERDUE, "today, over"),
        (b.minutes(5), Span.WEEK, "in less than a day"),
        (b.days(7), Span.WEEK, "in 7 days"),
        (b.days(8), Span.MONTH, "in 8 days"),
        (b.days(30), Span.MONTH, "in 30 days"),
        (b.days(31), Span.QUARTER, "in 31 days"),
        (b.days(90), Span.QUARTER, "in 90 days"),
        (b.days(91), Span.LATER, "in 91 days"),
    ],
)
def test_each_date_stands_in_its_span_of_time(left, span, distance):
    found = event("Certificate", b.account(), b.certificate(expires_at=b.NOW + left))
    assert (found.span, found.distance) == (span, distance)


def test_a_healthy_certificate_that_no_finding_names_has_its_date_too():
    found = event("Certificate", b.account(), b.connection("own"), b.certificate("cert"))
    assert found.title == "cert of aa expires"
    assert found.hits == "used by own"
    assert found.finding is None
    assert found.at == b.NOW + b.days(200)


def test_an_expired_certificate_leads_to_its_finding():
    found = event("Certificate", b.account(), b.connection(), b.certificate(expires_at=b.NOW - b.days(2)))
    assert found.title == "AzureRunAsCertificate of aa expired"
    assert found.finding is not None


def test_a_webhook_tells_what_it_starts_and_a_disabled_one_is_quiet():
    found = event("Webhook", b.account(), b.webhook(), b.webhook("Off", enabled=False))
    assert (found.title, found.hits) == ("Hook of aa expires", "starts Backup on workers")
    doubtful = event("Webhook", b.account(), b.webhook(enabled=None, run_on=None))
    assert doubtful.hits == "starts Backup on Azure itself; whether it is enabled was not told"


def test_a_schedule_that_ends_tells_what_it_starts_and_one_that_ended_is_quiet():
    parts = (b.account(), b.group(), b.job_schedule())
    found = event("Schedule", *parts, b.schedule(expires_at=b.NOW + b.days(5)))
    assert (found.title, found.hits) == ("Nightly of aa ends", "starts Backup on workers")
    over = (*parts, b.schedule(expires_at=b.NOW - b.days(5), next_run=None))
    assert not [each for each in events(*over) if each.kind == "Schedule"]


def test_a_silent_worker_is_due_to_be_purged_thirty_days_after_its_last_ping():
    parts = (b.account(), b.group(), b.job_schedule(), b.schedule(), b.webhook())
    found = event("Worker", *parts, b.worker(age=b.days(25)))
    assert found.at == b.NOW + b.days(5)
    assert found.title == "vm1 is due to be purged unless it pings"
    assert found.hits == "group workers of aa, on which 2 of its schedules and webhooks start runbooks"
    assert found.finding is not None
    over = event("Worker", *parts, b.worker(age=b.days(40)))
    assert (over.title, over.span) == ("vm1 was due to be purged", Span.OVERDUE)


def test_workers_that_ping_or_never_pinged_have_no_date():
    assert not events(b.account(), b.group(), b.worker(), b.worker("vm2", age=None))


def test_language_versions_have_a_date_before_and_after_their_support_ends():
    parts = (b.account(), b.runbook(runbook_type="PowerShell72"), b.runbook("New", environment="Custom"))
    environment = b.environment(version="7.4")
    before = events(*parts, environment, as_of=datetime(2026, 9, 1, tzinfo=UTC))
    assert [(each.title, each.uses, each.span) for each in before] == [
        ("Support of PowerShell 7.2 ended", ("Backup in aa",), Span.OVERDUE),
        ("Support of PowerShell 7.4 ends", ("New in aa",), Span.QUARTER),
    ]
    assert all(each.source.href.startswith("https://learn.microsoft.com/") for each in before)


def test_agents_features_and_platforms_that_microsoft_retired_are_counted_with_their_users():
    found = {
        each.title: each.uses
        for each in events(
            b.account(), b.group(), b.worker(worker_type=WorkerType.V1), b.connection(), b.dsc_node(),
            b.workspace(), b.heartbeat("vm1"), b.heartbeat("new", agent=False),
        )
        if each.kind == "Retirement"
    }  # fmt: skip
    assert found == {
        "Run As accounts were retired and cannot be renewed": ("AzureRunAsConnection in aa",),
        "The Log Analytics agent was retired": ("vm1",),
        "Jobs on agent-based (V1) workers were stopped, whose platform was retired on 2024-08-31": ("vm1 in aa",),
        "Azure Automation State Configuration retires": ("node1 in aa",),
    }


def test_overdue_stands_first_and_the_next_date_first_in_each_span():
    certificates = [b.certificate(f"c{days:+}", expires_at=b.NOW + b.days(days)) for days in (50, -3, 40, -9, 2)]
    told = line(b.account(), *certificates)
    assert [(bucket.span, [e.subject.name for e in bucket.events]) for bucket in told.buckets if bucket.count] == [
        (Span.OVERDUE, ["c-9", "c-3"]),
        (Span.WEEK, ["c+2"]),
        (Span.QUARTER, ["c+40", "c+50"]),
    ]


def test_the_strip_counts_every_event_once():
    certificates = [b.certificate(f"c{days}", expires_at=b.NOW + b.days(days)) for days in (-3, 0.5, 1, 8, 90, 91, 900)]
    told = line(b.account(), *certificates)
    assert [bar.count for bar in told.bars] == [1, 2, 1, *[0] * 10, 1, 2]
    assert sum(bar.count for bar in told.bars) == told.count == 7


def test_reads_that_may_hide_dates_are_told_and_others_are_not():
    told = line(
        b.account(), b.gap(Reading.WEBHOOKS, b.account_id()), b.gap(Reading.DIAGNOSTIC_SETTINGS, b.account_id())
    )
    assert [gap.reading for gap in told.unread] == [Reading.WEBHOOKS]
    page = to_html(scan_of(b.estate(b.account(), b.gap(Reading.CERTIFICATES, b.account_id()))))
    assert "1 read that could have shown dates was not answered" in page
    assert "Nothing that was seen has an end; see above what was not." in page


def test_lists_above_the_dates_that_were_not_read_are_told_as_well():
    told = line(b.gap(Reading.ACCOUNTS, b.subscription_id(), GapReason.TIMEOUT, status=None, code=""))
    assert [gap.reading for gap in told.unread] == [Reading.ACCOUNTS]


def test_dates_that_azure_left_out_are_told():
    told = line(
        b.account(), b.group(), b.certificate(expires_at=None), b.webhook(expires_at=None),
        b.webhook("Off", expires_at=None, enabled=False), b.worker(seen=SeenState.UNREADABLE, last_seen=None),
    )  # fmt: skip
    assert told.untold == "1 certificate, 1 enabled webhook and 1 worker"


def test_a_tenant_without_any_date_says_so_only_of_what_was_seen():
    page = to_html(scan_of(b.estate(b.account())))
    assert "Nothing that was seen has an end." in page


def test_events_beyond_the_limit_are_counted():
    hooks = [b.webhook(f"h{number:04}") for number in range(MOST_EVENTS + 5)]
    told = line(b.account(), *hooks)
    (later,) = [bucket for bucket in told.buckets if bucket.count]
    assert (later.count, len(later.events)) == (MOST_EVENTS + 5, MOST_EVENTS)
    assert "and 5 more, the later ones" in to_html(scan_of(b.estate(b.account(), *hooks)))
