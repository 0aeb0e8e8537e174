"""Finds the signatures and the child runbooks in what a PowerShell script does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.inventory import RunbookSignature
from scanner.runbooks._powershell import read_powershell
from scanner.runbooks._powershell_script import (
    LONGEST_NAME,
    MOST_VALUES,
    Argument,
    Command,
    Joined,
    Opaque,
    Reference,
    Result,
    Script,
    Table,
    Value,
)

ASSETS = {
    "azurerunasconnection": RunbookSignature.RUN_AS,
    "azurerunascertificate": RunbookSignature.RUN_AS,
    "azureclassicrunasconnection": RunbookSignature.CLASSIC_RUN_AS,
    "azureclassicrunascertificate": RunbookSignature.CLASSIC_RUN_AS,
}
"""Names of the assets that came with a Run As account (manage-runas-account, Microsoft, 2023-09)."""

_COMMANDS = (  # Enable-AzureRmAlias, Disable-AzureRmAlias and Uninstall-AzureRm are cmdlets of Az.Accounts
    (RunbookSignature.AZURE_RM, re.compile(r"(?!(?:en|dis)able-azurermalias)[a-z]+-azurerm[a-z]+")),
    (RunbookSignature.MSONLINE, re.compile(r"[a-z]+-msol[a-z]+")),
    (RunbookSignature.AZURE_AD, re.compile(r"[a-z]+-azuread[a-z]*")),
)
_MODULES = (
    (RunbookSignature.AZURE_RM, re.compile(r"azurerm(?:\..+)?")),
    (RunbookSignature.MSONLINE, re.compile(r"msonline(?:extended)?")),
    (RunbookSignature.AZURE_AD, re.compile(r"azuread(?:preview)?")),
)
_ASSET_READERS = {
    f"get-{prefix}{asset}": position
    for prefix, position in (("automation", 0), ("azautomation", 2), ("azurermautomation", 2))
    for asset in ("connection", "certificate")
}
_RUNBOOK_STARTERS = {
    "start-automationrunbook": 0,
    "start-azautomationrunbook": 2,
    "start-azurermautomationrunbook": 2,
}
_SIGN_INS = re.compile(
    r"(?:connect|login|add)-az(?:urerm)?account|connect-(?:mggraph|graph|exchangeonline|pnponline|microsoftteams)"
)
_IDENTITY_SWITCHES = (("identity", 2), ("managedidentity", 2), ("msi", 3), ("managedservice", 8))
_IDENTITY_ENDPOINTS = ("env:identity_endpoint", "env:msi_endpoint")
_PASSING_ON = frozenset({"invoke-command", "icm", "start-job", "sajb", "start-threadjob"})
_SWITCHES = frozenset({"verbose", "debug", "whatif", "confirm", "force", "wait", "passthru", "disablenamechecking"})
_SWITCHES |= {"listavailable", "refresh", "global", "noclobber", "skipeditioncheck", "usewindowspowershell"}
_RUNBOOK_NAME = re.compile(r"[a-z][\w-]{0,62}")
_SCRIPT_FILE = re.compile(r"(?:.*[\\/])?([^\\/]+)\.ps1", re.DOTALL)
_QUALIFIED = re.compile(r"([a-z][\w.]*)\\([\w-]+)")
_ALIASES_FOR_ALIASING = frozenset({"set-alias", "new-alias", "sal", "nal"})
_VARIABLE_SETTERS = frozenset({"set-variable", "new-variable", "sv", "nv"})
_ITEM_SETTERS = frozenset({"set-item", "new-item", "si", "ni"})
_FINDERS = frozenset({"get-command", "gcm", "get-module", "gmo"})
_ALIASES = {"ipmo": "import-module", "iex": "invoke-expression"}
_MOST_TEXTS = 100
_DEEPEST = 20


class PowerShellSigns:
    """What a script shows: the first line of each signature, the names of children, and whether all was `clear`."""

    def __init__(self, script: Script) -> None:
        self.first: dict[RunbookSignature, int] = {}
        self.calls: set[str] = set()
        self.clear = script.sound
        self._script = script
        self._aliases = dict(_ALIASES)
        self._open_readers = False
        self._put_together: dict[Joined, list[Value]] = {}
        self._code: dict[str, PowerShellSigns] = {}
        self._followed: dict[str, list[Value]] = {}
        self._depth = 0
        for command in script.commands:
            self._learn(command)
        for path in [path for path in script.assigned if path.startswith("alias:")]:
            self._alias([path], self._texts([Reference(path)]))
        self._followed.clear()
        for command in script.commands:
            for name in self._names(command):
                self._read(name, command)
        if self._open_readers:
            self._follow_arguments()
        for variable in _IDENTITY_ENDPOINTS:
            if variable in script.variables:
                self._sign(RunbookSignature.MANAGED_IDENTITY, script.variables[variable])

    def _sign(self, signature: RunbookSignature, line: int) -> None:
        self.first[signature] = min(line, self.first.get(signature, line))

    def _learn(self, command: Command) -> None:
        """Take in the aliases and the variables that commands set."""
        name = command.name.lower() if isinstance(command.name, str) else ""
        if name in _ALIASES_FOR_ALIASING:
            self._alias(self._texts(_argument(command, "name", 0)), self._texts(_argument(command, "value", 1)))
        elif name in _VARIABLE_SETTERS:
            for variable in self._texts(_argument(command, "name", 0)):
                self._script.assign(variable, _argument(command, "value", 1) or [Opaque.UNKNOWN])
        elif name in _ITEM_SETTERS:
            names = [path for path in self._texts(_argument(command, "path", 0)) if path.startswith("alias:")]
            self._alias(names, self._texts(_argument(command, "value", 1)))

    def _alias(self, names: Iterable[str], targets: Iterable[str]) -> None:
        """Note an alias, whose name may be a path of PowerShell's drive `alias:`."""
        bare = [name.removeprefix("alias:").lstrip("\\/") for name in names]
        for target in targets:
            self._aliases.update(dict.fromkeys(bare, target))

    def _names(self, command: Command) -> Iterator[str]:
        """Yield each name that the command may stand for, lower-cased, without alias."""
        constants, complete = self._constants([command.name])
        is_program = isinstance(command.name, Reference) and command.name.path.startswith("env:")
        self.clear = self.clear and (complete or is_program)
        for constant in constants:
            name = constant.lower()
            yield self._aliases.get(name, name) if name not in self._script.functions else name

    def _read(self, name: str, command: Command) -> None:
        qualified = _QUALIFIED.fullmatch(name)
        module, bare = qualified.groups() if qualified else ("", name)
        if file := _SCRIPT_FILE.fullmatch(name):
            self.calls.add(file.group(1))
            return
        if not module and name in self._script.functions:
            return
        self._sign_name(module, bare, command.line)
        if bare in _ASSET_READERS:
            self._read_asset(command, _ASSET_READERS[bare])
        elif bare in _RUNBOOK_STARTERS:
            started = self._texts(self._expanded(command, ("name", "runbookname"), _RUNBOOK_STARTERS[bare]))
            self.calls.update(name.removesuffix(".ps1") for name in started)
        elif _SIGN_INS.fullmatch(bare):
            self._read_sign_in(command)
        elif bare in ("import-module", "#requires", "using"):
            self._read_modules(bare, command)
        elif bare == "invoke-expression":
            self._read_code(command)
        if self._script.is_workflow and not module and _RUNBOOK_NAME.fullmatch(bare):
            self.calls.add(bare)

    def _read_code(self, command: Command) -> None:
        """Read the texts that Invoke-Expression runs; what they use is used on its line."""
        texts, complete = self._constants(self._expanded(command, ("command",), 0))
        self.clear = self.clear and complete
        for text in texts:
            if text not in self._code and len(self._code) < MOST_VALUES:
                self._code[text] = PowerShellSigns(read_powershell(text))
            code = self._code.get(text)
            self.clear = self.clear and code is not None and code.clear
            if code is not None:
                self.calls |= code.calls
                for signature in code.first:
                    self._sign(signature, command.line)

    def _sign_name(self, module: str, bare: str, line: int) -> None:
        for signature, pattern in _COMMANDS:
            if pattern.fullmatch(bare):
                self._sign(signature, line)
        for signature, pattern in _MODULES:
            if module and pattern.fullmatch(module):
                self._sign(signature, line)

    def _read_asset(self, command: Command, position: int) -> None:
        constants, complete = self._constants(self._expanded(command, ("name",), position))
        known = [ASSETS[name.lower()] for name in constants if name.lower() in ASSETS]
        for signature in known:
            self._sign(signature, command.line)
        if not complete:
            self._open_readers = True

    def _follow_arguments(self) -> None:
        """Where an asset's name came in as an argument, look for it where the script itself passes it on."""
        found = False
        for command in self._script.commands:
            name = command.name.lower() if isinstance(command.name, str) else ""
            if Opaque.CODE in self._flattened([command.name]) or name in self._script.functions or name in _PASSING_ON:
                for constant in self._texts(value for given in self._given(command) for value in given.values):
                    if constant in ASSETS:
                        self._sign(ASSETS[constant], command.line)
                        found = True
        self.clear = self.clear and found

    def _read_sign_in(self, command: Command) -> None:
        for given in self._given(command):
            named = given.parameter or ""
            if any(switch.startswith(named) and len(named) >= least for switch, least in _IDENTITY_SWITCHES):
                values = self._flattened(given.values)
                if not values or any(value != Reference("false") for value in values):
                    self._sign(RunbookSignature.MANAGED_IDENTITY, command.line)
            if given.splat is not None:
                self.clear = False

    def _read_modules(self, kind: str, command: Command) -> None:
        if kind == "using":
            words = [value for given in command.arguments for value in given.values]
            modules = words[1:] if words and words[0] in ("module", "Module", "MODULE") else []
        elif kind == "#requires":
            modules = _argument(command, "modules", None)
        else:
            modules = list(self._expanded(command, ("name", "fullyqualifiedname"), 0))
        for value in self._flattened(modules):
            names = [value] if isinstance(value, str) else []
            if isinstance(value, Table):
                names = list(self._texts(value.entries.get("modulename", [])))
            for name in names:
                leaf = re.sub(r"\.(?:psd1|psm1|dll)$", "", re.split(r"[\\/]", name.lower())[-1])
                for signature, pattern in _MODULES:
                    if pattern.fullmatch(leaf):
                        self._sign(signature, command.line)

    def _expanded(self, command: Command, names: tuple[str, ...], position: int) -> list[Value]:
        """List what one parameter is given, by name, by splatting, by position or by the pipeline, else unknown."""
        spread = Command(command.name, command.line, arguments=list(self._given(command)))
        for name in names:
            if values := _argument(spread, name, None):
                return values
        return _argument(spread, None, position) or command.piped or [Opaque.UNKNOWN]

    def _given(self, command: Command) -> Iterator[Argument]:
        """Yield a command's arguments with splatted tables as the parameters that they name."""
        for given in command.arguments:
            if given.splat is None:
                yield given
                continue
            tables = list(self._tables(given.splat))
            listed = [value for value in self._flattened([Reference(given.splat)]) if isinstance(value, str)]
            yield from (Argument(values=[value]) for value in listed)
            for table in tables:
                for key in sorted(self._script.members.get(table, ())):
                    yield Argument(key, values=self._script.assigned[f"{table}.{key}"])
            if not tables and not listed:
                yield given

    def _tables(self, path: str) -> Iterator[str]:
        """Yield the paths under which the entries of a splatted variable are noted."""
        seen, pending = set[str](), [path]
        while pending and len(seen) < MOST_VALUES:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            values = self._script.assigned.get(name, [])
            pending += [value.path for value in values if isinstance(value, Reference)]
            if name in self._script.members or any(isinstance(value, Table) for value in values):
                yield name

    def _flattened(self, values: Iterable[Value]) -> list[Value]:
        """Follow variables to what they hold; one that is never set, or set to what is not known, stays itself."""
        start = list(values)
        if len(start) != 1 or not isinstance(start[0], Reference):
            return self._follow(start)
        path = start[0].path
        if path not in self._followed:
            self._followed[path] = self._follow(start)
        return self._followed[path]

    def _follow(self, values: list[Value]) -> list[Value]:
        found: list[Value] = []
        seen, pending = set[str](), list(values)
        while pending and len(seen) < MOST_VALUES:
            value = pending.pop()
            if isinstance(value, Result):
                pending += self._given_back(value.command)
                continue
            if isinstance(value, Joined):
                found += self._joined(value)
                continue
            held = self._looked_up(value.path) if isinstance(value, Reference) else []
            if not isinstance(value, Reference) or not held:
                found.append(value)
            elif value.path not in seen:
                seen.add(value.path)
                pending += held
        return found

    def _joined(self, value: Joined) -> list[Value]:
        """List the texts that a text put together from variables may be."""
        if value in self._put_together or self._depth >= _DEEPEST:
            return self._put_together.get(value, [Opaque.UNKNOWN])
        self._put_together[value] = [Opaque.UNKNOWN]  # also what a text is that holds itself
        self._depth += 1
        texts: list[str] = [""]
        for part in value.parts:
            ends, complete = self._constants([part])
            texts = [text + end for text in texts for end in ends[:_MOST_TEXTS]][: _MOST_TEXTS + 1]
            if not complete or len(texts) > _MOST_TEXTS or max(map(len, texts), default=0) > LONGEST_NAME:
                texts = []
                break
        self._depth -= 1
        self._put_together[value] = [*texts] or [Opaque.UNKNOWN]
        return self._put_together[value]

    def _given_back(self, command: Command) -> list[Value]:
        """List what a command gives back: a function its results, Get-Command and Get-Module what they are to find."""
        name = command.name.lower() if isinstance(command.name, str) else ""
        if name in self._script.functions:
            return [Reference(f"function:{name}")]
        return (_argument(command, "name", 0) if name in _FINDERS else []) or [Opaque.UNKNOWN]

    def _looked_up(self, path: str) -> list[Value]:
        if path in self._script.assigned:
            return self._script.assigned[path]
        head, dot, member = path.rpartition(".")
        owners = self._script.assigned.get(head, []) if dot else []
        return [Reference(f"{owner.path}.{member}") for owner in owners if isinstance(owner, Reference)]

    def _constants(self, values: Iterable[Value]) -> tuple[list[str], bool]:
        """List the texts among what values may be; False where some of it is neither text nor a script block."""
        found = self._flattened(values)
        return [value for value in found if isinstance(value, str)], bool(found) and all(
            isinstance(value, str) or value is Opaque.CODE for value in found
        )

    def _texts(self, values: Iterable[Value]) -> list[str]:
        return [text.lower() for text in self._constants(values)[0]]


def _argument(command: Command, name: str | None, position: int | None) -> list[Value]:
    """List what a parameter is given by its name, which may be cut short, else by its position among the unnamed."""
    unnamed: list[list[Value]] = []
    takes = False
    for index, given in enumerate(command.arguments):
        if given.parameter is None:
            if not takes and given.splat is None:
                unnamed.append(given.values)
            takes = False
            continue
        takes = not given.values and given.parameter not in _SWITCHES
        if name is not None and given.parameter and name.startswith(given.parameter):
            following = command.arguments[index + 1 : index + 2]
            return given.values or (following[0].values if following and following[0].parameter is None else [])
    return unnamed[position] if position is not None and position < len(unnamed) else []


def asset_named(name: str) -> RunbookSignature | None:
    """Tell which Run As account an asset's name belongs to, if to one."""
    return ASSETS.get(name.lower())
