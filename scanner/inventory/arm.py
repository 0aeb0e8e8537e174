"""ARM resource ids: compared without case, shown in the case in which Azure wrote them."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

_MIN_RESOURCE_PARTS = 6  # subscriptions/{s}/providers/{namespace}/{type}/{name}


class ArmId:
    """A full ARM id such as `/subscriptions/…/providers/Microsoft.Automation/automationAccounts/a`.

    Two ids are equal when they differ in case or in a trailing slash only: Azure lower-cases ids in one API and
    keeps their case in the next. `text` keeps the case of the answer that it came from.
    """

    # A big estate has a million ids: no dictionary each, and what is worked out from the text only where it is asked.
    __slots__ = ("key", "text", "type")

    text: str
    key: str
    """The id in lower case."""
    type: str
    """The resource type in lower case, such as `microsoft.automation/automationaccounts`; '' for none."""

    def __init__(self, text: str) -> None:
        """Keep `text` as it is; raises ValueError for anything that does not start as an ARM id does."""
        trimmed = text.strip().rstrip("/")
        if not trimmed.startswith("/"):
            raise ValueError(f"not an ARM id: {text!r}")
        self.text = trimmed

    if not TYPE_CHECKING:  # to a type checker it would mean that an id has every attribute

        def __getattr__(self, name: str) -> str:
            """Work out what was not asked before; Python asks here only for a slot that is still empty."""
            if name == "key":
                lowered = self.text.lower()
                self.key = self.text if lowered == self.text else lowered
                return self.key
            if name == "type":
                self.type = sys.intern(_type_of(self.key))
                return self.type
            raise AttributeError(name)

    @classmethod
    def parse(cls, value: object) -> ArmId | None:
        """Return the id in `value`, or None for null, an empty string or anything that is not an ARM id."""
        try:
            return cls(value) if isinstance(value, str) and value.strip() else None
        except ValueError:
            return None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArmId) and self.key == other.key

    def __lt__(self, other: ArmId) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"ArmId({self.text!r})"

    @property
    def parts(self) -> tuple[str, ...]:
        """The segments between the slashes, in their own case."""
        return tuple(self.text.strip("/").split("/"))

    @property
    def name(self) -> str:
        """The last segment: the resource's own name."""
        return self.text.rpartition("/")[2]

    @property
    def subscription_id(self) -> str:
        """The subscription's GUID in lower case, or an empty string for an id outside subscriptions."""
        parts = self.parts
        return parts[1].lower() if len(parts) > 1 and parts[0].lower() == "subscriptions" else ""

    @property
    def subscription(self) -> ArmId:
        """The id of the subscription that holds this resource."""
        return _subscription_of("/".join(self.text.strip("/").split("/", 2)[:2]))

    @property
    def resource_group(self) -> str:
        """The resource group's name, or an empty string for an id outside resource groups."""
        parts = self.parts
        in_group = len(parts) > 3 and parts[2].lower() == "resourcegroups"  # noqa: PLR2004
        return parts[3] if in_group else ""

    @property
    def parent(self) -> ArmId:
        """The id that contains this one: a worker's group, a group's account, a resource's subscription."""
        if self.type.count("/") <= 1 or len(self.parts) < _MIN_RESOURCE_PARTS:
            return self.subscription
        return ArmId("/" + self.text.strip("/").rsplit("/", 2)[0])

    def child(self, segment: str, name: str | None = None) -> ArmId:
        """Return the id of a collection (`segment`) or of one item in it."""
        return ArmId(f"{self.text}/{segment}" if name is None else f"{self.text}/{segment}/{name}")

    def within(self, other: ArmId) -> bool:
        """Tell whether this id is `other` or lies below it."""
        return self.key == other.key or self.key.startswith(other.key + "/")


@lru_cache(maxsize=4096)
def _subscription_of(text: str) -> ArmId:
    return ArmId(f"/{text}")


def _type_of(key: str) -> str:
    lowered = key.strip("/").split("/")
    # Words and names alternate, so that a group may be called "providers".
    starts = [index for index in range(0, len(lowered), 2) if lowered[index] == "providers"]
    if not starts:
        of_subscription = len(lowered) == 2 and lowered[0] == "subscriptions"  # noqa: PLR2004
        return "microsoft.resources/subscriptions" if of_subscription and lowered[1] else ""
    tail = lowered[starts[-1] + 1 :]
    return "/".join([tail[0], *tail[1::2]]) if len(tail) > 1 else ""


def normalise_location(location: str) -> str:
    """Return a region's name as Azure compares it: lower case, no spaces (`East US 2` is `eastus2`)."""
    return location.replace(" ", "").lower()
