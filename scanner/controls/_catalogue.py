"""The mapping data: what Microsoft maps (catalogue.json), and what belongs to each check (mappings.toml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

import msgspec

from scanner.findings import AzurePolicy, InitiativeRef

DEFAULT_CLOUD = "AzureCloud"


class Source(msgspec.Struct, frozen=True):
    """Where Microsoft's mapping was read, and the date of that version."""

    document: str
    version: str
    date: date

    @property
    def citation(self) -> str:
        """One line that names all of it."""
        return f"{self.document}, {self.version}, {self.date}"


class Initiative(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A built-in initiative of one cloud; `controls` has the GUIDs of the policies that it maps to each control."""

    id: str
    name: str
    version: str
    cloud: str
    controls: dict[str, tuple[str, ...]]

    @property
    def reference(self) -> InitiativeRef:
        """The initiative without its controls."""
        return InitiativeRef(id=self.id, name=self.name, version=self.version, cloud=self.cloud)


class Framework(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a framework; an alias can name several, and `remarks` are sentences about it."""

    id: str
    name: str
    initiatives: tuple[Initiative, ...]
    aliases: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def initiatives_for(self, cloud: str) -> tuple[Initiative, ...]:
        """The initiatives of this cloud; where it has none, those of AzureCloud, else of any cloud that has some."""
        clouds = (cloud, DEFAULT_CLOUD, *(initiative.cloud for initiative in self.initiatives))
        sets = (tuple(initiative for initiative in self.initiatives if initiative.cloud == name) for name in clouds)
        return next(filter(None, sets), ())


class Inference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Controls that only this project maps to a check, with the reason."""

    frameworks: tuple[str, ...]
    controls: tuple[str, ...]
    because: str


class CheckMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What belongs to a check; `in_part` has for each GUID what the check leaves unjudged of that policy."""

    policies: tuple[str, ...] = ()
    in_part: dict[str, str] = {}
    inferred: tuple[Inference, ...] = ()

    @property
    def all_policies(self) -> tuple[str, ...]:
        """The GUIDs of all policies that the check judges, wholly or in part."""
        return (*self.policies, *self.in_part)


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of catalogue.json."""

    source: Source
    policies: tuple[AzurePolicy, ...]
    frameworks: tuple[Framework, ...]

    def policy(self, guid: str) -> AzurePolicy:
        """The policy with this GUID; KeyError for one that the catalogue does not have."""
        return {policy.id: policy for policy in self.policies}[guid]

    def named(self, name: str) -> tuple[Framework, ...]:
        """The frameworks that an id, or an alias of several versions, names; empty for an unknown name."""
        return tuple(framework for framework in self.frameworks if name in {framework.id, *framework.aliases})


@cache
def catalogue() -> Catalogue:
    """What Microsoft maps, read once."""
    return msgspec.json.decode(_text("catalogue.json"), type=Catalogue)


@cache
def mappings() -> Mapping[str, CheckMapping]:
    """What belongs to each check, by its id; a check without an entry has no mapping."""
    return msgspec.toml.decode(_text("mappings.toml"), type=dict[str, CheckMapping])


def control_order(control: str) -> tuple[tuple[int, int, str], ...]:
    """Sort ids of controls as people do: AC-2 before AC-10."""
    parts = re.findall(r"\d+|\D+", control)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def _text(name: str) -> bytes:
    from importlib.resources import files  # noqa: PLC0415 - slower to import than all of this package

    return files(__package__).joinpath(name).read_bytes()
