"""One vocabulary of scores: an engine's key, the name of a scale, or the scale itself."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

import numpy as np

from search_core.engines.reading import cosines_behind, scores_showing
from search_core.engines.records import ENGINES, MAPS, SUGGESTIONS, Engine, ScoreMap, listed
from search_core.errors import InputError
from search_core.mistakes import explain_mistakes
from search_core.scale import BROUGHT_SCALES, ScoreScale, rounding_at
from search_core.vectors import Floats

_MAP_OF = {"inner_product": "cosine"}  # of scales that are named otherwise than their map


Scores = str | Engine | ScoreScale
"""What says which scale scores are on, as `scale_of` takes it."""


@explain_mistakes
def scale_of(scores: Scores) -> ScoreScale:
    """Return the scale that scores are on.

    Parameters
    ----------
    scores:
        The key of an engine, such as ``"chroma-cosine"``, or its record; the name of a scale in
        `BROUGHT_SCALES`, such as ``"bm25"``, or what a sentence calls it; a scale, which is
        returned.

    Raises
    ------
    InputError
        Nothing has this name; the message has the nearest.

    Examples
    --------
    >>> sc.scale_of("chroma-cosine").words
    'cosine distance (lower is better)'
    >>> sc.scale_of("bm25") is sc.BROUGHT_SCALES["bm25"]
    True
    """
    if isinstance(scores, ScoreScale):
        return scores
    if isinstance(scores, Engine):
        return scores.scale
    if not isinstance(scores, str):
        raise InputError(
            f"A {type(scores).__name__} was given where a scale was expected; give the key of an "
            "engine such as 'faiss-l2', the name of a scale such as 'bm25', or a ScoreScale."
        )
    # Where an engine and a scale share a name, such as bm25, they are one.
    if scores in BROUGHT_SCALES:
        return BROUGHT_SCALES[scores]
    if scores in ENGINES:
        return ENGINES[scores].scale
    by_label = {scale.label: scale for scale in BROUGHT_SCALES.values()}
    if scores in by_label:
        return by_label[scores]
    raise InputError(_unknown(scores))


def _unknown(name: str) -> str:
    wanted, known = name.strip().lower(), [*BROUGHT_SCALES, *ENGINES]
    near = [each for each in known if wanted and wanted in each]
    near.sort(key=lambda each: not each.startswith(wanted))
    near = (near or get_close_matches(wanted.replace(" ", "_"), known))[:SUGGESTIONS]
    hint = (
        f"the nearest are {listed(near)}."
        if near
        else "the keys of ENGINES and BROUGHT_SCALES are the known ones."
    )
    return f"No engine and no scale is known by the name {name[:60]!r}; {hint}"


def converter(there: ScoreScale, here: ScoreScale) -> Callable[[Floats], Floats] | None:
    """Return what turns scores on one scale into scores on another, by the cosine behind both.

    None where a cosine stands behind one of them only, or behind neither. Encoders are not
    compared: scores by themselves come from none.
    """
    if there.from_source("") == here.from_source(""):
        return np.asarray
    source, target = _map_of(there), _map_of(here)
    if source is None or target is None:
        return None
    return lambda scores: scores_showing(cosines_behind(scores, source), target)


def _map_of(scale: ScoreScale) -> ScoreMap | None:
    """Return how a scale writes a cosine: of the map's name, direction and bounds."""
    score_map = MAPS.get(_MAP_OF.get(scale.name, scale.name))
    if score_map is None or score_map.higher_is_better != scale.higher_is_better:
        return None
    slack = rounding_at(score_map.lower, score_map.upper)
    ends = (score_map.lower, score_map.upper)
    same = np.allclose((scale.lower, scale.upper), ends, rtol=0, atol=slack)
    return score_map if same else None
