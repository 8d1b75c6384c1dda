"""A blend as a zip that runs where it is unpacked: script, calibrator, texts, and this library."""

from __future__ import annotations

import io
import json
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.export.code_words import refuse_several
from search_core.calibrate.export.snippet import blend_script, known_model, one_line
from search_core.calibrate.thresholds import Level
from search_core.corpus import Corpus
from search_core.errors import CalibrationError
from search_core.mistakes import explain_mistakes

_MADE = (1980, 1, 1, 0, 0, 0)  # of each file in a zip: equal contents make equal zips
_LIBRARY = "search_core"
_OF_LIBRARY = (".py", ".pyi", ".json", ".csv", ".txt")

_PROJECT = "pyproject.toml"
_EXTRAS = ("faiss", "encoder")  # what a search of texts needs beside the core
_PYTHON = "Programming Language :: Python :: 3."

_IMPORTS = "import json\nimport sys\nfrom pathlib import Path\n"
_ENGINE = """\
documents = json.loads(Path("documents.json").read_text(encoding="utf-8"))
corpus = sc.Corpus.from_texts(documents["texts"], documents["ids"])
kept = sc.SearchEngine.load("engine", encoder) if Path("engine").exists() else None
if kept is not None and (kept.corpus.texts, kept.corpus.ids) == (corpus.texts, corpus.ids):
    engine = kept
else:  # the first run, or other texts: those that were there before are not embedded again
    engine = sc.SearchEngine.build(corpus, encoder=encoder, known=kept)
    engine.save("engine")"""

_README = """\
A blend that Score Sense fitted: it predicts how relevant each hit of a search is.
{caution}
You need Python {versions}. In this folder:

{steps}

run.py            {does}
calibrator.json   the fitted blend
documents.json    your texts; run.py embeds them into the folder engine, again where they change
search_core       the library of Score Sense (Apache-2.0), of the version that fitted the blend
requirements.txt  what the library needs, all of it on PyPI
"""


@explain_mistakes
def take_home_zip(
    calibrator: Calibrator, corpus: Corpus, level: Level | None = None, caution: str = ""
) -> bytes:
    """Return a zip with all that a blend needs: unpack it, install its requirements, `run.py`.

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
        Of a zip with README.txt, requirements.txt, run.py, calibrator.json, documents.json and
        this library. The texts stand in documents.json as they are, which a CSV that runs nothing
        could not hold.

    Raises
    ------
    CalibrationError
        The calibrator looks at the score alone, or at several scores of a table.

    Examples
    --------
    >>> rows = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(80)]
    >>> fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "platt")
    >>> sc.take_home_zip(fitted.calibrator, sc.Corpus.from_texts(["a cat"]))
    Traceback (most recent call last):
    search_core.errors.CalibrationError: This calibrator looks at the score alone and needs no \
texts; take_home_snippet gives all its code.
    """
    refuse_several(calibrator)
    if not calibrator.needs_engine:
        raise CalibrationError(
            "This calibrator looks at the score alone and needs no texts; take_home_snippet gives "
            "all its code."
        )
    documents = {"ids": corpus.ids, "texts": corpus.texts}
    contents = {
        "README.txt": _readme(calibrator, level, caution),
        "requirements.txt": "\n".join((*requirements(), "")),
        "run.py": blend_script(calibrator, level, caution, _IMPORTS, "documents.json", _ENGINE),
        "calibrator.json": calibrator.to_json(),
        "documents.json": json.dumps(documents, ensure_ascii=False, indent=0),
        **dict(_library(files(_LIBRARY), _LIBRARY)),
        f"{_LIBRARY}/{_PROJECT}": _project_file().read_text(encoding="utf-8"),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in contents.items():
            entry = zipfile.ZipInfo(name, _MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text.encode("utf-8"))
    return content.getvalue()


def requirements() -> tuple[str, ...]:
    """Return what the library needs to search texts: the core, and two extras."""
    project = _project()
    extras = project["optional-dependencies"]
    return (*project["dependencies"], *(each for name in _EXTRAS for each in extras[name]))


def _python_versions() -> str:
    """Return the first and the last version of Python that the project names."""
    named = [each for each in _project()["classifiers"] if each.startswith(_PYTHON)]
    first, last = (named[end].rpartition(" ")[2] for end in (0, -1))
    return f"{first} to {last}"


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(_project_file().read_text(encoding="utf-8"))["project"]
    return project


def _project_file() -> Traversable:
    """Return the project's file: within the library where it is installed, else beside it."""
    library = files(_LIBRARY)
    within = library / _PROJECT
    return within if within.is_file() else Path(str(library)).parent / _PROJECT


def _readme(calibrator: Calibrator, level: Level | None, caution: str) -> str:
    reads_file, threshold = calibrator.own_scale is not None, calibrator.deciding_threshold(level)
    argument = "new.csv" if reads_file else '"your question"'
    steps = [
        "pip install -r requirements.txt",
        "" if known_model(calibrator) else "fill in your encoder in run.py, at FILL IN",
        f"python run.py {argument}",
    ]
    shows = "rows" if reads_file else "hits"
    if threshold is not None and threshold.level == "query":
        shows = "each query's best row" if reads_file else "the best hit"
    reads = "reads query, text and score from a CSV" if reads_file else "searches your texts"
    return _README.format(
        versions=_python_versions(),
        caution=f"\n{one_line(caution)}\n" if caution else "",
        steps="\n".join(f"{n}. {step}" for n, step in enumerate(filter(None, steps), start=1)),
        does=f"{reads} and shows {shows} from the threshold up",
    )


def _library(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    """Return the path and the text of each file of a package."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        path = f"{name}/{each.name}"
        if each.is_dir():
            yield from _library(each, path)
        elif each.name.endswith(_OF_LIBRARY):
            yield path, each.read_text(encoding="utf-8")
