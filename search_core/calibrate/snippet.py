"""Code to take home: a few lines of Python that state what a calibrator states."""

from __future__ import annotations

import math
import re

import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.maps import EXPIT_CODE, logit
from search_core.encoder.models import MODELS
from search_core.scale import ScoreScale

_NAME_CHARACTERS = 80  # of an encoder's name

_SIMPLE = """\
# {method}, fitted on {rows:,} judgements of {queries:,} queries.
# In: {scale}.
# Out: {kind}, from 0 to 1.
import numpy as np


def calibrated(score):
    x = {x}
{lines}

{cuts}
print(calibrated({examples}))
"""

_BLEND = """\
# blend, fitted on {rows:,} judgements of {queries:,} queries. Out: {kind}, from 0 to 1.
# It looks at texts and their neighbours, so it needs search_core, the exported calibrator.json,
# and {file} with the texts that it was fitted on.
from pathlib import Path

import search_core as sc

{encoder}
engine = {engine}
calibrator = sc.load_calibrator(Path("calibrator.json"))
{cuts}
hits = calibrator.apply(engine.search("Write your question here.", k=10), engine)
for value, text in zip(hits.scores, hits.texts):
    print(f"{{value:.3f}}  {{text}}")
"""

_OWN_ENCODER = """\
encoder = ...  # FILL IN: your own encoder, {name}
if getattr(encoder, "fingerprint", "") != {fingerprint}:
    raise SystemExit("Fill in the encoder that this calibrator was fitted on, {name}.")"""

_KIND = {
    "probability": "probability of being relevant",
    "expected_relevance": "expected relevance",
}
_CUT = """
# From this value on, at least {target:.0%} of {shown} are relevant, at {confidence:.0%} confidence.
{name} = {value!r}
"""
_SHOWN = {
    "row": ("SHOW_HIT", "the hits shown"),
    "query": ("SHOW_BEST_HIT", "the best hits"),
}
_ON_COSINES = " (a squared L2 distance d of unit vectors, as FAISS has it, is 1 - d / 2)"


def take_home_snippet(calibrator: Calibrator) -> str:
    """Return Python source that reproduces a calibrator on the user's side.

    A method on the score alone becomes a function `calibrated(score)` that needs numpy and nothing
    else, its numbers written in. The blend becomes a script that needs `search_core`, the JSON of
    the calibrator and the collection, the last two as files beside it. If it was fitted under an
    encoder that `load_encoder` does not know, one line is to be filled in with it, and the script
    ends in words unless that encoder has the right fingerprint. Cuts that hold stand there as
    constants.

    Parameters
    ----------
    calibrator:
        The calibrator, for the share of relevant rows that it is stated for.

    Examples
    --------
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
    >>> code = sc.take_home_snippet(sc.fit_calibrator(pairs, "platt").calibrator)
    >>> print(code.splitlines()[0])
    # platt, fitted on 80 judgements of 20 queries.
    """
    fitted = calibrator.fitted_on
    kind = _KIND[calibrator.kind]
    code = calibrator.model.code()
    if not code:
        file, engine = _collection(fitted.corpus_from_labels)
        return _BLEND.format(
            rows=fitted.rows, queries=fitted.queries, kind=kind, file=file, engine=engine,
            encoder=_encoder_lines(calibrator), cuts=_cuts(calibrator),
        )  # fmt: skip
    lines = [*code, *_shift_lines(calibrator), "return p"]
    return _SIMPLE.format(
        method=calibrator.method.replace("_", " "),
        rows=fitted.rows,
        queries=fitted.queries,
        kind=kind,
        scale=_in_words(calibrator.scale),
        x=f"{'' if calibrator.scale.higher_is_better else '-'}np.asarray(score, dtype=float)",
        lines="\n".join(f"    {line}" for line in lines),
        cuts=_cuts(calibrator),
        examples=_examples(calibrator.scale),
    )


def _cuts(calibrator: Calibrator) -> str:
    """Return the cuts that hold, each as a constant below its promise."""
    promised = [
        (cut, value, *_SHOWN[cut.level])
        for cut in calibrator.thresholds
        if (value := cut.value) is not None
    ]
    return "".join(
        _CUT.format(
            target=cut.target, confidence=cut.confidence, shown=shown, name=name, value=value
        )
        for cut, value, name, shown in promised
    )


def _encoder_lines(calibrator: Calibrator) -> str:
    """Return the lines that make the encoder; what a file says of it stands there quoted."""
    source, encoded_by = calibrator.scale.source, calibrator.fitted_on.encoder
    for name, record in MODELS.items():
        if record.fingerprint == source:
            return f'encoder = sc.load_encoder("{name}")'
    name = encoded_by.name if encoded_by else "whose name is not known"
    return _OWN_ENCODER.format(name=_as_words(name), fingerprint=ascii(source))


def _as_words(name: str) -> str:
    """Return a stranger's name without what could end a comment or a quoted text."""
    return re.sub(r"[^\w ./:@+-]", "?", name, flags=re.ASCII)[:_NAME_CHARACTERS]


def _collection(from_labels: bool) -> tuple[str, str]:
    """Return the file that the collection is in, and how an engine is made of it."""
    if from_labels:
        return "labels.csv", 'sc.SearchEngine.for_labels(sc.read_labels("labels.csv"), encoder)'
    corpus = 'sc.read_corpus("documents.csv")'
    return "documents.csv", f"sc.SearchEngine.build({corpus}, encoder=encoder)"


def _in_words(scale: ScoreScale) -> str:
    way = "higher" if scale.higher_is_better else "lower"
    return f"{scale.name}, {way} is better{_ON_COSINES if scale.name == 'cosine' else ''}"


def _examples(scale: ScoreScale) -> list[float]:
    """Return scores to try the function on."""
    if not math.isfinite(scale.upper - scale.lower):
        return [1.0, 5.0, 20.0]
    return [round(scale.lower + part * (scale.upper - scale.lower), 3) for part in (0.6, 0.75, 0.9)]


def _shift_lines(calibrator: Calibrator) -> list[str]:
    """Return the lines that re-state p for another share of relevant rows."""
    if calibrator.base_rate is None:
        return []
    there, here = logit(np.array([calibrator.base_rate, calibrator.fitted_on.mean])).tolist()
    return [
        f"# re-stated for a share of {calibrator.base_rate:g} relevant rows",
        "p = np.clip(p, 1e-12, 1 - 1e-12)",
        f"odds = np.log(p) - np.log1p(-p) + {there - here!r}",
        EXPIT_CODE,
    ]
