"""Whether an answer uses only names that Microsoft's SDK models know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

Observed = Mapping[str, Collection[str]]
"""By a model's name, the keys of recorded answers that the model lacks."""


def unknown_keys(payload: Any, model: type, observed: Observed | None = None) -> set[str]:
    """Keys that a model does not know, and those of the models within it."""
    read, known = model(payload), set((observed or {}).get(model.__name__, ()))
    fields = {field._rest_name: name for name, field in model._attr_to_rest_field.items()}
    unknown = {f"{model.__name__}.{key}" for key in payload.keys() - fields.keys() - known}
    for key in payload.keys() & fields.keys():
        part = getattr(read, fields[key])
        for child, value in zip(part, payload[key], strict=True) if isinstance(part, list) else [(part, payload[key])]:
            if hasattr(child, "_attr_to_rest_field") and isinstance(value, dict):
                unknown |= unknown_keys(value, type(child), observed)
    return unknown


def assert_known(payloads: Sequence[Mapping[str, Any]], model: type, observed: Observed | None = None) -> None:
    """Assert that there are payloads, and that the model knows every key of each."""
    assert payloads
    assert {key for payload in payloads for key in unknown_keys(payload, model, observed)} == set()
