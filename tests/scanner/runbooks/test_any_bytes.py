import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.inventory import RunbookSignature as S
from scanner.inventory import Sign
from scanner.runbooks import VERSION, RunbookReading, _reading, read_runbook

TYPES = [
    None,
    "",
    "Script",
    "PowerShell",
    "PowerShell7",
    "PowerShell72",
    "PowerShellWorkflow",
    "Python2",
    "Python3",
    "GraphPowerShell",
    "Bash",
]
SIGNS = [
    "'",
    '"',
    "`",
    "$",
    "$(",
    "@(",
    "@{",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<#",
    "#>",
    "#",
    ";",
    "|",
    "&",
    ",",
    "=",
    ".",
    "::",
    "-",
    ">",
    "--%",
    "@n",
    "$n",
    "é",
    "‘",
    "“",
    "–",
    "'''",
]
WORDS = [
    "-Name",
    "-Name:",
    "n",
    "if",
    "switch",
    "function",
    "param",
    "foreach",
    "in",
    "workflow",
    "iex",
    "sal",
    "import",
    ".\\c.ps1",
    "Get-AutomationConnection",
    "AzureRunAsConnection",
]
PIECES = st.sampled_from(
    [*SIGNS, *WORDS, " ", "\0", "\n", "\r\n", "@'\n", "\n'@", '@"\n', '\n"@', "#requires -M a", "def f():"]
)


def test_the_rules_have_a_version():
    assert VERSION == 1


@given(st.binary(), st.sampled_from(TYPES))
def test_any_bytes_give_a_reading(content, runbook_type):
    assert isinstance(read_runbook(content, runbook_type), RunbookReading)


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(TYPES))
def test_any_order_of_pieces_gives_a_reading_with_lines_that_exist(text, runbook_type):
    reading = read_runbook(text.encode(), runbook_type)
    assert all(1 <= sign.line <= len(text.splitlines()) + 1 for sign in reading.signs)
    assert list(reading.signs) == sorted(reading.signs, key=lambda sign: sign.signature)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_comment_shows_a_signature(text):
    for script in ("<# " + text.replace("#>", "") + " #>", "# " + " ".join(text.split())):
        reading = read_runbook(script.replace("#requires", "").encode(), "PowerShell")
        assert (reading.signs, reading.calls) == ((), frozenset())


SCRIPT = "# Prüfung\r\n$n = 'AzureRunAsConnection'\r\nGet-AutomationConnection -Name $n\r\n"


@pytest.mark.parametrize(
    "content",
    [
        SCRIPT.encode(),
        SCRIPT.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + SCRIPT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + SCRIPT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + SCRIPT.encode("utf-32-le"),
        SCRIPT.encode("utf-16-le"),
        SCRIPT.encode("utf-16-be"),
        SCRIPT.encode("latin-1"),
        SCRIPT.replace("# P", "# “€” P").encode("cp1252"),
        SCRIPT.encode("latin-1").replace(b"# P", b"# \x81 P"),
        SCRIPT.replace("'", "‘").replace("-Name", "–Name").encode("cp1252"),
    ],
)
def test_every_encoding_of_an_editor_is_read(content):
    assert read_runbook(content, "PowerShell") == RunbookReading((Sign(S.RUN_AS, 3),))


@pytest.mark.parametrize("content", [b"\xff\xfeG", b"Get-\0AzVM", codecs.BOM_UTF8 + b"\xff"])
def test_bytes_of_no_encoding_are_not_understood(content):
    assert not read_runbook(content, "PowerShell").in_full


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        ")",
        "{",
        "[}",
        "'",
        '"',
        '"$(',
        '@"\n',
        "@'\n",
        "<#",
        "`",
        "$",
        "$a.b",
        'a"b"',
        "a,",
        "@{a='b'}",
        "$a=$b;",
        "f @s -n 1\n",
        "-",
        "&",
        ".",
    ],
)
@pytest.mark.parametrize("runbook_type", ["PowerShellWorkflow", "Python2"])
def test_a_long_row_of_anything_is_read_to_its_end(piece, runbook_type):
    assert isinstance(read_runbook(piece.encode() * (30_000 // len(piece)), runbook_type), RunbookReading)


def test_hundreds_of_kilobytes_of_script_are_read():
    content = b"Get-AzVM -Name 'x' | Stop-AzVM -Force # y\r\n" * 8_000 + b"Connect-MsolService"
    assert read_runbook(content, "PowerShell") == RunbookReading((Sign(S.MSONLINE, 8_001),))


@pytest.mark.parametrize(("runbook_type", "use"), [("PowerShell", "Connect-MsolService\n"), ("Python3", "x = 1\n")])
def test_what_lies_beyond_the_limit_is_not_read_and_said_not_to_be(monkeypatch, runbook_type, use):
    monkeypatch.setattr(_reading, "MOST_CHARACTERS", len(use))
    assert read_runbook(use.encode(), runbook_type).in_full
    longer = read_runbook((use + "Connect-AzureAD\n").encode(), runbook_type)
    assert longer.signs == read_runbook(use.encode(), runbook_type).signs
    assert not longer.in_full
