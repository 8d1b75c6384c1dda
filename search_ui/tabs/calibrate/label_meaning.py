"""What the label file says: its columns, what each label means, and which labels are relevant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

import search_core as sc
from search_ui.rendering import render
from search_ui.tabs.events import Updates, html_part
from search_ui.visit.label_meaning import column_words, meaning_words, proposed


@dataclass(frozen=True)
class LabelMeaningCard:
    """The card; hidden until a file is chosen."""

    card: gr.Column
    words: gr.HTML
    meanings: gr.Textbox
    lowest: gr.Number
    highest: gr.Number
    relevant_from: gr.Number

    @property
    def chosen(self) -> list[Any]:
        """The inputs of what was chosen, in the order of a `LabelMeaning`."""
        return [self.meanings, self.lowest, self.highest, self.relevant_from]

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return [self.card, self.words, *self.chosen]


def lay_out() -> LabelMeaningCard:
    """Lay out the card, hidden."""
    with gr.Column(visible=False, elem_id="label-meaning") as card:
        words = html_part(elem_id="label-outline")
        meanings = gr.Textbox(
            label="What each label means: a number, or none to leave its rows out",
            placeholder="good = 2, so so = 1, poor = 0", elem_id="label-meanings", max_lines=6,
        )  # fmt: skip
        with gr.Row():
            lowest = gr.Number(
                label="Lowest possible label", value=None, elem_id="label-lowest", min_width=150
            )
            highest = gr.Number(
                label="Highest possible label", value=None, elem_id="label-highest", min_width=150
            )
            relevant_from = gr.Number(
                label="Relevant from (empty: keep grades)", value=None,
                elem_id="label-relevant-from", min_width=220,
            )  # fmt: skip
    return LabelMeaningCard(card, words, meanings, lowest, highest, relevant_from)


def drawn(outline: sc.LabelOutline | None) -> Updates:
    """Return updates that show what a file says; None hides the card and empties its fields."""
    if outline is None:
        return gr.update(visible=False), "", "", None, None, None
    meaning = proposed(outline)
    words = render(
        "calibrate_label_meaning.html",
        columns=column_words(outline.columns),
        labels=[(each.label, each.rows, meaning_words(each)) for each in outline.labels],
        outline=outline,
    )
    return gr.update(visible=True), words, meaning.meanings, meaning.lowest, meaning.highest, None
