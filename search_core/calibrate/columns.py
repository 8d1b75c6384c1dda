"""The columns of what a calibrator is given: pairs, a table with scores, or bare scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from search_core.arrays import floats_of, position_words
from search_core.errors import CalibrationError, InputError, check_kind
from search_core.frames import check_columns, columns_of
from search_core.pairs import ScoredPairs
from search_core.scale import ScoreScale
from search_core.vectors import Floats


def scores_of_pairs(pairs: ScoredPairs, scales: Mapping[str, ScoreScale]) -> dict[str, Floats]:
    """Return the scores of pairs by name; each must be on the scale of the fit."""
    given = dict(zip(pairs.feature_names, pairs.score_scales, strict=False))
    missing = [name for name in scales if name not in given]
    if missing:
        raise CalibrationError(
            f"These pairs lack the score {', '.join(missing)}; make them by score_pairs with "
            f"the scales of {', '.join(scales)}."
        )
    for name, scale in scales.items():
        scale.require(given[name])
    return pairs.columns()


def scores_of_frame(
    frame: object, columns: Mapping[str, str] | None, scales: Mapping[str, ScoreScale]
) -> tuple[dict[str, Floats], npt.NDArray[np.bool_]]:
    """Return a table's scores by name, higher being better, of the rows that have all of them.

    Beside them, which rows these are, shape (rows,).
    """
    if columns is not None:
        check_kind(columns, Mapping, "give the table's column by the score's name", InputError)
    given = dict(columns or {})
    check_columns({f"score '{name}'": name for name in given}, tuple(scales), InputError)
    names = {name: name for name in scales} | given
    table = columns_of(frame)
    check_columns({f"score '{name}'": at for name, at in names.items()}, list(table), InputError)
    read = {name: floats_of(table[at], f"scores in '{at}'") for name, at in names.items()}
    known: npt.NDArray[np.bool_] = np.logical_and.reduce(
        [~np.isnan(each) for each in read.values()]
    )
    for name, scale in scales.items():
        scores = read[name]
        check_bare(scores[~np.isnan(scores)], scores, scale, f" in '{names[name]}'")
        way = 1.0 if scale.higher_is_better else -1.0
        read[name] = way * scale.without_rounding(scores[known])
    return read, known


def check_bare(known: Floats, given: Floats, scale: ScoreScale, where: str = "") -> None:
    """Refuse a score that cannot be one on its scale, with its place."""
    infinite = np.flatnonzero(np.isinf(known))
    if len(infinite):
        index, words = int(infinite[0]), "it is infinite; give a finite number, or NaN for none."
    else:
        fault = scale.first_fault(known)
        if fault is None:
            return
        index, words = fault
    raise InputError(f"Score{position_words(given, index)}{where}: {words}")


def check_own(scale: ScoreScale, pairs: ScoredPairs) -> None:
    """Refuse pairs without the score of their own file, or with one on another scale."""
    if pairs.own_scale is None:
        raise CalibrationError(
            f"This calibrator also reads the file's own score, {scale.words}, and these pairs have "
            "none; score rows with a column 'score' by score_labels(labels, own=its own_scale)."
        )
    scale.require(pairs.own_scale)


def no_way(given: ScoreScale, fitted: ScoreScale) -> str:
    """Say that scores on one scale cannot be turned into those of the fit."""
    return (
        f"These scores are on the scale '{given.label}', the calibrator was fitted on "
        f"'{fitted.label}', and no cosine leads from one to the other; fit a calibrator on labels "
        f"with scores of '{given.label}'."
    )
