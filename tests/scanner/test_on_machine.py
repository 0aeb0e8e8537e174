"""Scripts for the machines: prefilled, read-only, quoted for their shell, and named after the right workers."""

import re
import subprocess

import builders as b
import pytest
from hostile import NAMES

from scanner.escape import visible
from scanner.findings import Finding, Severity
from scanner.graph import EstateGraph
from scanner.inventory import OsType, WorkerType
from scanner.on_machine import MOST_NAMES, RECIPES, OnMachine, os_of, scripts
from scanner.scenarios import TITLES

GUID = "aaaaaaaa-0000-0000-0000-000000000001"
CUSTOMER = "cccccccc-0000-0000-0000-000000000003"
HOST = f"{GUID}.jrds.we.azure-automation.net"
CHANGES = re.compile(
    r"\b(Start|Stop|Restart|Remove|Set|Add|Clear|Disable|Enable|Install|Uninstall|Move|Copy|Out|Invoke|Register)-[A-Z]"
    r"|\b(rm|mv|cp|tee|chmod|chown|kill|systemctl (?!status)|service_control|onboard_agent|purge|sed -i)\b"
    r"|>(?!/dev/null)"
)


def graph(*parts):
    return EstateGraph(b.estate(*parts))


def tenant(*workers, **account):
    return (
        b.account(**account),
        b.link(b.workspace_id()),
        b.workspace(customer_id=CUSTOMER),
        b.group(),
        b.connection(),
        *workers,
    )


def on(name, os):
    """A worker on a machine of this operating system."""
    return b.worker(name), b.machine(b.machine_id(name), os=os)


def finding(subject, scenario="S1", account=None):
    return Finding(
        check="worker-stale",
        severity=Severity.HIGH,
        subject=subject,
        account=account or b.account_id(),
        message="",
        evidence={},
        remediation=(),
        scenarios=(scenario,),
        fingerprint="f",
    )


def script(parts, scenario, os, *findings):
    return next(made for made in scripts(graph(*parts), scenario, findings) if made.os is os)


def run_on(made):
    return next(line for line in made.comments if line.startswith("Run on: ")).removeprefix("Run on: ")


def test_every_scenario_has_its_recipes():
    assert list(RECIPES) == list(TITLES)


@pytest.mark.parametrize("scenario", RECIPES)
@pytest.mark.parametrize(
    "parts", [(), tenant(*on("vm1", OsType.WINDOWS), *on("vm2", OsType.LINUX))], ids=["bare", "full"]
)
def test_every_script_has_commands_that_only_read(scenario, parts):
    made = scripts(graph(*parts), scenario, ())
    assert [one.os for one in made] == [recipe.os for recipe in RECIPES[scenario]]
    for one in made:
        assert one.commands
        assert not [command for command in one.commands if CHANGES.search(command)]
        assert not re.search(r"%\w+%", one.text)
        assert one.text.splitlines() == [*(f"# {line}" for line in one.comments), *one.commands]


def test_a_script_is_filled_with_the_tenants_own_ids():
    made = {
        id_: " ".join(one.text for one in scripts(graph(*tenant(*on("vm1", OsType.WINDOWS))), id_, ()))
        for id_ in RECIPES
    }
    assert f"Test-NetConnection -ComputerName '{HOST}' -Port 443" in made["S1"]
    assert f"openssl s_client -connect {HOST}:443" in made["S1"]
    assert f".workspaceId -contains '{CUSTOMER}'" in made["S2"]
    assert f"Thumbprint -EQ '{'AB' * 20}'" in made["S4"]
    assert f"{GUID}.agentsvc.we.azure-automation.net" in made["S5"]
    assert f"TcpClient('{CUSTOMER}.oms.opinsights.azure.com', 443)" in made["S10"]
    assert rf"'HKLM:\SOFTWARE\Microsoft\HybridRunbookWorker\{GUID}\workers'" in made["S13"]
    assert f"grep -ciF -e {GUID}" in made["S14"]
    assert all(f"Expected for account aa: id {GUID}, workspace {CUSTOMER}" in text for text in made.values())


def test_what_was_not_told_leaves_its_command_out():
    parts = (b.account(hybrid_service_url=None), b.group(), b.worker())
    made = script(parts, "S5", OsType.WINDOWS)
    assert not any("Test-NetConnection" in command or "-contains" in command for command in made.commands)
    assert "Expected for account aa: id not told" in made.comments


@pytest.mark.parametrize("url", ["https://a'$(id).net/automationAccounts/x", "https://[broken", "no url", "https://"])
def test_an_address_that_is_none_is_never_put_into_a_command(url):
    made = script(tenant(hybrid_service_url=url), "S1", OsType.LINUX)
    assert not any("openssl" in command for command in made.commands)
    assert url not in made.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scenario", RECIPES)
def test_a_hostile_name_stays_in_its_comment_and_in_its_quotes(name, scenario):
    group = b.group_id("workers")
    parts = (b.account(name=name), b.group(group, name=name), b.worker("vm1", worker_name=name))
    for made in scripts(graph(*parts), scenario, ()):
        lines = made.text.splitlines()
        assert len(lines) == len(made.comments) + len(made.commands)
        assert lines[1].startswith("# Run on: ")
        assert all(line.isprintable() for line in lines)
        assert visible(name) in lines[1].replace("'\"'\"'", "'").replace("''", "'")
        outside = re.sub(r"'[^']*'|\"'\"", "", " ".join(lines[: len(made.comments)]))
        assert not re.search(r"[$`;|&<>()*!]", outside)
        if made.os is OsType.LINUX:
            assert (
                subprocess.run(["/bin/sh", "-n"], input=made.text, text=True, capture_output=True, check=True).stderr
                == ""
            )


def test_a_group_name_is_quoted_for_powershell_and_left_out_with_control_characters():
    parts = (b.account(), b.group(name="it's"), b.worker())
    assert any(r"\it''s'" in command for command in script(parts, "S13", OsType.WINDOWS).commands)
    hostile = (b.account(), b.group(name="a\nb"), b.worker())
    assert not any("Test-Path" in command for command in script(hostile, "S13", OsType.WINDOWS).commands)


def test_the_workers_of_findings_are_named_first():
    parts = tenant(*on("vm1", OsType.WINDOWS), *on("vm2", OsType.WINDOWS))
    stale = finding(b.worker("vm2").id)
    assert run_on(script(parts, "S1", OsType.WINDOWS, stale)) == "vm2"
    assert run_on(script(parts, "S3", OsType.WINDOWS, stale)) == "vm1, vm2"


def test_a_finding_on_a_group_or_an_account_leads_to_its_workers():
    other = b.account_id("other")
    group = b.group_id("g2", other)
    parts = (*tenant(*on("vm1", OsType.WINDOWS)), b.account(other), b.group(group), b.worker("vm9", group))
    assert run_on(script(parts, "S1", OsType.WINDOWS, finding(group, account=other))) == "vm9"
    assert run_on(script(parts, "S1", OsType.WINDOWS, finding(other, account=other))) == "vm9"


def test_a_machine_that_is_registered_nowhere_is_named_by_its_own_name():
    parts = tenant(*on("vm1", OsType.LINUX), b.machine(b.machine_id("orphan"), os=OsType.LINUX))
    orphan = finding(b.machine_id("orphan"), "S14")
    assert run_on(script(parts, "S14", OsType.LINUX, orphan)) == "orphan"


def test_a_machine_in_two_accounts_is_named_once_with_both_accounts():
    other = b.account_id("other")
    group = b.group_id("g2", other)
    url = f"https://{HOST}/automationAccounts/{CUSTOMER}"
    parts = (*tenant(*on("vm1", OsType.WINDOWS)), b.account(other, hybrid_service_url=url), b.group(group))
    made = script((*parts, b.worker("vm1", group)), "S13", OsType.WINDOWS, finding(b.worker("vm1").id, "S13"))
    assert run_on(made) == "vm1"
    assert [line for line in made.comments if line.startswith("Expected")] == [
        f"Expected for account aa: id {GUID}, workspace {CUSTOMER}",
        f"Expected for account other: id {CUSTOMER}",
    ]
    assert sum("Test-Path" in command for command in made.commands) == 2


def test_only_the_first_names_are_shown_and_the_rest_is_counted():
    parts = tenant(*(part for number in range(8) for part in on(f"vm{number}", OsType.LINUX)))
    assert run_on(script(parts, "S6", OsType.LINUX)) == "vm0, vm1, vm2, vm3, vm4 and 3 more"


def test_many_accounts_are_cut_to_the_first_and_counted():
    ids = [b.account_id(f"a{number}") for number in range(8)]
    made = script([b.account(id_) for id_ in ids], "S1", OsType.WINDOWS)
    assert len([line for line in made.comments if line.startswith("Expected")]) == MOST_NAMES
    assert "3 more accounts are not named here" in made.comments


def test_a_script_says_that_no_worker_was_seen():
    assert (
        run_on(script((b.account(),), "S6", OsType.LINUX)) == "each Linux worker, none of which was seen by this scan"
    )


def test_workers_of_the_retired_agent_come_first_in_its_own_scenarios():
    parts = tenant(b.worker("new"), b.worker("old", worker_type=WorkerType.V1))
    assert run_on(script(parts, "S9", OsType.WINDOWS)) == "old, new"
    assert run_on(script(parts, "S1", OsType.WINDOWS)) == "new, old"


def test_the_system_is_that_of_the_machine_else_of_the_heartbeat_else_unknown():
    machine = (b.account(), b.group(), *on("vm1", OsType.LINUX), b.workspace(), b.heartbeat("vm1", os_type="Windows"))
    beats = (b.account(), b.group(), b.worker("vm1"), b.workspace(), b.heartbeat("vm1", os_type="Linux"))
    neither = (b.account(), b.group(), b.worker("vm1"))
    assert os_of(graph(*machine), b.worker("vm1")) is OsType.LINUX
    assert os_of(graph(*beats), b.worker("vm1")) is OsType.LINUX
    assert os_of(graph(*neither), b.worker("vm1")) is None


def test_a_worker_of_an_unknown_system_is_named_by_both_scripts_and_one_of_a_known_system_by_its_own():
    unknown = OnMachine(graph(b.account(), b.group(), b.worker("vm1")), ()).scripts("S1")
    assert [run_on(made) for made in unknown] == ["vm1", "vm1"]
    known = OnMachine(graph(b.account(), b.group(), *on("vm1", OsType.LINUX)), ()).scripts("S1")
    assert [run_on(made).split(",")[0] for made in known] == ["each Windows worker", "vm1"]


ATTACKS = [
    "$(touch OWNED)", "`touch OWNED`", "'; touch OWNED; '", '"; touch OWNED; "', "x\ntouch OWNED\n", "x\rtouch OWNED\r",
    "x\u2028touch OWNED", "x\x85touch OWNED", "x\x0btouch OWNED", "a\\", "a'\\", "#'; touch OWNED #", "'@\ntouch OWNED\n@'",
    "|touch OWNED", "&& touch OWNED", ">OWNED", "<(touch OWNED)", "!!", "\u2018;touch OWNED;\u2019", "\x00touch OWNED",
    "EOF\ntouch OWNED", "-e touch", "*", "=touch", "~/x", "\u202etouch OWNED",
]  # fmt: skip


@pytest.mark.parametrize("comments", [True, False], ids=["with comments", "in a shell without comments"])
@pytest.mark.parametrize("name", ATTACKS)
def test_no_shell_runs_anything_out_of_a_name(tmp_path, name, comments):
    stubs, work = tmp_path / "bin", tmp_path / "work"
    stubs.mkdir()
    work.mkdir()
    touch = stubs / "touch"
    touch.write_text(f"#!/bin/sh\necho run >> '{tmp_path}/OWNED'\n")
    touch.chmod(0o755)
    url = f"https://{name}.net/automationAccounts/{GUID}"
    parts = (
        b.account(name=name, hybrid_service_url=url), b.link(b.workspace_id()), b.workspace(customer_id=name),
        b.group(name=name), b.connection(thumbprint=name), *on("vm1", OsType.LINUX)[1:],
        b.worker("vm1", worker_name=name), b.machine(b.machine_id("orphan"), computer_name=name, os=OsType.LINUX),
    )  # fmt: skip
    for scenario in RECIPES:
        for made in scripts(graph(*parts), scenario, (finding(b.machine_id("orphan"), scenario),)):
            if made.os is OsType.LINUX:
                text = made.text if comments else made.text.replace("# ", "")
                checked = subprocess.run(["/bin/sh", "-n"], input=text, text=True, capture_output=True, check=True)
                assert checked.stderr == ""
                # Nothing but the shell's own words and the stub can be found.
                subprocess.run(
                    ["/bin/sh"], input=text, text=True, capture_output=True, check=False, cwd=work,
                    env={"PATH": str(stubs), "HOME": str(work)},
                )  # fmt: skip
    assert list(work.iterdir()) == []
    assert not (tmp_path / "OWNED").exists()
