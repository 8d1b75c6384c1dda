"""What every store must do, whoever keeps the vectors; each store's tests inherit it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

import search_core as sc
from tests.stores.worlds import ASKED, ENCODER, IDS, QUESTIONS, TEXTS, VECTORS, collection, exact

UUID = "6fa459ea-ee8a-3ca4-894e-db77e160355e"
NEAR = 1e-6
NEAR_BY_FEATURES = 1e-5  # a store that brings vectors to length 1 moves their last bit


class StoreContract:
    """Tests of a store that holds `IDS`, `TEXTS` and `VECTORS`, as the fixture `store` gives it."""

    only_fox: ClassVar[Any] = None
    """A filter in the store's language that passes the texts with "fox"; None without filters."""

    def test_its_hits_have_the_exact_cosine_of_their_stored_vectors(
        self, store: sc.ScoredStore
    ) -> None:
        found = store.search(ASKED, 10)
        assert len(found) == len(QUESTIONS)
        assert found.scale == sc.COSINE
        for row, query in enumerate(ASKED):
            cosines = exact(query)
            best = sorted(cosines.values(), reverse=True)[:10]
            assert found.scores[row] == pytest.approx(best, abs=NEAR)
            assert [cosines[name] for name in found.ids[row]] == pytest.approx(best, abs=NEAR)
            assert list(found.texts[row]) == [TEXTS[IDS.index(n)] for n in found.ids[row]]

    def test_its_fingerprint_says_what_is_stored(self, store: sc.ScoredStore) -> None:
        fingerprint = store.fingerprint
        assert fingerprint.engine in sc.ENGINES
        assert (fingerprint.dim, fingerprint.count) == (ENCODER.dim, len(IDS))
        assert fingerprint.model in ("", ENCODER.fingerprint)

    def test_it_finds_all_hits_above_a_score_and_says_so(self, store: sc.ScoredStore) -> None:
        least = sorted(exact(ASKED[0]).values(), reverse=True)[29] - NEAR
        expected = {name for name, cosine in exact(ASKED[0]).items() if cosine >= least}
        found = store.within(ASKED[:1], least)
        assert set(found.ids[0]) == expected
        assert found.is_complete
        some = store.within(ASKED[:1], least, limit=5)
        assert some.scores[0] == pytest.approx(found.scores[0][:5], abs=NEAR)
        assert not some.is_complete

    def test_it_draws_rows_with_their_vectors_each_once(self, store: sc.ScoredStore) -> None:
        rows = store.sample(40, seed=1)
        assert rows.how in ("uniform", "by segment", "first rows")
        assert len(set(rows.ids)) == len(rows) == 40
        expected = VECTORS[[IDS.index(name) for name in rows.ids]]
        np.testing.assert_allclose(rows.vectors, expected, atol=NEAR)
        assert len(store.sample(10_000, seed=1)) == len(IDS)

    def test_it_fetches_rows_by_id_and_leaves_out_what_is_not_there(
        self, store: sc.ScoredStore
    ) -> None:
        rows = store.fetch([IDS[3], "no such row", IDS[100]])
        assert sorted(rows.ids) == sorted([IDS[3], IDS[100]])
        assert {name: TEXTS[IDS.index(name)] for name in rows.ids} == dict(
            zip(rows.ids, rows.texts, strict=True)
        )
        assert store.count() == len(IDS)

    def test_a_filter_in_its_own_language_is_passed_on(self, store: sc.ScoredStore) -> None:
        if "filter" not in store.can:
            with pytest.raises(sc.StoreError, match="filter"):
                store.search(ASKED, 3, where="anything")
            return
        foxes = [text for text in TEXTS if "fox" in text]
        assert store.count(self.only_fox) == len(foxes)
        assert set(store.search(ASKED[:1], 300, self.only_fox).texts[0]) == set(foxes)
        assert set(store.within(ASKED[:1], -1.0, self.only_fox).texts[0]) == set(foxes)
        assert set(store.sample(300, 0, self.only_fox).texts) == set(foxes)

    def test_a_query_of_another_length_is_refused_in_a_sentence(
        self, store: sc.ScoredStore
    ) -> None:
        with pytest.raises(sc.StoreError, match=r"has 8 numbers, and .* holds vectors of 64; ask"):
            store.search(np.eye(1, 8, dtype=np.float32), 3)

    def test_what_is_no_vector_is_refused_in_a_sentence(self, store: sc.ScoredStore) -> None:
        for asked in (QUESTIONS, ASKED[0]):
            with pytest.raises(sc.StoreError, match=r"is asked with vectors of shape \(n, 64\)"):
                store.search(asked, 3)

    def test_hits_are_counted_from_1_and_found_above_a_score_for_one_query(
        self, store: sc.ScoredStore
    ) -> None:
        for few in (0, -3):
            with pytest.raises(sc.StoreError, match=f"number of hits is {few}; it must be a whole"):
                store.search(ASKED, few)
            with pytest.raises(sc.StoreError, match=f"number of hits is {few}; it must be a whole"):
                store.within(ASKED[:1], 0.5, limit=few)
        for asked in (ASKED[:2], ASKED[:0]):
            with pytest.raises(sc.StoreError, match=f"{len(asked)} queries were given, and all"):
                store.within(asked, 0.5)

    def test_no_row_is_above_a_score_that_no_cosine_has(self, store: sc.ScoredStore) -> None:
        assert store.within(ASKED[:1], 1.5).ids == ((),)

    def test_one_calibrator_states_the_same_of_every_store(
        self, store: sc.ScoredStore, by_score: sc.Calibrator, by_features: sc.Calibrator
    ) -> None:
        engine, here = collection(), sc.StoreEngine.open(store, ENCODER)
        for question in QUESTIONS:
            for calibrator, near in ((by_score, NEAR), (by_features, NEAR_BY_FEATURES)):
                expected = calibrator.apply(engine.search(question, 8), engine)
                found = calibrator.apply(here.search(question, 8), here)
                assert found.scores == pytest.approx(expected.scores, abs=near)

    def test_background_rarity_and_verdict_are_those_of_the_whole_collection(
        self, store: sc.ScoredStore
    ) -> None:
        engine, here = collection(), sc.StoreEngine.open(store, ENCODER)
        assert here.sample.sentence == "All 245 rows were looked at."
        expected_cut = engine.cut_for_unrelated(0.1)
        assert here.cut_for_unrelated(0.1).cosine == pytest.approx(expected_cut.cosine, abs=1e-5)
        for question in QUESTIONS:
            ours, theirs = here.background(question), engine.background(question)
            assert ours.rarity == theirs.rarity
            assert ours.chances(np.array([0.5, 0.9])) == pytest.approx(
                theirs.chances(np.array([0.5, 0.9])), rel=1e-3
            )
            verdict = sc.best_hit_verdict(here.search(question), here)
            assert verdict.answer == sc.best_hit_verdict(engine.search(question), engine).answer

    def test_hits_without_a_calibrator_get_what_other_collections_suggest(
        self, store: sc.ScoredStore
    ) -> None:
        engine, here = collection(), sc.StoreEngine.open(store, ENCODER)
        ours = sc.meaningful(here.search(QUESTIONS[0], 5), within=here)
        theirs = sc.meaningful(engine.search(QUESTIONS[0], 5), within=engine)
        assert [hit.value for hit in ours] == pytest.approx([hit.value for hit in theirs], abs=NEAR)
        assert [hit.rarity for hit in ours] == [hit.rarity for hit in theirs]


class WritableContract(StoreContract):
    """Further tests of a store that takes rows in, as the fixture `empty` gives it."""

    def test_what_is_put_in_twice_is_there_once(self, empty: sc.WritableStore) -> None:
        for _ in range(2):
            empty.add(IDS[:30], VECTORS[:30], TEXTS[:30])
        assert empty.count() == 30
        found = empty.search(VECTORS[7:8], 1)
        assert (found.ids, found.texts) == (((IDS[7],),), ((TEXTS[7],),))

    def test_a_write_that_was_cut_off_goes_on_where_it_stopped(
        self, empty: sc.WritableStore
    ) -> None:
        class CutOff:
            """The same store, whose connection is lost in the third batch, half of it written."""

            def __init__(self) -> None:
                self.batches = 0

            def __getattr__(self, name: str) -> Any:
                return getattr(empty, name)

            def add(self, ids: list[str], vectors: Any, texts: list[str]) -> None:
                self.batches += 1
                half = len(ids) // 2 if self.batches == 3 else len(ids)
                empty.add(ids[:half], vectors[:half], texts[:half])
                if self.batches == 3:
                    raise sc.StoreError("The store cannot be reached.")

        cut_off: Any = CutOff()
        with pytest.raises(sc.StoreError, match=r"100 of 245 rows are in the store; call"):
            sc.fill_store(cut_off, IDS, VECTORS, TEXTS, batch=50)
        assert empty.count() == 125
        assert sc.fill_store(empty, IDS, VECTORS, TEXTS, batch=50) == 120
        assert sc.fill_store(empty, IDS, VECTORS, TEXTS) == 0
        assert empty.count() == len(IDS)
        np.testing.assert_allclose(
            empty.search(ASKED, 5).scores[0], sorted(exact(ASKED[0]).values())[:-6:-1], atol=NEAR
        )

    def test_a_row_with_another_vector_or_text_is_replaced(self, empty: sc.WritableStore) -> None:
        sc.fill_store(empty, IDS[:3], VECTORS[:3], TEXTS[:3])
        assert sc.fill_store(empty, IDS[:3], VECTORS[3:6], TEXTS[:3]) == 0
        np.testing.assert_allclose(empty.fetch(IDS[:1]).vectors[0], VECTORS[3], atol=NEAR)
        sc.fill_store(empty, IDS[:3], VECTORS[3:6], TEXTS[3:6])
        assert empty.fetch(IDS[:1]).texts == (TEXTS[3],)

    def test_rows_that_cannot_be_put_in_are_refused_before_any_is(
        self, empty: sc.WritableStore
    ) -> None:
        with pytest.raises(sc.InputError, match="id 'doc-0' is given twice"):
            sc.fill_store(empty, [IDS[0], IDS[0]], VECTORS[:2])
        with pytest.raises(sc.InputError, match="3 ids and 1 texts were given"):
            sc.fill_store(empty, IDS[:3], VECTORS[:3], ["a"])
        with pytest.raises(sc.IndexSpecError, match="has length 2, and 1 was expected"):
            sc.fill_store(empty, IDS[:3], 2 * VECTORS[:3])
        assert empty.count() == 0

    def test_ids_that_look_alike_stay_apart(self, empty: sc.WritableStore) -> None:
        alike = ["7", "07", UUID, UUID.upper(), f"{{{UUID}}}", str(2**64), "7" * 500]
        self._fill_and_fetch(empty, alike)

    def test_ids_may_hold_any_character(self, empty: sc.WritableStore) -> None:
        odd = ["it's", 'a"b', "C:\\new", "\\", "a\nb", "a\rb", "a\0b", "日本", "🙂", " ", "%"]
        self._fill_and_fetch(empty, [*odd, "x'] or id != '"])

    def _fill_and_fetch(self, empty: sc.WritableStore, ids: list[str]) -> None:
        texts = TEXTS[: len(ids)]
        assert sc.fill_store(empty, ids, VECTORS[: len(ids)], texts) == len(ids)
        assert sc.fill_store(empty, ids, VECTORS[: len(ids)], texts) == 0
        rows = empty.fetch(ids)
        assert dict(zip(rows.ids, rows.texts, strict=True)) == dict(zip(ids, texts, strict=True))
        assert [empty.fetch([name]).ids for name in ids] == [(name,) for name in ids]

    def test_ids_and_texts_that_are_none_are_refused_with_their_place(
        self, empty: sc.WritableStore
    ) -> None:
        odd: Any = [5, None]
        for number, cell in enumerate(odd):
            with pytest.raises(sc.InputError, match=f"The id at 1 is {cell}; give a text"):
                sc.fill_store(empty, [IDS[0], odd[number]], VECTORS[:2])
        with pytest.raises(sc.InputError, match="The text at 0 is None; give a text"):
            sc.fill_store(empty, IDS[:1], VECTORS[:1], odd[1:])
        with pytest.raises(sc.InputError, match="The id at 1 holds half a character"):
            sc.fill_store(empty, [IDS[0], "\ud800"], VECTORS[:2])
        with pytest.raises(sc.InputError, match="The text at 0 holds half a character"):
            sc.fill_store(empty, IDS[:1], VECTORS[:1], ["a\ud800"])

    def test_a_filter_in_another_language_is_refused(self, empty: sc.WritableStore) -> None:
        with pytest.raises(sc.StoreError, match=r"takes an? .* as where, and a int was given"):
            empty.search(ASKED, 3, where=7)
