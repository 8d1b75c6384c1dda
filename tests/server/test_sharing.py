"""What a shared link shows elsewhere: the tags of the page as it is served, and its picture."""

from __future__ import annotations

import re
import struct
from collections import Counter
from html.parser import HTMLParser
from importlib.resources import files

import gradio
import httpx
import pytest
from starlette.types import Scope

from search_ui.links import passport_addresses
from search_ui.server.files import CHARTS, DOCS, DOCUMENTS, PREVIEW, document_html
from search_ui.server.sharing import (
    GRADIO_TAGS,
    HEAD,
    PREVIEW_HEIGHT,
    PREVIEW_WIDTH,
    TITLE,
    address_of,
    shared_tags,
)
from tests.browser.serving import ROOT

CANARY = 'x"><script>alert(1)</script>'


class Tags(HTMLParser):
    """The head of a page: what its tags say, and how often each is there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self.amounts: Counter[str] = Counter()
        self.title = ""
        self._in_title = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_title = tag == "title"
        name = given.get("property") or given.get("name") or given.get("rel") or tag
        self.amounts[name] += 1
        self.said[name] = given.get("content") or given.get("href") or ""

    def handle_data(self, data: str) -> None:
        if self._in_title and not self.title:
            self.title = data


def scope(headers: dict[str, str], query: bytes = b"") -> Scope:
    return {
        "type": "http", "scheme": "http", "path": "/", "query_string": query,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip


@pytest.mark.slow
def test_a_shared_link_names_the_page_and_not_its_framework(address: str) -> None:
    page = httpx.get(address).text
    tags = Tags(page.partition("<body")[0])
    assert tags.title == TITLE
    assert tags.said["og:title"] == TITLE
    assert tags.said["og:description"] == tags.said["description"]
    assert tags.said["og:type"] == "website"
    assert tags.said["og:url"] == tags.said["canonical"] == f"{address}/"
    assert tags.said["og:image"] == f"{address}/preview.png"
    assert tags.said["twitter:card"] == "summary_large_image"
    once = [name for name in tags.amounts if name.startswith(("og:", "twitter:", "desc", "canon"))]
    assert {tags.amounts[name] for name in once} == {1}
    assert "Click to try" not in page
    assert "teamGradio" not in page


@pytest.mark.slow
def test_a_link_with_a_question_is_shared_as_it_is(address: str) -> None:
    tags = Tags(httpx.get(f"{address}/?tab=learn&q=a+cat").text.partition("<body")[0])
    assert tags.said["og:url"] == f"{address}/?tab=learn&q=a+cat"
    assert tags.said["canonical"] == f"{address}/"


@pytest.mark.slow
def test_the_page_is_sent_compressed(address: str) -> None:
    whole = httpx.get(address, headers={"Accept-Encoding": "identity"})
    packed = httpx.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.num_bytes_downloaded < len(whole.content) / 4
    assert packed.text.count("<gradio-app") == whole.text.count("<gradio-app") == 1


@pytest.mark.slow
def test_the_picture_the_icon_and_the_documents_are_served(address: str) -> None:
    for path, kind in (
        ("preview.png", "image/png"),
        ("icon.svg", "image/svg+xml"),
        ("favicon.ico", "image/svg+xml"),
        *((f"docs/{name}", "text/html; charset=utf-8") for name in DOCUMENTS),
        *((f"docs/{name}", "image/svg+xml") for name in CHARTS),
        *((page, "text/html; charset=utf-8") for page in passport_addresses().values()),
        ("passports/all-minilm-l6-v2.svg", "image/svg+xml"),
        ("passports/all-minilm-l6-v2.json", "application/json"),
    ):
        answer = httpx.get(f"{address}/{path}")
        assert (path, answer.status_code) == (path, 200)
        assert answer.headers["Content-Type"] == kind
        if path != "favicon.ico":
            assert httpx.head(f"{address}/{path}").status_code == 200
    assert httpx.get(f"{address}/preview.png").headers["Cache-Control"] == "public, max-age=86400"
    assert httpx.get(f"{address}/docs/nosuch.md").status_code == 404


def test_every_document_is_offered() -> None:
    of_the_site = {"index.md"}  # the order of its pages
    documents = {path.name for path in (ROOT / "docs").glob("*.md")} - of_the_site
    assert set(DOCUMENTS) == documents


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_a_page_whose_links_lead_somewhere(name: str) -> None:
    html = document_html(name)
    assert "<h1 id=" in html
    prose = re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL)  # what is code may be Markdown
    assert not re.search(r"^#+ |^```|\]\(", prose, re.MULTILINE)
    for link in re.findall(r'(?:href|src)="([^":]+)"', html):
        target, _, anchor = link.partition("#")
        file = target or name
        if file not in ("..", "../docs", "../icon.svg"):
            assert file in (*DOCUMENTS, *CHARTS), link
        if anchor:
            assert f'id="{anchor}"' in document_html(file), link


def test_every_chart_of_the_documents_is_offered() -> None:
    assert set(CHARTS) == {path.name for path in DOCS.glob("*.svg")}


def test_the_picture_has_the_size_that_its_tags_say_and_is_quickly_fetched() -> None:
    content = PREVIEW.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (PREVIEW_WIDTH, PREVIEW_HEIGHT)
    assert len(content) < 150_000


def test_gradios_page_still_has_the_tags_that_are_replaced() -> None:
    page = files(gradio).joinpath("templates/frontend/index.html").read_text(encoding="utf-8")
    assert len(GRADIO_TAGS.findall(page)) == 20
    assert page.count(HEAD) == 1


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"host": "here:7860"}, "http://here:7860/"),
        ({"host": "[::1]:7860"}, "http://[::1]:7860/"),
        (
            {"host": "in", "x-forwarded-host": "a.org", "x-forwarded-proto": "https"},
            "https://a.org/",
        ),
        ({"host": "in", "x-forwarded-host": "a.org, b.org"}, "http://a.org/"),
        ({}, ""),
        ({"host": CANARY}, ""),
        ({"host": "here", "x-forwarded-host": "evil.org/path?"}, ""),
        ({"host": "here", "x-forwarded-proto": "javascript"}, ""),
    ],
)
def test_addresses_are_those_of_the_host_that_was_asked(
    headers: dict[str, str], address: str
) -> None:
    assert address_of(scope(headers)) == address


def test_without_a_host_there_are_no_addresses_and_all_other_tags() -> None:
    tags = Tags(shared_tags(scope({"host": CANARY})))
    assert {"og:url", "og:image", "canonical"}.isdisjoint(tags.said)
    assert tags.said["og:title"] == TITLE


def test_what_stands_in_the_address_is_escaped() -> None:
    tags = shared_tags(scope({"host": "here"}, CANARY.encode()))
    assert "<script" not in tags
    assert Tags(tags).said["og:url"] == f"http://here/?{CANARY}"
