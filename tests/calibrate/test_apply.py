"""Hits brought to a calibrator's scale, many at once, and in a collection that has changed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import search_core as sc
from search_core.calibrate.fit import fit_calibrator
from search_core.calibrate.in_use import MOST_ADDED
from search_core.scale import BROUGHT_SCALES, COSINE, ScoreScale

pytestmark = pytest.mark.usefixtures("few_draws")

DIM = 16
DOCUMENTS = [f"document {n}" for n in range(400)]
METRICS: dict[str, Callable[[Any], Any]] = {
    "cosine": lambda c: c,
    "inner_product": lambda c: c,
    "squared_l2": lambda c: 2 - 2 * c,
    "l2": lambda c: np.sqrt(2 - 2 * c),
}
COSINES = np.array([0.9, 0.5, 0.2, -0.1])


def unit(text: str) -> npt.NDArray[np.float32]:
    """Return a direction that the text alone decides."""
    seed = int.from_bytes(text.encode(), "big") % 2**32
    vector = np.random.default_rng(seed).standard_normal(DIM)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


@dataclass
class Drawing:
    """An encoder that draws a direction for each text, and remembers each call."""

    calls: list[list[str]] = field(default_factory=list)
    name: str = "drawing"
    dim: int = DIM
    max_tokens: int = 256
    query_prefix: str = ""
    fingerprint: str = "drawing"

    def encode_documents(self, texts: Iterable[str], progress: Any = None) -> Any:
        return self.encode_queries(texts)

    def encode_queries(self, texts: Iterable[str]) -> Any:
        self.calls.append(list(texts))
        return np.array([unit(text) for text in self.calls[-1]])

    def token_counts(self, texts: Iterable[str]) -> list[int]:
        return [1 for _ in texts]


def engine_of(texts: Iterable[str] = DOCUMENTS) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(texts), Drawing())


def blend_on(engine: sc.SearchEngine) -> sc.Calibrator:
    """Fit a blend where a text's closeness decides, with some noise."""
    rng = np.random.default_rng(0)
    lines = ["query,doc_id,relevance"]
    for hits in engine.search_many([f"asked {n}" for n in range(30)], 12):
        chance = 1 / (1 + np.exp(-8 * (hits.cosines() - hits.cosines().mean())))
        relevant = (rng.random(len(hits)) < chance).astype(int)
        lines += [f"{hits.query},{i},{y}" for i, y in zip(hits.ids, relevant, strict=True)]
    labels = sc.read_labels("\n".join(lines).encode())
    return fit_calibrator(engine.score_labels(labels), "blend").calibrator


def hits_on(scale: ScoreScale, scores: npt.NDArray[np.float64]) -> sc.Hits:
    names = tuple(map(str, range(len(scores))))
    return sc.Hits("asked", tuple(range(len(scores))), names, names, scores, scale)


def platt_on(scale: ScoreScale, of_cosine: Callable[[Any], Any]) -> sc.Calibrator:
    """Fit a curve on a file of scores, as somebody without texts has them."""
    rng = np.random.default_rng(1)
    cosines = rng.uniform(-0.3, 0.95, 200)
    y = (rng.random(200) < 1 / (1 + np.exp(-9 * (cosines - 0.4)))).astype(int)
    rows = [f"q{n % 20},{of_cosine(c):.17g},{y[n]}" for n, c in enumerate(cosines)]
    labels = sc.read_labels("\n".join(["query,score,relevance", *rows]).encode())
    return fit_calibrator(sc.score_pairs(labels, scale), "platt").calibrator


@pytest.mark.parametrize("found", METRICS)
@pytest.mark.parametrize("fitted", METRICS)
def test_hits_under_one_metric_are_read_by_a_calibrator_on_another(fitted: str, found: str) -> None:
    calibrator = platt_on(BROUGHT_SCALES[fitted], METRICS[fitted])
    hits = hits_on(BROUGHT_SCALES[found].from_source("an encoder"), METRICS[found](COSINES))
    answer = calibrator.apply(hits)
    own = METRICS[fitted](COSINES)
    pairs = replace(judged_rows(4), features=own[:, None], scale=calibrator.scale)
    assert answer.scores == pytest.approx(calibrator.predict(pairs), abs=1e-9)
    assert answer.scores[0] > 0.8 > 0.2 > answer.scores[-1]
    assert answer.scale.source == "an encoder"


def judged_rows(n: int) -> sc.ScoredPairs:
    return sc.ScoredPairs(("q",) * n, np.zeros(n), np.zeros((n, 1)), ("score",), COSINE)


@pytest.mark.parametrize("name", ["bm25", "reranker_logit", "a_distance"])
def test_hits_on_a_calibrators_own_scale_are_read_as_they_are(name: str) -> None:
    scale = BROUGHT_SCALES.get(name, ScoreScale(name, higher_is_better=False, lower=0.0))
    way = 1 if scale.higher_is_better else -1
    calibrator = platt_on(scale, lambda c: 5 + way * c)
    answer = calibrator.apply(hits_on(scale.from_source("an encoder"), 5 + way * COSINES))
    assert answer.ids == ("0", "1", "2", "3")
    assert answer.scores[0] > 0.8 > 0.2 > answer.scores[-1]


def test_hits_on_a_scale_that_does_not_convert_are_refused_in_a_true_sentence() -> None:
    bm25 = platt_on(BROUGHT_SCALES["bm25"], lambda c: 20 * c)
    with pytest.raises(sc.ScaleMismatch, match="on the scale 'cosine', but 'bm25' was expected"):
        bm25.apply(hits_on(COSINE, COSINES))
    cosine = platt_on(COSINE, lambda c: c)
    with pytest.raises(sc.ScaleMismatch, match="'probability', but 'cosine' was expected"):
        cosine.apply(cosine.apply(hits_on(COSINE, COSINES)))
    known = replace(cosine, scale=COSINE.from_source("an encoder"))
    with pytest.raises(sc.ScaleMismatch, match="another encoder"):
        known.apply(hits_on(COSINE.from_source("another"), COSINES))
    with pytest.raises(sc.ScaleMismatch, match="not known which encoder"):
        known.apply(hits_on(COSINE, COSINES))


def test_many_hits_are_stated_as_each_is_alone_and_nothing_is_embedded_again() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    found = engine.search_many([f"new {n}" for n in range(300)], 5)
    calls: list[list[str]] = engine.encoder.calls  # type: ignore[attr-defined]
    calls.clear()
    many = calibrator.apply_many(found, engine)
    alone = [calibrator.apply(each, engine) for each in found]
    assert calls == []
    for one, other in zip(many, alone, strict=True):
        assert (one.query, one.ids) == (other.query, other.ids)
        assert one.scores == pytest.approx(other.scores, abs=1e-9)
    assert calibrator.apply_many([], engine) == []
    with pytest.raises(
        sc.InputError,
        match=r"A Hit was given where Hits was expected; give .* a list to apply_many",
    ):
        calibrator.apply_many(found[0], engine)  # type: ignore[arg-type]


def test_hits_without_a_vector_are_embedded_together() -> None:
    engine = engine_of()
    found = [replace(each, query_vector=None) for each in engine.search_many(["a", "b"], 3)]
    other = sc.SearchEngine.build(engine.corpus, Drawing())
    other.encoder.calls.clear()  # type: ignore[attr-defined]
    pairs = other.score_hits(found)
    assert other.encoder.calls == [["a", "b"]]  # type: ignore[attr-defined]
    assert pairs.queries == ("a",) * 3 + ("b",) * 3
    with pytest.raises(sc.QueryError, match="cannot be searched with"):
        other.score_hits([replace(found[0], query_vector=3 * unit("a"))])


def test_a_blend_serves_a_collection_that_changed_a_little_with_a_note_and_no_warning() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    assert calibrator.apply(engine.search("asked"), engine).notes == ()
    assert calibrator.collection_change(engine).sentence == ""
    engine.add(["one more"])
    change = calibrator.collection_change(engine)
    assert (change.added, change.removed) == pytest.approx((1 / 400, 0.0))
    assert change.is_measured
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = calibrator.apply(engine.search("asked"), engine)
    assert answer.notes == (change.sentence,)
    assert "under 1%" in change.sentence
    assert "0.011 of log-loss" in change.sentence


def test_beyond_what_was_measured_a_blend_warns_and_says_by_how_much_it_changed() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    engine.add([f"other {n}" for n in range(400)])
    change = calibrator.collection_change(engine)
    assert change.added == pytest.approx(1.0, abs=0.1)
    assert change.added is not None
    assert change.added > MOST_ADDED
    assert not change.is_measured
    with pytest.warns(sc.CollectionChangedWarning, match="more than was tested") as told:
        answers = calibrator.apply_many(engine.search_many(["a", "b"]), engine)
    assert len(told) == 1
    assert told[0].filename == __file__
    assert [each.notes for each in answers] == [(change.sentence,)] * 2


@pytest.mark.parametrize(("kept", "new"), [(380, 0), (300, 0), (400, 40), (200, 200), (100, 50)])
def test_how_much_came_and_went_is_estimated_from_a_sample(kept: int, new: int) -> None:
    old = engine_of()
    calibrator = blend_on(old)
    changed = engine_of([*DOCUMENTS[:kept], *(f"other {n}" for n in range(new))])
    change = calibrator.collection_change(changed)
    assert change.removed == pytest.approx(1 - kept / 400, abs=0.1)
    assert change.added == pytest.approx(new / 400, abs=0.1)


def test_a_calibrator_without_a_sketch_says_that_it_knows_no_more() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    old = replace(calibrator, fitted_on=replace(calibrator.fitted_on, corpus_sketch=()))
    assert old.collection_change(engine).is_measured
    engine.add(["one more"])
    change = old.collection_change(engine)
    assert (change.added, change.removed, change.is_measured) == (None, None, False)
    assert "how much has changed is unknown" in change.sentence


def test_a_strict_caller_has_a_changed_collection_refused() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    engine.add(["one more"])
    with pytest.raises(sc.CalibrationError, match=r"under 1%.* was to be refused"):
        calibrator.apply(engine.search("asked"), engine, other_corpus="refuse")


@pytest.mark.parametrize("word", ["refused", "", None])
def test_a_misspelt_wish_is_not_taken_for_leave(word: Any) -> None:
    engine = engine_of()
    with pytest.raises(sc.InputError, match="write 'accept' or 'refuse'"):
        blend_on(engine).apply(engine.search("asked"), engine, other_corpus=word)


def test_what_is_no_hits_and_no_engine_gets_a_sentence() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    hits = engine.search("asked")
    wrong: list[tuple[Any, Any]] = [([hits], engine), (None, engine), (hits, engine.corpus)]
    for given, finder in wrong:
        with pytest.raises(sc.InputError):
            calibrator.apply(given, finder)


def test_hits_that_were_found_before_other_documents_left_still_serve() -> None:
    engine = engine_of()
    calibrator = blend_on(engine)
    hits = engine.search("asked", 3)
    engine.remove([next(name for name in engine.corpus.ids if name not in hits.ids)])
    assert set(calibrator.apply(hits, engine).ids) == set(hits.ids)
    engine.remove(hits.ids[:1])
    with pytest.raises(sc.CalibrationError, match="as it is now"):
        calibrator.apply(hits, engine)
