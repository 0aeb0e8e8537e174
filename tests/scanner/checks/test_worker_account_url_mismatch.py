"""worker-account-url-mismatch: the extension names another account than the one that lists the worker."""

import pytest
from builders import (
    HYBRID_URL,
    account,
    account_id,
    answered,
    days,
    extension,
    findings,
    gap,
    group,
    machine,
    machine_id,
    minutes,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import Reading, WorkerType

CHECK = "worker-account-url-mismatch"
HERE = (account(), group(), worker(age=days(2)), machine())
OTHER_URL = HYBRID_URL.replace("0001", "0002")
STRAY = extension(account_url=OTHER_URL)


@pytest.mark.firing
def test_it_fires_where_the_guids_differ():
    [finding] = findings(CHECK, *HERE, STRAY)
    assert (finding.severity, finding.subject) == (Severity.HIGH, worker().id)
    assert (finding.evidence["extension_url"], finding.evidence["account_url"]) == (OTHER_URL, HYBRID_URL)


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("url", [
    HYBRID_URL,
    HYBRID_URL.upper() + "/",
    "https://aaaaaaaa-0000-0000-0000-000000000001.agentsvc.ne.azure-automation.net/",
])  # fmt: skip
def test_case_slash_and_host_do_not_count(url):
    parts = (*HERE, extension(account_url=url))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_an_account_that_is_visible_is_told_by_another_check():
    other = account(account_id("other"), hybrid_service_url=OTHER_URL)
    assert findings(CHECK, *HERE, other, STRAY) == unknowns(CHECK, *HERE, other, STRAY) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_worker_that_pings_caps_it_until_exactly_thirty_minutes():
    [low] = findings(CHECK, account(), group(), worker(age=minutes(29)), machine(), STRAY)
    [high] = findings(CHECK, account(), group(), worker(age=minutes(30)), machine(), STRAY)
    assert (low.severity, high.severity) == (Severity.LOW, Severity.HIGH)


@pytest.mark.quiet
def test_a_v1_worker_and_a_missing_extension_are_not_its_concern():
    v1 = (account(), group(), worker(worker_type=WorkerType.V1), machine(), STRAY)
    for parts in (v1, HERE):
        assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize(("parts", "because"), [
    ((account(hybrid_service_url=None), machine(), STRAY), "automationHybridServiceUrl"),
    ((account(hybrid_service_url="https://elsewhere"), machine(), STRAY), "automationHybridServiceUrl"),
    ((account(), machine(), extension(account_url=None)), "AutomationAccountURL"),
    ((account(), machine(), extension(account_url="https://elsewhere")), "AutomationAccountURL"),
    ((account(), machine(), extension(account_url=HYBRID_URL + OTHER_URL)), "AutomationAccountURL"),
    ((account(), machine(), extension(account_url=None, settings_told=False)), "settings"),
    ((account(), machine(extensions_told=False)), "extensions"),
])  # fmt: skip
def test_what_azure_did_not_tell_is_unknown(parts, because):
    told = (*parts, group(), worker(age=days(2)))
    assert findings(CHECK, *told) == []
    [unknown] = unknowns(CHECK, *told)
    assert (unknown.subject, unknown.because) == (worker().id, because)


@pytest.mark.blind
def test_an_account_that_could_not_be_read_is_unknown_for_its_workers_only():
    denied = gap(Reading.ACCOUNT, account_id())
    untold = account(hybrid_service_url=None, detailed=False)
    [unknown] = unknowns(CHECK, untold, group(), worker(), machine(), STRAY, denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)
    assert unknowns(CHECK, untold, group(), denied) == []


@pytest.mark.blind
@pytest.mark.parametrize("denied", [
    gap(Reading.VIRTUAL_MACHINES, subscription_id()), gap(Reading.VIRTUAL_MACHINE, machine_id()),
])  # fmt: skip
def test_a_machine_that_is_hidden_is_unknown(denied):
    [unknown] = unknowns(CHECK, account(), group(), worker(), denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


@pytest.mark.blind
def test_extensions_that_could_not_be_read_are_unknown():
    denied = gap(Reading.VM_EXTENSIONS, machine_id())
    [unknown] = unknowns(CHECK, *HERE, denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


@pytest.mark.quiet
def test_a_machine_that_is_gone_is_told_elsewhere():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    assert unknowns(CHECK, account(), group(), worker(), gone) == []


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, STRAY)
    removal, installation = finding.remediation
    assert removal.command.startswith("az vm extension delete --name HybridWorkerForWindows --vm-name vm1 ")
    assert HYBRID_URL in installation.command
