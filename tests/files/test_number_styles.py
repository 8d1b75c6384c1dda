"""One number as somebody typed or copied it; columns of numbers are tried with the files."""

from __future__ import annotations

import pytest

import search_core as sc


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("-0,25", -0.25),
        ("\N{EN DASH}0.25", -0.25),  # as word processors write a minus
        ("2 500", 2500.0),
        ("2.500,5", 2500.5),
        ("٠٫٧٥", 0.75),
        ("७.५", 7.5),
        ("０．７５", 0.75),
        ("distance = 0.75", 0.75),
        ("np.float64(0.75)", 0.75),
        ("array(0.75, dtype=float32)", 0.75),
        ("tensor([[0.7500]], device='cuda:0')", 0.75),
        ("'0.75'", 0.75),
        ("[7.5e-1]", 0.75),
        ("0", 0.0),
    ],
)
def test_what_can_only_be_one_number_is_read(written: str, value: float) -> None:
    assert sc.read_number(written) == value


@pytest.mark.parametrize("written", ["0.7 0.8", "0.7; 0.8", "0.7, 0.8", "1/61"])
def test_of_several_numbers_one_is_asked_for(written: str) -> None:
    with pytest.raises(sc.InputError, match="holds more than one number; write one of them"):
        sc.read_number(written)


@pytest.mark.parametrize(
    "written", ["½", "~0.8", "<0.8", "0.8?", "0x10", "1_000", "inf", "nan", "1e400", "²", "", "—"]
)
def test_what_is_no_finite_number_is_told_how_to_write_one(written: str) -> None:
    with pytest.raises(sc.InputError, match=r"is no finite number in digits; write one alone"):
        sc.read_number(written)


def test_a_number_that_can_be_two_is_asked_about() -> None:
    with pytest.raises(sc.InputError, match=r"7,125 can be 7\.125 or 7125"):
        sc.read_number("7,125")


def test_labels_and_scores_in_digits_of_another_script_are_read() -> None:
    rows = "".join(f"q{row},t{row},{row % 2},٠٫{'٢٨'[row % 2]}\n" for row in range(4))
    table = "query\ttext\trelevance\tscore\n" + rows.replace(",", "\t")
    labels = sc.read_labels(table.encode())
    assert labels.scores is not None
    assert labels.scores.tolist() == [0.2, 0.8, 0.2, 0.8]


def test_thousands_are_read_as_india_parts_them() -> None:
    rows = b'query_id,score,label\nq,"1,02,800.5",1\nq,"12,780.25",0\n'
    labels = sc.read_labels(rows)
    assert labels.scores is not None
    assert labels.scores.tolist() == [102800.5, 12780.25]
