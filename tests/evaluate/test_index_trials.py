"""What the comparison of indexes says, against what it must say."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from search_core.evaluate.index_trials import IndexTrial, compare_indexes
from search_core.index.spec import default_specs

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
    assert trials[FLAT].bytes_per_vector == pytest.approx(4 * 384, rel=0.01)


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


@pytest.mark.parametrize("method", ["platt", "blend"])
def test_shared_hits_have_one_calibrated_value_under_every_index(
    sample_engine: sc.SearchEngine,
    sample_pairs: sc.ScoredPairs,
    queries: list[str],
    method: str,
    platt: sc.Calibrator,
    sample_result: sc.CalibrationResult,
) -> None:
    calibrator = platt if method == "platt" else sample_result.calibrator
    for query in queries[:4]:
        known: dict[str, float] = {}
        for spec in SPECS:
            engine = sc.SearchEngine.from_vectors(
                sample_engine.corpus, sample_engine.encoder, sample_engine.vectors, spec
            )
            hits = calibrator.apply(engine.search(query), engine)
            for name, value in zip(hits.ids, hits.scores.tolist(), strict=True):
                assert known.setdefault(name, value) == pytest.approx(value, abs=1e-9)


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
    assert trial.query_ratio > 0 < trial.build_ratio


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


def test_no_query_and_a_wrong_k_are_refused(sample_engine: sc.SearchEngine) -> None:
    corpus, encoder, vectors = sample_engine.corpus, sample_engine.encoder, sample_engine.vectors
    with pytest.raises(sc.QueryError, match="No query was given"):
        compare_indexes(corpus, encoder, default_specs(300, 384), [], vectors=vectors)
    with pytest.raises(sc.QueryError, match="One of the queries is empty"):
        compare_indexes(corpus, encoder, default_specs(300, 384), ["q", " "], vectors=vectors)
    with pytest.raises(sc.QueryError, match="whole number"):
        compare_indexes(corpus, encoder, default_specs(300, 384), ["q"], k=0, vectors=vectors)
