"""What one cosine means under two models: figures worked out by hand, and what must not change."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import search_core as sc
from search_core.calibrate.thresholds import row_threshold
from search_core.compare.model_trials import (
    MOST_PAIRS,
    ModelTrial,
    compare_models,
    finding,
    try_model,
)
from search_core.evaluate.measures import ndcg
from search_core.normalizers.unrelated import shipped_questions

pytestmark = [pytest.mark.model, pytest.mark.slow]

MEAN, CLS = "all-MiniLM-L6-v2", "all-MiniLM-L6-v2-cls"


@pytest.fixture(scope="module")
def wrong_pooling() -> sc.Encoder:
    return sc.load_encoder(CLS)


@pytest.fixture(scope="module")
def trials(
    sample_corpus: sc.Corpus,
    sample_labels: sc.Labels,
    encoder: sc.Encoder,
    wrong_pooling: sc.Encoder,
) -> tuple[ModelTrial, ...]:
    return compare_models(sample_corpus, sample_labels, [encoder, wrong_pooling])


@pytest.fixture(scope="module")
def small_corpus(sample_corpus: sc.Corpus) -> sc.Corpus:
    return sc.Corpus.from_texts(sample_corpus.texts[:60], sample_corpus.ids[:60])


@pytest.fixture(scope="module")
def small_labels(small_corpus: sc.Corpus) -> sc.Labels:
    """Yes-or-no judgements of ten queries, six texts each; the two first ones are relevant."""
    rows = ["query,text,relevance"]
    for query in range(10):
        for n in range(6):
            text = small_corpus.texts[6 * query + n].replace('"', "")
            asked = small_corpus.texts[6 * query].replace('"', "")
            rows.append(f'"{asked[:40]}","{text}",{int(n < 2)}')
    return sc.read_labels("\n".join(rows).encode())


def same(one: ModelTrial, other: ModelTrial) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        if isinstance(getattr(one, field.name), np.ndarray)
        else getattr(one, field.name) == getattr(other, field.name)
        for field in fields(one)
    )


def test_a_trial_names_its_model_and_how_it_pools(trials: tuple[ModelTrial, ...]) -> None:
    assert [(trial.name, trial.pooling, trial.dim) for trial in trials] == [
        (MEAN, "mean", 384),
        (CLS, "cls", 384),
    ]
    assert trials[0].fingerprint != trials[1].fingerprint
    assert trials[0].query_prefix == trials[0].document_prefix == ""


def test_judged_cosines_are_those_of_the_vectors(
    trials: tuple[ModelTrial, ...], sample_pairs: sc.ScoredPairs
) -> None:
    trial = trials[0]
    np.testing.assert_allclose(
        sorted(trial.cosines), sorted(sample_pairs.features[:, 0]), atol=1e-6
    )
    assert len(trial.relevant) + len(trial.irrelevant) == len(sample_pairs)
    relevant = sample_pairs.features[sample_pairs.relevance >= 0.5, 0]
    np.testing.assert_allclose(sorted(trial.relevant), sorted(relevant), atol=1e-6)


def test_shares_around_a_cosine_are_counted_over_all_pairs(
    trials: tuple[ModelTrial, ...],
    sample_engine: sc.SearchEngine,
    sample_labels: sc.Labels,
    encoder: sc.Encoder,
) -> None:
    unrelated = encoder.encode_queries(shipped_questions("en")) @ sample_engine.vectors.T
    asked = (
        encoder.encode_queries(list(dict.fromkeys(sample_labels.queries))) @ sample_engine.vectors.T
    )
    for cosine in (0.1, 0.3, 0.7):
        meaning = trials[0].meaning(cosine)
        assert meaning.unrelated == pytest.approx((unrelated >= cosine).mean(), abs=1e-5)
        assert meaning.percentile == pytest.approx((asked < cosine).mean(), abs=1e-4)


def test_the_curve_is_a_logistic_regression_on_the_cosine(trials: tuple[ModelTrial, ...]) -> None:
    for trial in trials:
        x = np.concatenate([trial.cosines, trial.cosines])[:, np.newaxis]
        ones = np.repeat([1, 0], len(trial.cosines))
        weights = np.concatenate([trial.relevance, 1 - trial.relevance])
        book = LogisticRegression(C=1e9, max_iter=1000).fit(x, ones, weights)
        expected = book.predict_proba([[0.7]])[0, 1]
        found = trial.curve.predict({"cos": np.array([0.7])})[0]
        assert found == pytest.approx(expected, abs=0.01)


def test_what_a_cosine_means_is_a_count_of_the_labelled_pairs_around_it(
    trials: tuple[ModelTrial, ...],
) -> None:
    for trial in trials:
        away = np.abs(trial.cosines - 0.7)
        around = trial.relevance[away <= max(0.05, np.sort(away)[29])]
        near = trial.meaning(0.7).near
        assert (near.pairs, near.relevant) == (len(around), (around >= 0.5).sum())


def test_order_is_measured_by_the_cosine_as_other_libraries_do(
    trials: tuple[ModelTrial, ...],
) -> None:
    for trial in trials:
        relevant = trial.relevance >= 0.5
        assert trial.report.auc_score == pytest.approx(roc_auc_score(relevant, trial.cosines))
        assert trial.report.ndcg_before == ndcg(trial.relevance, trial.cosines, trial.queries)


def test_the_cut_is_the_librarys_own_threshold_on_the_cosine(
    trials: tuple[ModelTrial, ...],
) -> None:
    for trial in trials:
        cut = trial.cut(0.4)
        above = np.clip(trial.cosines, 0, 1)
        assert cut == row_threshold(above, trial.relevance, trial.queries, 0.4)
        assert cut is not None
        assert cut.value is not None
        assert cut.bound >= 0.4
        assert trial.relevant_from(cut.value) == cut.precision
        assert (trial.relevant >= cut.value).mean() == pytest.approx(cut.recall)


def test_the_wrong_pooling_moves_the_meaning_and_ranks_worse(
    trials: tuple[ModelTrial, ...],
) -> None:
    mean, cls = trials
    assert mean.meaning(0.7).near.share > 0.5
    assert cls.meaning(0.7).near.share < 0.2
    assert mean.meaning(0.7).unrelated < cls.meaning(0.7).unrelated
    assert mean.report.ndcg_before > cls.report.ndcg_before  # type: ignore[operator]
    right = mean.cut(0.4)
    assert right is not None
    assert right.value is not None
    kept = cls.relevant_from(right.value)
    assert kept is not None
    assert kept < 0.2 < 0.4 <= right.precision


def test_what_changes_between_two_models_is_counted_pair_by_pair_and_query_by_query(
    trials: tuple[ModelTrial, ...],
) -> None:
    first, second = trials
    pairs = list(zip(first.queries, first.cosines, second.cosines, strict=True))
    moved = sum((here >= 0.6) != (there >= 0.6) for _, here, there in pairs)
    assert 0 < moved == round(first.share_moved(second, 0.6) * len(pairs))
    by_query: dict[str, list[tuple[float, float]]] = {}
    for query, here, there in pairs:
        by_query.setdefault(query, []).append((here, there))
    same = [
        max(range(len(found)), key=lambda n: found[n][0])
        == max(range(len(found)), key=lambda n: found[n][1])
        for found in by_query.values()
    ]
    assert first.share_of_same_best(second) == pytest.approx(np.mean(same))
    assert first.share_moved(first, 0.6) == 0.0
    assert first.share_of_same_best(first) == 1.0


def test_recalibrated_values_can_be_believed_under_both(trials: tuple[ModelTrial, ...]) -> None:
    for trial in trials:
        assert trial.report.ece <= trial.report.ece_null
        assert trial.curve_error < 0.05


def test_the_finding_names_both_meanings_and_what_follows(trials: tuple[ModelTrial, ...]) -> None:
    mean, cls = (f"{trial.meaning(0.7).near.share:.0%}" for trial in trials)
    sentence = finding(trials)
    assert sentence == (
        f"Of the labelled pairs nearest to a cosine of 0.70, {mean} were relevant under {MEAN} and "
        f"{cls} under {CLS}: a threshold does not carry over to another model."
    )
    assert finding(trials[::-1]) == sentence
    of_twins = finding([trials[0], replace(trials[0], name="its twin")])
    assert f"under {MEAN} and {mean} under its twin: about the same here" in of_twins
    assert finding(trials[:1]).endswith(f"{mean} were relevant under {MEAN}.")


def test_the_same_model_twice_gives_the_same_trial_twice(
    small_corpus: sc.Corpus, small_labels: sc.Labels, encoder: sc.Encoder
) -> None:
    one, other = compare_models(small_corpus, small_labels, [encoder, encoder])
    assert same(one, other)


def test_another_order_of_models_gives_the_same_trials_in_that_order(
    small_corpus: sc.Corpus,
    small_labels: sc.Labels,
    encoder: sc.Encoder,
    wrong_pooling: sc.Encoder,
) -> None:
    there = compare_models(small_corpus, small_labels, [encoder, wrong_pooling])
    back = compare_models(small_corpus, small_labels, [wrong_pooling, encoder])
    assert same(there[0], back[1])
    assert same(there[1], back[0])
    assert not same(there[0], there[1])


def test_few_labels_get_a_meaning_and_no_cut(
    small_corpus: sc.Corpus, small_labels: sc.Labels, encoder: sc.Encoder
) -> None:
    few = replace(
        small_labels,
        queries=small_labels.queries[:24],
        texts=small_labels.texts[:24],
        relevance=small_labels.relevance[:24],
        rows=small_labels.rows[:24],
    )
    trial = try_model(sc.SearchEngine.build(small_corpus, encoder), few)
    assert trial.is_demo
    assert trial.cut(0.5) is None
    assert trial.meaning(0.7).near.pairs == 24
    assert "Of the labelled pairs nearest to a cosine of 0.70" in finding([trial])


def test_progress_runs_from_start_to_end_and_may_stop_the_work(
    small_corpus: sc.Corpus, small_labels: sc.Labels, encoder: sc.Encoder
) -> None:
    class Stop(Exception):  # noqa: N818 - a wish
        pass

    shares: list[float] = []

    def note(done: int, total: int) -> None:
        shares.append(done / total)

    def stop(done: int, total: int) -> None:
        if done / total > 0.5:
            raise Stop

    compare_models(small_corpus, small_labels, [encoder, encoder], note)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with pytest.raises(Stop):
        compare_models(small_corpus, small_labels, [encoder, encoder], stop)


def test_distributions_of_large_collections_are_taken_evenly_and_stay_bounded(
    sample_engine: sc.SearchEngine,
    sample_labels: sc.Labels,
    encoder: sc.Encoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = try_model(sample_engine, sample_labels)
    assert len(whole.background) == len(shipped_questions("en")) * len(sample_engine.corpus)
    assert len(whole.background) < MOST_PAIRS
    monkeypatch.setattr("search_core.compare.model_trials.MOST_PAIRS", 20_000)
    part = try_model(sample_engine, sample_labels)
    assert len(part.background) <= 20_000
    shares = [0.05, 0.5, 0.95]
    assert np.quantile(part.background, shares) == pytest.approx(
        np.quantile(whole.background, shares), abs=0.02
    )


def test_nothing_to_compare_is_refused_in_a_sentence(
    small_corpus: sc.Corpus, small_labels: sc.Labels, encoder: sc.Encoder
) -> None:
    with pytest.raises(sc.InputError, match="give the models to compare"):
        compare_models(small_corpus, small_labels, [])
    with pytest.raises(sc.InputError, match=r"encoders came as a PackedEncoder; give a list"):
        compare_models(small_corpus, small_labels, encoder)  # type: ignore[arg-type]
    with pytest.raises(sc.InputError, match="compare at least one model"):
        finding([])
    equal = replace(small_labels, relevance=np.ones(len(small_labels)))
    with pytest.raises(sc.CalibrationError, match="All labels are equal"):
        compare_models(small_corpus, equal, [encoder])


def test_a_cosine_below_0_among_the_judged_pairs_is_no_fault(encoder: sc.Encoder) -> None:
    texts = [f"{word} {n}" for n in range(20) for word in ("kettle", "zxq vbb", "orchid")]
    lines = ["query,text,relevance"] + [
        f"how do I descale a kettle {n % 10},{text},{int('kettle' in text)}"
        for n, text in enumerate(texts)
    ]
    labels = sc.read_labels("\n".join(lines).encode())
    trial = sc.compare_models(sc.Corpus.from_texts(texts), labels, [encoder])[0]
    turned = replace(trial, cosines=np.where(np.arange(len(texts)) % 3 == 1, -0.2, trial.cosines))
    found = turned.cut(0.5)
    assert found is not None
    assert found.value is not None
    assert found.value > 0
