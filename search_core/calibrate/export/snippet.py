"""Code to take home: Python that predicts what a calibrator predicts, and shows or hides by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.export.code_words import (
    UNSET,
    fitted_words,
    kind_words,
    name_words,
    refuse_several,
    scale_words,
)
from search_core.calibrate.export.dialects import Language, Write, steps_of
from search_core.calibrate.formula import Lines
from search_core.calibrate.thresholds import Level, Threshold
from search_core.encoder.models import MODELS
from search_core.errors import InputError, check_kind
from search_core.mistakes import explain_mistakes
from search_core.scale import ScoreScale

UNPROMISED = 0.5  # where no threshold holds there must still be one to change

_SIMPLE = """\
# {fitted}. Needs NumPy alone.
# In: {scale}.
# Out: {kind}.
{caution}import numpy as np

{threshold}

def calibrated(score):
    x = {x}
{lines}


{of_best}for score in {examples}:
    p = float(calibrated(score))
{show_or_hide}"""

_OF_BEST = "# Give it the best score of a query: the guarantee is about no other hit.\n"

_BLEND = """\
# blend, fitted on {rows:,} labels of {queries:,} queries. Out: {kind}.
# It looks at {looks_at}, so it needs search_core,
# calibrator.json, and {file} with the texts that it was fitted on.
{caution}{imports}
import search_core as sc

{threshold}
{encoder}
{engine}
calibrator = sc.load_calibrator(Path("calibrator.json"))

{each}
{show_or_hide}"""

_EACH_HIT = """\
query = " ".join(sys.argv[1:]) or "Write your question here."
hits = calibrator.apply(engine.search(query, k=10), engine)
for p, text in zip(hits.scores, hits.texts):"""

_EACH_HIT_RANKED = """\
query = " ".join(sys.argv[1:]) or "Write your question here."
hits = calibrator.apply(engine.search(query, k=10), engine)
# The guarantee is about the best hit, so no other one is shown.
for rank, (p, text) in enumerate(zip(hits.scores, hits.texts), start=1):"""

_READ_ROWS = """\
# new.csv has the columns query, text and score: {own}.
rows = sc.read_labels(sys.argv[1] if len(sys.argv) > 1 else "new.csv", {unlabelled})
pairs = engine.score_labels(rows, own=calibrator.own_scale)
values = calibrator.predict(pairs)
"""

_EACH_ROW = "for p, query, text in zip(values, pairs.queries, pairs.texts):"

_EACH_ROW_RANKED = """\
# The guarantee is about a query's best row, so no other one is shown.
rising = sorted(range(len(pairs)), key=lambda row: (values[row], pairs.similarities[row]))
best = {pairs.queries[row]: row for row in rising}
for row, (p, query, text) in enumerate(zip(values, pairs.queries, pairs.texts)):"""

_SHOW_OR_HIDE = """\
    if {reached}:
        print(f"show  {{p:.3f}}  {what}")
    else:
        print(f"hide  {{p:.3f}}  {what}")
"""

_OWN_ENCODER = """\
encoder = ...  # FILL IN: your own encoder, {name}
if getattr(encoder, "fingerprint", "") != {fingerprint}:
    raise SystemExit("Fill in the encoder that this calibrator was fitted on, {name}.")"""

_ON_COSINES = " (a squared L2 distance d of unit vectors, as FAISS has it, is 1 - d / 2)"

_IMPORTS = "import sys\nfrom pathlib import Path\n"


@explain_mistakes
def take_home_snippet(calibrator: Calibrator, level: Level | None = None, caution: str = "") -> str:
    """Return Python source that reproduces a calibrator on the user's side.

    A method on the score alone becomes a function `calibrated(score)` that needs NumPy and nothing
    else, its numbers written in. The blend becomes a script that needs `search_core`, the JSON of
    the calibrator and the collection, the last two as files beside it. If it was fitted under an
    encoder that `load_encoder` does not know, one line is to be filled in with it, and the script
    ends in words unless that encoder has the right fingerprint. Either shows or hides by
    `if p >= threshold`, with what is guaranteed of the threshold beside it. Where that is about a
    query's best hit, the script shows no other one, and the function asks for the best score.

    Parameters
    ----------
    calibrator:
        The calibrator, for the share of relevant rows that it is stated for.
    level:
        Whose threshold decides, as for `Calibrator.deciding_threshold`.
    caution:
        What to bear in mind, such as the sentence of `Calibrator.collection_change`; it becomes a
        comment.

    Raises
    ------
    CalibrationError
        It was fitted on several scores.

    Examples
    --------
    >>> rows = [
    ...     {"query": f"query {n // 4}", "score": [0.1, 0.5, 0.4, 0.8][n % 4], "relevance": n % 2}
    ...     for n in range(80)
    ... ]
    >>> pairs = sc.score_pairs(sc.labels_of(rows), sc.COSINE)
    >>> code = sc.take_home_snippet(sc.fit_calibrator(pairs, "platt").calibrator)
    >>> print(code.splitlines()[0])
    # Logistic curve (Platt), fitted on 80 labels of 20 queries. Needs NumPy alone.
    >>> "if p >= threshold:" in code
    True
    """
    check_kind(calibrator, Calibrator, "give one of a fit, or of load_calibrator", InputError)
    refuse_several(calibrator)
    if not calibrator.model.formula():
        file, engine = _collection(calibrator.fitted_on.corpus_from_labels)
        return blend_script(calibrator, level, caution, _IMPORTS, file, f"engine = {engine}")
    steps = [f"{name} = {_NUMPY.written(node).text}" for name, node in steps_of(calibrator)]
    scale, threshold = calibrator.scale, calibrator.deciding_threshold(level)
    return _SIMPLE.format(
        fitted=fitted_words(calibrator),
        kind=kind_words(calibrator),
        caution=_caution_lines(caution),
        scale=_in_words(scale),
        threshold=_threshold_lines(threshold),
        x=f"{'' if scale.higher_is_better else '-'}np.asarray(score, dtype=float)",
        lines="\n".join(f"    {line}" for line in [*steps, "return p"]),
        of_best=_OF_BEST if _is_of_best(threshold) else "",
        examples=_examples(calibrator, threshold),
        show_or_hide=_SHOW_OR_HIDE.format(reached="p >= threshold", what="{score}"),
    )


def blend_script(
    calibrator: Calibrator, level: Level | None, caution: str, imports: str, file: str, engine: str
) -> str:
    """Return the script of a blend.

    Parameters
    ----------
    calibrator, level, caution:
        As for `take_home_snippet`.
    imports, file, engine:
        The modules that it imports, the file with its texts, and the lines that make the engine.
    """
    threshold, own = calibrator.deciding_threshold(level), calibrator.own_scale
    ranked = _is_of_best(threshold)
    if own is None:
        each, best = (_EACH_HIT_RANKED, "rank == 1") if ranked else (_EACH_HIT, "")
    else:
        each, best = (_EACH_ROW_RANKED, "row == best[query]") if ranked else (_EACH_ROW, "")
        each = _READ_ROWS.format(own=_in_words(own), unlabelled="judged=False") + each
    return _BLEND.format(
        looks_at="texts and their neighbours" + (" and your file's own score" if own else ""),
        rows=calibrator.fitted_on.rows,
        queries=calibrator.fitted_on.queries,
        kind=kind_words(calibrator),
        caution=_caution_lines(caution),
        imports=imports,
        file=file,
        threshold=_threshold_lines(threshold),
        encoder=_encoder_lines(calibrator),
        engine=engine,
        each=each,
        show_or_hide=_SHOW_OR_HIDE.format(
            reached=" and ".join(filter(None, ("p >= threshold", best))),
            what="{text}" if own is None else "{query}  {text}",
        ),
    )


def _is_of_best(threshold: Threshold | None) -> bool:
    """Whether the guarantee is about the best hit of a query."""
    return threshold is not None and threshold.level == "query"


def _caution_lines(caution: str) -> str:
    return f"# CAUTION: {one_line(caution)}\n" if caution else ""


def one_line(text: str) -> str:
    """Return a text without line breaks, which would end a comment."""
    return " ".join(text.split())


def _threshold_lines(found: Threshold | None) -> str:
    """Return the threshold that decides below its guarantee, or one that is the user's to set."""
    if found is None:
        return f"# {UNSET}\nthreshold = {UNPROMISED!r}"
    return f"# {found.promise}\nthreshold = {found.value!r}"


def _encoder_lines(calibrator: Calibrator) -> str:
    """Return the lines that make the encoder; what a file says of it stands there quoted."""
    model, encoded_by = known_model(calibrator), calibrator.fitted_on.encoder
    if model:
        return f'encoder = sc.load_encoder("{model}")'
    name = encoded_by.name if encoded_by else "whose name is not known"
    return _OWN_ENCODER.format(name=name_words(name), fingerprint=ascii(calibrator.scale.source))


def known_model(calibrator: Calibrator) -> str:
    """Return the name of the model that `load_encoder` makes its encoder of; "" for another one."""
    source = calibrator.scale.source
    return next((name for name, each in MODELS.items() if each.fingerprint == source), "")


def _collection(from_labels: bool) -> tuple[str, str]:
    """Return the file that the collection is in, and how an engine is made of it."""
    if from_labels:
        return "labels.csv", 'sc.SearchEngine.for_labels(sc.read_labels("labels.csv"), encoder)'
    corpus = 'sc.read_corpus("documents.csv")'
    return "documents.csv", f"sc.SearchEngine.build({corpus}, encoder=encoder)"


def _in_words(scale: ScoreScale) -> str:
    return scale_words(scale) + (_ON_COSINES if scale.name == "cosine" else "")


def _examples(calibrator: Calibrator, threshold: Threshold | None) -> list[float]:
    """Return two scores to try the function on: on either side of the one that decides.

    Where every score is shown, or none, there are no two sides.
    """
    scale, value = calibrator.scale, None if threshold is None else threshold.value
    reaching = calibrator.score_reaching(UNPROMISED if value is None else value)
    middle = 0.0 if reaching is None or math.isinf(reaching) else reaching
    step = abs(middle) / 2 or 1.0
    sides = np.clip([middle - step, middle + step], scale.lower, scale.upper)
    return [float(f"{side:.3g}") for side in sides]


def _interpolated(lines: Lines, write: Write) -> str:
    """Write straight lines between knots, four numbers a line."""
    lists = [_code_of_list(each) for each in (lines.knots, lines.values)]
    inside = "".join(f"        {each},\n" for each in (write(lines.at), *lists))
    return f"np.interp(\n{inside}    )"


def _code_of_list(values: Sequence[float]) -> str:
    rows = [", ".join(map(repr, values[n : n + 4])) for n in range(0, len(values), 4)]
    return "[\n" + "".join(f"            {row},\n" for row in rows) + "        ]"


_NUMPY = Language(
    "0.5 * (1 + np.tanh(0.5 * {0}))",  # 1 / (1 + exp(-odds)), without overflow
    "np.log({0})", "np.clip({0}, {1}, {2})", _interpolated,
)  # fmt: skip
