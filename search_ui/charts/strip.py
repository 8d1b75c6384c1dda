"""Where the hits fall among the scores that a query gives to everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from search_ui.charts.density import hill
from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import (
    Floats,
    LinearScale,
    Numbers,
    beside,
    circle,
    finite,
    line,
    text,
    text_width,
    text_within,
    x_axis,
)
from search_ui.wording import count, listed, number

_KIND = "Strip chart of scores"
_MARGIN = 12.0
_BASE = 150.0  # where the axis lies
_TOP = 50.0  # where the outline is highest
_NUMERALS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def strip(
    background: Numbers,
    hits: Numbers,
    chance_cut: float | None,
    documents: int,
    title: str | None = None,
) -> str:
    """Draw the hits as numbered dots over the outline of the background.

    Parameters
    ----------
    background:
        Cosines of the query to the other documents, in any order.
    hits:
        Cosines of the hits, best first; the first is numbered 1.
    chance_cut:
        The cosine that one of `documents` documents reaches by chance; None where it is not known.
    documents:
        How many documents the collection holds.
    title:
        What the chart shows; made from the numbers where it is not given.

    Returns
    -------
    str
        HTML of a figure. Scores that are not finite are left out; the others keep their numbers.
    """
    ground = finite(background)
    ranked = {rank: score for rank, score in enumerate(hits, 1) if math.isfinite(score)}
    cut = chance_cut if chance_cut is not None and math.isfinite(chance_cut) else None
    if not len(ground) and not ranked:
        return empty(title or "Where the scores fall", "There are no scores to show yet.")
    finding = title or _finding(ranked, cut)

    def draw(canvas: Canvas) -> Drawing:
        return _drawing(canvas, ground, ranked, cut, documents)

    return figure(
        _KIND, finding, _in_words(ground, ranked, cut, documents), draw, _table(ground, ranked, cut)
    )


def _drawing(
    canvas: Canvas, ground: Floats, ranked: dict[int, float], cut: float | None, documents: int
) -> Drawing:
    every = np.concatenate([ground, list(ranked.values()), [] if cut is None else [cut]])
    low = math.floor((float(every.min()) - 0.04) * 10) / 10
    high = max(1.0, math.ceil(float(every.max()) * 10) / 10)
    scale = LinearScale(low, high, _MARGIN, canvas.width - _MARGIN)
    parts = [
        _ground(canvas, scale, ground),
        x_axis(scale, _BASE, "cosine similarity, more alike to the right", most=canvas.ticks),
        "" if cut is None else _chance_line(scale, cut, documents),
        _dots(scale, ranked, cut),
    ]
    return Drawing("".join(parts), _BASE + 46)


def _ground(canvas: Canvas, scale: LinearScale, ground: Floats) -> str:
    if not len(ground):
        return ""
    words = "where unrelated documents fall for this query" if canvas.is_wide else "unrelated"
    label = text_within(scale(float(np.median(ground))), 18, words, scale.start, scale.end)
    return hill(ground, scale, _BASE, _BASE - _TOP) + label


def _chance_line(scale: LinearScale, cut: float, documents: int) -> str:
    words = f"1 in {documents:,} by chance"
    place = scale(cut)
    label = beside(place, 38, words, scale.end, "halo")
    return line(place, 26, place, _BASE, "guide") + label


def _dots(scale: LinearScale, ranked: dict[int, float], cut: float | None) -> str:
    def clear(score: float) -> bool:
        return cut is None or score > cut

    dots = [
        circle(scale(score), _BASE - 10, 6.5, "hit" if clear(score) else "miss")
        for score in reversed(ranked.values())  # the best on top
    ]
    # Hits within chance are named only where there are no others.
    named = [rank for rank, score in ranked.items() if clear(score)] or list(ranked)
    style = "rank halo" if any(map(clear, ranked.values())) else "halo"
    labels = [
        text(place, _BASE - 24, _ranks(group), "middle", style)
        for place, group in _grouped({rank: scale(ranked[rank]) for rank in named})
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


def _finding(ranked: dict[int, float], cut: float | None) -> str:
    if not ranked:
        return "This query has no hits"
    if cut is None:
        return f"The best hit scores {number(max(ranked.values()))}"
    clear = sum(score > cut for score in ranked.values())
    amount = _NUMERALS[clear] if clear < len(_NUMERALS) else str(clear)
    finding = f"{amount} {'hit stands' if clear == 1 else 'hits stand' if clear else 'hit stands'}"
    return f"{finding} beyond the line of chance{_tie(ranked)}"


def _tie(ranked: dict[int, float]) -> str:
    """Name hits at the top that show the same two digits: rank cannot tell them apart."""
    shown: dict[str, list[int]] = {}
    for rank, score in ranked.items():
        shown.setdefault(number(score), []).append(rank)
    tied = next(
        ((score, ranks) for score, ranks in shown.items() if len(ranks) > 1 and ranks[0] <= 3), None
    )
    return f"; {listed([str(rank) for rank in tied[1]])} tie at {tied[0]}" if tied else ""


def _in_words(ground: Floats, ranked: dict[int, float], cut: float | None, documents: int) -> str:
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
    if cut is not None:
        parts.append(f"By chance, 1 of {documents:,} documents reaches {number(cut)}.")
    return " ".join(parts)


def _table(ground: Floats, ranked: dict[int, float], cut: float | None) -> Table:
    rows = [(f"hit {rank}", number(score, 4)) for rank, score in ranked.items()]
    if cut is not None:
        rows.append(("reached by chance once", number(cut, 4)))
    if len(ground):
        for name, share in (("highest", 100), ("middle", 50), ("lowest", 0)):
            rows.append(
                (f"other documents, {name}", number(float(np.percentile(ground, share)), 4))
            )
    return Table(("score of", "cosine"), rows)
