"""The fourth step: where the calibrator serves, and how to take it home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

import search_core as sc
from search_ui.tabs.calibrate.check import searched_words
from search_ui.tabs.calibrate.download import download_link
from search_ui.tabs.calibrate.parts import PRIVACY, TABLES, cancel_button, html
from search_ui.tabs.calibrate.threshold import own_scores
from search_ui.tabs.work import Updates
from search_ui.wording import count, escaped, method_words, number, percent, shortened
from search_ui.workspace import Serving, Workspace

IN_SEARCH = "Search shows its values beside every hit."
NONE_YET = (
    "There is no calibrator for your collection yet, so Search shows no calibrated values. Read "
    "labels of it and fit, or bring a calibrator.json."
)
_KINDS = {"probability": "a probability", "expected_relevance": "an expected relevance, 0 to 1"}
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


def lay_out(calibrator: sc.Calibrator) -> UseStep:
    """Lay out the step, opened on the sample's calibrator."""
    state = html(use_html(calibrator, IN_SEARCH), "use-state")
    with gr.Row(elem_classes="two"):
        with gr.Column(min_width=320):
            html(
                _heading("On a CSV", "Pairs like the labels, without relevance; a column is added.")
            )
            file = gr.File(
                label="A CSV to state values for", file_types=TABLES, elem_id="apply-file",
                height=140,
            )  # fmt: skip
            html(PRIVACY)
            applied = html(elem_id="applied")
            cancel = cancel_button("cancel-apply")
        with gr.Column(min_width=320):
            html(_heading("As JSON", "Keep it, give it away, bring it back."))
            json = html(json_html(calibrator), "json")
            imported = gr.File(
                label="A calibrator.json to use here", file_types=[".json"], elem_id="import-file",
                height=140,
            )  # fmt: skip
            import_state = html(elem_id="import-state")
            anyway = gr.Button("Apply anyway", visible=False, elem_id="anyway", scale=0)
    html(_heading("In your code", "States the same values on your side."))
    code = gr.Code(
        sc.take_home_snippet(calibrator), language="python", label="calibrated.py",
        interactive=False, elem_id="snippet", buttons=["copy"], wrap_lines=True, max_lines=24,
    )  # fmt: skip
    return UseStep(state, file, cancel, applied, json, imported, import_state, anyway, code)


def _heading(name: str, words: str) -> str:
    return f'<div class="ss"><h2>{name}</h2><p class="soft">{words}</p></div>'


def drawn(workspace: Workspace) -> Updates:
    """Return updates that show the calibrator in use."""
    calibrator, where = workspace.serving.calibrator, where_words(workspace)
    if calibrator is None:
        nothing = f'<div class="ss"><p class="find">{escaped(where)}</p></div>'
        return nothing, "", gr.update(value="", visible=False)
    code = gr.update(value=sc.take_home_snippet(calibrator), visible=True)
    return use_html(calibrator, where), json_html(calibrator), code


def where_words(workspace: Workspace) -> str:
    """Say where the calibrator in use serves."""
    serving = workspace.serving
    if serving.calibrator is None:
        return NONE_YET
    if serving.reads_own_scores:
        return (
            f"It reads '{shortened(serving.calibrator.scale.name, 40)}' scores that a file brings "
            "from elsewhere, and Search scores with this page's model, so Search "
            f"{_MEANWHILE[serving.reason]}. Apply this one to a CSV below, or take its code."
        )
    return " ".join(
        words for words in (IN_SEARCH, _origin_words(serving), searched_words(workspace)) if words
    )


def _origin_words(serving: Serving) -> str:
    return "It came from a file." if serving.reason == "imported" else ""


def use_html(calibrator: sc.Calibrator, where: str) -> str:
    """Say which calibrator is in use, and where it serves (plain text)."""
    fitted = calibrator.fitted_on
    return (
        f'<div class="ss"><p class="find"><b>In use: {escaped(method_words(calibrator.method))}'
        f"</b>, fitted on {count(fitted.rows, 'judgement')} of "
        f"{count(fitted.queries, 'query', 'queries')}; it states {_KINDS[calibrator.kind]}. "
        f"{escaped(where)}</p>{_thresholds(calibrator)}{_base_rate(calibrator)}</div>"
    )


def _thresholds(calibrator: sc.Calibrator) -> str:
    items = "".join(
        f"<li>{_threshold(calibrator, each, each.value)}</li>"
        for each in calibrator.thresholds
        if each.value is not None
    )
    return f'<ul class="cuts">{items}</ul>' if items else ""


def _threshold(calibrator: sc.Calibrator, threshold: sc.Threshold, value: float) -> str:
    caution = "" if threshold.is_steady else f" {escaped(sc.steadiness_words(threshold))}"
    return (
        f"Show {'a best hit' if threshold.level == 'query' else 'a hit'} at {number(value, 3)} "
        f"and above{_as_score(calibrator, value)}: at least {percent(threshold.target)} are "
        f"relevant, at {percent(threshold.confidence)} confidence.{caution}"
    )


def _as_score(calibrator: sc.Calibrator, value: float) -> str:
    words = own_scores(calibrator, value)
    return f" ({escaped(words)})" if words else ""


def _base_rate(calibrator: sc.Calibrator) -> str:
    if calibrator.base_rate is None:
        return ""
    return (
        f'<p class="soft">Its values are re-stated for {percent(calibrator.base_rate, 1)} '
        "relevant; its thresholds are withdrawn.</p>"
    )


def json_html(calibrator: sc.Calibrator) -> str:
    """Return the link to the calibrator as JSON."""
    link = download_link("calibrator.json", calibrator.to_json(), "Download calibrator.json")
    bound = "its encoder and scale" if calibrator.scale.source else "its kind of score"
    changed = ""
    if calibrator.needs_engine:
        changed = " Where the collection has changed since the fit, its answers say how much."
    return (
        f'<div class="ss"><p>{link}</p><p class="soft">Bound to {bound}, with a checksum; refused '
        f"elsewhere.{changed}</p></div>"
    )


def applied_html(content: str) -> str:
    """Return the link to the visitor's CSV with its new column."""
    link = download_link("calibrated.csv", content, "Download calibrated.csv")
    return (
        '<div class="ss notice done" role="status">The values stand in the last column; all others '
        f"are as you gave them. {link}</div>"
    )
