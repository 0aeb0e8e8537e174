"""What Compute sells in each region: sizes of VMs, beside disks."""

import re
from collections.abc import Mapping

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, digest, page
from scanner.emulator.tenants.addresses import place
from scanner.emulator.tenants.model import MachineSize

VERSIONS = ("2017-09-01", "2019-04-01", "2021-07-01")
TYPE = "Microsoft.Compute/skus"
REGION_FILTER = re.compile(r"\s*location\s+eq\s+'(?P<location>[^']*)'\s*", re.IGNORECASE)
DISKS = ("Premium_LRS", "StandardSSD_LRS")


def list_skus(call: Call) -> Answer:
    """Sizes of VMs beside other things that Compute sells, in one region or in all."""
    wanted = call.query.get("$filter")
    found = None if wanted is None else REGION_FILTER.fullmatch(wanted)
    if wanted is not None and found is None:
        raise RefusedError(400, "InvalidParameter", f"The filter '{wanted}' is not known.")
    region = None if found is None else place(found["location"])
    sizes = [size for size in call.directory.tenant.sizes if region in {None, place(size.location)}]
    regions = sorted({place(size.location) for size in sizes})
    rows = [*map(_size, sizes), *(_disk(name, there) for there in regions for name in DISKS)]
    return page(call, rows, lambda row: row, lambda row: f"{row['name']} {row['locations']}")


def _size(size: MachineSize) -> Json:
    available = size.vcpus_available
    capabilities = {"MaxResourceVolumeMB": "0", "vCPUs": str(size.vcpus), "MemoryGB": f"{size.memory_gib:g}"}
    if available is not None or digest(size.name) % 2:
        capabilities["vCPUsAvailable"] = str(size.vcpus if available is None else available)
    series = size.name.removeprefix("Standard_")
    about = {"tier": size.name.partition("_")[0], "size": series}
    return _sku("virtualMachines", size.name, place(size.location), capabilities, about)


def _disk(name: str, region: str) -> Json:
    about = {"tier": name.partition("_")[0], "size": "P10"}
    return _sku("disks", name, region, {"MaxSizeGiB": "128", "MinSizeGiB": "64"}, about)


def _sku(kind: str, name: str, region: str, capabilities: Mapping[str, str], about: Mapping[str, str]) -> Json:
    pairs = [{"name": key, "value": value} for key, value in capabilities.items()]
    where = {"locations": [region], "locationInfo": [{"location": region, "zones": []}]}
    return {"resourceType": kind, "name": name, **about, **where, "capabilities": pairs, "restrictions": []}


ROUTES = (
    Route(
        "GET",
        f"/subscriptions/{{subscription}}/providers/{TYPE}",
        f"{TYPE}/read",
        VERSIONS,
        list_skus,
        collection=True,
        options=("$filter",),
    ),
)
