"""What a notebook shows, draws, lists and keeps of a result."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.evaluate import diagram

EVIL = "<script>alert('hi')</script> & more"


@pytest.fixture(scope="module")
def result() -> sc.CalibrationResult:
    rng = np.random.default_rng(0)
    relevance = rng.random(400) < 0.4
    scores = np.clip(0.35 + 0.25 * relevance + rng.normal(0, 0.12, 400), 0, 1)
    queries = [f"query {n // 8}" for n in range(400)]
    return sc.fit_calibrator(sc.pairs_from_arrays(scores, relevance, queries, scale="cosine"))


def parsed(shown: str) -> ET.Element:
    """Return what a notebook shows as a tree: it is well-formed XML, so no tag is left open."""
    return ET.fromstring(f"<div>{shown}</div>")  # noqa: S314 - our own text


def html(value: Any) -> str:
    return str(value._repr_html_())


def test_a_result_shows_verdict_table_and_diagram(result: sc.CalibrationResult) -> None:
    tree = parsed(html(result))
    said = " ".join(tree.itertext())
    assert result.report.verdict.sentence in said
    assert "AUC" in said
    assert tree.find(".//{http://www.w3.org/2000/svg}polygon") is not None
    assert len(tree.findall(".//{http://www.w3.org/2000/svg}title")) == 20


def test_the_diagram_puts_the_diagonal_where_both_axes_agree(result: sc.CalibrationResult) -> None:
    tree = ET.fromstring(diagram.svg(result.report.curve))  # noqa: S314
    lines = tree.findall("{http://www.w3.org/2000/svg}polyline")
    (x0, y0), (x1, y1) = (map(float, pair.split(",")) for pair in lines[0].attrib["points"].split())
    assert x1 - x0 == y0 - y1 > 0
    curve = [pair.split(",") for pair in lines[1].attrib["points"].split()]
    places = [float(x) for x, _ in curve]
    expected = [x0 + (x1 - x0) * stated for stated in result.report.curve.stated]
    assert places == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize(
    "value",
    [
        sc.Hits(EVIL, (), (EVIL,), (EVIL,), np.array([0.5]), sc.COSINE, notes=(EVIL,)),
        sc.Labels.from_frame({"query": [EVIL], "text": [EVIL], "relevance": [1], EVIL: [EVIL]}),
        sc.PredictedHits(
            EVIL,
            (sc.PredictedHit("d1", EVIL, 0.5, 0.9, 0.8, 0.95, None, True, 0),),
            "relevant",
            0.5,
            "calibrator",
            (EVIL,),
        ),
    ],
)
def test_every_text_is_escaped(value: object) -> None:
    tree = parsed(html(value))
    assert tree.find(".//script") is None
    assert EVIL in "".join(tree.itertext())


def test_hits_with_predictions_show_what_is_said_of_the_best_and_of_each() -> None:
    hits = [
        sc.PredictedHit("d1", "one", 0.8, 0.93, 0.85, 0.97, None, True, 0),
        sc.PredictedHit("d2", "two", 0.3, 0.20, None, None, None, False, 1),
    ]
    found = sc.PredictedHits("cat", tuple(hits), "relevant", 0.5, "calibrator")
    tree = parsed(html(found))
    assert found.sentence in "".join(tree.itertext())
    cells = [["".join(cell.itertext()) for cell in row] for row in tree.iterfind(".//tbody/tr")]
    assert cells == [["0.93 (0.85–0.97)", "yes", "0.8", "one"], ["0.20", "no", "0.3", "two"]]


def test_long_lists_are_counted_and_not_shown_in_full() -> None:
    labels = sc.Labels.from_frame(
        {"query": [f"q{n}" for n in range(1_000)], "score": [0.5] * 1_000, "relevance": [1] * 1_000}
    )
    tree = parsed(html(labels))
    assert len(tree.findall(".//tbody/tr")) == 50
    assert "950 more rows." in "".join(tree.itertext())


def test_a_calibrator_shows_its_scales_and_what_its_thresholds_promise(
    result: sc.CalibrationResult,
) -> None:
    said = " ".join(parsed(html(result.calibrator)).itertext())
    assert "cosine (higher is better)" in said
    held = [each for each in result.calibrator.thresholds if each.value is not None]
    assert held
    assert all(f"with {each.value} or more" in said for each in held)


class Axes(SimpleNamespace):
    """Axes that keep what is drawn on them."""

    def __init__(self) -> None:
        super().__init__(drawn={})

    def __getattr__(self, name: str) -> Any:
        if name in ("fill_between", "plot", "set", "legend"):
            return lambda *given, **how: self.drawn.setdefault(name, []).append((given, how))
        raise AttributeError(name)


def test_a_plot_is_drawn_on_axes_that_are_given(result: sc.CalibrationResult) -> None:
    axes = Axes()
    assert result.plot(axes) is axes
    assert axes.drawn["plot"][1][0] == (result.report.curve.stated, result.report.curve.judged)
    assert axes.drawn["set"][0][1]["xlabel"] == "predicted relevance"


def test_matplotlib_itself_draws_it(result: sc.CalibrationResult) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = result.report.plot()
    assert axes.get_xlabel() == "predicted relevance"
    assert len(axes.lines) == 2


def test_without_matplotlib_a_plot_says_what_brings_it(
    result: sc.CalibrationResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(sc.InputError, match="pip install matplotlib"):
        result.plot()
    with pytest.raises(sc.InputError, match="A str was given where axes of matplotlib"):
        result.plot("axes")


def test_a_threshold_for_any_share_is_that_of_the_functions(result: sc.CalibrationResult) -> None:
    p, pairs = result.out_of_fold, result.pairs
    row = result.threshold(0.6)
    assert row == sc.row_threshold(p, pairs.relevance, pairs.queries, 0.6)
    assert row.value is not None
    query = result.threshold(0.7, "query")
    assert query.level == "query"
    assert result.calibrator.with_threshold(query).deciding_threshold("query") == query
    with pytest.raises(sc.CalibrationError, match="level is 'best'; write 'row' or 'query'"):
        result.threshold(0.6, "best")  # type: ignore[arg-type]
    with pytest.raises(sc.CalibrationError):
        result.threshold(60)


HITS = sc.Hits("cat", (), ("b", "a"), ("a cat", "a dog"), np.array([0.9, 0.4]), sc.COSINE)


def test_hits_are_gone_through_best_first() -> None:
    assert [hit.id for hit in HITS] == ["b", "a"]
    assert next(iter(HITS)) == (1, "b", "a cat", 0.9)
    assert HITS.to_dicts()[1] == {"rank": 2, "id": "a", "text": "a dog", "score": 0.4}
    frame = HITS.to_frame()
    assert frame["score"].tolist() == [0.9, 0.4]


def test_a_calibrator_is_saved_and_loaded(result: sc.CalibrationResult, tmp_path: Path) -> None:
    for path in (tmp_path / "one.json", str(tmp_path / "two.json")):
        assert sc.Calibrator.load(result.calibrator.save(path)) == result.calibrator
    assert sc.Calibrator.load(str(tmp_path / "one.json")) == result.calibrator


def test_a_file_that_cannot_be_written_or_read_is_named(
    result: sc.CalibrationResult, tmp_path: Path
) -> None:
    with pytest.raises(sc.CalibrationError, match=r"cannot be written to .*nowhere.*give a file"):
        result.calibrator.save(tmp_path / "nowhere" / "c.json")
    with pytest.raises(sc.CalibrationError, match="cannot be written to"):
        result.calibrator.save(tmp_path)
    with pytest.raises(sc.CalibrationError, match=r"'none.json' cannot be read"):
        sc.Calibrator.load(tmp_path / "none.json")
