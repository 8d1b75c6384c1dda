"""The fourth step: where the calibrator serves, and how to take it home."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import method_words, notice, number, percent, render
from search_ui.tabs.calibrate import code
from search_ui.tabs.calibrate.check import searched_words
from search_ui.tabs.calibrate.code import CodePart, TakeHome
from search_ui.tabs.calibrate.fit import own_scores
from search_ui.tabs.events import TABLES, Updates, cancel_button, heading, html_part
from search_ui.views.calibration import CalibrationView
from search_ui.visit.calibrating import Applied, change_words
from search_ui.visit.workspace import Workspace

IN_SEARCH = "Search shows its predictions beside every hit."
WAITING = "Your labels have no fit yet; until then this calibrator is used."
NONE_YET = (
    "There is no calibrator for your collection yet. Read labels of it and fit, or import a "
    "calibrator.json."
)
NOT_FITTED = (
    "Your labels have no fit yet. Press “Fit and test” under Check, or import a calibrator.json."
)
NO_RESULTS = ("", "")
NOT_IMPORTED = ("", gr.update(visible=False))
BLEND_AS_ZIP = "The blend as a zip, with its texts"


@dataclass(frozen=True)
class UseStep:
    """Where the calibrator serves."""

    state: gr.HTML
    file: gr.File
    cancel: gr.Button
    applied: gr.HTML
    json: gr.HTML
    imported: gr.File
    import_state: gr.HTML
    anyway: gr.Button
    code: CodePart
    make_zip: gr.Button
    zip: gr.HTML

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return [self.state, self.json, *self.code.drawn, self.make_zip]

    @property
    def results(self) -> list[Any]:
        """The scored CSV and the zip, which rest on a fit and its threshold.

        `NO_RESULTS` takes them away.
        """
        return [self.applied, self.zip]

    @property
    def importing(self) -> list[Any]:
        """What became of a calibrator.json; `NOT_IMPORTED` empties it."""
        return [self.import_state, self.anyway]


def lay_out(calibrator: sc.Calibrator, view: CalibrationView) -> UseStep:
    """Lay out the step, opened on the sample's calibrator, of the fit that is shown."""
    state = html_part(use_html(calibrator, IN_SEARCH, scores=view.scores), "use-state")
    code_part = code.lay_out(TakeHome.of_view(view, view.opening_threshold), "use-code")
    with code_part.column:
        make_zip = gr.Button(BLEND_AS_ZIP, elem_id="make-zip", scale=0, min_width=240)
        zip_state = html_part(elem_id="zip-state")
    with gr.Row(elem_classes="two"):
        with gr.Column(min_width=320):
            heading("On a CSV", "Columns as in your labels, without relevance.")
            file = gr.File(
                label="CSV to score", file_types=TABLES, elem_id="apply-file", height=140
            )
            html_part(render("calibrate_privacy.html"))
            applied = html_part(elem_id="applied")
            cancel = cancel_button("cancel-apply")
        with gr.Column(min_width=320):
            heading("As JSON", "Download it to use later or to share.")
            json = html_part(json_html(calibrator), "json")
            imported = gr.File(
                label="A calibrator.json to use here", file_types=[".json"], elem_id="import-file",
                height=140,
            )  # fmt: skip
            import_state = html_part(elem_id="import-state")
            anyway = gr.Button("Apply anyway", visible=False, elem_id="anyway", scale=0)
    return UseStep(
        state, file, cancel, applied, json, imported, import_state, anyway, code_part, make_zip,
        zip_state,
    )  # fmt: skip


def drawn(workspace: Workspace) -> Updates:
    """Return updates that show the calibrator in use."""
    calibrator, where = workspace.serving.calibrator, where_words(workspace)
    if calibrator is None:
        return notice(where), "", *code.drawn(None), gr.update(visible=False)
    caution = unchecked_words(workspace)
    return (
        use_html(calibrator, where, caution, workspace.scores_served),
        json_html(calibrator, caution),
        *code.drawn(TakeHome.in_use(workspace)),
        gr.update(visible=calibrator.needs_engine),
    )


def unchecked_words(workspace: Workspace) -> str:
    """Say that a blend serves a collection which changed more than was measured; else nothing."""
    return change_words(workspace) if workspace.serving.accepts_change else ""


def json_html(calibrator: sc.Calibrator, caution: str = "") -> Markup:
    """Return the calibrator as a download."""
    return render("calibrate_json.html", calibrator=calibrator, caution=caution)


def applied_html(applied: Applied) -> Markup:
    """Return the visitor's CSV as a download, and what its new columns hold."""
    threshold = applied.threshold
    shows = ""
    if threshold is not None:
        of = "for a query's best row from" if threshold.level == "query" else "from"
        shows = (
            f"{of} {number(threshold.value, 3)} (at least {percent(threshold.target)} relevant, "
            f"{percent(threshold.confidence)} confidence)"
        )
    return render("calibrate_applied.html", applied=applied, shows=shows)


def zip_html(content: bytes) -> Markup:
    """Return a zip as a link that holds it, and how to run it."""
    size = f"{len(content) / 1e6:.1f} MB" if len(content) > 1e5 else f"{len(content) / 1e3:.0f} kB"
    return render("calibrate_zip.html", content=b64encode(content).decode("ascii"), size=size)


def where_words(workspace: Workspace) -> str:
    """Say where the calibrator in use serves."""
    serving = workspace.serving
    if serving.calibrator is None:
        return NOT_FITTED if workspace.work.judged else NONE_YET
    if serving.calibrator.own_scale is not None:
        return (
            f"It reads texts and your file's score, {serving.calibrator.own_scale.words}. A "
            "question typed in Search has no such score, so Search shows no predictions; use it on "
            "a CSV or in your code."
        )
    if serving.reads_own_scores:
        return (
            f"It reads scores from elsewhere: {serving.calibrator.scale.words}. Search is "
            "unaffected; use it on a CSV or in your code."
        )
    parts = (
        WAITING if workspace.view is None else "",
        IN_SEARCH,
        "It came from a file." if serving.reason == "imported" else "",
        searched_words(workspace),
    )
    return " ".join(part for part in parts if part)


def use_html(
    calibrator: sc.Calibrator,
    where: str,
    caution: str = "",
    scores: Sequence[float] | None = None,
) -> Markup:
    """Say which calibrator is in use, and where it serves (plain text).

    With a `caution`, that its predictions are unchecked here, none of its thresholds holds. With
    the `scores` that it was fitted on, higher being better, bounds have as few digits as these
    need.
    """
    thresholds = [
        (each, own_scores(calibrator, each.value, scores), sc.steadiness_words(each))
        for each in calibrator.thresholds
        if not caution and each.value is not None
    ]
    return render(
        "calibrate_use.html",
        calibrator=calibrator,
        method=method_words(calibrator.method),
        where=where,
        thresholds=thresholds,
        caution=caution,
    )
