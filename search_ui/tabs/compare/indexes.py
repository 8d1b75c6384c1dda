"""Index types on the visitor's collection, each beside exact search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.charts import score_shift
from search_ui.rendering import count, error_notice, notice, render
from search_ui.stored import StoredIndexes, many_documents
from search_ui.tabs.compare.questions import questions_field, questions_updates
from search_ui.tabs.events import (
    FAULTS,
    QUICK,
    Updates,
    cancel_button,
    connect_work,
    ended,
    heading,
    html_part,
)
from search_ui.views.indexes import METRICS, IndexRow, index_rows
from search_ui.visit.comparing import (
    FIRST_METRIC,
    SampleExample,
    judged_here,
    try_indexes,
)
from search_ui.visit.visits import Page
from search_ui.visit.work import IndexComparison
from search_ui.visit.workspace import Workspace

LOADING = (
    '<div class="ss"><p class="soft">Every index type is being built on the sample: a few seconds, '
    "once.</p></div>"
)
VISITORS_AT_ONCE = 8  # that are shown what is ready


@dataclass(frozen=True)
class _Form:
    """What the visitor sets, and what starts and stops the work.

    `known` is the fingerprint of the collection that the form was last filled for.
    """

    what: gr.HTML
    questions: gr.Textbox
    factory: gr.Textbox
    metric: gr.Dropdown
    problem: gr.HTML
    compare: gr.Button
    cancel: gr.Button
    state: gr.HTML
    known: gr.State


@dataclass(frozen=True)
class _Shown:
    """What a comparison fills; `name` is that of the one shown."""

    finding: gr.HTML
    table: gr.HTML
    chosen: gr.Dropdown
    shift: gr.HTML
    flips: gr.HTML
    name: gr.State


def build_indexes(page: Page, tab: gr.Tab, key: gr.State) -> None:
    """Lay out the comparison of index types and connect its events."""
    heading("Index types", "An approximate index can miss hits and shift scores.", is_section=True)
    html_part(many_documents_html(many_documents()), "many-documents")
    heading("On this collection", "The same index types, built now.", is_section=True)
    example = SampleExample(page.shared)
    finding = html_part(LOADING, "index-finding")
    form = _lay_out_form()
    shown = _lay_out_result(finding)
    _connect_opening(page, tab, key, example, form, shown)
    _connect_comparing(page, key, form, shown)
    _connect_choice(page, key, example, shown)


def _lay_out_form() -> _Form:
    what = html_part(elem_id="index-what")
    questions = questions_field("index-questions")
    with gr.Row(elem_classes="one-more"):
        factory = gr.Textbox(
            label="Add an index (FAISS factory string)", elem_id="index-factory", scale=6,
            placeholder="IVF32,SQ8", max_length=60, max_lines=1, info=FACTORY_INFO, min_width=240,
        )  # fmt: skip
        metric = gr.Dropdown(
            [(words, name) for name, words in METRICS.items()], value=FIRST_METRIC,
            label="Metric", elem_id="index-metric", scale=3, min_width=180, filterable=False,
            info=METRIC_INFO,
        )  # fmt: skip
        start = gr.Button(
            "Compare", variant="primary", elem_id="index-compare", scale=0, min_width=120
        )
        cancel = cancel_button("index-cancel")
    problem = html_part(elem_id="index-problem")
    state = html_part(elem_id="index-state")
    return _Form(what, questions, factory, metric, problem, start, cancel, state, gr.State(""))


FACTORY_INFO = (
    "For example SQfp16, RaBitQfs, PQ96, HNSW16 or IVF32,SQ8. IVF searches one list, FAISS's "
    "default."
)
METRIC_INFO = "What all of them rank by."


def _lay_out_result(finding: gr.HTML) -> _Shown:
    table = html_part(elem_id="index-table")
    chosen = gr.Dropdown(
        [], label="Show scores of", visible=False, elem_id="index-chosen", filterable=False
    )
    with gr.Row(elem_classes="two"):
        with gr.Column(min_width=320):
            shift = html_part(elem_id="index-shift")
        with gr.Column(min_width=320):
            flips = html_part(elem_id="index-flips")
    return _Shown(finding, table, chosen, shift, flips, gr.State(""))


def _connect_opening(
    page: Page,
    tab: gr.Tab,
    key: gr.State,
    example: SampleExample,
    form: _Form,
    shown: _Shown,
) -> None:
    """Show the visitor's comparison, or the example, once the tab is opened."""

    def _ui_fill_form(known: str, visitor: str) -> Updates:
        try:
            workspace = page.workspace(visitor)
            return _what_html(workspace), *questions_updates(workspace, known)
        except sc.SearchCoreError as error:  # the sample could not be loaded
            return error_notice(error), gr.skip(), gr.skip()

    def _ui_show(
        name: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        try:
            made = page.workspace(visitor).indexes
            comparison = made or example.made(_steps(_by_percent(progress)))
        except sc.SearchCoreError as error:
            return error_notice(error), *[gr.skip()] * (len(vars(shown)) - 1)
        if comparison.name == name:
            return tuple([gr.skip()] * len(vars(shown)))
        return _updates(comparison)

    opened = tab.select(
        _ui_show, [shown.name, key], list(vars(shown).values()), api_visibility="private",
        concurrency_limit=VISITORS_AT_ONCE, trigger_mode="once", show_progress_on=shown.finding,
    )  # fmt: skip
    opened.then(
        _ui_fill_form, [form.known, key], [form.what, form.questions, form.known],
        **QUICK,
    )  # fmt: skip


def _what_html(workspace: Workspace) -> Markup:
    """Say what a click compares on, and whether what is shown is that already."""
    return render(
        "compare_index_what.html", sentence=_what_words(workspace), seen=_seen_words(workspace)
    )


def _what_words(workspace: Workspace) -> str:
    if workspace.is_untouched:
        return "Load your own texts in Search to compare indexes on them."
    engine, labels = workspace.engine, judged_here(workspace)
    documents, model = count(len(engine.corpus), "document"), engine.encoder.name
    name = "the sample" if workspace.is_on_sample else "your collection"
    return f"Compare uses {name} ({documents}, {model}) and {_asked_words(labels)}."


def _seen_words(workspace: Workspace) -> str:
    if workspace.is_untouched or workspace.indexes is not None:
        return ""
    example = workspace.shared.sample().encoder.name
    return f"This is the sample under {example}, not your texts. Press Compare for yours."


def _asked_words(labels: sc.Labels | None) -> str:
    if labels is None:
        return "the questions below"
    queries, most = len(set(labels.queries)), sc.PUBLIC.trial_queries
    first = f"the first {most} of " if queries > most else ""
    return first + count(queries, "labelled query", "labelled queries")


def _connect_comparing(page: Page, key: gr.State, form: _Form, shown: _Shown) -> None:
    parts = list(vars(shown).values())

    def _ui_compare(
        questions: str, factory: str, metric: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        unchanged = [gr.skip()] * (len(parts) + 1)
        step = page.visits.progress(visitor, str(form.cancel.elem_id), _by_percent(progress))
        before = page.workspace(visitor)
        try:
            comparison = try_indexes(before, questions, factory, step, metric)
            workspace = page.visits.finish(
                visitor, str(form.cancel.elem_id), before, ("model", "collection", "labels"),
                lambda now: replace(now, indexes=comparison),
            )  # fmt: skip
        except sc.IndexSpecError as error:
            return error_notice(error), "", *unchanged
        except FAULTS as fault:
            return "", ended(fault), *unchanged
        done = notice(f"Compared. {comparison.whose}.", "done")
        return "", done, _what_html(workspace), *_updates(comparison)

    asking = (form.factory.input, form.factory.submit, form.compare.click)
    gr.on(asking, None, None, form.problem, js="() => ''", **QUICK)
    connect_work(
        page, key, [form.compare.click, form.factory.submit], [form.compare], form.cancel,
        _ui_compare, [form.questions, form.factory, form.metric, key],
        [form.problem, form.state, form.what, *parts], form.state,
    )  # fmt: skip


def _connect_choice(page: Page, key: gr.State, example: SampleExample, shown: _Shown) -> None:
    def _ui_choose(name: str, visitor: str) -> Updates:
        made = page.workspace(visitor).indexes
        comparison = made or example.made(_steps(lambda _share: None))
        trial = comparison.trial(name)
        return shift_html(comparison, trial), flips_html(comparison, trial)

    shown.chosen.input(_ui_choose, [shown.chosen, key], [shown.shift, shown.flips], **QUICK)


def _updates(comparison: IndexComparison) -> Updates:
    """Return what every part of a result shows of a comparison."""
    telling = comparison.most_telling
    names = [trial.spec.name for trial in comparison.trials]
    return (
        index_finding_html(comparison),
        index_table_html(index_rows(comparison.trials), comparison.metric),
        gr.update(choices=names, value=telling.spec.name, visible=True),
        shift_html(comparison, telling),
        flips_html(comparison, telling),
        comparison.name,
    )


def _by_percent(report: Callable[[float], None]) -> Callable[[float], None]:
    """Report a share only where its percentage is a new one."""
    last = -1

    def step(share: float) -> None:
        nonlocal last
        if int(100 * share) != last:
            last = int(100 * share)
            report(share)

    return step


def _steps(report: Callable[[float], None]) -> sc.Progress:
    return lambda done, total: report(done / max(total, 1))


def index_finding_html(comparison: IndexComparison) -> Markup:
    """Return which index to take and why, what was compared, and what decides."""
    return render(
        "compare_index_finding.html",
        comparison=comparison,
        recommendation=sc.recommend_index(comparison.trials),
        metric=METRICS[comparison.metric],
    )


COLUMNS = ("recall@10", "bytes per vector", "time per search", "decisions changed")
MORE_COLUMNS = ("nDCG@10", "build", "score shift", "hits moved", "calibration error")


def index_table_html(rows: Sequence[IndexRow], metric: str) -> Markup:
    """Return one row per index, under a title that names what they rank by.

    Cards on a phone; further figures unfold beneath.
    """
    answers = [answer for row in rows for answer in row.answers]
    optional: dict[str, list[float | None]] = {
        "nDCG@10": [answer.ndcg for answer in answers],
        "decisions changed": [answer.flips for answer in answers],
        "calibration error": [answer.calibration_error for answer in answers],
    }
    unknown = {name for name, figures in optional.items() if set(figures) == {None}}
    columns, more = (
        [name for name in names if name not in unknown] for names in (COLUMNS, MORE_COLUMNS)
    )
    return render(
        "compare_index_table.html", rows=rows, columns=columns, more=more, metric=METRICS[metric]
    )


def many_documents_html(stored: StoredIndexes) -> Markup:
    """Return what indexes do on a large collection, and how that was measured."""
    table = index_table_html(stored.rows, FIRST_METRIC)
    return render("compare_many_documents.html", stored=stored, table=table)


def shift_html(comparison: IndexComparison, trial: sc.IndexTrial) -> Markup:
    """Return the chart of an index's own scores against the exact ones."""
    differing = {(flip.query, flip.position) for flip in trial.own.flipped or ()}
    asked = comparison.queries
    flipped = [
        (asked[query], place) in differing
        for query, place in zip(trial.queries.tolist(), trial.positions.tolist(), strict=True)
    ]
    threshold = None if comparison.threshold.is_calibrated else comparison.threshold.value
    chart = score_shift(trial.spec.name, trial.exact, trial.approximate, flipped, threshold)
    return render("card.html", chart=chart)


def flips_html(comparison: IndexComparison, trial: sc.IndexTrial) -> Markup:
    """Return the decisions that an index changes, by example; or that it changes none."""
    flips = trial.own.flipped or ()
    return render("compare_flips.html", comparison=comparison, trial=trial, flips=flips)
