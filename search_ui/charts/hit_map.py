"""The map of hits: the question in the middle, hits at their exact distance, rings around."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from search_ui.charts.figure import (
    BOTH,
    LINE_HEIGHT,
    Canvas,
    Drawing,
    Table,
    circle,
    empty,
    figure,
    line,
    text,
    text_width,
)
from search_ui.rendering import number, percent, shortened

_RADIUS = 200.0  # of the outermost place, where there is room
_TOP = 30.0  # above it, with room for a ring's words
_NUMBER = 14.0  # from the middle of a point to that of its number
_ASIDE = 11.0  # from a ring to its words, which no line is to cross
_REACH = 1.4  # times the furthest hit: rings beyond it are in the table alone
_LISTED = 18  # hits that have room beside the map
_MOST_TEXT = 46  # characters of a hit's text there


@dataclass(frozen=True)
class MapPoint:
    """One hit: its cosine distance to the question, its angle in radians, whether it is filled."""

    rank: int
    text: str
    distance: float
    angle: float
    is_relevant: bool = False


@dataclass(frozen=True)
class MapRing:
    """All places at one distance, what that distance means, and whether a calibrator says so."""

    distance: float
    words: str
    is_predicted: bool = False


def hit_map(
    points: Sequence[MapPoint], rings: Sequence[MapRing], explained: float, title: str
) -> Markup:
    """Draw hits around their question.

    Parameters
    ----------
    points:
        The hits, best first.
    rings:
        From the middle out; those far beyond the hits are in the table alone.
    explained:
        The share of the differences between the hits that the angle shows.
    title:
        What the chart shows.

    Returns
    -------
    Markup
        A figure. Hits and rings without a finite place are left out.
    """
    points = [each for each in points if math.isfinite(each.distance + each.angle)]
    rings = [each for each in rings if math.isfinite(each.distance)]
    if not points:
        return empty(title, "There are no hits to show yet.")
    return figure(
        "Map of hits",
        title,
        _words(points, rings, explained),
        [_drawing(canvas, points, rings) for canvas in BOTH],
        _table(points, rings),
    )


@dataclass(frozen=True)
class _Disc:
    """Where the map lies: its middle, and how many pixels one of distance are."""

    x: float
    y: float
    per_distance: float

    def place(self, point: MapPoint, further: float = 0.0) -> tuple[float, float]:
        """Return the place of a hit, or one that is further out by some pixels."""
        radius = point.distance * self.per_distance + further
        return self.x + radius * math.sin(point.angle), self.y - radius * math.cos(point.angle)


def _drawing(canvas: Canvas, points: Sequence[MapPoint], rings: Sequence[MapRing]) -> Drawing:
    furthest = max(each.distance for each in points)
    drawn = [ring for ring in rings if ring.distance <= _REACH * furthest]
    furthest = max([furthest, *(ring.distance for ring in drawn)])
    radius = _RADIUS if canvas.is_wide else canvas.width / 2 - 24
    middle = _RADIUS + 30 if canvas.is_wide else canvas.width / 2
    disc = _Disc(middle, _TOP + radius, radius / max(furthest, 1e-9))
    parts = [
        *_rings(disc, drawn),
        line(disc.x - 6, disc.y, disc.x + 6, disc.y, "mark"),
        line(disc.x, disc.y - 6, disc.x, disc.y + 6, "mark"),
        *(_point(disc, each) for each in reversed(points)),  # the best on top
        *_numbers(disc, points),
        *(_list(canvas, points, 2 * disc.x + 24) if canvas.is_wide else ()),
    ]
    return Drawing(canvas, "".join(parts), disc.y + radius + 30)


def _rings(disc: _Disc, rings: Sequence[MapRing]) -> list[str]:
    """Draw rings; what is predicted is named beneath the middle, all else above it."""
    parts, last = [], {True: 0.0, False: 0.0}
    for ring in rings:
        radius = ring.distance * disc.per_distance
        parts.append(circle(disc.x, disc.y, radius, "mark" if ring.is_predicted else "guide"))
        # Words of rings that lie close stand beneath each other.
        last[ring.is_predicted] = off = max(radius, last[ring.is_predicted] + LINE_HEIGHT)
        way = 1 if ring.is_predicted else -1
        parts.append(text(disc.x, disc.y + way * (off + _ASIDE) + 5, ring.words, "middle", "halo"))
    return parts


def _point(disc: _Disc, point: MapPoint) -> str:
    style = "hit" if point.is_relevant else "miss"
    words = f"{point.rank}. {shortened(point.text, 160)} (distance {number(point.distance)})"
    return circle(*disc.place(point), 6.5, style, words)


def _numbers(disc: _Disc, points: Sequence[MapPoint]) -> list[str]:
    """Write the rank further out than each point, or further in; none where neither is free."""
    taken = [disc.place(point) for point in points]
    parts = []
    for point in points:
        for further in (_NUMBER, -_NUMBER):
            x, y = disc.place(point, further)
            if all(math.dist((x, y), place) > _NUMBER - 1 for place in taken):
                taken.append((x, y))
                style = "rank halo" if point.is_relevant else "halo"
                parts.append(text(x, y + 5, str(point.rank), "middle", style))
                break
    return parts


def _list(canvas: Canvas, points: Sequence[MapPoint], x: float) -> list[str]:
    """Write beside the map which text each number is."""
    listed, room = points[:_LISTED], canvas.width - x - 26
    most = min(_MOST_TEXT, int(room / text_width("x")))
    top = _TOP + _RADIUS - LINE_HEIGHT * 1.15 * (len(listed) - 1) / 2
    return [
        text(x + 18, top + LINE_HEIGHT * 1.15 * n, str(point.rank), "end", "strong")
        + text(x + 26, top + LINE_HEIGHT * 1.15 * n, shortened(point.text, most))
        for n, point in enumerate(listed)
    ]


def _words(points: Sequence[MapPoint], rings: Sequence[MapRing], explained: float) -> str:
    hits = "; ".join(
        f"{point.rank}: distance {number(point.distance)}, {_direction(point)}" for point in points
    )
    around = " ".join(f"At {number(ring.distance)}: {ring.words}." for ring in rings)
    return (
        "The question is in the middle; the distance of a hit from it is 1 minus their cosine. "
        f"Hits by rank: {hits}. Direction tells {percent(explained)} of how they differ. {around}"
    )


def _direction(point: MapPoint) -> str:
    return f"{number(math.degrees(point.angle), 0)}°"


def _table(points: Sequence[MapPoint], rings: Sequence[MapRing]) -> Table:
    rows = [
        (
            f"{point.rank}. {shortened(point.text, 80)}",
            number(point.distance, 4),
            number(1.0 - point.distance, 4),
            _direction(point),
        )
        for point in points
    ]
    rows += [
        (f"ring: {ring.words}", number(ring.distance, 4), number(1.0 - ring.distance, 4), "")
        for ring in rings
    ]
    return Table(("hit", "distance", "cosine", "direction"), rows)
