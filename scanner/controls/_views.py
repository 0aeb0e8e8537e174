"""What a scan says of the controls of a framework; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from scanner.controls._catalogue import Framework, catalogue, control_order, mappings
from scanner.controls._references import mapped_controls
from scanner.controls._verdicts import Verdicts
from scanner.findings import AzurePolicy, CheckInfo, ControlCheck, ControlRow, FrameworkView, MappingOrigin, Scan

MOST_NAMED = 20
"""Findings that one check behind a control names as its evidence; beyond, they are only counted."""


def framework_views(scan: Scan, names: Iterable[str], known: Iterable[CheckInfo]) -> tuple[FrameworkView, ...]:
    """The views of the frameworks that `names` name, once each; `known` are all checks, also those that did not run."""
    frameworks = {framework.id: framework for name in names for framework in catalogue().named(name)}
    if not frameworks:
        return ()
    verdicts = Verdicts(scan, known)
    return tuple(_View(framework, scan.estate.facts.cloud, verdicts).made() for framework in frameworks.values())


class _View:
    """A view in the making."""

    def __init__(self, framework: Framework, cloud: str, verdicts: Verdicts) -> None:
        self._framework = framework
        self._cloud = cloud
        self._verdicts = verdicts
        self._initiatives = framework.initiatives_for(cloud)

    def made(self) -> FrameworkView:
        """The view."""
        controls = {control for initiative in self._initiatives for control in initiative.controls}
        return FrameworkView(
            id=self._framework.id,
            name=self._framework.name,
            initiatives=tuple(initiative.reference for initiative in self._initiatives),
            source=catalogue().source.citation,
            remarks=(*self._framework.remarks, *self._stand_ins()),
            rows=tuple(self._row(control) for control in sorted(controls | self._checks.keys(), key=control_order)),
        )

    def _stand_ins(self) -> tuple[str, ...]:
        """A remark where the initiatives of another cloud stand in."""
        others = sorted({initiative.cloud for initiative in self._initiatives} - {self._cloud})
        return tuple(f"No initiative of {self._cloud} is known here; that of {other} stands in." for other in others)

    @cached_property
    def _checks(self) -> Mapping[str, list[tuple[str, MappingOrigin, str]]]:
        """By control: the ids of its checks, each with who maps it and why."""
        found: dict[str, list[tuple[str, MappingOrigin, str]]] = {}
        for check, mapping in sorted(mappings().items()):
            for control, (origin, because) in mapped_controls(mapping, self._framework, self._cloud).items():
                found.setdefault(control, []).append((check, origin, because))
        return found

    def _row(self, control: str) -> ControlRow:
        mapped = {guid for initiative in self._initiatives for guid in initiative.controls.get(control, ())}
        checks = self._checks.get(control, ())
        judged = {guid for check, _, _ in checks for guid in mappings()[check].all_policies}
        return ControlRow(
            id=control,
            checks=tuple(self._check(*told, mapped) for told in checks),
            uncovered=_policies(mapped - judged),
        )

    def _check(self, check: str, origin: MappingOrigin, because: str, mapped: set[str]) -> ControlCheck:
        mapping, verdict = mappings()[check], self._verdicts.of(check)
        guids = sorted(mapped & set(mapping.all_policies))
        return ControlCheck(
            check=check,
            origin=origin,
            status=verdict.status,
            because=because,
            policies=_policies(guids),
            in_part=tuple(mapping.in_part[guid] for guid in guids if guid in mapping.in_part),
            findings=verdict.findings[:MOST_NAMED],
            findings_in_all=len(verdict.findings),
            accepted=verdict.accepted[:MOST_NAMED],
            accepted_in_all=len(verdict.accepted),
            unjudged=verdict.unjudged,
            lowered_in_all=verdict.lowered,
        )


def _policies(guids: Iterable[str]) -> tuple[AzurePolicy, ...]:
    return tuple(sorted(map(catalogue().policy, guids), key=lambda policy: policy.name))
