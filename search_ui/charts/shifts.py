"""Charts of what moves a value: the number of hits asked for, or the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from search_ui.charts.figure import (
    BOTH,
    COLUMN,
    Canvas,
    Drawing,
    Floats,
    LinearScale,
    Numbers,
    Table,
    beside,
    circle,
    empty,
    figure,
    finite_together,
    line,
    paragraphs,
    path,
    text,
    thinned,
    x_axis,
    y_axis,
)
from search_ui.rendering import count, listed, number

_GAP = 36.0
_PLOT_LEFT = 52.0  # room for the ticks of the vertical axis
_PLOT_TOP = 34.0
_PLOT_HEIGHT = 130.0
_PLOT_FOOT = 50.0
_MOST_DOTS = 12

Reading = tuple[str, Floats, Floats]  # name, numbers of hits, values
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]

EXACT = 0.0005  # a shift under this is written as 0
_SHIFT_LEFT = 54.0
_SHIFT_TOP = 30.0
_PAD = 0.03  # of cosine, around the points
MOST_PLAIN, MOST_FLIPS = 200, 100  # dots that are drawn


def k_stability(
    ks: Sequence[int],
    readings: Mapping[str, Numbers],
    title: str | None = None,
    mark: int | None = None,
) -> Markup:
    """Draw one hit's readings over k, each reading in a plot of its own.

    Parameters
    ----------
    ks:
        Numbers of hits asked for, rising.
    readings:
        For each reading, by its name, the hit's value at each k; NaN where the hit is not there.
    title:
        What the chart shows; made from the numbers where it is not given.
    mark:
        A k to mark in each plot; none where it is not given.
    """
    plots: list[Reading] = []
    for name, values in readings.items():
        xs, ys = finite_together(ks, values)
        if len(xs):
            plots.append((name, xs, ys))
    if not plots:
        return empty(
            title or "How steady a reading is", "Choose a hit to see how its readings move with k."
        )
    words = " ".join(
        f"{name}: {number(ys[0])} at {xs[0]:.0f} hits, {number(ys[-1])} at {xs[-1]:.0f}, "
        f"between {number(ys.min())} and {number(ys.max())}."
        for name, xs, ys in plots
    )
    rows = [
        (f"{k}", *(number(values[index], 3) for values in readings.values()))
        for index, k in enumerate(ks)
    ]
    return figure(
        "Readings by number of hits",
        title or _stability_finding(plots),
        words,
        [_stability_drawing(canvas, plots, mark) for canvas in BOTH],
        Table(("hits", *readings), rows),
    )


def _stability_finding(plots: Sequence[Reading]) -> str:
    if all(len(xs) == 1 for _, xs, _ in plots):
        values = listed([f"{name} {number(ys[0])}" for name, _, ys in plots])
        return f"With {plots[0][1][0]:.0f} hits this one gets {values}"
    moving = [(name, ys) for name, _, ys in plots if number(ys.min()) != number(ys.max())]
    if not moving:
        return "This hit gets the same value, however many you ask for"
    spans = [f"{name} from {number(ys.min())} to {number(ys.max())}" for name, ys in moving]
    return f"Ask for more hits and the same hit moves: {listed(spans)}"


def _stability_drawing(canvas: Canvas, plots: Sequence[Reading], mark: int | None) -> Drawing:
    columns = len(plots) if canvas.is_wide else 1
    width = (canvas.width - _GAP * (columns - 1)) / columns
    height = _PLOT_TOP + _PLOT_HEIGHT + _PLOT_FOOT
    ks = np.concatenate([xs for _, xs, _ in plots])
    body = [
        _plot(
            plot, (index % columns) * (width + _GAP), (index // columns) * height, width, ks, mark
        )
        for index, plot in enumerate(plots)
    ]
    return Drawing(canvas, "".join(body), height * -(-len(plots) // columns))


def _plot(
    plot: Reading, left: float, top: float, width: float, ks: Floats, mark: int | None
) -> str:
    name, xs, ys = plot
    base = top + _PLOT_TOP + _PLOT_HEIGHT
    first, last = float(ks.min()), float(ks.max())
    alone = first == last
    across = LinearScale(first - alone, last + alone, left + _PLOT_LEFT, left + width - 16)
    up = LinearScale(*_stability_range(ys), base, top + _PLOT_TOP)
    kept = thinned(len(xs))
    points = [(across(xs[index]), up(ys[index])) for index in kept]
    dots = points if len(points) <= _MOST_DOTS else [points[0], points[-1]]
    parts = [
        text(left, top + 16, name, style="strong"),
        y_axis(up, left + _PLOT_LEFT, most=4),
        line(across.start, base, across.end, base),
        "" if mark is None else _marked(mark, across, top, base),
        path(points),
        *(circle(x, y, 4.5) for x, y in dots),
        *(text(across(k), base + 20, f"{k:.0f}", "middle") for k in {first, last}),
        text(across.end, base + 40, "hits asked for", "end"),
    ]
    return "".join(parts)


def _marked(k: int, across: LinearScale, top: float, base: float) -> str:
    """Draw a line at k, where the axis reaches so far."""
    if not across.low <= k <= across.high:
        return ""
    x = across(k)
    return line(x, top + _PLOT_TOP, x, base, "mark") + beside(
        x, top + _PLOT_TOP + 8, f"k = {k}", across.end, "rank halo"
    )


def _stability_range(ys: Floats) -> tuple[float, float]:
    low, high = float(ys.min()), float(ys.max())
    if low >= 0.0 and high <= 1.0:
        return 0.0, 1.0
    pad = max((high - low) * 0.1, 0.25)
    return low - pad, high + pad


def score_shift(
    name: str,
    exact: Numbers,
    approximate: Numbers,
    flipped: Sequence[bool] | Mask = (),
    threshold: float | None = None,
    title: str | None = None,
) -> Markup:
    """Draw each hit at its exact cosine, as high as the index takes it for.

    Parameters
    ----------
    name:
        The index.
    exact, approximate:
        Cosines of its hits, as they are and as the index says.
    flipped:
        Which of these hits are decided otherwise by the index's score; none is where left out.
    threshold:
        The cosine from which a hit is shown; None where it is not a cosine that decides.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    marks = flipped if len(flipped) else np.zeros(len(exact))
    xs, ys, turned = finite_together(exact, approximate, np.asarray(marks, dtype=np.float64))
    if not len(xs):
        return empty(title or "Approximate and exact scores", f"{name} found nothing to compare.")
    flips = turned > 0
    order = np.argsort(xs, kind="stable")
    rows = [(number(xs[n], 3), number(ys[n], 3), number(ys[n] - xs[n], 3)) for n in order]
    words = "; ".join(
        f"exact {number(xs[n])}, by the index {number(ys[n])}"
        for n in order[thinned(len(order), 5)]
    )
    return figure(
        "Score shift",
        title or _shift_finding(name, ys - xs, int(flips.sum())),
        f"{words[0].upper()}{words[1:]}.",
        [_shift_drawing(xs, ys, flips, threshold)],
        Table(("exact score", "by the index", "shift"), rows),
    )


def _shift_finding(name: str, shift: Floats, flips: int) -> str:
    bias, spread = float(shift.mean()), float(shift.std())
    if np.abs(shift).max() < EXACT:
        return f"{name} gives every hit its exact score"
    if abs(bias) < max(spread / 4, EXACT):
        found = f"{name} misses the exact score by {number(max(spread, EXACT), 3)}, up or down"
    else:
        way = "high" if bias > 0 else "low"
        found = f"{name} scores {number(abs(bias), 3)} too {way}, give or take {number(spread, 3)}"
    decisions = "1 decision changes" if flips == 1 else f"{count(flips, 'decision')} change"
    return f"{found}; {decisions}" if flips else found


def _shift_drawing(xs: Floats, ys: Floats, flips: Mask, threshold: float | None) -> Drawing:
    side = COLUMN.width - _SHIFT_LEFT - 18
    low, high = _shift_range(xs, ys)
    across = LinearScale(low, high, _SHIFT_LEFT, _SHIFT_LEFT + side)
    up = LinearScale(low, high, _SHIFT_TOP + side, _SHIFT_TOP)
    parts = [
        text(0, 16, "score by the index"),
        y_axis(up, across.start),
        x_axis(across, up.start, "exact score, cosine"),
        line(across.start, up.start, across.end, up.end, "guide"),
        "" if threshold is None else _shift_threshold(across, up, threshold),
        _points(across, up, xs, ys, flips),
    ]
    notes, height = _shift_notes(up.start + 46, xs, flips)
    return Drawing(COLUMN, "".join(parts) + notes, height)


def _shift_range(xs: Floats, ys: Floats) -> tuple[float, float]:
    together = np.concatenate([xs, ys])
    return float(together.min()) - _PAD, float(together.max()) + _PAD


def _shift_threshold(across: LinearScale, up: LinearScale, threshold: float) -> str:
    """Draw the threshold both ways: right of the one and above the other a hit is shown."""
    if not across.low < threshold < across.high:
        return ""
    x, y = across(threshold), up(threshold)
    words = text(across.end, y - 6, f"shown above {number(threshold, 3)}", "end", "strong halo")
    return (
        line(x, up.start, x, up.end, "mark") + line(across.start, y, across.end, y, "mark") + words
    )


def _chosen(xs: Floats, flips: Mask) -> tuple[Rows, Rows]:
    """Return indexes of the hits to draw: a fair part of the plain ones, and of the flips."""
    plain, flipped = (np.flatnonzero(mask) for mask in (np.logical_not(flips), flips))
    plain = plain[np.argsort(xs[plain], kind="stable")]
    return plain[thinned(len(plain), MOST_PLAIN)], flipped[thinned(len(flipped), MOST_FLIPS)]


def _points(across: LinearScale, up: LinearScale, xs: Floats, ys: Floats, flips: Mask) -> str:
    plain, flipped = _chosen(xs, flips)
    dots = "".join(circle(across(xs[n]), up(ys[n]), 3.0, "dot") for n in plain)
    return dots + "".join(circle(across(xs[n]), up(ys[n]), 5.0) for n in flipped)


def _shift_notes(base: float, xs: Floats, flips: Mask) -> tuple[str, float]:
    """Write how to read it beneath the plot."""
    drawn = sum(map(len, _chosen(xs, flips)))
    part = f"; {drawn:,} of {len(xs):,} are drawn" if drawn < len(xs) else ""
    notes = [
        "On the dashed line the index's score is exact; above it, too high.",
        f"Each dot is a hit{part}.",
    ]
    if flips.any():
        notes.append("Large dots: the index's score changes the decision.")
    return paragraphs(0.0, base + 22, notes, COLUMN.width)
