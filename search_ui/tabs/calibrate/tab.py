"""The path of four steps, with one before them for who has no labels; and what a click does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import gradio as gr

import search_core as sc
from search_ui.links import press
from search_ui.rendering import error_notice, method_words, notice
from search_ui.sample import SampleFit, read_sample_calibrator
from search_ui.tabs.calibrate import (
    check,
    code,
    fit,
    judging,
    label_meaning,
    labels,
    prior,
    score_choice,
    sides,
    use,
)
from search_ui.tabs.calibrate.code import TakeHome
from search_ui.tabs.events import (
    FAULTS,
    HEAVY,
    LOOK_AFTER,
    QUICK,
    Updates,
    connect_work,
    ended,
    received,
    received_files,
    shown_where_skippable,
    taken,
    within,
)
from search_ui.views.calibration import CalibrationView
from search_ui.visit.calibrating import (
    Given,
    Kind,
    apply_to_file,
    fit_judged,
    judged_by_plan,
    judged_for_fit,
    labels_in,
    outlined,
    read_given,
    read_import,
    share_of_hits,
    take_home_zip,
)
from search_ui.visit.label_meaning import LabelMeaning
from search_ui.visit.visits import Page
from search_ui.visit.work import OtherCollection
from search_ui.visit.workspace import Part, Workspace

_NAMES = {"labels": "Labels", "check": "Check", "fit": "Fit", "use": "Use"}
_USE = "code, CSV, JSON"

NO_LABELS = "0 Start\nno labels? make 50"
"""The label of the step before the others."""

LABELS_FIRST = (
    "1 Labels\nnone for your texts yet",
    "2 Check\nthe sample's, as an example",
    "3 Fit\nthe sample's, as an example",
    f"4 Use\n{_USE}",
)
"""The labels of the steps while the visitor's own texts have no labels."""


@dataclass(frozen=True)
class CalibrateTab:
    """The components of the path and its four steps.

    Attributes
    ----------
    page, key:
        What all tabs share, and the key of the visit.
    path, start, stones:
        The tabs within the tab: the step for who has no labels, and the four.
    judging, labels, check, fit, use:
        The steps, of which the first is for who has no labels.
    name:
        Names the work that is drawn, so that the tab is drawn anew where it has changed elsewhere.
    """

    page: Page
    key: gr.State
    path: gr.Tabs
    start: gr.Tab
    stones: tuple[gr.Tab, ...]
    judging: judging.JudgingStep
    labels: labels.LabelStep
    check: check.CheckStep
    fit: fit.FitStep
    use: use.UseStep
    name: gr.State

    @property
    def parts(self) -> list[Any]:
        """The components that `draw` updates."""
        return [
            self.path, *self.stones, self.check.findings, *self.fit.drawn, *self.use.results,
            self.name,
        ]  # fmt: skip

    def draw(self, workspace: Workspace, step: str | None = None) -> Updates:
        """Return updates that show a workspace, and perhaps open a step."""
        words = (
            LABELS_FIRST
            if workspace.shows_example
            else step_labels(workspace.labels, workspace.view)
        )
        return (
            gr.skip() if step is None else gr.update(selected=step),
            *(gr.update(label=each) for each in words),
            check.findings_html(
                workspace.labels,
                check.searched_words(workspace),
                lacks_other_kind=workspace.lacks_other_kind,
            ),
            *self.fit.draw(workspace),
            *use.NO_RESULTS,
            workspace.shown_name,
        )

    @property
    def unchanged(self) -> Updates:
        """Updates of the same components that change nothing."""
        return tuple([gr.skip()] * len(self.parts))


def build_calibrate_tab(page: Page, tab: gr.Tab, key: gr.State) -> CalibrateTab:
    """Lay out the four steps, opened on the sample's stored fit, and connect their events."""
    calibrate = _lay_out(page, key, page.shared.fit)
    _connect_opening(calibrate, tab)
    _connect_labels(calibrate)
    _connect_label_file(calibrate)
    judging.connect(page, key, calibrate.judging, calibrate.start)
    _connect_fit(calibrate)
    _connect_fit_of_pairs(calibrate)
    _connect_settings(calibrate)
    _connect_after_fit(calibrate)
    sides.connect(page, key, calibrate.fit.sides, calibrate.fit.threshold)
    _connect_use(calibrate)
    _connect_import(calibrate)
    prior.connect(page, calibrate.labels.prior, key)
    return calibrate


def _lay_out(page: Page, key: gr.State, sample: SampleFit) -> CalibrateTab:
    words = step_labels(sample.labels, sample.view)
    with gr.Tabs(selected="fit", overflow_behavior="wrap", elem_id="calibrate-path") as path:
        with gr.Tab(NO_LABELS, id="pairs", elem_id="step-pairs") as start:
            judging_step = judging.lay_out()
        stones = tuple(
            gr.Tab(label, id=name, elem_id=f"step-{name}")
            for name, label in zip(_NAMES, words, strict=True)
        )
        with stones[0]:
            label_step = labels.lay_out()
        with stones[1]:
            check_step = check.lay_out(sample.labels)
        with stones[2]:
            fit_step = fit.lay_out(sample.view)
        with stones[3]:
            use_step = use.lay_out(read_sample_calibrator(), sample.view)
    return CalibrateTab(
        page, key, path, start, stones, judging_step, label_step, check_step, fit_step, use_step,
        gr.State(""),
    )  # fmt: skip


def step_labels(judged: sc.Labels, view: CalibrationView | None) -> tuple[str, ...]:
    """Return the label of each step: its number and name, and beneath it what was done there.

    `judged` are the labels in use, `view` the fit on them; None where there is none yet.
    """
    said = (
        labels.labels_words(judged),
        check.check_words(judged),
        "not fitted yet" if view is None else f"{method_words(view.method)}, {_tested_words(view)}",
        _USE,
    )
    done = (True, True, view is not None, False)
    return tuple(
        f"{n} {name}{' ✓' if is_done else ''}\n{words}"
        for n, (name, words, is_done) in enumerate(
            zip(_NAMES.values(), said, done, strict=True), start=1
        )
    )


def _tested_words(view: CalibrationView) -> str:
    return "too few labels to test" if view.report.is_demo else "tested on unseen queries"


def _connect_opening(tab: CalibrateTab, opened: gr.Tab) -> None:
    """Catch up with what was changed in other tabs, or before the page was loaded again.

    Own texts without labels open the first step, whose form then asks for labels of these texts:
    those given in Search, or else a file.
    """

    def _ui_catch_up(name: str, chosen: str, visitor: str) -> Updates:
        workspace = tab.page.workspace(visitor)
        found = labels.from_search_html(workspace.work.hit_labels)
        if workspace.shown_name == name:
            return gr.skip(), found, *[gr.skip()] * (len(parts) - 2)
        step = "labels" if workspace.shows_example else None
        if workspace.is_labelling:
            step = "pairs"
        judged = workspace.shown.judged
        is_reloaded = chosen == "sample" and judged is not None and not judged.of_sample
        source = labels.source_of(workspace) if step or is_reloaded else gr.skip()
        return (
            source, found, *tab.draw(workspace, step), *use.drawn(workspace), *use.NOT_IMPORTED,
            *judging.drawn(workspace),
        )  # fmt: skip

    step = tab.labels
    parts = [
        step.source, step.from_search, *tab.parts, *tab.use.drawn, *tab.use.importing,
        *tab.judging.drawn,
    ]  # fmt: skip
    caught_up = opened.select(
        _ui_catch_up, [tab.name, step.source, tab.key], parts,
        js="(...given) => catchUp(...given)", **QUICK,
    )  # fmt: skip
    # Whoever was quicker than the answer stays at the step that they clicked.
    caught_up.then(None, None, None, js="() => keepStep()", **QUICK)
    caught_up.then(None, None, None, js=judging.SHOW, **QUICK)


def _connect_labels(tab: CalibrateTab) -> None:
    step, visits = tab.labels, tab.page.visits

    def _ui_show_form(kind: str) -> Updates:
        from_file = kind in ("csv", "scores")
        example = labels.example_html(kind) if from_file else gr.skip()
        return gr.update(visible=kind == "search"), gr.update(visible=from_file), example

    def _ui_read_labels(
        kind: str, paths: list[str] | None, meanings: str | None, lowest: float | None,
        highest: float | None, relevant_from: float | None, differing: str, whose: str,
        scores_are: str | None, better: str | None, skip_faulty: bool, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        given = Given(
            cast(Kind, kind), None, LabelMeaning(meanings or "", lowest, highest, relevant_from),
            cast(sc.Contradictions, differing), cast(sc.Whose, whose), scores_are or "",
            better or "", skip_faulty,
        )  # fmt: skip
        to_stop = visits.progress(visitor, str(step.cancel.elem_id), progress)
        try:
            content = received_files(tab.page, visitor, "labels", paths)
            before = tab.page.workspace(visitor)
            reading = read_given(before, replace(given, content=content), to_stop)
            workspace = visits.finish(
                visitor, str(step.cancel.elem_id), before, _rests_on(reading.judged.has_texts),
                lambda now: now.with_labels(reading),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), shown_where_skippable(fault), *tab.unchanged
        return "", gr.update(visible=False), *tab.draw(workspace, "check")

    step.source.change(
        _ui_show_form, step.source, [step.from_search, step.own, step.example], **QUICK
    )
    for button, skip_faulty in ((step.read, False), (step.skip, True)):
        connect_work(
            tab.page, tab.key, [button.click], [step.read, step.skip], step.cancel, _ui_read_labels,
            [step.source, step.file, *step.meaning.chosen, step.contradictions, *step.scores.chosen,
             gr.State(skip_faulty), tab.key],
            [step.state, step.skip, *tab.parts], step.state,
        )  # fmt: skip


def _connect_label_file(tab: CalibrateTab) -> None:
    """Show what a file says as soon as it is chosen: its columns and labels, then its scores."""
    step = tab.labels

    def _ui_show_file(paths: list[str] | None, visitor: str) -> Updates:
        try:
            content = received_files(tab.page, visitor, "labels", paths)
            outline = None if content is None else outlined(content)
        except sc.SearchCoreError as fault:
            return error_notice(fault), gr.update(visible=False), *label_meaning.drawn(None)
        return "", gr.update(visible=False), *label_meaning.drawn(outline)

    def _ui_offer_scores(
        kind: str, paths: list[str] | None, meanings: str | None, lowest: float | None,
        highest: float | None, relevant_from: float | None, visitor: str,
    ) -> Updates:  # fmt: skip
        meaning = LabelMeaning(meanings or "", lowest, highest, relevant_from)
        return score_choice.drawn(_labels_found(tab, paths, meaning, visitor), kind)

    def _ui_ask_direction(scale: str | None) -> object:
        return gr.update(visible=scale == score_choice.OTHER)

    asked = [step.source, step.file, *step.meaning.chosen, tab.key]
    # One after the other: both take the file, which is on the disk but once.
    step.file.change(
        _ui_show_file, [step.file, tab.key], [step.state, step.skip, *step.meaning.drawn], **QUICK
    ).then(_ui_offer_scores, asked, step.scores.drawn, **QUICK)
    gr.on(
        (step.source.change, step.meaning.meanings.blur), _ui_offer_scores, asked,
        step.scores.drawn, **QUICK,
    )  # fmt: skip
    step.scores.scale.change(_ui_ask_direction, step.scores.scale, step.scores.better, **QUICK)


def _labels_found(
    tab: CalibrateTab, paths: list[str] | None, meaning: LabelMeaning, visitor: str
) -> sc.Labels | None:
    """Return what can be read of the files chosen; what cannot is reported when they are read."""
    try:
        content = received_files(tab.page, visitor, "labels", paths)
        return None if content is None else labels_in(content, meaning)
    except sc.SearchCoreError:
        return None


def _rests_on(has_texts: bool) -> tuple[Part, ...]:
    """Return what work on labels rests on: those of scores alone need no collection."""
    return ("model", "collection", "labels") if has_texts else ("scores",)


def _fit_rests_on(has_texts: bool) -> tuple[Part, ...]:
    """Return what a fit rests on: it would take the place of a calibrator imported meanwhile."""
    return (*_rests_on(has_texts), "imported" if has_texts else "imported scores")


def _connect_fit(tab: CalibrateTab) -> None:
    step, visits = tab.check, tab.page.visits

    def _ui_fit(
        method: str, level: str, kind: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        to_stop = visits.progress(visitor, str(step.cancel.elem_id), progress)
        before = tab.page.workspace(visitor)
        try:
            judged = judged_for_fit(before, cast(Kind, kind), to_stop)
            found = fit_judged(before, judged, method, to_stop, cast(sc.Level, level))
            workspace = visits.finish(
                visitor, str(step.cancel.elem_id), before, _fit_rests_on(judged.has_texts),
                lambda now: now.with_fit(judged, found),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), *tab.unchanged
        return "", *tab.draw(workspace, "fit")

    def _ui_fit_simple(
        level: str, kind: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        return _ui_fit("platt", level, kind, visitor, progress)

    simple, outputs = tab.fit.simple, [step.state, *tab.parts]
    asked = [tab.fit.level, tab.labels.source, tab.key]
    connect_work(
        tab.page, tab.key, [step.fit.click], [step.fit], step.cancel, _ui_fit,
        [step.method, *asked], outputs, step.state,
    )  # fmt: skip
    connect_work(
        tab.page, tab.key, [simple.click], [simple], step.cancel, _ui_fit_simple, asked, outputs,
        tab.fit.verdict,
    )  # fmt: skip


def _connect_fit_of_pairs(tab: CalibrateTab) -> None:
    """Read the pairs that were labelled and fit them at once: a plan has checked them."""
    step, visits = tab.judging, tab.page.visits

    def _ui_fit_pairs(
        level: str, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> Updates:  # fmt: skip
        work = str(step.cancel_fit.elem_id)
        to_stop = visits.progress(visitor, work, progress)
        before = tab.page.workspace(visitor)
        try:
            reading = judged_by_plan(before)
            read = before.with_labels(reading)
            found = fit_judged(read, reading.judged, "auto", to_stop, cast(sc.Level, level))
            workspace = visits.finish(
                visitor, work, before, _fit_rests_on(has_texts=True),
                lambda now: now.with_labels(reading).with_fit(reading.judged, found),
            )  # fmt: skip
        except FAULTS as fault:
            return ended(fault), *tab.unchanged
        return "", *tab.draw(workspace, "fit")

    connect_work(
        tab.page, tab.key, [step.fit.click], [], step.cancel_fit, _ui_fit_pairs,
        [tab.fit.level, tab.key], [step.state, *tab.parts], step.progress,
    )  # fmt: skip


def _connect_settings(tab: CalibrateTab) -> None:
    """Connect what is set after the fit: the threshold, and the share relevant in use."""
    step, visits = tab.fit, tab.page.visits
    chosen = [step.threshold, *step.code.drawn, *tab.use.results, tab.name]

    def _ui_threshold(target: float, level: str, visitor: str) -> Updates:
        return _chosen_threshold(tab, visitor, target, level)

    def _ui_share(share: float, target: float, level: str, visitor: str) -> Updates:
        workspace = visits.update(visitor, lambda now: now.with_share(share / 100))
        if workspace.view is None:
            return tuple([gr.skip()] * (1 + len(chosen)))
        set_fit = workspace.shown.fit
        restated = fit.base_rate_html(workspace.view, set_fit.share if set_fit else None)
        return restated, *_chosen_threshold(tab, visitor, target, level)

    gr.on(
        (step.target.input, step.target.release, step.level.input), _ui_threshold,
        [step.target, step.level, tab.key], chosen,
        js=within(*fit.TARGETS), trigger_mode="always_last", **QUICK,
    )  # fmt: skip
    gr.on(
        (step.share.input, step.share.release), _ui_share,
        [step.share, step.target, step.level, tab.key], [step.base_rate, *chosen],
        js=within(*fit.SHARES), trigger_mode="always_last", **QUICK,
    )  # fmt: skip


def _connect_after_fit(tab: CalibrateTab) -> None:
    """Connect the estimate of the share relevant, and the ways on to Use and back to Labels."""
    step, visits = tab.fit, tab.page.visits

    def _ui_estimate(visitor: str) -> str:
        try:
            share = share_of_hits(tab.page.workspace(visitor))
        except sc.SearchCoreError as fault:
            return ended(fault)
        return notice(fit.share_of_hits_words(share), "done")

    def _ui_to_use(visitor: str) -> Updates:
        workspace = visits.update(visitor, lambda now: now.with_fit_in_use())
        return gr.update(selected="use"), *use.drawn(workspace), *use.NO_RESULTS, *use.NOT_IMPORTED

    def _ui_to_labels() -> object:
        return gr.update(selected="labels")

    step.estimate.click(
        _ui_estimate, tab.key, step.estimate_state,
        trigger_mode="once", **HEAVY, show_progress_on=step.base_rate,
    )  # fmt: skip
    shown = [tab.path, *tab.use.drawn, *tab.use.results, *tab.use.importing]
    step.to_use.click(_ui_to_use, tab.key, shown, **QUICK)
    step.to_labels.click(_ui_to_labels, None, tab.path, **QUICK)


def _chosen_threshold(tab: CalibrateTab, visitor: str, target: float, level: str) -> Updates:
    """Find the threshold for a target in percent, and its code; the fit carries it from now on."""
    workspace = tab.page.workspace(visitor)
    view, chosen_for = workspace.view, workspace.shown.fit
    if view is None:
        return tuple([gr.skip()] * (2 + len(tab.fit.code.drawn) + len(tab.use.results)))
    threshold = view.threshold(target / 100, cast(sc.Level, level))
    of = chosen_for.result if chosen_for else None
    now = tab.page.visits.update(visitor, lambda now: now.with_threshold(threshold, of))
    share = chosen_for.share if chosen_for else None
    return (
        fit.threshold_html(view, threshold, share is not None, fit.fitted(workspace)),
        *code.drawn(TakeHome.of_view(view, threshold, share)),
        *use.NO_RESULTS,
        now.shown_name,
    )


def _connect_use(tab: CalibrateTab) -> None:
    step, visits = tab.use, tab.page.visits

    def _ui_show_use(visitor: str) -> Updates:
        return use.drawn(tab.page.workspace(visitor))

    def _ui_apply(
        path: str | None, visitor: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how gradio finds it
    ) -> str:  # fmt: skip
        to_stop = visits.progress(visitor, str(step.cancel.elem_id), progress)
        content = taken(path)
        if content is None:
            return ""
        try:
            applied = apply_to_file(tab.page.workspace(visitor), content, to_stop)
        except FAULTS as fault:
            return ended(fault)
        return use.applied_html(applied)

    def _ui_zip(visitor: str) -> str:
        try:
            return use.zip_html(take_home_zip(tab.page.workspace(visitor)))
        except sc.SearchCoreError as fault:
            return ended(fault)

    tab.stones[-1].select(_ui_show_use, tab.key, step.drawn, **QUICK)
    step.make_zip.click(
        _ui_zip, tab.key, step.zip, trigger_mode="once", **HEAVY, show_progress_on=step.zip
    )
    connect_work(
        tab.page, tab.key, [step.file.upload], [], step.cancel, _ui_apply, [step.file, tab.key],
        [step.applied], step.applied,
    )  # fmt: skip


def _connect_import(tab: CalibrateTab) -> None:
    """Connect the way back of a calibrator that was downloaded."""
    step, visits = tab.use, tab.page.visits

    def _imported(visitor: str, content: bytes | None, anyway: bool) -> Updates:
        hidden, unchanged = gr.update(visible=False), [gr.skip()] * (len(outputs) - 2)
        if content is None:
            return "", hidden, *unchanged
        before = tab.page.workspace(visitor)
        try:
            calibrator = read_import(before, content, anyway=anyway)
            workspace = visits.finish(
                visitor, "import", before, ("model", "collection"),
                lambda now: now.with_imported(calibrator, accepts_change=anyway),
            )  # fmt: skip
        except OtherCollection as fault:
            return error_notice(fault), gr.update(visible=True), *unchanged
        except sc.SearchCoreError as fault:
            return ended(fault), hidden, *unchanged
        done = notice("The calibrator is in use.", "done")
        return done, hidden, *use.drawn(workspace), *tab.draw(workspace)

    def _ui_import(path: str | None, visitor: str) -> Updates:
        try:
            content = received(tab.page, visitor, "calibrator", path)
        except sc.SearchCoreError:
            content = None
        return _imported(visitor, content, anyway=False)

    def _ui_import_anyway(visitor: str) -> Updates:
        held = tab.page.workspace(visitor).uploads.get("calibrator")
        return _imported(visitor, held.content if held else None, anyway=True)

    outputs = [step.import_state, step.anyway, *step.drawn, *tab.parts]
    came = step.imported.upload(_ui_import, [step.imported, tab.key], outputs, **QUICK)
    came_anyway = step.anyway.click(_ui_import_anyway, tab.key, outputs, **QUICK)
    for imported in (came, came_anyway):
        imported.then(None, None, None, js=press(LOOK_AFTER), **QUICK)
