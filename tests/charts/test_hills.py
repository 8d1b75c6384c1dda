"""The hills and their line: what is drawn, and what goes along for the browser."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from search_ui.charts import Line, ModelHills, Ruler, movable_hills
from search_ui.charts.figure import NARROW, WIDE
from tests.charts.reading import Element, styled

RANDOM = np.random.default_rng(3)
COSINES = np.round(np.linspace(-0.2, 1.0, 241), 3).tolist()
NASTY = "<script>alert('&\"')</script>"


def model(name: str, shift: float) -> ModelHills:
    unrelated, irrelevant, relevant = (
        RANDOM.normal(middle + shift, 0.05, 300) for middle in (0.0, 0.2, 0.4)
    )
    every = np.concatenate([unrelated, irrelevant, relevant])
    shown, found = (
        [int((each >= cosine).sum()) for cosine in COSINES] for each in (every, relevant)
    )
    return ModelHills(name, unrelated, irrelevant, relevant, shown, found)


MODELS = (model("first", 0.0), model(NASTY, 0.4))
RULER = Ruler(
    COSINES, [f"{2 - 2 * each:.2f}" for each in COSINES], "In FAISS this line is", "FAISS"
)


def drawn(chosen: int = 0, at: float = 0.3) -> Element:
    """Return the figure as a tree."""
    markup = movable_hills(MODELS, chosen, RULER, Line(at, f"{2 - 2 * at:g}", "1.4 faiss"), "All.")
    return ElementTree.fromstring(markup)  # noqa: S314


def drawings(figure: Element) -> list[Element]:
    return [each for each in figure.iter("div") if "moving" in each.get("class", "").split()]


def test_three_hills_are_drawn_for_wide_and_for_narrow_places() -> None:
    for drawing, canvas in zip(drawings(drawn()), (WIDE, NARROW), strict=True):
        svg = drawing.find("svg")
        assert svg is not None
        assert svg.get("viewBox", "").split()[2] == str(canvas.width)
        assert len(styled(svg, "path", "ridge")) == 3
        names = [each.text for each in styled(svg, "text", "hill-name")]
        assert names == ["unrelated", "labelled not relevant", "labelled relevant"]


@pytest.mark.parametrize("at", [-0.2, 0.3, 1.0])
def test_the_grip_hangs_on_the_line_in_both(at: float) -> None:
    for drawing, canvas in zip(drawings(drawn(at=at)), (WIDE, NARROW), strict=True):
        (mark,) = styled(drawing, "line", "threshold")
        (grip,) = styled(drawing, "div", "grip")
        left = float(grip.get("style", "").removeprefix("left:").removesuffix("%"))
        assert left / 100 * canvas.width == pytest.approx(float(mark.attrib["x1"]), abs=0.1)


def test_the_grip_is_a_slider_that_tells_where_it_is() -> None:
    (grip, _) = styled(drawn(), "div", "grip")
    assert (grip.get("role"), grip.get("tabindex")) == ("slider", "0")
    bounds = [float(grip.get(f"aria-value{name}", "nan")) for name in ("min", "now", "max")]
    assert bounds == [-0.2, 0.3, 1.0]
    said = grip.get("aria-valuetext", "")
    assert said.startswith("1.4: of 100 shown ")
    assert grip.get("aria-label") == "Threshold"


def test_the_slider_is_not_within_the_picture_whose_parts_are_not_read() -> None:
    assert all(not styled(svg, "div", "grip") for svg in drawn().iter("svg"))


def test_the_figures_are_those_of_the_step_nearest_to_the_line() -> None:
    figure, step = drawn(), RULER.step(0.3)
    parts = {each.get("data-figure"): each.text for each in figure.iter("b")}
    precision, recall = MODELS[0].precision(step), MODELS[0].recall(step)
    assert precision is not None
    assert parts == {
        "precision": f"{100 * precision:.0f}", "recall": f"{100 * recall:.0f}", "score": "1.4",
    }  # fmt: skip


def test_where_nothing_is_shown_there_is_no_precision() -> None:
    figure = drawn(at=1.0)
    parts = {each.get("data-figure"): each.text for each in figure.iter("b")}
    assert (parts["precision"], parts["recall"]) == ("–", "0")


def test_what_the_browser_needs_goes_along_and_is_small() -> None:
    figure = drawn()
    moving = json.loads(figure.attrib["data-hills"])
    assert len(figure.attrib["data-scores"].split(" ")) == len(COSINES)
    assert [len(each["shown"]) for each in moving["models"]] == [len(COSINES)] * 2
    assert [len(each["found"]) for each in moving["models"]] == [len(COSINES)] * 2
    assert moving["models"][0]["shown"] == list(MODELS[0].shown)
    for each in moving["models"]:
        assert all(max(outline) == 999 for outline in each["outlines"])
    assert len(figure.attrib["data-hills"]) < 16_000


def test_the_browsers_outline_is_the_one_that_is_drawn() -> None:
    figure = drawn()
    moving = json.loads(figure.attrib["data-hills"])
    (wide, _) = drawings(figure)
    ridge = styled(wide, "path", "curve")[0].attrib["d"].strip("M").split()
    ups = [moving["base"] - moving["hill"] * up / 999 for up in moving["models"][0]["outlines"][2]]
    assert [float(point.split(",")[1]) for point in ridge] == pytest.approx(ups, abs=0.2)


def test_the_table_tells_every_twentieth() -> None:
    rows = [[cell.text for cell in row] for row in drawn().iter("tr")]
    assert rows[0] == ["cosine from", "FAISS", "pairs shown", "precision", "recall"]
    assert [row[0] for row in rows[1:4]] == ["−0.20", "−0.15", "−0.10"]
    assert rows[1][4] == "100%"
    assert len(rows) == 1 + 25


def test_names_of_models_are_written_as_text() -> None:
    figure = drawn(chosen=1)
    assert "script" not in {each.tag for each in figure.iter()}
    assert NASTY in (figure.findtext("figcaption") or "")
    assert figure.attrib["data-names"] == f"first|{NASTY}"
