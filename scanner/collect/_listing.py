"""One kind of resource of one subscription: Resource Graph's rows of it, or ARM's list where it shows none."""

from __future__ import annotations

from typing import Generic

import msgspec

from scanner.collect._pages import Parse, R
from scanner.collect._reader import Endpoint, Reader
from scanner.collect._resource_graph import Bulk
from scanner.collect._wire import Malformed
from scanner.inventory import ArmId


class Listing(msgspec.Struct, Generic[R], frozen=True):
    """What is listed: ARM's endpoint, the (lower-cased) resource type in Resource Graph, and how an item is parsed."""

    endpoint: Endpoint
    type: str
    parse: Parse[R]


async def listed(reader: Reader, listing: Listing[R], subscription: ArmId, bulk: Bulk) -> list[R]:
    """Take a subscription's resources from the bulk answer, or from its ARM list where the bulk shows none."""
    reading = listing.endpoint.reading
    shown = bulk.take(subscription.subscription_id, listing.type)
    rows = () if reader.journal.remembers(reading, subscription) else shown
    try:
        found = [resource for row in rows if (resource := listing.parse(row, bulk.read_at)) is not None]
    except Malformed:
        found = []  # ARM's own list decides, and says which item it is
    if not found:
        return await reader.collection(listing.endpoint, subscription, listing.parse)
    for resource in found:
        reader.keep(resource)
    reader.answer(reading, subscription, items=len(found), at=bulk.read_at, resources=found, bulk=True)
    return found
