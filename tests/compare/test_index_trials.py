"""What the comparison of indexes says, against what it must say."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import search_core as sc
from search_core.compare.index_trials import IndexTrial, compare_indexes
from search_core.index.spec import default_specs
from search_core.index.store import filled_index

pytestmark = [pytest.mark.model, pytest.mark.slow]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SPECS = (
    sc.IndexSpec("Flat"),
    sc.IndexSpec("HNSW32", metric="inner_product"),
    sc.IndexSpec("IVF16,Flat", nprobe=1),
    sc.IndexSpec("IVF16,Flat", nprobe=16),
    sc.IndexSpec("SQ8"),
    sc.IndexSpec("PQ48"),
    sc.IndexSpec("PQ48", shortlist=200),
    sc.IndexSpec("PQ48", metric="cosine"),
)
FLAT, HNSW, ONE_LIST, ALL_LISTS, SQ8, PQ, PQ_LONG, PQ_COSINE = range(len(SPECS))


@pytest.fixture(scope="module")
def queries() -> list[str]:
    with (EXAMPLES / "queries.csv").open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)][:40]


@pytest.fixture(scope="module")
def platt(sample_pairs: sc.ScoredPairs) -> sc.Calibrator:
    return sc.fit_calibrator(sample_pairs, method="platt", seed=0).calibrator


@pytest.fixture(scope="module")
def trials(
    sample_engine: sc.SearchEngine,
    sample_labels: sc.Labels,
    queries: list[str],
    platt: sc.Calibrator,
) -> tuple[IndexTrial, ...]:
    return compare_indexes(
        sample_engine.corpus,
        sample_engine.encoder,
        SPECS,
        queries,
        labels=sample_labels,
        calibrator=platt,
        threshold=0.5,
        vectors=sample_engine.vectors,
    )


def test_flat_is_exact_in_everything(trials: tuple[IndexTrial, ...]) -> None:
    for trial in (trials[FLAT], trials[ALL_LISTS]):
        for answers in (trial.own, trial.rescored):
            assert answers.recall == 1.0
            assert answers.flips == 0
        assert abs(trial.bias) < 1e-6
        assert trial.spread < 1e-6
        assert trial.moved == 0.0
    assert trials[FLAT].costs.bytes_per_vector == pytest.approx(4 * 384, rel=0.01)


def test_quantized_vectors_lose_less_by_inner_product_than_by_squared_l2(
    trials: tuple[IndexTrial, ...],
) -> None:
    by_l2, by_product = trials[PQ], trials[PQ_COSINE]
    assert by_l2.own.recall < by_product.own.recall - 0.05
    assert by_product.bias < 0 < by_l2.bias  # what is stored is shorter than what was given
    assert "by squared_l2" in repr(by_l2)


def test_a_packed_index_shifts_scores_and_rescoring_takes_the_shift_away(
    trials: tuple[IndexTrial, ...],
) -> None:
    pq, flat = trials[PQ], trials[FLAT]
    assert pq.spread > trials[SQ8].spread > flat.spread
    assert pq.moved > 0.2
    assert (pq.own.flips or 0) > (pq.rescored.flips or 0)
    assert pq.rescored.recall > pq.own.recall
    assert trials[PQ_LONG].rescored.recall == 1.0
    assert trials[PQ_LONG].rescored.calibration_error == flat.rescored.calibration_error
    assert trials[PQ_LONG].rescored.ndcg == flat.rescored.ndcg


def test_what_the_probes_miss_no_rescoring_brings_back(trials: tuple[IndexTrial, ...]) -> None:
    missed = trials[ONE_LIST]
    assert missed.own.recall == missed.rescored.recall < 1.0
    assert missed.spread < 1e-6
    assert missed.rescored.ndcg is not None
    assert missed.rescored.ndcg < (trials[FLAT].rescored.ndcg or 0)


def test_hits_that_an_index_misses_count_in_its_calibration_error(
    trials: tuple[IndexTrial, ...],
) -> None:
    missed, flat = trials[ONE_LIST].rescored, trials[FLAT].rescored
    assert missed.recall < 0.6
    assert missed.calibration_error is not None
    assert flat.calibration_error is not None
    # It finds half of the hits, and what it finds is calibrated as well as Flat's: the other half
    # is predicted 0 and is not.
    assert missed.calibration_error > flat.calibration_error + 0.02


def test_the_shift_is_that_of_the_hits_listed(trials: tuple[IndexTrial, ...]) -> None:
    for trial in trials:
        shift = trial.approximate - trial.exact
        assert trial.bias == pytest.approx(shift.mean())
        assert trial.spread == pytest.approx(shift.std())


def test_the_exact_score_of_a_hit_is_the_same_under_every_index(
    trials: tuple[IndexTrial, ...],
) -> None:
    known: dict[tuple[int, int], float] = {}
    for trial in trials:
        hits = zip(trial.queries.tolist(), trial.positions.tolist(), strict=True)
        for hit, score in zip(hits, trial.exact.tolist(), strict=True):
            assert known.setdefault(hit, score) == score


@pytest.fixture(scope="module")
def engine_of(sample_engine: sc.SearchEngine) -> Callable[[sc.IndexSpec], sc.SearchEngine]:
    """The sample under an index; each is built once."""
    return cache(
        lambda spec: sc.SearchEngine.from_vectors(
            sample_engine.corpus, sample_engine.encoder, sample_engine.vectors, spec
        )
    )


specs = st.builds(
    lambda lists, codes, metric, probes: sc.IndexSpec(
        f"IVF{lists},{codes}" if lists else codes,
        metric,
        nprobe=min(probes, lists) if lists else None,
    ),
    st.sampled_from([0, 4, 16]),
    st.sampled_from(["Flat", "SQ8", "SQfp16", "PQ12", "PQ48"]),
    st.sampled_from(["squared_l2", "inner_product", "cosine"]),
    st.integers(1, 16),
) | st.builds(sc.IndexSpec, st.sampled_from(["HNSW4", "HNSW32"]), ef_search=st.integers(1, 64))


@given(one=specs, other=specs, query=st.integers(0, 39), k=st.integers(1, 30))
@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_shared_hits_have_one_calibrated_value_under_every_index(
    engine_of: Callable[[sc.IndexSpec], sc.SearchEngine],
    queries: list[str],
    platt: sc.Calibrator,
    sample_result: sc.CalibrationResult,
    one: sc.IndexSpec,
    other: sc.IndexSpec,
    query: int,
    k: int,
) -> None:
    assert sample_result.calibrator.method == "blend"
    for calibrator in (platt, sample_result.calibrator):
        values = []
        for engine in (engine_of(one), engine_of(other)):
            hits = calibrator.apply(engine.search(queries[query], k), engine)
            values.append(dict(zip(hits.ids, hits.scores.tolist(), strict=True)))
        for name in values[0].keys() & values[1].keys():
            assert values[0][name] == pytest.approx(values[1][name], abs=1e-12)


def test_a_blend_decides_on_features_that_are_worked_out_once(
    sample_engine: sc.SearchEngine,
    sample_labels: sc.Labels,
    sample_result: sc.CalibrationResult,
    queries: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live = sample_result.calibrator.apply(sample_engine.search(queries[0]), sample_engine)
    described: list[tuple[str, str]] = []
    score_texts = sc.SearchEngine.score_texts

    def counted(
        engine: sc.SearchEngine, asked: Sequence[str], texts: Sequence[str]
    ) -> sc.ScoredPairs:
        described.extend(zip(asked, texts, strict=True))
        return score_texts(engine, asked, texts)

    monkeypatch.setattr(sc.SearchEngine, "score_texts", counted)
    flat, pq = compare_indexes(
        sample_engine.corpus,
        sample_engine.encoder,
        [sc.IndexSpec("Flat"), sc.IndexSpec("PQ48")],
        queries[:10],
        labels=sample_labels,
        calibrator=sample_result.calibrator,
        threshold=0.4,
        vectors=sample_engine.vectors,
    )
    assert len(set(described)) == len(described) >= 100
    assert flat.own.flips == flat.rescored.flips == 0
    shown = {
        flip.position
        for flip in pq.own.flipped or ()
        if flip.query == queries[0] and not flip.shown
    }
    assert shown <= {
        place for place, value in zip(live.positions, live.scores, strict=True) if value >= 0.4
    }


def test_each_flip_says_what_was_decided_by_which_score(trials: tuple[IndexTrial, ...]) -> None:
    seen = set()
    for trial in trials:
        found = set(zip(trial.queries.tolist(), trial.positions.tolist(), strict=True))
        for flip in trial.own.flipped or ():
            if flip.approximate is None:
                assert not flip.shown
                assert flip.exact_value >= 0.5
                assert flip.kind == "missed"
            elif flip.shown:
                assert flip.value is not None
                assert flip.value >= 0.5
                assert flip.kind == ("moved up" if flip.exact_value >= 0.5 else "shown")
            else:
                assert flip.value is not None
                assert flip.value < 0.5 <= flip.exact_value
                assert flip.kind == "hidden"
            assert flip.position in {place for _, place in found} or flip.approximate is None
            seen.add(flip.kind)
    assert seen >= {"missed", "shown", "hidden"}


def test_progress_counts_every_search_and_may_stop_the_work(
    sample_engine: sc.SearchEngine, queries: list[str]
) -> None:
    class EnoughError(Exception):
        pass

    steps: list[tuple[int, int]] = []

    def compared(progress: sc.Progress) -> None:
        compare_indexes(
            sample_engine.corpus,
            sample_engine.encoder,
            [sc.IndexSpec("Flat"), sc.IndexSpec("SQ8")],
            queries[:5],
            vectors=sample_engine.vectors,
            progress=progress,
        )

    compared(lambda done, total: steps.append((done, total)))
    assert steps == [(n, 10) for n in range(1, 11)]

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        compared(stop)


def test_the_recommendation_for_the_sample_is_to_stay_exact(
    trials: tuple[IndexTrial, ...],
) -> None:
    assert sc.recommend_index(trials).startswith("Stay with Flat: it is exact")


def test_without_labels_calibrator_and_threshold_there_are_no_such_figures(
    sample_engine: sc.SearchEngine, queries: list[str]
) -> None:
    (trial,) = compare_indexes(
        sample_engine.corpus,
        sample_engine.encoder,
        [sc.IndexSpec("SQ8")],
        queries[:3],
        k=5,
        vectors=sample_engine.vectors,
    )
    assert trial.own.ndcg is trial.own.flips is trial.own.calibration_error is None
    assert len(trial.exact) == 15
    assert trial.costs.query_ratio > 0 < trial.costs.build_ratio


def test_flips_at_a_cosine_are_the_hits_that_cross_it(
    sample_engine: sc.SearchEngine, queries: list[str]
) -> None:
    pq, flat = compare_indexes(
        sample_engine.corpus,
        sample_engine.encoder,
        [sc.IndexSpec("PQ48"), sc.IndexSpec("Flat")],
        queries,
        threshold=0.5,
        vectors=sample_engine.vectors,
    )

    def acted_on(trial: IndexTrial, scores: np.ndarray) -> set[tuple[int, int]]:
        chosen = scores >= 0.5
        places = zip(trial.queries[chosen].tolist(), trial.positions[chosen].tolist(), strict=True)
        return set(places)

    differing = acted_on(pq, pq.approximate) ^ acted_on(flat, flat.exact)
    assert pq.own.flips == len(differing) > 0


def test_an_index_searched_in_several_ways_is_trained_once_and_each_shows_what_that_took(
    sample_engine: sc.SearchEngine, queries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []

    def counted(spec: sc.IndexSpec, vectors: Any) -> Any:
        trained.append(spec.metric)
        return filled_index(spec, vectors)

    specs = [
        sc.IndexSpec("IVF16,Flat", nprobe=1),
        sc.IndexSpec("HNSW8", ef_search=1),
        sc.IndexSpec("IVF16,Flat", metric="cosine", nprobe=1),
        sc.IndexSpec("IVF16,Flat", nprobe=16),
        sc.IndexSpec("HNSW8", ef_search=100),
        sc.IndexSpec("IVF16,Flat", nprobe=1),
    ]

    def compared(specs: Sequence[sc.IndexSpec]) -> tuple[IndexTrial, ...]:
        return compare_indexes(
            sample_engine.corpus, sample_engine.encoder, specs, queries,
            vectors=sample_engine.vectors,
        )  # fmt: skip

    monkeypatch.setattr("search_core.compare.index_trials.filled_index", counted)
    trials = compared(specs)
    assert trained == ["squared_l2", "squared_l2", "squared_l2", "cosine"]  # the first is Flat
    assert [trial.spec for trial in trials] == specs
    one, few, other, all_lists, many, again = trials
    assert one.costs.build_ms == all_lists.costs.build_ms == again.costs.build_ms
    assert few.costs.build_ms == many.costs.build_ms
    assert len({one.costs.build_ms, few.costs.build_ms, other.costs.build_ms}) == 3
    assert one.own.recall < all_lists.own.recall == 1.0
    assert few.own.recall < many.own.recall
    for trial in trials:
        (alone,) = compared([trial.spec])
        assert np.array_equal(alone.positions, trial.positions)
        assert np.array_equal(alone.approximate, trial.approximate)


def test_no_query_and_a_wrong_k_are_refused(sample_engine: sc.SearchEngine) -> None:
    corpus, encoder, vectors = sample_engine.corpus, sample_engine.encoder, sample_engine.vectors
    with pytest.raises(sc.QueryError, match="No query was given"):
        compare_indexes(corpus, encoder, default_specs(300, 384), [], vectors=vectors)
    nothing: Any
    for nothing in (" ", None):
        with pytest.raises(sc.QueryError, match="One of the queries is empty"):
            compare_indexes(
                corpus, encoder, default_specs(300, 384), ["q", nothing], vectors=vectors
            )
    with pytest.raises(sc.QueryError, match="whole number"):
        compare_indexes(corpus, encoder, default_specs(300, 384), ["q"], k=0, vectors=vectors)
