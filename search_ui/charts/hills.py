"""Three hills of pairs by their cosine, and a threshold line that `hills.js` lets the visitor move.

Everything is drawn here as it stands at first. What the browser needs to move it goes along as
numbers and ready words: outlines, cumulative counts, and the engine's own score at each step.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from markupsafe import Markup

from search_ui.charts.cosines import density
from search_ui.charts.figure import (
    BOTH,
    CHARACTER,
    Canvas,
    Drawing,
    Floats,
    LinearScale,
    Numbers,
    Table,
    finite,
    line,
    path,
    rect,
    text_within,
    x_axis,
)
from search_ui.rendering import count, number, percent, render

_MARGIN = 12.0
_LABEL = 20.0  # baseline of the line's own number
_TOP = 28.0  # of the line; its grip hangs there
_NAMES = 70.0  # baseline of the first hill's name
_NAMES_STEP = 20.0  # from one name to the next, so that they never meet
_HILL = 120.0  # height of a hill
_BASE = _NAMES + 3 * _NAMES_STEP + _HILL - 10.0
_FINE = 999  # an outline's height in the browser's numbers
_ROW_STEP = 0.05  # of the table
HILL_NAMES = ("unrelated", "labelled not relevant", "labelled relevant")
_STYLES = ("ground", "second", "curve")
_NAME_STYLES = ("halo", "strong halo", "rank halo")


@dataclass(frozen=True, eq=False)
class ModelHills:
    """What is drawn of one model.

    Attributes
    ----------
    name:
        What to call it.
    unrelated, irrelevant, relevant:
        Cosines of pairs, in any order.
    shown, found:
        How many of all pairs, and how many relevant ones, reach each cosine of the ruler.
    """

    name: str
    unrelated: Numbers
    irrelevant: Numbers
    relevant: Numbers
    shown: Sequence[int]
    found: Sequence[int]

    @property
    def groups(self) -> tuple[Floats, Floats, Floats]:
        """The finite cosines: unrelated, not relevant, relevant."""
        return finite(self.unrelated), finite(self.irrelevant), finite(self.relevant)

    def precision(self, step: int) -> float | None:
        """Return the share of the shown pairs that is relevant; None where nothing is shown."""
        return self.found[step] / self.shown[step] if self.shown[step] else None

    def recall(self, step: int) -> float:
        """Return the share of the relevant pairs that is shown."""
        return self.found[step] / len(finite(self.relevant))


@dataclass(frozen=True)
class Ruler:
    """The steps that the line can take, and what the engine shows at each.

    Attributes
    ----------
    cosines:
        The steps, ascending and evenly spaced.
    scores:
        What the engine shows there, as text without blanks.
    words:
        What stands before that number, such as "In FAISS this line is".
    name:
        What the number is, as the head of a column.
    """

    cosines: Sequence[float]
    scores: Sequence[str]
    words: str
    name: str

    def step(self, cosine: float) -> int:
        """Return the step that lies nearest to a cosine."""
        return int(np.argmin(np.abs(np.asarray(self.cosines) - cosine)))


@dataclass(frozen=True)
class Line:
    """Where the line stands at first.

    Attributes
    ----------
    cosine, score:
        Its cosine, and the number there as the visitor wrote it.
    belongs_to:
        What was asked; a line that was moved stays where it is while that is the same.
    """

    cosine: float
    score: str
    belongs_to: str


def movable_hills(
    models: Sequence[ModelHills], chosen: int, ruler: Ruler, line_at: Line, about: str
) -> Markup:
    """Draw the hills of one model, with the line; the browser can turn to the others.

    Parameters
    ----------
    models, chosen:
        The models, and which of them is drawn.
    ruler, line_at:
        The line's steps, and where it stands.
    about:
        Which pairs are counted, in a sentence.
    """
    model = models[chosen]
    step = ruler.step(line_at.cosine)
    return render(
        "number_picture.html",
        kind="Hills of cosines",
        title=f"Under {model.name} no line shows everything relevant and nothing else",
        description=_words(model),
        drawings=[_drawing(canvas, model, ruler, line_at).as_markup() for canvas in BOTH],
        at=[_scale(canvas, ruler)(line_at.cosine) / canvas.width for canvas in BOTH],
        ruler=ruler,
        line_at=line_at,
        precision=model.precision(step),
        recall=model.recall(step),
        about=about,
        table=_table(model, ruler),
        names=[each.name for each in models],
        chosen=chosen,
        moving=json.dumps(_moving(models, ruler), separators=(",", ":")),
    )


def _scale(canvas: Canvas, ruler: Ruler) -> LinearScale:
    return LinearScale(ruler.cosines[0], ruler.cosines[-1], _MARGIN, canvas.width - _MARGIN)


def _drawing(canvas: Canvas, model: ModelHills, ruler: Ruler, line_at: Line) -> Drawing:
    scale = _scale(canvas, ruler)
    outlines = _outlines(model, scale.low, scale.high)
    hills = [_hill(heights, scale, index) for index, heights in enumerate(outlines)]
    words = "cosine similarity (more similar →)" if canvas.is_wide else "cosine similarity →"
    x = scale(line_at.cosine)
    parts = [
        rect(x, _TOP, scale.end - x, _BASE - _TOP, "region shown-side"),
        *(ridge for ridge, _ in hills),
        x_axis(scale, _BASE, words, most=canvas.ticks),
        line(x, _TOP, x, _BASE, "mark threshold"),
        *(name for _, name in hills),
        text_within(x, _LABEL, line_at.score, scale.start, scale.end, "rank halo line-score"),
    ]
    return Drawing(canvas, "".join(parts), _BASE + 46)


def _hill(heights: Floats, scale: LinearScale, index: int) -> tuple[str, str]:
    """Return a hill of this outline, and its name with a line down to the top of it."""
    xs = np.linspace(scale.start, scale.end, len(heights))
    ridge = [(x, _BASE - _HILL * up) for x, up in zip(xs, heights, strict=True)]
    style = f"{_STYLES[index]} ridge"
    if index == 0:
        drawn = path([(scale.start, _BASE), *ridge, (scale.end, _BASE)], style, close="Z")
    else:
        drawn = path(ridge, style)
    y = _NAMES + index * _NAMES_STEP
    top = float(xs[int(np.argmax(heights))])
    name = text_within(
        top, y, HILL_NAMES[index], scale.start, scale.end, f"{_NAME_STYLES[index]} hill-name"
    )
    return drawn, line(top, y + 5, top, _BASE - _HILL, "guide to-top") + name


@lru_cache(maxsize=8)  # each model's are drawn again for every number that is typed
def _outlines(model: ModelHills, low: float, high: float) -> tuple[Floats, ...]:
    """Return the outlines of a model's hills."""
    return tuple(_outline(group, low, high) for group in model.groups)


def _outline(group: Floats, low: float, high: float) -> Floats:
    """Return the heights of a hill, from 0 to 1, at even places from low to high."""
    found = density(group, low, high)
    return np.zeros(2) if found is None else found[1]


def _moving(models: Sequence[ModelHills], ruler: Ruler) -> dict[str, object]:
    """Return what the browser needs to move the line, and to turn to another model."""
    low, high = ruler.cosines[0], ruler.cosines[-1]
    return {
        "low": low,
        "high": high,
        "margin": _MARGIN,
        "character": CHARACTER,
        "base": _BASE,
        "hill": _HILL,
        "models": [
            {
                "outlines": [
                    np.round(_FINE * heights).astype(int).tolist()
                    for heights in _outlines(model, low, high)
                ],
                "shown": list(map(int, model.shown)),
                "found": list(map(int, model.found)),
            }
            for model in models
        ],
    }


def _words(model: ModelHills) -> str:
    middles = "; ".join(
        f"{count(len(group), name + ' pair')} around {number(float(np.median(group)))}"
        for name, group in zip(HILL_NAMES, model.groups, strict=True)
        if len(group)
    )
    return f"Cosines under {model.name}: {middles}."


def _table(model: ModelHills, ruler: Ruler) -> Table:
    headers = ("cosine from", ruler.name, "pairs shown", "precision", "recall")
    first = math.ceil(ruler.cosines[0] / _ROW_STEP)
    rows = []
    for row in range(first, round(1 / _ROW_STEP) + 1):
        step = ruler.step(row * _ROW_STEP)
        cosine = number(ruler.cosines[step])
        shares = (percent(model.precision(step)), percent(model.recall(step)))
        rows.append((cosine, ruler.scores[step], f"{model.shown[step]:,}", *shares))
    return Table(headers, rows)
