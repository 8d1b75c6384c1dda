"""What happens on a click, step by step. Functions named `_ui_*` are private to the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import gradio as gr

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.page import Page
from search_ui.search_view import OtherCollection
from search_ui.sessions import Session, Stopped
from search_ui.tabs.calibrate import use
from search_ui.tabs.calibrate.applying import (
    apply_to_file,
    calibrator_in_use,
    import_calibrator,
    where_words,
)
from search_ui.tabs.calibrate.base_rate import (
    base_rate_html,
    is_moved,
    share_of_hits,
    share_of_hits_words,
)
from search_ui.tabs.calibrate.cut import cut_html
from search_ui.tabs.calibrate.fitting import carry_cut, fit_labels, restate
from search_ui.tabs.calibrate.layout import SHARES, TARGETS, Steps, example_html
from search_ui.tabs.calibrate.path import step_labels
from search_ui.tabs.calibrate.reading import (
    Given,
    Kind,
    findings_html,
    label_texts_words,
    read_given,
    require_labels,
)
from search_ui.tabs.calibrate.result import result_parts, result_updates
from search_ui.tabs.calibrate.uploads import label_file, taken
from search_ui.tabs.work import HEAVY, QUICK, Updates, connect_work, told, within
from search_ui.wording import error_notice, notice


@dataclass(frozen=True)
class CalibrateTab:
    """The tab's parts, and the sample's fit that it opens on.

    Attributes
    ----------
    page, key:
        What all tabs share, and the key of the visitor's session.
    steps:
        The components.
    sample_labels, sample_view:
        The sample's labels, and the stored fit on them.
    """

    page: Page
    key: gr.State
    steps: Steps
    sample_labels: sc.Labels
    sample_view: CalibrationView

    def labels(self, session: Session) -> sc.Labels:
        """Return the visitor's labels, or the sample's."""
        return session.labels or self.sample_labels

    def view(self, session: Session) -> CalibrationView | None:
        """Return the fit on these labels; None where there is none yet."""
        if session.view or session.labels:
            return session.view
        return session.sample.view if session.sample else self.sample_view

    def path(self, session: Session, selected: str | None = None) -> Updates:
        """Return updates of the path and its four stones."""
        words = step_labels(self.labels(session), self.view(session))
        moved = gr.skip() if selected is None else gr.update(selected=selected)
        return moved, *(gr.update(label=each) for each in words)

    @property
    def path_parts(self) -> list[Any]:
        """The components that `path` updates."""
        return [self.steps.path, *self.steps.stones]

    def shown(self, session: Session, level: str) -> Updates:
        """Return updates of what the steps Check and Fit show of the labels in use."""
        session.shown_is_old = False
        findings = findings_html(self.labels(session), label_texts_words(session))
        calibrator = session.result.calibrator if session.result else None
        return findings, *result_updates(self.view(session), cast(sc.Level, level), calibrator)

    @property
    def shown_parts(self) -> list[Any]:
        """The components that `shown` updates."""
        return [self.steps.check.findings, *result_parts(self.steps.fit)]

    def used(self, session: Session) -> Updates:
        """Return updates of what the step Use shows of the calibrator in use."""
        calibrator = calibrator_in_use(self.page, session)
        where = where_words(self.page, session)
        return use.use_html(calibrator, where), use.json_html(calibrator), use.snippet(calibrator)

    @property
    def used_parts(self) -> list[Any]:
        """The components that `used` updates."""
        return [self.steps.use.state, self.steps.use.json, self.steps.use.code]


def connect(tab: CalibrateTab, opened: gr.Tab) -> None:
    """Connect the events of all four steps, and of the tab's being opened."""
    _connect_opening(tab, opened)
    _connect_labels(tab)
    _connect_fit(tab)
    _connect_result(tab)
    _connect_use(tab)


def _connect_opening(tab: CalibrateTab, opened: gr.Tab) -> None:
    """Catch up with a collection that was changed in Search."""

    def _ui_catch_up(level: str, visitor: str) -> Updates:
        session = tab.page.sessions.of(visitor)
        if not session.shown_is_old:
            return tuple([gr.skip()] * len(parts))
        return *tab.path(session), *tab.shown(session, level), *tab.used(session)

    parts = [*tab.path_parts, *tab.shown_parts, *tab.used_parts]
    opened.select(_ui_catch_up, [tab.steps.fit.level, tab.key], parts, **QUICK)


def _connect_labels(tab: CalibrateTab) -> None:
    step, sessions = tab.steps.labels, tab.page.sessions
    unchanged = [gr.skip()] * len(tab.shown_parts)

    def _ui_show_form(kind: str) -> Updates:
        own, scores = kind != "sample", kind == "scores"
        example = example_html(kind) if own else gr.skip()
        return gr.update(visible=own), example, gr.update(visible=scores)

    def _ui_forget_complaint() -> str:
        return ""

    def _ui_read_labels(
        kind: str, path: str | None, judged_on: str, differing: str, scores_are: str, level: str,
        visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        session = sessions.of(visitor)
        try:
            given = Given(
                cast(Kind, kind), label_file(session, path), judged_on,
                cast(sc.Contradictions, differing), scores_are,
            )  # fmt: skip
            read_given(tab.page, session, given, session.progress(progress))
        except (Stopped, sc.SearchCoreError) as fault:
            return told(fault), *tab.path(session), *unchanged
        return "", *tab.path(session, "check"), *tab.shown(session, level)

    step.source.change(
        _ui_show_form, step.source, [step.own, step.example, step.scores_are], **QUICK
    )
    step.file.change(_ui_forget_complaint, None, step.state, **QUICK)
    connect_work(
        tab.page, tab.key, [step.read.click], [step.read], step.cancel, _ui_read_labels,
        [step.source, step.file, step.judged_on, step.contradictions, step.scores_are,
         tab.steps.fit.level, tab.key],
        [step.state, *tab.path_parts, *tab.shown_parts], step.state,
    )  # fmt: skip


def _connect_fit(tab: CalibrateTab) -> None:
    step, shown = tab.steps.check, tab.steps.fit
    unchanged = [gr.skip()] * len(tab.shown_parts)

    def _ui_fit(
        method: str, level: str, kind: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        session = tab.page.sessions.of(visitor)
        try:
            require_labels(session, cast(Kind, kind))
            fit_labels(tab.page, session, method, session.progress(progress))
        except (Stopped, sc.SearchCoreError) as fault:
            return told(fault), *tab.path(session), *unchanged
        return "", *tab.path(session, "fit"), *tab.shown(session, level)

    def _ui_fit_simple(
        level: str, kind: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        return _ui_fit("platt", level, kind, visitor, progress)

    outputs = [step.state, *tab.path_parts, *tab.shown_parts]
    connect_work(
        tab.page, tab.key, [step.fit.click], [step.fit], step.cancel, _ui_fit,
        [step.method, shown.level, tab.steps.labels.source, tab.key], outputs, step.state,
    )  # fmt: skip
    connect_work(
        tab.page, tab.key, [shown.simple.click], [shown.simple], step.cancel, _ui_fit_simple,
        [shown.level, tab.steps.labels.source, tab.key], outputs, shown.verdict,
    )  # fmt: skip


def _connect_result(tab: CalibrateTab) -> None:
    shown, sessions = tab.steps.fit, tab.page.sessions

    def _ui_cut(target: float, level: str, share: float, visitor: str) -> object:
        session = sessions.of(visitor)
        view = tab.view(session)
        if view is None:
            return gr.skip()
        return _cut(session, view, target, level, is_moved(view, share / 100))

    def _ui_share(share: float, target: float, level: str, visitor: str) -> Updates:
        session = sessions.of(visitor)
        view = tab.view(session)
        if view is None:
            return gr.skip(), gr.skip()
        moved = restate(tab.page, session, share / 100)
        return base_rate_html(view, share / 100), _cut(session, view, target, level, moved)

    def _ui_estimate(visitor: str) -> str:
        try:
            share = share_of_hits(tab.page, sessions.of(visitor))
        except sc.SearchCoreError as fault:
            return told(fault)
        return notice(share_of_hits_words(share), "done")

    def _ui_to_use() -> object:
        return gr.update(selected="use")

    def _ui_to_labels() -> object:
        return gr.update(selected="labels")

    gr.on(
        (shown.target.input, shown.target.release, shown.level.change), _ui_cut,
        [shown.target, shown.level, shown.share, tab.key], shown.cut,
        js=within(*TARGETS), trigger_mode="always_last", **QUICK,
    )  # fmt: skip
    gr.on(
        (shown.share.input, shown.share.release), _ui_share,
        [shown.share, shown.target, shown.level, tab.key], [shown.base_rate, shown.cut],
        js=within(*SHARES), trigger_mode="always_last", **QUICK,
    )  # fmt: skip
    shown.estimate.click(
        _ui_estimate, tab.key, shown.estimate_state,
        trigger_mode="once", **HEAVY, show_progress_on=shown.base_rate,
    )  # fmt: skip
    shown.to_use.click(_ui_to_use, None, tab.steps.path, **QUICK)
    shown.to_labels.click(_ui_to_labels, None, tab.steps.path, **QUICK)


def _cut(session: Session, view: CalibrationView, target: float, level: str, moved: bool) -> str:
    """Show the cut for a target in percent; the visitor's own calibrator carries it from now on."""
    cut = view.cut(target / 100, cast(sc.Level, level))
    if session.result is None:
        return cut_html(view, cut, moved)
    carry_cut(session, cut)
    return cut_html(view, cut, moved, session.result.calibrator)


def _connect_use(tab: CalibrateTab) -> None:
    step, sessions = tab.steps.use, tab.page.sessions

    def _ui_show_use(visitor: str) -> Updates:
        return tab.used(sessions.of(visitor))

    def _ui_apply(
        path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> str:  # fmt: skip
        session, content = sessions.of(visitor), taken(path)
        if content is None:
            return ""
        try:
            text = apply_to_file(tab.page, session, content, session.progress(progress))
        except (Stopped, sc.SearchCoreError) as fault:
            return told(fault)
        return use.applied_html(text)

    def _ui_import(path: str | None, visitor: str) -> Updates:
        session = sessions.of(visitor)
        session.calibrator_file = taken(path)
        return _imported(tab, session, anyway=False)

    def _ui_import_anyway(visitor: str) -> Updates:
        return _imported(tab, sessions.of(visitor), anyway=True)

    drawn = {"inputs": tab.key, "outputs": tab.used_parts, **QUICK}
    tab.steps.stones[-1].select(_ui_show_use, **drawn)
    connect_work(
        tab.page, tab.key, [step.file.upload], [], step.cancel, _ui_apply, [step.file, tab.key],
        [step.applied], step.applied,
    )  # fmt: skip
    outputs = [step.import_state, step.anyway, *tab.path_parts]
    step.imported.upload(_ui_import, [step.imported, tab.key], outputs, **QUICK).then(
        _ui_show_use, **drawn
    )
    step.anyway.click(_ui_import_anyway, tab.key, outputs, **QUICK).then(_ui_show_use, **drawn)


def _imported(tab: CalibrateTab, session: Session, anyway: bool) -> Updates:
    """Take the uploaded calibrator into use; offer "apply anyway" where that may be."""
    content = session.calibrator_file
    if content is None:
        return "", gr.update(visible=False), *tab.path(session)
    try:
        import_calibrator(tab.page, session, content, anyway)
    except OtherCollection as fault:
        return error_notice(fault), gr.update(visible=True), *tab.path(session)
    except sc.SearchCoreError as fault:
        return error_notice(fault), gr.update(visible=False), *tab.path(session)
    session.calibrator_file = None
    done = notice("The calibrator is in use.", "done")
    return done, gr.update(visible=False), *tab.path(session)
