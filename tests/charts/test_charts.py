"""What holds for every chart, and what each one draws."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, strategies as st

from search_ui.charts import (
    MapPoint,
    MapRing,
    ModelScores,
    chart_css,
    feature_worth,
    hit_map,
    k_stability,
    reliability,
    score_shift,
    strip,
    threshold_curve,
    two_backgrounds,
    two_models,
)
from search_ui.charts.cosines import density
from search_ui.charts.figure import LinearScale, text_width, thinned, wrapped
from tests.charts.reading import Element, drawing, parsed, points, styled, title, words
from tests.properties import tried

RANDOM = np.random.default_rng(7)
GROUND = RANDOM.normal(0.05, 0.1, 400)
CUTS = np.linspace(0, 1, 101)
SAID = "Two hits are probably relevant"
NASTY = "<script>alert('&\"')</script>\x00\ud800"
MODELS = (
    ModelScores("first", GROUND + 0.4, GROUND + 0.2, GROUND, 0.75, 0.5),
    ModelScores("second", GROUND + 0.7, GROUND + 0.6, GROUND + 0.5, 0.09, 0.89),
)

RINGS = (MapRing(0.3, "80% predicted", is_predicted=True), MapRing(0.5, "99% lie outside"))
AROUND = [
    MapPoint(n + 1, f"text {n}", 0.2 + 0.05 * n, n - math.pi, is_relevant=n == 0) for n in range(6)
]

FULL: dict[str, Callable[..., str]] = {
    "strip": lambda title=SAID: strip(GROUND, [0.8, 0.6, 0.3], title, [1, 2], 0.42),
    "k_stability": lambda **more: k_stability([5, 10], {"min-max": [0.1, 0.6]}, **more),
    "two_backgrounds": lambda **more: two_backgrounds(GROUND, GROUND + 0.3, 0.4, (17, 1), **more),
    "reliability": lambda **more: reliability(
        CUTS, CUTS**2, (CUTS, CUTS - 0.1, CUTS + 0.1), RANDOM.random(99), **more
    ),
    "threshold_curve": lambda **more: threshold_curve(CUTS, 0.5 + CUTS / 2, 1 - CUTS, 0.7, **more),
    "feature_worth": lambda **more: feature_worth(["score", "+ words"], [0.4, 0.3], **more),
    "score_shift": lambda **more: score_shift("PQ48", CUTS, CUTS + 0.1, CUTS > 0.9, 0.5, **more),
    "two_models": lambda **more: two_models(MODELS, **more),
    "hit_map": lambda title=SAID: hit_map(AROUND, RINGS, 0.5, title),
}
EMPTY = {
    "strip": lambda: strip([], [], SAID),
    "k_stability": lambda: k_stability([], {}),
    "two_backgrounds": lambda: two_backgrounds([], [], 0.5, (1, 1)),
    "reliability": lambda: reliability([], []),
    "threshold_curve": lambda: threshold_curve([], [], []),
    "feature_worth": lambda: feature_worth([], []),
    "score_shift": lambda: score_shift("PQ48", [], []),
    "two_models": lambda: two_models([]),
    "hit_map": lambda: hit_map([], [], 1.0, SAID),
}
NAN = math.nan
BAD = {
    "strip": lambda: strip([NAN, 0.1], [NAN, 0.4, math.inf], SAID, [1, 2], NAN),
    "k_stability": lambda: k_stability([1, 2, 3], {"z-score": [NAN, 1.0, NAN], "gone": [NAN] * 3}),
    "two_backgrounds": lambda: two_backgrounds([NAN, 0.2, math.inf], [0.1], 0.3, (1, 1)),
    "reliability": lambda: reliability(
        [0.1, NAN, 0.9], [0.2, 0.5, math.inf], ([NAN], [0.0], [1.0]), [NAN]
    ),
    "threshold_curve": lambda: threshold_curve([0.2, NAN], [0.5, 0.5], [1, 1], NAN),
    "feature_worth": lambda: feature_worth(["a", "b"], [NAN, 0.4]),
    "score_shift": lambda: score_shift(NASTY, [0.1, NAN], [math.inf, 0.2], [True, False], NAN),
    "two_models": lambda: two_models(
        [ModelScores("a", [NAN, 0.4], [math.inf], [NAN], NAN, NAN), ModelScores("b", [], [], [], 1)]
    ),
    "hit_map": lambda: hit_map(
        [MapPoint(1, NASTY, NAN, 0), MapPoint(2, NASTY, 0, 0)], [MapRing(math.inf, NASTY)], 0, SAID
    ),
}
ONE = {
    "strip": lambda: strip([0.1], [0.4], SAID, [1], 0.3),
    "k_stability": lambda: k_stability([1], {"z-score": [0.0]}),
    "two_backgrounds": lambda: two_backgrounds([0.1], [0.1], 0.1, (1, 1)),
    "reliability": lambda: reliability([0.5], [0.4]),
    "threshold_curve": lambda: threshold_curve([0.5], [0.5], [0.5], 0.5),
    "feature_worth": lambda: feature_worth(["score"], [0.0]),
    "score_shift": lambda: score_shift("Flat", [0.5], [0.5]),
    "two_models": lambda: two_models([ModelScores("a", [0.5], [0.5], [], 0.5)]),
    "hit_map": lambda: hit_map([MapPoint(1, "a", 0.3, 0)], (), 1.0, SAID),
}
MANY = {
    "strip": lambda: strip(
        RANDOM.normal(size=50_000) / 10,
        np.linspace(0.9, 0.2, 50).tolist(),
        SAID,
        range(1, 20),
        0.45,
    ),
    "k_stability": lambda: k_stability(range(1, 1001), {"z-score": RANDOM.normal(size=1000)}),
    "two_backgrounds": lambda: two_backgrounds(
        RANDOM.normal(size=9000), RANDOM.random(9000), 0.5, (7_000, 1), ("q" * 5000, "word " * 500)
    ),
    "reliability": lambda: reliability(
        np.linspace(0, 1, 9000), np.linspace(0, 1, 9000), None, RANDOM.random(9000)
    ),
    "threshold_curve": lambda: threshold_curve(
        np.linspace(0, 1, 9000), np.linspace(0, 1, 9000), np.linspace(1, 0, 9000), 0.5
    ),
    "feature_worth": lambda: feature_worth(["word " * 50] * 16, np.linspace(0.9, 0.1, 16).tolist()),
    "score_shift": lambda: score_shift(
        "word " * 50, RANDOM.random(9000), RANDOM.random(9000), RANDOM.random(9000) > 0.9, 0.5
    ),
    "two_models": lambda: two_models(
        [ModelScores("word " * 40, RANDOM.normal(size=50_000), RANDOM.random(9000), GROUND, 0.4)]
        * 2
    ),
    "hit_map": lambda: hit_map(
        [MapPoint(n + 1, "word " * 500, n / 25, n) for n in range(50)], RINGS, 0.1, SAID
    ),
}
ONCE = ("reliability", "threshold_curve", "score_shift")  # laid out alike in every place
every_chart = pytest.mark.parametrize("name", FULL)


@every_chart
def test_a_chart_is_drawn_for_its_places_with_a_label_a_description_and_numbers(name: str) -> None:
    figure = parsed(FULL[name]())
    assert figure.get("class") == "ss chart"
    drawn = figure.findall("svg")
    widths = {"column": 360} if name in ONCE else {"wide": 860, "narrow": 360}
    assert [svg.get("class") for svg in drawn] == list(widths)
    for svg, width in zip(drawn, widths.values(), strict=True):
        assert svg.attrib["viewBox"].split()[:3] == ["0", "0", str(width)]
        assert svg.get("role") == "img"
        assert (figure.findtext("figcaption") or "?") in svg.attrib["aria-label"]
        assert svg.findtext("desc")
    assert len(figure.findall(".//tbody/tr")) > 0
    assert figure.findtext(".//summary") == "Show numbers"


@every_chart
def test_a_given_title_is_used_and_escaped(name: str) -> None:
    markup = FULL[name](title=NASTY)
    assert "<script" not in markup
    assert title(markup) == "<script>alert('&\"')</script>\ufffd\ufffd"


@every_chart
def test_a_chart_can_be_downloaded_and_fetches_nothing(name: str) -> None:
    markup = FULL[name]()
    button = parsed(markup).find(".//button[@class='download']")
    assert button is not None
    assert button.attrib["data-name"].endswith(".svg")
    assert not re.search(r"url\(|@import|https?:|style=", markup)


@every_chart
@pytest.mark.parametrize("given", [EMPTY, BAD, ONE, MANY, FULL])
def test_no_data_or_bad_or_single_or_many_data_still_give_a_clean_figure(
    name: str, given: dict[str, Callable[[], str]]
) -> None:
    markup = given[name]()
    figure = parsed(markup)
    assert figure.findtext("figcaption")
    assert not re.search(r"\b(nan|inf|none)\b", markup, re.IGNORECASE)
    assert len(markup) < 100_000
    for svg in figure.findall("svg"):
        _assert_within(svg)


def _assert_within(svg: Element) -> None:
    """Check that every text and dot lies on the canvas, by the estimated width of text."""
    _, _, width, height = (float(side) for side in svg.attrib["viewBox"].split())
    for each in svg.iter("text"):
        length = len(each.text or "") * 6.0
        start = (
            float(each.attrib["x"])
            - {"start": 0.0, "middle": 0.5, "end": 1.0}[each.attrib["text-anchor"]] * length
        )
        assert start >= -4.0, each.text
        assert start + length <= width + 16.0, each.text
        assert 8.0 <= float(each.attrib["y"]) <= height, each.text
    for each in svg.iter("circle"):
        assert 0 <= float(each.attrib["cx"]) <= width
        assert 0 <= float(each.attrib["cy"]) <= height


@every_chart
def test_without_data_a_sentence_says_what_to_do(name: str) -> None:
    figure = parsed(EMPTY[name]())
    assert figure.find("svg") is None
    assert (figure.findtext("p") or "").endswith(".")


def test_the_style_sheet_takes_every_colour_from_the_page() -> None:
    css = chart_css()
    assert "#" not in css
    assert css.count("{") == css.count("}")
    used = set(re.findall(r"var\((--ss-[a-z]+)\)", css))
    assert used == {f"--ss-{name}" for name in ("ink", "soft", "line", "accent", "grey", "card")}


@every_chart
def test_every_class_that_is_drawn_has_a_rule(name: str) -> None:
    drawn = {
        style
        for each in drawing(FULL[name]()).iter()
        for style in each.get("class", "").split()
        if style not in ("wide", "column")
    }
    assert all(f"svg .{style}{{" in chart_css() for style in drawn)


def test_a_hit_stands_where_its_score_is() -> None:
    svg = drawing(strip([], [1.0, 0.55], SAID))
    # The axis runs from 0.5 (a little below the least score) to 1, over 12 to 848 px.
    places = sorted(float(dot.attrib["cx"]) for dot in svg.iter("circle"))
    assert places == pytest.approx([12 + 836 * 0.05 / 0.5, 848], abs=0.1)


def test_hits_said_to_be_relevant_are_filled_and_the_others_are_hollow() -> None:
    svg = drawing(strip(GROUND, [0.8, 0.6, 0.3], SAID, [1, 2], 0.42))
    assert len(styled(svg, "circle", "hit")) == 2
    assert len(styled(svg, "circle", "miss")) == 1
    assert "unrelated documents rarely pass this line" in words(svg)
    (line,) = styled(svg, "line", "guide")
    dots = {
        style: [float(dot.attrib["cx"]) for dot in styled(svg, "circle", style)]
        for style in ("hit", "miss")
    }
    assert max(dots["miss"]) < float(line.attrib["x1"]) < min(dots["hit"])


def test_no_dot_is_filled_where_no_hit_is_said_to_be_relevant() -> None:
    svg = drawing(strip([], [0.8, 0.6, 0.3], SAID))
    assert not styled(svg, "circle", "hit")
    assert len(styled(svg, "circle", "miss")) == 3


def test_hollow_dots_are_numbered_only_where_there_are_no_others() -> None:
    some = drawing(strip(GROUND, [0.8, 0.6, 0.3], SAID, [1, 2], 0.42))
    assert sorted(each.text or "" for each in styled(some, "text", "rank")) == ["1", "2"]
    none = drawing(strip(GROUND, [0.3, 0.1], SAID, line_at=0.42))
    assert {"1", "2"} <= set(words(none))


def test_hits_that_crowd_share_one_label_and_none_is_lost() -> None:
    svg = drawing(strip([], [0.9, 0.7, 0.7, 0.5, 0.499, 0.498], SAID, range(1, 7)))
    labels = [each.text or "" for each in styled(svg, "text", "rank")]
    assert sorted(labels) == ["1", "2, 3", "4–6"]


@given(scores=st.lists(st.floats(-1, 1), min_size=1, max_size=50))
@tried(40)
def test_rank_labels_never_touch_and_name_every_hit_once(scores: list[float]) -> None:
    for canvas in ("wide", "narrow"):
        svg = drawing(strip([], sorted(scores, reverse=True), SAID, range(1, 51)), canvas)
        labels = sorted(
            (float(each.attrib["x"]), each.text or "") for each in styled(svg, "text", "rank")
        )
        for (left, first), (right, second) in pairwise(labels):
            assert right - left >= (text_width(first) + text_width(second)) / 2
        named: list[int] = []
        for _, label in labels:
            ends = [int(end) for end in re.split("–|, ", label)]
            named += range(ends[0], ends[-1] + 1)
        assert sorted(named) == list(range(1, len(scores) + 1))


def test_the_outline_peaks_where_most_scores_are() -> None:
    outline = density(RANDOM.normal(0.2, 0.05, 5000), -0.5, 1.0)
    assert outline is not None
    places, heights = outline
    assert places[heights.argmax()] == pytest.approx(0.2, abs=0.03)
    assert heights.max() == 1.0
    # A normal density falls to e^(-1/2) at one standard deviation.
    assert np.interp(0.25, places, heights) == pytest.approx(math.exp(-0.5), abs=0.08)


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.3], [0.5] * 50])
def test_few_or_equal_scores_are_drawn_one_by_one(values: list[float]) -> None:
    assert density(np.array(values), 0.0, 1.0) is None
    svg = drawing(strip(values, [0.9], SAID))
    assert len(styled(svg, "line", "single")) == len(set(values))


def test_two_backgrounds_share_one_axis_and_one_mark() -> None:
    svg = drawing(two_backgrounds(GROUND, GROUND + 0.5, 0.3, (17, 1), ("cats", "dogs")))
    (mark,) = styled(svg, "line", "mark")
    assert mark.attrib["x1"] == mark.attrib["x2"]
    assert len(styled(svg, "path", "ground")) == 2
    assert {"cats", "dogs", "hit 17", "the best hit"} <= set(words(svg))


@pytest.mark.parametrize("ranks", [(1, 1_200), (1_200, 1)])
def test_two_backgrounds_say_how_differently_one_score_ranks(ranks: tuple[int, int]) -> None:
    said = title(two_backgrounds(GROUND, GROUND, 0.5, ranks))
    assert said == "A cosine of 0.50 is the best hit for one query and hit 1,200 for the other"


def test_each_reading_has_a_plot_of_its_own_beside_or_beneath() -> None:
    markup = k_stability([5, 10, 20], {"min-max": [0, 0.4, 0.6], "z-score": [-1, 0, 1]})
    wide, narrow = drawing(markup), drawing(markup, "narrow")
    first, second = (points(each) for each in styled(wide, "path", "curve"))
    assert first[-1][0] < second[0][0]
    first, second = (points(each) for each in styled(narrow, "path", "curve"))
    assert max(y for _, y in first) < min(y for _, y in second)
    assert title(markup) == (
        "Ask for more hits and the same hit moves: min-max from 0.00 to 0.60 and z-score from "
        "−1.00 to 1.00"
    )


def test_a_steady_reading_is_called_steady() -> None:
    assert "gets the same value" in title(k_stability([5, 10], {"cosine": [0.5, 0.5]}))
    assert title(k_stability([5], {"min-max": [0.4]})) == "With 5 hits this one gets min-max 0.40"


def test_a_k_is_marked_in_every_plot_where_the_axis_reaches_it() -> None:
    readings = {"min-max": [0.0, 0.4, 0.6], "z-score": [-1.0, 0.0, 1.0]}
    marked = drawing(k_stability([5, 10, 20], readings, mark=10))
    assert words(marked).count("k = 10") == 2
    for curve, mark in zip(
        styled(marked, "path", "curve"), styled(marked, "line", "mark"), strict=True
    ):
        assert float(mark.attrib["x1"]) == pytest.approx(points(curve)[1][0], abs=0.1)
    assert not styled(drawing(k_stability([5, 10, 20], readings, mark=30)), "line", "mark")
    assert not styled(drawing(k_stability([5, 10, 20], readings)), "line", "mark")


def test_a_hit_that_is_missing_at_some_k_is_drawn_where_it_is_there() -> None:
    svg = drawing(k_stability([5, 10, 20], {"min-max": [NAN, 0.0, 0.5]}))
    assert len(points(styled(svg, "path", "curve")[0])) == 2


def test_a_calibrator_that_is_right_lies_on_the_dashed_line() -> None:
    svg = drawing(reliability([0.0, 0.25, 1.0], [0.0, 0.25, 1.0]))
    (diagonal,) = styled(svg, "line", "guide")
    x1, y1, x2, y2 = (float(diagonal.attrib[end]) for end in ("x1", "y1", "x2", "y2"))
    curve = points(styled(svg, "path", "curve")[0])
    for share, (x, y) in zip((0.0, 0.25, 1.0), curve, strict=True):
        assert x == pytest.approx(x1 + share * (x2 - x1), abs=0.1)
        assert y == pytest.approx(y1 + share * (y2 - y1), abs=0.1)


def test_the_histogram_counts_every_prediction() -> None:
    said = [0.01] * 30 + [0.5] * 15 + [1.0]
    svg = drawing(reliability([0, 1], [0, 1], None, said))
    heights = [float(bar.attrib["height"]) for bar in styled(svg, "rect", "ground")]
    assert len(heights) == 20
    assert heights[0] == 2 * heights[10] > heights[-1] > 0
    assert sum(height > 0 for height in heights) == 3


@pytest.mark.parametrize(
    ("stated", "judged", "graded", "said"),
    [
        ([0.0, 1.0], [0.0, 0.8], False, "When it predicts 75%, 60% are relevant"),
        ([0.1, 0.5], [0.2, 0.4], False, "When it predicts 50%, 40% are relevant"),
        ([0.0, 1.0], [0.0, 0.8], True, "When it predicts 0.75, the average label is 0.60"),
    ],
)
def test_the_reliability_diagram_says_what_it_shows(
    stated: list[float], judged: list[float], graded: bool, said: str
) -> None:
    assert title(reliability(stated, judged, graded=graded)) == said


@pytest.mark.parametrize(
    ("half", "graded", "said"),
    [
        (0.2, False, "When it predicts 75%, 60% are relevant (within sampling noise)"),
        (0.2, True, "When it predicts 0.75, the average label is 0.60 (within sampling noise)"),
        (0.1, False, "When it predicts 75%, 60% are relevant"),
        (0.1, True, "When it predicts 0.75, the average label is 0.60"),
    ],
)
def test_a_difference_within_the_band_is_called_sampling_noise(
    half: float, graded: bool, said: str
) -> None:
    band = (CUTS, CUTS - half, CUTS + half)
    assert title(reliability([0.0, 1.0], [0.0, 0.8], band, graded=graded)) == said


def test_the_mark_and_the_shade_begin_at_the_chosen_cut() -> None:
    markup = threshold_curve(CUTS, 0.5 + CUTS / 2, 1 - CUTS, 0.7)
    svg, right = drawing(markup), 340.0
    (mark,) = styled(svg, "line", "mark")
    (shade,) = styled(svg, "rect", "region")
    expected = 54 + 0.7 * (right - 54)
    assert float(mark.attrib["x1"]) == pytest.approx(expected, abs=0.1)
    assert float(shade.attrib["x"]) == pytest.approx(expected, abs=0.1)
    assert float(shade.attrib["x"]) + float(shade.attrib["width"]) == pytest.approx(right, abs=0.2)
    assert {"precision", "recall", "threshold 0.700"} <= set(words(svg))
    assert title(markup) == "Threshold 0.700: precision 85%, recall 30%"


def test_the_mark_has_as_many_digits_as_the_title() -> None:
    markup = threshold_curve(CUTS, 0.5 + CUTS / 2, 1 - CUTS, 0.519)
    assert "threshold 0.519" in words(drawing(markup))
    assert title(markup).startswith("Threshold 0.519")


def test_both_curves_are_marked_where_what_the_title_says_is_read_off() -> None:
    markup = threshold_curve([0.2, 0.5, 0.9], [0.4, 0.6, 1.0], [1.0, 0.7, 0.2], 0.499)
    assert title(markup) == "Threshold 0.499: precision 60%, recall 70%"
    heights = [float(each.attrib["cy"]) for each in drawing(markup).iter("circle")]
    assert heights == pytest.approx([14 + 0.3 * 250, 14 + 0.4 * 250], abs=0.1)


def test_without_a_cut_nothing_is_marked() -> None:
    markup = threshold_curve(CUTS, CUTS * 0.4, 1 - CUTS)
    assert not styled(drawing(markup), "rect", "region")
    assert title(markup) == "No threshold is chosen; the best precision is 40%"


def test_the_names_of_curves_that_meet_do_not_cover_each_other() -> None:
    svg = drawing(threshold_curve([0.5], [0.5], [0.5], 0.5))
    heights = {each.text: float(each.attrib["y"]) for each in svg.iter("text")}
    assert abs(heights["precision"] - heights["recall"]) > 14


def test_a_bar_is_as_long_as_the_loss() -> None:
    svg = drawing(feature_worth(["score alone", "+ words", "+ more"], [0.4, 0.2, 0.3]))
    full, half, more = (float(bar.attrib["width"]) for bar in styled(svg, "rect", "bar"))
    assert half / full == pytest.approx(0.5, abs=1e-3)
    assert more / full == pytest.approx(0.75, abs=1e-3)
    assert {"−50%", "+25%", "0.200"} <= set(words(svg))


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([0.4, 0.36, 0.2], "What helps most: place (−40%), words (−10%)"),
        ([0.4, 0.4, 0.45], "Nothing beside the score helps"),
    ],
)
def test_the_feature_bars_say_what_helps_most_as_shares_of_the_baseline(
    losses: list[float], said: str
) -> None:
    shown = title(feature_worth(["score alone", "+ words", "+ place"], losses))
    assert shown == said


@given(
    low=st.floats(-1e4, 1e4),
    span=st.floats(1e-3, 1e4),
    most=st.integers(2, 10),
)
@tried(100)
def test_ticks_are_even_within_the_scale_and_not_too_many(
    low: float, span: float, most: int
) -> None:
    scale = LinearScale(low, low + span, 0.0, 100.0)
    values = scale.ticks(most)
    assert 1 <= len(values) <= most + 1
    assert all(low - 1e-6 <= value <= low + span + 1e-6 for value in values)
    if len(values) > 2:
        assert np.ptp(np.diff(values)) < 1e-6


def test_ticks_are_round_numbers() -> None:
    assert LinearScale(-0.15, 1.0, 0, 1).ticks(6) == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert LinearScale(0.0, 1.0, 0, 1).ticks(4) == (0.0, 0.25, 0.5, 0.75, 1.0)


def test_thinning_keeps_both_ends_and_wrapping_keeps_every_word() -> None:
    assert thinned(5, 40) == [0, 1, 2, 3, 4]
    assert (thinned(1000, 40)[0], thinned(1000, 40)[-1], len(thinned(1000, 40))) == (0, 999, 40)
    lines = wrapped("one two three four five", text_width("one two three"))
    assert lines == ["one two three", "four five"]


def test_two_models_share_one_axis_and_one_mark() -> None:
    svg = drawing(two_models(MODELS))
    (mark,) = styled(svg, "line", "mark")
    said = words(svg)
    assert said.index("first") < said.index("near 0.70: 75% relevant") < said.index("second")
    assert {"near 0.70: 9% relevant", "threshold at 0.50", "threshold at 0.89"} <= set(said)
    assert [said.count(name) for name in ("relevant", "not relevant", "unrelated")] == [2, 2, 2]
    # The axis runs from -0.3 to 1, over 12 to 848 px.
    assert float(mark.attrib["x1"]) == pytest.approx(12 + 836 * 1.0 / 1.3, abs=0.1)


def test_two_models_point_at_their_cuts() -> None:
    svg = drawing(two_models(MODELS))
    tips = [points(each)[0][0] for each in styled(svg, "path", "bar")]
    assert tips == pytest.approx([12 + 836 * 0.8 / 1.3, 12 + 836 * 1.19 / 1.3], abs=0.1)


def test_a_model_without_a_cut_says_so_and_points_nowhere() -> None:
    svg = drawing(two_models([ModelScores("a", GROUND + 0.4, GROUND, [], 0.5)]))
    assert "no threshold can be guaranteed" in words(svg)
    assert styled(svg, "path", "bar") == []
    assert "unrelated" not in words(svg)


def test_labels_of_hills_that_meet_stand_above_each_other() -> None:
    for canvas in ("wide", "narrow"):
        svg = drawing(two_models([ModelScores("a", GROUND, GROUND, GROUND, 0.5)]), canvas)
        heights = [
            float(each.attrib["y"])
            for each in svg.iter("text")
            if each.text in ("relevant", "not relevant", "unrelated")
        ]
        assert np.diff(sorted(heights)).min() >= 15


def test_two_models_say_what_the_cosine_means_under_each() -> None:
    assert title(two_models(MODELS)) == "Relevant near 0.70: 75% under first and 9% under second"
    assert title(two_models(MODELS, 0.5)).startswith("Relevant near 0.50")
    assert title(two_models([])) == "The same score under two models"


def test_each_hit_stands_at_its_exact_score_as_high_as_the_index_says() -> None:
    svg = drawing(score_shift("PQ48", [0.2, 0.4, 0.6], [0.3, 0.4, 0.5], [False, False, True]))
    plain, (flipped,) = styled(svg, "circle", "dot"), styled(svg, "circle", "hit")
    (guide,) = styled(svg, "line", "guide")
    left, bottom = float(guide.attrib["x1"]), float(guide.attrib["y1"])
    for dot, above in zip([*plain, flipped], (True, None, False), strict=True):
        across, up = float(dot.attrib["cx"]) - left, bottom - float(dot.attrib["cy"])
        assert up == pytest.approx(across, abs=0.2) if above is None else (up > across) == above


def test_a_cosine_that_decides_is_marked_in_both_directions_and_a_value_is_not() -> None:
    both = styled(drawing(score_shift("PQ48", CUTS, CUTS, threshold=0.5)), "line", "mark")
    assert len(both) == 2
    assert {(each.get("x1") == each.get("x2")) for each in both} == {True, False}
    assert not styled(drawing(score_shift("PQ48", CUTS, CUTS)), "line", "mark")


def test_flips_are_drawn_among_however_many_hits_and_the_part_drawn_is_told() -> None:
    flips = np.arange(5000) % 100 == 0
    markup = score_shift("PQ48", RANDOM.random(5000), RANDOM.random(5000), flips)
    assert len(styled(drawing(markup), "circle", "hit")) == 50
    assert "250 of 5,000 are drawn" in " ".join(words(drawing(markup)))


@pytest.mark.parametrize(
    ("shift", "flips", "said"),
    [
        ([0.0, 0.0], [0, 0], "PQ48 gives every hit its exact score"),
        (
            [0.05, 0.03],
            [0, 1],
            "PQ48 scores 0.040 too high, give or take 0.010; 1 decision changes",
        ),
        (
            [-0.05, -0.03],
            [1, 1],
            "PQ48 scores 0.040 too low, give or take 0.010; 2 decisions change",
        ),
        ([-0.02, 0.02], [0, 0], "PQ48 misses the exact score by 0.020, up or down"),
    ],
)
def test_the_score_shift_says_what_it_shows(
    shift: list[float], flips: list[bool], said: str
) -> None:
    exact = np.array([0.3, 0.6])
    assert title(score_shift("PQ48", exact, exact + shift, flips)) == said


def test_hits_lie_on_the_map_at_their_exact_distance_and_angle() -> None:
    for name in ("wide", "narrow"):
        tree = drawing(hit_map(AROUND, RINGS, 0.5, SAID), name)
        (ring,) = styled(tree, "circle", "guide")
        per_distance = float(ring.attrib["r"]) / 0.5
        x, y = float(ring.attrib["cx"]), float(ring.attrib["cy"])
        (filled,) = styled(tree, "circle", "hit")
        dots = [*styled(tree, "circle", "miss"), filled]
        for dot, point in zip(reversed(dots), AROUND, strict=True):
            across, up = float(dot.attrib["cx"]) - x, y - float(dot.attrib["cy"])
            assert math.hypot(across, up) == pytest.approx(point.distance * per_distance, abs=0.2)
            assert math.cos(math.atan2(across, up) - point.angle) == pytest.approx(1, abs=1e-3)
            assert (dot.findtext("title") or "").startswith(f"{point.rank}. {point.text} (distance")


def test_a_ring_far_beyond_the_hits_is_in_the_table_alone() -> None:
    markup = hit_map(AROUND, (*RINGS, MapRing(0.95, "half lie outside")), 0.5, SAID)
    assert "half lie outside" not in words(drawing(markup))
    assert "ring: half lie outside" in markup


def test_the_numbers_of_hits_that_meet_do_not_cover_each_other() -> None:
    same = [MapPoint(n + 1, "a text", 0.3, 0.0) for n in range(9)]
    numbers = [word for word in words(drawing(hit_map(same, (), 1.0, SAID), "narrow")) if word]
    assert numbers == ["1", "2"]
