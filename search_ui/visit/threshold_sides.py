"""What a threshold that a visitor drags does to the labels of the fit that is shown."""

from __future__ import annotations

from collections.abc import Callable

import search_core as sc
from search_ui.views.sides import EVEN, Sides, view_sides
from search_ui.visit.workspace import Workspace


def threshold_in_force(workspace: Workspace) -> sc.Threshold | None:
    """Return the threshold that Calibrate shows; None where there is no fit."""
    if workspace.view is None:
        return None
    fit = workspace.shown.fit
    return fit.threshold if fit else workspace.sample_threshold or workspace.view.opening_threshold


def sides_of(workspace: Workspace, value: float | None) -> Sides:
    """Return what a threshold does to the labels; None begins at the one in force.

    Raises
    ------
    CalibrationError
        There is no fit, or its values are re-stated for another share relevant.
    """
    view, in_force, fit = workspace.view, threshold_in_force(workspace), workspace.shown.fit
    if view is None or in_force is None:
        raise sc.CalibrationError("There is no fit of these labels yet; press “Fit and test”.")
    if fit is not None and fit.share is not None:
        raise sc.CalibrationError(
            "Predictions are adjusted to another share of relevant rows than your labels have; "
            "move the share back to try thresholds on your labels."
        )
    start = EVEN if in_force.value is None else in_force.value
    return view_sides(view, start if value is None else value, in_force, _text_of(workspace))


def _text_of(workspace: Workspace) -> Callable[[int], tuple[str, str]]:
    """Return what gives query and text of a row of the fit, as the file writes them."""
    labels, fit = workspace.labels, workspace.shown.fit
    if fit is None:  # the sample's own, whose texts are its documents
        corpus = workspace.sample.engine.corpus
        return lambda n: (
            labels.queries[n],
            corpus.texts[corpus.position_of_id[labels.doc_ids[n]]],
        )
    pairs, index_of = fit.result.pairs, {row: n for n, row in enumerate(labels.rows)}
    return lambda n: (
        labels.queries[index_of[pairs.rows[n]]],
        pairs.texts[n] if pairs.texts else "",
    )
