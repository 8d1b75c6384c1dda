"""A chart as the page shows it: caption, drawing, the numbers behind it, the download.

Text is never shrunk below what can be read. A chart that is laid out otherwise where there is room
is drawn for a wide and a narrow place, and the style sheet shows the one that fits; any other is
drawn once, for a column. Colours are classes over the page's custom properties (``--ss-ink`` and
its kin), so that a chart follows light and dark. The browser makes the download of what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from search_ui.charts.svg import FONT_SIZE, readable, thinned
from search_ui.rendering import render

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
        drawings=[
            Drawing(each.canvas, Markup(each.body), each.height)  # noqa: S704 - svg.py escapes
            for each in drawings
        ],
        table=Table(
            [readable(header) for header in table.headers],
            [[readable(value) for value in table.rows[place]] for place in kept],
        ),
    )


def empty(title: str, sentence: str) -> Markup:
    """Return a figure without a drawing, which says what is missing."""
    return render(
        "chart.html", title=readable(title), description=readable(sentence), drawings=(), table=None
    )
