"""Host names: a worker's short name and an agent's full one may mean one machine."""

from __future__ import annotations


def same_host(one: str, other: str) -> bool:
    """Compare two host names without case; a short name equals the first label of a full one."""
    one, other = one.strip().lower(), other.strip().lower()
    if "." in one and "." in other:
        return one == other
    return bool(one) and host_label(one) == host_label(other)


def host_label(name: str) -> str:
    """The short host name in lower case."""
    return name.strip().lower().partition(".")[0]
