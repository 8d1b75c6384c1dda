"""The step before labels: pairs that a plan chooses, labelled one by one with three keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import error_notice, render
from search_ui.sample import read_sample_labels
from search_ui.tabs.events import (
    FAULTS,
    QUICK,
    Updates,
    cancel_button,
    connect_work,
    ended,
    html_part,
    taken,
)
from search_ui.visit.judging import (
    FEWEST_QUESTIONS,
    GRADES,
    Judging,
    amount_words,
    begin,
    bought_words,
    ended_words,
)
from search_ui.visit.visits import Page
from search_ui.visit.workspace import Workspace

WITH_ANSWER = "(...given) => labelling.withAnswer(...given)"
"""Puts the answer that waits longest in place of the first two inputs."""

WITH_ASKED = "(pasted) => withAskedQuestions(pasted)"
"""Adds the questions that the visitor asked on this page."""

ARRIVED = "() => labelling.arrived()"
"""Says that the answer is on the server, and sends the next one."""

SHOW = "() => labelling.show()"
"""Shows the pair that is to be labelled next."""

SAMPLE_QUESTIONS = 40


@dataclass(frozen=True)
class JudgingStep:
    """The form for questions, and what is labelled.

    Attributes
    ----------
    questions, file, graded:
        The field, the drop zone, and whether answers are grades.
    asked, from_sample:
        The buttons that fill the field.
    begin, cancel, state:
        The button that chooses pairs, the one that stops that, and what became of it.
    progress, pairs:
        What the labels have bought so far, and the pairs of this round.
    number, answer, send, fit:
        Unseen: what is answered, and the buttons that `page.js` presses.
    """

    questions: gr.Textbox
    file: gr.File
    graded: gr.Checkbox
    asked: gr.Button
    from_sample: gr.Button
    begin: gr.Button
    cancel: gr.Button
    state: gr.HTML
    progress: gr.HTML
    pairs: gr.HTML
    number: gr.Textbox
    answer: gr.Textbox
    send: gr.Button
    fit: gr.Button
    cancel_fit: gr.Button

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return [self.progress, self.pairs]


def lay_out() -> JudgingStep:
    """Lay out the step."""
    html_part(render("judging_intro.html", fewest=FEWEST_QUESTIONS))
    with gr.Column(elem_id="judging-form"):
        with gr.Row(elem_classes="two"):
            questions = gr.Textbox(
                lines=6, max_lines=12, elem_id="judging-questions", min_width=280,
                label=f"Questions of your users, one per line ({FEWEST_QUESTIONS} or more)",
                placeholder="how do I clean a kettle\nwhen does the ferry leave",
            )  # fmt: skip
            file = gr.File(
                label="Or a file: questions, or the CSV of an earlier session here",
                file_types=[".csv", ".tsv", ".txt", ".json", ".jsonl"],
                elem_id="judging-file", height=190, min_width=280,
            )  # fmt: skip
        graded = gr.Checkbox(label="Use grades from 0 to 3", elem_id="judging-graded")
        with gr.Row(elem_classes="actions"):
            chosen = gr.Button(
                "Choose pairs", variant="primary", elem_id="judging-begin", scale=0, min_width=180
            )
            asked = gr.Button(
                "Add my questions from here", elem_id="judging-asked", scale=0, min_width=280
            )
            from_sample = gr.Button(
                "Try the sample's", elem_id="judging-sample", scale=0, min_width=180
            )
            cancel = cancel_button("cancel-judging")
    state = html_part(elem_id="judging-state")
    progress = html_part(elem_id="judging-progress")
    pairs = html_part(elem_id="judging-pairs")
    number, answer = (gr.Textbox(visible="hidden") for _ in range(2))
    send = gr.Button(visible="hidden", elem_id="judging-answer")
    fit = gr.Button(visible="hidden", elem_id="judging-fit")
    cancel_fit = cancel_button("cancel-judging-fit")
    return JudgingStep(
        questions, file, graded, asked, from_sample, chosen, cancel, state, progress, pairs,
        number, answer, send, fit, cancel_fit,
    )  # fmt: skip


def connect(page: Page, key: gr.State, step: JudgingStep) -> None:
    """Connect choosing and labelling; the fit is connected with the other steps."""
    _connect_begin(page, key, step)
    _connect_answers(page, key, step)


def _connect_begin(page: Page, key: gr.State, step: JudgingStep) -> None:
    def _ui_choose_pairs(
        pasted: str, path: str | None, is_graded: bool, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        work = str(step.cancel.elem_id)
        page.visits.progress(visitor, work, progress)
        before = page.workspace(visitor)
        try:
            judging = begin(
                before.engine, pasted, taken(path), before.work.hit_labels, is_graded=is_graded
            )
            now = page.visits.finish(
                visitor, work, before, ("model", "collection"),
                lambda now: now.with_judging(judging),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), None, gr.skip(), gr.skip()
        return "", None, *drawn(now)

    def _ui_sample_questions() -> str:
        distinct = dict.fromkeys(read_sample_labels().queries)
        return "\n".join(list(distinct)[:SAMPLE_QUESTIONS])

    (chosen,) = connect_work(
        page, key, [step.begin.click], [step.begin], step.cancel, _ui_choose_pairs,
        [step.questions, step.file, step.graded, key], [step.state, step.file, *step.drawn],
        step.state,
    )  # fmt: skip
    chosen.then(None, None, None, js=SHOW, **QUICK)
    step.asked.click(None, step.questions, step.questions, js=WITH_ASKED, **QUICK)
    step.from_sample.click(_ui_sample_questions, None, step.questions, **QUICK)


def _connect_answers(page: Page, key: gr.State, step: JudgingStep) -> None:
    def _ui_label_pair(pair: str, answer: str, visitor: str) -> Updates:
        before = page.workspace(visitor).work.judging

        def answered(now: Workspace) -> Workspace:
            judging = now.work.judging
            if judging is None:
                raise sc.LabelsError("This plan is not here any more; choose pairs again.")
            if answer == "back":
                return now.with_judging(judging.without_last())
            return now.with_judging(judging.answered(int(pair), answer))

        try:
            now = page.visits.update(visitor, answered)
        except (sc.SearchCoreError, ValueError) as fault:
            shown = fault if isinstance(fault, sc.SearchCoreError) else sc.LabelsError("No answer.")
            return error_notice(shown), *drawn(page.workspace(visitor))
        return "", *_drawn_after(before, now)

    answered = step.send.click(
        _ui_label_pair, [step.number, step.answer, key], [step.state, *step.drawn],
        js=WITH_ANSWER, queue=False, trigger_mode="multiple", **QUICK,
    )  # fmt: skip
    answered.then(None, None, None, js=ARRIVED, **QUICK)


def drawn(workspace: Workspace) -> Updates:
    """Return updates that show what is labelled, and the pairs to label."""
    judging = workspace.work.judging
    if judging is None:
        return "", ""
    return progress_html(judging), pairs_html(judging)


def _drawn_after(before: Judging | None, workspace: Workspace) -> Updates:
    """Draw the progress; the pairs only where they are others, so that no answer waits for them."""
    judging = workspace.work.judging
    if judging is None or before is None:
        return drawn(workspace)
    is_same_round = before.plan.rounds == judging.plan.rounds
    is_same = is_same_round and before.is_ended == judging.is_ended
    return progress_html(judging), gr.skip() if is_same else pairs_html(judging)


def progress_html(judging: Judging) -> Markup:
    """Say how many labels there are, and what they have bought."""
    return render(
        "judging_progress.html",
        plan=judging.plan,
        amount=amount_words(judging),
        bought=bought_words(judging),
        is_ended=judging.is_ended,
        ended=ended_words(judging),
    )


def pairs_html(judging: Judging) -> Markup:
    """Return the pairs of the last round, of which `page.js` shows the next one."""
    plan = judging.plan
    numbers = plan.rounds[-1].rows.tolist()
    grades = [str(grade) for grade in range(GRADES + 1)] if judging.is_graded else []
    return render(
        "judging_pairs.html",
        pairs=[plan.pair(number) for number in numbers],
        answered=set(plan.answers),
        is_ended=judging.is_ended,
        is_done=plan.is_done,
        grades=grades,
        has_answers=bool(plan.answers),
        shown_characters=sc.PUBLIC.shown_characters,
    )
