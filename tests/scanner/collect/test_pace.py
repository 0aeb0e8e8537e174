"""A whole scan under Azure's limits: hardly a 429, no read lost, and no slower than the bucket lets it be."""

import pytest
from builders import NOW

from scanner.emulator import Bucket, generate, throttle
from scanner.inventory import GapReason, Reading


async def test_one_large_subscription_is_read_as_fast_as_its_bucket_fills(collect):
    tenant = generate(accounts=50, subscriptions=1, now=NOW)
    estate, emulator = await collect(tenant, page_size=1_000, bucket=Bucket())
    requests = estate.facts.requests
    assert estate.ledger.gaps == ()
    assert requests.throttled < requests.sent / 100
    reads = sum(1 for _, path, _ in emulator.requests if path.startswith("/subscriptions/"))
    assert emulator.clock.now() <= 1.05 * (reads - 250) / 25 + 1


async def test_a_bucket_that_is_smaller_than_azures_own_is_learnt(collect):
    tenant = generate(accounts=40, subscriptions=1, now=NOW)
    estate, _ = await collect(tenant, page_size=1_000, bucket=Bucket(capacity=60, refill=10.0))
    assert estate.ledger.gaps == ()
    assert estate.facts.requests.throttled < estate.facts.requests.sent / 20


async def test_a_subscription_that_refuses_everything_loses_its_own_reads_only(collect):
    tenant = generate(accounts=12, subscriptions=3, now=NOW)
    refused = tenant.subscriptions[0].id
    estate, _ = await collect(
        tenant, page_size=1_000, faults=[throttle(1, retry_after=5, scope=f"/subscriptions/{refused}")]
    )
    gaps = estate.ledger.gaps
    assert {gap.reason for gap in gaps} == {GapReason.THROTTLED}
    assert all(refused in gap.scope.lower() for gap in gaps)


@pytest.mark.parametrize("every", [7, 3])
async def test_refusals_now_and_then_lose_nothing(collect, every):
    tenant = generate(accounts=6, subscriptions=2, now=NOW)
    estate, _ = await collect(tenant, page_size=1_000, faults=[throttle(every)])
    assert estate.ledger.gaps == ()
    assert estate.facts.requests.throttled > 0


async def test_a_subscription_that_refuses_for_ever_ends_within_minutes(collect):
    tenant = generate(accounts=20, subscriptions=2, now=NOW)
    refused = tenant.subscriptions[0].id
    faults = [throttle(1, retry_after=20, scope=f"/subscriptions/{refused}")]
    estate, emulator = await collect(tenant, page_size=1_000, faults=faults)
    assert {gap.reason for gap in estate.ledger.gaps} == {GapReason.THROTTLED}
    assert emulator.clock.now() < 600


async def test_one_list_that_is_refused_for_ever_holds_up_nothing_else(collect):
    tenant = generate(accounts=20, subscriptions=1, now=NOW)
    faults = [throttle(1, retry_after=20, operation="Microsoft.Automation/automationAccounts/jobs/read")]
    estate, emulator = await collect(tenant, page_size=1_000, faults=faults)
    assert {gap.reading for gap in estate.ledger.gaps} == {Reading.JOBS}
    assert emulator.clock.now() < 600
