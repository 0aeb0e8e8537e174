"""A tenant whose names attack whoever prints them; each worker of it is stale, so that its name is in a message."""

from datetime import timedelta

from builders import NOW, OTHER_SUB, SUB

from scanner.emulator.tenants.build import Machines
from scanner.emulator.tenants.model import Account, Group, Subscription, Tenant

NAMES = (
    "</script><script>alert(1)</script>",
    "\x1b[2J\x1b]0;owned\x07",
    "safe\u202egnp.exe\u200b",
    "quotes \"double\" 'single' `back` $(id)",
    "two\nlines\r\n::error::and more",
    "n" * 200,
    "tab\tand \x00 nul & <b>bold</b> {{ 7*7 }} %s",
)


def hostile_tenant(*names: str) -> Tenant:
    machines = Machines(NOW, SUB, "rg")
    workers = tuple(machines.v2(name, timedelta(days=60), vm=machines.vm(f"vm-{n}")) for n, name in enumerate(names))
    account = Account(SUB, "rg", "aa-hostile", "westeurope", NOW - timedelta(days=9), groups=(Group("hwg", workers),))
    subscriptions = (Subscription(SUB, names[0]), Subscription(OTHER_SUB, names[-1]))
    return Tenant(SUB, "hostile", NOW, subscriptions, (account,))
