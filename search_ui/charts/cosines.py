"""Charts of cosines on one axis: the hits of a query, two queries, two models."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from search_ui.charts.figure import (
    BOTH,
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
    line,
    path,
    text,
    text_width,
    text_within,
    x_axis,
)
from search_ui.rendering import count, number, percent, shortened

_MARGIN = 12.0
_STRIP_BASE = 150.0  # where the axis lies
_STRIP_TOP = 50.0  # where the outline is highest
_AXIS_WORDS = "cosine similarity (more similar →)"
GUIDE_WORDS = "unrelated documents rarely pass this line"
_QUERY_ROW = 118.0  # height of one query's row
_QUERY_HILL = 62.0  # height of its outline
_NAMES_TOP = 62.0  # from the top of a row to the first label of a hill
_NAMES_STEP = 18.0  # from one label to the next, so that they never meet
_MODEL_HILL = 70.0  # height of the hills
_MODEL_BASE = _NAMES_TOP + 3 * _NAMES_STEP + _MODEL_HILL
_MODEL_ROW = _MODEL_BASE + 40.0  # with room for the threshold's words beneath
NO_THRESHOLD = "no threshold can be guaranteed"
_NAMES = ("relevant", "not relevant", "unrelated")
_STYLES = ("curve", "second", "ground")
_LABEL_STYLES = ("rank halo", "strong halo", "halo")
FEWEST = 5
"""Fewer scores than this have no outline and are drawn one by one."""

_GRID = 200


def strip(
    background: Numbers,
    hits: Numbers,
    title: str,
    relevant: Collection[int] = (),
    line_at: float | None = None,
) -> Markup:
    """Draw the hits as numbered dots over the outline of the background.

    Parameters
    ----------
    background:
        Cosines of the query to the other documents, in any order.
    hits:
        Cosines of the hits, best first; the first is numbered 1.
    title:
        What the chart shows.
    relevant:
        The hits, by number, that are said to be relevant; their dots are filled.
    line_at:
        The cosine that unrelated documents rarely pass; None where it is not known.

    Returns
    -------
    Markup
        A figure. Scores that are not finite are left out; the others keep their numbers.
    """
    ground = finite(background)
    ranked = {rank: score for rank, score in enumerate(hits, 1) if math.isfinite(score)}
    threshold = line_at if line_at is not None and math.isfinite(line_at) else None
    if not len(ground) and not ranked:
        return empty(title, "There are no scores to show yet.")
    return figure(
        "Strip chart of scores",
        title,
        _strip_words(ground, ranked, threshold),
        [_strip_drawing(canvas, ground, ranked, relevant, threshold) for canvas in BOTH],
        _strip_table(ground, ranked, threshold),
    )


def _strip_drawing(
    canvas: Canvas,
    ground: Floats,
    ranked: dict[int, float],
    relevant: Collection[int],
    threshold: float | None,
) -> Drawing:
    every = np.concatenate(
        [ground, list(ranked.values()), [] if threshold is None else [threshold]]
    )
    low = math.floor((float(every.min()) - 0.04) * 10) / 10
    high = max(1.0, math.ceil(float(every.max()) * 10) / 10)
    scale = LinearScale(low, high, _MARGIN, canvas.width - _MARGIN)
    parts = [
        _strip_ground(canvas, scale, ground),
        x_axis(scale, _STRIP_BASE, _AXIS_WORDS, most=canvas.ticks),
        "" if threshold is None else _guide(scale, threshold),
        _dots(scale, ranked, relevant),
    ]
    return Drawing(canvas, "".join(parts), _STRIP_BASE + 46)


def _strip_ground(canvas: Canvas, scale: LinearScale, ground: Floats) -> str:
    if not len(ground):
        return ""
    words = "all other documents" if canvas.is_wide else "others"
    label = text_within(scale(float(np.median(ground))), 18, words, scale.start, scale.end)
    return hill(ground, scale, _STRIP_BASE, _STRIP_BASE - _STRIP_TOP) + label


def _guide(scale: LinearScale, threshold: float) -> str:
    x = scale(threshold)
    label = text_within(x, 38, GUIDE_WORDS, scale.start, scale.end, "halo")
    return line(x, 26, x, _STRIP_BASE, "guide") + label


def _dots(scale: LinearScale, ranked: dict[int, float], relevant: Collection[int]) -> str:
    dots = [
        circle(scale(score), _STRIP_BASE - 10, 6.5, "hit" if rank in relevant else "miss")
        for rank, score in reversed(ranked.items())  # the best on top
    ]
    # Hollow dots are numbered only where there are no others.
    named = [rank for rank in ranked if rank in relevant]
    style = "rank halo" if named else "halo"
    labels = [
        text(place, _STRIP_BASE - 24, _ranks(group), "middle", style)
        for place, group in _grouped({rank: scale(ranked[rank]) for rank in named or ranked})
    ]
    return "".join(dots + labels)


def _ranks(group: Sequence[int]) -> str:
    if len(group) < 3:
        return ", ".join(str(rank) for rank in sorted(group))
    return f"{min(group)}–{max(group)}"


def _grouped(places: dict[int, float]) -> list[tuple[float, list[int]]]:
    """Join ranks whose labels would touch: (centre of the label, ranks), from left to right."""
    groups: list[tuple[float, list[int]]] = []
    for rank in sorted(places, key=lambda rank: (places[rank], -rank)):
        group, centre = [rank], places[rank]
        while groups and _touch(groups[-1], (centre, group)):
            group = groups.pop()[1] + group
            centre = (places[group[0]] + places[group[-1]]) / 2
        groups.append((centre, group))
    return groups


def _touch(left: tuple[float, list[int]], right: tuple[float, list[int]]) -> bool:
    room = (text_width(_ranks(left[1])) + text_width(_ranks(right[1]))) / 2 + 6
    return right[0] - left[0] < room


def _strip_words(ground: Floats, ranked: dict[int, float], threshold: float | None) -> str:
    parts = []
    if len(ground):
        low, middle, high = np.percentile(ground, [5, 50, 95])
        parts.append(
            f"Of {count(len(ground), 'other document')}, half score below {number(middle)} and "
            f"nine in ten between {number(low)} and {number(high)}."
        )
    if ranked:
        scores = ", ".join(f"{rank}: {number(score)}" for rank, score in ranked.items())
        parts.append(f"Hits by rank: {scores}.")
    if threshold is not None:
        parts.append(f"Unrelated documents rarely score above {number(threshold)}.")
    return " ".join(parts)


def _strip_table(ground: Floats, ranked: dict[int, float], threshold: float | None) -> Table:
    rows = [(f"hit {rank}", number(score, 4)) for rank, score in ranked.items()]
    if threshold is not None:
        rows.append((GUIDE_WORDS, number(threshold, 4)))
    if len(ground):
        for name, share in (("highest", 100), ("middle", 50), ("lowest", 0)):
            rows.append(
                (f"other documents, {name}", number(float(np.percentile(ground, share)), 4))
            )
    return Table(("score of", "cosine"), rows)


def two_backgrounds(
    first: Numbers,
    second: Numbers,
    score: float,
    ranks: tuple[int, int],
    names: tuple[str, str] = ("first query", "second query"),
    title: str | None = None,
) -> Markup:
    """Draw the scores that two queries give to a collection, one above the other, and a mark.

    Parameters
    ----------
    first, second:
        Cosines of each query to the documents, in any order.
    score:
        The cosine to mark in both.
    ranks:
        How many documents score as high under each query: which hit a document of that score is.
    names:
        What to call the queries; long ones are shortened.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    grounds = (finite(first), finite(second))
    if not all(map(len, grounds)) or not math.isfinite(score):
        return empty(
            title or "The same score under two queries",
            "Ask two queries of the same collection to compare their scores.",
        )
    rare, common = (hit_words(rank) for rank in sorted(ranks))
    finding = (
        title or f"A cosine of {number(score)} is {rare} for one query and {common} for the other"
    )
    words = " ".join(
        f"For “{name}”, {number(score)} is {hit_words(rank)}; the median score of all "
        f"{len(ground):,} documents is {number(float(np.median(ground)))}."
        for name, rank, ground in zip(names, ranks, grounds, strict=True)
    )
    return figure(
        "Two queries",
        finding,
        words,
        [_queries_drawing(canvas, grounds, score, ranks, names) for canvas in BOTH],
        _queries_table(grounds, names, ranks),
    )


def hit_words(rank: int) -> str:
    """Say which hit a score is that so many documents reach."""
    return "the best hit" if rank == 1 else f"hit {rank:,}"


def _queries_drawing(
    canvas: Canvas,
    grounds: Sequence[Floats],
    score: float,
    ranks: Sequence[int],
    names: Sequence[str],
) -> Drawing:
    scale = _scale(canvas, grounds, score, 0.04)
    foot = len(grounds) * _QUERY_ROW
    hills, labels = [], []
    for row, (ground, rank, name) in enumerate(zip(grounds, ranks, names, strict=True)):
        base = (row + 1) * _QUERY_ROW
        hills.append(
            hill(ground, scale, base, _QUERY_HILL) + line(scale.start, base, scale.end, base)
        )
        labels.append(_query_labels(canvas, scale, scale(score), rank, name, row * _QUERY_ROW))
    mark = line(scale(score), 28, scale(score), foot, "mark")
    parts = [*hills, _axis(canvas, scale, foot), mark, *labels]
    return Drawing(canvas, "".join(parts), foot + 46)


def _query_labels(
    canvas: Canvas, scale: LinearScale, x: float, rank: int, name: str, top: float
) -> str:
    shown = shortened(name, 90 if canvas.is_wide else 38)
    heading = text(scale.start, top + 18, shown, style="strong halo")
    return heading + beside(x, top + 42, hit_words(rank), scale.end, "rank halo", bold=True)


def _queries_table(grounds: Sequence[Floats], names: Sequence[str], ranks: Sequence[int]) -> Table:
    rows = []
    for name, ground, rank in zip(names, grounds, ranks, strict=True):
        spread = [number(float(value), 4) for value in np.percentile(ground, [0, 50, 100])]
        rows.append((name, f"{len(ground):,}", *spread, f"{rank:,}"))
    headers = (
        "query",
        "documents",
        "lowest",
        "median",
        "highest",
        "documents that reach the score",
    )
    return Table(headers, rows)


def _scale(canvas: Canvas, groups: Sequence[Floats], mark: float, room: float) -> LinearScale:
    """Return an axis for all cosines and the mark, with some room, from one tenth to another."""
    every = np.concatenate([*groups, [mark]])
    low = math.floor((float(every.min()) - room) * 10) / 10
    high = math.ceil((float(every.max()) + room) * 10) / 10
    most = 1.0 if every.max() <= 1.0 else high
    return LinearScale(low, min(high, most), _MARGIN, canvas.width - _MARGIN)


def _axis(canvas: Canvas, scale: LinearScale, y: float) -> str:
    return x_axis(scale, y, _AXIS_WORDS, most=canvas.ticks)


@dataclass(frozen=True)
class ModelScores:
    """What is drawn of one model.

    Attributes
    ----------
    name:
        What to call it.
    relevant, irrelevant, unrelated:
        Cosines of judged pairs and of unrelated ones, in any order; unrelated ones may be missing.
    share:
        How many of the labelled pairs nearest to the marked cosine were relevant, in [0, 1].
    threshold:
        From which cosine on to act; None where there is no such threshold.
    """

    name: str
    relevant: Numbers
    irrelevant: Numbers
    unrelated: Numbers
    share: float
    threshold: float | None = None

    @property
    def has_threshold(self) -> bool:
        """Whether there is a threshold."""
        return self.threshold is not None and math.isfinite(self.threshold)

    @property
    def groups(self) -> tuple[Floats, Floats, Floats]:
        """The finite cosines: relevant, not relevant, unrelated."""
        return finite(self.relevant), finite(self.irrelevant), finite(self.unrelated)


def two_models(
    models: Sequence[ModelScores], cosine: float = 0.7, title: str | None = None
) -> Markup:
    """Draw the models one above the other on one axis, with a cosine marked through both.

    Parameters
    ----------
    models:
        One row each.
    cosine:
        The cosine to mark.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    drawn = [model for model in models if any(len(group) for group in model.groups)]
    finding = title or _models_finding(models, cosine)
    if not drawn:
        return empty(finding, "There are no labelled pairs to draw; compare two models on some.")
    return figure(
        "Two models",
        finding,
        _models_words(drawn, cosine),
        [_models_drawing(canvas, drawn, cosine) for canvas in BOTH],
        _models_table(drawn),
    )


def _models_finding(models: Sequence[ModelScores], cosine: float) -> str:
    if not models:
        return "The same score under two models"
    meant = " and ".join(f"{percent(model.share)} under {model.name}" for model in models)
    return f"Relevant near {number(cosine)}: {meant}"


def _models_words(models: Sequence[ModelScores], cosine: float) -> str:
    return " ".join(
        f"Under {model.name}, {_middles(model)}; of the labelled pairs nearest to "
        f"{number(cosine)}, {percent(model.share)} were relevant, and {_threshold_words(model)}."
        for model in models
    )


def _middles(model: ModelScores) -> str:
    return ", ".join(
        f"{len(group):,} {name} pairs lie around {number(float(np.median(group)))}"
        for name, group in zip(_NAMES, model.groups, strict=True)
        if len(group)
    )


def _threshold_words(model: ModelScores) -> str:
    return f"the threshold is {number(model.threshold)}" if model.has_threshold else NO_THRESHOLD


def _models_drawing(canvas: Canvas, models: Sequence[ModelScores], cosine: float) -> Drawing:
    scale = _scale(canvas, [group for model in models for group in model.groups], cosine, 0.02)
    rows = "".join(
        _model_row(canvas, scale, model, cosine, index * _MODEL_ROW)
        for index, model in enumerate(models)
    )
    foot = len(models) * _MODEL_ROW
    mark = line(scale(cosine), 28, scale(cosine), foot, "mark")
    return Drawing(canvas, mark + rows + _axis(canvas, scale, foot), foot + 46)


def _model_row(
    canvas: Canvas, scale: LinearScale, model: ModelScores, cosine: float, top: float
) -> str:
    base = top + _MODEL_BASE
    reading = f"near {number(cosine)}: {percent(model.share)} relevant"
    parts = [
        hill(group, scale, base, _MODEL_HILL, style)
        for group, style in reversed(list(zip(model.groups, _STYLES, strict=True)))
    ]
    parts += [
        _hill_name(group, scale, top + _NAMES_TOP + index * _NAMES_STEP, base, index)
        for index, group in enumerate(model.groups)
    ]
    parts.append(line(scale.start, base, scale.end, base))
    heading = shortened(model.name, 90 if canvas.is_wide else 40)
    parts.append(text(scale.start, top + 18, heading, style="strong halo"))
    parts.append(beside(scale(cosine), top + 40, reading, scale.end, "rank halo", bold=True))
    return "".join(parts) + _model_threshold(scale, model, base)


def _hill_name(group: Floats, scale: LinearScale, y: float, base: float, index: int) -> str:
    """Name a hill above its top, with a line down to it."""
    if not len(group):
        return ""
    outline = density(group, scale.low, scale.high)
    if outline is None:
        x, top = scale(float(np.median(group))), base - _MODEL_HILL / 3
    else:
        x, top = scale(float(outline[0][np.argmax(outline[1])])), base - _MODEL_HILL
    name = text_within(x, y, _NAMES[index], scale.start, scale.end, _LABEL_STYLES[index])
    return line(x, y + 4, x, top, "guide") + name


def _model_threshold(scale: LinearScale, model: ModelScores, base: float) -> str:
    if model.threshold is None or not model.has_threshold:
        return text(scale.start, base + 20, NO_THRESHOLD)
    x = scale(model.threshold)
    words = text_within(
        x,
        base + 24,
        f"threshold at {number(model.threshold)}",
        scale.start,
        scale.end,
        "strong halo",
    )
    return path([(x, base + 1), (x - 6, base + 10), (x + 6, base + 10)], "bar", close="Z") + words


def _models_table(models: Sequence[ModelScores]) -> Table:
    rows = []
    for model in models:
        for name, group in zip(_NAMES, model.groups, strict=True):
            if len(group):
                spread = np.percentile(group, [5, 50, 95]).tolist()
                rows.append((model.name, name, f"{len(group):,}", *(number(v, 3) for v in spread)))
    return Table(("model", "pairs", "how many", "5% lie below", "middle", "95% lie below"), rows)


def density(values: Floats, low: float, high: float) -> tuple[Floats, Floats] | None:
    """Return an outline of the values between low and high: an even grid, and heights of 1 at most.

    A Gaussian kernel with Silverman's rule of thumb for its width, 0.9 · min(std, IQR/1.34) ·
    n^(−1/5) (Silverman 1986, § 3.4.2), on counts in 200 bins, so that the time does not grow with
    the number of values times the size of the grid.

    Returns
    -------
    tuple or None
        None where there are too few values, or all are equal.
    """
    if len(values) < FEWEST or np.ptp(values) == 0.0:
        return None
    grid = np.linspace(low, high, _GRID)
    counts, _ = np.histogram(values, bins=_GRID, range=(low, high))
    quarters = np.percentile(values, [25, 75])
    spread = min(np.std(values), (quarters[1] - quarters[0]) / 1.34) or np.std(values)
    step = (high - low) / (_GRID - 1)
    width = max(0.9 * float(spread) * len(values) ** -0.2, step)
    kernel = np.exp(-0.5 * ((grid[:, None] - grid[None, :]) / width) ** 2)
    heights = kernel @ counts
    return grid, heights / heights.max()


def hill(
    values: Floats, scale: LinearScale, base: float, height: float, style: str = "ground"
) -> str:
    """Draw the outline of the values on a baseline, or each one for itself where there is none.

    The ground is an area, any other outline a line.
    """
    outline = density(values, scale.low, scale.high)
    if outline is None:
        return "".join(
            line(scale(value), base, scale(value), base - height / 3, "single")
            for value in sorted(set(values.tolist()))
        )
    ridge = [(scale(value), base - height * up) for value, up in zip(*outline, strict=True)]
    if style != "ground":
        return path(ridge, style)
    return path([(scale.start, base), *ridge, (scale.end, base)], style, close="Z")
