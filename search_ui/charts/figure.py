"""Parts that all charts are drawn with, and the figure around a drawing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from search_ui.rendering import number, render

Floats = npt.NDArray[np.float64]
Numbers = Sequence[float] | Floats
"""Plain or numpy numbers: what a chart is given."""

FONT_SIZE = 14
LINE_HEIGHT = 19
MOST_POINTS = 300  # of a curve: more cannot be seen
CHARACTER = 7.8  # width at 14 px, on the safe side for whatever font is there; bold is wider

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class LinearScale:
    """A straight map from values in [low, high] to places in [start, end]."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; values outside are held at the ends."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, most: int) -> tuple[float, ...]:
        """Return round values within the scale, in about `most` equal steps or fewer."""
        span = self.high - self.low
        power = 10.0 ** math.floor(math.log10(span / most))
        steps = (power * factor for factor in (1, 2, 2.5, 5, 10, 20))
        step = next(step for step in steps if span / step <= most + 1e-9)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(round(n * step, 10) + 0.0 for n in range(first, last + 1))


def readable(content: str) -> str:
    """Return text without the characters that XML cannot hold; each is replaced."""
    return _NOT_XML.sub("\ufffd", content)


def finite(values: Iterable[float]) -> Floats:
    """Return the finite ones among the values."""
    given = np.array(list(values), dtype=np.float64)
    return given[np.isfinite(given)]


def finite_together(*columns: Iterable[float]) -> tuple[Floats, ...]:
    """Return the columns without the rows in which any is not finite, cut to one length."""
    rows = np.array(list(zip(*columns, strict=False)), dtype=np.float64).reshape(-1, len(columns))
    kept = rows[np.isfinite(rows).all(axis=1)]
    return tuple(kept[:, index] for index in range(len(columns)))


def thinned(length: int, most: int = MOST_POINTS) -> list[int]:
    """Return at most `most` indexes of a row of this length, evenly, with both ends."""
    if length <= most:
        return list(range(length))
    return [round(index) for index in np.linspace(0, length - 1, most)]


def text_width(content: str, bold: bool = False) -> float:
    """Estimate the width of a text in pixels."""
    return CHARACTER * (1.15 if bold else 1.0) * len(content)


def beside(
    x: float, y: float, content: str, end: float, style: str = "", bold: bool = False
) -> str:
    """Draw text right of x, or left of it where it would pass `end`."""
    is_right = x + 8 + text_width(content, bold) <= end
    return text(x + (8 if is_right else -8), y, content, "start" if is_right else "end", style)


def text(x: float, y: float, content: str, anchor: str = "start", style: str = "") -> str:
    """Draw text whose baseline is at y."""
    kind = f' class="{style}"' if style else ""
    words = escape(readable(content))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{words}</text>'


def text_within(x: float, y: float, content: str, low: float, high: float, style: str = "") -> str:
    """Draw text centred on x, moved as far as it must be to stay between low and high."""
    half = text_width(content) / 2
    return text(min(max(x, low + half), max(high - half, low + half)), y, content, "middle", style)


def wrapped(content: str, width: float) -> list[str]:
    """Break a text into lines of at most this width, between words."""
    lines = [""]
    for word in content.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def paragraph(x: float, y: float, content: str, width: float, style: str = "") -> str:
    """Draw text in as many lines as it needs, the first baseline at y."""
    lines = wrapped(content, width)
    return "".join(
        text(x, y + index * LINE_HEIGHT, line, style=style) for index, line in enumerate(lines)
    )


def paragraphs(x: float, y: float, contents: Sequence[str], width: float) -> tuple[str, float]:
    """Draw texts beneath each other, the first baseline at y; return them and where they end."""
    parts = []
    for content in contents:
        parts.append(paragraph(x, y, content, width))
        y += LINE_HEIGHT * len(wrapped(content, width)) + 6
    return "".join(parts), y - LINE_HEIGHT + 6


def line(x1: float, y1: float, x2: float, y2: float, style: str = "base") -> str:
    """Draw a straight line."""
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def circle(x: float, y: float, radius: float, style: str = "hit", words: str = "") -> str:
    """Draw a circle; the words are shown by a pointer that rests on it."""
    start = f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"'
    return f"{start}><title>{escape(readable(words))}</title></circle>" if words else f"{start}/>"


def rect(x: float, y: float, width: float, height: float, style: str, corner: float = 0) -> str:
    """Draw a rectangle."""
    return (
        f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
        f'height="{max(height, 0):.1f}" rx="{corner:.1f}"/>'
    )


def path(points: Iterable[tuple[float, float]], style: str = "curve", close: str = "") -> str:
    """Draw a line through points; `close` "Z" makes an area of it."""
    coordinates = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<path class="{style}" d="M{coordinates}{close}"/>'


def x_axis(
    scale: LinearScale,
    y: float,
    label: str,
    form: Callable[[float], str] | None = None,
    most: int = 6,
) -> str:
    """Draw a horizontal axis at y with ticks beneath, and its words beneath them; 42 px high."""
    values = scale.ticks(most)
    form = form or _tick_form(values)
    marks = [line(scale.start, y, scale.end, y)]
    for value in values:
        marks.append(line(scale(value), y, scale(value), y + 5))
        marks.append(text(scale(value), y + 20, form(value), "middle"))
    return "".join(marks) + text(scale.end, y + 40, label, "end")


def y_axis(
    scale: LinearScale, x: float, form: Callable[[float], str] | None = None, most: int = 4
) -> str:
    """Draw a vertical axis at x with ticks to its left."""
    values = scale.ticks(most)
    form = form or _tick_form(values)
    labels = "".join(text(x - 8, scale(value) + 5, form(value), "end") for value in values)
    return line(x, scale.start, x, scale.end) + labels


def _tick_form(values: Sequence[float]) -> Callable[[float], str]:
    """Write ticks with as many decimals as tell them apart."""
    decimals = next(
        (few for few in range(6) if all(round(value, few) == value for value in values)), 6
    )
    return lambda value: number(value, decimals)


MOST_ROWS = 60  # of a table of numbers: more are not read

MARKS = {
    "text": f"fill:var(--ss-soft);font-size:{FONT_SIZE}px",
    ".strong": "fill:var(--ss-ink);font-weight:700",
    ".rank": "fill:var(--ss-accent);font-weight:700",
    ".halo": "paint-order:stroke;stroke:var(--ss-card);stroke-width:4px;stroke-linejoin:round",
    ".ground": "fill:var(--ss-grey);fill-opacity:.65",
    ".single": "fill:none;stroke:var(--ss-soft);stroke-width:2;stroke-opacity:.5",
    ".base": "fill:none;stroke:var(--ss-grey)",
    ".guide": "fill:none;stroke:var(--ss-soft);stroke-dasharray:3 4",
    ".hit": "fill:var(--ss-accent);stroke:var(--ss-card);stroke-width:1.5",
    ".miss": "fill:var(--ss-card);stroke:var(--ss-soft);stroke-width:1.5",
    ".dot": "fill:var(--ss-soft);fill-opacity:.4",
    ".curve": "fill:none;stroke:var(--ss-accent);stroke-width:2.5;stroke-linejoin:round",
    ".second": "fill:none;stroke:var(--ss-soft);stroke-width:2;stroke-dasharray:6 4",
    ".region": "fill:var(--ss-accent);fill-opacity:.1",
    ".mark": "fill:none;stroke:var(--ss-accent);stroke-width:2",
    ".bar": "fill:var(--ss-accent)",
    ".track": "fill:var(--ss-line)",
}
"""How each kind of mark is drawn, by its class."""

_PAGE = {
    "": "margin:0;container-type:inline-size;color:var(--ss-ink)",
    " figcaption": "font-weight:700;font-size:16px;line-height:1.35;margin:0 0 10px",
    " .empty": "color:var(--ss-soft);margin:0",
    " svg": "display:block;width:100%;height:auto;overflow:visible;font-family:inherit",
    " svg.narrow": "max-width:420px",
    " svg.column": "max-width:430px;margin:0 auto",
    " svg.wide": "display:none",
    " .tools": "display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 18px;margin-top:8px;"
    "font-size:14px",
    " details": "color:var(--ss-soft)",
    " details[open]": "flex-basis:100%",
    " .numbers": "overflow-x:auto;max-height:320px;overflow-y:auto;margin-top:6px",
    " table": "border-collapse:collapse;font-variant-numeric:tabular-nums;color:var(--ss-ink)",
    " :is(th,td)": "padding:4px 16px 4px 0;text-align:right;border-top:1px solid var(--ss-line)",
    " :is(th,td):first-child": "text-align:left",
    " button.download": "color:var(--ss-accent);background:none;border:0;padding:0;font:inherit;"
    "cursor:pointer",
}


def chart_css() -> str:
    """Return the rules that the page needs for all charts; colours are the page's to define."""
    home = ".ss.ss.ss.chart"
    rules = {f"{home}{part}": style for part, style in _PAGE.items()}
    rules |= {f"{home} svg {mark}": style for mark, style in MARKS.items()}
    wide = f"@container (min-width:780px){{{home} svg.wide{{display:block}}"
    return _css(rules) + wide + f"{home} svg.narrow{{display:none}}}}"


def _css(rules: dict[str, str]) -> str:
    return "".join(f"{selector}{{{style}}}" for selector, style in rules.items())


@dataclass(frozen=True)
class Canvas:
    """A place to draw on: its name, which is its CSS class, and its width in pixels."""

    name: str
    width: int

    @property
    def is_wide(self) -> bool:
        """Whether there is room beside the plot, not only beneath it."""
        return self.width >= 600

    @property
    def ticks(self) -> int:
        """How many steps of a horizontal axis have room for their numbers."""
        return 8 if self.is_wide else 6


WIDE = Canvas("wide", 860)
NARROW = Canvas("narrow", 360)
BOTH = (WIDE, NARROW)
COLUMN = Canvas("column", 360)


@dataclass(frozen=True)
class Drawing:
    """What was drawn, on which canvas, and how high it is."""

    canvas: Canvas
    body: str
    height: float

    def as_markup(self) -> Drawing:
        """Return it as a template may write it: what is drawn here is escaped already."""
        return replace(self, body=Markup(self.body))  # noqa: S704 - `text` escapes


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart, as text."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def figure(
    kind: str, title: str, description: str, drawings: Sequence[Drawing], table: Table
) -> Markup:
    """Return the whole figure: caption, drawings, the numbers, and the download.

    Parameters
    ----------
    kind:
        What sort of chart it is, as one would say it aloud.
    title:
        What it shows: the finding, in a sentence.
    description:
        The chart in words, for those who do not see it.
    drawings:
        For a column, or for a wide and a narrow place.
    table:
        The numbers that were drawn.
    """
    kept = thinned(len(table.rows), MOST_ROWS)
    return render(
        "chart.html",
        kind=kind,
        title=readable(title),
        description=readable(description),
        drawings=[each.as_markup() for each in drawings],
        table=Table(
            [readable(header) for header in table.headers],
            [[readable(value) for value in table.rows[index]] for index in kept],
        ),
    )


def empty(title: str, sentence: str) -> Markup:
    """Return a figure without a drawing, which says what is missing."""
    return render(
        "chart.html", title=readable(title), description=readable(sentence), drawings=(), table=None
    )
