"""The verdict on a fit: one sentence, the figures behind it, and two charts of what it rests on."""

from __future__ import annotations

import search_core as sc
from search_ui.calibration_view import CalibrationView
from search_ui.charts import feature_worth, reliability
from search_ui.wording import count, escaped, method_words, number, percent

LEAST_ERROR = 5e-4  # smaller ones are 0.0% when they are rounded

_WHAT = {
    "log_loss": "how much its values miss the judgements, sure mistakes counting most; 0 is best",
    "ece": "how far stated values lie from judged ones, chance taken off; 0 is best",
    "auc": "how often a relevant row stands above an irrelevant one; 0.5 is a coin, 1 is best",
    "ndcg_after": "how good the order of the first ten is; 1 is best",
    "r2": "share of the variation of the judgements that it explains; 1 is best",
}
_HOW_TO_READ = (
    "Along the bottom stands what the calibrator says, upwards what people judged where it says "
    "so. On the dashed line both agree: it means what it says. Below the line it promises too "
    "much, above it too little. The grey band shows how far chance alone would carry a calibrator "
    "that is right, with as many labels as these; inside it nothing can be held against yours. The "
    "bars beneath count how often each value is stated: where they are low, little is known."
)


def verdict_html(view: CalibrationView, *, is_example: bool = False) -> str:
    """Return the finding in plain words, why this method, and the figures.

    `is_example` says that the visitor has no labels yet, and sees the sample's.
    """
    report = view.report
    lead, colon, rest = report.verdict.sentence.partition(":")
    found = f"<b>{escaped(lead)}{colon}</b>{escaped(rest)} {_meaning_words(view)}"
    notes = "".join(f"<li>{escaped(note)}</li>" for note in report.notes)
    cautions = f'<ul class="notice cautions">{notes}</ul>' if notes else ""
    whose = f"{_whose(view, is_example)}, {method_words(view.method)}"
    return (
        f'<div class="ss"><p class="soft whose">{whose}</p><p class="find">{found}</p>'
        f'{cautions}<div class="figures even">{_figures(view, are_few(view))}</div>'
        f'<p class="soft why">{escaped(view.because)} All figures are on queries that the fit '
        f"never saw.{_test_words(view.test_report)}</p></div>"
    )


def _whose(view: CalibrationView, is_example: bool) -> str:
    if is_example:
        return "The sample's judgements, as an example: your collection has none yet"
    return "The sample's judgements" if view.of_sample else "Your judgements"


def are_few(view: CalibrationView) -> bool:
    """Whether there are so few labels that the interval says more than the figure."""
    relevant = sum(judged >= sc.RELEVANT for judged in view.relevance)
    rarer = min(relevant, len(view.relevance) - relevant)
    return view.is_demo or view.report.queries < sc.CAUTION_QUERIES or rarer < sc.CAUTION_ROWS


def _meaning_words(view: CalibrationView) -> str:
    """Say what a high value turned out to mean, where the calibrator is worth it."""
    if view.report.verdict.kind not in ("helps", "no gain"):
        return ""
    name, loss = _rival(view)
    return f"Its log-loss there is {number(view.report.log_loss)}; {name} reaches {number(loss)}."


def _rival(view: CalibrationView) -> tuple[str, float]:
    """Return what the loss is compared with: the simple curve, unless it is the one fitted."""
    if view.method == "platt":
        return "always the average", view.report.log_loss_constant
    return "the score alone, at its best,", view.report.log_loss_platt


def _figures(view: CalibrationView, few: bool) -> str:
    """Return the figures; where labels are few, each leads with its interval."""
    report, (rival, loss) = view.report, _rival(view)
    shown = (
        ("log_loss", f"{rival.partition(',')[0]} {number(loss)}"),
        ("ece", f"chance taken off; chance alone reaches {percent(report.ece_null, 1)}"),
        ("auc", f"score alone {number(report.auc_score)}"),
        ("ndcg_after", f"score alone {number(report.ndcg_before)}"),
        ("r2", "of the variation explained"),
    )
    return "".join(_figure(report, name, beside, few) for name, beside in shown)


_NAMES = {
    "log_loss": "log-loss",
    "ece": "calibration error",
    "auc": "AUC",
    "ndcg_after": "nDCG@10",
    "r2": "R²",
}


def _figure(report: sc.Report, name: str, beside: str, few: bool) -> str:
    value = getattr(report, name)
    written = _error_words(value) if name == "ece" else number(value)
    words = f"{_NAMES[name]}, {beside}"
    ends = report.intervals.get(name)
    if ends is not None:
        between = f"{number(ends[0])} to {number(ends[1])}"
        words += f"<br>measured {written}" if few else f"<br>90% interval {between}"
        written = between if few else written
    return f'<div title="{_WHAT[name]}"><b>{written}</b><small>{words}</small></div>'


def _error_words(error: float) -> str:
    """Write a calibration error; with chance taken off it can be 0, which no sample shows."""
    return "below 0.1%" if error < LEAST_ERROR else percent(error, 1)


def _test_words(test: sc.Report | None) -> str:
    if test is None:
        return ""
    return (
        f" On your own {count(test.rows, 'test row')} of "
        f"{count(test.queries, 'query', 'queries')}, which no fit saw: log-loss "
        f"{number(test.log_loss)}, score alone {number(test.log_loss_platt)}; AUC "
        f"{number(test.auc)}."
    )


def reliability_html(view: CalibrationView) -> str:
    """Return the reliability diagram with its band, and how to read it."""
    curve = view.report.curve
    chart = reliability(
        curve.stated,
        curve.judged,
        band=(curve.band_stated, curve.band_lower, curve.band_upper),
        predictions=view.stated,
        graded=view.report.graded,
    )
    return (
        f'<div class="ss"><div class="card">{chart}<details><summary>How to read this</summary>'
        f"<p>{_HOW_TO_READ}</p></details></div></div>"
    )


def worth_html(view: CalibrationView) -> str:
    """Return what each group of features is worth on unseen queries."""
    if not view.worth:
        return (
            '<div class="ss"><div class="card"><h3>What each feature is worth</h3>'
            '<p class="soft">These labels '
            "bring a score and no texts, so there is the score alone to go by. With texts, the "
            "place in the query's list, likeness to other good hits and shared words count, too."
            "</p></div></div>"
        )
    chart = feature_worth(
        [each.group for each in view.worth], [each.log_loss for each in view.worth]
    )
    return (
        f'<div class="ss"><div class="card">{chart}<p class="soft">Log-loss on unseen queries as '
        "features are added, lower is better. By one ridge-logistic regression throughout, so that "
        "only the features differ; the verdict is on the method that was chosen.</p>"
        "</div></div>"
    )
