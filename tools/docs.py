"""Write what the documentation takes from the code; `python -m tools.docs`, with `--check` only compare.

The JSON Schema, the manual page and the pages of docs/checks/ are written whole. In the other pages, the text between
`<!-- name -->` and `<!-- /name -->` is written.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from typer.testing import CliRunner

from reports.advice import ADVICE
from reports.comparison_v1 import diff_schema
from reports.json_v1 import json_schema
from reports.summary import to_summary
from scanner.checks import all_checks, all_thresholds
from scanner.cli import app
from scanner.collect import Choice
from scanner.controls import catalogue, controls_text, mappings
from scanner.delivery import Delivery
from scanner.doctor import PLACEHOLDER, doctor_schema
from scanner.findings import written
from scanner.inventory import GapReason, Reading
from scanner.on_machine import RECIPES
from scanner.options import Included, RoleForm, Skipped
from scanner.pipeline import scan_of
from scanner.privileges import OPT_IN, loss_of, privileges_of, readings_of, scan_role
from scanner.scenarios import TITLES
from scanner.settings import RISK_CHECKS
from tools import examples
from tools.man import man_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from scanner.findings import CheckInfo, Threshold

PAGES = (
    Path("README.md"),
    Path("docs/compliance.md"),
    Path("docs/install.md"),
    Path("docs/github-actions.md"),
    Path("docs/doctor.md"),
    Path("docs/permissions.md"),
    Path("docs/json-report.md"),
    Path("docs/settings.md"),
    Path("docs/what-a-scan-reads.md"),
)
CHECKS = Path("docs/checks")
ACTION = Path("action.yml")
EXAMPLE = Path("docs/hwaudit.example.toml")
WIDTH = 100


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` name the stale ones; the return value is the exit code."""
    stale = {path: text for path, text in generated() if not path.exists() or path.read_text(encoding="utf-8") != text}
    if "--check" in arguments:
        names = ", ".join(str(path) for path in (*stale, *leftovers()))
        sys.stderr.write(f"stale: {names}; run `make docs`\n" if names else "")
        return 1 if names else 0
    for path in leftovers():
        path.unlink()
        sys.stdout.write(f"removed {path}\n")
    for path, text in stale.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {path}\n")
    return 0


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its whole text; paths are relative to the root of the repository."""
    yield Path("reports/schema/report.v1.schema.json"), json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
    yield Path("reports/schema/diff.v1.schema.json"), json.dumps(diff_schema(), indent=2, sort_keys=True) + "\n"
    yield Path("docs/hwaudit.1"), man_page()
    yield Path("reports/schema/doctor.v1.schema.json"), json.dumps(doctor_schema(), indent=2, sort_keys=True) + "\n"
    yield CHECKS / "README.md", index_page()
    for info in (*infos(), *RISK_CHECKS):
        yield CHECKS / f"{info.id}.md", check_page(info)
    for path in PAGES:
        yield path, with_blocks(path.read_text(encoding="utf-8"))


def with_blocks(page: str) -> str:
    """Renew every block of a page."""

    def renewed(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- {name} -->\n{BLOCKS[name]().strip()}\n<!-- /{name} -->"

    return re.sub(rf"<!-- (?P<name>{'|'.join(BLOCKS)}) -->.*?<!-- /(?P=name) -->", renewed, page, flags=re.DOTALL)


def index_page() -> str:
    """docs/checks/README.md: every check with the link to its page."""
    parts = ["# The checks", "Generated from the checks' own documentation. `hwaudit explain CHECK` prints the same."]
    parts += [_links(infos())]
    parts += ["Two more judge the [settings file](../settings.md), not the estate:", _links(RISK_CHECKS)]
    return "\n\n".join(parts) + "\n"


def _links(of: Iterable[CheckInfo]) -> str:
    return "\n".join(f"* [{info.id}]({info.id}.md): {info.title}" for info in of)


def check_page(info: CheckInfo) -> str:
    """docs/checks/<id>.md: the docstring of a check, with its needs."""
    needs = "\n".join(f"* `{operation}`" for operation in info.operations)
    facts = f"Severities: {', '.join(info.severities)}. Scenarios: {', '.join(info.scenarios) or 'none'}."
    enabled = f"\n\nIt runs only with `--include {info.included_by}`." if info.included_by else ""
    parts = [f"# {info.id}", info.documentation]
    parts += [f"## Needs\n\n{needs}"] if needs else []
    if info.thresholds:
        limits = "\n".join(f"* `{each.key}` ({written(each.default)}): {each.meaning}." for each in info.thresholds)
        parts += [f"## Thresholds\n\n[Settings](../settings.md) can move these limits.\n\n{limits}"]
    controls = f"## Controls\n\n{controls_text(info.id)}"
    return "\n\n".join(parts) + f"\n\n{facts}{enabled}\n\n{controls}\n"


def leftovers() -> list[Path]:
    """Pages of checks that are no more."""
    kept = {path for path, _ in generated()}
    return [path for path in sorted(CHECKS.glob("*.md")) if path not in kept]


def infos() -> list[CheckInfo]:
    """What every check says of itself."""
    return [check.info for check in all_checks()]


def checks_table() -> str:
    """The checks with their severities, titles and scenarios."""
    rows = (
        (f"[{info.id}](docs/checks/{info.id}.md)", ", ".join(info.severities), info.title, ", ".join(info.scenarios))
        for info in infos()
    )
    return table(("check", "severity", "finds", "scenarios"), rows)


def scenarios_table() -> str:
    """The scenarios of the article, the checks that look for each, and where its scripts run."""
    rows = (
        (id_, title, _detected_by(id_), " and ".join(recipe.os for recipe in RECIPES[id_]))
        for id_, title in TITLES.items()
    )
    return table(("id", "scenario", "detected by", "script for"), rows)


def _detected_by(scenario: str) -> str:
    return ", ".join(info.id for info in infos() if scenario in info.scenarios)


def actions_table() -> str:
    """Every RBAC action with the checks that lose their verdict, or a part of it, without it."""
    rows = ((f"`{action}`", ", ".join(_needing(action)) or _used_by(action)) for action in actions())
    return table(("action", "checks that need it"), rows)


def _needing(action: str) -> list[str]:
    return [info.id for info in infos() if action in info.operations]


def _used_by(action: str) -> str:
    return "`--management-group` alone" if action == Reading.MANAGEMENT_GROUP.operation else "the scan itself"


def actions() -> list[str]:
    """The RBAC actions of every read that a scan plans, sorted."""
    return sorted({operation for reading in Reading for operation in reading.operations})


def role() -> str:
    """The custom role for a scan of subscriptions, without what is opt-in."""
    return f"```json\n{scan_role(privileges_of(), [PLACEHOLDER])}\n```"


def role_bicep() -> str:
    """The same role as a Bicep file."""
    return f"```bicep\n{scan_role(privileges_of(), [], RoleForm.BICEP)}\n```"


def role_az() -> str:
    """The same role as commands of az, with a management group and variables: everything that is opt-in."""
    everything = privileges_of(Choice(included=frozenset(Included)), with_management_group=True)
    group = ["/providers/Microsoft.Management/managementGroups/ID"]
    return f"```sh\n{scan_role(everything, group, RoleForm.AZ)}\n```"


def opt_in_table() -> str:
    """What only some scans need."""
    rows = ((f"`{part.when}`", "<br>".join(f"`{action}`" for action in part.actions), part.mind) for part in OPT_IN)
    return table(("only for", "action", "mind"), rows)


def losses_table() -> str:
    """What a scan loses without each action, as `hwaudit doctor` tells it."""
    choice = Choice(included=frozenset(Included))
    told = (loss_of(action, readings_of(choice), infos()) for action in privileges_of(choice).actions)
    rows = (
        (f"`{loss.action}`", loss.instead or _counted(loss.blind), _counted(loss.unsure) if not loss.instead else "")
        for loss in told
    )
    return table(("without", "blind", "less sure"), rows)


def _counted(checks: tuple[str, ...]) -> str:
    most = 6
    return f"{len(checks)} checks" if len(checks) > most else ", ".join(checks)


def reads_table() -> str:
    """Every read with its RBAC actions, where it is made, and the word of `--skip` that leaves it out."""
    rows = (
        (*READS[reading], "<br>".join(f"`{action}`" for action in reading.operations), _left_out_by(reading))
        for reading in Reading
    )
    return table(("read", "of", "action", "left out by"), rows)


def _left_out_by(reading: Reading) -> str:
    words = (word for word in Skipped if reading in Choice(frozenset({word})).skipped_readings)
    return ", ".join(f"`--skip {word}`" for word in words)


READS: Mapping[Reading, tuple[str, str]] = {
    Reading.SUBSCRIPTIONS: ("subscriptions", "the login"),
    Reading.MANAGEMENT_GROUP: ("subscriptions below a management group", "`--management-group`"),
    Reading.RESOURCE_GRAPH: ("accounts, workspaces, solutions and machines in bulk", "all subscriptions in scope"),
    Reading.ACCOUNTS: ("Automation accounts", "each subscription"),
    Reading.ACCOUNT: ("the account itself", "each account"),
    Reading.DELETED_ACCOUNTS: (
        "deleted accounts",
        "each subscription, where a hybrid worker extension names an account that no list showed",
    ),
    Reading.LINKED_WORKSPACE: ("the link to a workspace", "each account"),
    Reading.GROUPS: ("Hybrid Runbook Worker groups", "each account"),
    Reading.WORKERS: ("hybrid workers", "each group"),
    Reading.CERTIFICATES: ("certificate assets", "each account"),
    Reading.CONNECTIONS: ("connection assets", "each account"),
    Reading.CONNECTION: (
        "one connection's certificate and ids",
        "each connection of a type that can name a certificate",
    ),
    Reading.WORKSPACES: ("workspaces", "each subscription"),
    Reading.WORKSPACE: ("one workspace", "each linked workspace that no list showed"),
    Reading.DELETED_WORKSPACES: ("deleted workspaces", "each subscription"),
    Reading.LINKED_SERVICES: ("links to accounts", "each workspace"),
    Reading.INTELLIGENCE_PACKS: ("intelligence packs", "each workspace that an account links to"),
    Reading.SOLUTIONS: ("solutions", "each subscription"),
    Reading.RUNBOOKS: ("runbooks", "each account"),
    Reading.RUNBOOK_CONTENT: (
        "a runbook's published content",
        "each published runbook, where hybrid workers can run it",
    ),
    Reading.JOBS: ("jobs", "each account"),
    Reading.JOB: ("one job's exception", "failed and suspended jobs on hybrid groups"),
    Reading.JOB_SCHEDULES: ("runbooks' ties to schedules", "each account"),
    Reading.SCHEDULES: ("schedules", "each account with such ties"),
    Reading.WEBHOOKS: ("webhooks", "each account"),
    Reading.CREDENTIALS: ("credential assets", "each account with a group that names a credential"),
    Reading.RUNTIME_ENVIRONMENTS: ("runtime environments", "each account"),
    Reading.MODULES: ("modules", "each account with a runbook that uses AzureRM"),
    Reading.VARIABLES: ("variable assets", "each account, with `--include variables` only"),
    Reading.DSC_NODES: ("machines of State Configuration", "each account that refuses local authentication"),
    Reading.PRIVATE_ENDPOINTS: ("private endpoint connections", "each account that refuses the public network"),
    Reading.DIAGNOSTIC_SETTINGS: ("diagnostic settings", "each account"),
    Reading.PINGS: ("the metric HybridWorkerPing", "each account"),
    Reading.ACTIVITY_LOG: ("deletes of workers and groups", "each subscription"),
    Reading.VIRTUAL_MACHINES: ("Azure VMs", "each subscription"),
    Reading.VM_STATUSES: ("power states of VMs", "each subscription whose VMs Resource Graph did not show"),
    Reading.VIRTUAL_MACHINE: ("one VM", "each VM that a worker names and whose power state no list showed"),
    Reading.VM_EXTENSIONS: ("a VM's extensions", "each VM that a worker names and whose extensions no list showed"),
    Reading.ARC_MACHINES: ("Arc-enabled servers", "each subscription"),
    Reading.ARC_MACHINE: ("one Arc-enabled server", "each one that a worker names and whose status no list showed"),
    Reading.ARC_EXTENSIONS: ("its extensions", "each one that a worker names and whose extensions no list showed"),
    Reading.MACHINE_SIZES: ("VM sizes", "each region with a VM that a worker names"),
    Reading.NETWORK_INTERFACE: ("a network interface", "each VM of a V2 worker that was silent for 30 minutes"),
    Reading.SUBNET: ("a subnet", "each of those interfaces"),
    Reading.SECURITY_GROUP: ("a network security group's rules", "each of those interfaces and subnets"),
    Reading.HEARTBEATS: ("log query: newest heartbeats", "workspaces where agents report"),
    Reading.EVENTS: ("log query: agent events", "workspaces where the Log Analytics agent reports"),
    Reading.OPERATIONS: ("log query: stops of ingestion", "workspaces where the Log Analytics agent reports"),
    Reading.JOB_LOGS: ("log query: failures in job logs", "workspaces that an account sends job logs to"),
}
"""What each read brings, and what it is made of."""


def frameworks_table() -> str:
    """Every framework with the initiatives that Microsoft's mapping was read from."""
    rows = (
        (
            ", ".join(f"`{name}`" for name in (framework.id, *framework.aliases)),
            framework.name,
            "<br>".join(
                f"{initiative.name} {initiative.version} ({initiative.cloud})" for initiative in framework.initiatives
            ),
            " ".join(framework.remarks),
        )
        for framework in catalogue().frameworks
    )
    return table(("`--framework`", "framework", "initiatives", "remarks"), rows)


def policies_table() -> str:
    """Every policy on Automation accounts and their workspaces, with the checks that judge it."""
    judged: dict[str, list[str]] = {}
    for check, mapping in mappings().items():
        for guid in mapping.all_policies:
            judged.setdefault(guid, []).append(f"{check} (in part)" if guid in mapping.in_part else check)
    rows = (
        (policy.name, f"`{policy.id}`", policy.version, ", ".join(judged.get(policy.id, ("no check",))))
        for policy in catalogue().policies
    )
    return table(("policy", "GUID", "version", "judged by"), rows)


def catalogue_source() -> str:
    """Where the mapping was read."""
    return f"{catalogue().source.citation}."


def thresholds_table() -> str:
    """Every limit that settings can move."""
    rows = (
        (
            f"`{each.key}`",
            written(each.default),
            f"{written(each.least)} to {written(each.most)}",
            each.meaning,
            _of(each),
        )
        for each in all_thresholds().values()
    )
    return table(("threshold", "default", "bounds", "meaning", "checks"), rows)


def _of(threshold: Threshold) -> str:
    return ", ".join(f"[{info.id}](checks/{info.id}.md)" for info in infos() if threshold in info.thresholds)


def example() -> str:
    """The commented settings file that ships."""
    return f"```toml\n{EXAMPLE.read_text(encoding='utf-8').strip()}\n```"


def action_inputs() -> str:
    """Every input of the action with its default."""
    inputs = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]
    rows = (
        (f"`{name}`", each["description"], f"`{each['default']}`" * bool(each["default"]))
        for name, each in inputs.items()
    )
    return table(("input", "meaning", "default"), rows)


def action_outputs() -> str:
    """Every output of the action."""
    outputs = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["outputs"]
    return table(("output", "meaning"), ((f"`{name}`", each["description"]) for name, each in outputs.items()))


def gap_reasons_table() -> str:
    """Every reason of a gap, and what closes a gap of it."""
    return table(("reason", "what closes the gap"), ((f"`{reason}`", ADVICE[reason]) for reason in GapReason))


def help_of(*command: str) -> Callable[[], str]:
    """Return what makes the `--help` of a command, as a block of code."""

    def made() -> str:
        result = CliRunner().invoke(app, [*command, "--help"], prog_name="hwaudit", terminal_width=WIDTH)
        return f"```text\n{result.output.strip()}\n```"

    return made


def demo_summary() -> str:
    """What `hwaudit scan --demo` prints, of the moment of the example snapshots: it stands in the text."""
    scan = scan_of(asyncio.run(examples.example("contoso")))
    delivery = Delivery(["html", "json"], Path("hwaudit-report"))
    return f"```text\n{to_summary(scan, delivery.files).strip()}\n```"


def version() -> str:
    """What `hwaudit --version` prints."""
    result = CliRunner().invoke(app, ["--version"], prog_name="hwaudit")
    return f"```text\n{result.output.strip()}\n```"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


BLOCKS: Mapping[str, Callable[[], str]] = {
    "help": help_of(),
    "scan-help": help_of("scan"),
    "demo-summary": demo_summary,
    "version": version,
    "checks": checks_table,
    "scenarios": scenarios_table,
    "actions": actions_table,
    "reads": reads_table,
    "role": role,
    "role-bicep": role_bicep,
    "role-az": role_az,
    "opt-in": opt_in_table,
    "losses": losses_table,
    "doctor-help": help_of("doctor"),
    "thresholds": thresholds_table,
    "example": example,
    "gap-reasons": gap_reasons_table,
    "action-inputs": action_inputs,
    "action-outputs": action_outputs,
    "init-help": help_of("init", "github"),
    "frameworks": frameworks_table,
    "policies": policies_table,
    "catalogue-source": catalogue_source,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
