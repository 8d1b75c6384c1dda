"""The fourth step in words: where the calibrator serves now, and how to take it home."""

from __future__ import annotations

import search_core as sc
from search_ui.tabs.calibrate.cut import own_scores
from search_ui.tabs.calibrate.download import download_link
from search_ui.tabs.calibrate.path import method_words
from search_ui.wording import count, escaped, number, percent

_KINDS = {"probability": "a probability", "expected_relevance": "an expected relevance, 0 to 1"}


def use_html(calibrator: sc.Calibrator, where: str) -> str:
    """Say which calibrator is in use, and where it serves (plain text)."""
    fitted = calibrator.fitted_on
    return (
        f'<div class="ss"><p class="find"><b>In use: {escaped(method_words(calibrator.method))}'
        f"</b>, fitted on {count(fitted.rows, 'judgement')} of "
        f"{count(fitted.queries, 'query', 'queries')}; it states {_KINDS[calibrator.kind]}. "
        f"{escaped(where)}</p>{_thresholds(calibrator)}{_base_rate(calibrator)}</div>"
    )


def _thresholds(calibrator: sc.Calibrator) -> str:
    items = "".join(
        f"<li>{_threshold(calibrator, each, each.value)}</li>"
        for each in calibrator.thresholds
        if each.value is not None
    )
    return f'<ul class="cuts">{items}</ul>' if items else ""


def _threshold(calibrator: sc.Calibrator, threshold: sc.Threshold, value: float) -> str:
    caution = "" if threshold.is_steady else f" {escaped(sc.steadiness_words(threshold))}"
    return (
        f"Show {'a best hit' if threshold.level == 'query' else 'a hit'} at {number(value, 3)} "
        f"and above{_as_score(calibrator, value)}: at least {percent(threshold.target)} are "
        f"relevant, at {percent(threshold.confidence)} confidence.{caution}"
    )


def _as_score(calibrator: sc.Calibrator, value: float) -> str:
    words = own_scores(calibrator, value)
    return f" ({escaped(words)})" if words else ""


def _base_rate(calibrator: sc.Calibrator) -> str:
    if calibrator.base_rate is None:
        return ""
    return (
        f'<p class="soft">Its values are re-stated for {percent(calibrator.base_rate, 1)} '
        "relevant; its thresholds are withdrawn.</p>"
    )


def json_html(calibrator: sc.Calibrator) -> str:
    """Return the link to the calibrator as JSON."""
    link = download_link("calibrator.json", calibrator.to_json(), "Download calibrator.json")
    bound = "its encoder and scale" if calibrator.scale.source else "its kind of score"
    changed = ""
    if calibrator.needs_engine:
        changed = " Where the collection has changed since the fit, its answers say how much."
    return (
        f'<div class="ss"><p>{link}</p><p class="soft">Bound to {bound}, with a checksum; refused '
        f"elsewhere.{changed}</p></div>"
    )


def applied_html(content: str) -> str:
    """Return the link to the visitor's CSV with its new column."""
    link = download_link("calibrated.csv", content, "Download calibrated.csv")
    return (
        '<div class="ss notice done" role="status">The values stand in the last column; all others '
        f"are as you gave them. {link}</div>"
    )


def snippet(calibrator: sc.Calibrator) -> str:
    """Return Python that states the same values on the visitor's side."""
    return sc.take_home_snippet(calibrator)
