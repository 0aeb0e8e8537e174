"""Faults as values: what goes wrong, for which RBAC action, at which path, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase


class Told(Enum):
    """Where a throttled answer says when to come back; services do it in all these ways."""

    HEADER = "a Retry-After in seconds"
    DATE = "a Retry-After with an HTTP date"
    SECONDS = "no header, but seconds in the text of the error"
    MOMENT = "no header, but a UTC time in plain text"


@dataclass(frozen=True, slots=True)
class Deny:
    """403 AuthorizationFailed; Resource Graph leaves the resource out instead."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """429 that asks to come back after so many seconds, in the way that `told` says; None asks for nothing."""

    retry_after: float | None
    told: Told = Told.HEADER


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer arrives that many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks before any answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """The request is taken, and no answer ever comes."""


@dataclass(frozen=True, slots=True)
class Expire:
    """Every token that was given so far has ended, for this request and all later ones."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """The connection breaks after that share (0 to 1) of the body."""

    share: float


@dataclass(frozen=True, slots=True)
class Garble:
    """The status is kept; the body is JSON that breaks off, or an HTML page."""

    html: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """This answer instead of the real one."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Effect = Deny | Throttle | Slow | Reset | Hang | Expire | Truncate | Garble | Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect on every n-th matching request that comes after the first `after` ones, at most `times` times.

    With `seconds`, it ends so long after it first struck.

    `operation` is an RBAC action, where `*` stands for any text; `scope` is a part of the path. Both ignore case.
    Paths without an action (metadata, login, unknown routes) are hit only by a fault whose scope names them.
    """

    effect: Effect
    operation: str = "*"
    scope: str = ""
    every: int = 1
    times: int | None = None
    after: int = 0
    seconds: float | None = None

    def matches(self, operation: str, path: str) -> bool:
        """Whether a request for this RBAC action ("" where there is none) at this path is concerned."""
        if not operation and not self.scope:
            return False
        return self.scope.lower() in path.lower() and fnmatchcase(operation.lower(), self.operation.lower())

    def strikes(self, count: int) -> bool:
        """Whether the count-th matching request (from 1) is hit."""
        late = count - self.after
        return late > 0 and late % self.every == 0 and (self.times is None or late // self.every <= self.times)


def deny(operation: str, scope: str = "") -> Fault:
    """The caller lacks this RBAC action, everywhere or where the path contains `scope`."""
    return Fault(Deny(), operation, scope)


def throttle(
    every: int = 2,
    *,
    retry_after: float | None = 1,
    operation: str = "*",
    scope: str = "",
    times: int | None = None,
    told: Told = Told.HEADER,
) -> Fault:
    """429 on every n-th matching request; `retry_after` in seconds, None for no word about it."""
    return Fault(Throttle(retry_after, told), operation, scope, every, times)


def slow(seconds: float, scope: str = "", *, operation: str = "*", times: int | None = None) -> Fault:
    """Answers that arrive so many seconds late."""
    return Fault(Slow(seconds), operation, scope, times=times)


def reset(scope: str = "", times: int | None = None, *, operation: str = "*", every: int = 1) -> Fault:
    """A connection that breaks before any answer."""
    return Fault(Reset(), operation, scope, every, times)


def hang(scope: str = "", times: int | None = None, *, operation: str = "*") -> Fault:
    """A connection that stands, on which nothing is ever answered."""
    return Fault(Hang(), operation, scope, times=times)


def expire(after: int, scope: str = "", *, operation: str = "*") -> Fault:
    """All tokens end once, when the request comes that follows the first `after` matching ones."""
    return Fault(Expire(), operation, scope, times=1, after=after)


def truncate(scope: str = "", times: int | None = None, *, share: float = 0.5, operation: str = "*") -> Fault:
    """A connection that breaks after that share of the body."""
    return Fault(Truncate(share), operation, scope, times=times)


def garble(scope: str = "", times: int | None = None, *, html: bool = False, operation: str = "*") -> Fault:
    """A 200 whose body is broken JSON, or an HTML page."""
    return Fault(Garble(html), operation, scope, times=times)


def answer(
    status: int,
    body: bytes | str = b"",
    headers: Mapping[str, str] | None = None,
    scope: str = "",
    times: int | None = None,
    *,
    operation: str = "*",
    every: int = 1,
) -> Fault:
    """Any other answer; without a Content-Type header the body is called JSON."""
    content = body.encode() if isinstance(body, str) else body
    return Fault(Reply(status, content, dict(headers or {})), operation, scope, every, times)
