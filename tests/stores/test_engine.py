from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.stores.ranges import share_interval
from tests.own_encoder import HashingEncoder
from tests.stores.worlds import ASKED, ENCODER, IDS, QUESTIONS, TEXTS, VECTORS, collection, labels


class FilteredStore(sc.LocalStore):
    """The collection as a store that passes ids which hold a text; it also counts its searches."""

    can = sc.LocalStore.can | {"filter"}
    searches = 0

    def search(self, asked: Any, k: int, where: Any = None, exact: bool = False) -> sc.StoreHits:
        self.searches += 1
        found = super().search(asked, len(IDS) if where else k, None, exact)
        if where is None:
            return found
        kept = [[at for at, n in enumerate(ids) if where in n][:k] for ids in found.ids]
        parts = list(enumerate(kept))
        return sc.StoreHits(
            tuple(tuple(found.ids[n][at] for at in rows) for n, rows in parts),
            tuple(tuple(found.texts[n][at] for at in rows) for n, rows in parts),
            tuple(found.scores[n][rows] for n, rows in parts),
            found.scale,
        )

    def sample(self, n: int, seed: int, where: Any = None) -> sc.StoreRows:
        if where is None:
            return super().sample(n, seed)
        return self.fetch([name for name in IDS if where in name][:n])

    def count(self, where: Any = None) -> int:
        return sum(where in name for name in IDS) if where else len(IDS)


@pytest.fixture(scope="module")
def store() -> FilteredStore:
    return FilteredStore(collection())


@pytest.fixture(scope="module")
def here(store: FilteredStore) -> sc.StoreEngine:
    return sc.StoreEngine.open(store, ENCODER)


def large() -> sc.LocalStore:
    """30,000 vectors without texts around a few centres."""
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((40, ENCODER.dim))
    vectors = centres[rng.integers(40, size=30_000)] + rng.standard_normal((30_000, ENCODER.dim))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return sc.LocalStore(sc.VectorEngine.of(unit))


def test_a_batch_has_the_hits_of_each_query_by_itself(here: sc.StoreEngine) -> None:
    for hits, question in zip(here.search_many(QUESTIONS, 5), QUESTIONS, strict=True):
        alone = here.search(question, 5)
        assert (hits.ids, hits.query) == (alone.ids, question)
    by_vector = here.search_many(list(ASKED), 5)
    assert [hits.ids for hits in by_vector] == [h.ids for h in here.search_many(QUESTIONS, 5)]
    assert here.search_many([]) == []


def test_pages_follow_one_another_without_a_gap(here: sc.StoreEngine) -> None:
    whole = here.search(QUESTIONS[0], 30).ids
    pages = [here.search(QUESTIONS[0], 10, offset=start).ids for start in (0, 10, 20)]
    assert sum(pages, ()) == whole


def test_hits_of_a_filter_that_nothing_was_measured_under_say_so(store: FilteredStore) -> None:
    engine = sc.StoreEngine.open(store, ENCODER)
    assert engine.search(QUESTIONS[0]).notes == ()
    (note,) = engine.search(QUESTIONS[0], where="-1").notes
    assert "passed a filter that thresholds and rarity were not measured under" in note
    under = sc.StoreEngine.open(store, ENCODER, where="-1")
    assert under.search(QUESTIONS[0]).notes == ()
    assert all("-1" in name for name in under.search(QUESTIONS[0]).ids)
    assert under.sample.count == store.count("-1")


def test_a_calibrated_search_asks_the_store_once(by_score: sc.Calibrator) -> None:
    store = FilteredStore(collection())
    engine = sc.StoreEngine.open(store, ENCODER)
    before = store.searches
    sc.meaningful(engine.search(QUESTIONS[0]), by_score, within=engine)
    assert store.searches == before + 1


def test_a_calibrator_is_fitted_on_labels_over_the_store_as_over_the_collection(
    here: sc.StoreEngine, labelled: sc.ScoredPairs
) -> None:
    ours = here.score_labels(labels())
    np.testing.assert_allclose(ours.features, labelled.features, atol=1e-6)
    assert ours.relevance.tolist() == labelled.relevance.tolist()
    wrong = sc.labels_of([{"query": "cat", "doc_id": "doc-9999", "relevance": 1}])
    with pytest.raises(sc.LabelsError, match="the store has no row 'doc-9999'"):
        here.score_labels(wrong)


def test_a_blend_of_a_collection_of_another_size_says_so(
    here: sc.StoreEngine, labelled: sc.ScoredPairs
) -> None:
    few = sc.SearchEngine.build(sc.Corpus.from_texts(TEXTS[:100]), ENCODER)
    texts = sc.labels_of(
        [
            {"query": query, "text": text, "relevance": int(relevance)}
            for query, text, relevance in zip(
                labelled.queries, labelled.texts, labelled.relevance, strict=True
            )
        ]
    )
    blend = sc.fit_calibrator(few.score_labels(texts), "blend").calibrator
    with pytest.warns(sc.CollectionChangedWarning, match="100 documents, and the store has 245"):
        hits = blend.apply(here.search(QUESTIONS[0]), here)
    assert "predictions here are unchecked" in hits.notes[-1]


def test_what_was_drawn_is_kept_in_a_file_and_read_again(
    here: sc.StoreEngine, store: FilteredStore, tmp_path: Path
) -> None:
    file = here.sample.save(tmp_path / "sample.json")
    again = sc.StoreEngine.open(store, ENCODER, sample=file)
    assert again.background(QUESTIONS[0]).rarity == here.background(QUESTIONS[0]).rarity
    assert again.sample.rows.ids == here.sample.rows.ids
    np.testing.assert_array_equal(again.sample.rows.vectors, here.sample.rows.vectors)
    assert json.loads(file.read_text())["how"] == "uniform"
    oddities: list[dict[str, object]] = [{"texts": []}, {"count": -1}]
    for odd in oddities:
        file.write_text(json.dumps(json.loads(file.read_text()) | odd))
        with pytest.raises(sc.InputError, match="holds no sample of a store; draw one"):
            sc.StoreSample.load(file)
    file.write_text("{}")
    with pytest.raises(sc.InputError, match="holds no sample of a store; draw one"):
        sc.StoreSample.load(file)
    with pytest.raises(sc.InputError, match="cannot be read"):
        sc.StoreSample.load(tmp_path / "none.json")


def test_a_sample_of_a_store_that_has_grown_says_that_rarity_is_outdated(
    here: sc.StoreEngine,
) -> None:
    few = sc.Corpus.from_texts(TEXTS[:150], ids=IDS[:150])
    smaller = sc.LocalStore(sc.SearchEngine.from_vectors(few, ENCODER, VECTORS[:150]))
    engine = sc.StoreEngine.open(smaller, ENCODER, sample=here.sample)
    assert "had 245 rows, and it has 150" in engine.notes[0]
    assert engine.search(QUESTIONS[0]).notes == engine.notes


def test_a_store_of_another_model_is_refused_by_its_metadata(store: FilteredStore) -> None:
    with pytest.raises(sc.EncoderError, match="the model with the fingerprint 7c2e made its"):
        sc.StoreEngine.open(store, HashingEncoder())


def test_a_store_of_another_model_is_refused_by_a_few_of_its_texts() -> None:
    class NamelessStore(sc.LocalStore):
        @property
        def fingerprint(self) -> sc.StoreFingerprint:
            told = super().fingerprint
            return sc.StoreFingerprint(told.engine, "", told.collection, "", told.dim, told.count)

    engine = collection()
    assert sc.StoreEngine.open(NamelessStore(engine), ENCODER).search("owl", 1).texts
    turned = np.linalg.qr(np.random.default_rng(0).standard_normal((64, 64)))[0]
    other = sc.SearchEngine.from_vectors(engine.corpus, ENCODER, VECTORS @ turned)
    with pytest.raises(sc.EncoderError, match="are not what our-own/encoder makes of the stored"):
        sc.StoreEngine.open(NamelessStore(other), ENCODER)


def test_an_encoder_of_another_length_and_none_at_all_are_refused(store: FilteredStore) -> None:
    class Longer(HashingEncoder):
        dim = 128

    with pytest.raises(sc.EncoderError, match=r"holds vectors of 64 numbers, and .* makes 128"):
        sc.StoreEngine.open(store, Longer())
    with pytest.raises(sc.StoreError, match="is searched by vectors; give the encoder"):
        sc.StoreEngine.open(store)


def test_a_sample_of_another_collection_or_filter_is_refused(
    here: sc.StoreEngine, store: FilteredStore
) -> None:
    with pytest.raises(sc.StoreError, match="was drawn under the filter '' and '-1' is searched"):
        sc.StoreEngine.open(store, ENCODER, sample=here.sample, where="-1")


def test_a_sample_of_a_store_of_the_same_name_with_other_rows_is_refused(
    here: sc.StoreEngine,
) -> None:
    moved = sc.SearchEngine.from_vectors(
        sc.Corpus.from_texts(TEXTS[1:] + TEXTS[:1], ids=IDS), ENCODER, np.roll(VECTORS, -1, axis=0)
    )
    other_ids = sc.SearchEngine.from_vectors(
        sc.Corpus.from_texts(TEXTS, ids=[f"other-{name}" for name in IDS]), ENCODER, VECTORS
    )
    for other in (moved, other_ids):
        with pytest.raises(sc.StoreError, match="Of 5 rows of the sample none is in 'in this"):
            sc.StoreEngine.open(sc.LocalStore(other), ENCODER, sample=here.sample)


def test_rows_that_came_after_all_were_drawn_are_counted_as_well() -> None:
    class Growing(sc.LocalStore):
        """A store that searches by an index and has grown since its rows were drawn."""

        can = sc.LocalStore.can - {"exact"}

    few = sc.Corpus.from_texts(TEXTS[:210], ids=IDS[:210])
    smaller = Growing(sc.SearchEngine.from_vectors(few, ENCODER, VECTORS[:210]))
    engine = sc.StoreEngine.open(
        Growing(collection()), ENCODER, sample=sc.StoreSample.draw(smaller, ENCODER)
    )
    everything = engine.within(QUESTIONS[0], -1.0)
    assert (len(everything.hits), everything.count) == (245, 245)
    some = engine.within(QUESTIONS[0], -1.0, limit=10)
    assert some.how == "estimated from 210 rows"
    assert some.high is not None
    assert some.low <= 245 <= some.high


def test_more_hits_than_are_listed_are_estimated_with_an_interval_that_holds_the_truth() -> None:
    store = large()
    engine = sc.StoreEngine.open(store, ENCODER)
    query = store.sample(1, seed=9).vectors[0]
    truth = engine.within(query, 0.3, limit=30_000)
    assert truth.low == truth.count == truth.high == len(truth.hits)
    some = engine.within(query, 0.3, limit=50)
    assert len(some.hits) == 50
    assert some.high is not None
    assert 50 <= some.low < truth.count < some.high
    assert some.how == "estimated from 2,000 rows"


def test_the_interval_of_a_share_is_that_of_clopper_and_pearson() -> None:
    # Both from R: binom.test(4, 40, conf.level = 0.9) and binom.test(0, 40, conf.level = 0.9).
    assert share_interval(4, 40) == pytest.approx((0.03488, 0.21431), abs=1e-4)
    assert share_interval(0, 40) == pytest.approx((0.0, 0.07216), abs=1e-4)


def test_a_sample_of_a_large_store_says_how_many_rows_it_stands_for() -> None:
    sample = sc.StoreSample.draw(large(), ENCODER)
    assert sample.sentence == "2,000 of 30,000 rows were drawn, each as likely as any other."
    assert "hands out no texts" in sample.unrelated.why_none


def test_a_question_in_another_language_is_compared_with_none(here: sc.StoreEngine) -> None:
    background = here.background("Wie lange muss ein Ei kochen, bis es hart ist?")
    assert background.rarity is None
    assert "Your question seems to be German" in background.rarity_sentence


def test_plain_mistakes_get_a_sentence(here: sc.StoreEngine, store: FilteredStore) -> None:
    with pytest.raises(sc.QueryError, match="The query is empty"):
        here.search(" ")
    with pytest.raises(sc.QueryError, match="k is 0; it must be a whole number of 1 or more"):
        here.search("cat", k=0)
    with pytest.raises(sc.InputError, match="n is -1; it must be a whole number of 1 or more"):
        sc.StoreSample.draw(store, ENCODER, n=-1)
    with pytest.raises(sc.InputError, match="The texts came as a str; give a list"):
        here.score_texts("cat", "abc")
    with pytest.raises(sc.QueryError, match="The query is empty"):
        here.score_texts(" ", ["abc"])
    with pytest.raises(sc.QueryError, match="Texts and vectors were asked at once"):
        here.search_many(["cat", ASKED[0]])
    with pytest.raises(sc.QueryError, match="The vector cannot be searched with"):
        here.search(np.ones(3))
    with pytest.raises(sc.StoreError, match="searches part of its rows, and a LocalStore does not"):
        sc.StoreEngine.open(sc.LocalStore(collection()), ENCODER, where="fox")


def test_where_all_rows_were_drawn_hits_above_a_score_are_counted_whatever_the_index() -> None:
    class ByAnIndex(sc.LocalStore):
        can = sc.LocalStore.can - {"exact"}

    engine = sc.StoreEngine.open(ByAnIndex(collection()), ENCODER)
    found = engine.within(QUESTIONS[0], 0.6, limit=3)
    truth = int((collection().search(QUESTIONS[0], 245).cosines() >= 0.6).sum())
    assert (found.low, found.count, found.high) == (truth, truth, truth)
    assert len(found.hits) == 3 < truth


def test_a_cosine_that_is_no_number_is_refused() -> None:
    engine = sc.StoreEngine.open(sc.LocalStore(collection()), ENCODER)
    with pytest.raises(sc.QueryError, match="The cosine is nan; give a finite number"):
        engine.within("the cat", float("nan"))
