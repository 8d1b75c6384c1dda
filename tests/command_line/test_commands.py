"""The command `score-sense`: answers on stdout, notes on stderr, and an exit code."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import search_core as sc
from score_sense.command_line import main
from score_sense.engine_names import engine_called

SCORES = (0.12, 0.35, 0.52, 0.61, 0.78, 0.9)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with labels and a calibrator that was fitted on them."""
    monkeypatch.chdir(tmp_path)
    rows = [
        (f"question {query}", score, int(place + query % 2 > 3))
        for query in range(40)
        for place, score in enumerate(SCORES)
    ]
    Path("labels.csv").write_text(sc.write_table(["query", "score", "relevance"], rows))
    assert main(["fit", "labels.csv", "--scale", "cosine", "-o", "calibrator.json"]) == 0
    return tmp_path


def feed(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Let standard input hold this."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


def test_read_says_which_cosine_is_behind_a_score(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "0,73", "--engine", "langchain-faiss-score"]) == 0
    told = capsys.readouterr()
    assert [line.split() for line in told.out.splitlines()] == [
        ["engine", "score", "cosine"],
        ["langchain-faiss-score", "0.73", "0.635"],
    ]
    assert told.err.startswith("LangChain · FAISS · similarity_search_with_score: a squared L2 dis")


def test_read_takes_scores_from_standard_input_and_gives_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, b"0.3\n\n0.2\n")
    assert main(["read", "-", "--engine", "langchain-faiss-ip-relevance", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["score"], first["cosine"], first["or"]) == pytest.approx((0.3, 0.7, -0.3))
    assert second["score"] == 0.2


def test_a_negative_score_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "-0.2", "--engine", "faiss-ip"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["faiss-ip", "-0.2", "-0.2"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("faiss-l2", "faiss-l2"),
        (" FAISS-L2 ", "faiss-l2"),
        ("FAISS.similarity_search_with_score", "langchain-faiss-score"),
        ("LangChain FAISS similarity_search_with_score", "langchain-faiss-score"),
        ("IndexFlatIP.search", "faiss-ip"),
        ("<->", "pgvector-l2"),
        ("util.cos_sim", "sentence-transformers-cosine"),
    ],
)
def test_an_engine_is_known_by_its_key_and_by_the_function_that_people_call(
    name: str, key: str
) -> None:
    assert engine_called(name).key == key


@pytest.mark.parametrize("engine", sc.ENGINES.values(), ids=list(sc.ENGINES))
def test_every_engine_is_known_by_its_whole_name(engine: sc.Engine) -> None:
    assert engine_called(engine.name) is engine


def test_a_function_of_several_engines_asks_for_one_of_their_keys() -> None:
    with pytest.raises(sc.InputError, match=r"^\d+ engines have a function 'similarity_search_w"):
        engine_called("similarity_search_with_score")


def test_engines_are_listed_by_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "Chroma", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"chroma-l2", "langchain-chroma-cosine-relevance"} <= {row["engine"] for row in listed}
    assert main(["engines", "no such word"]) == 1


def test_fit_writes_a_calibrator_and_says_what_it_is_worth(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fitted = sc.load_calibrator(folder / "calibrator.json")
    assert (fitted.scale, fitted.fitted_on.rows) == (sc.COSINE, 240)
    capsys.readouterr()
    assert main(["fit", "labels.csv", "--scale", "cosine", "-o", "again.json"]) == 0
    told = capsys.readouterr().out
    assert "on unseen queries" in told
    assert "at least 90% of the hits shown are relevant." in told


def test_without_a_file_to_write_the_calibrator_is_the_output(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, (folder / "labels.csv").read_bytes())
    capsys.readouterr()
    assert main(["fit", "-", "--scale", "cosine"]) == 0
    told = capsys.readouterr()
    assert sc.load_calibrator(told.out).fitted_on.rows == 240
    assert "on unseen queries" in told.err


def test_a_column_that_names_its_scale_needs_no_option_and_another_one_does(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = (folder / "labels.csv").read_text()
    Path("named.csv").write_text(labels.replace("score", "cosine"))
    assert main(["fit", "named.csv", "-o", "named.json"]) == 0
    assert "Column 'cosine' is read as cosine (higher is better)." in capsys.readouterr().err
    assert main(["fit", "labels.csv"]) == 1
    assert "Say what they are with --scale, such as cosine." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "scale"),
    [
        (["--scale", "chroma-cosine"], sc.ENGINES["chroma-cosine"].scale),
        (["--scale", "other", "--better", "higher"], sc.BROUGHT_SCALES["higher_is_better"]),
        (["--better", "lower"], sc.BROUGHT_SCALES["lower_is_better"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_scores_may_be_an_engines_or_have_a_direction_alone(
    options: list[str], scale: sc.ScoreScale
) -> None:
    assert main(["fit", "labels.csv", *options, "-o", "own.json"]) == 0
    assert sc.load_calibrator(Path("own.json")).scale == scale


def test_apply_gives_the_rows_back_with_what_is_predicted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.csv").write_text("query,score,note\nx,0.9,a\nx,0.12,b\n")
    capsys.readouterr()
    assert main(["apply", "calibrator.json", "rows.csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    calibrator = sc.load_calibrator(folder / "calibrator.json")
    values = calibrator.values_of_scores(np.array([0.9, 0.12]))
    assert [(row["note"], row["show"]) for row in rows] == [("a", "yes"), ("b", "no")]
    assert [float(row["probability"]) for row in rows] == pytest.approx(values, abs=1e-6)
    assert main(["apply", "calibrator.json", "rows.csv", "--json"]) == 0
    as_json = json.loads(capsys.readouterr().out)
    assert [row["note"] for row in as_json] == ["a", "b"]
    assert [row["probability"] for row in as_json] == pytest.approx(values, abs=1e-6)


def test_apply_reads_the_scores_of_another_engine(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cosines = np.array([0.12, 0.9])
    rows = [("x", distance, "mine") for distance in (1 - cosines).tolist()]
    Path("distances.csv").write_text(sc.write_table(["query", "score", "note"], rows))
    capsys.readouterr()
    asked = ["apply", "calibrator.json", "distances.csv", "--engine"]
    assert main([*asked, "chroma-cosine"]) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    values = sc.load_calibrator(folder / "calibrator.json").values_of_scores(cosines)
    assert [float(row["probability"]) for row in found] == pytest.approx(values, abs=1e-6)
    assert [row["show"] for row in found] == ["no", "yes"]
    Path("odd.csv").write_text("query,score\nx,3.1\n")
    assert main(["apply", "calibrator.json", "odd.csv", "--engine", "chroma-cosine"]) == 1
    assert "3.1 cannot be a score on the scale 'cosine distance'" in capsys.readouterr().err
    Path("texts.csv").write_text("query,text\nx,a cat\n")
    capsys.readouterr()
    assert main(["apply", "calibrator.json", "texts.csv", "--engine", "chroma-cosine"]) == 1
    assert "The file has no column 'score' with what Chroma" in capsys.readouterr().err


def test_a_column_of_cosines_is_not_read_as_distances(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.csv").write_text("query,cosine\nx,0.9\nx,0.12\n")
    capsys.readouterr()
    asked = ["apply", "calibrator.json", "rows.csv", "--engine"]
    assert main([*asked, "chroma-cosine"]) == 1
    told = capsys.readouterr()
    assert (told.out, "column 'cosine', where larger is better" in told.err) == ("", True)
    assert main([*asked, "lancedb-cosine"]) == 1
    assert main([*asked, "qdrant-cosine"]) == 0


def test_scores_with_an_exponent_may_be_negative(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "-5e-7", "-1E-3", "--engine", "faiss-ip", "--json"]) == 0
    assert [row["score"] for row in json.loads(capsys.readouterr().out)] == [-5e-7, -1e-3]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["read", "-", "--engine", "faiss-l2"], "Standard input holds no score; give one a line."),
        (["engines", "x" * 3000], "No engine has"),
        (["fit", "labels.csv", "--scale", "bm25", "--method", "x" * 3000], "There is no method"),
        (["threshold", "calibrator.json", "--reaching", "5"], "--reaching is 5; give a predicted"),
        (["threshold", "calibrator.json", "--reaching", "nan"], "--reaching is nan; give"),
        (["apply", "other.json", "labels.csv"], "not a calibrator that Score Sense wrote: it lac"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_short_sentence(
    command: list[str],
    words: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed(monkeypatch, b"")
    Path("other.json").write_text('{"name": "ours"}')
    capsys.readouterr()
    assert main(command) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert len(told.err) < 400


def test_a_target_that_no_threshold_keeps_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("few.csv").write_text("query,score,relevance\na,0.3,1\nb,0.2,0\n")
    capsys.readouterr()
    assert main(["threshold", "calibrator.json", "--labels", "few.csv", "--target", "0.5"]) == 0
    assert "No threshold at which 50% of the hits shown are relevant." in capsys.readouterr().err


def test_thresholds_are_those_of_the_fit_or_found_with_other_labels(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fitted = sc.load_calibrator(folder / "calibrator.json")
    capsys.readouterr()
    assert main(["threshold", "calibrator.json", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["threshold"] for row in told] == [each.value for each in fitted.thresholds]
    assert main(["threshold", "calibrator.json", "--reaching", "0.5"]) == 0
    assert fitted.scores_reaching(0.5)[0].words in capsys.readouterr().out
    asked = ["threshold", "calibrator.json", "--labels", "labels.csv", "--target", "0.5"]
    assert main([*asked, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["level"], found["target"]) == ("row", 0.5)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("pgvector", "CASE WHEN score < "),
        ("duckdb", "e0"),
        ("sqlite", "TYPEOF(score)"),
        ("javascript", "function calibrated(score) {"),
        ("painless", "double x = "),
        ("vespa", "expression {"),
        ("python", "def calibrated(score):"),
    ],
)
def test_a_calibrator_is_exported_as_code(
    folder: Path, capsys: pytest.CaptureFixture[str], language: str, told: str
) -> None:
    assert main(["export", "calibrator.json", "--to", language]) == 0
    assert told in capsys.readouterr().out


def test_an_export_may_be_told_what_makes_the_score(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "calibrator.json", "--to", "sqlite", "--score", "1 - distance"]) == 0
    assert "(1 - distance)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["read", "2", "--engine", "faiss-ip"], "2 is larger than any score of FAISS"),
        (["read", "much", "--engine", "faiss-ip"], "is no finite number"),
        (["apply", "nothing.json", "labels.csv"], "'nothing.json' cannot be read"),
        (["apply", "calibrator.json", "nothing.csv"], "'nothing.csv' cannot be read"),
        (["fit", "labels.csv", "--scale", "foo"], "no scale is known by the name 'foo'"),
        (["fit", "labels.csv", "--scale", "cosine", "--method", "foo"], "no method 'foo'"),
        (["fit", "labels.csv", "--scale", "cosine", "-o", "no/c.json"], "cannot be written"),
        (["threshold", "labels.csv"], "is not a calibrator"),
    ],
)
def test_what_cannot_be_used_ends_in_one_sentence_and_exit_code_1(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    capsys.readouterr()
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("score-sense: ")
    assert told in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["read", "0.7"],
        ["read", "0.7", "--engine", "nonsense"],
        ["export", "calibrator.json", "--to", "perl"],
    ],
)
def test_what_is_no_command_ends_with_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: score-sense")


@pytest.mark.parametrize(
    "command", [[], ["read"], ["engines"], ["fit"], ["apply"], ["threshold"], ["export"]]
)
def test_help_has_examples(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert (
        f"examples:\n  score-sense {' '.join(command)}".rstrip() in told or "| score-sense" in told
    )


def test_the_version_is_that_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == sc.__version__


def test_the_help_of_fit_lists_scales_and_methods(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    words = re.findall(r"\w+", capsys.readouterr().out)
    assert {*sc.BROUGHT_SCALES, *sc.METHODS} <= set(words)
