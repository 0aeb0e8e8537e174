"""The names of a tenant in settings, which are real, beside those of an estate, which may be pseudonyms."""

from __future__ import annotations

from typing import Protocol

from scanner.inventory import ArmId


class TenantNames(Protocol):
    """How a judged estate names the tenant; a Redaction is one of these."""

    def reveal(self, text: str, /) -> str:
        """A text of the estate with the real names."""

    def id(self, id_: ArmId, /) -> ArmId:
        """What a real id is in the estate."""

    def text(self, text: str, /) -> str:
        """What may be shown of sentences in the settings."""

    def word(self, kind: str, written: str, /) -> str:
        """What may be shown of a name in the settings, the same in every run; `kind` tells what is named."""


class RealNames:
    """The names of an estate that nobody redacted."""

    def reveal(self, text: str, /) -> str:
        """The text itself."""
        return text

    def id(self, id_: ArmId, /) -> ArmId:
        """The id itself."""
        return id_

    def text(self, text: str, /) -> str:
        """The text itself."""
        return text

    def word(self, kind: str, written: str, /) -> str:  # noqa: ARG002 - real names need no kind
        """The name itself."""
        return written
