"""The other way round: which policies and which controls stand behind one check, whatever a scan says."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from scanner.controls._catalogue import DEFAULT_CLOUD, CheckMapping, Framework, catalogue, control_order, mappings
from scanner.findings import AzurePolicy, MappingOrigin

_NOTHING = CheckMapping()


class ControlReference(msgspec.Struct, frozen=True, kw_only=True):
    """A control that a check is mapped to; `framework` is the name for `--framework`, `title` that for a reader."""

    framework: str
    title: str
    control: str
    origin: MappingOrigin
    because: str


def policies_of(check: str) -> tuple[tuple[AzurePolicy, str], ...]:
    """The policies that judge what the check judges, each with what the check leaves of it (empty: nothing)."""
    mapping = mappings().get(check, _NOTHING)
    known = catalogue()
    return tuple((known.policy(guid), mapping.in_part.get(guid, "")) for guid in mapping.all_policies)


def controls_of(check: str, cloud: str = DEFAULT_CLOUD) -> tuple[ControlReference, ...]:
    """Every control that the check is mapped to, by framework; a control that Microsoft maps is not inferred too."""
    mapping = mappings().get(check, _NOTHING)
    return tuple(
        ControlReference(framework=framework.id, title=framework.name, control=control, origin=origin, because=because)
        for framework in catalogue().frameworks
        for control, (origin, because) in sorted(
            mapped_controls(mapping, framework, cloud).items(), key=lambda item: control_order(item[0])
        )
    )


def mapped_controls(mapping: CheckMapping, framework: Framework, cloud: str) -> dict[str, tuple[MappingOrigin, str]]:
    """The controls of one framework that a check is mapped to, each with who maps it and why."""
    inferred = {
        control: (MappingOrigin.INFERRED, inference.because)
        for inference in mapping.inferred
        if framework.id in inference.frameworks
        for control in inference.controls
    }
    return inferred | dict(_by_microsoft(mapping, framework, cloud))


def _by_microsoft(
    mapping: CheckMapping, framework: Framework, cloud: str
) -> Iterator[tuple[str, tuple[MappingOrigin, str]]]:
    judged = set(mapping.all_policies)
    for initiative in framework.initiatives_for(cloud):
        for control, guids in initiative.controls.items():
            if judged & set(guids):
                yield (
                    control,
                    (MappingOrigin.MICROSOFT, f"Microsoft maps the policy in its initiative {initiative.name}"),
                )
