"""The fourth step: where the calibrator serves, and how to take it home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import method_words, notice, render, shortened
from search_ui.tabs.calibrate.check import searched_words
from search_ui.tabs.calibrate.fit import own_scores
from search_ui.tabs.events import TABLES, Updates, cancel_button, heading, html_part
from search_ui.workspace import Workspace

IN_SEARCH = "Search shows its values beside every hit."
WAITING = "Your labels have no fit yet; until then this calibrator serves."
NONE_YET = (
    "There is no calibrator for your collection yet, so Search shows no calibrated values. Read "
    "labels of it and fit, or bring a calibrator.json."
)
NOT_FITTED = (
    "Your labels have no fit yet, so Search shows no calibrated values. Press “Fit and test” under "
    "“Check”, or bring a calibrator.json."
)
QUIET = ("", "", gr.update(visible=False))
_MEANWHILE = {
    "fitted": "keeps the calibrator from before",
    "imported": "keeps the calibrator from before",
    "sample": "keeps the sample's own calibrator",
    "none": "shows no calibrated values",
}


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
    code: gr.Code

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return [self.state, self.json, self.code]

    @property
    def notices(self) -> list[Any]:
        """The components that say what was done; `QUIET` empties them."""
        return [self.applied, self.import_state, self.anyway]


def lay_out(calibrator: sc.Calibrator) -> UseStep:
    """Lay out the step, opened on the sample's calibrator."""
    state = html_part(use_html(calibrator, IN_SEARCH), "use-state")
    with gr.Row(elem_classes="two"):
        with gr.Column(min_width=320):
            heading("On a CSV", "Pairs like the labels, without relevance; a column is added.")
            file = gr.File(
                label="A CSV to state values for", file_types=TABLES, elem_id="apply-file",
                height=140,
            )  # fmt: skip
            html_part(render("calibrate_privacy.html"))
            applied = html_part(elem_id="applied")
            cancel = cancel_button("cancel-apply")
        with gr.Column(min_width=320):
            heading("As JSON", "Keep it, give it away, bring it back.")
            json = html_part(render("calibrate_json.html", calibrator=calibrator), "json")
            imported = gr.File(
                label="A calibrator.json to use here", file_types=[".json"], elem_id="import-file",
                height=140,
            )  # fmt: skip
            import_state = html_part(elem_id="import-state")
            anyway = gr.Button("Apply anyway", visible=False, elem_id="anyway", scale=0)
    heading("In your code", "States the same values on your side.")
    code = gr.Code(
        sc.take_home_snippet(calibrator), language="python", label="calibrated.py",
        interactive=False, elem_id="snippet", buttons=["copy"], wrap_lines=True, max_lines=24,
    )  # fmt: skip
    return UseStep(state, file, cancel, applied, json, imported, import_state, anyway, code)


def drawn(workspace: Workspace) -> Updates:
    """Return updates that show the calibrator in use."""
    calibrator, where = workspace.serving.calibrator, where_words(workspace)
    if calibrator is None:
        return notice(where), "", gr.update(value="", visible=False)
    code = gr.update(value=sc.take_home_snippet(calibrator), visible=True)
    html = use_html(calibrator, where, promises=not workspace.serving.accepts_change)
    return html, render("calibrate_json.html", calibrator=calibrator), code


def where_words(workspace: Workspace) -> str:
    """Say where the calibrator in use serves."""
    serving = workspace.serving
    if serving.calibrator is None:
        return NOT_FITTED if workspace.work.judged else NONE_YET
    if serving.reads_own_scores:
        return (
            f"It reads '{shortened(serving.calibrator.scale.name, 40)}' scores that a file brings "
            "from elsewhere, and Search scores with this page's model, so Search "
            f"{_MEANWHILE[serving.reason]}. Apply this one to a CSV below, or take its code."
        )
    parts = (
        WAITING if workspace.view is None else "",
        IN_SEARCH,
        "It came from a file." if serving.reason == "imported" else "",
        serving.calibrator.collection_change(workspace.engine).sentence
        if serving.accepts_change
        else "",
        searched_words(workspace),
    )
    return " ".join(part for part in parts if part)


def use_html(calibrator: sc.Calibrator, where: str, *, promises: bool = True) -> Markup:
    """Say which calibrator is in use, and where it serves (plain text).

    `promises` says whether its thresholds hold: not on a collection that was not measured.
    """
    thresholds = [
        (each, own_scores(calibrator, each.value), sc.steadiness_words(each))
        for each in calibrator.thresholds
        if promises and each.value is not None
    ]
    return render(
        "calibrate_use.html",
        calibrator=calibrator,
        method=method_words(calibrator.method),
        where=where,
        thresholds=thresholds,
    )
