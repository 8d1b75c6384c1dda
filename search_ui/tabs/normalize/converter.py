"""Which engine does your number come from: its cosine, and every other engine's number."""

from __future__ import annotations

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.page import Page
from search_ui.rendering import render
from search_ui.wording import error_notice
from search_ui.workspace import Workspace

SCORE, ENGINE = 0.73, "elasticsearch-cosine"
CHOICES = [(f"{record.system}: {record.setting}", name) for name, record in sc.ENGINES.items()]


def build_converter(page: Page, query: gr.Textbox, key: gr.State) -> None:
    """Lay out the converter, opened on a finished example, and connect its events."""
    words = "Every engine shows the same pair of texts as another number. Type yours."
    title = "Which engine does your number come from?"
    gr.HTML(
        render("heading.html", title=title, words=words, is_section=True), apply_default_css=False
    )
    with gr.Row(elem_classes="converter"):
        score = gr.Number(SCORE, label="Your number", elem_id="engine-score", min_width=110)
        engine = gr.Dropdown(
            CHOICES, value=ENGINE, label="Engine and setting", scale=4, elem_id="engine-key",
            min_width=200,
        )  # fmt: skip
        convert = gr.Button("Convert", variant="primary", scale=0, min_width=96, elem_id="convert")
    converted = gr.HTML(converter_html(SCORE, ENGINE), apply_default_css=False, elem_id="converted")

    def _ui_convert(value: float | None, name: str, text: str, visitor: str | None) -> str:
        try:
            shown = converter_html(_given(value), name)
            return shown + falls_html(page.workspace(visitor), value or 0.0, name, text)
        except sc.SearchCoreError as error:
            return error_notice(error)

    converting = {
        "fn": _ui_convert,
        "inputs": [score, engine, query, key],
        "outputs": converted,
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    convert.click(**converting)
    engine.input(**converting)
    score.submit(**converting)


def _given(value: float | None) -> float:
    if value is None:
        raise sc.InputError("No number was given; type the score that your engine showed.")
    return value


def converter_html(score: float, key: str) -> Markup:
    """Return the cosine behind an engine's number, and what every other engine would show.

    Raises
    ------
    InputError
        The engine cannot show this number, or nothing leads back from it.
    """
    cosines = sc.to_cosine(score, key)
    return render(
        "normalize_converter.html",
        record=sc.ENGINES[key],
        cosines=cosines,
        shown=[(sc.ENGINES[other], value) for other, value in sc.everywhere(cosines[0])],
    )


def falls_html(workspace: Workspace, score: float, key: str, query: str) -> Markup:
    """Return where the cosine falls among this query's scores; nothing for a blank query."""
    if not query.strip():
        return Markup()
    cosine = sc.to_cosine(score, key)[0]
    share = workspace.engine.background(query).percentile(cosine)
    return render("normalize_falls.html", query=query, cosine=cosine, share=share)
