from __future__ import annotations

import numpy as np
import pytest

import search_core as sc
from search_core.files.tables import write_table
from search_core.labels.labels import query_key
from search_core.scale import BROUGHT_SCALES, COSINE, SQUARED_L2

# The five sentences and two queries of the classic example, with its made-up relevance.
SENTENCES = {
    "mat": "The cat sat on the mat.",
    "ball": "The dog chased the ball.",
    "sun": "The sun is shining brightly.",
    "nap": "A fluffy cat naps.",
    "run": "The dog is running fast.",
}
JUDGED = {
    "A feline relaxes.": dict(zip(SENTENCES, (0.9, 0.2, 0.05, 0.8, 0.1), strict=True)),
    "A canine plays": dict(zip(SENTENCES, (0.1, 0.85, 0.1, 0.2, 0.9), strict=True)),
}


def classic_labels(seed: int | None = None, by: str = "doc_id") -> sc.Labels:
    """Return the classic example's judgements, in this order or shuffled."""
    rows = [
        (query, name if by == "doc_id" else SENTENCES[name], value)
        for query, judged in JUDGED.items()
        for name, value in judged.items()
    ]
    if seed is not None:
        rows = [rows[n] for n in np.random.default_rng(seed).permutation(len(rows))]
    return sc.read_labels(write_table(["query", by, "relevance"], rows).encode(), scale=(0, 1))


@pytest.fixture(scope="module")
def classic_engine(encoder: sc.Encoder) -> sc.SearchEngine:
    corpus = sc.Corpus.from_texts(SENTENCES.values(), ids=list(SENTENCES))
    return sc.SearchEngine.build(corpus, encoder=encoder)


def test_a_scale_may_be_given_by_its_name_or_by_an_engine() -> None:
    labels = sc.read_labels(b"query,score,relevance\na,0.5,1\nb,0.1,0\n")
    assert sc.score_pairs(labels, "cosine").scale is COSINE
    assert sc.score_pairs(labels, "chroma-cosine").scale.name == "cosine_distance"
    with pytest.raises(sc.InputError, match="A float was given where a scale was expected"):
        sc.score_pairs(labels, 0.5)  # type: ignore[arg-type]


def test_the_path_of_a_file_is_no_labels() -> None:
    with pytest.raises(sc.LabelsError, match=r"A str was given where Labels .* with read_labels"):
        sc.score_pairs("judgements.csv", COSINE)  # type: ignore[arg-type]


@pytest.mark.model
def test_an_engine_scores_no_path_of_a_file(classic_engine: sc.SearchEngine) -> None:
    with pytest.raises(sc.LabelsError, match=r"A str was given where Labels .* with read_labels"):
        classic_engine.score_labels("judgements.csv")  # type: ignore[arg-type]


# Judgements are joined to scores by query and document, never by position


@pytest.mark.model
@pytest.mark.parametrize("by", ["doc_id", "text"])
def test_a_judgement_meets_the_score_of_its_own_document_in_any_order_of_rows(
    classic_engine: sc.SearchEngine, by: str
) -> None:
    pairs = classic_engine.score_labels(classic_labels(3, by))
    names = {text: name for name, text in SENTENCES.items()}
    for n in range(len(pairs)):
        query = next(query for query in JUDGED if query_key(query) == pairs.queries[n])
        hits = classic_engine.search(query, k=5)
        name = names[pairs.texts[n]]
        assert pairs.relevance[n] == JUDGED[query][name]
        assert pairs.features[n, 0] == pytest.approx(hits.cosines()[hits.ids.index(name)], abs=1e-6)


@pytest.mark.model
def test_shuffling_the_rows_shuffles_the_pairs_and_changes_nothing_in_them(
    classic_engine: sc.SearchEngine,
) -> None:
    def as_set(pairs: sc.ScoredPairs) -> dict[tuple[str, str], list[float]]:
        keys = zip(pairs.queries, pairs.texts, strict=True)
        values = np.column_stack([pairs.relevance, pairs.features]).round(9).tolist()
        return dict(zip(keys, values, strict=True))

    in_order = as_set(classic_engine.score_labels(classic_labels()))
    shuffled = as_set(classic_engine.score_labels(classic_labels(5)))
    assert shuffled == in_order


@pytest.mark.model
def test_scores_by_rank_against_labels_by_document_would_be_misaligned(
    classic_engine: sc.SearchEngine,
) -> None:
    # The classic snippet sets the k-th distance beside the k-th label; the test above would pass
    # by accident if the search returned the documents in the order of the labels.
    for query in JUDGED:
        assert classic_engine.search(query, k=5).ids != tuple(SENTENCES)


@pytest.mark.model
def test_a_document_that_the_collection_lacks_is_named_with_its_row(
    classic_engine: sc.SearchEngine,
) -> None:
    labels = sc.read_labels(b"query,doc_id,relevance\na,mat,1\na,moon,0\n")
    with pytest.raises(sc.LabelsError, match="'moon' is not a document of this") as caught:
        classic_engine.score_labels(labels)
    assert (caught.value.row, caught.value.column) == (3, "doc_id")


@pytest.mark.model
def test_scores_without_texts_are_sent_to_the_function_that_takes_them(
    classic_engine: sc.SearchEngine,
) -> None:
    with pytest.raises(sc.LabelsError, match="use score_pairs"):
        classic_engine.score_labels(sc.read_labels(b"query,score,relevance\na,1,1\n"))


# Scores that a file brings


def brought(scores: list[float]) -> sc.Labels:
    rows = [("A query ", score, n % 2) for n, score in enumerate(scores)]
    return sc.read_labels(write_table(["query", "score", "relevance"], rows).encode())


@pytest.mark.parametrize("scale", BROUGHT_SCALES.values(), ids=BROUGHT_SCALES)
def test_pairs_keep_their_scores_and_turn_them_where_less_is_better(scale: sc.ScoreScale) -> None:
    scores = [-0.75, -0.25] if scale.upper == 0 else [0.25, 0.75]
    pairs = sc.score_pairs(brought(scores), scale)
    assert pairs.features[:, 0].tolist() == scores
    low, high = pairs.similarities.tolist()
    assert (low < high) is scale.higher_is_better
    assert pairs.columns()["score"].tolist() == [low, high]
    assert pairs.scale == scale
    assert pairs.feature_names == ("score",)


def test_a_score_keeps_its_size() -> None:
    assert sc.score_pairs(brought([0.25, 3.5]), SQUARED_L2).features.tolist() == [[0.25], [3.5]]


def test_pairs_made_by_hand_and_from_a_file_are_calibrated_alike() -> None:
    rng = np.random.default_rng(0)
    distances = rng.uniform(0, 2, 120)
    y = (rng.random(120) < np.clip(1.2 - distances, 0, 1)).astype(np.float64)
    queries = tuple(f"q{n % 12}" for n in range(120))
    lines = [f"{q},{d!r},{v:g}" for q, d, v in zip(queries, distances.tolist(), y, strict=True)]
    from_file = sc.score_pairs(
        sc.read_labels("\n".join(["query,score,relevance", *lines]).encode()), SQUARED_L2
    )
    by_hand = sc.ScoredPairs(queries, y, distances[:, None], ("score",), SQUARED_L2)
    one, other = (sc.fit_calibrator(each).calibrator for each in (from_file, by_hand))
    near, far = other.predict(by_hand.take(np.argsort(distances)[[0, -1]]))
    assert near > 0.5 > far
    np.testing.assert_allclose(other.predict(by_hand), one.predict(from_file), atol=1e-12)


@pytest.mark.parametrize("score", [1.0, -1.0])
def test_a_score_on_the_bound_of_its_scale_is_taken(score: float) -> None:
    assert len(sc.score_pairs(brought([0.0, score]), COSINE)) == 2


@pytest.mark.parametrize("score", [1.001, -1.001])
def test_a_score_beyond_its_scale_is_named_with_its_row(score: float) -> None:
    with pytest.raises(sc.LabelsError, match="cannot be a score on the scale 'cosine'") as caught:
        sc.score_pairs(brought([0.0, score]), COSINE)
    assert (caught.value.row, caught.value.column) == (3, "score")
    assert "between -1 and 1; choose the scale" in str(caught.value)


def test_labels_without_scores_are_refused() -> None:
    labels = sc.read_labels(b"query,text,relevance\na,b,1\n")
    with pytest.raises(sc.LabelsError, match="have no column 'score'; add one"):
        sc.score_pairs(labels, COSINE)


# Groups


@pytest.mark.parametrize("other", ["shoes", " Shoes", "SHOES  ", "sho\u200bes"])
def test_case_and_blanks_make_no_other_query(other: str) -> None:
    assert (query_key(other) == query_key("Shoes ")) is ("\u200b" not in other)


def test_sharp_s_and_blanks_inside_are_folded() -> None:
    assert query_key("Große\u00a0\n Katze") == query_key("GROSSE katze")


def test_chosen_rows_keep_all_that_belongs_to_them() -> None:
    labels = sc.read_labels(b"query,score,relevance,split\na,0.1,0,train\nb,0.2,1,test\nc,0.3,1,\n")
    pairs = sc.score_pairs(labels, COSINE)
    for chosen in (np.array([2, 1]), np.array([False, True, True])):
        taken = pairs.take(chosen)
        order = [pairs.queries.index(query) for query in taken.queries]
        assert sorted(order) == [1, 2]
        assert taken.features.tolist() == pairs.features[order].tolist()
        assert taken.relevance.tolist() == pairs.relevance[order].tolist()
        assert taken.rows == tuple(pairs.rows[place] for place in order)
        assert taken.scale == pairs.scale
    assert pairs.take(np.array([2, 1])).queries == ("c", "b")


def test_a_score_that_rounding_carried_past_its_bound_is_brought_back() -> None:
    pairs = sc.score_pairs(brought([1.0000001, -1.0000002]), COSINE)
    assert pairs.features.tolist() == [[1.0], [-1.0]]


@pytest.mark.parametrize("place", [0, 3, 4, 6])
def test_of_many_scores_the_first_that_is_none_is_named(place: int) -> None:
    scores = [0.1] * place + [1.5] + [0.1] * (6 - place) + [2.5]
    with pytest.raises(sc.LabelsError, match=r"column 'score': 1\.5 cannot be") as caught:
        sc.score_pairs(brought(scores), COSINE)
    assert caught.value.row == place + 2


@pytest.mark.parametrize("scale", [SQUARED_L2, BROUGHT_SCALES["bm25"]], ids=["bounded", "open"])
def test_what_faiss_fills_an_empty_place_with_is_no_score(scale: sc.ScoreScale) -> None:
    with pytest.raises(
        sc.LabelsError, match=r"Row 3, column 'score': a score is 3\.4028235e\+38, how FAISS"
    ):
        sc.score_pairs(brought([0.2, 3.4028234663852886e38]), scale)


@pytest.mark.parametrize(
    ("column", "scale", "better"),
    [
        ("distance", "cosine", "smaller"),
        ("Dist", "bm25", "smaller"),
        ("similarity", "squared_l2", "larger"),
        ("cos-sim", "l2", "larger"),
    ],
)
def test_a_column_whose_name_says_another_direction_than_the_scale_is_asked_about(
    column: str, scale: str, better: str
) -> None:
    labels = sc.read_labels(f"query,{column},relevance\na,0.7,1\na,0.2,0\n".encode())
    with pytest.raises(sc.LabelsError, match=f"'{column}', where {better} is better") as caught:
        sc.score_pairs(labels, sc.BROUGHT_SCALES[scale])
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("column", "scale"),
    [("distance", "l2"), ("similarity", "cosine"), ("bm25", "bm25"), ("score", "l2")],
)
def test_a_column_whose_name_goes_with_the_scale_is_read(column: str, scale: str) -> None:
    labels = sc.read_labels(f"query,{column},relevance\na,0.7,1\na,0.2,0\n".encode())
    assert len(sc.score_pairs(labels, sc.BROUGHT_SCALES[scale])) == 2
