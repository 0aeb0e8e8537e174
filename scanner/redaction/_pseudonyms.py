"""Keyed pseudonyms: the same original has the same pseudonym for whoever holds the key, and none for anybody else."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Mapping
from functools import cached_property

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MARK_LENGTH = 8
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"[0-9a-f]{16,128}", re.IGNORECASE)
_RESERVED = int(ipaddress.IPv4Address("240.0.0.0"))  # 240.0.0.0/4: no host has such an address (RFC 1112)
_PRIVATE = int(ipaddress.IPv4Address("10.0.0.0"))
_PRIVATE_NETWORKS = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
_DOCUMENTATION = int(ipaddress.IPv6Address("2001:db8::"))  # 2001:db8::/32 (RFC 3849)
_SAME_IN_EVERY_ESTATE = frozenset({bytes(16), b"\xff" * 16})
_ROUGH_PREFIX = 8
"""A network with fewer bits than this says nothing of anybody's addresses."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Pseudonyms:
    """Gives pseudonyms, and keeps what each stands for; `originals` maps pseudonyms to originals as first written.

    Originals that differ in case only have one pseudonym.
    """

    def __init__(self, key: bytes, originals: Mapping[str, str]) -> None:
        self._key = key
        self.originals: dict[str, str] = originals if isinstance(originals, _Forgetting) else dict(originals)

    def forgetful(self) -> Pseudonyms:
        """The same pseudonyms, of which nobody keeps what they stand for: for what may be a secret."""
        return Pseudonyms(self._key, _Forgetting())

    @cached_property
    def mark(self) -> str:
        """What tells one key from another, and nothing about the key."""
        return self._digest("mark", "").hex()[:16]

    def word(self, kind: str, written: str) -> str:
        """A name such as `account-7f3a9c2k`: the kind, and eight characters by key, kind and original."""
        return self._word(kind, written, written.lower())

    def exact(self, kind: str, written: str) -> str:
        """As `word`, but texts that differ in case are two."""
        return self._word(kind, written, written)

    def _word(self, kind: str, written: str, told: str) -> str:
        """The first pseudonym by the key that nothing else has."""
        for attempt in range(1 << 30):
            digest = self._digest(kind, told if attempt == 0 else f"{told}\n{attempt}")
            mark = "".join(_ALPHABET[byte & 31] for byte in digest[:_MARK_LENGTH])
            made = f"{kind}-{mark}"
            original = self.originals.setdefault(made, written)
            if original == told or original.lower() == told:
                return made
        raise OverflowError("no pseudonym is left")

    def guid(self, written: str) -> str:
        """A GUID for 32 digits with or without hyphens.

        That of one with its first eight bytes swapped is the pseudonym swapped alike: old Linux agents write a
        machine's UUID so, and both must go on naming one machine. All zeros and all ones are the same in every estate,
        and stay.
        """
        told = bytes.fromhex(written.replace("-", ""))
        if told in _SAME_IN_EVERY_ESTATE:
            return written
        swapped = _swapped(told)
        first = min(told, swapped)
        made = self._digest("guid", first.hex())[:16]
        if told == swapped:
            made = made[:2] + made[1::-1] + made[4:5] * 2 + made[6:7] * 2 + made[8:]
        digits = (made if told == first else _swapped(made)).hex()
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return self._kept(("-" if "-" in written else "").join(parts), written)

    def digits(self, written: str) -> str:
        """Hexadecimal digits for as many of them."""
        made = self._digest("digits", written.lower()) + self._digest("digits", f"{written.lower()}\n")
        return self._kept(made.hex()[: len(written)], written)

    def address(self, written: str) -> str | None:
        """An address that no host has, for an address; None for what is none."""
        try:
            told = ipaddress.ip_address(written)
        except ValueError:
            return None
        if told.version == 4:  # noqa: PLR2004
            return self._free_address(_RESERVED, 28, written, told.compressed)
        return self._free_address(_DOCUMENTATION, 96, written, told.compressed)

    def network(self, written: str) -> str | None:
        """A network with as many bits for a network, and private for private; None for what is none."""
        try:
            told: _Network = ipaddress.ip_network(written.strip(), strict=False)
        except ValueError:
            return None
        if told.prefixlen < _ROUGH_PREFIX:
            return told.compressed
        if isinstance(told, ipaddress.IPv6Network):
            start, bits = _DOCUMENTATION, 96
        elif any(told.subnet_of(each) for each in _PRIVATE_NETWORKS):
            start, bits = _PRIVATE, 24
        else:
            start, bits = _RESERVED, 28
        made = start + self._number("network", told.compressed, bits)
        place = ipaddress.ip_network((made, told.prefixlen), strict=False)
        return self._kept(place.compressed if "/" in written else str(place.network_address), written)

    def _free_address(self, start: int, bits: int, written: str, told: str) -> str:
        for attempt in range(1 << 30):
            number = self._number("address", told if attempt == 0 else f"{told}\n{attempt}", bits)
            made = str(ipaddress.ip_address(start + number))
            if _compressed(self.originals.setdefault(made, written)) == told:
                return made
        raise OverflowError("no address is left")

    def _number(self, kind: str, told: str, bits: int) -> int:
        return int.from_bytes(self._digest(kind, told)[:16], "big") & ((1 << bits) - 1)

    def _kept(self, pseudonym: str, written: str) -> str:
        self.originals.setdefault(pseudonym, written)
        return pseudonym

    def _digest(self, kind: str, told: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\n{told}".encode("utf-8", "surrogatepass"), "sha256")


class _Forgetting(dict[str, str]):
    """Originals that are never kept."""

    def setdefault(self, key: str, default: str = "", /) -> str:  # noqa: ARG002 - dict's own signature
        """What was given, as if it were the first."""
        return default


def _swapped(guid: bytes) -> bytes:
    """The bytes of a GUID with those of its first three groups in the other order."""
    return guid[3::-1] + guid[5:3:-1] + guid[7:5:-1] + guid[8:]


def _compressed(written: str) -> str:
    try:
        return ipaddress.ip_address(written).compressed
    except ValueError:
        return ""
