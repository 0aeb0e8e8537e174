"""What changed, in each form: hostile names stay text, nothing is loaded, and what is too long is cut."""

import json
import re
from html.parser import HTMLParser

import jsonschema
import pytest
from builders import NOW, account, days, estate, group, machine, worker
from hostile import NAMES, hostile_tenant
from markdown_it import MarkdownIt
from tenants import estate_of

from reports import DIFF_FORMATS, rendered_diff
from reports.comparison_markdown import LIMIT
from reports.comparison_v1 import diff_schema
from scanner.comparison import compare, record_of
from scanner.pipeline import scan_of

HERE = (account(), group(), machine())


def comparison_of(old, new):
    return compare(record_of(scan_of(old), "old.snapshot"), record_of(scan_of(new), "new.snapshot"))


@pytest.fixture(scope="module")
def hostile():
    return comparison_of(estate_of(hostile_tenant(NAMES[0])), estate_of(hostile_tenant(*NAMES)))


def told(comparison, form):
    return "".join(rendered_diff(comparison, form))


@pytest.mark.parametrize("form", DIFF_FORMATS)
def test_the_same_comparison_gives_the_same_text(hostile, form):
    assert told(hostile, form) == told(hostile, form)


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_no_name_takes_a_terminal_or_a_line_over(hostile, form):
    text = told(hostile, form)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202e]", text)
    assert not re.search(r"^(::|.*lines$)", text, re.MULTILINE)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_the_page_loads_nothing_and_has_no_script(hostile):
    parser = Tags()
    page = told(hostile, "html")
    parser.feed(page)
    assert {"script", "img", "link", "iframe", "b"}.isdisjoint(parser.tags)
    assert {"src", "style", "onclick", "onload"}.isdisjoint(parser.attributes)
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in page
    assert set(re.findall(r'href="([^"])', page)) == {"#"}


def test_markdown_has_no_markup_of_names(hostile):
    text = told(hostile, "markdown")
    tokens = [child for token in MarkdownIt("gfm-like").parse(text) for child in (token, *(token.children or ()))]
    assert {token.type for token in tokens}.isdisjoint(
        {"link_open", "image", "html_inline", "html_block", "table_open"}
    )
    plain = " ".join(token.content for token in tokens if token.type == "text")
    assert not re.search(r"[@#<>&\[\]|*_~`]|www\.|://", plain)
    assert len(re.findall(r"(?<!\\)\*\*", text)) == 2 * (1 + len(re.findall(r"^\* ", text, re.MULTILINE)))
    assert "@" not in text


def test_markdown_that_is_too_long_is_cut_at_a_line_and_says_so():
    many = [worker(f"vm{number}" + "x" * 150, age=days(40)) for number in range(2500)]
    text = told(comparison_of(estate(*HERE), estate(*HERE, *many)), "markdown")
    assert 0.9 * LIMIT < len(text.encode()) < LIMIT + 200
    left_out = re.search(r"\n_([\d,]+) more are left out here: `hwaudit diff --format json` has all\._\n$", text)
    listed = len(re.findall(r"^\* ", text, re.MULTILINE))
    complete = comparison_of(estate(*HERE), estate(*HERE, *many))
    rows = len(complete.new_findings) + len(complete.changed) + len(complete.fixed) + len(complete.resources.added)
    assert listed + int(left_out[1].replace(",", "")) == rows


def test_json_is_valid_by_its_schema_and_holds_everything(hostile):
    told_json = json.loads(told(hostile, "json"))
    jsonschema.Draft202012Validator(diff_schema()).validate(told_json)
    assert told_json["schema"] == "hwaudit-diff/1"
    assert len(told_json["comparison"]["new_findings"]) == len(hostile.new_findings) > 0


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_nothing_changed_is_said(form):
    stale = estate(*HERE, worker(age=days(40)), as_of=NOW)
    assert "Nothing changed" in told(comparison_of(stale, stale), form).replace("\\", "")


@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_every_section_of_the_month_is_told(form):
    comparison = comparison_of(
        estate(*HERE, worker(age=days(40))), estate(*HERE, worker(), worker("vm2", age=days(40)))
    )
    text = told(comparison, form).replace("\\", "")
    for title in ("New findings", "Fixed findings", "Added resources"):
        assert title in text
    assert "worker-stale" in text
