"""Code to take home: Python that predicts what a calibrator predicts, and shows or hides by it."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile

import numpy as np

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.maps import EXPIT_CODE, logit
from search_core.calibrate.methods import CALIBRATORS
from search_core.calibrate.thresholds import Level, Threshold
from search_core.corpus import Corpus
from search_core.encoder.models import MODELS
from search_core.errors import CalibrationError
from search_core.scale import LABELS, ScoreScale

_NAME_CHARACTERS = 80  # of an encoder's name
_MADE = (1980, 1, 1, 0, 0, 0)  # of each file in a zip: equal contents make equal zips
UNPROMISED = 0.5  # where no threshold holds there must still be one to change

_SIMPLE = """\
# {method}, fitted on {rows:,} labels of {queries:,} queries. Needs NumPy alone.
# In: {scale}.
# Out: {kind}.
{caution}import numpy as np

{threshold}

def calibrated(score):
    x = {x}
{lines}


for score in {examples}:
    p = float(calibrated(score))
    if p >= threshold:
        print(f"{{score}}: show, predicted relevance {{p:.3f}}")
    else:
        print(f"{{score}}: hide, predicted relevance {{p:.3f}}")
"""

_BLEND = """\
# blend, fitted on {rows:,} labels of {queries:,} queries. Out: {kind}.
# It looks at texts and their neighbours, so it needs search_core, the exported calibrator.json,
# and {file} with the texts that it was fitted on.
{caution}{imports}
import search_core as sc

{threshold}
{encoder}
{engine}
calibrator = sc.load_calibrator(Path("calibrator.json"))

query = " ".join(sys.argv[1:]) or "Write your question here."
hits = calibrator.apply(engine.search(query, k=10), engine)
for p, text in zip(hits.scores, hits.texts):
    if p >= threshold:
        print(f"show  {{p:.3f}}  {{text}}")
    else:
        print(f"hide  {{p:.3f}}  {{text}}")
"""

_BLEND_OF_FILE = """\
# blend, fitted on {rows:,} labels of {queries:,} queries. Out: {kind}.
# It looks at texts, their neighbours and your file's own score, so it needs search_core, the
# exported calibrator.json, and {file} with the texts that it was fitted on.
# In: new.csv with columns query, text and score: {own}.
{caution}{imports}
import search_core as sc

{threshold}
{encoder}
{engine}
calibrator = sc.load_calibrator(Path("calibrator.json"))

rows = sc.read_labels(sys.argv[1] if len(sys.argv) > 1 else "new.csv", {unlabelled})
pairs = engine.score_labels(rows, own=calibrator.own_scale)
for p, query, text in zip(calibrator.predict(pairs), pairs.queries, pairs.texts):
    if p >= threshold:
        print(f"show  {{p:.3f}}  {{query}}  {{text}}")
    else:
        print(f"hide  {{p:.3f}}  {{query}}  {{text}}")
"""

_OWN_ENCODER = """\
encoder = ...  # FILL IN: your own encoder, {name}
if getattr(encoder, "fingerprint", "") != {fingerprint}:
    raise SystemExit("Fill in the encoder that this calibrator was fitted on, {name}.")"""

_KIND = {
    "probability": "predicted relevance, the probability that a hit is relevant (0 to 1)",
    "expected_relevance": "predicted relevance, the average label to expect (0 to 1)",
}
_SHOWN = {"row": "the hits shown", "query": "the best hits shown, one per query,"}
_ON_COSINES = " (a squared L2 distance d of unit vectors, as FAISS has it, is 1 - d / 2)"

_IMPORTS = "import sys\nfrom pathlib import Path\n"
_IMPORTS_OF_ZIP = "import json\nimport sys\nfrom pathlib import Path\n"
_ENGINE_OF_ZIP = """\
if Path("engine").exists():  # kept from the first run
    engine = sc.SearchEngine.load("engine", encoder)
else:
    documents = json.loads(Path("documents.json").read_text(encoding="utf-8"))
    corpus = sc.Corpus.from_texts(documents["texts"], documents["ids"])
    engine = sc.SearchEngine.build(corpus, encoder=encoder)
    engine.save("engine")"""

_REQUIREMENTS = """\
# Install Score Sense from its folder first: pip install path/to/score-sense
score-sense
"""

_README = """\
A blend that Score Sense fitted: it predicts how relevant each hit of a search is.
{caution}
1. pip install path/to/score-sense   (the folder of Score Sense, which brings the rest)
2. python run.py {argument}

run.py            {does}
calibrator.json   the fitted blend
documents.json    your texts; the first run embeds them into the folder engine
requirements.txt  what has to be installed
"""


def take_home_snippet(calibrator: Calibrator, level: Level | None = None, caution: str = "") -> str:
    """Return Python source that reproduces a calibrator on the user's side.

    A method on the score alone becomes a function `calibrated(score)` that needs NumPy and nothing
    else, its numbers written in. The blend becomes a script that needs `search_core`, the JSON of
    the calibrator and the collection, the last two as files beside it. If it was fitted under an
    encoder that `load_encoder` does not know, one line is to be filled in with it, and the script
    ends in words unless that encoder has the right fingerprint. Either shows or hides by
    `if p >= threshold`, with what is guaranteed of the threshold beside it.

    Parameters
    ----------
    calibrator:
        The calibrator, for the share of relevant rows that it is stated for.
    level:
        Whose threshold decides, as for `Calibrator.deciding_threshold`.
    caution:
        What to bear in mind, such as the sentence of `Calibrator.collection_change`; it becomes a
        comment.

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
    code = calibrator.model.code()
    if not code:
        file, engine = _collection(calibrator.fitted_on.corpus_from_labels)
        return _blend_script(calibrator, level, caution, _IMPORTS, file, f"engine = {engine}")
    lines = [*code, *_shift_lines(calibrator), "return p"]
    scale = calibrator.scale
    return _SIMPLE.format(
        method=CALIBRATORS[calibrator.method].label,
        rows=calibrator.fitted_on.rows,
        queries=calibrator.fitted_on.queries,
        kind=_KIND[calibrator.kind],
        caution=_caution_lines(caution),
        scale=_in_words(scale),
        threshold=_threshold_lines(calibrator, level),
        x=f"{'' if scale.higher_is_better else '-'}np.asarray(score, dtype=float)",
        lines="\n".join(f"    {line}" for line in lines),
        examples=_examples(scale),
    )


def take_home_zip(
    calibrator: Calibrator, corpus: Corpus, level: Level | None = None, caution: str = ""
) -> bytes:
    """Return a zip with all that a blend needs to run: unpack it, install the library, `run.py`.

    Parameters
    ----------
    calibrator:
        The blend.
    corpus:
        The collection that it serves.
    level, caution:
        As for `take_home_snippet`.

    Returns
    -------
    bytes
        Of a zip with README.txt, requirements.txt, run.py, calibrator.json and documents.json. The
        texts stand in the last as they are, which a CSV that runs nothing could not hold.

    Raises
    ------
    CalibrationError
        The calibrator looks at the score alone.

    Examples
    --------
    >>> rows = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(80)]
    >>> fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> sc.take_home_zip(fitted.calibrator, sc.Corpus.from_texts(["a cat"]))
    Traceback (most recent call last):
    search_core.errors.CalibrationError: This calibrator looks at the score alone and needs no \
texts; take_home_snippet gives all its code.
    """
    if not calibrator.needs_engine:
        raise CalibrationError(
            "This calibrator looks at the score alone and needs no texts; take_home_snippet gives "
            "all its code."
        )
    script = _blend_script(
        calibrator, level, caution, _IMPORTS_OF_ZIP, "documents.json", _ENGINE_OF_ZIP
    )
    documents = {"ids": corpus.ids, "texts": corpus.texts}
    reads_file = calibrator.own_scale is not None
    readme = _README.format(
        caution=f"\n{_one_line(caution)}\n" if caution else "",
        argument="new.csv" if reads_file else '"your question"',
        does=(
            "reads query, text and score from a CSV and shows rows from the threshold up"
            if reads_file
            else "searches your texts and shows hits from the threshold up"
        ),
    )
    files = {
        "README.txt": readme,
        "requirements.txt": _REQUIREMENTS,
        "run.py": script,
        "calibrator.json": calibrator.to_json(),
        "documents.json": json.dumps(documents, ensure_ascii=False, indent=0),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode("utf-8"))
    return content.getvalue()


def _blend_script(
    calibrator: Calibrator, level: Level | None, caution: str, imports: str, file: str, engine: str
) -> str:
    own = calibrator.own_scale
    return (_BLEND if own is None else _BLEND_OF_FILE).format(
        own="" if own is None else _in_words(own),
        unlabelled="judged=False",
        rows=calibrator.fitted_on.rows,
        queries=calibrator.fitted_on.queries,
        kind=_KIND[calibrator.kind],
        caution=_caution_lines(caution),
        imports=imports,
        file=file,
        threshold=_threshold_lines(calibrator, level),
        encoder=_encoder_lines(calibrator),
        engine=engine,
    )


def _caution_lines(caution: str) -> str:
    return f"# CAUTION: {_one_line(caution)}\n" if caution else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _threshold_lines(calibrator: Calibrator, level: Level | None) -> str:
    """Return the threshold that decides below its guarantee, or one that is the user's to set."""
    found = calibrator.deciding_threshold(level)
    if found is None:
        unset = "No threshold is guaranteed with these labels: set your own."
        return f"# {unset}\nthreshold = {UNPROMISED!r}"
    return f"# {_promise(found)}\nthreshold = {found.value!r}"


def _promise(threshold: Threshold) -> str:
    return (
        f"Guaranteed at {threshold.confidence:.0%} confidence: at least {threshold.target:.0%} of "
        f"{_SHOWN[threshold.level]} are relevant."
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
    # A name may come from a stranger's file, and this becomes a comment.
    name = _as_words(scale.label) if scale.name not in LABELS else scale.label
    return f"{name}, {way} is better{_ON_COSINES if scale.name == 'cosine' else ''}"


def _examples(scale: ScoreScale) -> list[float]:
    """Return scores to try the function on."""
    if scale.upper == 0:
        return [-20.0, -5.0, -1.0]
    if not math.isfinite(scale.upper - scale.lower):
        return [1.0, 5.0, 20.0]
    return [round(scale.lower + part * (scale.upper - scale.lower), 3) for part in (0.6, 0.75, 0.9)]


def _shift_lines(calibrator: Calibrator) -> list[str]:
    """Return the lines that re-state p for another share of relevant rows."""
    if calibrator.base_rate is None:
        return []
    there, here = logit(np.array([calibrator.base_rate, calibrator.fitted_on.mean])).tolist()
    return [
        f"# adjusted to a share of {calibrator.base_rate:g} relevant rows",
        "p = np.clip(p, 1e-12, 1 - 1e-12)",
        f"odds = np.log(p) - np.log1p(-p) + {there - here!r}",
        EXPIT_CODE,
    ]
