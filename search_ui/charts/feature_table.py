"""What each kind of feature is worth to a calibrator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from search_ui.charts.figure import Canvas, Drawing, Table, empty, figure
from search_ui.charts.svg import LinearScale, Numbers, rect, text
from search_ui.wording import number, percent, shortened

_KIND = "Feature worth"
_BAR = 8.0
_NAMES = 300.0  # room for the names where they stand beside the bars
_NUMBERS = 130.0  # room for the loss and its change

Step = tuple[str, float, str]  # what was added, the loss with it, the change that it made


def feature_worth(names: Sequence[str], losses: Numbers, title: str | None = None) -> str:
    """Draw the log-loss as features are added, one bar for each step; shorter is better.

    Parameters
    ----------
    names:
        What is added at each step; the first is what one starts from.
    losses:
        The log-loss on unseen queries with everything up to that step.
    title:
        What the chart shows; made from the numbers where it is not given.
    """
    steps: list[Step] = []
    for name, loss in zip(names, losses, strict=False):
        if math.isfinite(loss):
            steps.append((name, float(loss), _change(steps[-1][1], loss) if steps else ""))
    if not steps:
        return empty(
            title or "What each feature is worth",
            "Fit a calibrator on texts to see what each kind of feature adds.",
        )

    def draw(canvas: Canvas) -> Drawing:
        return _wide(canvas, steps) if canvas.is_wide else _narrow(canvas, steps)

    rows = [(name, number(loss, 4), change) for name, loss, change in steps]
    words = "; ".join(" ".join(row).strip() for row in rows)
    table = Table(("with", "log-loss", "change"), rows)
    return figure(_KIND, title or _finding(steps), f"Log-loss: {words}.", draw, table)


def _change(before: float, after: float) -> str:
    if before == 0.0:
        return ""
    share = after / before - 1.0
    if round(100 * share) == 0:
        return "±0%"
    return ("+" if share > 0 else "−") + percent(abs(share))


def _finding(steps: Sequence[Step]) -> str:
    first, last = steps[0][1], steps[-1][1]
    if len(steps) == 1:
        return f"Log-loss {number(first)} with {steps[0][0]}"
    if not last < first:
        return "By one other model throughout, the features do not lower the log-loss"
    gains = {name: before - loss for (_, before, _), (name, loss, _) in pairwise(steps)}
    best = max(gains, key=lambda name: gains[name]).removeprefix("+ ")
    return (
        f"By one other model throughout, log-loss falls from {number(first)} to {number(last)}; "
        f"most of it by {best}"
    )


def _wide(canvas: Canvas, steps: Sequence[Step]) -> Drawing:
    scale = _scale(steps, _NAMES, canvas.width - _NUMBERS)
    parts = [_headings(canvas, 14)]
    y = 40.0
    for name, loss, change in steps:
        parts.append(text(0, y, shortened(name, 38)))
        parts.append(_bar(scale, y - 9, loss))
        parts.append(_numbers(canvas, y, loss, change))
        y += 30
    return Drawing("".join(parts), y - 14)


def _narrow(canvas: Canvas, steps: Sequence[Step]) -> Drawing:
    scale = _scale(steps, 0, canvas.width - _NUMBERS)
    parts = [_headings(canvas, 14)]
    y = 40.0
    for name, loss, change in steps:
        parts.append(text(0, y, shortened(name, 44)))
        parts.append(_bar(scale, y + 11, loss))
        parts.append(_numbers(canvas, y + 20, loss, change))
        y += 50
    return Drawing("".join(parts), y - 12)


def _scale(steps: Sequence[Step], start: float, end: float) -> LinearScale:
    return LinearScale(0.0, max(loss for _, loss, _ in steps) or 1.0, start, end)


def _bar(scale: LinearScale, y: float, loss: float) -> str:
    track = rect(scale.start, y, scale.end - scale.start, _BAR, "track", _BAR / 2)
    return track + rect(scale.start, y, scale(loss) - scale.start, _BAR, "bar", _BAR / 2)


def _headings(canvas: Canvas, y: float) -> str:
    return text(canvas.width - 62, y, "log-loss", "end") + text(canvas.width, y, "change", "end")


def _numbers(canvas: Canvas, y: float, loss: float, change: str) -> str:
    value = text(canvas.width - 62, y, number(loss, 3), "end", "strong")
    return value + text(canvas.width, y, change, "end")
