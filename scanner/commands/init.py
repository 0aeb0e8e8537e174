"""`hwaudit init github`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.commands.examples import epilog
from scanner.errors import UsageError
from scanner.options import CloudName, Shell

if TYPE_CHECKING:
    from scanner.onboarding.steps import Setup

init = typer.Typer(help="Set up a scheduled audit.", no_args_is_help=True, rich_markup_mode=None)

_REPOSITORY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
_ENTITY = re.compile(r"[\w./ -]+", re.ASCII)


@init.callback()
def group() -> None:
    """Set up a scheduled audit."""


@init.command(epilog=epilog("init"))
def github(
    *,
    directory: Annotated[
        Path, typer.Option("--directory", metavar="DIR", help="Where the repository is, or a folder in it.")
    ] = Path(),
    action: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/REPO@COMMIT",
            help="The action to use. [default: the repository and commit that hwaudit was installed from]",
        ),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option(metavar="OWNER/REPO", help="Whose workflow it is. [default: the remote origin]"),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The branch that is trusted. [default: the repository's default branch]"),
    ] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="Trust a deployment environment instead of a branch.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The whole subject of GitHub's tokens. [default: as GitHub tells it]"),
    ] = None,
    management_group: Annotated[
        str | None, typer.Option(metavar="ID", help="Let the audit read the subscriptions below this group.")
    ] = None,
    subscription: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Let it read this subscription; repeat for more.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(metavar="ID", help="The tenant. [default: that of `az`]")] = None,
    cloud: Annotated[CloudName | None, typer.Option(help="The cloud. [default: AzureCloud]")] = None,
    arm_endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Another cloud's Azure Resource Manager.")
    ] = None,
    shell: Annotated[Shell, typer.Option(help="The shell that the commands are for.")] = Shell.BASH,
    force: Annotated[bool, typer.Option("--force", help="Replace the workflow that is there.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print tracebacks of errors.")] = False,  # noqa: ARG001
) -> int:
    """Write .github/workflows/audit.yml, and print the commands that let it read a tenant.

    Nothing is run and nothing is sent: the commands are yours to read and to run.
    """
    from scanner.arguments import endpoint_of  # noqa: PLC0415 - commands load what they need
    from scanner.inventory.snapshot import write_atomically  # noqa: PLC0415
    from scanner.onboarding.git import root_of  # noqa: PLC0415
    from scanner.onboarding.steps import steps  # noqa: PLC0415
    from scanner.onboarding.workflow import PLACE, action_of, workflow  # noqa: PLC0415
    from scanner.terminal import say  # noqa: PLC0415

    root = root_of(directory)
    setup = _setup(
        repository or _origin_of(root),
        _entity_of(root, branch, environment),
        subject=subject,
        scopes=_scopes_of(management_group, subscription),
        cloud=cloud,
        tenant=tenant,
    )
    text = workflow(
        action_of(action),
        cloud=cloud,
        arm_endpoint=endpoint_of(arm_endpoint, cloud, demo=False),
        environment=environment,
    )
    place = root / PLACE
    if place.exists() and not force:
        raise UsageError(f"{place} is there already", "keep it, or replace it with --force")
    write_atomically(place, text.encode())
    say(f"Wrote {place}. These commands let it read; run them where `az` and `gh` are logged in:\n")
    say(steps(setup, shell))
    return 0


def _setup(
    repository: str,
    entity: str,
    *,
    subject: str | None,
    scopes: tuple[str, ...],
    cloud: CloudName | None,
    tenant: str | None,
) -> Setup:
    from scanner.clouds import CLOUDS  # noqa: PLC0415
    from scanner.onboarding.steps import Setup  # noqa: PLC0415

    if not _REPOSITORY.fullmatch(repository):
        raise UsageError(f"--repository {repository!r} is no repository of GitHub", "write OWNER/REPO")
    return Setup(
        repository=repository,
        entity=entity,
        subject=subject,
        scopes=scopes,
        audience=CLOUDS[cloud or CloudName.PUBLIC].exchange_audience,
        cloud=cloud if cloud not in {None, CloudName.PUBLIC} else None,
        tenant=tenant,
    )


def _origin_of(root: Path) -> str:
    from scanner.onboarding.git import repository_of  # noqa: PLC0415

    found = repository_of(root)
    if found is None:
        raise UsageError("the remote origin tells no repository on github.com", "name it with --repository OWNER/REPO")
    return found


def _entity_of(root: Path, branch: str | None, environment: str | None) -> str:
    """The end of the subject of GitHub's tokens: a branch or an environment (GitHub Docs, OIDC reference, 2026)."""
    from scanner.onboarding.git import default_branch_of  # noqa: PLC0415

    if branch and environment:
        raise UsageError("--branch and --environment exclude each other", "give one of them")
    name = environment or branch or default_branch_of(root)
    if not _ENTITY.fullmatch(name):
        raise UsageError(f"{name!r} cannot be trusted by its name", "use letters, digits, and . _ / - in it")
    return f"environment:{name}" if environment else f"ref:refs/heads/{name}"


def _scopes_of(management_group: str | None, subscriptions: list[str] | None) -> tuple[str, ...]:
    """Where the role is assigned."""
    from scanner.arguments import management_group_of, subscription_of  # noqa: PLC0415

    if management_group and subscriptions:
        raise UsageError("--management-group and --subscription exclude each other", "give one of them")
    if group := management_group_of(management_group):
        return (f"/providers/Microsoft.Management/managementGroups/{group}",)
    if not subscriptions:
        raise UsageError(
            "it is not known what the audit may read", "give --management-group ID, or --subscription ID for each"
        )
    return tuple(dict.fromkeys(f"/subscriptions/{subscription_of(written)}" for written in subscriptions))
