"""Redacted texts: no name stays in them, and whoever holds the key has every one of them back."""

import json

import pytest
from builders import SUB, account, account_id, subscription, worker
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.redaction import Redaction, reveal, revealed_text

KEY = bytes(32)
GUID = "a1b2c3d4-0000-4000-8000-00000000beef"


def redacted(text, *resources, key=KEY):
    redaction = Redaction(key)
    for resource in resources:
        redaction.learn(resource)
    told = redaction.text(text)
    assert redaction.reveal(told) == text
    return told


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            (
                "The client 'jane.doe@contoso.com' with object id 'a1b2c3d4-0000-4000-8000-000000000001' does not have "
                "authorization to perform action 'Microsoft.Automation/automationAccounts/read' over scope "
                f"'/subscriptions/{SUB}/resourceGroups/rg-Payroll' or the scope is invalid."
            ),
            ("jane", "contoso", "a1b2c3d4", SUB, "payroll"),
        ),
        ("Resource group 'Umbrella' could not be found.", ("umbrella",)),
        ("at 10.1.2.3:443, [fe80::1%eth0] and 10.20.0.0/16.", ("10.1.2.3", "fe80", "10.20")),
        ("https://kv-umbrella.vault.azure.net/keys/x?v=1, /subscriptions/x/umbrella", ("umbrella",)),
        ("0123456789ABCDEF0123456789ABCDEF01234567 is not the thumbprint", ("0123456789abcdef",)),
        ("a@umbrella@b, umbrella/../umbrella", ("umbrella",)),
        ("Zusammenfassung: Müller Ümbrella 🚀umbrella\u202eumbrella", ("müller", "umbrella", "ümbrella")),
    ],
)
def test_whatever_may_be_a_name_leaves_a_text(text, names):
    told = redacted(text).lower()
    for name in names:
        assert name.lower() not in told


def test_public_words_stay():
    text = (
        "The client does not have authorization to perform action 'Microsoft.Compute/virtualMachines/read' or the "
        "scope is invalid. If access was recently granted, please refresh your credentials (403, 2026-11-22, 10:15:07)."
    )
    assert redacted(text) == text


def test_a_name_of_several_words_is_one_name():
    name = "Contoso R&D <Operations>"
    told = redacted(f"waiting for subscription {name}, and Contoso R&D", subscription(name=name))
    assert "Contoso" not in told
    assert told.startswith("waiting for subscription subscription-")
    assert "<" not in told


def test_a_known_name_is_the_one_that_stands_in_the_estate():
    here = account(account_id("aa-umbrella"))
    redaction = Redaction(KEY)
    redaction.learn(here)
    assert redaction.text("AA-Umbrella is gone") == f"{redaction.id(here.id).name} is gone"


def test_a_name_that_is_a_public_word_is_replaced_where_it_is_quoted():
    told = redacted("the account 'production' is not in production", account(name="production"))
    assert told.startswith("the account 'account-")
    assert told.endswith("' is not in production")


@given(text=st.text(max_size=80), names=st.lists(st.text(min_size=1, max_size=12), max_size=4))
@example(text="- x-x:: y-", names=["x"])
@example(text="a@b@c", names=[])
@example(text="(x)y (x) y", names=["(x)", "(x) y"])
@example(text="::ffff:1.2.3.4 ::", names=[])
@example(text="account-00000000 text-00000000", names=["account-00000000"])
@settings(deadline=None)
def test_any_text_with_any_names_comes_back(text, names):
    known = {name.lower(): name for name in names}
    whole = " ".join([text, *known.values(), *(f"'{name}'" for name in known.values())])
    redaction = Redaction(KEY)
    for name in known.values():
        redaction.learn(account(name=name))
    assert redaction.reveal(redaction.text(whole)).lower() == whole.lower()


@given(
    text=st.lists(
        st.sampled_from(["aa-x", "Contoso R&D", GUID, "10.1.2.3", "::1", "(", ")", ".", "-", "/", "@", ":", " ", "ok"])
    ).map("".join)
)
@example(text="aa-x/::1")
@example(text="=10.1.2.3/1 10.1.2.3-) -10.1.2.3")
@example(text=f"https://a.b/c-{GUID}_d/{GUID}")
@settings(deadline=None, max_examples=300)
def test_names_next_to_anything_come_back_as_they_were(text):
    told = redacted(text, account(name="aa-x"), subscription(name="Contoso R&D"))
    assert "10.1.2.3" not in told
    assert GUID not in told


def test_parts_of_words_are_no_pseudonyms():
    redaction = Redaction(KEY)
    told = redaction.text("umbrella")
    for text in (f"my-{told}", f"{told}x", f"{told}-x", f"x{told}", f"{told}_x"):
        assert redaction.reveal(text) == text
    for text in (f"({told})", f"{told}.", f"'{told}'", f"{told}/x", f"{told.upper()}, or"):
        assert "umbrella" in redaction.reveal(text)


def test_json_stays_json():
    name = 'a "b"\n\\ <c>'
    redaction = Redaction(KEY)
    redaction.learn(worker(worker_name=name))
    pseudonym = next(each for each, original in redaction.originals.items() if original == name)
    lines = "\n".join(json.dumps({"name": pseudonym, "line": f"\n{pseudonym}"}) for _ in range(2))
    told = revealed_text(f"{lines}\n", redaction.originals)
    assert [json.loads(line) for line in told.splitlines()] == [{"name": name, "line": f"\n{name}"}] * 2


def test_an_original_cannot_move_the_cursor_of_a_terminal():
    redaction = Redaction(KEY)
    told = redaction.text("red\x1b\u202e")
    assert revealed_text(told, redaction.originals).isprintable()


def test_what_was_not_given_by_the_key_stays():
    assert reveal("account-00000000 and 240.0.0.1", {}) == "account-00000000 and 240.0.0.1"
