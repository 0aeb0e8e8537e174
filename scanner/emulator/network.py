"""Network interfaces, subnets and network security groups with the rules that Azure adds to them."""

from scanner.emulator.arm import Answer, Call, Json, Route, digest, guid
from scanner.emulator.lookup import interface_of, security_group_of, subnet_of
from scanner.emulator.tenants.model import NetworkInterface, SecurityGroup, SecurityRule, Subnet

VERSIONS = ("2020-11-01", "2022-09-01", "2023-09-01", "2024-05-01", "2025-01-01", "2026-03-01")
TYPE = "Microsoft.Network"
GROUP = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{TYPE}"

ANYWHERE, NETWORK = ("*",), ("VirtualNetwork",)
DEFAULT_RULES = (
    SecurityRule("AllowVnetInBound", 65000, "Inbound", "Allow", "*", NETWORK, NETWORK),
    SecurityRule("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "*", ("AzureLoadBalancer",), ANYWHERE),
    SecurityRule("DenyAllInBound", 65500, "Inbound", "Deny"),
    SecurityRule("AllowVnetOutBound", 65000, "Outbound", "Allow", "*", NETWORK, NETWORK),
    SecurityRule("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", ANYWHERE, ("Internet",)),
    SecurityRule("DenyAllOutBound", 65500, "Outbound", "Deny"),
)
"""What every network security group has (learn.microsoft.com, network-security-groups-overview, 2024)."""


def _etag(identity: str) -> str:
    return f'W/"{guid(identity, "etag")}"'


def _name(identity: str) -> str:
    return identity.rpartition("/")[2]


def interface_body(interface: NetworkInterface) -> Json:
    """A network interface with one configuration per subnet; without a group of its own that key is absent."""
    configurations = [
        _configuration(interface, subnet, number) for number, subnet in enumerate(interface.subnets, start=1)
    ]
    properties: Json = {
        "provisioningState": "Succeeded",
        "resourceGuid": guid(interface.id),
        "ipConfigurations": configurations,
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": False,
        "enableIPForwarding": False,
        "primary": True,
    }
    if interface.security_group is not None:
        properties["networkSecurityGroup"] = {"id": interface.security_group}
    return {
        "name": _name(interface.id),
        "id": interface.id,
        "etag": _etag(interface.id),
        "type": f"{TYPE}/networkInterfaces",
        "location": interface.location,
        "properties": properties,
    }


def _configuration(interface: NetworkInterface, subnet: str, number: int) -> Json:
    identity = f"{interface.id}/ipConfigurations/ipconfig{number}"
    return {
        "name": _name(identity),
        "id": identity,
        "etag": _etag(interface.id),
        "type": f"{TYPE}/networkInterfaces/ipConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": f"10.0.{number}.{4 + digest(interface.id) % 250}",
            "privateIPAllocationMethod": "Dynamic",
            "privateIPAddressVersion": "IPv4",
            "primary": number == 1,
            "subnet": {"id": subnet},
        },
    }


def subnet_body(subnet: Subnet) -> Json:
    """A subnet; without a security group that key is absent."""
    properties: Json = {
        "provisioningState": "Succeeded",
        "addressPrefix": "10.0.1.0/24",
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    if subnet.security_group is not None:
        properties["networkSecurityGroup"] = {"id": subnet.security_group}
    return {
        "name": _name(subnet.id),
        "id": subnet.id,
        "etag": _etag(subnet.id),
        "type": f"{TYPE}/virtualNetworks/subnets",
        "properties": properties,
    }


def security_group_body(group: SecurityGroup) -> Json:
    """A network security group; its default rules are in a list of their own."""
    return {
        "name": _name(group.id),
        "id": group.id,
        "etag": _etag(group.id),
        "type": f"{TYPE}/networkSecurityGroups",
        "location": group.location,
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": guid(group.id),
            "securityRules": [_rule(group, rule, "securityRules") for rule in group.rules],
            "defaultSecurityRules": [_rule(group, rule, "defaultSecurityRules") for rule in DEFAULT_RULES],
        },
    }


def _rule(group: SecurityGroup, rule: SecurityRule, collection: str) -> Json:
    """A rule: one prefix or port is under the singular key, several under the plural one; the other is empty."""
    properties: Json = {
        "provisioningState": "Succeeded",
        "protocol": rule.protocol,
        "sourcePortRange": "*",
        "sourcePortRanges": [],
        "access": rule.access,
        "priority": rule.priority,
        "direction": rule.direction,
        **_one_or_many("destinationPortRange", "destinationPortRanges", rule.ports),
        **_one_or_many("sourceAddressPrefix", "sourceAddressPrefixes", rule.sources),
        **_one_or_many("destinationAddressPrefix", "destinationAddressPrefixes", rule.destinations),
    }
    if rule.application_groups:
        parent = group.id.rpartition("/networkSecurityGroups/")[0]
        key = (
            "sourceApplicationSecurityGroups" if rule.direction == "Inbound" else "destinationApplicationSecurityGroups"
        )
        properties[key] = [{"id": f"{parent}/applicationSecurityGroups/asg-{rule.name}"}]
    identity = f"{group.id}/{collection}/{rule.name}"
    type_name = f"{TYPE}/networkSecurityGroups/{collection}"
    return {"name": rule.name, "id": identity, "etag": _etag(group.id), "type": type_name, "properties": properties}


def _one_or_many(single: str, plural: str, values: tuple[str, ...]) -> Json:
    if len(values) == 1:
        return {single: values[0], plural: []}
    return {plural: list(values)}


def get_interface(call: Call) -> Answer:
    """One network interface."""
    return Answer(interface_body(interface_of(call)))


def get_subnet(call: Call) -> Answer:
    """One subnet."""
    return Answer(subnet_body(subnet_of(call)))


def get_security_group(call: Call) -> Answer:
    """One network security group."""
    return Answer(security_group_body(security_group_of(call)))


SUBNET = "virtualNetworks/{network}/subnets/{subnet}"
ROUTES = (
    Route("GET", f"{GROUP}/networkInterfaces/{{interface}}", f"{TYPE}/networkInterfaces/read", VERSIONS, get_interface),
    Route("GET", f"{GROUP}/{SUBNET}", f"{TYPE}/virtualNetworks/subnets/read", VERSIONS, get_subnet),
    Route(
        "GET",
        f"{GROUP}/networkSecurityGroups/{{security_group}}",
        f"{TYPE}/networkSecurityGroups/read",
        VERSIONS,
        get_security_group,
    ),
)
