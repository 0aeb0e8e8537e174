"""Redaction of estates: the judgement is the same, no name is left in any output, and the key brings all of them back."""

import json
import re
from collections import Counter
from itertools import chain
from random import Random

import msgspec
import pytest
from builders import NOW, account, account_id, group, group_id, heartbeat, machine, machine_id, subscription, worker
from leaks import GUID, leaked, originals, texts
from tangled import hindrances, tangled
from tenants import OF_NOW, estate_of
from unpacking import unpacked

from reports import DIFF_FORMATS, FORMATS, rendered_diff
from reports.summary import to_summary
from scanner.emulator import TENANTS, generate
from scanner.errors import UsageError
from scanner.findings import OptionSetting
from scanner.graph import EstateGraph
from scanner.inventory import KINDS, Estate, Reading, ScanFacts, Scope
from scanner.inventory.merge import merge
from scanner.inventory.snapshot import dump, load
from scanner.pipeline import scan_of, shown_scan
from scanner.records import Judge, baseline_at
from scanner.redaction import KeyFile, Redaction, UnclassifiedError, every_struct, kind_of
from scanner.settings import read_settings

KEY = bytes(range(32))
ENTRIES = "worker-registered-twice"
"""Of the entries of one machine the one whose id sorts first stands for all: under pseudonyms another one may."""


def estate(*parts, **facts):
    told = {"started_at": NOW, "finished_at": NOW, "as_of": None, "cloud": "AzureCloud", "tenant_id": "t"}
    return Estate.of(ScanFacts(**told | {"scope": Scope()} | facts), [], [subscription(), *parts])


def outputs(scan):
    """All that a scan leaves, as text: each format with its companions, and the summary."""
    for name, renderer in FORMATS.items():
        for beside, each in ((name, renderer), *renderer.companions.items()):
            yield beside, "\n".join(unpacked(b"".join(each.render(scan))))
    yield "summary", to_summary(scan)


def judged(scan):
    """What a judgement comes to, whatever things are called."""
    checks = {finding.fingerprint: finding.check for finding in scan.findings}
    return (
        Counter(
            (f.check, f.severity, len(f.remediation))
            if f.check == ENTRIES
            else (f.check, f.severity, f.scenarios, len(f.remediation), f.root_cause and checks[f.root_cause])
            for f in scan.findings
        ),
        Counter(unknown.check for unknown in scan.unknowns),
        Counter((spot.gap.reading, spot.gap.reason, spot.affects) for spot in scan.blind_spots),
        [(scenario.id, scenario.outcome) for scenario in scan.scenarios],
        len(scan.errors),
    )


def compared(scan):
    """What the settings and the baseline come to, whatever things are called.

    Of several like causes the one whose id sorts first is named, so whether a finding changed its cause may differ.
    """
    told = scan.comparison
    lists = (told.new_findings, (*told.changed, *told.still), told.fixed, told.unseen)
    return (
        Counter((f.check, f.acceptance is not None) for f in scan.findings if f.check != ENTRIES),
        [(standing.state, standing.matched) for standing in scan.settings.accepted],
        [
            Counter(getattr(each, "finding", each).check for each in listed) - Counter({ENTRIES: len(listed)})
            for listed in lists
        ],
        [len(items) for items in msgspec.structs.astuple(told.resources)],
        [[row.status for row in view.rows] for view in scan.frameworks],
    )


def is_hidden(seen, folder):
    """Assert that the redacted estate is judged alike and shows no name, alone and with all else; return it."""
    key = KeyFile.open(folder / "key")
    redaction = key.redaction
    redacted = redaction.estate(seen)
    before, after = scan_of(seen), scan_of(redacted)
    assert judged(after) == judged(before)
    names = originals(seen) | {"canary"}
    for name, output in (*outputs(after), ("estate", "\n".join(texts(redacted)))):
        assert leaked(names, output) == set(), name
    settings, earlier = settings_on(before, folder), folder / "earlier-canary.snapshot"
    earlier.write_bytes(dump(before_now(seen)))
    more = {"settings": settings, "frameworks": ("nist-800-53-r5", "mcsb")}
    real = scan_of(seen, baseline=baseline_at(earlier, Judge(settings)), **more)
    shown = shown_scan(seen, redaction, baseline=baseline_at(earlier, Judge(settings, redaction=redaction)), **more)
    assert judged(shown) == judged(real)
    assert compared(shown) == compared(real)
    for name, output in (*outputs(shown), *diffs(shown.comparison)):
        assert leaked(names, output) == set(), name
    return redaction, redacted


def diffs(comparison):
    return ((name, "".join(rendered_diff(comparison, name))) for name in DIFF_FORMATS)


def before_now(seen):
    """The estate as it may have been: some workers were not there, and some groups that are gone were."""
    return Estate.of(
        seen.facts,
        seen.reads,
        [*chain.from_iterable(getattr(seen, k) for k in KINDS.values() if k != "workers"), *seen.workers[::2]],
    )


def settings_on(scan, folder):
    """Settings that name what a scan found by its real names, in each way in which an entry can."""
    found = [f for f in scan.findings if f.check != ENTRIES and f.subject.text.isprintable()]
    chosen = {f.check: f for f in found}.values()
    entries = []
    for number, finding in enumerate(chosen):
        subject = finding.subject
        where = (
            {"subject": subject.text},
            {"subject": f"{subject.name[:-1]}?"},
            {"subject": f"*{subject.name}", "within": subject.parent.text},
            {"within": (finding.account or subject).text},
            {"subject": f"{subject.text[:-2]}*", "expires": "2020-01-01"},
            {"subject": f"nothing-like-{subject.name}", "within": subject.text},
        )[number % 6]
        told = {"owner": "canary", "reason": f"{subject.name} is old", "ticket": f"CANARY-{number}"} | where
        written = "".join(
            f"{name} = {json.dumps(text, ensure_ascii=False)}\n" for name, text in told.items() if name != "expires"
        )
        entries.append(
            f'[[accept]]\ncheck = "{finding.check}"\nexpires = {told.get("expires", "2099-01-01")}\n{written}'
        )
    file = folder / "canary" / "my-canary.toml"
    file.parent.mkdir()
    file.write_text("\n".join([*entries, '[severity]\njob-stuck = "off"\nworker-stale = "high"\n']))
    read = read_settings(file)
    option = OptionSetting(name="resource-group", value="canary", origin=str(file))
    return msgspec.structs.replace(read, options=(option,))


# -- judgement and leaks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OF_NOW)
def test_a_redacted_tenant_is_judged_alike_and_names_nothing(name, tmp_path):
    seen = estate_of(TENANTS[name](NOW), page_size=100)
    redaction, redacted = is_hidden(seen, tmp_path)
    again = scan_of(redaction.revealed(redacted))
    assert {f.fingerprint for f in again.findings} == {f.fingerprint for f in scan_of(seen).findings}


@pytest.mark.parametrize("seed", [0, 2])
def test_a_redacted_tangled_tenant_is_judged_alike_and_names_nothing(seed, tmp_path):
    base = TENANTS["contoso"](NOW) if seed % 2 else generate(accounts=6, subscriptions=4, groups=1, now=NOW, seed=seed)
    tenant = tangled(base, seed)
    is_hidden(estate_of(tenant, page_size=100, faults=hindrances(tenant, seed)), tmp_path)


# -- relations ------------------------------------------------------------------------------------------------


def redacted(*parts, **facts):
    return Redaction(KEY).estate(estate(*parts, **facts))


def test_names_that_differ_in_case_only_stay_one():
    [one] = redacted(account(account_id("AA"))).accounts
    [other] = redacted(account(account_id("aa"))).accounts
    assert one.id == other.id
    assert one.name == other.name == one.id.name


def test_a_worker_its_machine_and_its_heartbeats_stay_together():
    seen = redacted(
        group(),
        worker(worker_name="web01", machine=machine_id("WEB01")),
        machine(machine_id("web01"), computer_name="web01", vm_id="3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        heartbeat("web01.corp.contoso.com", vm_uuid="E004253F-894F-D341-9A0C-0305E82C3301"),
    )
    graph = EstateGraph.of(seen)
    [found] = seen.workers
    assert found.machine == seen.machines[0].id
    assert found.worker_name == seen.machines[0].name == seen.heartbeats[0].computer.partition(".")[0]
    assert graph.heartbeats.of(found).key == "VMUUID, its bytes swapped"


def test_an_accounts_guid_is_one_in_all_service_urls():
    guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    url = f"https://{guid}.jrds.we.azure-automation.net/automationAccounts/{guid}"
    [seen] = redacted(account(hybrid_service_url=url)).accounts
    own = GUID.search(seen.hybrid_service_url)[0]
    assert seen.hybrid_service_url == url.replace(guid, own)
    assert own != guid


def test_the_same_key_gives_the_same_pseudonyms_and_another_key_others():
    one, again, other = (Redaction(key).id(account_id()) for key in (KEY, KEY, bytes(32)))
    assert one == again != other


@pytest.mark.parametrize("address", ["10.1.2.3", "203.0.113.7", "fe80::1", "2001:DB8::1"])
def test_addresses_become_addresses_that_no_host_has(address):
    [seen] = redacted(group(), worker(ip=address)).workers
    assert seen.ip.startswith(("24", "25", "2001:db8:"))
    assert seen.ip != address.lower()


def test_pseudonyms_of_thousands_of_names_are_distinct():
    redaction = Redaction(KEY)
    names = [f"vm{Random(number).random()}" for number in range(20_000)]  # noqa: S311 - no secret
    ids = {redaction.id(machine_id(name)).name for name in names}
    addresses = {redaction.text(f"10.{number % 256}.{number // 256}.1") for number in range(20_000)}
    assert len(ids) == len(addresses) == 20_000


# -- what is classified ---------------------------------------------------------------------------------------


def structs(annotation):
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
        for field in msgspec.structs.fields(annotation):
            yield from structs(field.type)
    for argument in getattr(annotation, "__args__", ()):
        yield from structs(argument)


def test_every_text_of_every_type_is_classified():
    every = set(chain.from_iterable(map(structs, every_struct())))
    assert len(every) > 40
    for kind in every:
        for field in msgspec.structs.fields(kind):
            if re.search(r"\bstr\b", str(field.type)):
                assert kind_of(kind, field.name)


class Novelty(msgspec.Struct, frozen=True):
    note: str | None = None


class Riddle(msgspec.Struct, frozen=True):
    facts: dict[str, int] = {}


@pytest.mark.parametrize("thing", [Novelty("Contoso"), Riddle()])
def test_what_nobody_classified_stops_the_redaction(thing):
    with pytest.raises(UnclassifiedError):
        Redaction(KEY).learn(thing)


def test_every_action_that_a_read_needs_is_public():
    redaction = Redaction(KEY)
    for reading in Reading:
        assert redaction.text(" ".join(reading.operations)) == " ".join(reading.operations)


# -- with other scans -----------------------------------------------------------------------------------------


def test_a_baseline_is_redacted_alike_and_only_once(tmp_path):
    seen = estate(account())
    redaction = Redaction(KEY)
    baseline, now = redaction.estate(seen), Redaction(KEY).estate(seen)
    assert baseline == now
    assert redaction.estate(baseline) is baseline
    (tmp_path / "s").write_bytes(dump(baseline))
    assert load(tmp_path / "s") == baseline


def test_estates_under_another_key_are_refused():
    seen = Redaction(KEY).estate(estate(account()))
    other = Redaction(bytes(32))
    for work in (other.estate, other.revealed):
        with pytest.raises(UsageError, match="another key"):
            work(seen)


def test_redacted_and_real_estates_are_not_merged():
    seen = estate(account())
    with pytest.raises(UsageError, match="their redaction"):
        merge({"one": seen, "two": Redaction(KEY).estate(seen)})


def test_the_real_id_of_a_redacted_one_is_found():
    redaction = Redaction(KEY)
    real = group_id("hwg Müller", account_id("aa-1"))
    assert redaction.original(redaction.id(real)).text == real.text
    assert redaction.original(real) == real
