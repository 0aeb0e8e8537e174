"""The static evaluation of network security groups."""

import pytest
from builders import NOW, network_id

from scanner.checks._security_rules import free_priority, https_to_automation
from scanner.inventory import SecurityGroup, SecurityRule

REGION = "westeurope"


def rule(access="Deny", to="Internet", priority=200, **changes):
    defaults = {
        "name": f"{access}{priority}",
        "priority": priority,
        "direction": "Outbound",
        "access": access,
        "protocol": "*",
        "sources": ("*",),
        "destinations": (to,) if to else (),
        "ports": ("*",),
    }
    return SecurityRule(**defaults | changes)


DEFAULTS = (
    rule("Allow", "VirtualNetwork", 65000, sources=("VirtualNetwork",)),
    rule("Allow", "Internet", 65001),
    rule("Deny", "*", 65500),
)


def group(*rules):
    id_ = network_id("networkSecurityGroups", "nsg")
    return SecurityGroup(id=id_, name=id_.name, read_at=NOW, rules=(*rules, *DEFAULTS))


def denied(*rules, region=REGION):
    return https_to_automation(group(*rules), region).denied


def test_azures_default_rules_let_https_out():
    assert denied() is False


@pytest.mark.parametrize("to", [
    "Internet", "internet", "*", "0.0.0.0/0", "AzureCloud", "AzureCloud.WestEurope", "GuestAndHybridManagement",
])  # fmt: skip
def test_a_deny_to_what_holds_automation_denies(to):
    decision = https_to_automation(group(rule("Deny", to)), REGION)
    assert (decision.denied, decision.rule.name) == (True, "Deny200")
    assert denied(rule("Allow", to, 100), rule("Deny", "*", 200)) is False


@pytest.mark.parametrize(
    "to", ["VirtualNetwork", "Storage", "Sql.WestEurope", "AzureCloud.northeurope", "AzureMonitor"]
)
def test_the_tag_of_something_else_does_not_match(to):
    assert denied(rule("Deny", to)) is False
    assert denied(rule("Allow", to, 100), rule("Deny", "*")) is True


def test_the_first_rule_by_priority_decides_in_whatever_order_they_come():
    assert denied(rule("Deny", "*", 300), rule("Allow", "AzureCloud", 100)) is False
    assert denied(rule("Allow", "*", 300), rule("Deny", "AzureCloud", 100)) is True


@pytest.mark.parametrize("changes", [
    {"direction": "Inbound"}, {"protocol": "Udp"}, {"protocol": "Icmp"}, {"ports": ("80", "8000-9000")},
])  # fmt: skip
def test_other_traffic_does_not_match(changes):
    assert denied(rule(**changes)) is False


@pytest.mark.parametrize("changes", [
    {"direction": "outbound"}, {"protocol": "tcp"}, {"ports": ("80", "443")}, {"ports": ("400-500",)},
    {"sources": ("VirtualNetwork",)}, {"sources": ("10.0.0.0/8", "*")}, {"destinations": ("10.0.0.0/8", "Internet")},
    {"access": "deny"},
])  # fmt: skip
def test_https_matches_however_it_is_written(changes):
    assert denied(rule(**changes)) is True


@pytest.mark.parametrize("changes", [
    {"to": "20.0.0.0/8"}, {"to": "10.0.0.0/8"}, {"to": "20.50.2.1"}, {"to": "::/0"},
    {"to": "Internet", "sources": ("10.0.0.0/24",)}, {"to": "Internet", "sources": ()},
    {"to": "", "application_groups": True}, {"to": "Internet", "application_groups": True, "sources": ()},
    {"to": "Internet", "ports": ()}, {"to": "Internet", "ports": ("https",)},
])  # fmt: skip
def test_an_allow_in_front_that_may_match_leaves_it_open(changes):
    doubtful = rule("Allow", priority=100, **changes)
    decision = https_to_automation(group(doubtful, rule("Deny", "*")), REGION)
    assert (decision.denied, decision.rule) == (None, doubtful)


def test_a_rule_that_may_match_changes_nothing_where_it_says_what_the_deciding_rule_says():
    assert denied(rule("Allow", "20.0.0.0/8")) is False
    assert denied(rule("Deny", "20.0.0.0/8", 100), rule("Deny", "*")) is True


def test_a_deny_of_public_addresses_leaves_it_open_and_one_of_private_addresses_does_not():
    assert denied(rule("Deny", "20.0.0.0/8")) is None
    assert denied(rule("Deny", "0.0.0.0/1")) is None
    assert denied(rule("Deny", "10.0.0.0/8"), rule("Deny", "192.168.1.0/24", 201)) is False


def test_a_regional_tag_leaves_it_open_where_the_region_is_not_told():
    assert denied(rule("Allow", "AzureCloud.westeurope", 100), rule("Deny", "*"), region=None) is None


def test_an_access_that_is_not_understood_leaves_it_open():
    assert denied(rule("Audit", "*")) is None


def test_a_group_without_a_rule_that_decides_leaves_it_open():
    id_ = network_id("networkSecurityGroups", "nsg")
    assert https_to_automation(SecurityGroup(id=id_, name="nsg", read_at=NOW), REGION).denied is None


def test_the_priority_that_is_free_comes_right_before_the_rule():
    deny = rule("Deny", "*", 200)
    assert free_priority(group(deny), deny) == 199
    assert free_priority(group(deny, rule("Allow", "Sql", 199)), deny) == 198
    assert free_priority(group(), DEFAULTS[-1]) == 4096
    first = rule("Deny", "*", 100)
    assert free_priority(group(first), first) is None
