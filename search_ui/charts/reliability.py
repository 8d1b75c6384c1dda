"""Whether a calibrated value means what it says."""

from __future__ import annotations

import numpy as np

from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import (
    Floats,
    LinearScale,
    Numbers,
    circle,
    finite,
    finite_together,
    line,
    paragraphs,
    path,
    rect,
    text,
    thinned,
    y_axis,
)
from search_ui.wording import count, number, percent

_KIND = "Reliability diagram"
_LEFT = 54.0
_TOP = 30.0
_BARS = 52.0  # height of the histogram
_BINS = 20
_MOST_DOTS = 25

Band = tuple[Numbers, Numbers, Numbers]


def reliability(
    stated: Numbers,
    judged: Numbers,
    band: Band | None = None,
    predictions: Numbers = (),
    graded: bool = False,
    title: str | None = None,
) -> str:
    """Draw what was judged against what was stated, with a histogram of what was stated beneath.

    Parameters
    ----------
    stated, judged:
        The curve, rising in `stated`: what the calibrator says, and the share judged right there
        (the isotonic fit of Dimitriadis, Gneiting & Jordan 2021); both in [0, 1].
    band:
        Stated values, and the lower and upper edge of what chance alone would show there if every
        value were right; None where it was not computed.
    predictions:
        Every stated value, for the histogram; none for no histogram.
    graded:
        Whether the labels have grades, so that values are expected relevance instead of shares.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    xs, ys = finite_together(stated, judged)
    if not len(xs):
        return empty(
            title or "Does it mean what it says?",
            "Fit a calibrator to see whether its values can be taken at their word.",
        )
    edges = finite_together(*band) if band else None
    said = finite(predictions)

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, (xs, ys), edges, said, graded)

    form = number if graded else percent
    words = "; ".join(
        f"where it says {form(x)}, {form(y)} {'is the mean judgement' if graded else 'are right'}"
        for x, y in _spread_points(xs, ys)
    )
    rows = [(number(x, 3), number(y, 3)) for x, y in zip(xs, ys, strict=True)]
    headers = ("it says", "mean judgement" if graded else "share judged right")
    finding = title or _finding(xs, ys, edges, len(said), graded)
    return figure(_KIND, finding, f"{words[0].upper()}{words[1:]}.", draw, Table(headers, rows))


def _spread_points(xs: Floats, ys: Floats) -> list[tuple[float, float]]:
    return [(float(xs[place]), float(ys[place])) for place in thinned(len(xs), 5)]


def _finding(
    xs: Floats, ys: Floats, band: tuple[Floats, ...] | None, judgements: int, graded: bool
) -> str:
    """Say it at 75%, or at the highest value that the calibrator reaches."""
    at = float(min(max(0.75, xs[0]), xs[-1]))
    there = float(np.interp(at, xs, ys))
    if _is_within(band, at, there):
        form = number if graded else percent
        so_many = count(judgements, "judgement") if judgements else "these judgements"
        return f"When it says {form(at)}, it means it, as far as {so_many} can tell"
    if graded:
        return f"When it says {number(at)}, the judgements average {number(there)}"
    return f"When it says {percent(at)}, about {round(100 * there)} of 100 are right"


def _is_within(band: tuple[Floats, ...] | None, at: float, judged: float) -> bool:
    """Whether chance alone may carry a calibrator that is right to what was judged there."""
    if band is None or not len(band[0]) or not band[0][0] <= at <= band[0][-1]:
        return False
    low, high = (np.interp(at, band[0], edge) for edge in band[1:])
    return bool(low <= judged <= high)


def _drawing(
    canvas: Canvas,
    curve: tuple[Floats, Floats],
    band: tuple[Floats, ...] | None,
    said: Floats,
    graded: bool,
) -> Drawing:
    side = 340.0 if canvas.is_wide else canvas.width - _LEFT - 18
    across = LinearScale(0.0, 1.0, _LEFT, _LEFT + side)
    up = LinearScale(0.0, 1.0, _TOP + side, _TOP)
    form = (lambda value: number(value)) if graded else percent
    base = up.start + (_BARS + 14 if len(said) else 0)
    ticks = "".join(
        text(across(value), base + 20, form(value), "middle") for value in (0, 0.25, 0.5, 0.75, 1)
    )
    parts = [
        _band(across, up, band),
        line(across.start, up.start, across.end, up.end, "guide"),
        text(0, 16, "mean judgement" if graded else "share judged right"),
        y_axis(up, across.start, form),
        line(across.start, up.start, across.end, up.start),
        _curve(across, up, *curve),
        _histogram(across, base, said),
        ticks,
        text(across.end, base + 40, "what it says", "end"),
    ]
    notes, height = _notes(canvas, across, base, band is not None, len(said) > 0)
    return Drawing("".join(parts) + notes, height)


def _band(across: LinearScale, up: LinearScale, band: tuple[Floats, ...] | None) -> str:
    if band is None or len(band[0]) < 2:
        return ""
    kept = thinned(len(band[0]))
    places, low, high = (values[kept] for values in band)
    there = [(across(place), up(edge)) for place, edge in zip(places, low, strict=True)]
    back = [(across(place), up(edge)) for place, edge in zip(places, high, strict=True)]
    return path([*there, *reversed(back)], "ground", close="Z")


def _curve(across: LinearScale, up: LinearScale, xs: Floats, ys: Floats) -> str:
    kept = thinned(len(xs))
    points = [(across(xs[place]), up(ys[place])) for place in kept]
    dots = "".join(circle(x, y, 4.5) for x, y in points) if len(points) <= _MOST_DOTS else ""
    return path(points) + dots


def _histogram(across: LinearScale, base: float, said: Floats) -> str:
    if not len(said):
        return ""
    counts, edges = np.histogram(np.clip(said, 0.0, 1.0), bins=_BINS, range=(0.0, 1.0))
    bars = []
    for left, right, amount in zip(edges, edges[1:], counts, strict=False):
        height = max(_BARS * amount / counts.max(), 1.5) if amount else 0.0
        x = across(left) + 1
        bars.append(rect(x, base - height, across(right) - x - 1, height, "ground"))
    return "".join(bars) + line(across.start, base, across.end, base)


def _notes(
    canvas: Canvas, across: LinearScale, base: float, has_band: bool, has_bars: bool
) -> tuple[str, float]:
    """Write how to read it: beside the plot where there is room, else beneath it."""
    notes = ["On the dashed line, it means what it says; below it, it promises too much."]
    if has_band:
        notes.append("Grey: how far chance alone carries one that is right, with as many labels.")
    if has_bars:
        notes.append("Grey bars: how often it says so.")
    left, top = (across.end + 44, _TOP + 40) if canvas.is_wide else (0.0, base + 68)
    written, bottom = paragraphs(left, top, notes, canvas.width - left)
    return written, max(base + 46, bottom)
