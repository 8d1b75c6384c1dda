"""Values as words, and as the HTML of templates; whatever is not marked as HTML is escaped.

A template gets values that say what is true, and writes them; it decides nothing about scores.
HTML and SVG that the program made itself pass unescaped because they are `Markup`, which `render`
and the charts return; text of a visitor never is.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import search_core as sc

FAULTS_SHOWN = 20  # of a file; who mends these sees the next


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with a true minus sign; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0.0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def percent(share: float | None, digits: int = 0) -> str:
    """Write a share as a percentage; never 0% or 100% for what only rounds to it."""
    if share is None or not math.isfinite(share):
        return "–"
    text = f"{100 * share:.{digits}f}"
    if share < 1 and float(text) == 100.0:
        return f"{100 - 10.0 ** -max(digits, 1):.{max(digits, 1)}f}%"
    if share > 0 and float(text) == 0.0:
        return f"<{10.0**-digits:.{digits}f}%" if digits else "<1%"
    return f"{text}%"


def in_hundred(share: float | None) -> str:
    """Write a share as so many in a hundred; a dash where there is none."""
    return "–" if share is None else f"{math.floor(100 * share + 0.5)}"


def in_ten(share: float) -> str:
    """Write a share as one says it: "about 4 in 10"."""
    if share < 0.05:
        return "fewer than 1 in 20"
    if share >= 0.95:
        return "more than 19 in 20"
    return f"about {math.floor(10 * share + 0.5)} in 10"


def shortest(value: float) -> str:
    """Write a number as somebody would type it, in at most six digits, with a true minus sign."""
    return f"{value:.6g}".replace("-", "−")


def error(share: float) -> str:
    """Write a calibration error; with chance taken off it can be 0, which no sample shows."""
    return "below 0.1%" if share < 5e-4 else percent(share, 1)


def count(amount: int, singular: str, plural: str | None = None) -> str:
    """Write an amount with its noun: "1 query", "1,200 queries"."""
    return f"{amount:,} {singular if amount == 1 else plural or singular + 's'}"


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign, also where it is positive."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and float(text) else text


def thousands(amount: float) -> str:
    """Write an amount without decimals: "12,345"."""
    return f"{amount:,.0f}"


def milliseconds(amount: float) -> str:
    """Write a time with two digits: "0.07 ms", "1.2 s"."""
    if amount >= 1000:
        return f"{amount / 1000:.1f} s"
    return f"{amount:.0f} ms" if amount >= 10 else f"{amount:.1g} ms"


def one_in(chance: float) -> str:
    """Write a small chance with two digits: "1 in 21 million"; a large one as a number."""
    if chance > 0.5:
        return number(chance)
    amount = float(f"{1 / chance:.2g}")
    for size, name in ((1e9, " billion"), (1e6, " million")):
        if amount >= size:
            return f"1 in {amount / size:g}{name}"
    return f"1 in {amount:,.0f}"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Join words as a sentence does: "2, 3 and 5"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def shortened(text: str, characters: int) -> str:
    """Cut a long text at a word and say so with an ellipsis."""
    if len(text) <= characters:
        return text
    return text[:characters].rsplit(" ", 1)[0] + " …"


def method_words(method: str) -> str:
    """Name a method of calibration."""
    return shortened(method.replace("_", " "), 40)


def notice(message: str, kind: str = "warning") -> Markup:
    """Return a message to a visitor, as HTML; `kind` is "warning", "error" or "done".

    A screen reader announces an error by itself; the others are announced by `page.js`.
    """
    role = Markup(' role="alert"') if kind == "error" else ""
    return Markup('<div class="ss notice {}"{}>{}</div>').format(kind, role, message)


def error_notice(error: sc.SearchCoreError) -> Markup:
    """Return what went wrong, with its place in the file; a list where there are several."""
    if isinstance(error, sc.UnknownLabels):  # one sentence names them all
        return notice(str(error), "error")
    if isinstance(error, sc.InputError) and len(error.faults) > 1:
        rows = len({each.row for each in error.faults})
        return render("faults.html", faults=error.faults, rows=rows, shown=FAULTS_SHOWN)
    message = str(error)
    if isinstance(error, sc.InputError) and error.row is not None and "row" not in message.lower():
        message = f"Row {error.row}: {message}"
    return notice(message, "error")


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
        count,
        error,
        in_hundred,
        in_ten,
        listed,
        milliseconds,
        number,
        one_in,
        percent,
        sc.plain,
        shortened,
        shortest,
        signed,
        thousands,
        data_url,
    ):
        environment.filters[form.__name__] = form
    return environment


def data_url(content: str, name: str) -> str:
    """Return the address of a link that holds its file: nothing is kept on the server.

    `name` is the file's; its ending says what the file is.
    """
    kind = _MEDIA_TYPES[name.rsplit(".", 1)[1]]
    data = b64encode(content.encode("utf-8")).decode("ascii")
    return f"data:{kind};charset=utf-8;base64,{data}"
