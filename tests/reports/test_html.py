"""The HTML report, through `to_html`: what it says, what it never says, and that it loads nothing."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from datetime import date
from html import unescape
from html.parser import HTMLParser

import builders as b
import msgspec
import pytest
from page_data import blocks

from reports import packing
from reports.anchors import account_anchor
from reports.html import MOST_GAPS, to_html
from reports.values import plain
from scanner.findings import Acceptance, Change, CheckError, Outcome, Scan, Severity, Unknown
from scanner.inventory import Estate, GapReason, Reading
from scanner.pipeline import scan_of

HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m\u202e\"'" + "x" * 200
VOID = {"meta", "br", "input", "link", "img"}


class Dom(HTMLParser):
    """Elements with their attributes, ids, the visible text, and whether every element was closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if self.open and self.open[-1] in {"style", "script"}:
            self.raw.setdefault(self.open[-1], data)  # the program stands before the data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]


def scan(*parts, **options) -> Scan:
    return scan_of(b.estate(*parts, **options))


def dom(*parts, **options) -> Dom:
    return Dom(to_html(scan(*parts, **options)))


def troubled(name: str = "aa") -> tuple:
    """An account with a stale worker that explains a group without an active one, and a workspace that is gone."""
    account = b.account_id(name)
    group = b.group_id(f"hwg-{name}", account)
    gone = b.workspace_id(f"law-{name}")
    return (
        b.account(account),
        b.link(gone, account),
        b.answered(Reading.WORKSPACE, gone, items=0, missing=True),
        b.group(group),
        b.worker(f"old-{name}", group, age=b.days(45)),
        b.connection(account=account),
    )


def hurt(group, *parts):
    """What the page says that findings on a group hurt."""
    judged = scan(*parts)
    finding = next(finding for finding in judged.findings if finding.subject == group)
    return blocks(to_html(judged)).detail_of(finding.fingerprint)["hurts"]


def quiet(*more) -> tuple:
    """An account with one worker about which no check has anything to say."""
    account = b.account(public_network_access=False, disable_local_auth=True)
    exposure = (b.private_endpoint(), b.diagnostic_setting())
    return (account, *exposure, b.group(), b.worker(), b.machine(), b.machine_size(), b.extension(), *more)


def without_a_verdict(judged: Scan) -> Scan:
    """The scan as if Azure had left a value out that one check needs."""
    return msgspec.structs.replace(judged, unknowns=(Unknown("worker-stale", b.worker().id, "lastSeenDateTime"),))


def with_facts(estate: Estate, **changes) -> Estate:
    return msgspec.structs.replace(estate, facts=msgspec.structs.replace(estate.facts, **changes))


def test_policy_allows_the_inlined_style_and_script_by_their_digests_and_nothing_else():
    page = dom(*troubled())
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"
    assert len(page.all("style")) == 1
    programs = [script for script in page.all("script") if script["type"] != packing.TYPE]
    assert programs == page.all("script")[:1] == [{"type": "module"}]
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data:"


def test_page_loads_nothing_and_has_no_inline_handler_or_style():
    page = dom(*troubled())
    for tag, attributes in page.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset", "action"}
        ], tag
        href = attributes.get("href", "#")
        assert href.startswith("#") or (tag == "a" and href.startswith("https://learn.microsoft.com/"))
    assert not re.search(r"url\(|@import|https?:", page.raw["style"])
    assert not re.search(r"fetch|XMLHttpRequest|import\b|https?:", page.raw["script"])
    assert not page.all("link")


def test_every_element_is_closed_and_every_link_inside_the_page_has_its_target():
    text = to_html(scan(*troubled(), b.gap(Reading.CERTIFICATES, b.account_id())))
    page, index = Dom(text), blocks(text).index
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for attributes in page.all("a") if attributes["href"].startswith("#")}
    made = {f"f-{print_}" for print_ in re.findall(".{32}", index["fingerprints"])} | set(index["accountAnchors"])
    assert {target.partition("?")[0] for target in targets} <= set(ids) | made
    named = [a[name] for _, a in page.elements for name in ("aria-labelledby",) if name in a]
    assert {word for ids_ in named for word in ids_.split()} <= set(ids)


def test_page_has_landmarks_one_first_heading_and_no_heading_level_left_out():
    page = dom(*troubled())
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    assert len(page.all("main")) == len(page.all("header")) == len(page.all("nav")) == len(page.all("footer")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert page.all("html") == [{"lang": "en"}]


def test_hostile_names_appear_literally_with_their_control_characters_spelled_out():
    account = b.account_id()
    group = b.group_id("workers", account)
    page = to_html(
        scan(
            b.account(account, name=HOSTILE),
            b.group(group, name=HOSTILE),
            b.worker("vm", group, age=b.days(45), worker_name=HOSTILE),
        )
    )
    parsed, packed = Dom(page), blocks(page)
    shown = r"</script><img src=x onerror=alert(1)>\x1b[31m\u202e" + "\"'" + "x" * 200
    assert shown in parsed.text
    assert not parsed.all("img")
    assert {script["type"] for script in parsed.all("script")} == {"module", packing.TYPE}
    assert shown in packed.index["accountNames"]
    assert any(shown in message for message in packed.index["message"])
    assert packed["accounts-0"][0]["groups"][0][0] == shown
    for text in (page, json.dumps(packed, ensure_ascii=False)):
        assert not re.search("[\x1b\u202e]", text)
    assert r"\u001b" not in json.dumps(packed)


def test_hostile_gap_messages_and_notes_are_spelled_out_too():
    estate = b.estate(
        b.account(), b.gap(Reading.GROUPS, b.account_id(), message="no\r\n<b>\u2066way", code="<i>", request_id="\x9b1")
    )
    page = to_html(scan_of(with_facts(estate, notes=("fell back\u202e <script>",))))
    assert not re.search("[\r\u2066\u202e\x9b]", page)
    assert r"no\r\n<b>\u2066way" in Dom(page).text
    assert r"fell back\u202e <script>" in Dom(page).text


def test_verdict_stands_before_coverage_and_coverage_before_the_findings():
    page = dom(*troubled(), b.gap(Reading.CERTIFICATES, b.account_id()))
    order = [attributes.get("id") for tag, attributes in page.elements if tag in {"h2", "section"}]
    assert order.index("verdict") < order.index("coverage") < order.index("findings")


def test_a_gap_is_named_with_everything_that_helps_to_close_it():
    gap = b.gap(Reading.CERTIFICATES, b.account_id(), message="does not have authorization", request_id="req-7")
    page = dom(*troubled(), gap)
    for words in (
        str(b.account_id()),
        "Microsoft.Automation/automationAccounts/certificates/read",
        "denied",
        "403",
        "AuthorizationFailed",
    ):
        assert words in page.text
    for words in ("does not have authorization", "req-7", "roles lack this action", "run-as-certificate-missing"):
        assert words in page.text
    assert "1 of" in page.text
    assert "planned reads was not answered" in page.text


def test_nothing_found_with_full_coverage_says_what_was_checked_and_when():
    page = dom(*quiet())
    assert "Nothing was found" in page.text
    assert "1 Automation account, 1 hybrid worker group and 1 worker" in page.text
    assert "2026-11-22 12:00:00 UTC" in page.text
    assert "Every planned read was answered" in page.text


def test_verdicts_unknown_by_values_that_azure_left_out_are_no_clean_coverage():
    page = Dom(to_html(without_a_verdict(scan(*quiet()))))
    assert "Every planned read was answered, but Azure left values out: 1 verdict is unknown." in page.text
    assert "nothing was left out of the judgement" not in page.text
    assert "planned reads were answered, but 1 verdict is unknown." in page.text


def test_a_crashed_check_is_no_clean_coverage():
    page = Dom(to_html(msgspec.structs.replace(scan(b.account()), errors=(CheckError("worker-stale", "boom"),))))
    assert "Every planned read was answered, but not every check judged what was read." in page.text
    assert "nothing was left out of the judgement" not in page.text


@pytest.mark.parametrize("reason", list(GapReason))
def test_a_gap_of_any_reason_keeps_the_page_from_a_clean_verdict(reason):
    page = dom(*quiet(b.gap(Reading.GROUPS, b.account_id(), reason, status=None, code="")))
    assert "Nothing was found in what was seen, which says nothing about the rest" in page.text
    assert reason.replace("_", " ").capitalize() + "." in page.text
    assert "healthy" not in page.text.partition("What could not be seen")[0]


def test_a_share_near_to_one_is_not_rounded_up_to_full_coverage():
    accounts = [b.account(b.account_id(f"a{number:03}")) for number in range(400)]
    page = dom(*accounts, b.gap(Reading.GROUPS, b.account_id("a000")))
    assert "(100.0" not in page.text
    assert "(99.9" in page.text


def test_a_tenant_in_which_nothing_was_answered_has_a_page_without_any_acquittal():
    page = dom(b.gap(Reading.SUBSCRIPTIONS, "/subscriptions"))
    assert "1 of 1 planned reads was not answered" in page.text
    assert "No Automation account was seen" in page.text
    assert "No sign" not in page.text.replace("“No sign” needs", "")


def test_an_interrupted_scan_says_so_before_anything_else():
    page = Dom(to_html(scan_of(with_facts(b.estate(*quiet()), interrupted=True))))
    assert page.text.index("Interrupted.") < page.text.index("Verdict")
    assert "The scan was interrupted, and this is only what it saw: nothing was found in what was seen" in page.text
    assert "nothing was left out of the judgement" not in page.text
    assert "Nothing was found:" not in page.text


def test_gaps_beyond_the_limit_are_counted_and_left_to_the_json_report():
    accounts = [b.account(b.account_id(f"a{number:04}")) for number in range(MOST_GAPS + 7)]
    page = dom(*accounts, *(b.gap(Reading.CONNECTIONS, account.id) for account in accounts))
    assert len([a for a in page.all("tr") if a.get("id", "").startswith("gap-")]) == MOST_GAPS
    assert "7 more are in report.json" in page.text


def test_a_finding_names_the_row_of_its_root_cause():
    judged = scan(*troubled())
    packed = blocks(to_html(judged))
    for finding in judged.findings:
        cause = packed.index["cause"][packed.row_of(finding.fingerprint)]
        assert cause == (packed.row_of(finding.root_cause) if finding.root_cause else -1)
    assert any(finding.root_cause for finding in judged.findings)


def test_every_finding_has_its_evidence_steps_and_commands_in_the_page():
    judged = scan(*troubled())
    packed = blocks(to_html(judged))
    index = packed.index
    assert len(index["message"]) == len(packed["findings-0"]["shape"]) == len(judged.findings) > 3
    for finding in judged.findings:
        row = packed.row_of(finding.fingerprint)
        subject = index["subject"][row].replace("~", index["accountIds"][index["account"][row]])
        detail = packed.detail_of(finding.fingerprint)
        assert (subject, index["message"][row]) == (str(finding.subject), finding.message)
        assert index["severities"][int(index["severity"][row])] == finding.severity
        assert index["checks"][index["check"][row]][0] == finding.check
        assert index["subscriptions"][index["subscription"][row]][0] == finding.subscription_id
        assert tuple(index["scenarioSets"][index["scenarios"][row]]) == finding.scenarios
        assert detail["steps"] == [
            [step.text, step.command, step.shell] if step.command else [step.text] for step in finding.remediation
        ]
        assert detail["evidence"] == plain(finding.evidence)
    assert "2026-10-08 12:00:00 UTC" in str(packed["findings-0"]["facts"])


def test_a_finding_has_the_reads_behind_it_with_the_request_ids_of_those_that_failed():
    lost = b.gap(Reading.JOBS, b.account_id(), request_id="req-8")
    judged = scan(*troubled(), lost)
    packed = blocks(to_html(judged))
    reads = {}
    for finding in judged.findings:
        told = packed.detail_of(finding.fingerprint)["reads"]
        reads[finding.check] = {packed.index["operations"][number]: rest for number, *rest in told}
    stale = next(finding for finding in judged.findings if finding.check == "worker-stale")
    seen = reads["worker-stale"][Reading.WORKERS.operation]
    assert seen == [len(stale.subject.parent.text), "2026-11-22 12:00:00 UTC", None]
    gaps = [rest[2] for told in reads.values() for rest in told.values() if rest[2]]
    assert [lost.gap.id, "denied", "req-8"] in gaps


def test_an_accepted_finding_has_its_acceptance_and_a_changed_one_its_change():
    judged = scan(*troubled())
    accepted = Acceptance(
        owner="Ops",
        reason="until <June>\u202e",
        ticket="T-1",
        expires=date(2027, 6, 30),
        accepted_on=None,
        origin="x.toml",
    )
    first, second, *rest = judged.findings
    first = msgspec.structs.replace(first, acceptance=accepted, declared=Severity.INFO)
    second = msgspec.structs.replace(second, change=Change.NEW)
    packed = blocks(to_html(msgspec.structs.replace(judged, findings=(first, second, *rest))))
    detail = packed.detail_of(first.fingerprint)
    assert detail["acceptance"]["Reason"] == r"until <June>\u202e"
    assert detail["acceptance"]["Holds until the end of"] == "2027-06-30 UTC"
    assert detail["declared"] == "info"
    index = packed.index
    assert [row for row, mark in enumerate(index["accepted"]) if mark == "1"] == [packed.row_of(first.fingerprint)]
    assert [row for row, mark in enumerate(index["change"]) if mark] == [packed.row_of(second.fingerprint)]
    assert index["changes"] == ["new"]


def test_the_page_of_an_account_has_its_facts_groups_unknowns_and_gaps():
    account = b.account_id()
    gap = b.gap(Reading.CERTIFICATES, account, request_id="req-7")
    text = to_html(scan(*troubled(), gap))
    packed = blocks(text)
    page = packed.rows("accounts")[packed.index["accountIds"].index(str(account))]
    assert page["about"]["Linked workspace"].endswith("/law-aa, MISSING")
    assert [(name, workers) for name, _, _, workers in page["groups"]] == [
        ("hwg-aa", [["old-aa", "V2", "last ping 2026-10-08 12:00"]])
    ]
    assert [(gap_id, request) for gap_id, _, _, _, request in page["gaps"]] == [(gap.gap.id, "req-7")]
    assert {check for check, *_ in page["unknowns"]} >= {"run-as-certificate-missing"}
    assert packed.index["accountAnchors"] == [account_anchor(account)]
    assert f'id="{account_anchor(account)}"' in text


def test_a_crashed_check_is_named_and_never_counts_as_nothing_found():
    judged = msgspec.structs.replace(scan(b.account()), errors=(CheckError("worker-stale", "KeyError: <x>"),))
    page = Dom(to_html(judged))
    assert "1 check crashed and judged nothing" in page.text
    assert "KeyError: <x>" in page.text
    assert "Nothing was found:" not in page.text


def test_the_scenarios_are_a_table_of_fourteen_rows_with_their_outcome_scripts_and_findings():
    judged = scan(*troubled(), b.gap(Reading.RUNBOOKS, b.account_id()))
    page = to_html(judged)
    rows = {m[1]: m[0] for m in re.finditer(r'<tr id="(S\d+)">.*?</tr>', page, re.DOTALL)}
    assert list(rows) == [f"S{number}" for number in range(1, 15)]
    for scenario in judged.scenarios:
        row = rows[scenario.id]
        assert row.count("<pre data-shell=") == len(scenario.scripts)
        assert all(f'href="#f-{print_}"' in row for print_ in scenario.findings)
        words = Dom(row).text
        copied = re.findall(r'<pre data-shell="\w+"><code>(.*?)</code></pre>', row, re.DOTALL)
        assert [unescape(re.sub("<[^>]+>", "", text)) for text in copied] == [
            script.text for script in scenario.scripts
        ]
        sentence = {"no_sign": "Nothing cloud-visible, which excludes nothing", "not_seen": "Could not look everywhere"}
        assert sentence.get(scenario.outcome, "Findings of this scan") in words
    assert 'href="#unknowns-runbook-uses-msonline"' in rows["S11"]
    assert 'id="unknowns-runbook-uses-msonline"' in page


def test_a_check_that_did_not_run_is_named_without_a_link():
    judged = scan(b.account())
    unseen = tuple(
        msgspec.structs.replace(scenario, outcome=Outcome.NOT_SEEN, findings=(), because=("some-other-check",))
        for scenario in judged.scenarios
    )
    page = Dom(to_html(msgspec.structs.replace(judged, scenarios=unseen)))
    assert page.text.count("some-other-check did not run") == 14


def test_a_finding_on_a_group_says_what_it_hurts_with_the_next_run():
    account = b.account_id()
    group = b.group_id("hwg-aa", account)
    starts = (b.job_schedule(run_on="HWG-AA"), b.schedule(), b.webhook(run_on="hwg-aa"), b.job(run_on="hwg-aa"))
    told = hurt(group, *troubled(), b.runbook(), *starts)
    assert told["says"] == (
        "1 runbook on group hwg-aa: Backup. 1 job in the last 7 days. Next run 2026-11-22 18:00:00 UTC."
    )
    assert told["title"] == "Started by 2 schedules and webhooks"
    assert "webhook Hook starts Backup" in told["starts"]
    more = hurt(group, *troubled(), b.runbook(), *starts, b.gap(Reading.JOBS, account))
    assert "there may be more" in more["says"]


def test_a_finding_on_a_group_on_which_nothing_starts_says_so_only_when_all_was_read():
    group = b.group_id("hwg-aa", b.account_id())
    quiet = "Nothing starts on group hwg-aa: no active schedule or webhook, and no job in the last 7 days."
    assert hurt(group, *troubled())["says"] == quiet
    hidden = hurt(group, *troubled(), b.gap(Reading.WEBHOOKS, b.account_id()))
    assert hidden["says"] == "Nothing was seen that starts on group hwg-aa, but not everything was read."


def test_what_was_skipped_and_included_is_told_with_the_facts_of_the_scan():
    estate = with_facts(
        b.estate(b.account()), skipped=("logs", "jobs"), included=("variables",), since=b.NOW - b.days(9)
    )
    page = Dom(to_html(scan_of(estate)))
    assert "Skipped logs, jobs" in page.text
    assert "Included variables" in page.text
    assert "Look-backs begin 2026-11-13 12:00:00 UTC" in page.text


def test_documentation_links_lead_to_microsoft_only():
    judged = scan(*troubled())
    crooked = tuple(
        msgspec.structs.replace(
            check, documentation="T.\n\n## Read\n* [here](https://evil.example/x) and [there](javascript:x)\n* `code`"
        )
        for check in judged.checks
    )
    page = Dom(to_html(msgspec.structs.replace(judged, checks=crooked)))
    assert not [a for a in page.all("a") if a["href"].startswith(("https://evil", "javascript"))]
    assert "[here](https://evil.example/x)" in page.text


def test_two_renderings_of_a_scan_are_the_same_bytes():
    parts = (*troubled("one"), *troubled("two"), b.gap(Reading.CERTIFICATES, b.account_id("one")))
    assert to_html(scan(*parts)) == to_html(scan(*reversed(parts)))


def test_page_grows_in_proportion_to_the_findings():
    few = len(to_html(scan(*(part for number in range(20) for part in troubled(f"a{number:04}")))))
    many = len(to_html(scan(*(part for number in range(200) for part in troubled(f"a{number:04}")))))
    assert many < 10 * few


def test_severity_colours_have_readable_contrast_in_both_modes():
    style = dom(b.account()).raw["style"]
    light, dark, *_ = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    for colours in (light, light | dark):
        for name in ("text", "quiet", "link", *Severity, "unknown", "good"):
            for ground in ("page", "raised", "target"):
                assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        for name in (*Severity, "unknown"):
            assert _contrast(colours["on-badge"], colours[name]) >= 4.5, name
        for ground in ("alarm", "heat-good", "heat-partial", "heat-unlisted"):
            for name in ("text", "quiet", "link"):
                assert _contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        assert _contrast(colours["text"], colours["code"]) >= 4.5


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
