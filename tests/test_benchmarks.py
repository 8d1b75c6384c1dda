"""The parts of the benchmarks that compute, and what the documents show of them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import search_core as sc
from benchmarks.drawn_labels import drawn
from benchmarks.growth import Curve, growth_plot
from benchmarks.indexes import Beside, clustered
from benchmarks.interleaved import Goal, Pair, row
from benchmarks.steady import falls_short, moves
from benchmarks.table import HEADER, line, rows
from search_core.calibrate.thresholds import row_threshold
from search_core.index.spec import IndexSpec
from search_core.scale import COSINE

ROOT = Path(__file__).resolve().parent.parent
PERFORMANCE = ROOT / "docs" / "performance.md"
SVG = "{http://www.w3.org/2000/svg}"


def sections(path: Path) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_rows_with_goals_are_found_among_all_that_a_benchmark_prints() -> None:
    own = [line("how quick", "peer", "0.50", "≤ 1", "met"), line("how large", "", "3 MB")]
    others = ["a machine", "", "| index | recall |", "|---|---|", "| Flat | 1 |", "", "the end"]
    printed = [*others, *HEADER.split("\n"), *own, "", "| Flat | 2 |", *HEADER.split("\n"), own[0]]
    assert list(rows(f"{text}\n" for text in printed)) == [*own, own[0]]


def test_a_busy_machine_decides_no_goal_and_its_pairs_do_not_count_beside_clean_ones() -> None:
    busy, clean = Pair(1.0, 4.0, others=0.5), Pair(1.0, 2.0, others=0.0)
    goal = Goal(3.0, is_speed=True)
    assert row("?", "peer", [busy], goal) == (
        "| ? | peer | 4.00 (4.00–4.00) | 0 of 1 | ≥ 3 | not decided: the machine was busy |"
    )
    assert row("?", "peer", [busy, clean], goal) == (
        "| ? | peer | 2.00 (2.00–2.00) | 1 of 2 | ≥ 3 | missed |"
    )


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_curve_is_the_power_that_it_grows_with(power: float) -> None:
    sizes = (10, 100, 1000)
    assert Curve("", sizes, [3.0 * size**power for size in sizes]).exponent == pytest.approx(power)


def test_a_plot_of_growth_stands_alone_and_shows_every_measured_point() -> None:
    curves = [Curve("ours", (10, 100, 1000), (1, 2, 3)), Curve("<peer>", (10, 100), (5, 70))]
    drawing = growth_plot("Cost", "seconds", "documents", curves)
    plot = ElementTree.fromstring(drawing)  # noqa: S314
    assert len(plot.findall(f".//{SVG}circle")) == 5
    words = [element.text for element in plot.iter(f"{SVG}text")]
    assert {"ours", "<peer>", "seconds", "documents"} <= set(words)
    assert "var(" not in drawing


def test_generated_vectors_are_of_unit_length_and_in_clusters() -> None:
    vectors = clustered(2000, seed=0)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    near = np.sort(vectors @ vectors.T, axis=1)[:, -2]  # the last is the vector itself
    assert np.median(near) > 0.5
    assert clustered(2000, seed=0).tobytes() == vectors.tobytes()


def test_flat_beside_itself_finds_everything_and_one_list_of_many_does_not() -> None:
    beside = Beside(2000, 20)
    (flat,) = beside.trials([IndexSpec()])
    one, every = beside.trials([IndexSpec("IVF32,Flat", nprobe=n) for n in (1, 32)])
    assert flat.recall.mean() == every.recall.mean() == 1.0
    assert one.recall.mean() < 1.0
    assert flat.half(0).recall.tolist() == flat.recall[::2].tolist()
    assert one.bytes == every.bytes > flat.bytes > 4 * 384 * 2000


@pytest.mark.model
@pytest.mark.parametrize("n", [100, 5000])
def test_labels_that_are_drawn_again_are_queries_of_their_own(
    sample_pairs: sc.ScoredPairs, n: int
) -> None:
    pairs = drawn(sample_pairs, n, seed=0)
    assert len(pairs) == n
    most = max(sample_pairs.queries.count(query) for query in set(sample_pairs.queries))
    assert max(pairs.queries.count(query) for query in set(pairs.queries)) <= most
    assert len(np.unique(pairs.features, axis=0)) == n


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
def test_every_picture_that_a_document_shows_is_there(path: Path) -> None:
    for name in re.findall(r"!\[[^]]*\]\(([^):]+)\)", path.read_text(encoding="utf-8")):
        picture = path.parent / name
        assert picture.is_file(), name
        if picture.suffix == ".svg":
            assert ElementTree.parse(picture).getroot().tag == f"{SVG}svg"  # noqa: S314


@pytest.mark.parametrize(
    ("heading", "command", "rows"),
    [
        ("Large collections", "python -m benchmarks.indexes", 25),
        ("Growth", "python -m benchmarks.growth", 12),
    ],
)
def test_the_figures_stand_with_their_command_and_day(
    heading: str, command: str, rows: int
) -> None:
    section = sections(PERFORMANCE)[heading]
    assert command in section
    assert re.search(r"\b20\d\d-\d\d-\d\d\b", section)
    assert len(re.findall(r"^\|.*\d.*\|$", section, flags=re.MULTILINE)) >= rows


def _fitted(relevant_from: float) -> sc.CalibrationResult:
    rows = [f"q{n // 10},{n % 97 / 97},{int(n % 97 / 97 > relevant_from)}" for n in range(400)]
    labels = sc.read_labels("\n".join(["query,score,relevance", *rows]).encode())
    return sc.fit_calibrator(sc.score_pairs(labels, COSINE))


@pytest.mark.slow
def test_fits_that_agree_move_no_threshold_and_those_that_differ_are_measured() -> None:
    one, other = _fitted(0.4), _fitted(0.7)
    same = moves([one, one])
    assert (max(same.share), max(same.flips), max(same.value), same.loss) == (0.0, 0, 0.0, 0.0)
    assert min(moves([one, other]).share) > 0.1


def test_a_guarantee_is_broken_where_less_is_relevant_and_not_where_nothing_is_let_through() -> (
    None
):
    fit = _fitted(0.4)
    threshold = row_threshold(fit.out_of_fold, fit.pairs.relevance, fit.pairs.queries, 0.8)
    assert falls_short(np.array([True, False]), threshold)
    assert not falls_short(np.array([True, True]), threshold)
    assert not falls_short(np.array([], dtype=bool), threshold)
