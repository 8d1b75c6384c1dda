"""Whose scores to fit on, where a file brings its own: which scale they are on, and which way."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

import search_core as sc
from search_ui.rendering import render
from search_ui.tabs.events import Updates, html_part

OTHER = "other"
_WHOSE = [
    ("Your file's score", "yours"),
    ("The texts, by this page's model", "ours"),
    ("Both together", "both"),
]
_BETTER = [("Higher ones", "higher"), ("Lower ones", "lower")]
_GENERIC = ("higher_is_better", "lower_is_better")  # what "another score" becomes
_ALSO_CALLED = {"fused": "RRF, hybrid: "}
_SCALES = [
    *(
        (f"{_ALSO_CALLED.get(name, '')}{each.words}", name)
        for name, each in sc.BROUGHT_SCALES.items()
        if name not in _GENERIC
    ),
    ("another score", OTHER),
]


@dataclass(frozen=True)
class ScoreChoice:
    """The card; hidden while the file has no scores."""

    card: gr.Column
    words: gr.HTML
    whose: gr.Radio
    scale: gr.Dropdown
    better: gr.Radio

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return list(vars(self).values())

    @property
    def chosen(self) -> list[Any]:
        """The inputs of what was chosen."""
        return [self.whose, self.scale, self.better]


def lay_out() -> ScoreChoice:
    """Lay out the card, hidden."""
    with gr.Column(visible=False, elem_id="score-choice") as card:
        words = html_part(elem_id="score-column")
        whose = gr.Radio(
            _WHOSE, value="yours", label="Which scores to fit on", elem_id="whose-scores"
        )
        with gr.Row():
            scale = gr.Dropdown(
                _SCALES, value=None, label="What your scores are", elem_id="scores-are",
                min_width=240,
            )  # fmt: skip
            better = gr.Radio(
                _BETTER, value=None, label="Which of your scores are better", visible=False,
                elem_id="better-scores", min_width=240,
            )  # fmt: skip
    return ScoreChoice(card, words, whose, scale, better)


def drawn(labels: sc.Labels | None, kind: str) -> Updates:
    """Return updates that offer the choice for labels; None hides it, and so do other sources."""
    if labels is None or labels.scores is None or kind not in ("csv", "scores"):
        return gr.update(visible=False), "", *[gr.skip()] * (len(fields(ScoreChoice)) - 2)
    found = sc.propose_scale(labels)
    scale = found.scale
    is_other = scale is not None and scale.name in _GENERIC
    value = None if scale is None else OTHER if is_other else scale.name
    has_texts = bool(labels.texts or labels.doc_ids)
    return (
        gr.update(visible=True),
        render("calibrate_score_choice.html", found=found),
        gr.update(visible=kind == "csv" and has_texts, value="yours"),
        gr.update(value=value),
        gr.update(value=found.better_by_labels if is_other else None, visible=is_other),
    )
