"""Code to take home: what needs NumPy alone comes first, then other languages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from markupsafe import Markup

import search_core as sc
from search_ui.rendering import number, percent, render
from search_ui.tabs.events import Updates, html_part
from search_ui.views.calibration import CalibrationView
from search_ui.visit.calibrating import change_words
from search_ui.visit.workspace import Workspace


@dataclass(frozen=True)
class TakeHome:
    """What code is offered.

    Attributes
    ----------
    calibrator:
        Whose code is shown.
    level:
        The level whose threshold decides in it; None takes one that holds.
    price:
        What it costs beside the blend that was fitted, in words; empty without a blend.
    own_threshold:
        Why its threshold is not the one that is shown for the blend, in a sentence; empty where
        they are one and the same.
    caution:
        That its predictions are unchecked here; empty where they are checked.
    """

    calibrator: sc.Calibrator
    level: sc.Level | None
    price: str = ""
    own_threshold: str = ""
    caution: str = ""

    @classmethod
    def of_view(
        cls, view: CalibrationView, threshold: sc.Threshold, share: float | None = None
    ) -> TakeHome:
        """Return the code on the score alone, as a fit and its threshold have been set."""
        curve = view.on_the_score(threshold, share)
        if not view.by_curve:
            return cls(curve, threshold.level)
        own = own_threshold_words(curve, threshold) if share is None else ""
        return cls(curve, threshold.level, price_words(view.report), own)

    @classmethod
    def in_use(cls, workspace: Workspace) -> TakeHome | None:
        """Return the code for the calibrator in use; None without one."""
        serving = workspace.serving
        if serving.calibrator is None:
            return None
        view, fit = workspace.serving_view, workspace.work.fit
        if not serving.calibrator.needs_engine or view is None:
            caution = change_words(workspace)
            return cls(serving.calibrator, serving.level, caution=caution)
        if fit is not None and fit.view is view:
            return cls.of_view(view, fit.threshold, fit.share)
        return cls.of_view(view, workspace.sample_threshold or view.opening_threshold)

    @property
    def text(self) -> str:
        """The code itself."""
        return sc.take_home_snippet(self.calibrator, self.level, self.caution)

    @property
    def others(self) -> list[tuple[str, str]]:
        """The name of each other language that can say it, and the code there."""
        held = self.calibrator.thresholds
        decides = tuple(each for each in held if self.level in (None, each.level))
        calibrator = replace(self.calibrator, thresholds=decides)
        codes = []
        for language in sc.CODE_LANGUAGES.values():
            with suppress(sc.CalibrationError):  # more than one score, or no curve for Lucene
                codes.append((language.label, language.write(calibrator, None)))
        return codes


@dataclass(frozen=True)
class CodePart:
    """The code, and what to know of it; hidden where there is no calibrator."""

    column: gr.Column
    words: gr.HTML
    code: gr.HTML
    others: gr.HTML

    @property
    def drawn(self) -> list[Any]:
        """The components that `drawn` updates."""
        return [self.column, self.words, self.code, self.others]


def lay_out(taken: TakeHome, name: str) -> CodePart:
    """Lay out the code; `name` is the part's."""
    with gr.Column(min_width=320, elem_id=name) as column:
        words = html_part(words_html(taken))
        code = html_part(code_html(taken))
        others = html_part(others_html(taken))
    return CodePart(column, words, code, others)


def drawn(taken: TakeHome | None) -> Updates:
    """Return updates that show the code."""
    if taken is None:
        return gr.update(visible=False), "", "", ""
    return gr.update(visible=True), words_html(taken), code_html(taken), others_html(taken)


def words_html(taken: TakeHome) -> Markup:
    """Say what the code needs, and what it costs beside the blend."""
    return render(
        "calibrate_code.html",
        on_score=not taken.calibrator.needs_engine,
        price=taken.price,
        own_threshold=taken.own_threshold,
        caution=taken.caution,
    )


def code_html(taken: TakeHome) -> Markup:
    """Return the code itself, with a button that copies it.

    It is text: the framework's editor would be a third of all that the page loads.
    """
    return render("calibrate_snippet.html", code=taken.text)


def others_html(taken: TakeHome) -> Markup:
    """Offer the code in other languages; nothing where none can say it."""
    return render("calibrate_languages.html", codes=taken.others)


def price_words(report: sc.Report) -> str:
    """Say how much less accurate the curve on the score alone is than the blend of a report."""
    if report.verdict.kind != "helps" or report.saved is None:
        return "and is about as accurate here as the blend"
    gain = percent(report.saved)
    return f"so it gives up the blend's {gain} gain in accuracy"


def own_threshold_words(curve: sc.Calibrator, of_blend: sc.Threshold) -> str:
    """Say that a curve on the score alone decides by its own threshold, and not by the blend's.

    Both are for the same target, each on its own predictions; empty where they are equal.
    """
    found, target = curve.deciding_threshold(of_blend.level), percent(of_blend.target)
    own, shown = None if found is None else found.value, of_blend.value
    if own == shown:
        return ""
    if own is None:
        return (
            f"No threshold on its predictions guarantees {target}; the blend's {number(shown, 3)} "
            "holds for the blend's predictions alone."
        )
    if shown is None:
        return (
            f"Its threshold, {number(own, 3)}, is for its own predictions; those of the blend have "
            f"none that guarantees {target}."
        )
    return (
        f"Its predictions differ from the blend's, and so does the threshold for {target}: "
        f"{number(own, 3)} in this code, {number(shown, 3)} for the blend."
    )
