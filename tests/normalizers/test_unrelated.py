"""Questions are compared with unrelated ones of their own kind, or with none and a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import search_core as sc
from search_core.normalizers.unrelated import FEWEST_QUERIES, SHIPPED, shipped_questions
from search_core.normalizers.unrelated_scores import UnrelatedScores

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
NOT_SHIPPED = {
    "Norwegian": "Rengjør terrassen med såpe. Malingen må tørke i to dager før neste strøk. "
    "Stikksagen trenger nytt blad. Skru løs hyllen før du flytter skapet.",
    "Greek": "Καθάρισε τη βεράντα με σαπούνι. Η μπογιά στεγνώνει σε δύο μέρες. "
    "Το πριόνι θέλει καινούρια λεπίδα.",
    "Swedish": "Tvätta altanen med såpa. Färgen måste torka i två dygn. Sågen behöver ett nytt "
    "blad innan du fortsätter.",
    "Hindi": "छत को साबुन से धोइए। रंग को सूखने में दो दिन लगते हैं। आरी के लिए नया ब्लेड चाहिए।",
}
OWN = [f"question number {n} about steam engines" for n in range(FEWEST_QUERIES)]


def lines(folder: str, kind: str) -> list[str]:
    return (BENCHMARKS / folder / f"{kind}.txt").read_text(encoding="utf-8").splitlines()


def engine_of(texts: list[str], encoder: sc.Encoder) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(texts), encoder)


# What a collection is


@pytest.mark.parametrize("kind", [kind for kind in SHIPPED if kind not in ("code", "logs")])
def test_every_shipped_list_is_told_to_be_in_its_language(kind: str) -> None:
    assert sc.kinds_of(shipped_questions(kind)) == (kind,)
    own = [
        question for question in shipped_questions(kind) if sc.foreign_language(question, [kind])
    ]
    assert own == []


@pytest.mark.parametrize("kind", ["de", "en", "es", "fr", "ja", "zh", "code"])
def test_a_collection_is_told_by_its_texts(kind: str) -> None:
    assert sc.kinds_of(lines("collections", kind)) == (kind,)


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-02-11 07:14:55 WARN [pool-3] lease lost", "[ERROR] write failed on shard 7"],
        ["AB-1102-X flange DN80 PN16", "KX-77 hose clamp 20-32mm", "6305-2Z bearing 25x62x17"],
        ["ORD-2023-0091", "ORD-2023-0092", "INV-18-22"],
    ],
)
def test_log_lines_part_numbers_and_ids_are_one_kind(texts: list[str]) -> None:
    assert sc.kinds_of(texts) == ("logs",)


@pytest.mark.parametrize(
    "texts",
    [
        ["let total = prices.iter().sum::<f64>();", "fn main() { run(); }"],
        ["SELECT id FROM parcels WHERE sent", "DELETE FROM parcels"],
        ["if (door.isOpen()) { alarm.ring(3); }", "const ring = (n) => beep.repeat(n);"],
    ],
)
def test_code_is_a_kind_whatever_its_language(texts: list[str]) -> None:
    assert sc.kinds_of(texts) == ("code",)


def test_numbers_in_prose_make_no_part_list() -> None:
    texts = [
        "In 1974 the town had 12,400 people, 3 schools and 2 bakeries.",
        "Bake for 25 minutes at 180 degrees, then let it rest for 10.",
        "The 3rd edition of 2005 has 410 pages in 12 chapters.",
    ]
    assert sc.kinds_of(texts) == ("en",)


def test_a_mixed_collection_is_compared_with_as_many_questions_of_each_language() -> None:
    german, english = lines("collections", "de"), lines("collections", "en")
    mixed = sc.UnrelatedQuestions.for_texts(german + english)
    assert sorted(mixed.kinds) == ["de", "en"]
    shares = [len(set(mixed.questions) & set(shipped_questions(kind))) for kind in ("de", "en")]
    assert shares[0] == shares[1] >= 100
    few = sc.UnrelatedQuestions.for_texts(german + english[:3])
    assert few.kinds == ("de",)


def test_texts_without_words_have_no_language() -> None:
    for texts in (["🙂", "🙃"], ["12", "4711"], ["???"]):
        asked = sc.UnrelatedQuestions.for_texts(texts)
        assert asked.questions == ()
        assert "not clear which language" in asked.why_none


@pytest.mark.parametrize("language", NOT_SHIPPED)
def test_a_language_without_a_list_is_named_as_the_reason(language: str) -> None:
    asked = sc.UnrelatedQuestions.for_texts(NOT_SHIPPED[language].split(". "))
    assert asked.questions == ()
    assert language in asked.why_none
    assert "50 or more unrelated questions" in asked.why_none


# What follows for rarity


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("kind", ["de", "en", "es", "fr", "ja", "zh", "code"])
def test_few_unrelated_questions_of_the_collections_own_kind_are_rare(
    kind: str, encoder: sc.Encoder
) -> None:
    engine = engine_of(lines("collections", kind), encoder)
    rarities = [engine.background(query).rarity for query in lines("unrelated", kind)]
    known = [rarity for rarity in rarities if rarity is not None]
    assert len(known) >= 0.8 * len(rarities)
    assert np.mean(np.array(known) <= 0.05) <= 0.1


@pytest.mark.model
def test_an_unrelated_german_question_of_german_texts_is_nothing_rare(
    encoder: sc.Encoder,
) -> None:
    engine = engine_of(lines("collections", "de"), encoder)
    asked = engine.background("Wie beantrage ich einen neuen Führerschein?")
    assert asked.nothing_relevant
    assert "nothing relevant" in sc.rarity_words(asked.rarity)
    hit = engine.background("Wie dünge ich Tomaten mit Brennnesseln?")
    assert hit.rarity is not None
    assert hit.rarity < 0.02
    assert "(120 in German)" in hit.rarity_sentence


@pytest.mark.model
@pytest.mark.parametrize("language", NOT_SHIPPED)
def test_without_a_list_there_is_no_rarity_no_cut_and_no_confident_verdict(
    language: str, encoder: sc.Encoder
) -> None:
    texts = NOT_SHIPPED[language].split(". ")
    engine = engine_of(texts, encoder)
    background = engine.background(texts[0])
    assert background.rarity is None
    assert background.rarity_bound is None
    assert language in background.rarity_sentence
    assert "about 1 in" not in sc.rarity_words(background.rarity)
    verdict = sc.best_hit_verdict(engine.search(texts[0]), engine)
    assert verdict.answer == "unclear"
    assert language in verdict.reason
    assert verdict.unrelated_below is None
    with pytest.raises(sc.InputError, match=language):
        engine.cut_for_unrelated(0.05)
    with pytest.raises(sc.InputError, match=language):
        sc.normalize(engine.search(texts[0]), "t_norm", background=background)


@pytest.mark.model
def test_a_query_in_another_language_is_compared_with_questions_in_that_language(
    encoder: sc.Encoder,
) -> None:
    engine = engine_of(lines("collections", "de"), encoder)
    assert "in English" in engine.background("How long does a parcel take?").unrelated.words
    assert "in German)" in engine.background("Kompost").rarity_sentence
    unknown = engine.background("Πόσο κοστίζει ένα εισιτήριο για το λεωφορείο;")
    assert unknown.rarity is None
    assert "Your question seems to be Greek" in unknown.rarity_sentence


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("When should I prune my roses?", "English"),
        ("Quand faut-il tailler les rosiers au jardin ?", "French"),
        ("Kiedy należy przycinać róże w ogrodzie?", "Polish"),
    ],
)
def test_a_low_score_across_languages_is_never_called_nothing(
    asked: str, language: str, encoder: sc.Encoder
) -> None:
    texts = ["Rosen schneidet man im Spätwinter.", "Kompost braucht Luft.", "Minze liebt Schatten."]
    engine = engine_of([*texts, "Möhren sät man direkt ins Beet."], encoder)
    background = engine.background(asked)
    assert not background.nothing_relevant
    assert "nothing relevant" not in sc.rarity_words(background.rarity)
    assert language in background.rarity_sentence
    verdict = sc.best_hit_verdict(engine.search(asked), engine)
    assert verdict.answer != "nothing"


# Questions of one's own


@pytest.mark.model
def test_own_questions_serve_whatever_the_language_and_stay_with_the_engine(
    encoder: sc.Encoder, tmp_path: Path
) -> None:
    corpus = sc.Corpus.from_texts(NOT_SHIPPED["Norwegian"].split(". "))
    engine = sc.SearchEngine.build(corpus, encoder, background_queries=OWN)
    engine.add(["Hammeren ligger i skuffen."])
    engine.save(tmp_path / "saved")
    for each in (engine, sc.SearchEngine.load(tmp_path / "saved", encoder)):
        background = each.background("Hvor er hammeren?")
        assert background.rarity is not None
        assert "(50 of your own)" in background.rarity_sentence
    given = sc.SearchEngine.from_vectors(
        corpus, encoder, encoder.encode_documents(corpus.texts), background_queries=OWN
    )
    assert given.background("Hvor er hammeren?").rarity is not None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (OWN[:49], "each counted once: 49. At least 50"),
        (OWN[:20] * 3, "each counted once: 20"),
        ("one text", "a list of them"),
        ([*OWN, 7], "Entry 51 of background_queries is a int"),
    ],
)
def test_own_questions_that_cannot_serve_are_refused(given: object, words: str) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.UnrelatedQuestions.given(given)  # type: ignore[arg-type]


# The share, its bound and the cut


def scores_of(best: list[float]) -> UnrelatedScores:
    return UnrelatedScores(np.sort(best), np.zeros(2), np.zeros(2), f"{len(best)} questions")


def test_the_share_is_a_conformal_p_value_and_the_bound_is_clopper_and_pearsons() -> None:
    scores = scores_of([n / 100 for n in range(99)])
    for reaching in (0, 1, 4, 50, 99):
        cosine = 0.99 - reaching / 100
        assert scores.share(cosine) == pytest.approx((1 + reaching) / 100)
        exact = stats.binomtest(reaching, 99).proportion_ci(0.8, method="exact").high
        assert scores.bound(cosine) == pytest.approx(exact)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.33])
def test_what_reaches_the_cut_has_at_most_the_share_and_what_is_below_has_more(
    share: float,
) -> None:
    rng = np.random.default_rng(3)
    scores = scores_of(rng.normal(0.4, 0.1, 119).tolist())
    cosine, reached, bound = scores.cut(share)
    assert reached <= share < reached + 1 / 120
    assert scores.share(cosine) == pytest.approx(reached)
    assert reached < bound
    below = scores.share(cosine - 1e-5)
    assert below is not None
    assert below > share


def test_a_new_unrelated_question_passes_as_often_as_is_said() -> None:
    rng = np.random.default_rng(1)
    passed, kept = [], []
    for _ in range(400):
        scores = scores_of(rng.normal(0.4, 0.1, 119).tolist())
        cosine, _, bound = scores.cut(0.05)
        chance = float(stats.norm.sf(cosine, 0.4, 0.1))
        passed.append(chance)
        kept.append(chance <= bound)
    assert np.mean(passed) == pytest.approx(0.05, abs=0.004)
    assert np.mean(kept) == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "between 0 and 1"), (1.5, "between 0 and 1"), (0.001, "cannot tell")]
)
def test_a_share_that_cannot_be_told_is_refused(share: float, words: str) -> None:
    with pytest.raises(sc.InputError, match=words):
        scores_of([0.1] * 60).cut(share)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("metric", ["squared_l2", "inner_product"])
def test_the_cut_of_an_engine_is_on_the_scale_of_its_hits(
    metric: str, sample_corpus: sc.Corpus, encoder: sc.Encoder
) -> None:
    engine = sc.SearchEngine.build(sample_corpus, encoder, sc.IndexSpec("Flat", metric=metric))
    cut = engine.cut_for_unrelated(0.05)
    assert cut.scale == engine.scale
    assert f"at most {cut.share:.1%}" in cut.sentence
    assert "90% confidence" in cut.sentence
    for query in ("How do I descale a kettle?", "who won the boat race"):
        hits = engine.search(query)
        better = (
            hits.scores[0] <= cut.score if metric == "squared_l2" else hits.scores[0] >= cut.score
        )
        assert bool(better) == bool(hits.cosines()[0] >= cut.cosine)


def test_where_the_disk_is_full_no_language_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("search_core.normalizers.kinds._identifier", full)
    found = sc.kinds_of(["The tide turns at noon.", "Gulls cry over the pier."])
    assert "en" not in found
    chosen = sc.UnrelatedQuestions.for_texts(["The tide turns at noon."])
    assert chosen.questions == ()
    assert "language" in chosen.why_none
