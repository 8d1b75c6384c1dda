"""The hills that are stored beside the sample, and what is counted on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from examples.hills import hills_of, store
from search_ui.hills import BINS, EDGES, STEP, Hills, measure, read_hills, read_stored
from search_ui.sample import HILLS, StaleExamplesError, read_sample_hills

STORED = read_stored(HILLS)
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def default() -> Hills:
    """The hills of the default model."""
    return read_sample_hills()[0]


@pytest.mark.slow
@pytest.mark.model
def test_the_default_models_hills_are_those_of_a_fresh_computation(
    sample_engine: sc.SearchEngine,
) -> None:
    fresh, stored = hills_of(sample_engine), STORED[0]
    assert (stored.model, stored.remark) == (sc.DEFAULT_MODEL, "")
    assert (stored.questions, stored.documents) == (fresh.questions, fresh.documents)
    np.testing.assert_allclose(stored.labelled, fresh.labelled, atol=TOLERANCE)
    for name in ("every", "unrelated"):
        one, other = (np.cumsum(getattr(each, name)) for each in (stored, fresh))
        np.testing.assert_allclose(one / one[-1], other / other[-1], atol=TOLERANCE)


def test_another_models_hills_say_how_they_were_measured() -> None:
    assert len(STORED) > 1
    assert all(each.remark.startswith("measured with") for each in STORED[1:])


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored.model)
def test_every_pair_is_counted_once(stored: object) -> None:
    hills = next(each for each in read_sample_hills() if each.stored == stored)
    assert sum(hills.stored.every) == hills.stored.questions * hills.stored.documents
    assert len(hills.relevant) + len(hills.irrelevant) == len(hills.judged)
    assert len(hills.unrelated) == sum(hills.stored.unrelated)
    assert bool((np.diff(hills.unrelated) >= 0).all())


def test_more_pairs_are_shown_and_found_the_lower_the_line(default: Hills) -> None:
    assert default.shown[0] == 149 * 432
    assert default.found[0] == len(default.relevant)
    assert bool((np.diff(default.shown) <= 0).all())
    assert bool((np.diff(default.found) <= 0).all())
    assert bool((default.found <= default.shown).all())


def test_what_is_found_is_what_reaches_the_line(default: Hills) -> None:
    place = int(np.argmin(np.abs(EDGES - 0.5)))
    assert default.found[place] == (default.relevant >= 0.5).sum()


def test_a_cosine_at_the_edge_of_a_bin_counts_as_reaching_it() -> None:
    cosines = np.array([[-1.0, -0.9951, 0.5, 0.995, 1.0]])
    counted = np.array(measure("m", cosines[0], cosines, cosines).every)
    places = np.flatnonzero(counted).tolist()
    assert places == [0, round(1.5 / STEP), BINS - 1]
    assert counted[places].tolist() == [2, 1, 2]


def test_unrelated_pairs_lie_below_a_high_cosine(default: Hills) -> None:
    assert default.share_unrelated_below(-1.0) == 0.0
    assert default.share_unrelated_below(0.585) > 0.999
    assert default.share_unrelated_below(1.0) == 1.0


def test_a_model_measured_again_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "hills.json"
    one, other = (measure(name, np.zeros(1), np.zeros((1, 1)), np.zeros(1)) for name in "ab")
    for each in (one, other, one):
        store(each, path)
    assert [each.model for each in read_stored(path)] == ["a", "b"]


@pytest.mark.parametrize("content", ["", "[", "{}", '[{"model": "a"}]'])
def test_hills_that_cannot_be_read_name_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    path = tmp_path / "hills.json"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setattr("search_ui.sample.HILLS", path)
    with pytest.raises(StaleExamplesError, match=r"hills\.json.*examples\.refresh"):
        read_sample_hills()


def test_hills_of_other_labels_are_refused(sample_labels: sc.Labels) -> None:
    few = sc.read_labels(b"query,text,relevance\na,b,1\na,c,0\n")
    with pytest.raises(sc.CalibrationError):
        read_hills(HILLS, few)
    assert read_hills(HILLS, sample_labels)[0].model == sc.DEFAULT_MODEL
