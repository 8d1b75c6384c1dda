"""The reliability diagram of a report: as SVG for a notebook, or drawn by matplotlib.

Predicted values run to the right, what people said runs up. On the diagonal both agree; within the
band a perfect calibrator of this size would stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from search_core.errors import InputError

X_LABEL, Y_LABEL = "predicted relevance", "labelled relevant"
_SIZE, _MARGIN, _BARS = 240.0, 44.0, 36.0  # pixels: the square, around it, the bars below it
_WIDTH, _HEIGHT = _SIZE + 1.5 * _MARGIN, _SIZE + 2 * _MARGIN + _BARS


@dataclass(frozen=True)
class Curve:
    """What the reliability diagram shows.

    Attributes
    ----------
    stated, judged:
        The isotonic curve, ascending; the two ends of each of its levels.
    band_stated, band_lower, band_upper:
        The band that a perfect calibrator would stay in, at evenly spaced stated values.
    histogram:
        How many rows state a value in each twentieth of [0, 1].

    Examples
    --------
    >>> pairs = sc.pairs_from_arrays(
    ...     [0.1, 0.5, 0.4, 0.8] * 20, [0, 1] * 40, np.repeat(np.arange(20), 4), scale="cosine"
    ... )
    >>> curve = sc.fit_calibrator(pairs, "platt").report.curve
    >>> len(curve.stated) == len(curve.judged), sum(curve.histogram)
    (True, 80)
    """

    stated: tuple[float, ...]
    judged: tuple[float, ...]
    band_stated: tuple[float, ...]
    band_lower: tuple[float, ...]
    band_upper: tuple[float, ...]
    histogram: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Curve: {len(self.stated)} predictions, with a band>"


def svg(curve: Curve) -> str:
    """Return the diagram as SVG, in the colour of the text around it."""
    band = [
        *zip(curve.band_stated, curve.band_upper, strict=True),
        *reversed([*zip(curve.band_stated, curve.band_lower, strict=True)]),
    ]
    parts = [
        f'<polygon points="{_points(band)}" fill="currentColor" fill-opacity="0.15"/>',
        f'<polyline points="{_points([(0, 0), (1, 1)])}" fill="none" stroke="currentColor" '
        'stroke-dasharray="3 3" stroke-opacity="0.6"/>',
        f'<polyline points="{_points(zip(curve.stated, curve.judged, strict=True))}" fill="none" '
        'stroke="#1f77b4" stroke-width="2"/>',
        *_bars(curve.histogram),
        *_axes(),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH:g}" height="{_HEIGHT:g}" '
        f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" font-size="11" font-family="sans-serif" role="img" '
        f'aria-label="Reliability diagram: {Y_LABEL} over {X_LABEL}">{"".join(parts)}</svg>'
    )


def draw(curve: Curve, ax: Any = None) -> Any:
    """Draw the diagram on matplotlib's axes, new ones if none are given, and return them.

    Raises
    ------
    InputError
        matplotlib is not installed, or what was given are no axes.
    """
    if ax is None:
        ax = _new_axes()
    if not hasattr(ax, "fill_between"):
        raise InputError(
            f"A {type(ax).__name__} was given where axes of matplotlib were expected; give those "
            "of plt.subplots(), or none."
        )
    ax.fill_between(
        curve.band_stated, curve.band_lower, curve.band_upper, alpha=0.2, color="gray",
        label="perfect calibration, 90%",
    )  # fmt: skip
    ax.plot([0, 1], [0, 1], linestyle="--", linewidth=1, color="gray")
    ax.plot(curve.stated, curve.judged, label="this calibrator")
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel=X_LABEL, ylabel=Y_LABEL, aspect="equal")
    ax.legend()
    return ax


def _new_axes() -> Any:
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError:
        raise InputError(
            "plot() draws with matplotlib, which is not installed; pip install matplotlib, or "
            "show the report in a notebook, which draws it without."
        ) from None
    return pyplot.subplots()[1]


def _point(x: float, y: float) -> tuple[float, float]:
    return _MARGIN + x * _SIZE, _MARGIN / 2 + (1 - y) * _SIZE


def _points(pairs: Iterable[tuple[float, float]]) -> str:
    return " ".join("{:.1f},{:.1f}".format(*_point(x, y)) for x, y in pairs)


def _bars(histogram: Sequence[int]) -> list[str]:
    """Return how many rows state each value, below the square."""
    most, width = max(histogram, default=0) or 1, _SIZE / max(len(histogram), 1)
    bottom = _HEIGHT - _MARGIN / 4
    return [
        f'<rect x="{_MARGIN + n * width:.1f}" y="{bottom - _BARS * count / most:.1f}" '
        f'width="{width - 1:.1f}" height="{_BARS * count / most:.1f}" fill="#1f77b4" '
        f'fill-opacity="0.5"><title>{count:,} rows</title></rect>'
        for n, count in enumerate(histogram)
    ]


def _axes() -> list[str]:
    left, bottom = _point(0, 0)
    ticks = [
        f'<text x="{_point(at, 0)[0]:.1f}" y="{bottom + 14:.1f}" text-anchor="middle">{at:g}</text>'
        f'<text x="{left - 6:.1f}" y="{_point(0, at)[1] + 4:.1f}" text-anchor="end">{at:g}</text>'
        for at in (0, 0.5, 1)
    ]
    middle = _MARGIN / 2 + _SIZE / 2
    return [
        f'<rect x="{left:g}" y="{_MARGIN / 2:g}" width="{_SIZE:g}" height="{_SIZE:g}" '
        'fill="none" stroke="currentColor" stroke-opacity="0.4"/>',
        *ticks,
        f'<text x="{left + _SIZE / 2:g}" y="{bottom + 29:g}" text-anchor="middle">{X_LABEL}</text>',
        f'<text transform="rotate(-90 12 {middle:g})" x="12" y="{middle:g}" '
        f'text-anchor="middle">{Y_LABEL}</text>',
    ]
