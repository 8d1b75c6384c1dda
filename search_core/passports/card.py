"""The card of a passport, as SVG: where cosines lie, and what they meant in labelled collections.

Its colours follow whoever looks at it, light or dark, also where it is an image of its own.
"""

from __future__ import annotations

from html import escape

import numpy as np

from search_core.passports.measured import KINDS, CosineBand, Measured

WIDTH, LEFT, RIGHT = 720, 266, 690
ROW, TOP = 34, 74
CURVES, GAP = 150, 86  # height of the second chart, and what lies above it
STEP = 0.01  # of the cosine, along a curve
TICK = 0.25
LEAST = 0.3  # of a cosine axis: how far it reaches at least
ROOM = 0.03
STYLE = (
    ".ssp{font:13px system-ui,sans-serif;--ink:#0f172a;--soft:#526077;--line:#cbd5e1;"
    "--mark:#4338ca;--paper:#fff}@media (prefers-color-scheme:dark){.ssp{--ink:#e5e9f0;"
    "--soft:#a3afc2;--line:#3a4659;--mark:#a5b4fc;--paper:#111827}}.ssp text{fill:var(--ink)}"
    ".ssp .t{font-weight:700;font-size:17px}.ssp .s{fill:var(--soft)}.ssp .n{font-weight:600}"
    ".ssp line{stroke:var(--line)}.ssp rect.b{fill:var(--mark);fill-opacity:.3}"
    ".ssp rect.p{fill:var(--paper)}.ssp circle{fill:var(--mark)}"
    ".ssp path{fill:none;stroke:var(--mark);stroke-width:1.5;stroke-opacity:.75}"
    ".ssp line.g{stroke:var(--soft);stroke-dasharray:3 4}"
)


def svg(passport: Measured) -> str:
    """Return the card."""
    axis = _Axis(passport)
    bottom = TOP + ROW * len(passport.bands)
    parts = [
        _text(20, 30, f"Score passport: {passport.model}", "t"),
        _text(20, 50, "cosine of two texts: median, and where most lie", "s"),
        *axis.grid(TOP - 8, bottom),
    ]
    for number, band in enumerate(passport.bands):
        parts += _row(band, axis, TOP + ROW * number + ROW / 2)
    height = bottom + 30.0
    if passport.curves:
        parts += _curves(passport, axis, bottom + GAP)
        height = bottom + GAP + CURVES + 46
    words = "; ".join(band.words for band in passport.bands)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ssp" viewBox="0 0 {WIDTH} {height:g}" '
        f'width="{WIDTH}" height="{height:g}" style="max-width:100%;height:auto" role="img">'
        f"<title>{escape(f'Score passport of {passport.model}. Cosines of {words}.')}</title>"
        f'<style>{STYLE}</style><rect class="p" width="100%" height="100%" rx="10"/>'
        f"{''.join(parts)}</svg>"
    )


class _Axis:
    """The cosines that are shown, and where on the card each lies."""

    def __init__(self, passport: Measured) -> None:
        ends = [each for band in passport.bands for each in (band.low, band.high)]
        ends += [each for curve in passport.curves for each in (curve.lowest, curve.highest)]
        low, high = min(ends) - ROOM, min(max(ends) + ROOM, 1.0)
        self.low, self.high = max(min(low, high - LEAST), -1.0), high

    def x(self, cosine: float) -> float:
        return LEFT + (RIGHT - LEFT) * (cosine - self.low) / (self.high - self.low)

    def grid(self, top: float, bottom: float) -> list[str]:
        step = TICK if self.high - self.low > 3 * TICK else TICK / 2.5
        ticks = np.arange(np.ceil(self.low / step), np.floor(self.high / step) + 1) * step
        return [
            f'<line x1="{self.x(at):.1f}" x2="{self.x(at):.1f}" y1="{top:g}" y2="{bottom:g}"/>'
            + _text(self.x(at), bottom + 16, f"{at + 0.0:g}", "s", "middle")
            for at in np.round(ticks, 2).tolist()
        ]


def _row(band: CosineBand, axis: _Axis, y: float) -> list[str]:
    low, high = axis.x(band.low), axis.x(band.high)
    return [
        _text(20, y + 5, KINDS[band.kind]),
        f'<rect class="b" x="{low:.1f}" y="{y - 8:g}" width="{max(high - low, 2):.1f}" '
        f'height="16" rx="4"><title>{escape(band.words)}</title></rect>',
        f'<circle cx="{axis.x(band.middle):.1f}" cy="{y:g}" r="5"/>',
        _text(LEFT - 12, y + 5, f"{band.middle:.2f}", "n", "end"),
    ]


def _curves(passport: Measured, axis: _Axis, top: float) -> list[str]:
    def y(share: float) -> float:
        return top + CURVES * (1.0 - share)

    parts = [
        _text(20, top - 36, "chance that a hit is relevant", "n"),
        _text(20, top - 18, "one line for each labelled collection", "s"),
        *axis.grid(top, top + CURVES),
        *(_text(LEFT - 12, y(share) + 5, f"{share:.0%}", "s", "end") for share in (0, 0.5, 0.8, 1)),
        f'<line class="g" x1="{LEFT}" x2="{RIGHT}" y1="{y(0.8):g}" y2="{y(0.8):g}"/>',
    ]
    for curve in passport.curves:
        found = [
            (cosine, curve.at(cosine))
            for cosine in np.arange(curve.lowest, curve.highest, STEP).tolist()
        ]
        points = " ".join(f"{axis.x(at):.1f},{y(p):.1f}" for at, p in found if p is not None)
        name = escape(curve.collection)
        parts.append(f'<path d="M{points}"><title>{name}</title></path>')
    parts.append(_text(20, top + CURVES + 36, passport.threshold_words, "s"))
    return parts


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
    )
