"""Redaction: names of a tenant as keyed, stable pseudonyms, and the way back for whoever holds the key file."""

from scanner.redaction._estates import UnclassifiedError, every_struct, kind_of
from scanner.redaction._keyfile import DEFAULT, KeyFile
from scanner.redaction._redaction import Redaction
from scanner.redaction._reveal import reveal, revealed_text
from scanner.redaction._vocabulary import is_public_word

__all__ = [
    "DEFAULT",
    "KeyFile",
    "Redaction",
    "UnclassifiedError",
    "every_struct",
    "is_public_word",
    "kind_of",
    "reveal",
    "revealed_text",
]
