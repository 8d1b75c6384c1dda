"""A chart as the page shows it: caption, drawing, the numbers behind it, the download.

A chart is drawn twice, for a wide and a narrow place, and the CSS shows the one that fits; text is
never shrunk below what can be read. Colours are classes over the page's custom properties
(``--ss-ink`` and its kin), so that a chart follows light and dark; a downloaded chart carries the
light ones inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from search_ui.charts.svg import FONT_SIZE, LINE_HEIGHT, escape, paragraph, thinned, wrapped

MOST_ROWS = 60  # of a table of numbers: more are not read

_LIGHT = {
    "--ss-ink": "#0f172a",
    "--ss-soft": "#526077",
    "--ss-line": "#e2e8f0",
    "--ss-accent": "#4338ca",
    "--ss-grey": "#cbd5e1",
    "--ss-card": "#ffffff",
}

_MARKS = {
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

_PAGE = {
    "": "margin:0;container-type:inline-size;color:var(--ss-ink)",
    " figcaption": "font-weight:700;font-size:16px;line-height:1.35;margin:0 0 10px",
    " .empty": "color:var(--ss-soft);margin:0",
    " svg": "display:block;width:100%;height:auto;overflow:visible;font-family:inherit",
    " svg.narrow": "max-width:420px",
    " svg.wide": "display:none",
    " .tools": "display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 18px;margin-top:8px;"
    "font-size:14px",
    " details": "color:var(--ss-soft)",
    " details[open]": "flex-basis:100%",
    " .numbers": "overflow-x:auto;max-height:320px;overflow-y:auto;margin-top:6px",
    " table": "border-collapse:collapse;font-variant-numeric:tabular-nums;color:var(--ss-ink)",
    " :is(th,td)": "padding:4px 16px 4px 0;text-align:right;border-top:1px solid var(--ss-line)",
    " :is(th,td):first-child": "text-align:left",
    " a.download": "color:var(--ss-accent)",
}


def chart_css() -> str:
    """Return the rules that the page needs for all charts; colours are the page's to define."""
    home = ".ss.ss.ss.chart"
    rules = {f"{home}{part}": style for part, style in _PAGE.items()}
    rules |= {f"{home} svg {mark}": style for mark, style in _MARKS.items()}
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


@dataclass(frozen=True)
class Drawing:
    """What was drawn, and how high it is."""

    body: str
    height: float


@dataclass(frozen=True)
class Table:
    """The numbers behind a chart, as text."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


def figure(
    kind: str, title: str, description: str, draw: Callable[[Canvas], Drawing], table: Table
) -> str:
    """Return the whole figure: caption, both drawings, the numbers, and the download.

    Parameters
    ----------
    kind:
        What sort of chart it is, as one would say it aloud.
    title:
        What it shows: the finding, in a sentence.
    description:
        The chart in words, for those who do not see it.
    draw:
        Draws it for one width.
    table:
        The numbers that were drawn.
    """
    drawings = "".join(
        _svg(draw(canvas), canvas, f"{kind}: {title}", description) for canvas in (WIDE, NARROW)
    )
    return (
        f'<figure class="ss chart"><figcaption>{escape(title)}</figcaption>{drawings}'
        f'<div class="tools">{_details(table)}{_download(kind, title, draw(WIDE))}</div></figure>'
    )


def empty(title: str, sentence: str) -> str:
    """Return a figure without a drawing, which says what is missing."""
    return (
        f'<figure class="ss chart"><figcaption>{escape(title)}</figcaption>'
        f'<p class="empty">{escape(sentence)}</p></figure>'
    )


def _svg(drawing: Drawing, canvas: Canvas, label: str, description: str) -> str:
    return (
        f'<svg class="{canvas.name}" viewBox="0 0 {canvas.width} {drawing.height:.0f}" role="img" '
        f'aria-label="{escape(label)}"><desc>{escape(description)}</desc>{drawing.body}</svg>'
    )


def _details(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(header)}</th>' for header in table.headers)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in table.rows[place]) + "</tr>"
        for place in thinned(len(table.rows), MOST_ROWS)
    )
    return (
        '<details><summary>Show numbers</summary><div class="numbers" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def standalone(title: str, drawing: Drawing) -> str:
    """Return a drawing as an SVG file of its own: title, light colours, a card behind it."""
    style = _css(_MARKS) + "svg{font-family:'IBM Plex Sans',system-ui,sans-serif}"
    for name, colour in _LIGHT.items():
        style = style.replace(f"var({name})", colour)
    lines = wrapped(title, WIDE.width - 40)
    top = 24 + LINE_HEIGHT * len(lines)
    width, height = WIDE.width + 32, drawing.height + top + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
        f'width="{width}" height="{height:.0f}"><title>{escape(title)}</title>'
        f'<style>{style}</style><rect width="100%" height="100%" fill="{_LIGHT["--ss-card"]}"/>'
        f"{paragraph(16, 28, title, WIDE.width - 40, 'strong')}"
        f'<g transform="translate(16 {top})">{drawing.body}</g></svg>'
    )


def _download(kind: str, title: str, drawing: Drawing) -> str:
    name = kind.lower().replace(" ", "-")
    return (
        f'<a class="download" download="{name}.svg" '
        f'href="data:image/svg+xml;charset=utf-8,{quote(standalone(title, drawing))}">'
        "Download SVG</a>"
    )
