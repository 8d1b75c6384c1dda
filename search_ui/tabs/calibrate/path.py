"""The path of four steps: what stands on each of its stones."""

from __future__ import annotations

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.wording import count, shortened

STEPS = ("labels", "check", "fit", "use")
_NAMES = ("Labels", "Check", "Fit", "Use")
_USE = "live hits, CSV, JSON, code"


def step_labels(labels: sc.Labels, view: CalibrationView | None) -> tuple[str, str, str, str]:
    """Return the label of each step: its number and name, and beneath it what was done there.

    Parameters
    ----------
    labels:
        The labels in use.
    view:
        The fit on them; None where there is none yet.
    """
    fitted = "tested on queries it never saw"
    told = (
        labels_words(labels),
        check_words(labels),
        fitted if view is None else f"{method_words(view.method)}, {fitted}",
        _USE,
    )
    done = (True, True, view is not None, False)
    return tuple(  # type: ignore[return-value]
        f"{n} {name}{' ✓' if is_done else ''}\n{words}"
        for n, (name, words, is_done) in enumerate(zip(_NAMES, told, done, strict=True), start=1)
    )


def labels_words(labels: sc.Labels) -> str:
    """Say how many labels there are, and on which scale."""
    reading = labels.reading
    read = "yes or no" if reading.kind == "binary" else f"{reading.lowest:g}–{reading.highest:g}"
    judged = count(len(labels), "judgement")
    return f"{judged}, {count(len(set(labels.queries)), 'query', 'queries')}, read as {read}"


def check_words(labels: sc.Labels) -> str:
    """Say what was found to contradict itself or to repeat."""
    reading = labels.reading
    differing = count(len(reading.contradictions), "pair with two labels", "pairs with two labels")
    return f"{differing}, {count(reading.duplicates, 'repeated row')}"


def method_words(method: str) -> str:
    """Name a method."""
    return shortened(method.replace("_", " "), 40)
