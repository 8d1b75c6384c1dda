"""Code to take home runs as shown: with numpy alone, or with search_core for the blend."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from search_core.calibrate.calibrator import Calibrator
from search_core.calibrate.export.snippet import take_home_snippet
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.thresholds import query_threshold, row_threshold
from search_core.encoder.models import model_record
from search_core.pairs import EncodedBy, ScoredPairs
from search_core.scale import ScoreScale
from tests.calibrate.worlds import judged, scores_alone
from tests.own_encoder import HashingEncoder

pytestmark = pytest.mark.usefixtures("few_draws")

ROOT = Path(__file__).resolve().parent.parent.parent
PAIRS = judged(60, 10)
SIMPLE = ("platt", "linear", "isotonic", "centred_isotonic", "beta")

RUN = """
import importlib.util, json, sys
sys.path.append(sys.argv[1])
assert all(importlib.util.find_spec(name) is None for name in ("search_core", "scipy", "sklearn"))
here = {}
exec(open("snippet.py", encoding="utf-8").read(), here)
values = here["calibrated"](json.load(open("scores.json")))
print(json.dumps(values.tolist()))
"""


@pytest.fixture(scope="module")
def numpy_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds numpy and nothing else."""
    folder = tmp_path_factory.mktemp("packages")
    installed = Path(np.__file__).parent
    for package in (installed, installed.parent / "numpy.libs"):
        if package.exists():
            (folder / package.name).symlink_to(package)
    return folder


def run_bare(snippet: str, scores: list[float], folder: Path, packages: Path) -> list[float]:
    """Run a snippet in a Python that sees the standard library and numpy."""
    (folder / "snippet.py").write_text(snippet, encoding="utf-8")
    (folder / "scores.json").write_text(json.dumps(scores))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(packages)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    values: list[float] = json.loads(done.stdout.splitlines()[-1])
    return values


def on(pairs: ScoredPairs, scores: list[float], calibrator: Calibrator) -> np.ndarray:
    """What the calibrator itself states for some scores."""
    asked = replace(
        scores_alone(pairs.take(np.arange(len(scores)))),
        features=np.array(scores)[:, np.newaxis],
        feature_names=pairs.feature_names[:1],
    )
    return calibrator.predict(asked)


@pytest.mark.slow
def test_the_cuts_that_hold_are_written_beside_the_function(
    tmp_path: Path, numpy_alone: Path
) -> None:
    result = fit_calibrator(PAIRS, "platt")
    y, queries = result.pairs.relevance, result.pairs.queries
    holds = row_threshold(result.out_of_fold, y, queries, 0.5)
    fails = query_threshold(result.out_of_fold, y, queries, 0.99)
    assert holds.value is not None
    assert fails.value is None
    snippet = take_home_snippet(replace(result.calibrator, thresholds=(holds, fails)))
    assert f"# {holds.promise}\nthreshold = {holds.value!r}\n" in snippet
    score = result.calibrator.score_reaching(holds.value)
    assert score is not None
    (value,) = run_bare(snippet, [score], tmp_path, numpy_alone)
    here: dict[str, float] = {}
    exec(next(line for line in snippet.splitlines() if line.startswith("threshold")), here)  # noqa: S102
    assert here["threshold"] == holds.value == pytest.approx(value, abs=1e-9)


@pytest.mark.slow
def test_a_snippet_shows_what_reaches_its_threshold_and_hides_the_rest(
    tmp_path: Path, numpy_alone: Path
) -> None:
    result = fit_calibrator(PAIRS, "platt")
    snippet = take_home_snippet(result.calibrator)
    threshold = result.calibrator.deciding_threshold()
    assert threshold is not None
    (tmp_path / "calibrated.py").write_text(snippet, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c",
         "import sys; sys.path.append(sys.argv[1]); exec(open('calibrated.py').read())",
         str(numpy_alone)],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = re.findall(r"^(show|hide)  (\S+)  (\S+)$", done.stdout, re.M)
    scores = [float(score) for _, _, score in told]
    values = on(PAIRS, scores, result.calibrator)
    assert (
        [word for word, _, _ in told]
        == ["show" if value >= threshold.value else "hide" for value in values]
        == ["hide", "show"]
    )
    assert [float(value) for _, value, _ in told] == pytest.approx(values, abs=6e-4)


def examples_of(calibrator: Calibrator) -> list[float]:
    """Return the scores that a snippet tries its function on."""
    (written,) = re.findall(r"^for score in (.*):$", take_home_snippet(calibrator), re.M)
    scores: list[float] = ast.literal_eval(written)
    return scores


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("squared_l2", lambda cosines: 2 - 2 * cosines),
        ("bm25", lambda cosines: 30 * np.clip(cosines, 0, None)),
        ("negative_dot_product", lambda cosines: -10 * cosines),
        ("reranker_logit", lambda cosines: 12 * cosines - 8),
    ],
)
def test_the_scores_to_try_lie_on_either_side_of_the_one_that_decides(
    name: str, turned: Callable[[np.ndarray], np.ndarray]
) -> None:
    scale = sc.BROUGHT_SCALES[name]
    calibrator = fit_calibrator(brought(turned(PAIRS.features[:, 0]).tolist(), scale), "platt")
    threshold = calibrator.calibrator.deciding_threshold()
    least = 0.5 if threshold is None or threshold.value is None else threshold.value
    values = calibrator.calibrator.predict(brought(examples_of(calibrator.calibrator), scale))
    assert sorted(values >= least) == [False, True]


def test_where_the_guarantee_is_about_best_hits_the_code_asks_for_them() -> None:
    result = fit_calibrator(PAIRS, "platt")
    asked = "# Give it the best score of a query: the guarantee is about no other hit."
    y, queries = result.pairs.relevance, result.pairs.queries
    rows = row_threshold(result.out_of_fold, y, queries, 0.5)
    best = query_threshold(result.out_of_fold, y, queries, 0.5)
    both = replace(result.calibrator, thresholds=(rows, best))
    assert asked in take_home_snippet(both, "query")
    assert asked not in take_home_snippet(both, "row")


def test_the_level_says_whose_threshold_decides() -> None:
    result = fit_calibrator(PAIRS, "platt")
    y, queries = result.pairs.relevance, result.pairs.queries
    rows = row_threshold(result.out_of_fold, y, queries, 0.5)
    best = replace(query_threshold(result.out_of_fold, y, queries, 0.6), value=0.123)
    both = replace(result.calibrator, thresholds=(rows, best))
    assert "threshold = 0.123" in take_home_snippet(both)
    assert f"threshold = {rows.value}" in take_home_snippet(both, "row")
    none = take_home_snippet(replace(both, thresholds=(rows,)), "query")
    assert "# No threshold is guaranteed with these labels: set your own.\nthreshold = 0.5" in none


def test_a_caution_stands_at_the_top_and_never_becomes_code() -> None:
    snippet = take_home_snippet(fit_calibrator(PAIRS, "platt").calibrator, caution="x\nimport os")
    assert "# CAUTION: x import os\n" in snippet


@pytest.mark.slow
@pytest.mark.parametrize("method", SIMPLE)
def test_a_simple_method_is_reproduced_with_numpy_alone(
    method: str, tmp_path: Path, numpy_alone: Path
) -> None:
    calibrator = fit_calibrator(PAIRS, method).calibrator
    scores = np.linspace(-1, 1, 201).tolist()
    values = run_bare(take_home_snippet(calibrator), scores, tmp_path, numpy_alone)
    assert values == pytest.approx(on(PAIRS, scores, calibrator), abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["platt", "isotonic", "beta"])
def test_a_share_that_it_is_re_stated_for_is_reproduced(
    method: str, tmp_path: Path, numpy_alone: Path
) -> None:
    calibrator = fit_calibrator(PAIRS, method).calibrator.at_base_rate(0.03)
    scores = np.linspace(-1, 1, 201).tolist()
    values = run_bare(take_home_snippet(calibrator), scores, tmp_path, numpy_alone)
    assert values == pytest.approx(on(PAIRS, scores, calibrator), abs=1e-9)


def brought(scores: list[float], scale: ScoreScale) -> ScoredPairs:
    """Return the judged rows of a file that brings its own scores."""
    rows = [
        f"question {row // 10},{score!r},{int(judgement)}"
        for row, (score, judgement) in enumerate(zip(scores, PAIRS.relevance, strict=False))
    ]
    file = "\n".join(["query,score,relevance", *rows]).encode()
    return sc.score_pairs(sc.read_labels(file), scale)


@pytest.mark.slow
@pytest.mark.parametrize("method", SIMPLE)
@pytest.mark.parametrize("name", ["l2", "squared_l2"])
def test_a_distance_goes_in_as_the_user_has_it(
    method: str, name: str, tmp_path: Path, numpy_alone: Path
) -> None:
    squared = np.clip(2 - 2 * PAIRS.features[:, 0], 0, 4)
    distances = squared if name == "squared_l2" else np.sqrt(squared)
    scale = sc.BROUGHT_SCALES[name]
    calibrator = fit_calibrator(brought(distances.tolist(), scale), method).calibrator
    scores = np.linspace(0, scale.upper, 201).tolist()
    snippet = take_home_snippet(calibrator)
    assert f"# In: {scale.label}, lower is better." in snippet
    values = run_bare(snippet, scores, tmp_path, numpy_alone)
    assert values == pytest.approx(calibrator.predict(brought(scores, scale)), abs=1e-9)
    assert values == sorted(values, reverse=True)
    assert values[0] > values[-1]


def test_it_says_what_goes_in_and_what_comes_out() -> None:
    probability = take_home_snippet(fit_calibrator(PAIRS, "platt").calibrator)
    assert "600 labels of 60 queries" in probability
    assert "In: cosine, higher is better" in probability
    assert "1 - d / 2" in probability
    assert "Out: predicted relevance, the probability that a hit is relevant" in probability
    assert "the average label to expect" in take_home_snippet(
        fit_calibrator(PAIRS, "linear").calibrator
    )


def told_beside(folder: Path, snippet: str) -> list[list[str]]:
    """Run a blend's snippet in a folder with its files; return what it prints, part by part."""
    (folder / "snippet.py").write_text(snippet, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "snippet.py"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.split("  ", 2) for line in done.stdout.splitlines()]
    assert {word for word, _, _ in lines} <= {"show", "hide"}
    return lines


def run_beside(folder: Path, snippet: str) -> list[tuple[float, str]]:
    """Run a blend's snippet in a folder with its files; return the values and texts it prints."""
    return [(float(value), text) for _, value, text in told_beside(folder, snippet)]


@pytest.mark.model
@pytest.mark.slow
def test_a_blend_runs_beside_its_json_and_its_collection(
    tmp_path: Path, sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    calibrator = sample_result.calibrator
    (tmp_path / "calibrator.json").write_text(calibrator.to_json(), encoding="utf-8")
    documents = (ROOT / "examples" / "documents.csv").read_bytes()
    (tmp_path / "documents.csv").write_bytes(documents)
    query = "Write your question here."
    expected = calibrator.apply(sample_engine.search(query, k=10), sample_engine)
    found = run_beside(tmp_path, take_home_snippet(calibrator))
    assert [text for _, text in found] == list(expected.texts)
    assert [value for value, _ in found] == pytest.approx(list(expected.scores), abs=6e-4)


@pytest.mark.model
@pytest.mark.slow
def test_a_blend_without_a_collection_runs_beside_its_labels(
    tmp_path: Path, encoder: sc.Encoder
) -> None:
    animals = ("cat", "dog", "crow", "trout", "horse", "goat")
    rows = [
        f"where does a {one} sleep,The {other} sleeps in the {place}.,{int(one == other)}"
        for one in animals for other in animals for place in ("barn", "house")
    ]  # fmt: skip
    file = tmp_path / "labels.csv"
    file.write_text("\n".join(["query,text,relevance", *rows]), encoding="utf-8")
    labels = sc.read_labels(file)
    engine = sc.SearchEngine.for_labels(labels, encoder)
    pairs = replace(engine.score_labels(labels), corpus_from_labels=True)
    calibrator = fit_calibrator(pairs, "blend").calibrator
    (tmp_path / "calibrator.json").write_text(calibrator.to_json(), encoding="utf-8")
    assert len(run_beside(tmp_path, take_home_snippet(calibrator))) == 10


def test_a_blend_names_the_model_behind_its_scores_and_never_what_a_file_says(
    sample_result: sc.CalibrationResult,
) -> None:
    fitted = sample_result.calibrator
    assert 'load_encoder("all-MiniLM-L6-v2")' in take_home_snippet(fitted)
    other = model_record("all-MiniLM-L6-v2-cls").fingerprint
    named = replace(fitted.fitted_on, encoder=EncodedBy('"); import os  #', "", 256))
    snippet = take_home_snippet(
        replace(fitted, scale=fitted.scale.from_source(other), fitted_on=named)
    )
    assert 'load_encoder("all-MiniLM-L6-v2-cls")' in snippet
    assert "import os" not in snippet


def own_blend(folder: Path) -> Calibrator:
    """Fit a blend under an encoder of one's own; leave its files in a folder."""
    encoder = HashingEncoder()
    things = ("cat", "dog", "crow", "trout", "horse", "goat", "hen", "pike")
    texts = [f"The {one} sleeps in the {place}" for one in things for place in ("barn", "house")]
    (folder / "documents.csv").write_text("\n".join(["text", *texts]), encoding="utf-8")
    rows = [
        f"where does a {one} sleep,{text},{int(one in text)}" for one in things for text in texts
    ]
    labels = sc.read_labels("\n".join(["query,text,relevance", *rows]).encode())
    engine = sc.SearchEngine.build(sc.read_corpus(folder / "documents.csv"), encoder)
    calibrator = fit_calibrator(engine.score_labels(labels), "blend").calibrator
    (folder / "calibrator.json").write_text(calibrator.to_json(), encoding="utf-8")
    return calibrator


@pytest.mark.slow
def test_a_blend_under_an_encoder_of_ones_own_runs_once_that_is_filled_in(tmp_path: Path) -> None:
    snippet = take_home_snippet(own_blend(tmp_path))
    assert "load_encoder" not in snippet
    marked = "encoder = ...  # FILL IN: your own encoder, our-own/encoder"
    assert marked in snippet
    assert len(run_beside(tmp_path, snippet.replace(marked, MINE))) == 10


def own_thresholds(calibrator: Calibrator, value: float) -> Calibrator:
    """Return a blend that shows from a value on, at either level."""
    held = query_threshold(np.full(60, 0.9), np.ones(60), [f"q{n}" for n in range(60)], 0.5)
    best = replace(held, value=value)
    return replace(calibrator, thresholds=(best, replace(best, level="row")))


MINE = "from tests.own_encoder import HashingEncoder\nencoder = HashingEncoder()"


def with_mine(snippet: str) -> str:
    """Fill in the encoder."""
    return re.sub("^encoder = [.]{3}.*$", MINE, snippet, flags=re.M)


@pytest.mark.slow
def test_a_blend_shows_no_other_hit_than_the_guarantee_is_about(tmp_path: Path) -> None:
    calibrator = own_thresholds(own_blend(tmp_path), 0.0)
    best = told_beside(tmp_path, with_mine(take_home_snippet(calibrator, "query")))
    every = told_beside(tmp_path, with_mine(take_home_snippet(calibrator, "row")))
    assert [word for word, *_ in best] == ["show", *["hide"] * 9]
    assert {word for word, *_ in every} == {"show"}
    assert [rest for _, *rest in best] == [rest for _, *rest in every]


@pytest.mark.slow
def test_a_zip_notices_that_its_texts_have_changed(tmp_path: Path) -> None:
    calibrator = own_blend(tmp_path)
    corpus = sc.read_corpus(tmp_path / "documents.csv")
    unpack(sc.take_home_zip(calibrator, corpus), tmp_path)
    script = with_mine((tmp_path / "run.py").read_text(encoding="utf-8"))
    first = told_beside(tmp_path, script)
    changed = {"ids": ["a", "b"], "texts": [corpus.texts[0], "The owl sleeps in the tower"]}
    (tmp_path / "documents.json").write_text(json.dumps(changed), encoding="utf-8")
    again = [told_beside(tmp_path, script) for _ in range(2)]
    assert len(first) == 10
    assert [{text for *_, text in told} for told in again] == [set(changed["texts"])] * 2


@pytest.mark.slow
def test_a_zip_brings_the_library_and_names_what_that_needs(tmp_path: Path) -> None:
    unpack(sc.take_home_zip(own_blend(tmp_path), sc.Corpus.from_texts(["a cat"])), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", "import search_core as sc; print(sc.ENGINES and sc.__file__)"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert Path(done.stdout.strip()) == tmp_path / "search_core" / "__init__.py"
    needed = (tmp_path / "requirements.txt").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert needed == [*project["dependencies"], *extras["faiss"], *extras["encoder"]]
    names = {re.split("[<>=]", each)[0].replace("-", "_") for each in needed}
    imported = {"faiss_cpu" if name == "faiss" else name for name in _imported_by_the_library()}
    assert imported - {"sklearn", "matplotlib"} <= names  # a plot is drawn where it is installed
    assert "scikit_learn" in names
    says = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert "1. pip install -r requirements.txt\n2. fill in your encoder in run.py" in says


def _imported_by_the_library() -> set[str]:
    """Return the packages that the library imports anywhere but in the doors to other libraries."""
    found = set()
    library = ROOT / "search_core"
    rooms = ("adapters", "bulk", "stores")
    doors = {each for room in rooms for each in library.glob(f"{room}/*.py")}
    for path in {*library.rglob("*.py")} - doors:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"search_core"}


def unpack(content: bytes, folder: Path) -> None:
    """Unpack a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)


@pytest.mark.slow
@pytest.mark.parametrize("filled_in", ["...", "sc.ScoreScale('cosine')"])
def test_a_blend_does_not_run_under_another_encoder_than_its_own(
    tmp_path: Path, filled_in: str
) -> None:
    snippet = take_home_snippet(own_blend(tmp_path)).replace("= ...", f"= {filled_in}")
    (tmp_path / "snippet.py").write_text(snippet, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "snippet.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Fill in the encoder that this calibrator was fitted on, our-own/encoder."
    )


@pytest.mark.parametrize("end", ['"', "'", "\n", "\r", "\u2028", "\\", "{name}", ")"])
def test_nothing_that_a_file_says_of_an_encoder_becomes_code(tmp_path: Path, end: str) -> None:
    calibrator = own_blend(tmp_path)
    evil = f"{end}); import os  #{end}\nimport os\n{end}"
    snippet = take_home_snippet(
        replace(
            calibrator,
            scale=calibrator.scale.from_source(evil),
            fitted_on=replace(calibrator.fitted_on, encoder=EncodedBy(evil, "", 256)),
        )
    )
    imports = [each for each in ast.walk(ast.parse(snippet)) if isinstance(each, ast.Import)]
    assert [alias.name for each in imports for alias in each.names] == ["sys", "search_core"]


@pytest.mark.model
@pytest.mark.slow
def test_a_zip_unpacked_in_an_empty_folder_runs_as_it_says(
    tmp_path: Path, sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    calibrator = sample_result.calibrator
    content = sc.take_home_zip(calibrator, sample_engine.corpus, caution="Look twice.")
    unpack(content, tmp_path)
    says = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert 'python run.py "your question"' in says
    assert "Look twice." in says
    assert "pip install -r requirements.txt" in says
    query = "How do I descale a kettle?"
    expected = calibrator.apply(sample_engine.search(query, k=10), sample_engine)
    for _ in range(2):  # the second run takes the vectors that the first one kept
        done = subprocess.run(
            [sys.executable, "run.py", query],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": "", "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = [line.split("  ", 2) for line in done.stdout.splitlines()]
        assert [text for _, _, text in found] == list(expected.texts)
        values = [float(value) for _, value, _ in found]
        assert values == pytest.approx(list(expected.scores), abs=6e-4)
    assert (tmp_path / "engine").is_dir()
    assert content == sc.take_home_zip(calibrator, sample_engine.corpus, caution="Look twice.")
