"""What a cut costs: how much of what is shown is right, and how much of what is right is found."""

from __future__ import annotations

import math

import numpy as np

from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import (
    Floats,
    LinearScale,
    Numbers,
    beside,
    circle,
    finite_together,
    line,
    path,
    rect,
    text,
    thinned,
    x_axis,
    y_axis,
)
from search_ui.wording import number, percent

_KIND = "Threshold curve"
_LEFT = 54.0
_TOP = 14.0
_PLOT = 250.0
_BETWEEN = 70.0  # room that both names need between the curves


def threshold_curve(
    cuts: Numbers,
    right: Numbers,
    found: Numbers,
    chosen: float | None = None,
    title: str | None = None,
) -> str:
    """Draw precision and recall against the value from which hits are shown.

    Parameters
    ----------
    cuts:
        Calibrated values, rising, in [0, 1].
    right:
        Of what lies at or above each cut, the share that is right (precision).
    found:
        Of what is right, the share at or above each cut (recall).
    chosen:
        The cut to mark; None where none was chosen or none is good enough.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    xs, precision, recall = finite_together(cuts, right, found)
    if not len(xs):
        return empty(
            title or "Where to draw the line", "Fit a calibrator to see what each cut would cost."
        )
    cut = chosen if chosen is not None and math.isfinite(chosen) else None

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, xs, precision, recall, cut)

    rows = [
        (number(x, 3), percent(p, 1), percent(r, 1))
        for x, p, r in zip(xs, precision, recall, strict=True)
    ]
    words = "; ".join(
        f"from {number(xs[place])}, {percent(precision[place])} right and "
        f"{percent(recall[place])} found"
        for place in thinned(len(xs), 5)
    )
    return figure(
        _KIND,
        title or _finding(xs, precision, recall, cut),
        f"{words[0].upper()}{words[1:]}.",
        draw,
        Table(("show from", "right", "found"), rows),
    )


def _finding(xs: Floats, precision: Floats, recall: Floats, cut: float | None) -> str:
    if cut is None:
        best = int(precision.argmax())
        return (
            f"No cut is chosen; at best {percent(float(precision[best]))} of what is shown is right"
        )
    right, found = (float(np.interp(cut, xs, values)) for values in (precision, recall))
    return (
        f"Show at {number(cut)} and above: {percent(right)} of it is right, "
        f"and {percent(found)} of what is right is found"
    )


def _drawing(
    canvas: Canvas, xs: Floats, precision: Floats, recall: Floats, cut: float | None
) -> Drawing:
    base = _TOP + _PLOT
    across = LinearScale(0.0, 1.0, _LEFT, canvas.width - 20)
    up = LinearScale(0.0, 1.0, base, _TOP)
    kept = thinned(len(xs))
    parts = [
        "" if cut is None else rect(across(cut), _TOP, across.end - across(cut), _PLOT, "region"),
        y_axis(up, across.start, percent),
        x_axis(across, base, "calibrated value from which a hit is shown"),
        path([(across(xs[i]), up(recall[i])) for i in kept], "second"),
        path([(across(xs[i]), up(precision[i])) for i in kept]),
        _alone(across(xs[0]), up(precision[0]), up(recall[0])) if len(xs) == 1 else "",
        "" if cut is None else _mark(across, base, cut),
        _names(across, up, xs, precision, recall, cut),
    ]
    return Drawing("".join(parts), base + 46)


def _alone(x: float, precision: float, recall: float) -> str:
    """Draw a dot for each curve that has one point only."""
    return circle(x, recall, 4.5, "miss") + circle(x, precision, 4.5)


def _mark(across: LinearScale, base: float, cut: float) -> str:
    words = f"show from {number(cut)}"
    place = across(cut)
    label = beside(place, base - 12, words, across.end, "strong halo", bold=True)
    return line(place, _TOP, place, base, "mark") + label


def _names(
    across: LinearScale,
    up: LinearScale,
    xs: Floats,
    precision: Floats,
    recall: Floats,
    cut: float | None,
) -> str:
    """Write each curve's name beside it, where the two are far apart and the mark is not near."""
    room = (xs >= 0.12) & (xs <= 0.88)
    if cut is not None:
        room &= np.abs(xs - cut) > 0.1
    place = int(np.where(room, np.abs(precision - recall), -1.0).argmax())
    x = min(across(xs[place]) + (0 if room[place] else 34), across.end - 30)
    right, found = up(precision[place]), up(recall[place])
    inside = abs(right - found) > _BETWEEN

    def name(word: str, y: float, is_upper: bool, style: str) -> str:
        y += 24 if is_upper == inside else -12
        return text(x, min(max(y, _TOP + 14), up.start - 8), word, "middle", f"{style} halo")

    upper = right <= found
    return name("right", right, upper, "rank") + name("found", found, not upper, "strong")
