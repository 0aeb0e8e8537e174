import pytest

from scanner.inventory import RunbookSignature as S
from scanner.runbooks import read_runbook


def read(script, runbook_type="Python3"):
    return read_runbook(script.encode(), runbook_type)


def signs(script, runbook_type="Python3"):
    return {sign.signature: sign.line for sign in read(script, runbook_type).signs}


USED = [
    ("import automationassets\nautomationassets.get_automation_connection('AzureRunAsConnection')", {S.RUN_AS: 2}),
    ("from automationassets import get_automation_connection as g\ng(name='azurerunasconnection')", {S.RUN_AS: 2}),
    (
        "import automationassets as a\nn = 'AzureRunAsConnection'\nread = a.get_automation_connection\nread(n)",
        {S.RUN_AS: 4},
    ),
    ("def f(n='AzureRunAsConnection'):\n return a.get_automation_connection(n)", {S.RUN_AS: 2}),
    ("for n in ['x', 'AzureClassicRunAsConnection']:\n a.get_automation_connection(n)", {S.CLASSIC_RUN_AS: 2}),
    ("a.get_automation_certificate('AzureRunAsCertificate')", {S.RUN_AS: 1}),
    ("from azure.identity import ManagedIdentityCredential\nc = ManagedIdentityCredential()", {S.MANAGED_IDENTITY: 2}),
    ("import azure.identity as i\nc = i.DefaultAzureCredential()", {S.MANAGED_IDENTITY: 2}),
    ("import os\nurl = os.environ['IDENTITY_ENDPOINT']", {S.MANAGED_IDENTITY: 2}),
    ("import os\nurl = os.getenv('IDENTITY_ENDPOINT')", {S.MANAGED_IDENTITY: 2}),
]


FOLLOWED = [
    "def f(n):\n a.get_automation_connection(n)\nf('AzureRunAsConnection')",
    "class K:\n N = 'AzureRunAsConnection'\n def f(self):\n  a.get_automation_connection(self.N)",
    "k = 'RunAs'\na.get_automation_connection(f'Azure{k}Connection')",
    "a.get_automation_connection('Azure' + 'RunAsConnection')",
    "[a.get_automation_connection(n) for n in ('AzureRunAsConnection',)]",
    "x, n = 'y', 'AzureRunAsConnection'\na.get_automation_connection(n)",
    "n = {'c': 'AzureRunAsConnection'}\na.get_automation_connection(n['c'])",
    "getattr(a, 'get_automation_connection')('AzureRunAsConnection')",
]


@pytest.mark.parametrize("script", FOLLOWED)
def test_a_name_is_followed_through_whatever_hands_it_on(script):
    assert set(signs(script)) == {S.RUN_AS}
    assert read(script).in_full


@pytest.mark.parametrize(
    "script",
    [
        "from a import get_automation_connection as g\nprint 1\ng('AzureRunAsConnection')",
        "print 1\nself.n = 'AzureRunAsConnection'\na.get_automation_connection(name=self.n)",
        "print 1\nfor n in ['AzureRunAsConnection']:\n\ta.get_automation_connection(str(n))",
    ],
)
def test_the_tokens_of_python_2_are_followed_too(script):
    assert signs(script, "Python2").keys() == {S.RUN_AS}


@pytest.mark.parametrize(("script", "expected"), USED)
def test_what_a_python_runbook_uses_is_found(script, expected):
    assert signs(script) == expected
    assert read(script).in_full


@pytest.mark.parametrize("script", [f"{script}\nprint 'done'" for script, _ in USED[:1] + USED[5:]])
def test_python_2_is_read_by_its_tokens_and_never_called_understood(script):
    assert signs(script, "Python2") == signs(script.removesuffix("\nprint 'done'"))
    assert not read(script, "Python2").in_full


NAMED_ONLY = [
    "# automationassets.get_automation_connection('AzureRunAsConnection')",
    "'''\nget_automation_connection('AzureRunAsConnection')\nManagedIdentityCredential()\n'''",
    "x = \"get_automation_connection('AzureRunAsConnection')\"",
    "x = 'AzureRunAsConnection'",
    "from azure.identity import DefaultAzureCredential",
    "a.get_automation_connection('Other')",
    "a.get_automation_variable('AzureRunAsConnection')",
    "n = 'x' if y == 'AzureRunAsConnection' else 'z'\na.get_automation_connection(n)",
    "x = r'\\' # ManagedIdentityCredential()'",
]


@pytest.mark.parametrize("ending", ["", "\nprint 'done'"])
@pytest.mark.parametrize("script", NAMED_ONLY)
def test_a_name_that_is_only_mentioned_is_no_use(script, ending):
    assert signs(script + ending) == {}


def test_a_name_from_outside_is_not_understood():
    assert not read("import sys\na.get_automation_connection(sys.argv[1])").in_full


def test_python_is_told_by_its_looks_where_the_type_says_nothing():
    script = "#!/usr/bin/env python3\nimport automationassets\nautomationassets.get_automation_connection('AzureRunAsConnection')"
    assert signs(script, None) == {S.RUN_AS: 3}


def test_a_script_too_long_for_a_tree_is_read_by_its_tokens():
    reading = read("x = 1\n" * 200_000 + "ManagedIdentityCredential()")
    assert [sign.line for sign in reading.signs] == [200_001]
    assert not reading.in_full
