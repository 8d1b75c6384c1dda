"""What is said of hits, whoever found them; libraries that are needed elsewhere are not here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.adapters.versions import TESTED, library
from tests.adapters.conftest import QUESTION, UNRELATED

ROOT = Path(__file__).resolve().parent.parent.parent
COSINES = {"ids": [["b", "a"]], "distances": [[0.3, 0.9]], "documents": [["a cat", "rain"]]}


@pytest.fixture(scope="module")
def simple() -> sc.CalibrationResult:
    """A curve of the cosine that needs no model."""
    random = np.random.default_rng(1)
    relevance = random.integers(0, 2, 200)
    cosines = np.clip(0.3 + 0.4 * relevance + 0.12 * random.normal(size=200), -1, 1)
    pairs = sc.pairs_from_arrays(cosines, relevance, np.arange(200) // 5, scale="cosine")
    return sc.fit_calibrator(pairs, "platt")


@pytest.mark.model
def test_hits_of_an_engine_get_the_values_that_apply_gives_with_interval_and_rarity(
    sample_engine: sc.SearchEngine, fitted: sc.CalibrationResult
) -> None:
    hits = sample_engine.search(QUESTION, 5)
    found = sc.meaningful(hits, fitted, within=sample_engine)
    applied = fitted.calibrator.apply(hits)
    assert [hit.id for hit in found] == list(applied.ids)
    np.testing.assert_allclose([hit.value for hit in found], applied.scores)
    assert all(hit.low and hit.high and hit.low <= hit.value <= hit.high for hit in found)
    rarity = sample_engine.background(QUESTION).rarity
    assert found[0].rarity == rarity
    assert found.answer == "relevant"
    assert not found.nothing_relevant


@pytest.mark.model
def test_a_question_on_something_else_finds_nothing_relevant(
    sample_engine: sc.SearchEngine, fitted: sc.CalibrationResult
) -> None:
    found = sc.meaningful(sample_engine.search(UNRELATED), fitted.calibrator)
    assert found.nothing_relevant
    assert found.passing == ()
    assert found.sentence.startswith("Nothing relevant was found (0.0")


@pytest.mark.model
def test_without_a_calibrator_other_collections_suggest_values_with_their_band(
    sample_engine: sc.SearchEngine,
) -> None:
    hits = sample_engine.search(QUESTION, 5)
    found = sc.meaningful(hits, within=sample_engine)
    prior = sc.load_prior().predict(sample_engine.score_hits([hits]))
    by_place = sorted(found, key=lambda hit: hit.position)
    np.testing.assert_allclose([hit.value for hit in by_place], prior.mean)
    bands = np.array([(hit.low, hit.high) for hit in by_place], dtype=np.float64)
    np.testing.assert_allclose(bands, np.column_stack([prior.low, prior.high]))
    assert found.evidence == "other collections"
    assert any("nothing was measured on your texts" in note for note in found.notes)
    assert sc.best_hit_verdict(hits, sample_engine).answer == found.answer
    nothing = sc.meaningful(sample_engine.search(UNRELATED, 5), within=sample_engine)
    assert nothing.answer != "relevant"


@pytest.mark.model
def test_scores_that_are_no_cosine_are_read_by_a_collection_as_well(
    sample_engine: sc.SearchEngine,
) -> None:
    hits = sample_engine.search(QUESTION, 3)
    reranked = hits.rescored([-1.0, 4.0, 2.0], sc.BROUGHT_SCALES["reranker_logit"])
    found = sc.meaningful(reranked, within=sample_engine)
    assert {hit.id for hit in found} == set(hits.ids)
    assert found[0].rarity is not None


@pytest.mark.slow
@pytest.mark.model
def test_a_blend_reads_what_any_store_found_by_its_collection(
    sample_engine: sc.SearchEngine, sample_result: sc.CalibrationResult
) -> None:
    hits = sample_engine.search(QUESTION, 5)
    distances = (1 - hits.cosines()).tolist()
    result = {"ids": [hits.ids], "distances": [distances], "documents": [hits.texts]}
    found = sc.meaningful(
        result, sample_result, query=QUESTION, engine="chroma-cosine", within=sample_engine
    )
    applied = sample_result.calibrator.apply(hits, sample_engine)
    np.testing.assert_allclose([hit.value for hit in found], applied.scores, atol=1e-6)
    with pytest.raises(sc.CalibrationError, match="looks at more than the score; give within"):
        sc.meaningful(result, sample_result, engine="chroma-cosine")


def test_a_hit_passes_from_the_threshold_on(simple: sc.CalibrationResult) -> None:
    own = simple.calibrator.deciding_threshold()
    assert own is not None
    found = sc.meaningful(COSINES, simple, engine="chroma-cosine")
    assert found.threshold == own.value
    assert [hit.passes for hit in found] == [hit.value >= found.threshold for hit in found]
    all_pass = sc.meaningful(COSINES, simple, engine="chroma-cosine", threshold=0.0)
    assert len(all_pass.passing) == len(all_pass) == 2
    few = replace(simple.calibrator, thresholds=())
    assert sc.meaningful(COSINES, few, engine="chroma-cosine").threshold == 0.5


def test_what_is_known_comes_as_plain_values_and_in_words(simple: sc.CalibrationResult) -> None:
    found = sc.meaningful(COSINES, simple, query="cat", engine="chroma-cosine")
    first = found.to_dicts()[0]
    assert (first["id"], first["text"], first["score"], first["position"]) == ("b", "a cat", 0.3, 0)
    assert found[0].words == f"{found[0].value:.2f} ({found[0].low:.2f}–{found[0].high:.2f})"
    assert repr(found).startswith("<PredictedHits of 'cat': The best hit is probably relevant")
    bare = sc.meaningful(COSINES, simple.calibrator, engine="chroma-cosine")
    assert (bare[0].low, bare[0].high, bare[0].rarity) == (None, None, None)
    assert bare[0].words == f"{bare[0].value:.2f}"


def test_no_hits_are_nothing_relevant(simple: sc.CalibrationResult) -> None:
    found = sc.meaningful([], simple)
    assert (len(found), found.nothing_relevant) == (0, True)
    assert found.sentence == "Nothing relevant was found: there are no hits."


def test_hits_that_another_encoder_made_are_refused(simple: sc.CalibrationResult) -> None:
    one = replace(simple.calibrator, scale=sc.COSINE.from_source("a" * 64))
    hits = sc.Hits("cat", (), ("a",), ("a cat",), np.array([0.5]), sc.COSINE)
    assert len(sc.meaningful(hits, one)) == 1  # nobody told which encoder made them
    other = replace(hits, scale=sc.COSINE.from_source("b" * 64))
    with pytest.raises(sc.ScaleMismatch):
        sc.meaningful(other, one)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda fit: sc.meaningful(COSINES), sc.CalibrationError, "There is no calibrator"),
        (
            lambda fit: sc.meaningful(COSINES, "calibrator.json"),  # type: ignore[call-overload]
            sc.CalibrationError,
            "A str was given where a calibrator was expected; give what",
        ),
        (
            lambda fit: sc.meaningful(COSINES, fit, within="engine"),  # type: ignore[call-overload]
            sc.InputError,
            "A str was given where SearchEngine or StoreEngine was expected",
        ),
        (
            lambda fit: sc.meaningful(COSINES, fit, engine="chroma-cosin"),
            sc.InputError,
            "by the name 'chroma-cosin'; the nearest are chroma-cosine",
        ),
        (
            lambda fit: sc.meaningful(COSINES, fit, engine="bm25"),
            sc.ScaleMismatch,
            "on the scale 'bm25', from which no way leads to 'cosine'",
        ),
        (lambda fit: sc.meaningful(3, fit), sc.InputError, "A int was given; give the hits"),
        (lambda fit: sc.meaningful([3], fit), sc.InputError, "whose first item is a int"),
        (lambda fit: sc.meaningful(["a"], fit), sc.InputError, "whose first item is a str"),
        (
            lambda fit: sc.meaningful(COSINES, fit, threshold="high"),  # type: ignore[call-overload]
            sc.InputError,
            "The threshold is 'high'; give a predicted relevance from 0 to 1",
        ),
        (
            lambda fit: sc.meaningful([{"corpus_id": 1, "score": None}], fit),
            sc.InputError,
            "Hit 1 has the score None; a number was expected",
        ),
        (
            lambda fit: sc.meaningful([{"corpus_id": 1, "score": 7.0}], fit),
            sc.InputError,
            "7 cannot be a score on the scale 'cosine'",
        ),
    ],
)
def test_plain_mistakes_get_one_sentence(
    call: Callable[[Any], object],
    error: type[Exception],
    words: str,
    simple: sc.CalibrationResult,
) -> None:
    with pytest.raises(error, match=words):
        call(simple)


@pytest.mark.parametrize("module", ["langchain", "llamaindex", "haystack"])
def test_a_missing_library_is_told_with_the_line_that_brings_it(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for top in ("langchain_core", "llama_index", "haystack"):
        for name in [each for each in sys.modules if each.partition(".")[0] == top]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, top, None)  # as where it is not installed
    monkeypatch.delitem(sys.modules, f"search_core.adapters.{module}", raising=False)
    monkeypatch.setattr("importlib.metadata.version", _not_installed)
    with pytest.raises(sc.MissingExtra, match=rf'pip install "score-sense\[{module}\]"\.'):
        import_module(f"search_core.adapters.{module}")


def _not_installed(name: str) -> str:
    from importlib.metadata import PackageNotFoundError

    raise PackageNotFoundError(name)


def test_another_version_of_a_library_is_told_with_those_that_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = ModuleType("langchain_core")
    monkeypatch.setitem(sys.modules, "langchain_core", old)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.0.9")
    with (
        pytest.raises(sc.MissingExtra, match=r"langchain-core 0\.0\.9 lacks .* tested with >=1\.7"),
        library("langchain"),
    ):
        from langchain_core import added_later  # noqa: F401


def test_adapters_are_tested_with_the_versions_that_they_tell() -> None:
    listed = "\n".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("requirements-adapters.txt", "requirements-dev.txt", "requirements.txt")
    ).splitlines()
    pins = {line.split("  #")[0].replace("[mcp]", "") for line in listed}
    assert {f"{name}{versions}" for name, versions in TESTED.values()} <= pins


@pytest.mark.slow
def test_importing_the_library_imports_no_adapter() -> None:
    import subprocess

    program = "import sys, search_core as sc\nprint([m for m in sys.modules if 'adapters' in m])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
