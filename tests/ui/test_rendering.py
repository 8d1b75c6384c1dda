"""Templates: what is given is escaped, what is missing is an error, and none lies about unused."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from jinja2 import UndefinedError
from markupsafe import Markup

from search_ui import rendering
from search_ui.rendering import data_url
from tests.properties import tried
from tests.ui.pages import CANARY, read

PAGE = Path(rendering.__file__).parent
TEMPLATES = sorted(path.name for path in (PAGE / "templates").glob("*.html"))


def rendered(source: str, **values: object) -> str:
    """Render a template that stands in a test."""
    return rendering._environment().from_string(source).render(**values)


def test_text_is_escaped_and_html_of_our_own_is_not() -> None:
    reader = read(rendered("<b title='{{ text }}'>{{ text|shortened(99) }}</b>", text=CANARY))
    assert reader.tags == ["b"]
    assert reader.words == [CANARY]
    assert rendered("{{ chart }}", chart=Markup("<svg/>")) == "<svg/>"


@given(st.text(max_size=80))
@tried(50)
def test_escaped_text_opens_no_tag_and_closes_no_attribute(text: str) -> None:
    assert not set("<>\"'") & set(rendered("{{ text }}", text=text))


def test_a_value_that_was_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="mean"):
        rendered("{{ mean|number }}")


def test_the_words_of_the_page_are_filters() -> None:
    said = rendered("{{ 0.5|percent }} {{ 2|count('query', 'queries') }} {{ -1|number }}")
    assert said == "50% 2 queries −1.00"


def test_a_download_holds_its_file() -> None:
    kind, data = data_url("a,b\nä,1\n", "table.csv").split(",", 1)
    assert kind == "data:text/csv;charset=utf-8;base64"
    assert b64decode(data).decode() == "a,b\nä,1\n"


def test_an_arrow_can_be_heard() -> None:
    page = "{% import 'macros.html' as ui %}"
    assert 'aria-label="lower is better"' in rendered(page + "{{ ui.arrow(false) }}")
    assert "↑" in rendered(page + "{{ ui.arrow(true) }}")


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_used_and_can_be_read(name: str) -> None:
    rendering._environment().get_template(name)
    sources = [*PAGE.rglob("*.py"), *PAGE.glob("templates/*.html")]
    users = [path for path in sources if re.search(rf'"{re.escape(name)}"', path.read_text())]
    assert [path for path in users if path.name != name]


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_marks_text_as_safe(name: str) -> None:
    source = (PAGE / "templates" / name).read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false", source)


@pytest.mark.parametrize("repository", [None, "https://example.org/ours"])
def test_the_foot_says_how_to_install_the_library_and_where_to_start(
    repository: str | None,
) -> None:
    foot = rendering.render("foot.html", version="1.0", repository=repository)
    assert 'href="docs/start.md"' in foot
    assert "path/to" not in foot
    if repository:
        assert "<code>pip install git+https://example.org/ours</code>" in foot
    else:
        assert "<code>pip install .</code> in the folder of the source" in foot
