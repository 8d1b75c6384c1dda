"""An index's own scores against the exact ones: what it gets wrong, and which decisions flip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import (
    Floats,
    LinearScale,
    Numbers,
    circle,
    finite_together,
    line,
    paragraphs,
    text,
    thinned,
    x_axis,
    y_axis,
)
from search_ui.wording import count, number

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

EXACT = 0.0005  # a shift under this is written as 0
_KIND = "Score shift"
_LEFT = 54.0
_TOP = 30.0
_PAD = 0.03  # of cosine, around the points
MOST_PLAIN, MOST_FLIPS = 200, 100  # dots that are drawn


def score_shift(
    name: str,
    exact: Numbers,
    approximate: Numbers,
    flipped: Sequence[bool] | Mask = (),
    cut: float | None = None,
    title: str | None = None,
) -> str:
    """Draw each hit at its exact cosine, as high as the index takes it for.

    Parameters
    ----------
    name:
        The index.
    exact, approximate:
        Cosines of its hits, as they are and as the index says.
    flipped:
        Which of these hits are decided otherwise by the index's score; none is where left out.
    cut:
        The cosine from which a hit is shown; None where it is not a cosine that decides.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    marks = flipped if len(flipped) else np.zeros(len(exact))
    xs, ys, turned = finite_together(exact, approximate, np.asarray(marks, dtype=np.float64))
    if not len(xs):
        return empty(title or "Approximate and exact scores", f"{name} found nothing to compare.")
    flips = turned > 0

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, xs, ys, flips, cut)

    order = np.argsort(xs, kind="stable")
    rows = [(number(xs[n], 3), number(ys[n], 3), number(ys[n] - xs[n], 3)) for n in order]
    words = "; ".join(
        f"exact {number(xs[n])}, by the index {number(ys[n])}"
        for n in order[thinned(len(order), 5)]
    )
    return figure(
        _KIND,
        title or _finding(name, ys - xs, int(flips.sum())),
        f"{words[0].upper()}{words[1:]}.",
        draw,
        Table(("exact score", "by the index", "shift"), rows),
    )


def _finding(name: str, shift: Floats, flips: int) -> str:
    bias, spread = float(shift.mean()), float(shift.std())
    if np.abs(shift).max() < EXACT:
        return f"{name} gives every hit its exact score"
    if abs(bias) < max(spread / 4, EXACT):
        found = f"{name} misses the exact score by {number(max(spread, EXACT), 3)}, up or down"
    else:
        way = "high" if bias > 0 else "low"
        found = f"{name} scores {number(abs(bias), 3)} too {way}, give or take {number(spread, 3)}"
    decisions = "1 decision flips" if flips == 1 else f"{count(flips, 'decision')} flip"
    return f"{found}; {decisions}" if flips else found


def _drawing(canvas: Canvas, xs: Floats, ys: Floats, flips: Mask, cut: float | None) -> Drawing:
    side = 340.0 if canvas.is_wide else canvas.width - _LEFT - 18
    low, high = _range(xs, ys)
    across = LinearScale(low, high, _LEFT, _LEFT + side)
    up = LinearScale(low, high, _TOP + side, _TOP)
    parts = [
        text(0, 16, "score by the index"),
        y_axis(up, across.start),
        x_axis(across, up.start, "exact score, cosine"),
        line(across.start, up.start, across.end, up.end, "guide"),
        "" if cut is None else _cut(across, up, cut),
        _points(across, up, xs, ys, flips),
    ]
    notes, height = _notes(canvas, across, up.start + 46, xs, flips)
    return Drawing("".join(parts) + notes, height)


def _range(xs: Floats, ys: Floats) -> tuple[float, float]:
    together = np.concatenate([xs, ys])
    return float(together.min()) - _PAD, float(together.max()) + _PAD


def _cut(across: LinearScale, up: LinearScale, cut: float) -> str:
    """Draw the cut in both directions: right of the one and above the other a hit is shown."""
    if not across.low < cut < across.high:
        return ""
    x, y = across(cut), up(cut)
    words = text(across.end, y - 6, f"show from {number(cut)}", "end", "strong halo")
    return (
        line(x, up.start, x, up.end, "mark") + line(across.start, y, across.end, y, "mark") + words
    )


def _chosen(xs: Floats, flips: Mask) -> tuple[Places, Places]:
    """Return places of the hits that are drawn: a fair part of the plain ones, and of the flips."""
    plain, flipped = (np.flatnonzero(mask) for mask in (np.logical_not(flips), flips))
    plain = plain[np.argsort(xs[plain], kind="stable")]
    return plain[thinned(len(plain), MOST_PLAIN)], flipped[thinned(len(flipped), MOST_FLIPS)]


def _points(across: LinearScale, up: LinearScale, xs: Floats, ys: Floats, flips: Mask) -> str:
    plain, flipped = _chosen(xs, flips)
    dots = "".join(circle(across(xs[n]), up(ys[n]), 3.0, "dot") for n in plain)
    return dots + "".join(circle(across(xs[n]), up(ys[n]), 5.0) for n in flipped)


def _notes(
    canvas: Canvas, across: LinearScale, base: float, xs: Floats, flips: Mask
) -> tuple[str, float]:
    """Write how to read it: beside the plot where there is room, else beneath it."""
    drawn = sum(map(len, _chosen(xs, flips)))
    part = f"; {drawn:,} of {len(xs):,} are drawn" if drawn < len(xs) else ""
    notes = [
        "On the dashed line the index says what is true; above it, it promises too much.",
        f"Each dot is a hit{part}.",
    ]
    if flips.any():
        notes.append("Large dots: the index's score decides otherwise than the exact one.")
    left, top = (across.end + 44, _TOP + 40) if canvas.is_wide else (0.0, base + 22)
    written, bottom = paragraphs(left, top, notes, canvas.width - left)
    return written, max(base, bottom)
