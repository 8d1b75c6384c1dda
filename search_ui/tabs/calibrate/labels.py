"""The first step: where the labels come from."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import count, render
from search_ui.tabs.calibrate import label_meaning, prior, score_choice
from search_ui.tabs.calibrate.label_meaning import LabelMeaningCard
from search_ui.tabs.calibrate.prior import PriorForm
from search_ui.tabs.calibrate.score_choice import ScoreChoice
from search_ui.tabs.events import cancel_button, html_part, skip_button
from search_ui.visit.hit_labels import HitLabels, amount_words, enough_words, progress_words
from search_ui.visit.workspace import Workspace

_SOURCES = [
    ("The sample's labels", "sample"),
    ("Your labels from Search", "search"),
    ("A file with texts", "csv"),
    ("Scores alone", "scores"),
]
_CONTRADICTIONS = [
    ("Count each row", "count"),
    ("Leave the pair out", "leave_out"),
    ("Take the mean", "mean"),
]
_EXAMPLES = {
    "csv": "query,text,relevance\nhow to descale a kettle,Boil vinegar in it once.,1\n"
    "how to descale a kettle,Kettles were first made of iron.,0",
    "scores": "query,score,relevance\nkettle,0.71,1\nkettle,0.32,0",
}


@dataclass(frozen=True)
class LabelStep:
    """The form, the button and what it says; `skip` is seen where a file has faulty rows."""

    source: gr.Radio
    from_search: gr.HTML
    own: gr.Column
    example: gr.HTML
    file: gr.File
    meaning: LabelMeaningCard
    contradictions: gr.Dropdown
    scores: ScoreChoice
    read: gr.Button
    cancel: gr.Button
    state: gr.HTML
    skip: gr.Button
    prior: PriorForm


def lay_out() -> LabelStep:
    """Lay out the step."""
    html_part(render("calibrate_bring.html", enough=enough_words()))
    source = gr.Radio(
        _SOURCES, value="sample", label="Where the labels come from", elem_id="label-source"
    )
    from_search = gr.HTML(visible=False, apply_default_css=False, elem_id="labels-from-search")
    with gr.Column(visible=False) as own:
        with gr.Row(elem_classes="two"):
            with gr.Column(min_width=320):
                example = html_part(example_html("csv"), "label-example")
                html_part(render("calibrate_privacy.html"))
            file = gr.File(
                label="CSV, TSV or JSON; or qrels with the files of queries and documents",
                file_count="multiple", elem_id="label-file", height=140, min_width=320,
            )  # fmt: skip
        meaning = label_meaning.lay_out()
        with gr.Row():
            contradictions = gr.Dropdown(
                _CONTRADICTIONS, value="count", label="Where one pair has two labels",
                min_width=240,
            )  # fmt: skip
        scores = score_choice.lay_out()
    with gr.Row(elem_classes="actions", elem_id="label-reading"):
        read = gr.Button(
            "Read and check", variant="primary", elem_id="read-labels", scale=0, min_width=180
        )
        cancel = cancel_button("cancel-labels")
        with gr.Column(min_width=280):
            state = html_part(elem_id="label-state")
            skip = skip_button("skip-label-rows")
    return LabelStep(
        source, from_search, own, example, file, meaning, contradictions, scores, read,
        cancel, state, skip, prior.lay_out(),
    )  # fmt: skip


def example_html(kind: str) -> Markup:
    """Show what a file of this kind looks like."""
    return render("calibrate_example.html", example=_EXAMPLES[kind])


def source_of(workspace: Workspace) -> str:
    """Return where the visitor's own labels come from, or are to come from."""
    if workspace.shows_scores:
        return "scores"
    return "search" if len(workspace.work.hit_labels) else "csv"


def from_search_html(found: HitLabels) -> Markup:
    """Say how many labels were given in Search, and what they lack."""
    return render(
        "calibrate_from_search.html", amount=amount_words(found), progress=progress_words(found)
    )


def labels_words(labels: sc.Labels) -> str:
    """Say how many labels there are, and on which scale."""
    reading = labels.reading
    read = "yes or no" if reading.kind == "binary" else f"{reading.lowest:g}–{reading.highest:g}"
    amount = count(len(labels), "label")
    return f"{amount}, {count(len(set(labels.queries)), 'query', 'queries')}, read as {read}"
