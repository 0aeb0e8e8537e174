"""Which check gives way to which: the order of a chain of effects, from the far end to its cause."""

from __future__ import annotations

from collections.abc import Mapping

_RUN_AS = ("run-as-retired",)
_MACHINE = ("worker-machine-missing", "worker-machine-stopped")
_SILENCE = (*_MACHINE, "worker-stale", "worker-purge-soon", "worker-disconnected")
_EXTENSION = ("worker-extension-missing", "worker-extension-failed")
_LINK = ("workspace-missing",)

EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    "worker-machine-stopped": ("worker-machine-missing",),
    "worker-stale": _MACHINE,
    "worker-purge-soon": _MACHINE,
    "worker-disconnected": _MACHINE,
    "worker-never-connected": (*_MACHINE, *_EXTENSION, "worker-identity-missing", "worker-account-url-mismatch"),
    "worker-heartbeat-missing": (*_SILENCE, "worker-platform-retired", "workspace-not-ingesting"),
    "worker-agent-outdated": ("worker-platform-retired", "workspace-not-ingesting"),
    "worker-extension-orphaned": ("worker-purged",),
    "group-empty": ("worker-purged",),
    "group-without-active-worker": (
        *_SILENCE,
        *_EXTENSION,
        "worker-never-connected",
        "worker-platform-retired",
        "worker-heartbeat-missing",
    ),
    "job-failure-signature": ("target-group-missing",),
    "run-as-certificate-missing": _RUN_AS,
    "run-as-thumbprint-mismatch": _RUN_AS,
    "run-as-certificate-expired": _RUN_AS,
    "run-as-certificate-not-exportable": (*_RUN_AS, "run-as-certificate-expired"),
    "run-as-subscription-mismatch": _RUN_AS,
    "runbook-uses-run-as": _RUN_AS,
    "workspace-link-one-sided": _LINK,
    "workspace-cross-subscription": _LINK,
    "region-mapping-unsupported": _LINK,
    "region-mapping-unlisted": _LINK,
    "region-mapping-partial": _LINK,
}
"""Each check, and those that explain it when they find something on a related resource; the first that does counts."""

ABOVE_ALL = "account-suspended"
"""The check that explains every finding below its account."""

BY_ACCOUNT = frozenset({"runbook-uses-run-as", "job-failure-signature", "worker-extension-orphaned", "group-empty"})
"""Effects whose causes lie anywhere in their account; the fields below decide which of them fit."""

SAME: Mapping[tuple[str, str], tuple[str, str]] = {
    ("job-failure-signature", "target-group-missing"): ("group_name", "group_name"),
    ("worker-extension-orphaned", "worker-purged"): ("machine_name", "worker_name"),
    ("group-empty", "worker-purged"): ("group_name", "group_name"),
}
"""Which field of an effect's evidence must name the same as which field of its cause's; case does not count."""

# While the agent's backend ran, a V1 worker without heartbeats had a trouble of its own.
UNLESS_FALSE: Mapping[tuple[str, str], str] = {
    ("worker-heartbeat-missing", "worker-platform-retired"): "backend_shut_down"
}
"""Which field of an effect's evidence tells, by being false, that the cause does not explain it."""

GROUP_MISSING = "target-group-missing"
"""The check whose findings hurt what is started on a group that is not there."""
