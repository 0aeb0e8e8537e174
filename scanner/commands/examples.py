"""The examples that end the help of each command, and of the program; the manual page shows the same.

Each is one line of a shell as it can be typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["EXAMPLES", "PROGRAM", "Example", "epilog"]

PROGRAM = ""
"""The key of the examples of the program itself."""


class Example(NamedTuple):
    """What someone wants, and the line that does it."""

    purpose: str
    line: str


_ACCOUNT = "/subscriptions/ID/resourceGroups/RG/providers/Microsoft.Automation/automationAccounts/NAME"

EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    PROGRAM: (
        Example("See what it finds, without any Azure", "hwaudit scan --demo"),
        Example("Scan all that the Azure CLI's login can see", "hwaudit scan --auth cli"),
        Example("Tell what changed since the last scan", "hwaudit diff last.snapshot now.snapshot"),
        Example("Read what a finding means, and what mends it", "hwaudit explain worker-disconnected"),
    ),
    "scan": (
        Example("See what it finds, without any Azure", "hwaudit scan --demo"),
        Example(
            "Scan two subscriptions, and keep what was seen",
            "hwaudit scan --subscription ID-1 --subscription ID-2 --snapshot now.snapshot",
        ),
        Example("Scan a management group, lighter", "hwaudit scan --management-group platform --skip logs,content"),
        Example("Look at one account", f"hwaudit scan --account {_ACCOUNT}"),
        Example(
            "Fail a pipeline at new findings, and feed code scanning",
            "hwaudit scan --auth github-oidc --baseline last.snapshot --fail-on new:high --format sarif,html",
        ),
        Example("Scan a sovereign cloud", "hwaudit scan --cloud AzureUSGovernment"),
        Example("Write down what Azure answers, under pseudonyms", "hwaudit scan --record recording"),
        Example("Pass the report on without names", "hwaudit scan --redact --out for-others"),
        Example("Go on with a scan that was cut off", "hwaudit scan --snapshot now.snapshot --resume"),
    ),
    "evaluate": (
        Example("Judge a snapshot with other settings", "hwaudit evaluate now.snapshot --config strict.toml"),
        Example("Ask how it stood at a certain time", "hwaudit evaluate now.snapshot --as-of 2026-01-31T12:00:00Z"),
        Example(
            "Fail where the baseline was better",
            "hwaudit evaluate now.snapshot --baseline last.snapshot --fail-on new:medium",
        ),
    ),
    "report": (
        Example("Write every format", "hwaudit report now.snapshot --format all --out reports"),
        Example("Add the controls of a framework", "hwaudit report now.snapshot --framework nist-800-53-r5"),
        Example("Write a report without real names", "hwaudit report now.snapshot --redact --out for-others"),
    ),
    "merge": (
        Example("Join the shards of a large tenant", "hwaudit merge 1.snapshot 2.snapshot 3.snapshot"),
        Example("Keep all of it in one file", "hwaudit merge a.snapshot b.snapshot --snapshot all.snapshot"),
    ),
    "diff": (
        Example("Tell what changed", "hwaudit diff last.snapshot now.snapshot"),
        Example(
            "Write it for a pull request", "hwaudit diff last.snapshot now.snapshot --format markdown --out diff.md"
        ),
        Example("Fail at new findings", "hwaudit diff last/report.json now/report.json --fail-on new:high"),
    ),
    "checks": (
        Example("Find a check by a word", "hwaudit checks | grep -i certificate"),
        Example("Take the list into another program", "hwaudit checks --json > checks.json"),
    ),
    "explain": (Example("Read what a finding means, and what mends it", "hwaudit explain run-as-retired"),),
    "frameworks": (
        Example("See which names --framework takes", "hwaudit frameworks"),
        Example("See from which initiatives each was read", "hwaudit frameworks --json"),
    ),
    "regions": (
        Example("See where the workspace of an account may be", "hwaudit regions --account eastus2"),
        Example("See where the account of a workspace may be", "hwaudit regions --workspace 'East US'"),
        Example("Print the table of another cloud", "hwaudit regions --cloud AzureUSGovernment"),
    ),
    "unredact": (
        Example("Read a report with its real names", "hwaudit unredact for-others/report.json > report.json"),
        Example("Find what a mail speaks of", "hwaudit unredact - --redact-key hwaudit.key < mail.txt"),
    ),
    "doctor": (
        Example("Find out before a scan what it would not see", "hwaudit doctor"),
        Example("Fail a pipeline where a permission is missing", "hwaudit doctor --auth github-oidc --strict"),
        Example(
            "Give a login the least role, by commands of az", "hwaudit doctor --role az --subscription ID > role.sh"
        ),
        Example(
            "Write the role for a management group as Bicep",
            "hwaudit doctor --role bicep --management-group platform > role.bicep",
        ),
        Example("List the actions that are missing", "hwaudit doctor --json | jq -r '.missing[].action'"),
    ),
    "init": (
        Example(
            "Audit the subscriptions below a management group every night",
            "hwaudit init github --management-group platform",
        ),
        Example(
            "Audit two subscriptions, with the action of a certain commit",
            "hwaudit init github --subscription ID-1 --subscription ID-2 --action OWNER/hybrid-worker-audit@COMMIT",
        ),
    ),
    "emulate": (
        Example("Serve the demonstration tenant", "hwaudit emulate"),
        Example("Serve a tenant that refuses much, at a fixed port", "hwaudit emulate --tenant blind --port 8443"),
        Example("Serve what a scan recorded", "hwaudit emulate --recording recording"),
    ),
}
"""The examples of each command, by its name."""


def epilog(command: str) -> str | None:
    r"""What the help of a command ends with; each example is a paragraph that is not wrapped (`\b`)."""
    examples = EXAMPLES.get(command, ())
    told = (f"\b\n# {example.purpose}\n{example.line}" for example in examples)
    return "\n\n".join(("Examples:", *told)) if examples else None
