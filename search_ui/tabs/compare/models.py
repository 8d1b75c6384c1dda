"""Two models on the same labels: what a score means under each, and a way to switch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import gradio as gr
import numpy as np
from markupsafe import Markup

import search_core as sc
from search_ui.charts import NO_THRESHOLD, ModelScores, two_models
from search_ui.links import passport_addresses, press
from search_ui.rendering import error_notice, notice, render
from search_ui.stored import second_model
from search_ui.tabs.compare.questions import questions_field, questions_updates
from search_ui.tabs.events import (
    FAULTS,
    HEAVY,
    QUICK,
    Updates,
    cancel_button,
    connect_work,
    ended,
    heading,
    html_part,
    within,
)
from search_ui.views.number import read_number
from search_ui.visit.comparing import (
    example_models,
    judged_here,
    moved_threshold,
    try_models,
    under_model,
)
from search_ui.visit.visits import Page
from search_ui.visit.work import ModelComparison, UnlabelledModels
from search_ui.visit.workspace import Workspace

TARGETS = (10, 95)  # what can be chosen, in percent
OPENING_TARGET = 40  # what the sample's labels can guarantee under both of the models shown first
Tried = ModelComparison | UnlabelledModels
LOADING = '<p class="ss soft">The comparison appears as soon as the model is loaded.</p>'


@dataclass(frozen=True)
class _Parts:
    """The fields, the buttons, and what they fill.

    `known` is the fingerprint of the collection that the questions were last filled for.
    """

    in_use: gr.HTML
    second: gr.Dropdown
    questions: gr.Textbox
    known: gr.State
    compare: gr.Button
    use: gr.Button
    back: gr.Button
    cancel: gr.Button
    state: gr.HTML
    result: gr.HTML
    target: gr.Slider
    figures: gr.HTML
    own: gr.Textbox
    moved: gr.HTML
    table: gr.HTML
    model: gr.State


def build_models(page: Page, tab: gr.Tab, key: gr.State) -> None:
    """Lay out the comparison of models and connect its events."""
    parts = _lay_out()
    opened = _connect_opening(page, tab, key, parts)
    _connect_comparing(page, key, parts, opened)
    _connect_moving(page, key, parts)
    _connect_switching(page, key, parts)


def _lay_out() -> _Parts:
    heading("Same score, two models", "A threshold belongs to the model it was found with.")
    in_use = html_part(elem_id="model-in-use")
    second = gr.Dropdown(
        _choices(), value=second_model().name, label="Second model", elem_id="second-model",
        filterable=False,
    )  # fmt: skip
    questions = questions_field("model-questions")
    with gr.Row(elem_classes="actions"):
        compare = gr.Button(
            "Compare", variant="primary", elem_id="compare-models", scale=0, min_width=120
        )
        # Hidden, as what is chosen first is stored results alone.
        use = gr.Button(
            "Search with this model", visible=False, elem_id="use-model", scale=0, min_width=220
        )
        back = gr.Button(
            f"Back to {sc.DEFAULT_MODEL}", visible=False, elem_id="model-back", scale=0,
            min_width=240,
        )  # fmt: skip
        cancel = cancel_button("models-cancel")
    state = html_part(elem_id="models-state")
    result = html_part(LOADING, "models-result")
    target = gr.Slider(
        *TARGETS, value=OPENING_TARGET, step=1, visible=False, elem_id="models-target", buttons=[],
        label="Threshold: how many of the shown pairs must be relevant, in percent",
    )  # fmt: skip
    figures = html_part(elem_id="models-figures")
    own = gr.Textbox(
        f"{sc.USUAL_CUT:g}", label="Your threshold under the model in use", visible=False,
        elem_id="own-threshold", max_lines=1, max_length=30,
    )  # fmt: skip
    moved = html_part(elem_id="moved-threshold")
    return _Parts(
        in_use, second, questions, gr.State(""), compare, use, back, cancel, state, result, target,
        figures, own, moved, html_part(models_html()), gr.State(sc.DEFAULT_MODEL),
    )  # fmt: skip


def _choices(*, with_stored: bool = True) -> list[tuple[str, str]]:
    """Name every model, and say where it is."""
    here = [(f"{name} · {where_words(record)}", name) for name, record in sc.MODELS.items()]
    stored = second_model().name
    return [(f"{stored} · stored results", stored), *here] if with_stored else here


def _connect_opening(page: Page, tab: gr.Tab, key: gr.State, parts: _Parts) -> gr.events.Dependency:
    outputs = [parts.in_use, parts.back, parts.second, parts.questions, parts.known]

    def _ui_in_use(second: str, known: str, visitor: str) -> Updates:
        if page.is_loading:
            return tuple([gr.skip()] * len(outputs))
        workspace = page.workspace(visitor)
        offered = _offered(workspace, second)
        return *_in_use(workspace), offered, *questions_updates(workspace, known)

    # Told at once, not in turn: a quick switch back must not be overtaken by what was before it.
    opened: gr.events.Dependency = tab.select(
        _ui_in_use, [parts.second, parts.known, key], outputs, queue=False, **QUICK
    )
    return opened


def _offered(workspace: Workspace, second: str) -> object:
    """Return an update of the second model; stored results say nothing of one's own questions."""
    with_stored = judged_here(workspace) is not None
    choices = _choices(with_stored=with_stored)
    if with_stored or second != second_model().name:
        return gr.update(choices=choices)
    in_use = workspace.sample.encoder.name
    return gr.update(choices=choices, value=next(name for name in sc.MODELS if name != in_use))


def _connect_comparing(
    page: Page, key: gr.State, parts: _Parts, opened: gr.events.Dependency
) -> None:
    """Compare at a click, and show the sample's comparison when the tab is opened."""

    def _ui_compare_models(
        name: str, questions: str, target: float, own: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        before = page.workspace(visitor)
        step = page.visits.progress(visitor, str(parts.cancel.elem_id), progress)
        try:
            comparison = try_models(before, name, questions, step)
            workspace = page.visits.finish(
                visitor, str(parts.cancel.elem_id), before, ("model", "collection", "labels"),
                lambda now: replace(now, models=comparison),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), *[gr.skip()] * (len(outputs) - 1)
        return "", *_shown(workspace, comparison, target, own), models_html()

    def _ui_show_models(
        target: float, own: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        try:
            step = page.visits.progress(visitor, "models-example", progress)
            example = example_models(page.shared, step)
        except FAULTS as fault:
            return ended(fault), *[gr.skip()] * (len(results) - 1)
        workspace = page.workspace(visitor)  # as it is by now
        return _shown(workspace, workspace.models or example, target, own)

    results = [parts.result, parts.target, parts.figures, parts.own, parts.moved]
    outputs = [parts.state, *results, parts.table]
    connect_work(
        page, key, [parts.compare.click], [parts.compare, parts.use, parts.back], parts.cancel,
        _ui_compare_models, [parts.second, parts.questions, parts.target, parts.own, key], outputs,
        parts.state,
    )  # fmt: skip
    opened.then(
        _ui_show_models, [parts.target, parts.own, key], results,
        show_progress_on=parts.state, **HEAVY,
    )  # fmt: skip


def _connect_moving(page: Page, key: gr.State, parts: _Parts) -> None:
    """Draw what is compared anew where the target moves, or somebody's own threshold."""

    def compared(workspace: Workspace) -> Tried:
        return workspace.models or example_models(page.shared, lambda _done, _total: None)

    def _ui_move_target(target: float, visitor: str) -> Updates:
        workspace = page.workspace(visitor)
        chart, _, figures, _, _ = _shown(workspace, compared(workspace), target, "")
        return chart, figures

    def _ui_move_threshold(own: str, visitor: str) -> Markup:
        return moved_html(compared(page.workspace(visitor)), own)

    gr.on(
        (parts.own.change, parts.own.submit), _ui_move_threshold, [parts.own, key], parts.moved,
        trigger_mode="always_last", **QUICK,
    )  # fmt: skip
    gr.on(
        (parts.target.input, parts.target.release), _ui_move_target, [parts.target, key],
        [parts.result, parts.figures], js=within(*TARGETS), trigger_mode="always_last", **QUICK,
    )  # fmt: skip


def _shown(workspace: Workspace, comparison: Tried, target: float, own: str) -> Updates:
    """Return updates that show a comparison, for a target in percent and somebody's threshold."""
    field = gr.update(visible=True, label=f"Your threshold under {comparison.names[0]}")
    moved = moved_html(comparison, own)
    if isinstance(comparison, UnlabelledModels):
        found = unlabelled_html(comparison, of_another(workspace))
        return found, gr.update(visible=False), "", field, moved
    chart = model_chart_html(comparison, target / 100, of_another(workspace))
    figures = model_figures_html(comparison, target / 100)
    return chart, gr.update(visible=True), figures, field, moved


def of_another(workspace: Workspace) -> str:
    """Say that what is shown is not of the visitor's own texts, or not of their labels."""
    has_labels = judged_here(workspace) is not None
    if isinstance(workspace.models, UnlabelledModels) and has_labels:
        return "Your collection has labels by now. Press Compare to see how many hits are relevant."
    if workspace.models is not None or workspace.is_on_sample:
        return ""
    if has_labels:
        return "This is the sample, not your texts. Choose a model and press Compare for yours."
    return (
        "This is the sample, not your texts. Press Compare for yours: without labels, it finds "
        "the threshold that shows as many of them."
    )


def _connect_switching(page: Page, key: gr.State, parts: _Parts) -> None:
    def _ui_offer(name: str) -> object:
        return gr.update(visible=name != second_model().name)

    def _ui_use_model(
        name: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        before = page.workspace(visitor)
        step = page.visits.progress(visitor, str(parts.cancel.elem_id), progress)
        try:
            changed = under_model(before, name, step)
            workspace = page.visits.finish(
                visitor, str(parts.cancel.elem_id), before,
                ("model", "collection", "labels", "fit"), lambda now: now.under(changed),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), *[gr.skip()] * (len(outputs) - 1)
        choices = _choices(with_stored=judged_here(workspace) is not None)
        other = gr.update(choices=choices, value=before.sample.encoder.name)
        return _switched(workspace), *_in_use(workspace), other, models_html(), name

    def _ui_model_back(
        visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        return _ui_use_model(sc.DEFAULT_MODEL, visitor, progress)

    buttons = [parts.compare, parts.use, parts.back]
    outputs = [
        parts.state, parts.in_use, parts.back, parts.second, parts.table, parts.model
    ]  # fmt: skip
    for trigger, work, inputs in (
        (parts.use.click, _ui_use_model, [parts.second, key]),
        (parts.back.click, _ui_model_back, [key]),
    ):
        connect_work(
            page, key, [trigger], buttons, parts.cancel, work, inputs, outputs, parts.state
        )
    parts.second.change(_ui_offer, parts.second, parts.use, **QUICK)
    # The answer in Search is of the model before: ask again, as the visitor would.
    parts.model.change(None, None, None, js=press("ask"), **QUICK)


def _in_use(workspace: Workspace) -> Updates:
    """Return updates of the line that names the model, and of the way back."""
    encoder = workspace.sample.encoder
    return in_use_html(encoder), gr.update(visible=encoder.name != sc.DEFAULT_MODEL)


def _switched(workspace: Workspace) -> str:
    """Say what a switch did."""
    done = f"Search, Normalize and Calibrate now use {workspace.sample.encoder.name}."
    if workspace.serving.in_search is not None:
        return notice(f"{done} The calibrator was fitted again on its scores.", "done")
    return notice(
        f"{done} It has no calibrator for your collection yet: add labels in Calibrate.", "done"
    )


def in_use_html(encoder: sc.Encoder) -> Markup:
    """Say which model is in use, how it pools, and by which metric its vectors are searched."""
    return render(
        "compare_model_in_use.html",
        encoder=encoder,
        pooling=sc.pooling_words(encoder.name),
        passport=passport_addresses().get(encoder.name),
    )


def models_html() -> Markup:
    """Return the table of models: how each is read, and whether it is on this machine."""
    models = [(record, where_words(record)) for record in sc.MODELS.values()]
    return render("compare_model_list.html", models=models, passports=passport_addresses())


def where_words(record: sc.ModelRecord) -> str:
    """Say whether choosing a model fetches it."""
    here = sc.is_on_this_machine(record)
    return "on this machine" if here else "fetched from the Hub when chosen"


def model_chart_html(comparison: ModelComparison, target: float, of_another: str = "") -> Markup:
    """Return the chart of two models, and what it is of.

    Parameters
    ----------
    comparison:
        The model in use, and the other one.
    target:
        Share of pairs that shall be relevant from the threshold on.
    of_another:
        That it is not of the visitor's own texts, in a sentence; "" where it is.
    """
    scores = [
        ModelScores(
            f"{trial.name}, {_pooling(trial)}",
            trial.relevant,
            trial.irrelevant,
            trial.background.astype(np.float64),
            trial.meaning(sc.USUAL_CUT).near.share,
            threshold.value if threshold else None,
        )
        for trial, threshold in _with_cuts(comparison, target)
    ]
    return render(
        "compare_models.html",
        comparison=comparison,
        of_another=of_another,
        chart=two_models(scores, sc.USUAL_CUT, sc.finding(comparison.trials).rstrip(".")),
    )


def model_figures_html(comparison: ModelComparison, target: float) -> Markup:
    """Return what the first model's threshold does under the second, and a table of figures."""
    models = [
        (trial, trial.meaning(sc.USUAL_CUT), threshold)
        for trial, threshold in _with_cuts(comparison, target)
    ]
    (_, _, first_cut), (second, _, _) = models
    kept = None
    if first_cut is not None and first_cut.value is not None:
        kept = second.relevant_from(first_cut.value)
    return render(
        "compare_model_figures.html",
        comparison=comparison,
        models=models,
        cosine=sc.USUAL_CUT,
        target=target,
        kept=kept,
        no_cut=NO_THRESHOLD,
    )


def unlabelled_html(comparison: UnlabelledModels, of_another: str = "") -> Markup:
    """Say what was compared without labels, and what that cannot tell; as `model_chart_html`."""
    return render("compare_unlabelled.html", comparison=comparison, of_another=of_another)


def moved_html(comparison: Tried, written: str | None) -> Markup:
    """Say what a threshold that was typed becomes under the second model; nothing for nothing."""
    if written is None or not written.strip():  # the browser sends nothing for an empty field
        return Markup()
    try:
        moved = moved_threshold(comparison, read_number(written))
    except sc.InputError as error:
        return error_notice(error)
    return render("compare_moved.html", moved=moved)


def _pooling(trial: sc.ModelTrial) -> str:
    words = {"mean": "mean pooling", "cls": "CLS pooling"}
    return words.get(trial.pooling, "own pooling")


def _with_cuts(
    comparison: ModelComparison, target: float
) -> list[tuple[sc.ModelTrial, sc.Threshold | None]]:
    return [(trial, _cut(trial, target)) for trial in comparison.trials]


def _cut(trial: sc.ModelTrial, target: float) -> sc.Threshold | None:
    """Return the trial's threshold where it has a value."""
    threshold = trial.cut(target)
    return threshold if threshold is not None and threshold.value is not None else None
