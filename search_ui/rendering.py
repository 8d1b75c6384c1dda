"""Templates: values in, HTML out; whatever is not marked as HTML is escaped.

A template gets values that say what is true, and writes them; it decides nothing about scores.
HTML and SVG that the program made itself pass unescaped because they are `Markup`, which `render`
and the charts return; text of a visitor never is.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from search_ui import wording

_MEDIA_TYPES = {"csv": "text/csv", "json": "application/json", "py": "text/x-python"}


def render(name: str, **values: object) -> Markup:
    """Return the HTML that a template of `search_ui/templates` makes of the values.

    Raises
    ------
    jinja2.UndefinedError
        The template uses a name that was not given.
    """
    html = _environment().get_template(name).render(**values).strip()
    return Markup(html)  # noqa: S704 - autoescaped


@cache
def _environment() -> Environment:
    """Make the templates' environment: the words of `wording` are its filters."""
    environment = Environment(
        loader=PackageLoader("search_ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,  # a line that holds a tag alone leaves no trace
        lstrip_blocks=True,
        auto_reload=False,
    )
    for form in (
        wording.count,
        wording.error,
        wording.listed,
        wording.milliseconds,
        wording.number,
        wording.one_in,
        wording.percent,
        wording.shortened,
        wording.signed,
        wording.thousands,
        data_url,
    ):
        environment.filters[form.__name__] = form
    return environment


def data_url(content: str, name: str) -> str:
    """Return the address of a link that holds its file: nothing is kept on the server.

    `name` is the file's; its ending tells what the file is.
    """
    kind = _MEDIA_TYPES[name.rsplit(".", 1)[1]]
    data = b64encode(content.encode("utf-8")).decode("ascii")
    return f"data:{kind};charset=utf-8;base64,{data}"
