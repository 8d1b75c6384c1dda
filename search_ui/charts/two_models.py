"""One cosine under two models: where judged and unrelated pairs lie, and where a cut would."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search_ui.charts.density import density
from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import (
    Floats,
    LinearScale,
    Numbers,
    beside,
    finite,
    line,
    path,
    text,
    text_within,
    x_axis,
)
from search_ui.wording import number, percent, shortened

_KIND = "Two models"
_MARGIN = 12.0
_LABELS = 62.0  # from the top of a row to the first label of a hill
_STEP = 18.0  # from one label to the next, so that they never meet
_HILL = 70.0  # height of the hills
_BASE = _LABELS + 3 * _STEP + _HILL
_ROW = _BASE + 40.0  # with room for the cut's words beneath
NO_CUT = "no cut can be promised"
_NAMES = ("relevant", "not relevant", "unrelated")
_STYLES = ("curve", "second", "ground")
_LABEL_STYLES = ("rank halo", "strong halo", "halo")


@dataclass(frozen=True)
class ModelScores:
    """What is drawn of one model.

    Attributes
    ----------
    name:
        What to call it.
    relevant, irrelevant, unrelated:
        Cosines of judged pairs and of unrelated ones, in any order; unrelated ones may be missing.
    stated:
        What the cosine that is marked stands for: a relevance in [0, 1].
    cut:
        From which cosine on to act; None where there is no such cut.
    """

    name: str
    relevant: Numbers
    irrelevant: Numbers
    unrelated: Numbers
    stated: float
    cut: float | None = None

    @property
    def has_cut(self) -> bool:
        """Whether there is a cut."""
        return self.cut is not None and math.isfinite(self.cut)

    @property
    def groups(self) -> tuple[Floats, Floats, Floats]:
        """The finite cosines: relevant, not relevant, unrelated."""
        return finite(self.relevant), finite(self.irrelevant), finite(self.unrelated)


def two_models(models: Sequence[ModelScores], cosine: float = 0.7, title: str | None = None) -> str:
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
    finding = title or _finding(models, cosine)
    if not drawn:
        return empty(finding, "There are no judged pairs to draw; compare two models on some.")

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, drawn, cosine)

    return figure(_KIND, finding, _description(drawn, cosine), draw, _table(drawn))


def _finding(models: Sequence[ModelScores], cosine: float) -> str:
    if not models:
        return "The same score under two models"
    meant = " and ".join(f"{percent(model.stated)} under {model.name}" for model in models)
    return f"{number(cosine)} means {meant}"


def _description(models: Sequence[ModelScores], cosine: float) -> str:
    return " ".join(
        f"Under {model.name}, {_middles(model)}; {number(cosine)} stands for a relevance of "
        f"{percent(model.stated)}, and {_cut_words(model)}."
        for model in models
    )


def _middles(model: ModelScores) -> str:
    return ", ".join(
        f"{len(group):,} {name} pairs lie around {number(float(np.median(group)))}"
        for name, group in zip(_NAMES, model.groups, strict=True)
        if len(group)
    )


def _cut_words(model: ModelScores) -> str:
    return f"the cut is {number(model.cut)}" if model.has_cut else NO_CUT


def _drawing(canvas: Canvas, models: Sequence[ModelScores], cosine: float) -> Drawing:
    scale = _scale(canvas, models, cosine)
    rows = "".join(
        _row(canvas, scale, model, cosine, place * _ROW) for place, model in enumerate(models)
    )
    foot = len(models) * _ROW
    words = "cosine similarity, more alike to the right" if canvas.is_wide else "cosine similarity"
    mark = line(scale(cosine), 28, scale(cosine), foot, "mark")
    return Drawing(mark + rows + x_axis(scale, foot, words, most=canvas.ticks), foot + 46)


def _scale(canvas: Canvas, models: Sequence[ModelScores], cosine: float) -> LinearScale:
    every = np.concatenate([*(group for model in models for group in model.groups), [cosine]])
    low = np.floor((float(every.min()) - 0.02) * 10) / 10
    high = np.ceil((float(every.max()) + 0.02) * 10) / 10
    return LinearScale(float(low), min(float(high), 1.0), _MARGIN, canvas.width - _MARGIN)


def _row(canvas: Canvas, scale: LinearScale, model: ModelScores, cosine: float, top: float) -> str:
    base = top + _BASE
    reading = f"{number(cosine)} means {percent(model.stated)}"
    parts = [
        _hill(group, scale, base, style)
        for group, style in reversed(list(zip(model.groups, _STYLES, strict=True)))
    ]
    parts += [
        _label(group, scale, top + _LABELS + place * _STEP, base, place)
        for place, group in enumerate(model.groups)
    ]
    parts.append(line(scale.start, base, scale.end, base))
    heading = shortened(model.name, 90 if canvas.is_wide else 40)
    parts.append(text(scale.start, top + 18, heading, style="strong halo"))
    parts.append(beside(scale(cosine), top + 40, reading, scale.end, "rank halo", bold=True))
    return "".join(parts) + _cut(scale, model, base)


def _hill(group: Floats, scale: LinearScale, base: float, style: str) -> str:
    outline = density(group, scale.low, scale.high)
    if outline is None:  # too few for an outline: each one for itself
        return "".join(
            line(scale(value), base, scale(value), base - _HILL / 3, "single")
            for value in sorted(set(group.tolist()))
        )
    ridge = [(scale(place), base - _HILL * up) for place, up in zip(*outline, strict=True)]
    if style == "ground":
        return path([(scale.start, base), *ridge, (scale.end, base)], style, close="Z")
    return path(ridge, style)


def _label(group: Floats, scale: LinearScale, y: float, base: float, place: int) -> str:
    """Name a hill above its top, with a line down to it."""
    if not len(group):
        return ""
    outline = density(group, scale.low, scale.high)
    if outline is None:
        x, top = scale(float(np.median(group))), base - _HILL / 3
    else:
        x, top = scale(float(outline[0][np.argmax(outline[1])])), base - _HILL
    name = text_within(x, y, _NAMES[place], scale.start, scale.end, _LABEL_STYLES[place])
    return line(x, y + 4, x, top, "guide") + name


def _cut(scale: LinearScale, model: ModelScores, base: float) -> str:
    if model.cut is None or not model.has_cut:
        return text(scale.start, base + 20, NO_CUT)
    x = scale(model.cut)
    words = text_within(
        x, base + 24, f"cut at {number(model.cut)}", scale.start, scale.end, "strong halo"
    )
    return path([(x, base + 1), (x - 6, base + 10), (x + 6, base + 10)], "bar", close="Z") + words


def _table(models: Sequence[ModelScores]) -> Table:
    rows = []
    for model in models:
        for name, group in zip(_NAMES, model.groups, strict=True):
            if len(group):
                spread = np.percentile(group, [5, 50, 95]).tolist()
                rows.append((model.name, name, f"{len(group):,}", *(number(v, 3) for v in spread)))
    return Table(("model", "pairs", "how many", "5% lie below", "middle", "95% lie below"), rows)
