"""Labels and values from the tables that programs hold, and back into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import search_core as sc
from tests.properties import tried

COLUMNS: dict[str, list[Any]] = {
    "question": ["red shoes", "red shoes", "blue hat"],
    "passage": ["Shoes in red.", "A green coat.", "A hat, blue."],
    "grade": [3, 0, 2],
    "similarity": [0.8, 0.1, 0.7],
    "shop": ["a", "b", "c"],
}


def records() -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


def pandas_frame() -> Any:
    return pytest.importorskip("pandas").DataFrame(COLUMNS, index=[7, 7, 9])


def polars_frame() -> Any:
    return pytest.importorskip("polars").DataFrame(COLUMNS)


def arrow_table() -> Any:
    return pytest.importorskip("pyarrow").table(COLUMNS)


def dataset() -> Any:
    return pytest.importorskip("datasets").Dataset.from_dict(COLUMNS)


def arrays() -> dict[str, Any]:
    return {name: np.array(column) for name, column in COLUMNS.items()}


FRAMES = [records, pandas_frame, polars_frame, arrow_table, dataset, arrays, lambda: COLUMNS]
NAMED: dict[str, Any] = {"query": "question", "text": "passage", "relevance": "grade"}


@pytest.mark.parametrize("make", FRAMES)
def test_every_kind_of_table_gives_the_same_labels(make: Callable[[], Any]) -> None:
    labels = sc.Labels.from_frame(make(), **NAMED, scale=(0, 3))
    assert labels.queries == tuple(COLUMNS["question"])
    assert labels.texts == tuple(COLUMNS["passage"])
    assert labels.relevance.tolist() == [1.0, 0.0, 2 / 3]
    assert labels.rows == (1, 2, 3)
    assert labels.extra == {"shop": ("a", "b", "c")}
    assert labels.scores is not None  # found by its name, as in a file
    assert labels.scores.tolist() == COLUMNS["similarity"]


def test_columns_that_are_not_named_are_found_by_their_usual_names() -> None:
    labels = sc.Labels.from_frame(records(), scale=(0, 3))
    assert labels.texts == tuple(COLUMNS["passage"])


def test_a_named_column_counts_though_another_has_the_usual_name() -> None:
    frame = {"query": [12, 13], "words": ["a", "b"], "text": ["x", "y"], "label": [1, 0]}
    labels = sc.Labels.from_frame(frame, query="words")
    assert labels.queries == ("a", "b")
    assert labels.extra == {"query": ("12", "13")}


def test_columns_of_vectors_are_left_aside() -> None:
    frame = {**COLUMNS, "embedding": [[0.1, 0.2]] * 3, "array": list(np.eye(3))}
    assert set(sc.Labels.from_frame(frame, **NAMED).extra) == {"shop"}


def test_rows_without_a_label_are_left_out_and_the_others_keep_their_numbers() -> None:
    frame = {**COLUMNS, "grade": [3, None, float("nan")]}
    labels = sc.Labels.from_frame(frame, **NAMED, scale=(0, 3))
    assert labels.rows == (1,)
    assert any("left out" in note for note in labels.reading.notes)


def test_numbers_of_three_decimals_are_no_thousands() -> None:
    frame = {"query": ["a", "b"], "score": [1.234, 2.345], "relevance": [True, False]}
    labels = sc.Labels.from_frame(frame)
    assert labels.scores is not None
    assert labels.scores.tolist() == [1.234, 2.345]
    assert labels.relevance.tolist() == [1.0, 0.0]


REPEATED = {"query": ["a", "A ", "b"], "text": ["x", "x", "y"], "relevance": [1, 0, 1]}


def test_repeats_are_refused_unless_it_is_said_what_they_are() -> None:
    with pytest.raises(sc.LabelsError, match=r"1 pairs .* 'a' with 'x' in rows 1 and 2"):
        sc.Labels.from_frame(REPEATED)
    assert sc.Labels.from_frame(REPEATED, repeats="count").relevance.tolist() == [1.0, 0.0, 1.0]
    assert sc.Labels.from_frame(REPEATED, repeats="mean").relevance.tolist() == [0.5, 1.0]


def test_weights_count_in_the_fit() -> None:
    scores = np.tile([0.1, 0.9], 60)
    relevance = np.tile([0, 1, 0, 0], 30)
    queries = np.repeat(np.arange(30), 4)
    alike = sc.pairs_from_arrays(scores, relevance, queries, scale="cosine")
    weights = np.where((scores > 0.5) & (relevance == 0), 0.1, 1.0)
    weighed = sc.pairs_from_arrays(scores, relevance, queries, scale="cosine", weights=weights)
    plain, heavy = (
        sc.fit_calibrator(pairs, "platt").calibrator.predict_scores(0.9)
        for pairs in (alike, weighed)
    )
    assert plain == pytest.approx(0.5, abs=0.05)
    assert heavy > 0.8


def test_a_method_that_counts_all_rows_alike_takes_no_weights() -> None:
    pairs = sc.pairs_from_arrays(
        [0.1, 0.9] * 30, [0, 1] * 30, [n // 4 for n in range(60)], scale="cosine",
        weights=[1.0] * 60,
    )  # fmt: skip
    with pytest.raises(sc.CalibrationError, match="counts all rows alike, and these have weights"):
        sc.fit_calibrator(pairs, "linear")


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        (
            COLUMNS,
            {"query": "qestion"},
            "no column 'qestion' for the query .did you mean 'question'",
        ),
        (COLUMNS, {**NAMED, "scale": "cosine"}, "The scale 'cosine' is none; give its lowest"),
        (COLUMNS, {**NAMED, "repeats": "drop"}, "repeats is 'drop'; choose one of refuse, mean"),
        (COLUMNS, {**NAMED, "weight": "shop"}, "Among the weights in 'shop' is 'a', a str"),
        (
            {**COLUMNS, "w": [1, 0, 1]},
            {**NAMED, "weight": "w"},
            "Row 2, column 'w': the weight is 0",
        ),
        ({**COLUMNS, "grade": [1]}, NAMED, "The columns differ in length"),
        ({"query": "a"}, {}, "The column 'query' came as a str; give a list of values"),
        ([], {}, "The table has no rows"),
        ([("a", 1)], {}, "Row 1 is a tuple; give each row its columns by name"),
        ({0: ["a"]}, {}, "A column is named 0, a int; name columns by texts"),
        ("labels.csv", {}, "A str was given where a table was expected"),
        (None, {}, "A NoneType was given where a table was expected"),
        (np.eye(2), {}, "A ndarray was given where a table was expected"),
        ({**COLUMNS, "grade": [[3], [0], [1]]}, NAMED, "Row 1, column 'grade' holds a list of 1"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_in_a_sentence(
    frame: object, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(sc.InputError, match=words):
        sc.Labels.from_frame(frame, **options)


def test_columns_of_one_name_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    twice = pandas.DataFrame([["a", 0.5, 0.6, 1]], columns=["query", "score", "score", "relevance"])
    with pytest.raises(sc.LabelsError, match="several columns of one name; rename them"):
        sc.Labels.from_frame(twice)


def test_of_several_tables_one_is_to_be_chosen() -> None:
    datasets = pytest.importorskip("datasets")
    splits = datasets.DatasetDict({"train": dataset(), "test": dataset()})
    with pytest.raises(sc.LabelsError, match=r"Several tables were given, 'train', 'test'"):
        sc.Labels.from_frame(splits)


def test_a_lazy_frame_is_to_be_collected() -> None:
    with pytest.raises(sc.LabelsError, match=r"The frame is lazy; collect\(\) it first"):
        sc.Labels.from_frame(polars_frame().lazy())


def test_labels_go_back_into_a_table() -> None:
    labels = sc.Labels.from_frame(records(), **NAMED, scale=(0, 3))
    first = labels.to_dicts()[0]
    assert first == {
        "query": "red shoes", "text": "Shoes in red.", "score": 0.8, "relevance": 1.0, "shop": "a",
    }  # fmt: skip
    frame = labels.to_frame()
    assert list(frame.columns) == list(first)
    again = sc.Labels.from_frame(frame, scale=(0, 1))
    assert again.to_dicts() == labels.to_dicts()


def test_a_library_that_is_not_there_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = sc.Labels.from_frame(records(), **NAMED)
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(sc.InputError, match="not installed; pip install pandas, or take to_dicts"):
        labels.to_frame("pandas")
    with pytest.raises(sc.InputError, match="backend is 'excel'; write 'pandas'"):
        labels.to_frame("excel")  # type: ignore[arg-type]


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.floats(-1, 1), st.floats(0, 1)), min_size=1, max_size=20
)


@tried(100)
@given(ROWS)
def test_arrays_come_back_in_their_order_and_to_the_last_bit(
    rows: list[tuple[int, float, float]],
) -> None:
    queries, scores, relevance = zip(*rows, strict=True)
    pairs = sc.pairs_from_arrays(
        np.array(scores), np.array(relevance), queries, scale=sc.COSINE, grades=(0, 1)
    )
    assert pairs.queries == tuple(map(str, queries))
    assert pairs.features[:, 0].tolist() == list(scores)
    assert pairs.relevance.tolist() == list(relevance)
