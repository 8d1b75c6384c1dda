"""What happens on a click, step by step. Functions named `_ui_*` are private to the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gradio as gr

import search_core as sc
from search_core.calibrate.thresholds import Level, default_target
from search_core.labels import Contradictions
from search_ui.calibration_view import CalibrationView
from search_ui.page import Page
from search_ui.sessions import Session, Stopped
from search_ui.tabs.calibrate import use
from search_ui.tabs.calibrate.applying import (
    OtherCollection,
    apply_to_file,
    calibrator_in_use,
    import_calibrator,
    where_words,
)
from search_ui.tabs.calibrate.audit import audit_html
from search_ui.tabs.calibrate.base_rate import base_rate_html, is_moved
from search_ui.tabs.calibrate.cut import cut_html
from search_ui.tabs.calibrate.fitting import fit_labels, restate
from search_ui.tabs.calibrate.layout import Steps, example_html, offers_simple, share_slider
from search_ui.tabs.calibrate.path import step_labels
from search_ui.tabs.calibrate.reading import Given, Kind, findings_html, read_given
from search_ui.tabs.calibrate.verdict import reliability_html, verdict_html, worth_html
from search_ui.tabs.work import QUICK, Updates, connect_work, told
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


def connect(tab: CalibrateTab) -> None:
    """Connect the events of all four steps."""
    _connect_labels(tab)
    _connect_fit(tab)
    _connect_result(tab)
    _connect_use(tab)


def _connect_labels(tab: CalibrateTab) -> None:
    step, sessions = tab.steps.labels, tab.page.sessions

    def _ui_show_form(kind: str) -> Updates:
        own, scores = kind != "sample", kind == "scores"
        example = example_html(kind) if own else gr.skip()
        return gr.update(visible=own), example, gr.update(visible=scores)

    def _ui_keep_file(path: str | None, visitor: str) -> str:
        sessions.of(visitor).label_file = _taken(path)
        return ""

    def _ui_read_labels(
        kind: str, judged_on: str, differing: str, scores_are: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        session = sessions.of(visitor)
        content = session.label_file
        given = Given(
            cast(Kind, kind), content, judged_on, cast(Contradictions, differing), scores_are
        )
        try:
            labels = read_given(tab.page, session, given, session.progress(progress))
        except (Stopped, sc.SearchCoreError) as fault:
            return *tab.path(session), told(fault), gr.skip()
        return *tab.path(session, "check"), "", findings_html(labels)

    step.source.change(
        _ui_show_form, step.source, [step.own, step.example, step.scores_are], **QUICK
    )
    for changed in (step.file.upload, step.file.clear):
        changed(_ui_keep_file, [step.file, tab.key], step.state, **QUICK)
    connect_work(
        tab.page, tab.key, [step.read.click], [step.read], step.cancel, _ui_read_labels,
        [step.source, step.judged_on, step.contradictions, step.scores_are, tab.key],
        [*tab.path_parts, step.state, tab.steps.check.findings], step.state,
    )  # fmt: skip


def _connect_fit(tab: CalibrateTab) -> None:
    step, shown = tab.steps.check, tab.steps.fit

    def _ui_fit(
        method: str, level: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        session = tab.page.sessions.of(visitor)
        try:
            view = fit_labels(tab.page, session, method, session.progress(progress))
        except (Stopped, sc.SearchCoreError) as fault:
            return *tab.path(session), told(fault), *[gr.skip()] * (len(_result_parts(tab)))
        return *tab.path(session, "fit"), "", *_result_updates(view, cast(Level, level))

    def _ui_fit_simple(
        level: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        return _ui_fit("platt", level, visitor, progress)

    outputs = [*tab.path_parts, step.state, *_result_parts(tab)]
    connect_work(
        tab.page, tab.key, [step.fit.click], [step.fit], step.cancel, _ui_fit,
        [step.method, shown.level, tab.key], outputs, step.state,
    )  # fmt: skip
    connect_work(
        tab.page, tab.key, [shown.simple.click], [shown.simple], step.cancel, _ui_fit_simple,
        [shown.level, tab.key], outputs, shown.verdict,
    )  # fmt: skip


def _result_parts(tab: CalibrateTab) -> list[Any]:
    shown = tab.steps.fit
    return [
        shown.verdict, shown.simple, shown.reliability, shown.target, shown.cut, shown.worth,
        shown.base_rate, shown.share, shown.audit,
    ]  # fmt: skip


def _result_updates(view: CalibrationView, level: Level) -> Updates:
    """Return updates of the parts that show a fit, at its own share and its default target."""
    target = default_target(level, view.report.queries)
    return (
        verdict_html(view),
        gr.update(visible=offers_simple(view)),
        reliability_html(view),
        gr.update(value=round(100 * target)),
        cut_html(view, target, level),
        worth_html(view),
        base_rate_html(view, view.report.mean),
        share_slider(view),
        audit_html(view),
    )


def _connect_result(tab: CalibrateTab) -> None:
    shown, sessions = tab.steps.fit, tab.page.sessions

    def _ui_cut(target: float, level: str, share: float, visitor: str) -> object:
        view = tab.view(sessions.of(visitor))
        if view is None:
            return gr.skip()
        moved = is_moved(view, share / 100)
        return cut_html(view, target / 100, cast(Level, level), moved)

    def _ui_share(target: float, level: str, share: float, visitor: str) -> Updates:
        session = sessions.of(visitor)
        view = tab.view(session)
        if view is None:
            return gr.skip(), gr.skip()
        moved = restate(tab.page, session, share / 100)
        cut = cut_html(view, target / 100, cast(Level, level), moved)
        return base_rate_html(view, share / 100), cut

    def _ui_to_use() -> object:
        return gr.update(selected="use")

    def _ui_to_labels() -> object:
        return gr.update(selected="labels")

    inputs = [shown.target, shown.level, shown.share, tab.key]
    for changed in (shown.target.release, shown.level.change):
        changed(_ui_cut, inputs, shown.cut, **QUICK)
    shown.share.release(_ui_share, inputs, [shown.base_rate, shown.cut], **QUICK)
    shown.to_use.click(_ui_to_use, None, tab.steps.path, **QUICK)
    shown.to_labels.click(_ui_to_labels, None, tab.steps.path, **QUICK)


def _connect_use(tab: CalibrateTab) -> None:
    step, sessions = tab.steps.use, tab.page.sessions

    def _ui_show_use(visitor: str) -> Updates:
        session = sessions.of(visitor)
        calibrator = calibrator_in_use(tab.page, session)
        return (
            use.use_html(calibrator, where_words(tab.page, session)),
            use.json_html(calibrator.to_json()),
            use.snippet(calibrator),
        )

    def _ui_apply(
        path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> str:  # fmt: skip
        session, content = sessions.of(visitor), _taken(path)
        if content is None:
            return ""
        try:
            text = apply_to_file(tab.page, session, content, session.progress(progress))
        except (Stopped, sc.SearchCoreError) as fault:
            return told(fault)
        return use.applied_html(text)

    def _ui_import(path: str | None, visitor: str) -> Updates:
        session = sessions.of(visitor)
        session.calibrator_file = _taken(path)
        return _imported(tab, session, anyway=False)

    def _ui_import_anyway(visitor: str) -> Updates:
        return _imported(tab, sessions.of(visitor), anyway=True)

    drawn = {"inputs": tab.key, "outputs": [step.state, step.json, step.code], **QUICK}
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


def _taken(path: str | None) -> bytes | None:
    """Read an upload and delete it from the disk: from now on it is in memory alone."""
    if path is None:
        return None
    file = Path(path)
    try:
        return file.read_bytes()
    except OSError:
        return None
    finally:
        file.unlink(missing_ok=True)
