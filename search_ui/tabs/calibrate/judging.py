"""The step before labels: pairs that a plan chooses, labelled one by one with three keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import count, error_notice, render
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
    copies_words,
    ended_words,
    ending_words,
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

CHOSEN = "() => labelling.chosen()"
"""The same after pairs were chosen, which folds the form away."""

MOST_LABELLED = 40  # of the questions of labels; others add little to fifty pairs
OF_SAMPLE, OF_LABELS = "Use the sample's questions", "Use my labels' questions"


@dataclass(frozen=True)
class JudgingStep:
    """The form for questions, and what is labelled.

    Attributes
    ----------
    intro:
        What to do, and which texts the questions are asked of.
    questions, file, graded:
        The field, the drop zone, and whether answers are grades.
    asked, of_labels:
        The buttons that fill the field: with what was asked, and with the questions of the
        visitor's labels or else of the sample's.
    begin, cancel, state:
        The button that chooses pairs, the one that stops that, and what became of it.
    progress, pairs:
        What the labels have bought so far, and the pairs of this round.
    number, answer, send, fit:
        Unseen: what is answered, and the buttons that `page.js` presses.
    """

    intro: gr.HTML
    questions: gr.Textbox
    file: gr.File
    graded: gr.Checkbox
    asked: gr.Button
    of_labels: gr.Button
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
        return [*self.form, *self.labelled]

    @property
    def form(self) -> list[Any]:
        """Those of them that depend on what is searched."""
        return [self.intro, self.of_labels]

    @property
    def labelled(self) -> list[Any]:
        """Those of them that an answer changes."""
        return [self.progress, self.pairs]


def lay_out() -> JudgingStep:
    """Lay out the step."""
    with gr.Column(elem_id="judging-form"):
        intro = html_part(intro_html(None))
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
                "Add what I asked in Search", elem_id="judging-asked", scale=0, min_width=280
            )
            of_labels = gr.Button(OF_SAMPLE, elem_id="judging-of-labels", scale=0, min_width=260)
            cancel = cancel_button("cancel-judging")
    state = html_part(elem_id="judging-state")
    progress = html_part(elem_id="judging-progress")
    pairs = html_part(elem_id="judging-pairs")
    number, answer = (gr.Textbox(visible="hidden") for _ in range(2))
    send = gr.Button(visible="hidden", elem_id="judging-answer")
    fit = gr.Button(visible="hidden", elem_id="judging-fit")
    cancel_fit = cancel_button("cancel-judging-fit")
    return JudgingStep(
        intro, questions, file, graded, asked, of_labels, chosen, cancel, state, progress, pairs,
        number, answer, send, fit, cancel_fit,
    )  # fmt: skip


def connect(page: Page, key: gr.State, step: JudgingStep, opened: gr.Tab) -> None:
    """Connect choosing and labelling; the fit is connected with the other steps.

    `opened` is the tab of the step, whose form then asks of what is searched by now.
    """

    def _ui_show_form_of_pairs(visitor: str) -> Updates:
        return _form(page.workspace(visitor))

    opened.select(_ui_show_form_of_pairs, key, step.form, **QUICK)
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
                before.engine, pasted, taken(path), before.work.hit_labels, is_graded=is_graded,
                labelled=before.labelled.pairs if before.labelled else None,
                before=before.work.judging,
            )  # fmt: skip
            now = page.visits.finish(
                visitor, work, before, ("model", "collection"),
                lambda now: now.with_judging(judging),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), None, *[gr.skip()] * len(step.drawn)
        return "", None, *drawn(now)

    def _ui_labelled_questions(visitor: str) -> str:
        own = page.workspace(visitor).labelled
        labels = own.labels if own else read_sample_labels()
        lines = dict.fromkeys(" ".join(each.split()) for each in labels.queries)
        return "\n".join(list(lines)[:MOST_LABELLED])

    (chosen,) = connect_work(
        page, key, [step.begin.click], [step.begin], step.cancel, _ui_choose_pairs,
        [step.questions, step.file, step.graded, key], [step.state, step.file, *step.drawn],
        step.state,
    )  # fmt: skip
    chosen.then(None, None, None, js=CHOSEN, **QUICK)
    step.asked.click(None, step.questions, step.questions, js=WITH_ASKED, **QUICK)
    step.of_labels.click(_ui_labelled_questions, key, step.questions, **QUICK)


def _connect_answers(page: Page, key: gr.State, step: JudgingStep) -> None:
    def _ui_label_pair(pair: str, answer: str, visitor: str) -> Updates:
        before = page.workspace(visitor).work.judging

        def answered(now: Workspace) -> Workspace:
            judging = now.work.judging
            if judging is None:
                raise sc.LabelsError("This plan is not here any more; choose pairs again.")
            if answer == "back":
                return now.with_judging(judging.without_last())
            if answer == "on":
                return now.with_judging(judging.going_on())
            return now.with_judging(judging.answered(judging.number_of(pair), answer))

        try:
            now = page.visits.update(visitor, answered)
        except sc.SearchCoreError as fault:
            return error_notice(fault), *_labelled(page.workspace(visitor))
        if before is not None and pair and not before.is_asking(pair):
            return "", *_labelled(now)  # this window shows the pairs of an earlier round
        return "", *_drawn_after(before, now)

    answered = step.send.click(
        _ui_label_pair, [step.number, step.answer, key], [step.state, *step.labelled],
        js=WITH_ANSWER, queue=False, trigger_mode="multiple", **QUICK,
    )  # fmt: skip
    answered.then(None, None, None, js=ARRIVED, **QUICK)


def drawn(workspace: Workspace) -> Updates:
    """Return updates that show what to do, what is labelled, and the pairs to label."""
    return *_form(workspace), *_labelled(workspace)


def _form(workspace: Workspace) -> Updates:
    has_labels = workspace.labelled is not None
    shown = gr.update(
        value=OF_LABELS if has_labels else OF_SAMPLE,
        visible=has_labels or workspace.is_on_sample,
    )
    return intro_html(workspace), shown


def intro_html(workspace: Workspace | None) -> Markup:
    """Say what to do, and of which texts questions are asked: of the sample's, without a visit."""
    is_own = workspace is not None and not workspace.is_on_sample
    texts = count(len(workspace.engine.corpus), "text") if workspace and is_own else ""
    return render(
        "judging_intro.html",
        fewest=FEWEST_QUESTIONS,
        own_texts=texts,
        has_plan=workspace is not None and workspace.work.judging is not None,
    )


def _labelled(workspace: Workspace) -> Updates:
    judging = workspace.work.judging
    if judging is None:
        return "", ""
    return progress_html(judging), pairs_html(judging)


def _drawn_after(before: Judging | None, workspace: Workspace) -> Updates:
    """Draw the progress; the pairs only where they are others, so that no answer waits for them."""
    judging = workspace.work.judging
    if judging is None or before is None:
        return _labelled(workspace)
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
        ending=ending_words(judging),
        copies=copies_words(judging),
        is_enough=judging.is_enough,
        can_fit=not judging.lacks,
        ended=ended_words(judging),
    )


def pairs_html(judging: Judging) -> Markup:
    """Return the pairs of the last round, of which `page.js` shows the next one."""
    plan = judging.plan
    numbers = plan.rounds[-1].rows.tolist()
    grades = [str(grade) for grade in range(GRADES + 1)] if judging.is_graded else []
    return render(
        "judging_pairs.html",
        pairs=[(judging.key(n), plan.pair(n), n in plan.answers) for n in numbers],
        is_ended=judging.is_ended,
        is_done=plan.is_done,
        grades=grades,
        has_answers=bool(plan.answers),
        shown_characters=sc.PUBLIC.shown_characters,
    )
