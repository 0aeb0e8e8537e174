"""Azure's limits: token buckets and windows, and what answers say of them."""

import json

import pytest

from scanner.emulator import Bucket

SUBSCRIPTION = "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001"
TENANT_LIST = "/subscriptions?api-version=2022-12-01"
ACCOUNTS = f"{SUBSCRIPTION}/providers/Microsoft.Automation/automationAccounts?api-version=2024-10-23"
ABSENT = ACCOUNTS.replace("?", "/aa-absent/certificates?").replace("/providers", "/resourceGroups/rg-none/providers")
READS = "x-ms-ratelimit-remaining-subscription-reads"
GLOBAL_READS = "x-ms-ratelimit-remaining-subscription-global-reads"
QUERY = "/v1/workspaces/00000000-0000-0000-0000-000000000000/query"  # of no workspace: it counts all the same


async def told(wire, path):
    response = await wire.send("GET", path)
    return response.status, *(response.headers.get(name) for name in (READS, GLOBAL_READS))


async def log_queries(wire, count):
    return [await wire.send("POST", QUERY, b'{"query": "Heartbeat"}') for _ in range(count)]


async def test_without_a_bucket_each_answer_of_a_subscription_tells_of_plenty(wire):
    contoso = wire()
    assert [await told(contoso, ACCOUNTS) for _ in range(2)] == [(200, "11999", "16499")] * 2
    assert await told(contoso, ABSENT) == (404, "11999", "16499")


async def test_an_answer_of_the_tenant_tells_of_the_tenants_own_reads(wire):
    assert await told(wire(), TENANT_LIST) == (200, None, None)
    answer = await wire(bucket=Bucket(capacity=2)).send("GET", TENANT_LIST)
    assert answer.headers["x-ms-ratelimit-remaining-tenant-reads"] == "1"


async def test_a_bucket_runs_dry_and_refills_with_the_clock(wire):
    limited = wire(bucket=Bucket(capacity=2, refill=0.5))
    assert await told(limited, ACCOUNTS) == (200, "1", "29")
    assert await told(limited, ABSENT) == (404, "0", "28")
    assert await told(limited, ACCOUNTS) == (429, None, None)
    assert (await limited.send("GET", ACCOUNTS)).headers["Retry-After"] == "2"
    await limited.emulator.clock.sleep(2)
    assert [(await told(limited, ACCOUNTS))[0] for _ in range(2)] == [200, 429]
    assert (await limited.send("GET", TENANT_LIST)).status == 200


async def test_two_hundred_log_queries_fit_into_thirty_seconds(wire):
    limited = wire(bucket=Bucket())
    assert {answer.status for answer in await log_queries(limited, 200)} == {404}
    await limited.emulator.clock.sleep(10)
    (refused,) = await log_queries(limited, 1)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "20")
    assert json.loads(refused.body)["error"]["code"] == "ThrottledError"
    await limited.emulator.clock.sleep(20)
    assert (await log_queries(limited, 1))[0].status == 404


async def test_a_sixth_log_query_waits_until_the_first_has_ended(wire):
    limited = wire(bucket=Bucket(), latency=2.0)
    assert [answer.delay for answer in await log_queries(limited, 11)] == [2.0] * 5 + [4.0] * 5 + [6.0]
    await limited.emulator.clock.sleep(5)
    assert [answer.delay for answer in await log_queries(limited, 5)] == [2.0] * 4 + [3.0]


async def test_no_log_query_waits_longer_than_three_minutes(wire):
    limited = wire(bucket=Bucket(), latency=100.0)
    assert [answer.status for answer in await log_queries(limited, 11)] == [404] * 10 + [429]


@pytest.mark.parametrize("options", [{}, {"latency": 2.0}])
async def test_without_a_bucket_no_log_query_waits_or_is_refused(wire, options):
    answers = await log_queries(wire(**options), 210)
    assert {(answer.status, answer.delay) for answer in answers} == {(404, options.get("latency", 0.0))}
