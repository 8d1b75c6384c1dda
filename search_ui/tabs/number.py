"""Your number: what a score means that a visitor's own engine shows; needs no model."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

import search_core as sc
from search_ui.links import keep
from search_ui.rendering import error_notice
from search_ui.tabs.events import PRIVATE, QUICK, html_part
from search_ui.views.number import (
    OTHER_MODEL,
    Question,
    answer,
    answer_html,
    picture_html,
    read_number,
    title_html,
)
from search_ui.visit.visits import Page

COMMON = (
    "LangChain · FAISS", "FAISS", "LangChain · Chroma", "Chroma", "sentence-transformers",
    "pgvector", "Pinecone", "Qdrant", "Elasticsearch",
)  # fmt: skip
"""The systems that are asked about most, which are listed first."""


def _order(record: sc.Engine) -> tuple[int, str]:
    """Return where a function stands in the list: common systems first, then by name."""
    is_common = record.system in COMMON
    return COMMON.index(record.system) if is_common else len(COMMON), record.system.casefold()


ENGINES = [
    (record.name.replace(" · ", " "), record.key)
    for record in sorted(sc.ENGINES.values(), key=_order)
]
"""Every function by the name that people call it, as one types it; a system's stand together."""

TURN = "name => hills.turn(name)"


@dataclass(frozen=True)
class NumberTab:
    """The parts of the tab that links read and set."""

    score: gr.Textbox
    engine: gr.Dropdown
    model: gr.Dropdown


def build_number_tab(page: Page, title: gr.HTML, asked: Question) -> NumberTab:
    """Lay out the tab, opened on a finished example, and connect its events.

    Parameters
    ----------
    page:
        What all tabs share.
    title:
        The page's title, which names the number.
    asked:
        What the example asks.
    """
    hills = page.shared.hills
    fields = _lay_out_question([each.model for each in hills], asked)
    tell = gr.Button(visible="hidden", elem_id="tell")
    first = answer(asked, hills)
    said = html_part(answer_html(first), "number-answer")
    picture = html_part(picture_html(first, hills), "number-picture")

    def _ui_tell(written: str, engine: str, model: str) -> tuple[object, ...]:
        try:
            question = Question(read_number(written), engine, model)
            found = answer(question, hills)
        except sc.InputError as error:
            return title_html(None), error_notice(error), ""
        return title_html(question.number), answer_html(found), picture_html(found, hills)

    asking = [fields.score, fields.engine, fields.model]
    # The framework's event "input" of a text field does not hear what is pasted; "change" does.
    asks = (fields.score.change, fields.score.submit, fields.engine.input, fields.model.input)
    gr.on(
        (*asks, tell.click),
        _ui_tell, asking, [title, said, picture], js=keep("n", "engine", "model"),
        trigger_mode="always_last", **QUICK,
    )  # fmt: skip
    fields.model.input(None, fields.model, None, js=TURN, **PRIVATE)
    return fields


def _lay_out_question(models: list[str], asked: Question) -> NumberTab:
    with gr.Row(elem_classes="number-row"):
        # Not a field for numbers: that one drops a decimal comma, and 0,83 becomes 83.
        score = gr.Textbox(
            f"{asked.number:g}", label="Your number", elem_id="number", min_width=110, scale=1,
            max_lines=1,
        )  # fmt: skip
        engine = gr.Dropdown(
            ENGINES, value=asked.engine, label="Shown by (type to search)", scale=4,
            elem_id="number-engine", min_width=280,
        )  # fmt: skip
        model = gr.Dropdown(
            [*models, OTHER_MODEL], value=asked.model, label="Model", scale=2,
            elem_id="number-model", min_width=180,
        )  # fmt: skip
    return NumberTab(score, engine, model)
