"""Charts of a calibrator: whether it means what it says, what a threshold costs, what helps it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
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
    finite,
    finite_together,
    line,
    paragraphs,
    path,
    rect,
    text,
    thinned,
    x_axis,
    y_axis,
)
from search_ui.rendering import number, percent, shortened

_LEFT = 54.0
_RELIABILITY_TOP = 30.0
_BARS = 52.0  # height of the histogram
_BINS = 20
_MOST_DOTS = 25
_CURVES_TOP = 14.0
_CURVES_HEIGHT = 250.0
_BETWEEN_NAMES = 70.0  # room that both names need between the curves
_BAR_HEIGHT = 8.0
_NAMES_WIDTH = 300.0  # room for the names where they stand beside the bars
_NUMBERS_WIDTH = 130.0  # room for the loss and its change

Band = tuple[Numbers, Numbers, Numbers]
Step = tuple[str, float, str]  # what was added, the loss with it, the change that it made


def reliability(
    stated: Numbers,
    judged: Numbers,
    band: Band | None = None,
    predictions: Numbers = (),
    graded: bool = False,
    title: str | None = None,
) -> Markup:
    """Draw labels against predictions, with a histogram of the predictions beneath.

    Parameters
    ----------
    stated, judged:
        The curve, rising in `stated`: what the calibrator predicts, and the average label there
        (the isotonic fit of Dimitriadis, Gneiting & Jordan 2021); both in [0, 1].
    band:
        Predictions, and the lower and upper edge of where a perfectly calibrated model would land;
        None where it was not computed.
    predictions:
        Every prediction, for the histogram; none for no histogram.
    graded:
        Whether the labels have grades, so that values are expected relevance instead of shares.
    title:
        What the chart shows, as `reliability_finding` says it where it is not given.
    """
    xs, ys = finite_together(stated, judged)
    if not len(xs):
        return empty(
            title or "Are the predictions right?",
            "Fit a calibrator to see whether its predictions can be relied on.",
        )
    edges = finite_together(*band) if band else None
    said = finite(predictions)
    form = number if graded else percent
    words = "; ".join(
        f"predicted {form(x)}, {'average label' if graded else 'relevant'} {form(y)}"
        for x, y in _spread_points(xs, ys)
    )
    rows = [(number(x, 3), number(y, 3)) for x, y in zip(xs, ys, strict=True)]
    headers = ("predicted", _labels_axis(graded))
    return figure(
        "Reliability diagram",
        title or reliability_finding(xs, ys, band, graded),
        f"{words[0].upper()}{words[1:]}.",
        [_reliability_drawing((xs, ys), edges, said, graded)],
        Table(headers, rows),
    )


def _spread_points(xs: Floats, ys: Floats) -> list[tuple[float, float]]:
    return [(float(xs[index]), float(ys[index])) for index in thinned(len(xs), 5)]


def _labels_axis(graded: bool) -> str:
    return "average label" if graded else "share relevant"


def reliability_finding(
    stated: Numbers, judged: Numbers, band: Band | None = None, graded: bool = False
) -> str:
    """Say how labels and predictions agree at 75%, or at the highest prediction there is.

    Parameters and units as for `reliability`; the curve has a point at least.
    """
    xs, ys = finite_together(stated, judged)
    at = float(min(max(0.75, xs[0]), xs[-1]))
    there = float(np.interp(at, xs, ys))
    is_within = _is_within(finite_together(*band) if band else None, at, there)
    noise = " (within sampling noise)" if is_within else ""
    if graded:
        return f"When it predicts {number(at)}, the average label is {number(there)}{noise}"
    return f"When it predicts {percent(at)}, {percent(there)} are relevant{noise}"


def _is_within(band: tuple[Floats, ...] | None, at: float, judged: float) -> bool:
    """Whether chance alone may carry a calibrator that is right to what was judged there."""
    if band is None or not len(band[0]) or not band[0][0] <= at <= band[0][-1]:
        return False
    low, high = (np.interp(at, band[0], edge) for edge in band[1:])
    return bool(low <= judged <= high)


def _reliability_drawing(
    curve: tuple[Floats, Floats],
    band: tuple[Floats, ...] | None,
    said: Floats,
    graded: bool,
) -> Drawing:
    side = COLUMN.width - _LEFT - 18
    across = LinearScale(0.0, 1.0, _LEFT, _LEFT + side)
    up = LinearScale(0.0, 1.0, _RELIABILITY_TOP + side, _RELIABILITY_TOP)
    form = (lambda value: number(value)) if graded else percent
    base = up.start + (_BARS + 14 if len(said) else 0)
    ticks = "".join(
        text(across(value), base + 20, form(value), "middle") for value in (0, 0.25, 0.5, 0.75, 1)
    )
    parts = [
        _band(across, up, band),
        line(across.start, up.start, across.end, up.end, "guide"),
        text(0, 16, _labels_axis(graded)),
        y_axis(up, across.start, form),
        line(across.start, up.start, across.end, up.start),
        _reliability_curve(across, up, *curve),
        _histogram(across, base, said),
        ticks,
        text(across.end, base + 40, "predicted", "end"),
    ]
    notes, height = _reliability_notes(base, band is not None, len(said) > 0)
    return Drawing(COLUMN, "".join(parts) + notes, height)


def _band(across: LinearScale, up: LinearScale, band: tuple[Floats, ...] | None) -> str:
    if band is None or len(band[0]) < 2:
        return ""
    kept = thinned(len(band[0]))
    stated, low, high = (values[kept] for values in band)
    there = [(across(value), up(edge)) for value, edge in zip(stated, low, strict=True)]
    back = [(across(value), up(edge)) for value, edge in zip(stated, high, strict=True)]
    return path([*there, *reversed(back)], "ground", close="Z")


def _reliability_curve(across: LinearScale, up: LinearScale, xs: Floats, ys: Floats) -> str:
    kept = thinned(len(xs))
    points = [(across(xs[index]), up(ys[index])) for index in kept]
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


def _reliability_notes(base: float, has_band: bool, has_bars: bool) -> tuple[str, float]:
    """Write how to read it beneath the plot."""
    notes = ["Dashed line: exactly right. Below it, predictions are too high."]
    if has_band:
        notes.append("Grey band: where a perfectly calibrated model would land with these labels.")
    if has_bars:
        notes.append("Grey bars: how often each value is predicted.")
    return paragraphs(0.0, base + 68, notes, COLUMN.width)


def threshold_curve(
    thresholds: Numbers,
    precision: Numbers,
    recall: Numbers,
    chosen: float | None = None,
    title: str | None = None,
) -> Markup:
    """Draw precision and recall against the value from which hits are shown.

    Parameters
    ----------
    thresholds:
        Calibrated values, rising, in [0, 1].
    precision:
        Of what lies at or above each threshold, the share that is relevant.
    recall:
        Of what is relevant, the share at or above each threshold.
    chosen:
        The threshold to mark; None where none was chosen or none is good enough.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    xs, right, found = finite_together(thresholds, precision, recall)
    if not len(xs):
        return empty(
            title or "Where to draw the line",
            "Fit a calibrator to see what each threshold would cost.",
        )
    threshold = chosen if chosen is not None and math.isfinite(chosen) else None
    rows = [
        (number(x, 3), percent(p, 1), percent(r, 1))
        for x, p, r in zip(xs, right, found, strict=True)
    ]
    words = "; ".join(
        f"from {number(xs[index])}, precision {percent(right[index])} and "
        f"recall {percent(found[index])}"
        for index in thinned(len(xs), 5)
    )
    return figure(
        "Threshold curve",
        title or _threshold_finding(xs, right, found, threshold),
        f"{words[0].upper()}{words[1:]}.",
        [_threshold_drawing(xs, right, found, threshold)],
        Table(("threshold", "precision", "recall"), rows),
    )


def _threshold_finding(
    xs: Floats, precision: Floats, recall: Floats, threshold: float | None
) -> str:
    if threshold is None:
        best = int(precision.argmax())
        at_best = percent(float(precision[best]))
        return f"No threshold is chosen; the best precision is {at_best}"
    at = _reached(xs, threshold)
    return (
        f"Threshold {number(threshold, 3)}: precision {percent(precision[at])}, "
        f"recall {percent(recall[at])}"
    )


def _reached(xs: Floats, threshold: float) -> int:
    """Return the index of the lowest value that reaches a threshold: what it shows begins there."""
    return min(int(np.searchsorted(xs, threshold)), len(xs) - 1)


def _threshold_drawing(
    xs: Floats, precision: Floats, recall: Floats, threshold: float | None
) -> Drawing:
    base = _CURVES_TOP + _CURVES_HEIGHT
    across = LinearScale(0.0, 1.0, _LEFT, COLUMN.width - 20)
    up = LinearScale(0.0, 1.0, base, _CURVES_TOP)
    kept = thinned(len(xs))
    parts = [
        "" if threshold is None else _region(across, threshold),
        y_axis(up, across.start, percent),
        x_axis(across, base, "threshold (predicted relevance)"),
        path([(across(xs[i]), up(recall[i])) for i in kept], "second"),
        path([(across(xs[i]), up(precision[i])) for i in kept]),
        _alone(across(xs[0]), up(precision[0]), up(recall[0])) if len(xs) == 1 else "",
        "" if threshold is None else _threshold_mark(across, base, threshold),
        "" if threshold is None else _at_threshold(across, up, xs, precision, recall, threshold),
        _curve_names(across, up, xs, precision, recall, threshold),
    ]
    return Drawing(COLUMN, "".join(parts), base + 46)


def _region(across: LinearScale, threshold: float) -> str:
    """Shade what is shown."""
    return rect(
        across(threshold), _CURVES_TOP, across.end - across(threshold), _CURVES_HEIGHT, "region"
    )


def _alone(x: float, precision: float, recall: float) -> str:
    """Draw a dot for each curve that has one point only."""
    return circle(x, recall, 4.5, "miss") + circle(x, precision, 4.5)


def _threshold_mark(across: LinearScale, base: float, threshold: float) -> str:
    words = f"threshold {number(threshold, 3)}"
    x = across(threshold)
    label = beside(x, base - 12, words, across.end, "strong halo", bold=True)
    return line(x, _CURVES_TOP, x, base, "mark") + label


def _at_threshold(
    across: LinearScale,
    up: LinearScale,
    xs: Floats,
    precision: Floats,
    recall: Floats,
    threshold: float,
) -> str:
    """Mark both curves where what is shown begins."""
    x, at = across(threshold), _reached(xs, threshold)
    return circle(x, up(recall[at]), 4.5, "miss") + circle(x, up(precision[at]), 4.5)


def _curve_names(
    across: LinearScale,
    up: LinearScale,
    xs: Floats,
    precision: Floats,
    recall: Floats,
    threshold: float | None,
) -> str:
    """Write each curve's name beside it, where the two are far apart and the mark is not near."""
    room = (xs >= 0.12) & (xs <= 0.88)
    if threshold is not None:
        room &= np.abs(xs - threshold) > 0.1
    index = int(np.where(room, np.abs(precision - recall), -1.0).argmax())
    x = min(across(xs[index]) + (0 if room[index] else 34), across.end - 30)
    right, found = up(precision[index]), up(recall[index])
    inside = abs(right - found) > _BETWEEN_NAMES

    def name(word: str, y: float, is_upper: bool, style: str) -> str:
        y += 24 if is_upper == inside else -12
        return text(x, min(max(y, _CURVES_TOP + 14), up.start - 8), word, "middle", f"{style} halo")

    upper = right <= found
    return name("precision", right, upper, "rank") + name("recall", found, not upper, "strong")


def feature_worth(names: Sequence[str], losses: Numbers, title: str | None = None) -> Markup:
    """Draw the loss as features are added, one bar for each step; shorter is better.

    Parameters
    ----------
    names:
        What is added at each step; the first is what one starts from.
    losses:
        The log-loss on unseen queries with everything up to that step. Each change is a share of
        the first, so that they add up.
    title:
        What the chart shows, as `worth_finding` says it where it is not given.
    """
    steps = _steps(names, losses)
    if not steps:
        return empty(
            title or "What helps most",
            "Fit a calibrator on texts to see what helps beside the score.",
        )
    rows = [(name, number(loss, 4), change) for name, loss, change in steps]
    words = "; ".join(" ".join(row).strip() for row in rows)
    table = Table(("with", "log-loss", "change"), rows)
    return figure(
        "Feature worth",
        title or worth_finding(names, losses),
        f"Log-loss: {words}.",
        [_worth_drawing(canvas, steps) for canvas in BOTH],
        table,
    )


def _steps(names: Sequence[str], losses: Numbers) -> list[Step]:
    kept = [
        (name, float(loss))
        for name, loss in zip(names, losses, strict=False)
        if math.isfinite(loss)
    ]
    changes = [(after - before) for (_, before), (_, after) in pairwise(kept)]
    return [
        (name, loss, "" if n == 0 else _change(changes[n - 1], kept[0][1]))
        for n, (name, loss) in enumerate(kept)
    ]


def _change(change: float, first: float) -> str:
    if first == 0.0:
        return ""
    share = change / first
    if round(100 * share) == 0:
        return "±0%"
    return ("+" if share > 0 else "−") + percent(abs(share))


def worth_finding(names: Sequence[str], losses: Numbers) -> str:
    """Name what lowers the loss most; parameters as for `feature_worth`, with one step at least."""
    steps = _steps(names, losses)
    first, last = steps[0][1], steps[-1][1]
    if len(steps) == 1:
        return f"Log-loss {number(first)} with {steps[0][0]}"
    if not last < first:
        return "Nothing beside the score helps"
    gains = {step[0]: before[1] - step[1] for before, step in pairwise(steps)}
    changes = {name: change for name, _, change in steps}
    best = [name for name in sorted(gains, key=lambda name: -gains[name])[:2] if gains[name] > 0]
    return "What helps most: " + ", ".join(
        f"{name.removeprefix('+ ')} ({changes[name]})" for name in best
    )


def _worth_drawing(canvas: Canvas, steps: Sequence[Step]) -> Drawing:
    """Draw a row for each step, its name beside the bar where there is room, else above it."""
    start, down = (_NAMES_WIDTH, 0.0) if canvas.is_wide else (0.0, 20.0)
    most = max(loss for _, loss, _ in steps) or 1.0
    scale = LinearScale(0.0, most, start, canvas.width - _NUMBERS_WIDTH)
    losses, changes, y = canvas.width - 62, canvas.width, 40.0
    parts = [text(losses, 14, "log-loss", "end"), text(changes, 14, "change", "end")]
    for name, loss, change in steps:
        parts += [
            text(0, y, shortened(name, 38 if canvas.is_wide else 44)),
            _bar(scale, y + down - 9, loss),
            text(losses, y + down, number(loss, 3), "end", "strong"),
            text(changes, y + down, change, "end"),
        ]
        y += 30 + down
    return Drawing(canvas, "".join(parts), y - 14)


def _bar(scale: LinearScale, y: float, loss: float) -> str:
    across, corner = scale.end - scale.start, _BAR_HEIGHT / 2
    track = rect(scale.start, y, across, _BAR_HEIGHT, "track", corner)
    return track + rect(scale.start, y, scale(loss) - scale.start, _BAR_HEIGHT, "bar", corner)
