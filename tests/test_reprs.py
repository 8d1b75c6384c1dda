"""What a notebook shows of each public type: a line or two, never its arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from pathlib import Path

import numpy as np
import pytest

import search_core as sc

MOST = 1_000  # characters
QUERY = "How do I descale a kettle?"
FLIP = sc.Flip(QUERY, 0, 0.5, 0.4, 0.5, 0.4, False, 0.5)
JUDGED = sc.Judged.of([1, 0], ["a", "a"])
COMPARED = sc.ScoreComparison(
    (
        sc.ScoreWorth("yours", "your file's score", "platt", 0.9, 0.3, 0.3),
        sc.ScoreWorth("ours", "the texts", "blend", 0.8, 0.4, 0.4),
        sc.ScoreWorth("both", "both", "blend", 0.9, 0.2, 0.2),
    ),
    labels=100,
    queries=20,
)

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def shown(
    encoder: sc.Encoder,
    sample_engine: sc.SearchEngine,
    sample_labels: sc.Labels,
    sample_result: sc.CalibrationResult,
) -> dict[str, object]:
    """Return one instance of every public type that holds something, and of what hangs on it."""
    engine, background = sample_engine, sample_engine.background(QUERY)
    trial = sc.compare_indexes(
        engine.corpus, encoder, [sc.IndexSpec("SQ8")], [QUERY], vectors=engine.vectors,
        threshold=0.5,
    )[0]  # fmt: skip
    few = sc.Corpus.from_texts(engine.corpus.texts[:40])
    labels = sc.read_labels(
        "\n".join(
            ["query,text,relevance"]
            + [f'query {n % 8},"{text}",{int(n % 3 == 0)}' for n, text in enumerate(few.texts)]
        ).encode()
    )
    (trial_of_model,) = sc.compare_models(few, labels, [encoder])
    cut = sc.row_threshold(
        sample_result.out_of_fold, sample_result.pairs.relevance, sample_result.pairs.queries, 0.6
    )
    stated = sc.Judged.of([1, 0] * 500, ["a"] * 1_000).stated(np.linspace(0, 1, 1_000))
    _, bound = _line_on_cosines().scores_reaching(0.5)
    outline = sc.outline_labels(b"query,text,label\na,b,good\na,c,bad\n")
    found = sc.meaningful(engine.search(QUERY), within=engine)
    plan = sc.JudgingPlan.of(engine, sample_labels.queries)
    first = plan.next_pairs()
    told = plan.read({pair.number: n % 2 == 0 for n, pair in enumerate(first)})
    values = (
        plan, plan.pool, plan.rounds[0], first[0], told.share_relevant(),
        sc.Border(0.4, 0.3, 0.5, 0.1),
        stated, stated.judged, bound, sc.MEASURES["auc"], sc.CALIBRATORS["beta"],
        sample_result.suspects()[0], sample_result.report.rival, sample_result.pairs.encoder,
        *sc.read_labels(b"query,text,relevance\na,b,1\na,b,0\n").reading.contradictions,
        encoder, engine, engine.corpus, engine.store, sample_labels, sample_labels.reading,
        sample_result, sample_result.calibrator, sample_result.calibrator.fitted_on,
        sample_result.report, sample_result.report.verdict, sample_result.pairs, cut, trial,
        trial.own, trial.costs, trial.spec, engine.search(QUERY), engine.scale, background,
        background.collection, trial_of_model,
        sample_result.calibrator.collection_change(engine), sc.PUBLIC, FLIP,
        sc.diagnose(labels)[0], engine.collection, engine.collection.features,
        sc.ENGINES["faiss-l2"], sc.ENGINES["faiss-l2"].map, trial_of_model.meaning(0.5),
        sc.feature_worth(sample_result.pairs)[0], sc.FEATURES[0],
        sc.MODELS[sc.DEFAULT_MODEL], sample_result.report.curve, sc.NORMALIZERS["minmax"],
        sc.read_table(b"query\na\n", error=sc.LabelsError), *_contradictions(),
        sc.CALIBRATORS["platt"], sc.MEASURES["auc"], sample_result.report.rival,
        sample_result.suspects()[0], sample_result.pairs.encoder, JUDGED,
        JUDGED.stated([0.8, 0.1]), sc.ScoreBound("cosine", 0.5, higher_is_better=True),
        sc.Fault(3, "text", f"Row 3, column 'text': {QUERY}"),
        sc.Nearby(30, 12, 0.5, 0.6, (0.3, 0.5)),
        sc.best_hit_verdict(engine.search(QUERY), engine),
        background.unrelated, engine.collection.unrelated_questions, engine.cut_for_unrelated(),
        engine.collection.unread(QUERY, engine.corpus.texts[:50]),
        sc.DifferingPair(QUERY, "a text", (1, 2), (0.0, 1.0)),
        outline, *outline.columns, *outline.labels,
        sc.JudgedFiles(sample_labels, engine.corpus, {"corpus.jsonl": "the documents"}),
        sc.ScaleProposal("score", 80, -4.0, 3.9, "higher", sc.COSINE, is_named=False),
        COMPARED, COMPARED.best,
        sc.read_score(0.0164, "elasticsearch-cosine"),
        sc.IndexFile("cosine", np.arange(2000), engine.vectors),
        sc.measure_abstention(sc.Judged.of([1, 0], ["a", "b"]).stated([0.8, 0.1])),
        *_guarantees(sample_result, cut),
        sc.load_prior(), sc.load_prior().predict(sample_result.pairs),
        found, found[0], sc.CODE_LANGUAGES["vespa"], *_of_a_store(engine),
        sc.meaningful(engine.search, within=engine), _watch(), _watch().precision,
        sc.translate_scores(0.5, [0.1, 0.9], [1, 2], [1, 2]), sc.watch_rarity([0.01] * 30),
        *_of_a_passport(),
        sc.HitMap.of(np.eye(3)[0], np.eye(3)),
        sc.EmbeddedFiles((Path("texts.parquet"),), 2, 1),
    )  # fmt: skip
    return {type(value).__name__: value for value in values}


def _of_a_store(engine: sc.SearchEngine) -> tuple[object, ...]:
    store = sc.LocalStore(engine)
    over = sc.StoreEngine.open(store, engine.encoder)
    drawn, found = over.sample, store.search(engine.vectors[:2], 5)
    return store.fingerprint, over, drawn, drawn.rows, found, over.within(QUERY, 0.5)


def _guarantees(result: sc.CalibrationResult, threshold: sc.Threshold) -> tuple[object, ...]:
    p, pairs = result.out_of_fold, result.pairs
    divisions = sc.usual_divisions(pairs.queries, pairs.similarities)
    check = sc.check_groups(threshold, p, pairs.relevance, pairs.queries, divisions)
    return sc.recall_threshold(p, pairs.relevance, pairs.queries), check, check.groups[0]


def _of_a_passport() -> tuple[object, ...]:
    passport = sc.shipped_passports()[sc.DEFAULT_MODEL]
    return passport, passport.bands[0], passport.curves[0], passport.threshold


def _watch() -> sc.Watch:
    names = [str(n) for n in range(60)]
    return sc.query_threshold(np.full(60, 0.6), np.ones(60), names, 0.9).watch()


def _line_on_cosines() -> sc.Calibrator:
    rows = [{"query": f"q{n // 4}", "score": n % 4 / 4, "relevance": n % 2} for n in range(40)]
    return sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), sc.COSINE), "linear").calibrator


def _contradictions() -> tuple[object, ...]:
    return sc.contradictions(["a", "a"], ["b", "B"], np.array([0.0, 1.0]))


def test_no_public_type_shows_more_than_a_few_lines(shown: dict[str, object]) -> None:
    long = {name: len(repr(value)) for name, value in shown.items() if len(repr(value)) > MOST}
    assert long == {}


def test_every_public_dataclass_is_among_them(shown: dict[str, object]) -> None:
    public = [name for name in dir(sc) if isinstance(getattr(sc, name), type)]
    public = [name for name in public if is_dataclass(getattr(sc, name))]
    assert set(public) <= shown.keys()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Hits", "<Hits of 'How do I descale a kettle?': 10 on the scale 'squared_l2', from "),
        ("Corpus", "<Corpus of 432 documents, the first '"),
        ("Labels", "<Labels: 2,274 rows of 149 queries, graded, 0 to 3>"),
        ("ScoredPairs", "<ScoredPairs: 2,274 rows of 149 queries, "),
        ("Calibrator", "fitted on 2,274 rows of 149 queries; states expected relevance>"),
        ("Report", "<Report on 2,274 rows of 149 queries: ECE "),
        (
            "SearchEngine",
            "<SearchEngine: 432 documents by 'all-MiniLM-L6-v2', ranked by squared_l2",
        ),
        ("IndexTrial", "<IndexTrial: 'SQ8' by squared_l2, 432 vectors, recall@10 "),
        (
            "ModelTrial",
            "<ModelTrial: 'all-MiniLM-L6-v2', 384 numbers per vector, 40 labelled pairs",
        ),
    ],
)
def test_what_it_shows_is_what_a_person_wants_to_know(
    shown: dict[str, object], name: str, words: str
) -> None:
    assert words in repr(shown[name])


def test_a_fit_shows_its_calibrator_and_its_verdict(
    sample_result: sc.CalibrationResult,
) -> None:
    text = repr(sample_result)
    assert repr(sample_result.calibrator) in text
    assert sample_result.report.verdict.sentence in text


@pytest.mark.parametrize(
    "make",
    [
        lambda text: sc.Corpus.from_texts([text]),
        lambda text: sc.Hits(text, (0,), (text,), (text,), np.array([0.5]), sc.COSINE),
    ],
)
def test_a_long_text_is_shown_by_its_beginning(make: Callable[[str], object]) -> None:
    text = repr(make("a long text\n" * 10_000))
    assert "a long text" in text
    assert len(text) < 200
    assert "\n" not in text


def test_the_records_of_engines_and_readings_are_short() -> None:
    for record in (*sc.ENGINES.values(), *sc.NORMALIZERS.values()):
        assert len(repr(record)) <= MOST
