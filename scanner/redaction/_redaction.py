"""Redaction: a tenant's names out of an estate and out of texts, and back into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from scanner.errors import UsageError
from scanner.inventory import ArmId, Estate, Resource
from scanner.redaction._estates import Rewriting
from scanner.redaction._fields import FREE, OWN
from scanner.redaction._names import Names
from scanner.redaction._pseudonyms import GUID, HEX, Pseudonyms
from scanner.redaction._reveal import reveal
from scanner.redaction._texts import Texts


class Redaction:
    """Replaces names by keyed pseudonyms, and remembers what each stands for.

    `originals` are the pseudonyms that earlier runs with this key gave, with what they stand for.
    """

    def __init__(self, key: bytes, originals: Mapping[str, str] | None = None) -> None:
        self._pseudonyms = Pseudonyms(key, originals or {})
        self._names = Names(self._pseudonyms)
        self._texts = Texts(self._names, self._pseudonyms)
        self._forgetful = self._pseudonyms.forgetful()

    @property
    def mark(self) -> str:
        """What tells the key from others: a redacted estate carries it."""
        return self._pseudonyms.mark

    @property
    def originals(self) -> Mapping[str, str]:
        """All pseudonyms given so far, with what they stand for as it was first written."""
        return self._pseudonyms.originals

    def estate(self, estate: Estate) -> Estate:
        """The estate under pseudonyms, this scan's or a baseline's; one that is redacted with this key stays as it is.

        Raises UsageError for one that another key redacted.
        """
        if estate.facts.redaction == self.mark:
            return estate
        if estate.facts.redaction is not None:
            raise UsageError("the snapshot is redacted with another key", "give that key as --redact-key")
        rewritten = Rewriting(_Redacting(self._names, self._texts)).estate(estate)
        return _marked(rewritten, self.mark)

    def learn(self, resource: Resource) -> None:
        """Know a resource's names in texts, before its estate is redacted."""
        Rewriting(_Redacting(self._names, self._texts)).struct(resource)

    def id(self, id_: ArmId) -> ArmId:
        """The id under pseudonyms."""
        return self._names.id(id_)

    def value(self, kind: str, written: str) -> str:
        """A value of a kind that fields of an estate have, such as `machine` or `scope`; public vocabulary stays."""
        return self._names.path(written) if kind == "scope" else self._names.value(kind, written)

    def host(self, written: str) -> str:
        """A host of the network, of which Azure's own labels stay."""
        return self._names.host(written)

    def is_azures(self, written: str) -> bool:
        """Whether this is an RBAC action or a resource type in public words."""
        return self._names.is_azures(written)

    def stand_in(self, written: str) -> str:
        """A pseudonym for what nobody classified, of which no original is kept: it may be a secret.

        GUIDs, addresses and digits keep their shape, so that what is one thing elsewhere is one here.
        """
        if GUID.fullmatch(written):
            return self._forgetful.guid(written)
        if HEX.fullmatch(written):
            return self._forgetful.digits(written)
        return self._forgetful.address(written) or self._forgetful.exact("text", written)

    def text(self, text: str) -> str:
        """Any text under pseudonyms: Azure's, or that of an owner, a reason or a ticket; only public words stay."""
        return self._texts.rewrite(text)

    def word(self, kind: str, written: str) -> str:
        """A pseudonym for a name whole, such as `owner-7f3a9c2k`; it does not depend on what else was replaced."""
        return self._pseudonyms.exact(kind, written)

    def original(self, id_: ArmId) -> ArmId:
        """The real id behind a redacted one; an id without pseudonyms is itself."""
        return ArmId(self.reveal(id_.text))

    def reveal(self, text: str) -> str:
        """A text with what its pseudonyms stand for."""
        return reveal(text, self.originals)

    def revealed(self, estate: Estate) -> Estate:
        """A redacted estate under its real names again; raises UsageError when another key redacted it."""
        if estate.facts.redaction not in {None, self.mark}:
            raise UsageError("the snapshot is redacted with another key", "give that key as --redact-key")
        return _marked(Rewriting(_Revealing(self.originals)).estate(estate), None)


class _Redacting:
    """Puts pseudonyms in the place of names, by what a field holds."""

    def __init__(self, names: Names, texts: Texts) -> None:
        self.id = names.id
        self._names = names
        self._texts = texts

    def of_kind(self, kind: str) -> Callable[[str], str] | None:
        if kind == OWN:
            return None
        return self._texts.rewrite if kind == FREE else self._names.of_kind(kind)


class _Revealing:
    """Puts names in the place of pseudonyms."""

    def __init__(self, originals: Mapping[str, str]) -> None:
        self._originals = originals
        self._known: dict[str, str] = {}

    def id(self, written: ArmId) -> ArmId:
        return ArmId(self._revealed(written.text))

    def of_kind(self, kind: str) -> Callable[[str], str] | None:
        return None if kind == OWN else self._revealed

    def _revealed(self, written: str) -> str:
        known = self._known.get(written)
        if known is None:
            known = self._known[written] = reveal(written, self._originals)
        return known


def _marked(estate: Estate, mark: str | None) -> Estate:
    return msgspec.structs.replace(estate, facts=msgspec.structs.replace(estate.facts, redaction=mark))
