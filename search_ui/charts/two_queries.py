"""One score under two queries: usual for the one, rare for the other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from search_ui.charts.density import hill
from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import Floats, LinearScale, Numbers, beside, finite, line, text, x_axis
from search_ui.wording import number, percent, shortened

_KIND = "Two backgrounds"
_MARGIN = 12.0
_ROW = 118.0  # height of one query's row
_HILL = 62.0  # height of its outline


def two_backgrounds(
    first: Numbers,
    second: Numbers,
    score: float,
    above: tuple[float, float],
    names: tuple[str, str] = ("first query", "second query"),
    title: str | None = None,
) -> str:
    """Draw the scores that two queries give to a collection, one above the other, and a mark.

    Parameters
    ----------
    first, second:
        Cosines of each query to the documents, in any order.
    score:
        The cosine to mark in both.
    above:
        The share of the other documents that it is above, under each query.
    names:
        What to call the queries; long ones are cut.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    grounds = (finite(first), finite(second))
    if not all(map(len, grounds)) or not math.isfinite(score):
        return empty(
            title or "The same score under two queries",
            "Ask two queries of the same collection to compare their scores.",
        )
    most, least = (share_of_documents(share) for share in (max(above), min(above)))
    finding = title or f"{number(score)} beats {most} for one query and {least} for the other"

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, grounds, score, above, names)

    words = " ".join(
        f"For “{name}”, {number(score)} is above {share_of_documents(share)}; the middle score of "
        f"all {len(ground):,} is {number(float(np.median(ground)))}."
        for name, share, ground in zip(names, above, grounds, strict=True)
    )
    return figure(_KIND, finding, words, draw, _table(grounds, names, above))


def share_of_documents(share: float) -> str:
    """Write which share of the other documents a score is above."""
    if share in (0.0, 1.0):
        return "every other document" if share else "no document"
    return f"{percent(share, 1)} of documents"


def _drawing(
    canvas: Canvas,
    grounds: Sequence[Floats],
    score: float,
    above: Sequence[float],
    names: Sequence[str],
) -> Drawing:
    every = np.concatenate([*grounds, [score]])
    low = math.floor((float(every.min()) - 0.04) * 10) / 10
    high = math.ceil((float(every.max()) + 0.04) * 10) / 10
    scale = LinearScale(
        low, min(high, 1.0) if every.max() <= 1 else high, _MARGIN, canvas.width - _MARGIN
    )
    foot = len(grounds) * _ROW
    words = "cosine similarity, more alike to the right" if canvas.is_wide else "cosine similarity"
    hills, labels = [], []
    for place, (ground, share, name) in enumerate(zip(grounds, above, names, strict=True)):
        base = (place + 1) * _ROW
        hills.append(hill(ground, scale, base, _HILL) + line(scale.start, base, scale.end, base))
        labels.append(_labels(canvas, scale, scale(score), share, name, place * _ROW))
    mark = line(scale(score), 28, scale(score), foot, "mark")
    axis = x_axis(scale, foot, words, most=canvas.ticks)
    return Drawing("".join([*hills, axis, mark, *labels]), foot + 46)


def _labels(
    canvas: Canvas, scale: LinearScale, x: float, share: float, name: str, top: float
) -> str:
    shown = shortened(name, 90 if canvas.is_wide else 38)
    reading = f"above {share_of_documents(share)}"
    heading = text(scale.start, top + 18, shown, style="strong halo")
    return heading + beside(x, top + 42, reading, scale.end, "rank halo", bold=True)


def _table(grounds: Sequence[Floats], names: Sequence[str], above: Sequence[float]) -> Table:
    rows = []
    for name, ground, share in zip(names, grounds, above, strict=True):
        spread = [number(float(value), 4) for value in np.percentile(ground, [0, 50, 100])]
        rows.append((name, f"{len(ground):,}", *spread, percent(share, 1)))
    headers = ("query", "documents", "lowest", "middle", "highest", "below the score")
    return Table(headers, rows)
