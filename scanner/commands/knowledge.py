"""`hwaudit checks`, `explain`, `frameworks` and `regions`: what the program knows, without any tenant."""

from __future__ import annotations

from typing import Annotated

import typer

from scanner.commands import completion
from scanner.errors import UsageError
from scanner.options import CloudName
from scanner.terminal import say


def checks(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List every check: id, severities, reads, scenarios."""
    from scanner.checks import all_checks  # noqa: PLC0415

    infos = [check.info for check in all_checks()]
    if json:
        import msgspec  # noqa: PLC0415

        from scanner.controls import controls_of, policies_of  # noqa: PLC0415
        from scanner.findings import written  # noqa: PLC0415

        entries = [
            {
                "id": info.id,
                "title": info.title,
                "severities": [severity.value for severity in info.severities],
                "reads": list(info.operations),
                "scenarios": list(info.scenarios),
                "included_by": info.included_by,
                "policies": [
                    {"id": policy.id, "name": policy.name, "version": policy.version, "in_part": left or None}
                    for policy, left in policies_of(info.id)
                ],
                "controls": [
                    {"framework": control.framework, "control": control.control, "origin": control.origin.value}
                    for control in controls_of(info.id)
                ],
                "thresholds": [
                    {
                        "key": threshold.key,
                        "meaning": threshold.meaning,
                        "default": written(threshold.default),
                        "least": written(threshold.least),
                        "most": written(threshold.most),
                    }
                    for threshold in info.thresholds
                ],
            }
            for info in infos
        ]
        say(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode())
        return
    width = max(len(info.id) for info in infos)
    for info in infos:
        say(f"{info.id:<{width}}  {'/'.join(info.severities):<20}  {info.title}")


def explain(
    *,
    check: Annotated[str, typer.Argument(metavar="CHECK", help="A check's id.", autocompletion=completion.checks)],
) -> None:
    """Print the documentation of a check."""
    import difflib  # noqa: PLC0415

    from scanner.checks import all_checks  # noqa: PLC0415
    from scanner.controls import controls_text  # noqa: PLC0415
    from scanner.findings import written  # noqa: PLC0415
    from scanner.settings import RISK_CHECKS  # noqa: PLC0415

    known = {info.id: info for info in (*(check.info for check in all_checks()), *RISK_CHECKS)}
    info = known.get(check.lower())
    if info is None:
        near = difflib.get_close_matches(check.lower(), known, n=3, cutoff=0.5)
        raise UsageError(
            f"there is no check {check!r}",
            f"did you mean {' or '.join(near)}?" if near else "`hwaudit checks` lists them",
        )
    say(f"# {info.id}\n\n{info.documentation}\n")
    needs = "".join(f"\n* {operation}" for operation in info.operations)
    say(f"## Needs\n{needs}\n" if needs else "It needs nothing of Azure: it judges the settings file.\n")
    if info.thresholds:
        say("## Thresholds\n")
        for limit in info.thresholds:
            bounds = f"{written(limit.default)}, from {written(limit.least)} to {written(limit.most)}"
            say(f"* {limit.key} ({bounds}): {limit.meaning}")
        say("")
    say(f"Severities: {', '.join(info.severities)}. Scenarios: {', '.join(info.scenarios) or 'none'}.")
    if info.included_by:
        say(f"Runs only with `--include {info.included_by}`.")
    say(f"\n## Controls\n\n{controls_text(info.id)}")


def frameworks(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the compliance frameworks that `--framework` knows."""
    from scanner.controls import catalogue  # noqa: PLC0415

    known = catalogue()
    if json:
        import msgspec  # noqa: PLC0415

        entries = [
            {
                "id": framework.id,
                "name": framework.name,
                "aliases": list(framework.aliases),
                "initiatives": [msgspec.to_builtins(initiative.reference) for initiative in framework.initiatives],
                "remarks": list(framework.remarks),
                "source": known.source.citation,
            }
            for framework in known.frameworks
        ]
        say(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode())
        return
    width = max(len(framework.id) for framework in known.frameworks)
    for framework in known.frameworks:
        also = f" (also as {', '.join(framework.aliases)})" if framework.aliases else ""
        say(f"{framework.id:<{width}}  {framework.name}{also}")


def regions(
    *,
    account: Annotated[
        str | None,
        typer.Option(
            metavar="REGION",
            help="Which workspace regions may an account here link?",
            autocompletion=completion.regions,
        ),
    ] = None,
    workspace: Annotated[
        str | None,
        typer.Option(
            metavar="REGION", help="Which account regions may a workspace here link?", autocompletion=completion.regions
        ),
    ] = None,
    cloud: Annotated[CloudName, typer.Option(help="The cloud.")] = CloudName.PUBLIC,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Answer which Automation and Log Analytics regions may be linked."""
    import msgspec  # noqa: PLC0415

    from region_map.answers import UnknownRegion, regions_answer, to_text  # noqa: PLC0415

    try:
        answer = regions_answer(account, workspace, cloud.value)
    except UnknownRegion as error:
        raise UsageError(str(error)) from error
    say(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() if json else to_text(answer))
