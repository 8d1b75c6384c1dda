"""What is said of a best hit: one answer from the best evidence, contradicted by nothing shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.features import FeatureSpace
from search_core.normalizers.background import CollectionBackground
from search_core.scale import PROBABILITY
from search_core.verdict import NARROWEST, SIGNS, learnt_rule, signs_of
from search_ui.tabs.search import result_html
from search_ui.views.search import SearchView, view_search
from tests.own_encoder import HashingEncoder
from tests.properties import tried
from tests.ui.pages import text_of

BICYCLES = """Wipe the chain with a dry rag before you put new oil on it.
Oil the chain lightly and turn the pedals backwards a few times.
A worn chain skips on the sprockets; measure it with a chain gauge.
Pump road tyres to six bar and mountain tyres to two.
Check the pressure of the tyres once a week, since they lose air.
To patch an inner tube, roughen the rubber, spread the glue and press the patch on for a minute.
Find a puncture by holding the pumped-up tube under water and looking for bubbles.
Carry a spare tube, two tyre levers and a small pump.
Squealing disc brakes are often greasy; clean the disc with alcohol.
Replace brake pads when less than a millimetre is left of them.
Rim brakes pull straight again when you centre the caliper.
Set the saddle so that the knee is slightly bent at the lowest pedal position.
A saddle that tips down pushes your weight onto your hands.
Numb hands often come from a handlebar that is too low.
Choose a frame on which you can stand over the top tube with both feet flat.
Gears that jump need a quarter turn of the barrel adjuster.
A bent derailleur hanger makes shifting poor in every gear.
Change into a low gear before the climb and not in the middle of it.
Front lights must shine white and rear lights red.
A hub dynamo feeds the light without batteries.
Lock the frame and the rear wheel to something that is fixed to the ground.
A folding lock is easier to carry, and a shackle lock is harder to break.
Register the frame number, so that the police can return a stolen bicycle.
Wear a helmet that sits level and does not move when you shake your head.
Replace a helmet after any hard fall, even if you see no crack.
Child seats may carry children of up to twenty-two kilograms.
A trailer needs its own rear light and a flag.
Salt from winter roads rusts the chain within days if you do not rinse it off.
Store the bicycle dry and hang it up by the wheel.
Tubeless tyres seal small holes by themselves with a milky fluid.""".splitlines()
ANSWERED = {
    "How do I fix a flat inner tube?": "To patch an inner tube",
    "How much pressure do road bike tyres need?": "Pump road tyres",
    "Why do my disc brakes squeal?": "Squealing disc brakes",
    "How high should the saddle be?": "Set the saddle",
    "Where should I lock my bicycle?": "Lock the frame",
    "Do I need a new helmet after a crash?": "Replace a helmet",
    "How do I find the hole in a tube?": "Find a puncture",
    "When are brake pads worn out?": "Replace brake pads",
    "My gears jump, what should I turn?": "Gears that jump",
    "Which colour is the rear light?": "Front lights",
    "How heavy may a child in a child seat be?": "Child seats",
    "Which tools and spare parts should I carry along?": "Carry a spare tube",
}
UNRELATED = (
    "How do I bake bread?",
    "Who wrote the first symphony?",
    "capital of Mongolia",
    "symptoms of a cold in babies",
)
ORDER = ("nothing", "unclear", "relevant")
ENCODER = HashingEncoder()
PLATT = sc.fit_calibrator(
    sc.score_pairs(
        sc.labels_of(
            [
                {"query": f"q{n // 4}", "score": (n % 4) / 4, "relevance": int(n % 4 > n % 3)}
                for n in range(400)
            ]
        ),
        sc.COSINE,
    ),
    "platt",
).calibrator


@pytest.fixture(scope="module")
def bicycles(encoder: sc.Encoder) -> sc.SearchEngine:
    """Texts of one subject, as a visitor pastes them."""
    return sc.SearchEngine.build(sc.Corpus.from_texts(BICYCLES), encoder)


def tiny(*texts: str) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(texts), ENCODER)


def calibrated(*values: float) -> sc.Hits:
    names = tuple(f"d{place}" for place in range(len(values)))
    places = tuple(range(len(values)))
    return sc.Hits("a question", places, names, names, np.array(values), PROBABILITY)


# With a calibrator


@pytest.mark.parametrize(("value", "said"), [(0.9, "relevant"), (0.3, "unclear"), (0.1, "nothing")])
def test_a_calibrator_decides_by_its_own_values(value: float, said: str) -> None:
    calibrator = replace(PLATT, nothing_below=0.2, thresholds=())
    verdict = sc.best_hit_verdict(calibrated(value, 0.01), tiny("a cat"), calibrator)
    assert (verdict.answer, verdict.evidence, verdict.value) == (said, "calibrator", value)
    assert (verdict.relevant_from, verdict.nothing_below) == (0.5, 0.2)


def test_a_promised_threshold_for_best_hits_is_what_makes_one_relevant() -> None:
    promised = replace(PLATT.thresholds[1], level="query", value=0.7)
    calibrator = replace(PLATT, nothing_below=0.2, thresholds=(promised,))
    answers = [
        sc.best_hit_verdict(calibrated(value), tiny("a cat"), calibrator).answer
        for value in (0.7, 0.699)
    ]
    assert answers == ["relevant", "unclear"]


def test_without_a_measured_bound_a_calibrator_never_says_nothing() -> None:
    calibrator = replace(PLATT, nothing_below=None, thresholds=())
    assert sc.best_hit_verdict(calibrated(0.0), tiny("a cat"), calibrator).answer == "unclear"


def test_of_hits_with_one_value_the_first_is_spoken_of_whatever_the_last_bit() -> None:
    calibrator = replace(PLATT, thresholds=())
    for other in (0.8, np.nextafter(0.8, 0)):
        hits = calibrated(0.8, other)
        assert sc.best_hit_verdict(hits, tiny("a cat"), calibrator).id == "d0"


def test_hits_that_the_calibrator_has_not_seen_are_refused_with_a_remedy() -> None:
    engine = tiny("a cat", "a dog")
    with pytest.raises(sc.ScaleMismatch, match=r"calibrator\.apply"):
        sc.best_hit_verdict(engine.search("cat"), engine, PLATT)


def test_no_hits_are_refused_with_a_remedy() -> None:
    empty = sc.Hits("a", (), (), (), np.array([]), PROBABILITY)
    with pytest.raises(sc.InputError, match="no hits"):
        sc.best_hit_verdict(empty, tiny("a cat"), PLATT)


def test_without_a_calibrator_calibrated_hits_are_refused() -> None:
    with pytest.raises(sc.ScaleMismatch):
        sc.best_hit_verdict(calibrated(0.8), tiny("a cat"))


# Without labels


@given(
    cosine=st.floats(-1, 1),
    more=st.floats(0, 1),
    others=st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 15)),
    mean=st.floats(-0.2, 0.6),
    spread=st.floats(NARROWEST, 0.2),
)
@tried(100)
def test_a_higher_cosine_never_gets_a_worse_answer(
    cosine: float, more: float, others: tuple[float, ...], mean: float, spread: float
) -> None:
    rule = learnt_rule()
    lower, higher = (
        rule.answer(np.array([value, *others, (value - mean) / spread, mean]))
        for value in (cosine, cosine + more)
    )
    assert ORDER.index(lower) <= ORDER.index(higher)


def test_the_stored_rule_weighs_every_sign_and_lead_and_words_speak_for_relevance() -> None:
    rule = learnt_rule()
    for curve in (rule.relevant, rule.found):
        assert len(curve.weights) == len(SIGNS)
        assert all(weight > 0 for weight in curve.weights[:3])
    assert 0.5 < rule.relevant_from < 1


def test_a_text_that_stands_more_than_once_counts_once() -> None:
    texts = ["oil the chain", "pump the tyres", "lock the frame"]
    vectors = ENCODER.encode_documents(texts)
    asked = ENCODER.encode_queries(["oil", "a moon", "the sun"])

    def signs(times: int) -> list[float]:
        rows = np.tile(vectors, (times, 1))
        background = CollectionBackground.build(rows, asked[1:]).of_query(asked[0])
        space = FeatureSpace.build(rows, texts * times)
        return [
            value
            for name, value in zip(SIGNS, signs_of("oil", texts[0], background, space), strict=True)
            if name != "cover"  # a word of every text is worth less
        ]

    assert signs(2) == pytest.approx(signs(1))


@pytest.mark.parametrize(
    "texts", [["a cat"], ["a cat", "a dog", "the sun"], ["a cat"] * 3, ["a cat"] * 60]
)
@pytest.mark.parametrize("query", ["a cat", "the moon", "?"])
def test_tiny_and_uniform_collections_get_an_answer(texts: list[str], query: str) -> None:
    engine = tiny(*texts)
    verdict = sc.best_hit_verdict(engine.search(query, k=1), engine)
    assert verdict.answer in ORDER
    assert verdict.evidence == "other collections"
    assert verdict.value is None


def test_the_answer_does_not_depend_on_how_many_hits_are_asked_for() -> None:
    engine = tiny(*BICYCLES)
    verdicts = {sc.best_hit_verdict(engine.search("chain", k=k), engine) for k in (1, 5, 30)}
    assert len(verdicts) == 1


@pytest.mark.slow
@pytest.mark.model
def test_in_texts_of_one_subject_no_right_hit_is_called_nothing(bicycles: sc.SearchEngine) -> None:
    for question, beginning in ANSWERED.items():
        shown = view_search(bicycles, None, question, 5)
        assert shown.best.text.startswith(beginning)
        assert shown.verdict.answer != "nothing", question
        assert "chance" not in text_of(result_html(shown, "none")).split("explain")[0]


@pytest.mark.model
@pytest.mark.parametrize("question", UNRELATED)
def test_a_question_on_another_subject_is_told_nothing_and_never_a_good_score(
    bicycles: sc.SearchEngine, question: str
) -> None:
    shown = view_search(bicycles, None, question, 5)
    said = text_of(result_html(shown, "none"))
    assert said.startswith("Nothing relevant here:")
    assert "good score" not in said


# What is shown


def assert_agrees(shown: SearchView) -> None:
    """Check that sentence, chart title, filled dots and list say one thing."""
    markup = result_html(shown)
    said = text_of(markup)
    answer = shown.verdict.answer
    beginnings = {"relevant": "Probably relevant:", "nothing": "Nothing relevant here:"}
    for each, words in beginnings.items():
        assert said.startswith(words) == (answer == each)
    assert ("may or may not be a match: " in said) == (answer == "unclear")
    assert bool(shown.relevant) == (answer == "relevant")
    assert ('class="hit"' in markup) == (answer == "relevant")
    assert ('<li class="good">' in markup) == (answer == "relevant")
    assert shown.nothing_relevant == (answer == "nothing")
    endings = {
        "relevant": "probably relevant",
        "unclear": "may or may not be a match",
        "nothing": "no hit seems relevant",
    }
    assert shown.finding.endswith(endings[answer])
    line = shown.verdict.unrelated_below
    if line is not None:
        assert answer != ("relevant" if shown.best.cosine < line else "nothing")


@pytest.mark.model
@pytest.mark.parametrize("question", [*ANSWERED, *UNRELATED])
def test_without_labels_all_that_is_shown_says_one_thing(
    bicycles: sc.SearchEngine, question: str
) -> None:
    assert_agrees(view_search(bicycles, None, question, 5))


@pytest.mark.model
@pytest.mark.parametrize("bounds", [(0.0, 0.5), (0.3, 0.5), (0.9, 0.95)])
@pytest.mark.parametrize("question", ["How do I descale a kettle?", "A feline relaxes.", "algebra"])
def test_with_a_calibrator_all_that_is_shown_says_one_thing(
    sample_engine: sc.SearchEngine,
    sample_result: sc.CalibrationResult,
    question: str,
    bounds: tuple[float, float],
) -> None:
    promised = replace(sample_result.calibrator.thresholds[1], level="query", value=bounds[1])
    calibrator = replace(sample_result.calibrator, nothing_below=bounds[0], thresholds=(promised,))
    assert_agrees(view_search(sample_engine, calibrator, question, 6))
