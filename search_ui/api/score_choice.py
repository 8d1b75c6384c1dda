"""What a fit over the API is on, where rows bring scores of their own; nothing goes in silence."""

from __future__ import annotations

from dataclasses import dataclass

import search_core as sc
from search_ui.api.models import FitRequest, ScoreComparisonAnswer, ScoreWorthAnswer

_FIT_ON: dict[sc.Whose, str] = {"yours": "scores", "ours": "texts", "both": "both"}


@dataclass(frozen=True)
class ChosenScores:
    """What a fit is on.

    Attributes
    ----------
    fit_on:
        "scores", "texts" or "both".
    scale:
        What the rows' own scores mean; None where they are not read.
    notes:
        What was read without being asked for, and what was not read, in sentences.
    """

    fit_on: str
    scale: sc.ScoreScale | None
    notes: tuple[str, ...] = ()


def chosen_scores(labels: sc.Labels, asked: FitRequest) -> ChosenScores:
    """Return what a fit is on.

    Raises
    ------
    LabelsError
        It is to be on what the rows do not have, or on scores whose scale nobody can know.
    InputError
        The scale does not run in the direction given, or needs one.
    """
    has_texts = bool(labels.texts or labels.doc_ids)
    if labels.scores is None:
        return _without_scores(asked)
    is_stated = asked.score_scale != "auto" or asked.direction != "auto"
    if not has_texts:
        if asked.fit_on in ("texts", "both"):
            raise sc.LabelsError(
                f"fit_on is '{asked.fit_on}', and the rows have no texts; add 'text', or fit on "
                "'scores'."
            )
        return ChosenScores("scores", *_scale(labels, asked))
    fit_on = asked.fit_on
    if fit_on == "auto":
        fit_on = "scores" if is_stated else "texts"
    if fit_on == "texts":
        return _texts_alone(labels, asked, is_stated)
    scale, notes = _scale(labels, asked)
    if fit_on == "scores":
        notes = (*notes, "The fit is on the rows' scores; their texts were only compared.")
    return ChosenScores(fit_on, scale, notes)


def _without_scores(asked: FitRequest) -> ChosenScores:
    if asked.fit_on in ("scores", "both"):
        raise sc.LabelsError(
            f"fit_on is '{asked.fit_on}', and the rows have no column 'score'; add one, or fit on "
            "'texts'."
        )
    if asked.score_scale in ("auto", "cosine"):  # that is what a fit on texts is on
        return ChosenScores("texts", None)
    note = f"score_scale '{asked.score_scale}' was not used: the rows have no column 'score'."
    return ChosenScores("texts", None, (note,))


def _texts_alone(labels: sc.Labels, asked: FitRequest, is_stated: bool) -> ChosenScores:
    """Fit on texts beside scores, which are compared where their scale is known."""
    found = sc.propose_scale(labels)
    note = (
        f"Column '{found.column[:40]}' was not used for the fit ({found.count:,} values, "
        f"{found.lowest:.4g} to {found.highest:.4g}). {found.labels_words} To fit on it, give "
        "score_scale, and fit_on 'scores' or 'both'."
    )
    scale = _scale(labels, asked)[0] if is_stated else None
    return ChosenScores("texts", scale, (note,))


def _scale(labels: sc.Labels, asked: FitRequest) -> tuple[sc.ScoreScale, tuple[str, ...]]:
    """Return the scale of the rows' scores, and a note where it was not given."""
    direction = None if asked.direction == "auto" else asked.direction
    if asked.score_scale != "auto":
        return sc.brought_scale(asked.score_scale, direction), ()
    found = sc.propose_scale(labels)
    if direction is not None and not found.is_named:
        return sc.brought_scale("other", direction), ()
    scale = sc.COSINE if _may_be_cosines(found) else found.scale
    if scale is None or not (found.is_named or _may_be_cosines(found)):
        may_be = "" if scale is None else f" It may be '{scale.label}' (\"{scale.name}\")."
        raise sc.LabelsError(
            f"Say what the scores are: give score_scale, or direction. {found.sentence}{may_be}",
            column=found.column,
        )
    note = f"The scores were read as {scale.words}; if they are not, give score_scale."
    return scale, (note,)


def _may_be_cosines(found: sc.ScaleProposal) -> bool:
    """Whether scores look like cosines, as most that are sent are, and no label says otherwise."""
    is_within = not sc.COSINE.outside([found.lowest, found.highest]).any()
    return not found.is_named and is_within and found.better_by_labels != "lower"


def comparison_answer(found: sc.ScoreComparison) -> ScoreComparisonAnswer:
    """Return a comparison in the words of the API."""
    return ScoreComparisonAnswer(
        labels=found.labels,
        queries=found.queries,
        choices=[
            ScoreWorthAnswer(
                fit_on=_FIT_ON[each.whose],
                method=each.method,
                auc=each.auc,
                log_loss=each.log_loss,
                excess_loss=each.excess_loss,
            )
            for each in found.choices
        ],
        sentence=found.sentence,
    )


def unread_words(labels: sc.Labels, fitted: sc.Calibrator) -> list[str]:
    """Say what rows hold that a calibrator does not read."""
    has_texts = bool(labels.texts or labels.doc_ids)
    if not fitted.scale.source:
        return ["The rows' texts were not used: this calibrator reads scores."] if has_texts else []
    if labels.scores is None or fitted.own_scale is not None:
        return []
    return ["The rows' scores were not used: this calibrator reads texts."]
