"""A chart's download: the browser makes a file of what it shows."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.serving import VARIANTS, Variant

SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, figure: str) -> ElementTree.Element:
    """Download a chart and return what was saved."""
    with page.expect_download() as started:
        page.locator(f"{figure} button.download").click()
    assert started.value.suggested_filename == "strip-chart-of-scores.svg"
    return ElementTree.fromstring(  # noqa: S314
        Path(started.value.path()).read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_download_stands_alone_and_shows_what_the_page_shows(
    visit: Open, variant: Variant
) -> None:
    page = visit(variant=variant)
    shown = page.locator("#result figure svg:visible")
    expect(shown).to_have_count(1)
    file = saved(page, "#result figure")
    markup = ElementTree.tostring(file, encoding="unicode")
    assert "var(--" not in markup
    assert "class=" not in markup
    caption = page.locator("#result figcaption").text_content()
    assert file.findtext(f"{SVG}title") == caption
    words = [each.text or "" for each in file.iter(f"{SVG}text")]
    lines = len(words) - shown.locator("text").count()
    assert " ".join(words[:lines]) == caption
    assert words[lines:] == shown.locator("text").all_text_contents()
    dot = next(each for each in file.iter(f"{SVG}circle"))
    fill = shown.locator("circle").first.evaluate("each => getComputedStyle(each).fill")
    assert f"fill: {fill}" in dot.attrib["style"]
