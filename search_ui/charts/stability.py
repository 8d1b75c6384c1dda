"""How a hit's readings move with the number of hits asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import (
    Floats,
    LinearScale,
    Numbers,
    circle,
    finite_together,
    line,
    path,
    text,
    thinned,
    y_axis,
)
from search_ui.wording import listed, number

_KIND = "Readings by number of hits"
_GAP = 36.0
_LEFT = 52.0  # room for the ticks of the vertical axis
_TOP = 34.0
_PLOT = 130.0
_FOOT = 50.0
_MOST_DOTS = 12

Reading = tuple[str, Floats, Floats]  # name, numbers of hits, values


def k_stability(
    ks: Sequence[int], readings: Mapping[str, Numbers], title: str | None = None
) -> str:
    """Draw one hit's readings over k, each reading in a plot of its own.

    Parameters
    ----------
    ks:
        Numbers of hits asked for, rising.
    readings:
        For each reading, by its name, the hit's value at each k; NaN where the hit is not there.
    title:
        What the chart shows; made from the numbers where it is not given.
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

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, plots)

    words = " ".join(
        f"{name}: {number(ys[0])} at {xs[0]:.0f} hits, {number(ys[-1])} at {xs[-1]:.0f}, "
        f"between {number(ys.min())} and {number(ys.max())}."
        for name, xs, ys in plots
    )
    rows = [
        (f"{k}", *(number(values[place], 3) for values in readings.values()))
        for place, k in enumerate(ks)
    ]
    return figure(_KIND, title or _finding(plots), words, draw, Table(("hits", *readings), rows))


def _finding(plots: Sequence[Reading]) -> str:
    if all(len(xs) == 1 for _, xs, _ in plots):
        values = listed([f"{name} {number(ys[0])}" for name, _, ys in plots])
        return f"With {plots[0][1][0]:.0f} hits this one reads {values}"
    moving = [(name, ys) for name, _, ys in plots if number(ys.min()) != number(ys.max())]
    if not moving:
        return "This hit reads the same, however many are asked for"
    spans = [f"{name} from {number(ys.min())} to {number(ys.max())}" for name, ys in moving]
    return f"The same hit reads {listed(spans)}, by how many hits you ask for"


def _drawing(canvas: Canvas, plots: Sequence[Reading]) -> Drawing:
    columns = len(plots) if canvas.is_wide else 1
    width = (canvas.width - _GAP * (columns - 1)) / columns
    height = _TOP + _PLOT + _FOOT
    ks = np.concatenate([xs for _, xs, _ in plots])
    body = [
        _plot(plot, (place % columns) * (width + _GAP), (place // columns) * height, width, ks)
        for place, plot in enumerate(plots)
    ]
    return Drawing("".join(body), height * -(-len(plots) // columns))


def _plot(plot: Reading, left: float, top: float, width: float, ks: Floats) -> str:
    name, xs, ys = plot
    base = top + _TOP + _PLOT
    first, last = float(ks.min()), float(ks.max())
    alone = first == last
    across = LinearScale(first - alone, last + alone, left + _LEFT, left + width - 16)
    up = LinearScale(*_range(ys), base, top + _TOP)
    kept = thinned(len(xs))
    points = [(across(xs[place]), up(ys[place])) for place in kept]
    dots = points if len(points) <= _MOST_DOTS else [points[0], points[-1]]
    parts = [
        text(left, top + 16, name, style="strong"),
        y_axis(up, left + _LEFT, most=4),
        line(across.start, base, across.end, base),
        path(points),
        *(circle(x, y, 4.5) for x, y in dots),
        *(text(across(k), base + 20, f"{k:.0f}", "middle") for k in {first, last}),
        text(across.end, base + 40, "hits asked for", "end"),
    ]
    return "".join(parts)


def _range(ys: Floats) -> tuple[float, float]:
    low, high = float(ys.min()), float(ys.max())
    if low >= 0.0 and high <= 1.0:
        return 0.0, 1.0
    pad = max((high - low) * 0.1, 0.25)
    return low - pad, high + pad
