"""The errors that stop the program; everything that merely was not answered is a Gap, which is data.

```
HwauditError
├── UsageError            exit 2   a wrong option, an unwritable place
│   └── SnapshotError     exit 2   a snapshot that is unreadable, foreign, truncated or too new
├── StartError            exit 4   nothing could be scanned: the login, the endpoint or the subscription list
└── RefusedRequest        -        the read-only guard stopped a request before it was sent
```
"""

from typing import ClassVar

HIDDEN = "its text may name the tenant"
"""The note of an exception during a redaction."""


class HwauditError(Exception):
    """An error with one line that says what happened, and one that says what to do about it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}: {self.advice}" if self.advice else self.message


class UsageError(HwauditError):
    """The command line, or a file that it names, cannot be used as it stands."""


class SnapshotError(UsageError):
    """The file is not a snapshot that this version can read."""


class StartError(HwauditError):
    """The scan could not begin: no credential, no reachable endpoint, or no visible subscription."""

    exit_code: ClassVar[int] = 4


class RefusedRequest(HwauditError):
    """The session refuses this request: it would write, or carry a token to a host outside the session's cloud."""
