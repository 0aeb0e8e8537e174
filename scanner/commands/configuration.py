"""`--config`: the settings file of a command, whose [scan] table holds defaults for the options of `hwaudit scan`.

A default goes to the option through the default map of its context, so that the command line wins and it is known
which of the two spoke.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import typer

from scanner import arguments
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.findings import OptionSetting
    from scanner.settings import Settings

_OF_ONE_RUN = frozenset({"config", "demo", "resume", "shard", "as-of", "quiet", "verbose", "help"})
"""Options that a settings file cannot hold: they belong to one run, or to the person before the screen."""
_SAY_NOTHING = frozenset({"out", "format", "snapshot"})
"""Options that only tell where files go and in which form: a report does not depend on them."""
_JUDGING = ("doctor", "evaluate", "merge", "report")
"""Commands that take the defaults of [scan] for those of their options that `scan` has too."""
_EXCLUDED_BY: Mapping[str, tuple[str, ...]] = {
    "cloud": ("arm_endpoint", "demo"),
    "arm_endpoint": ("cloud", "demo"),
    "management_group": ("account",),
    "resource_group": ("account",),
    "subscription": ("account",),
}
"""Options of which a default yields to these on the command line."""


def _since(words: str) -> object:
    return arguments.since_of(words, datetime.now(UTC))


_MEANINGS: Mapping[str, Callable[[str], object]] = {
    "account": arguments.account_of,
    "arm_endpoint": lambda words: arguments.endpoint_of(words, None, demo=False),
    "exclude_subscription": arguments.subscription_of,
    "format_": arguments.formats_of,
    "management_group": arguments.management_group_of,
    "since": _since,
    "skip": arguments.skipped_of,
    "subscription": arguments.subscription_of,
}
"""What the words of an option are read with, by its parameter."""


def configured(ctx: typer.Context, named: Path | None) -> Path | None:
    """Read the settings file and give its defaults to the command's other options; --config comes before them."""
    if ctx.resilient_parsing:  # the shell completes a line
        return named
    path = named or _usual_file()
    if path is None:
        return None
    from scanner.settings import read_settings  # noqa: PLC0415 - `--help` does without

    settings = read_settings(path)
    ctx.meta[_SETTINGS] = settings
    defaults = _defaults(ctx, settings)
    ctx.default_map = {name: _unless_excluded(ctx, name, value) for name, value in defaults.items()}
    return path


def _usual_file() -> Path | None:
    """The settings file of the current directory, None where there is none; raises UsageError for what is no file.

    What stands there is meant to hold, and so a link to nothing is not as good as no file.
    """
    path, wanted = Path("hwaudit.toml"), "make it a file, remove it, or name another one with --config"
    try:
        path.lstat()
        if path.is_file():
            return path
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path} ({error.strerror})", wanted) from error
    kind = "is a link to nothing" if path.is_symlink() and not path.exists() else "is no file"
    raise UsageError(f"{path} {kind}", wanted)


_SETTINGS = "hwaudit.settings"
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        is_eager=True,
        callback=configured,
        help="Settings: accepted risks, thresholds, severities, options. [default: hwaudit.toml, if it is there]",
    ),
]


def settings_of(ctx: typer.Context) -> Settings:
    """The settings of the running command, with every option that is not at its default."""
    from msgspec import structs  # noqa: PLC0415 - commands load what they need

    from scanner.settings import NO_SETTINGS  # noqa: PLC0415

    settings: Settings = ctx.meta.get(_SETTINGS, NO_SETTINGS)
    return structs.replace(settings, options=_options(ctx, settings))


def _options(ctx: typer.Context, settings: Settings) -> tuple[OptionSetting, ...]:
    """The options that the file speaks of, with what holds: without a file, a report depends on none of them."""
    from scanner.escape import without_logins  # noqa: PLC0415
    from scanner.findings import OptionSetting  # noqa: PLC0415

    origins = {"COMMANDLINE": "command line", "DEFAULT_MAP": settings.file or ""}
    found = []
    for parameter in ctx.command.params:
        name, value = _key(parameter), ctx.params.get(parameter.name or "")
        source = ctx.get_parameter_source(parameter.name or "")
        origin = origins.get(source.name) if source is not None else None
        if (
            origin is None
            or name not in settings.scan
            or name in _SAY_NOTHING
            or value in (parameter.default, None, [], ())
        ):
            continue
        if not parameter.name or parameter.param_type_name != "option":
            continue
        found.append(OptionSetting(name=name, value=without_logins(_told(value)), origin=origin))
    return tuple(sorted(found, key=lambda option: option.name))


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _key(parameter: Any) -> str:
    """The name of an option in a settings file: as on the command line, without its dashes."""
    name: str = parameter.opts[0]
    return name.lstrip("-")


def _unless_excluded(ctx: typer.Context, name: str, value: Any) -> Any:
    """The default, given when it is asked for: by then it is known what the command line says."""
    return lambda: None if any(ctx.params.get(other) for other in _EXCLUDED_BY.get(name, ())) else value


def _defaults(ctx: typer.Context, settings: Settings) -> dict[str, Any]:
    """The values of [scan] by parameter, all checked, as far as they are for this command."""
    from scanner.settings import suggested  # noqa: PLC0415

    known = _scan_options()
    found = {}
    for key, value in settings.scan.items():
        where = f"{settings.file}, [scan] {key}"
        if key in _OF_ONE_RUN:
            raise UsageError(f"{where} is no setting", "give it on the command line")
        if key not in known:
            raise UsageError(f"{where} is no option of `hwaudit scan`", suggested(key, known))
        found[known[key].parameter] = _value(where, known[key], value)
    if "cloud" in found and "arm_endpoint" in found:
        raise UsageError(f"{settings.file}, [scan]: cloud and arm-endpoint exclude each other", "write one of them")
    if ctx.info_name in _JUDGING:
        own = {parameter.name for parameter in ctx.command.params} - {"snapshot"}
        return {name: value for name, value in found.items() if name in own}
    return found if ctx.info_name == "scan" else {}


@dataclass(frozen=True)
class _Option:
    """An option of `hwaudit scan`: the type of its value, what typer was told of it, and its parameter."""

    parameter: str
    type: Any
    info: Any


def _scan_options() -> dict[str, _Option]:
    """The options that a settings file can hold, by their key there."""
    from scanner.commands.scan import scan  # noqa: PLC0415 - it imports this module

    found = {}
    for name, hint in get_type_hints(scan, include_extras=True).items():
        if get_origin(hint) is Annotated:
            type_, info = get_args(hint)[:2]
            key = (info.param_decls or [name.rstrip("_").replace("_", "-")])[0].lstrip("-")
            found[key] = _Option(name, type_, info)
    return {key: option for key, option in sorted(found.items()) if key not in _OF_ONE_RUN}


def _value(where: str, option: _Option, value: Any) -> Any:
    """Check one value as the command line would; raises UsageError with the place of it."""
    from msgspec import Meta, ValidationError, convert  # noqa: PLC0415

    info, type_ = option.info, option.type
    listed = info.metavar == "LIST" and isinstance(value, list)
    is_many = any(get_origin(each) is list for each in (type_, *get_args(type_)))
    words: Any = [value] if is_many and isinstance(value, str) else value
    expected = list[str] if listed else str if Path in {type_, *get_args(type_)} else type_
    try:
        convert(words, Annotated[int, Meta(ge=info.min, le=info.max)] if type_ is int else expected)
        written = ",".join(words) if listed else words
        for word in words if is_many else [written]:
            _MEANINGS.get(option.parameter, str)(word)
    except ValidationError as error:
        raise UsageError(f"{where} cannot be used", _wanted(option, is_many=is_many)) from error
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", error.advice) from error
    if not all(str(word).isprintable() for word in (words if isinstance(words, list) else [words])):
        raise UsageError(f"{where} has control characters", "leave them out")
    return written


def _wanted(option: _Option, *, is_many: bool) -> str:
    """What may be written for an option, for one who wrote something else."""
    kinds = [kind for each in (option.type, *get_args(option.type)) for kind in (each, *get_args(each))]
    choices = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)), None)
    if choices is not None:
        return f"write one of {', '.join(repr(str(choice)) for choice in choices)}".replace("'", '"')
    if bool in kinds:
        return "write true or false"
    if int in kinds:
        return f"write a whole number from {option.info.min} to {option.info.max}"
    return "write text in quotes" + (", or a list of it" if is_many or option.info.metavar == "LIST" else "")
