"""The second step: what the labels are like, and how to fit them."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import count, render
from search_ui.tabs.events import cancel_button, html_part
from search_ui.visit.workspace import Workspace


@dataclass(frozen=True)
class CheckStep:
    """What was found, the choice of a method, and the button that fits."""

    findings: gr.HTML
    method: gr.Dropdown
    fit: gr.Button
    cancel: gr.Button
    state: gr.HTML


def lay_out(labels: sc.Labels) -> CheckStep:
    """Lay out the step, opened on the sample's labels."""
    findings = html_part(findings_html(labels), "findings")
    method = gr.Dropdown(
        _methods(), value="auto", label="Method",
        info="All but the blend look at the score alone and keep the order of hits.",
        elem_id="method",
    )  # fmt: skip
    state = html_part(elem_id="fit-state")
    with gr.Row(elem_classes="actions"):
        fit = gr.Button("Fit and test", variant="primary", elem_id="fit", scale=0, min_width=180)
        cancel = cancel_button("cancel-fit")
    return CheckStep(findings, method, fit, cancel, state)


def _methods() -> list[tuple[str, str]]:
    return [(sc.AUTO_LABEL, "auto"), *((each.label, each.name) for each in sc.CALIBRATORS.values())]


def findings_html(labels: sc.Labels, where: str = "", *, lacks_other_kind: bool = False) -> Markup:
    """Return the doctor's report, and what reading the labels changed in Search (plain text).

    `lacks_other_kind` says that all labels of searched texts say relevant: the way to others opens
    from here.
    """
    return render(
        "calibrate_findings.html",
        findings=sc.diagnose(labels),
        where=where,
        lacks_other_kind=lacks_other_kind,
    )


def check_words(labels: sc.Labels) -> str:
    """Say what was found to contradict itself or to repeat."""
    reading = labels.reading
    differing = count(len(reading.contradictions), "pair with two labels", "pairs with two labels")
    return f"{differing}, {count(reading.duplicates, 'repeated row')}"


def searched_words(workspace: Workspace) -> str:
    """Say which scores are fitted on, and what Search looks through where that was changed."""
    return " ".join(filter(None, (_scores_words(workspace), _collection_words(workspace))))


def _scores_words(workspace: Workspace) -> str:
    """Say which scores a fit is on, where the file has scores and texts."""
    judged = workspace.shown.judged
    if (
        judged is None
        or judged.labels.scores is None
        or not (judged.labels.texts or judged.labels.doc_ids)
    ):
        return ""
    if not judged.has_texts:
        return f"A fit is on your file's score, {judged.pairs.scale.words}; its texts are not used."
    if judged.pairs.own_scale is not None:
        return f"A fit is on the texts and on your file's score, {judged.pairs.own_scale.words}."
    return "A fit is on the texts; your file's score is not used."


def _collection_words(workspace: Workspace) -> str:
    if workspace.shows_example:
        return (
            "These are the sample's labels, as an example: your own collection has none yet. "
            "Bring some under “Labels”."
        )
    if workspace.is_on_sample or workspace.has_chosen_collection or workspace.shows_scores:
        return ""
    texts = count(len(workspace.engine.corpus), "text")
    return (
        f"Search now looks through the {texts} of your label file; press “Back to the sample” "
        "there."
    )
