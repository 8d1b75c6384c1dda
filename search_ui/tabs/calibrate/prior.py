"""What other collections suggest of a visitor's texts, for whoever has no labels yet."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import error_notice, render
from search_ui.suggestions import suggested_questions
from search_ui.tabs.events import HEAVY, html_part, unfolding
from search_ui.views.prior import FIRST_HITS, MOST_QUESTIONS, PriorView, view_prior
from search_ui.views.search import read_questions
from search_ui.visit.visits import Page

TITLE = "No labels yet: what other collections suggest"


@dataclass(frozen=True)
class PriorForm:
    """Usual questions, how many of their first hits are right, and what that suggests."""

    questions: gr.Textbox
    right: gr.Number
    show: gr.Button
    result: gr.HTML


def lay_out() -> PriorForm:
    """Lay out what unfolds."""
    with unfolding(TITLE, "prior"):
        html_part(render("calibrate_prior_intro.html"))
        questions = gr.Textbox(
            lines=3, max_lines=6, elem_id="prior-questions",
            label=f"Usual questions, up to {MOST_QUESTIONS}, one per line",
            placeholder="Leave empty for questions made of your texts",
        )  # fmt: skip
        right = gr.Number(
            None, minimum=0, maximum=FIRST_HITS, elem_id="prior-right",
            label="Of the first ten hits of such a question, how many are right? (if you know)",
        )  # fmt: skip
        with gr.Row(elem_classes="buttons"):
            show = gr.Button("Show", elem_id="show-prior", scale=0, min_width=120)
        result = html_part(elem_id="prior-result")
    return PriorForm(questions, right, show, result)


def connect(page: Page, form: PriorForm, key: gr.State) -> None:
    """Let the button show what other collections suggest of the visitor's texts."""

    def _ui_show_prior(text: str, right: float | None, visitor: str) -> Markup:
        engine = page.workspace(visitor).engine
        try:
            usual = text if text.strip() else "\n".join(suggested_questions(engine.corpus.texts))
            return prior_html(view_prior(engine, read_questions(usual, MOST_QUESTIONS), right))
        except sc.SearchCoreError as fault:
            return error_notice(fault)

    form.show.click(
        _ui_show_prior, [form.questions, form.right, key], form.result,
        show_progress_on=form.result, **HEAVY,
    )  # fmt: skip


def prior_html(view: PriorView) -> Markup:
    """Show a question's hits with their chances and bands."""
    return render("calibrate_prior.html", view=view)
