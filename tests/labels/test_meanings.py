from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import search_core as sc
from search_core.files.tables import write_table
from search_core.labels.meanings import VOCABULARIES, fold
from tests.properties import tried


def read(labels: list[object], **options: object) -> sc.Labels:
    """Read one query with one text for each label."""
    rows = [("a question", f"text {n}", label) for n, label in enumerate(labels)]
    content = (
        write_table(["query", "text", "label"], rows).replace(",'-", ",-").replace(",'+", ",+")
    )
    return sc.read_labels(content.encode(), **options)  # type: ignore[arg-type]


def refusal(labels: list[object], **options: object) -> str:
    with pytest.raises(sc.LabelsError) as caught:
        read(labels, **options)
    return str(caught.value)


# Words, letters, signs


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("oui", "non"), ("Ja", "Nein"), ("sí", "no"), ("是", "否"), ("はい", "いいえ"),
        ("да", "нет"), ("VERDADERO", "FALSO"), ("VERO", "FALSO"), ("PRAWDA", "FAŁSZ"),
        ("DOĞRU", "YANLIŞ"),
        ("Pass", "Fail"), ("up", "down"), ("👍🏾", "👎🏾"), ("✔️", "❌"), ("T", "F"), ("+", "-"),
        ("thumbs-up", "thumbs_down"), ("duplicate", "not duplicate"), ("O", "X"),
        ("Relevant.", "Off-topic"), ("accepted", "rejected"), ("E", "I"),
    ],
)  # fmt: skip
def test_two_words_of_any_usual_kind_are_yes_and_no(yes: str, no: str) -> None:
    labels = read([yes, no, no])
    assert labels.relevance.tolist() == [1, 0, 0]
    assert labels.reading.kind == "binary"
    assert labels.reading.meanings == {yes: 1, no: 0}
    assert labels.reading.caveat == ""


@pytest.mark.parametrize(
    ("words", "relevance"),
    [
        (["Exact", "Substitute", "Complement", "Irrelevant"], [1, 2 / 3, 1 / 3, 0]),
        (["E", "C", "I", "E"], [1, 1 / 3, 0, 1]),
        (["relevant", "partially relevant", "not relevant"], [1, 0.5, 0]),
        (["yes", "partly", "no"], [1, 0.5, 0]),
        (["highly relevant", "relevant", "irrelevant"], [1, 0.5, 0]),
        (["highly relevant", "fairly relevant", "marginally relevant", "irrelevant"],
         [1, 2 / 3, 1 / 3, 0]),
        (["perfect", "excellent", "good", "fair", "bad"], [1, 0.75, 0.5, 0.25, 0]),
        (["A", "B", "C", "D", "F"], [1, 0.75, 0.5, 0.25, 0]),
        (["2 - on topic", "0 - off topic", "1 - close"], [1, 0, 0.5]),
        (["not relevant (0)", "relevant (2)", "partial (1)"], [0, 1, 0.5]),
    ],
)  # fmt: skip
def test_grades_in_words_are_read_on_the_scale_of_their_vocabulary(
    words: list[object], relevance: list[float]
) -> None:
    labels = read(words)
    assert labels.relevance.tolist() == pytest.approx(relevance)
    assert labels.reading.kind == "graded"


def test_a_vocabulary_keeps_its_scale_where_its_best_word_is_missing() -> None:
    labels = read(["substitute", "complement", "irrelevant"])
    assert labels.relevance.tolist() == pytest.approx([2 / 3, 1 / 3, 0])


def test_words_without_a_meaning_are_asked_for_all_at_once_with_their_rows() -> None:
    message = refusal(["great", "meh", "meh", "good"])
    assert "great = ? (1 row), meh = ? (2 rows), good = 1 (1 row)" in message
    assert "Give each a number in the meanings of the labels" in message


@pytest.mark.parametrize("words", [["A", "B"], ["C", "I"], ["1 - exact", "4 - irrelevant"]])
def test_letters_and_numbers_that_could_mean_two_things_are_asked_for(words: list[object]) -> None:
    assert f"{words[0]} = ?" in refusal(words)


def test_rows_whose_word_has_no_meaning_can_be_left_out() -> None:
    labels = read(["yes", "no", "hmm"], skip_faulty=True)
    assert labels.relevance.tolist() == [1, 0]
    assert "1 faulty row was left out: row 4." in labels.reading.notes


def test_meanings_that_are_given_count_and_none_leaves_rows_out() -> None:
    labels = read(["great", "MEH", "later", "poor"], meanings={
        "Great": 4, "meh": 1, "later": None, "poor": 0,
    })  # fmt: skip
    assert labels.relevance.tolist() == [1, 0.25, 0]
    assert labels.reading.meanings == {"great": 4, "MEH": 1, "later": None, "poor": 0}
    assert "1 row is left out as not labelled ('later')." in labels.reading.notes


def test_a_given_meaning_need_not_occur_to_set_the_scale() -> None:
    assert read(
        ["so so", "bad"], meanings={"great": 2, "so so": 1, "bad": 0}
    ).relevance.tolist() == [
        0.5,
        0,
    ]


def test_what_a_reading_says_of_its_labels_reads_them_again() -> None:
    first = read(["E", "S", "C", "I", "n/a"])
    again = read(["E", "S", "C", "I", "n/a"], meanings=first.reading.meanings)
    assert again.relevance.tolist() == first.relevance.tolist()


@pytest.mark.parametrize("word", ["n/a", "NaN", "", "unsure", "not judged"])
def test_rows_that_nobody_labelled_are_left_out_and_counted(word: str) -> None:
    labels = read([1, 0, word, word])
    assert len(labels) == 2
    assert any(note.startswith("2 rows are left out") for note in labels.reading.notes)


@pytest.mark.parametrize("meanings", [{}, {"yes": "high"}, {"yes": True}, {"yes": float("nan")}, 3])
def test_meanings_that_are_no_numbers_are_refused(meanings: object) -> None:
    assert "give a number" in refusal(["yes", "no"], meanings=meanings)


def test_no_vocabulary_gives_one_word_two_grades_or_skips_a_level() -> None:
    for vocabulary in VOCABULARIES:
        assert vocabulary.needs <= vocabulary.grades.keys()
        levels = set(vocabulary.grades.values())
        assert levels == set(range(len(levels)))
        assert all(fold(word) == word for word in vocabulary.grades)


# Numbers


def test_minus_one_beside_one_is_no_beside_yes_and_said() -> None:
    labels = read([1, -1, -1])
    assert (labels.relevance.tolist(), labels.reading.kind) == ([1, 0, 0], "binary")
    assert "-1 and 1 are read as no and yes." in labels.reading.notes
    assert read([1, -1], scale=(-1, 1)).reading.kind == "binary"


def test_minus_one_0_and_1_are_asked_about_and_either_answer_is_taken() -> None:
    assert "Thumbs: -1 = 0, 0 = none, 1 = 1" in refusal([-1, 0, 1])
    assert read([-1, 0, 1], meanings={"-1": 0, "0": None, "1": 1}).relevance.tolist() == [0, 1]
    assert read([-1, 0, 1], meanings={"-1": 0, "0": 0, "1": 1}).relevance.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("yes", "no"), [("+", "-"), ("up", "down"), ("relevant", "irrelevant"), ("👍", "👎")]
)
def test_a_0_between_yes_and_no_is_asked_about_and_either_answer_is_taken(
    yes: str, no: str
) -> None:
    labels: list[object] = [yes, 0, no, yes]
    asked = refusal(labels)
    assert f"Label 0 beside {yes} and {no} can mean two things" in asked
    assert "0 = none" in asked
    assert read(labels, meanings={"0": None}).relevance.tolist() == [1, 0, 1]
    assert read(labels, meanings={"0": 0}).relevance.tolist() == [1, 0, 0, 1]
    assert read(labels, scale=(0, 1)).relevance.tolist() == [1, 0, 0, 1]


def test_0_and_1_among_yes_and_no_are_other_ways_to_write_them() -> None:
    assert read(["yes", "no", 0, 1]).relevance.tolist() == [1, 0, 0, 1]
    assert read(["yes", 0, "yes"]).relevance.tolist() == [1, 0, 1]


@pytest.mark.parametrize("scale", [None, (0, 3)])
def test_negative_grades_of_trec_count_as_0_and_stretch_nothing(
    scale: tuple[float, float] | None,
) -> None:
    labels = read([-2, -1, 0, 1, 3], scale=scale)
    assert labels.relevance.tolist() == pytest.approx([0, 0, 0, 1 / 3, 1])
    assert any("(-1, -2; 2 rows) count as 0" in note for note in labels.reading.notes)


def test_a_scale_that_begins_below_0_is_taken_as_stated() -> None:
    assert read([-2, 0, 2], scale=(-2, 2)).relevance.tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("grades", "right", "words"),
    [
        ([0, 1], (0, 2), "Labels are 0 and 1, read as no and yes; if they are grades of a longer"),
        ([0, 1, 3], (0, 4), "read on 0–3; if your scale is another, such as 0–4, give it"),
        ([1, 2, 3], (0, 3), "read on 1–3; if your scale is another"),
        ([0.2, 3.8], (0, 5), "run from 0.2 to 3.8 and are read on 0–4; if your scale is another"),
    ],
)
def test_grades_that_could_be_of_another_scale_are_noted_and_that_scale_can_be_given(
    grades: list[object], right: tuple[float, float], words: str
) -> None:
    labels = read(grades)
    assert words in labels.reading.caveat
    assert labels.reading.caveat in [each.sentence for each in sc.diagnose(labels)]
    stated = read(grades, scale=right)
    assert stated.reading.caveat == ""
    assert (stated.reading.lowest, stated.reading.highest) == right


@given(st.lists(st.integers(0, 9), min_size=2, max_size=8, unique=True))
@tried(100)
def test_a_grade_of_0_stays_0_whatever_stands_beside_it(grades: list[int]) -> None:
    labels = read([0, *grades, 1])
    assert labels.relevance[0] == 0
    top = max(grades)
    assert labels.relevance[1:-1].tolist() == pytest.approx([grade / top for grade in grades])


def test_fractions_of_a_judge_keep_their_values() -> None:
    assert read([0.15, 0.4, 0.85]).relevance.tolist() == [0.15, 0.4, 0.85]


@pytest.mark.parametrize(
    ("labels", "start", "relevance"),
    [
        ([0, 1, 2, 3], 2, [0, 0, 1, 1]),
        (["E", "S", "C", "I"], 3, [1, 0, 0, 0]),
        ([-0.5, 0.2, 0.9], 0.2, [0, 1, 1]),
        (["40%", "80%"], 50, [0, 1]),
    ],
)
def test_the_grade_that_counts_as_relevant_is_chosen_and_said(
    labels: list[object], start: float, relevance: list[float]
) -> None:
    found = read(labels, relevant_from=start)
    assert (found.relevance.tolist(), found.reading.kind) == (relevance, "binary")
    assert found.reading.relevant_from == start
    assert f"Labels from {start:g} up count as relevant, all others as not." in found.reading.notes


@pytest.mark.parametrize("start", ["2", float("nan"), True])
def test_a_grade_that_is_no_number_is_refused(start: object) -> None:
    assert "give the lowest label that counts as relevant" in refusal([0, 1], relevant_from=start)


def test_rows_that_come_as_objects_take_the_same_statements() -> None:
    rows = [{"query": "a", "text": f"t{n}", "label": label} for n, label in enumerate("xyz")]
    labels = sc.labels_of(rows, meanings={"x": 2, "y": 1, "z": 0}, relevant_from=1)
    assert labels.relevance.tolist() == [1, 1, 0]
    assert sc.labels_of(rows[:1], meanings={"x": 1}, scale=(0, 4)).relevance.tolist() == [0.25]


# How numbers are written


@pytest.mark.parametrize(
    ("cells", "numbers", "words"),
    [
        (["0,81", "0,07"], [0.81, 0.07], "decimal commas: '0,81' is read as 0.81"),
        (["0,812", "0,074"], [0.812, 0.074], "decimal commas"),
        (["3,104", "14,250.5"], [3104, 14250.5], "commas between thousands: '3,104' is read as 31"),
        (["3.104,5", "14,25"], [3104.5, 14.25], "points between thousands and decimal commas"),
        (["3 104,5", "14"], [3104.5, 14], "gaps between thousands and decimal commas"),
        (["−0.5", "1e3"], [-0.5, 1000], ""),
    ],
)
def test_numbers_of_other_countries_are_read_where_a_column_is_written_one_way(
    cells: list[str], numbers: list[float], words: str
) -> None:
    rows = [("q", cell, n % 2) for n, cell in enumerate(cells)]
    labels = sc.read_labels(write_table(["query", "score", "label"], rows).encode())
    assert labels.scores is not None
    assert labels.scores.tolist() == numbers
    assert any(words in note for note in ("", *labels.reading.notes))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1,204", "2,310"], "'1,204' can be 1.204 or 1204; write numbers with a decimal point"),
        (["1.5", "0,5", "0.7"], "'0,5' is written in another way than other rows; write 0.5"),
    ],
)
def test_a_number_that_could_be_two_is_asked_about(cells: list[str], words: str) -> None:
    rows = [("q", cell, n % 2) for n, cell in enumerate(cells)]
    with pytest.raises(sc.LabelsError) as caught:
        sc.read_labels(write_table(["query", "score", "label"], rows).encode())
    assert words in str(caught.value)


def test_another_column_of_the_file_decides_what_a_number_leaves_open() -> None:
    labels = sc.read_labels(b"query;score;label\na;1,204;0,5\na;2,310;1\n")
    assert labels.scores is not None
    assert labels.scores.tolist() == [1.204, 2.31]


@pytest.mark.parametrize(
    ("best", "middle", "worst"),
    [
        ("good", "ok", "bad"), ("Good", "Okay", "Bad"), ("yes", "maybe", "no"),
        ("gut", "teils", "schlecht"), ("ja", "teilweise", "nein"), ("oui", "en partie", "non"),
        ("sí", "parcialmente", "no"), ("○", "△", "×"), ("positive", "neutral", "negative"),
    ],
)  # fmt: skip
def test_a_word_between_two_ends_is_a_half(best: str, middle: str, worst: str) -> None:
    assert read([best, middle, worst]).relevance.tolist() == [1, 0.5, 0]


def test_a_number_is_suggested_for_the_word_that_is_asked_for() -> None:
    assert "such as hmm = 0," in refusal(["yes", "hmm"])
    assert "such as hmm = 1," in refusal(["no", "hmm"])


@pytest.mark.parametrize(
    "labels", [["yes", "no", "hmm"], ["stellar", "good", "bad"], ["superb", "passable", "dire"]]
)
def test_no_number_is_suggested_for_a_word_that_could_stand_anywhere(labels: list[object]) -> None:
    assert "from 0 for not relevant up, or none to leave its rows out" in refusal(labels)
    assert "such as" not in refusal(labels)


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("přesné", "nepřesné"), ("ważny", "nieważny"), ("подходит", "не подходит"),
        ("该当", "非该当"), ("일치있음", "일치없음"), ("gerekli", "gereksiz"),
        ("treffsäker", "inte treffsäker"),
        ("brukbar", "ikke brukbar"), ("bruikbaar", "niet bruikbaar"), ("utile", "per niente utile"),
        ("purchase", "no purchase"), ("on brand", "not on brand"), ("wichtig", "unwichtig"),
        ("passt dazu", "passt nicht dazu"), ("uyumlu", "uyumsuz"),
    ],
)  # fmt: skip
def test_a_word_and_its_opposite_are_yes_and_no_though_nobody_listed_them(
    yes: str, no: str
) -> None:
    assert read([yes, no, no]).reading.meanings == {yes: 1, no: 0}


@pytest.mark.parametrize(
    ("labels", "relevance"),
    [
        (["bardzo trafny", "trafny", "nietrafny"], [1, 0.5, 0]),
        (["útil", "un poco útil", "nada útil"], [1, 0.5, 0]),
        (["sehr nützlich", "nützlich", "etwas nützlich", "nicht nützlich"], [1, 2 / 3, 1 / 3, 0]),
        (["一致", "部分一致", "不一致"], [1, 0.5, 0]),
        (["high", "medium", "low", "none"], [1, 2 / 3, 1 / 3, 0]),
        (["HRel", "Rel", "Non", "Junk"], [0.5, 0.25, 0, 0]),
        (["++", "+", "-", "--"], [1, 2 / 3, 1 / 3, 0]),
        (["4/4", "3/4", "1 of 4"], [1, 0.75, 0.25]),
        (["★★★★★", "★★★☆☆", "★☆☆☆☆"], [1, 0.5, 0]),
        (["③", "②", "①"], [1, 0.5, 0]),
        (["Grade 2", "Grade 1", "Grade 0"], [1, 0.5, 0]),
        (["LABEL_0", "LABEL_1"], [0, 1]),
        (["[2] on topic", "[0] off topic"], [1, 0]),
        (["very handy", "moderately handy", "slightly handy", "not handy"], [1, 2 / 3, 1 / 3, 0]),
        (["strongly agree", "neutral", "disagree"], [1, 0.5, 0.25]),
        (["😊", "😐", "😞"], [1, 0.5, 0]),
        (["green", "yellow", "red"], [1, 0.5, 0]),
        (["pass", "partial", "fail"], [1, 0.5, 0]),
    ],
)
def test_degrees_of_one_word_and_counted_signs_are_grades(
    labels: list[object], relevance: list[float]
) -> None:
    assert read(labels).relevance.tolist() == pytest.approx(relevance)


@pytest.mark.parametrize(
    "labels",
    [
        ["very novel", "novel"], ["slightly novel", "somewhat novel", "not novel"],
        ["directly novel", "indirectly novel"], ["1/3", "2/4"], ["rank 1", "rank 2"], ["P1", "P2"],
    ],
)  # fmt: skip
def test_degrees_that_could_mean_two_things_are_asked_about(labels: list[object]) -> None:
    assert "labels of unknown meaning" in refusal(labels)


@pytest.mark.parametrize(
    ("labels", "lowest"),
    [(["full", "partial", "none"], "none"), (["clicked", "skipped"], "skipped")],
)
def test_what_elsewhere_says_not_labelled_is_a_grade_where_its_vocabulary_has_it(
    labels: list[object], lowest: str
) -> None:
    assert read(labels).reading.meanings[lowest] == 0
    assert read(["yes", "no", lowest]).reading.meanings[lowest] is None


@pytest.mark.parametrize(
    "word", ["k.A.", "keine Angabe", "n.a.", "TBD", "sans avis", "未評価", "weiß nicht"]
)
def test_other_ways_to_say_that_nobody_labelled_a_row_leave_it_out(word: str) -> None:
    assert read(["1", "0", word]).relevance.tolist() == [1, 0]
