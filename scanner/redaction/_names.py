"""What stands in the place of each kind of value: names, hosts, URLs, ARM ids, networks and words of Azure's."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping

from scanner.inventory import ArmId, normalise_location
from scanner.redaction._pseudonyms import GUID, HEX, Pseudonyms
from scanner.redaction._vocabulary import (
    ARM_WORDS,
    AZURE_DOMAINS,
    AZURE_LABELS,
    KEPT,
    MODULE_FAMILIES,
    NAMED_BY,
    NAMESPACES,
    OS_WORDS,
    PATH_WORDS,
    REGION_CODES,
    SERVICE_TAGS,
    SHAPES,
    regions,
    words,
)

_URL = re.compile(r"(?P<scheme>https?://)(?P<host>[^/:@\s]+)(?P<port>:\d{1,5})?(?P<path>/[^\s?#]*)?", re.IGNORECASE)
_NAMED_AFTER_HOST = re.compile(rf"(?P<host>.+)_(?P<guid>{GUID.pattern})", re.IGNORECASE)
_SOLUTION = re.compile(r"(?P<product>[^()]*)\((?P<workspace>[^()]*)(?P<end>\)?)")
_AROUND_GUID = re.compile(
    rf"(?:(?P<before>.*?)(?P<lead>[-_]))?(?P<guid>{GUID.pattern})(?:(?P<trail>[-_])(?P<after>.*))?", re.IGNORECASE
)
_PRODUCT_HOME = "omsgallery"
_OF_A_REGION = "azurecloud."
_DEEPEST = 24
"""No ARM id has more parts than this; what has is not taken apart."""
_MOST_KEPT = 1 << 15
"""Values of a kind that are not worked out again; beyond it they are, so that memory does not grow with an estate."""


class Names:
    """Replaces values by kind.

    `named` has the pseudonym of every name that was replaced, by the lower-cased name; `fresh` are those of them that
    nobody has looked at yet.
    """

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._ids: dict[str, ArmId] = {}
        self._paths: dict[str, str] = {}
        self._values: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self.named: dict[str, str] = {}
        self.fresh: list[str] = []
        self._of_kind: Mapping[str, Callable[[str], str]] = {
            "machine": self._machine,
            "group": self._group,
            "solution": self._solution,
            "service": self._service,
            "module": self._module,
            "product": self._product,
            "region": self._region,
            "url": self._url,
            "machine id": self._machine_id,
            "address": self._address,
            "network": self._network,
            "system": self._system,
            "cloud": self._cloud,
            "scope": self.path,
            "action": self._action,
        }

    def value(self, kind: str, written: str) -> str:
        """What stands for a value of this kind; public vocabulary stays."""
        return self.of_kind(kind)(written)

    def of_kind(self, kind: str) -> Callable[[str], str]:
        """What stands for values of this kind, as `value`."""
        known = self._values[kind]

        def value(written: str) -> str:
            made = known.get(written)
            if made is None:
                made = self._value(kind, written)
                _keep(known, written, made)
            return made

        return value

    def _value(self, kind: str, written: str) -> str:
        if not written.strip() or written.lower() in KEPT.get(kind, ()):
            return written
        shape = SHAPES.get(kind)
        if shape is not None and shape.fullmatch(written):
            return written
        made = self._made(kind, written)
        if made != written and kind != "scope":
            self._note(written, made)
        return made

    def _made(self, kind: str, written: str) -> str:
        of_kind = self._of_kind.get(kind)
        return self._plain(kind, written) if of_kind is None else of_kind(written)

    def _note(self, written: str, made: str) -> None:
        lowered = written.lower()
        if lowered not in self.named:
            self.named[lowered] = made
            self.fresh.append(lowered)

    def _plain(self, kind: str, written: str) -> str:
        if GUID.fullmatch(written):
            return self._pseudonyms.guid(written)
        if HEX.fullmatch(written):
            return self._pseudonyms.digits(written)
        return self._pseudonyms.word(kind.replace(" ", "-"), written)

    # -- names ------------------------------------------------------------------------------------------------

    def _machine(self, written: str) -> str:
        """A host name by its label and its domain: a short name and a full one go on meaning one machine."""
        if GUID.fullmatch(written):
            return self._pseudonyms.guid(written)
        label, dot, domain = written.strip().partition(".")
        made = self._label("machine", label) + dot
        return made + (self._label("domain", domain) if domain else "")

    def _label(self, kind: str, written: str) -> str:
        if not written:
            return ""
        made = self._pseudonyms.word(kind, written)
        self._note(written, made)
        return made

    def _group(self, written: str) -> str:
        """A group's name, which for a System group is that of its machine and a GUID."""
        found = _NAMED_AFTER_HOST.fullmatch(written)
        if found is None:
            return self._plain("group", written)
        return f"{self._machine(found['host'])}_{self._pseudonyms.guid(found['guid'])}"

    def _solution(self, written: str) -> str:
        """A solution's name: its product, and the workspace in brackets."""
        found = _SOLUTION.fullmatch(written)
        if found is None:
            return self._plain("solution", written)
        workspace = self.value("workspace", found["workspace"])
        return f"{self.value('pack', found['product'])}({workspace}{found['end']}"

    def _service(self, written: str) -> str:
        """A linked service's name: the workspace and the service."""
        workspace, slash, service = written.rpartition("/")
        if not slash:
            return self._plain("service", written)
        return f"{self.value('workspace', workspace)}/{self.value('service', service)}"

    def _module(self, written: str) -> str:
        family, dot, rest = written.partition(".")
        if dot and family.lower() in MODULE_FAMILIES:
            return f"{family}.{self._plain('module', rest)}" if rest else written
        return self._plain("module", written)

    def _product(self, written: str) -> str:
        publisher, slash, product = written.rpartition("/")
        shown = publisher if publisher.lower() == _PRODUCT_HOME else publisher and self._plain("publisher", publisher)
        return f"{shown}{slash}{self.value('pack', product)}"

    def _system(self, written: str) -> str:
        """An operating system's name, word by word."""
        parts = re.split(r"(\s+)", written)
        return "".join(part if self._is_of_systems(part) else self._plain("system", part) for part in parts)

    def _is_of_systems(self, part: str) -> bool:
        return not part.strip() or part.lower() in OS_WORDS or SHAPES["version"].fullmatch(part) is not None

    # -- places -----------------------------------------------------------------------------------------------

    def _region(self, written: str) -> str:
        place = normalise_location(written)
        return written if place in regions() else self._pseudonyms.word("region", place)

    def _cloud(self, written: str) -> str:
        return self._url(written) if _URL.fullmatch(written) else self._plain("cloud", written)

    def _machine_id(self, written: str) -> str:
        """The UUID of a machine, in whatever form it is written."""
        try:
            told = str(uuid.UUID(written))
        except ValueError:
            return self._pseudonyms.word("machine-id", written)
        return self._pseudonyms.guid(written if GUID.fullmatch(written) else told)

    def _address(self, written: str) -> str:
        return self._pseudonyms.address(written.strip()) or self._pseudonyms.word("address", written)

    def _network(self, written: str) -> str:
        """An address prefix of a security rule, or a service tag."""
        tag = normalise_location(written)
        if tag in SERVICE_TAGS:
            return written
        if tag.startswith(_OF_A_REGION):
            family, _, region = written.partition(".")
            return f"{family}.{self._region(region)}"
        return self._pseudonyms.network(written) or self._pseudonyms.word("prefix", written)

    def _url(self, written: str) -> str:
        """A URL by its labels and path; a GUID in it is the one that stands elsewhere."""
        found = _URL.fullmatch(written)
        if found is None:
            return self._pseudonyms.word("url", written)
        path = "/".join(self._of_path(part) for part in (found["path"] or "").split("/"))
        return f"{found['scheme']}{self.host(found['host'])}{found['port'] or ''}{path}"

    def host(self, written: str) -> str:
        """A host of the network, whose labels stay as far as they are Azure's own."""
        address = self._pseudonyms.address(written)
        if address is not None:
            return address
        azure = f".{written.lower()}".endswith(AZURE_DOMAINS)
        return ".".join(self._of_host(label, azure=azure) for label in written.split("."))

    def _of_host(self, label: str, *, azure: bool) -> str:
        lowered = label.lower()
        if azure and (lowered in AZURE_LABELS or lowered in REGION_CODES or lowered in regions()):
            return label
        return self._around_guid("host", label)

    def _of_path(self, part: str) -> str:
        return part if part.lower() in PATH_WORDS else self._around_guid("path", part)

    def _around_guid(self, kind: str, written: str) -> str:
        """A label or a part of a path; a GUID in it is replaced as such, and what is beside that as names."""
        found = _AROUND_GUID.fullmatch(written)
        if found is None:
            return self._beside(kind, written)
        lead, trail = (found[name] or "" for name in ("lead", "trail"))
        before, after = (self._beside(kind, found[name] or "") for name in ("before", "after"))
        return f"{before}{lead}{self._pseudonyms.guid(found['guid'])}{trail}{after}"

    def _beside(self, kind: str, part: str) -> str:
        return self._pseudonyms.word(kind, part) if any(map(str.isalnum, part)) else part

    def _action(self, written: str) -> str:
        return written if self.is_azures(written) else self._pseudonyms.word("action", written)

    def is_azures(self, written: str) -> bool:
        """Whether this is a namespace of Azure's, or an RBAC action in public words."""
        namespace, *parts = written.lower().split("/")
        return namespace in NAMESPACES and all(part in ARM_WORDS or part in words() for part in parts)

    # -- ARM ids ----------------------------------------------------------------------------------------------

    def id(self, written: ArmId) -> ArmId:
        """The id with all names in it replaced."""
        known = self._ids.get(written.text)
        if known is None:
            known = self._ids[written.text] = ArmId(self._path(written.text))
        return known

    def path(self, written: str) -> str:
        """The text of an ARM id: words and names alternate, and each name is of the kind that its word says."""
        known = self._paths.get(written)
        if known is None:
            known = self._path(written)
            _keep(self._paths, written, known)
        return known

    def _path(self, written: str) -> str:
        depth = written.count("/")
        if not written.startswith("/") or depth > _DEEPEST:
            return f"/{self._pseudonyms.word('id', written)}"
        if depth % 2:
            head, _, word = written.rpartition("/")
            return f"{self.path(head) if head else ''}/{self._arm_word(word)}"
        head, word, name = written.rsplit("/", 2)
        return f"{self.path(head) if head else ''}/{self._arm_word(word)}/{self._arm_name(word, name)}"

    def _arm_word(self, word: str) -> str:
        return word if not word or word.lower() in ARM_WORDS else self._pseudonyms.word("type", word)

    def _arm_name(self, word: str, name: str) -> str:
        lowered = word.lower()
        if lowered == "providers":
            return name if not name or name.lower() in NAMESPACES else self._pseudonyms.word("namespace", name)
        return self.value(NAMED_BY.get(lowered, "resource"), name)


def _keep(known: dict[str, str], written: str, made: str) -> None:
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[written] = made
