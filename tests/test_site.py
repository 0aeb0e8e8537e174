"""The documentation site: what is laid out for its generator, and which links of the built pages are faults."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tools.site.layout import LayoutError, lay_out
from tools.site.links import check


@pytest.fixture
def write(tmp_path):
    """Write a repository of the given files, and a home page; return its root."""

    def written(texts: dict[str, str]) -> Path:
        for name, text in ({"docs/index.md": "# Home\n"} | texts).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return written


def laid_out(root: Path, page: str) -> str:
    lay_out(root, root / "build")
    return (root / "build" / "site-source" / page).read_text()


def test_a_link_to_a_page_elsewhere_in_the_repository_leads_to_where_it_stands_on_the_site(write):
    root = write({"README.md": "[a](docs/faq.md#why)", "docs/faq.md": "[b](../README.md#exit-codes)"})
    assert laid_out(root, "faq.md") == "[b](readme.md#exit-codes)\n"
    assert laid_out(root, "readme.md") == "[a](faq.md#why)\n"


def test_a_link_to_a_folder_leads_to_its_readme(write):
    texts = {"docs/checks/README.md": "[b](../faq.md)", "docs/examples/README.md": "# E"}
    root = write({"docs/faq.md": "[c](checks) [e](examples)"} | texts)
    assert laid_out(root, "checks/index.md") == "[b](../faq.md)\n"
    assert laid_out(root, "faq.md") == "[c](checks/index.md) [e](examples/readme.md)\n"


def test_a_file_that_is_no_page_comes_along_with_the_link_to_it(write):
    root = write({"docs/faq.md": "![p](p.png) [s](../.github/x.yml)", "docs/p.png": "PNG", ".github/x.yml": "on: push"})
    assert laid_out(root, "faq.md") == "![p](p.png) [s](files/github/x.yml)\n"
    assert (root / "build/site-source/files/github/x.yml").read_text() == "on: push"
    assert (root / "build/site-source/p.png").read_text() == "PNG"


def test_code_and_addresses_of_the_web_stay_as_they_are(write):
    text = "[w](https://example.org/x.md) [h](#here)\n\n```md\n[a](nowhere.md)\n```\n"
    assert laid_out(write({"docs/faq.md": text}), "faq.md") == text


def test_markers_go_and_a_list_gets_the_line_that_the_generator_needs(write):
    text = "<!-- checks -->\n| a |\n| --- |\n<!-- /checks -->\nThey are\n* one\n* two\n"
    assert laid_out(write({"docs/faq.md": text}), "faq.md") == "| a |\n| --- |\nThey are\n\n* one\n* two\n"


def test_a_link_to_nothing_ends_the_layout(write):
    with pytest.raises(LayoutError, match=r"docs/faq\.md links to gone\.md, which is not there"):
        lay_out(root := write({"docs/faq.md": "[a](gone.md)"}), root / "build")


def test_a_page_that_no_section_of_the_menu_takes_ends_the_layout(write):
    with pytest.raises(LayoutError, match=r"docs/checks/sky-blue\.md is in no section"):
        lay_out(root := write({"docs/checks/sky-blue.md": "# New"}), root / "build")


def test_the_menu_takes_the_pages_that_are_there(write):
    root = write({"docs/faq.md": "# Q", "docs/checks/README.md": "# C", "docs/checks/worker-stale.md": "# W"})
    lay_out(root, root / "build")
    menu = tomllib.loads((root / "build" / "zensical.toml").read_text())["project"]["nav"]
    assert menu[0] == {"Home": "index.md"}
    assert {"Background": ["faq.md"]} in menu
    assert {"Checks": ["checks/index.md", {"Workers": ["checks/worker-stale.md"]}]} in menu


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<a href="b.html#there">', None),
        ('<a href="b.html?x=1">', None),
        ('<h2 id="own"><a href="#own">', None),
        ('<a href="https://example.org/x">', None),
        ('<img src="data:image/png;base64,AA==">', None),
        ('<a href="c.html">', "leads to no file"),
        ('<a href="b.html#gone">', "names no place on that page"),
        ('<a href="../outside.html">', "leads out of the site"),
        ('<a href="/b.html">', "leads out of the site"),
        ('<a href="">', "leads out of the site"),
        ('<a href="ftp://example.org/">', "is no address of the web"),
        ('<a href="https://">', "is no address of the web"),
        ('<script src="https://cdn.example.org/x.js">', "is loaded from elsewhere"),
        ('<link rel="stylesheet" href="//fonts.example.org/x.css">', "is loaded from elsewhere"),
    ],
)
def test_a_link_of_a_built_page_is_followed(tmp_path, html, fault):
    (tmp_path / "b.html").write_text('<h1 id="there">')
    (tmp_path / "a.html").write_text(html)
    outcome = check(tmp_path)
    assert len(outcome.faults) == (fault is not None)
    assert all(told.startswith("a.html: ") and told.endswith(fault) for told in outcome.faults)


def test_the_page_of_errors_alone_may_count_from_the_root(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text("")
    (tmp_path / "404.html").write_text('<a href="/sub/index.html"><a href="/gone.html">')
    assert check(tmp_path).faults == ("404.html: /gone.html leads to no file",)
