"""How cost grows with the collection, and with the labels.

    python -m benchmarks.growth [--documents N ...] [--labels N ...] [--plots FOLDER]

Documents are generated unit vectors in clusters; beside Flat stands the index that is recommended
for many, with exact re-scoring. Labels are whole queries of the sample, drawn again and again, with
a little noise on their features. Everything is CPU time, of all threads. The exponent of a curve is
its slope on logarithmic axes: 1 is in proportion, below 1 is better. `--plots` draws the curves
into SVG files.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

import search_core as sc
from benchmarks.drawn_labels import drawn, sample_pairs
from benchmarks.indexes import DIM, Beside, Trial
from benchmarks.interleaved import machine
from search_core.index.spec import IndexSpec
from search_ui.charts.figure import (
    MARKS,
    WIDE,
    Drawing,
    LinearScale,
    circle,
    line,
    paragraph,
    path,
    text,
    x_axis,
    y_axis,
)

DOCUMENTS = (1_000, 10_000, 100_000, 1_000_000)
LABELS = (100, 1_000, 10_000, 100_000)
QUERIES = 200
LEFT, TOP, HIGH = 76.0, 52.0, 250.0
STYLES = ("curve", "second")
LIGHT = {
    "--ss-ink": "#0f172a",
    "--ss-soft": "#526077",
    "--ss-line": "#e2e8f0",
    "--ss-accent": "#4338ca",
    "--ss-grey": "#cbd5e1",
    "--ss-card": "#ffffff",
}
"""The page's colours on a light screen."""


@dataclass(frozen=True)
class Curve:
    """What something costs at each size; `sizes` and `values` are above 0."""

    name: str
    sizes: Sequence[int]
    values: Sequence[float]

    @property
    def exponent(self) -> float:
        """The slope on logarithmic axes."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.values), 1)[0])


def recommended(n: int) -> IndexSpec:
    """Return the index for n vectors: about √n lists, of which 48 are looked into."""
    lists = 2 ** round(np.log2(n) / 2)
    return IndexSpec(f"IVF{lists},RaBitQfs", nprobe=min(48, lists), shortlist=600)


def document_trials(sizes: Sequence[int]) -> tuple[list[Trial], list[Trial]]:
    """Return the trials of Flat and of the recommended index, one a size; print what they give."""
    faiss.omp_set_num_threads(1)
    print(
        f"Generated vectors of {DIM} numbers, {QUERIES} queries. {machine()}\n\n"
        "| documents | index | recall@10 | CPU/Flat | bytes a vector |\n|---:|---|---:|---:|---:|"
    )
    flat: list[Trial] = []
    other: list[Trial] = []
    for n in sizes:
        beside = Beside(n, QUERIES)
        flat += beside.trials([IndexSpec()])
        other += beside.trials([recommended(n)])
        trial = other[-1]
        print(
            f"| {n:,} | {trial.spec.name} | {trial.recall.mean():.3f} ± {trial.error:.3f} "
            f"| {trial.cost:.3f} | {trial.bytes / n:.0f} |",
            flush=True,
        )
    return flat, other


def document_curves(
    sizes: Sequence[int], flat: Sequence[Trial], other: Sequence[Trial]
) -> dict[str, tuple[Curve, Curve]]:
    """Return the curves of each plot, by its name."""

    def both(value: Callable[[Trial], float]) -> tuple[Curve, Curve]:
        return (
            Curve("re-scored index", sizes, [value(trial) for trial in other]),
            Curve("Flat", sizes, [value(trial) for trial in flat]),
        )

    return {
        "query": both(lambda trial: float(np.median(trial.seconds))),
        "build": both(lambda trial: trial.build_seconds),
        "size": both(lambda trial: trial.bytes / 1e6),
    }


def label_curves(sizes: Sequence[int]) -> tuple[Curve, Curve]:
    """Time the fit with its report, and the values of as many rows as it was fitted on."""
    judged = sample_pairs()
    sc.fit_calibrator(drawn(judged, sizes[0], seed=1))  # what is imported late counts for no size
    fits, applies = [], []
    for n in sizes:
        pairs = drawn(judged, n, seed=0)
        start = time.process_time()
        calibrator = sc.fit_calibrator(pairs).calibrator
        middle = time.process_time()
        calibrator.predict(pairs)
        fits.append(middle - start)
        applies.append(time.process_time() - middle)
    return Curve("fit with report", sizes, fits), Curve("apply to as many rows", sizes, applies)


def growth_plot(title: str, unit: str, across: str, curves: Sequence[Curve]) -> str:
    """Draw curves on logarithmic axes, as an SVG file; the first is the one that matters."""
    values = [value for curve in curves for value in curve.values]
    sizes = [size for curve in curves for size in curve.sizes]

    exponents = ", ".join(f"{curve.name} {curve.exponent:.2f}" for curve in curves)

    x = LinearScale(*_decades(sizes), LEFT, WIDE.width - 40)
    y = LinearScale(*_decades(values), TOP + HIGH, TOP)
    parts = [
        text(0, 16, unit),
        text(x.end, 16, f"exponents: {exponents}", "end"),
        *(line(x.start, y(power), x.end, y(power)) for power in y.ticks(round(y.high - y.low))),
        y_axis(y, x.start, _power, round(y.high - y.low)),
        x_axis(x, TOP + HIGH, across, _power, round(x.high - x.low)),
        text(0, TOP + HIGH + 64, machine()),
        *(_drawn(curve, style, x, y) for curve, style in zip(curves, STYLES, strict=True)),
    ]
    return standalone(title, Drawing(WIDE, "".join(parts), TOP + HIGH + 70))


def standalone(title: str, drawing: Drawing) -> str:
    """Return a drawing as an SVG file of its own: title, light colours, a card behind it."""
    style = "".join(f"{mark}{{{rule}}}" for mark, rule in MARKS.items())
    style += "svg{font-family:'IBM Plex Sans',system-ui,sans-serif}"
    for name, colour in LIGHT.items():
        style = style.replace(f"var({name})", colour)
    width, height = drawing.canvas.width + 32, drawing.height + 67
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" '
        f'width="{width}" height="{height:.0f}"><title>{title}</title>'
        f'<style>{style}</style><rect width="100%" height="100%" fill="{LIGHT["--ss-card"]}"/>'
        f"{paragraph(16, 28, title, width, 'strong')}"
        f'<g transform="translate(16 43)">{drawing.body}</g></svg>'
    )


def _drawn(curve: Curve, style: str, x: LinearScale, y: LinearScale) -> str:
    points = [
        (x(np.log10(size)), y(np.log10(value)))
        for size, value in zip(curve.sizes, curve.values, strict=True)
    ]
    end_x, end_y = points[-1]
    first = style == STYLES[0]
    dots = "".join(circle(*point, 4.5, "hit" if first else "miss") for point in points)
    words = text(end_x - 10, end_y - 14, curve.name, "end", "rank halo" if first else "strong halo")
    return path(points, style) + dots + words


def _decades(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))
    return float(low), float(max(high, low + 1))


def _power(exponent: float) -> str:
    return f"{10.0**exponent:,.{max(0, -round(exponent))}f}"


PLOTS = {
    "query": ("CPU of a query, with exact re-scoring", "CPU seconds", "documents"),
    "build": ("CPU to train and fill the index", "CPU seconds", "documents"),
    "size": ("Size of the index", "megabytes", "documents"),
    "labels": ("CPU to fit a calibrator with its report, and to apply it", "CPU seconds", "labels"),
}


def main() -> None:
    """Print the tables, and draw the curves where asked."""
    parser = argparse.ArgumentParser(description="How cost grows with documents and labels.")
    parser.add_argument("--documents", type=int, nargs="*", default=DOCUMENTS)
    parser.add_argument("--labels", type=int, nargs="*", default=LABELS)
    parser.add_argument("--plots", type=Path, help="folder for the drawings")
    given = parser.parse_args()
    curves: dict[str, tuple[Curve, Curve]] = {}
    if given.documents:
        curves |= document_curves(given.documents, *document_trials(given.documents))
    if given.labels:
        curves["labels"] = label_curves(given.labels)
    print("\n| curve | from | to | exponent |\n|---|---:|---:|---:|")
    for plot, pair in curves.items():
        title, unit, across = PLOTS[plot]
        for curve in pair:
            print(
                f"| {title}: {curve.name} | {curve.sizes[0]:,} | {curve.sizes[-1]:,} {across} "
                f"| {curve.exponent:.2f} |"
            )
        if given.plots:
            drawing = growth_plot(title, unit, across, pair)
            (given.plots / f"growth-{plot}.svg").write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
