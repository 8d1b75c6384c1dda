"""Which files are read, of those that were named."""

from __future__ import annotations

from pathlib import Path

import pytest

import search_core as sc
from search_core.bulk.inputs import find_inputs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with files of texts, and others."""
    monkeypatch.chdir(tmp_path)
    for name in ("texts/b.jsonl", "texts/a.CSV", "texts/deep/a.csv", "texts/notes.md"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("id,text\n")
    Path("texts/.hidden.csv").write_text("id,text\n")
    Path("texts/vectors").mkdir()
    Path("texts/vectors/b.jsonl.parquet").write_bytes(b"")
    return tmp_path


def names(*given: str) -> list[str]:
    return [each.name for each in find_inputs(given, Path("texts/vectors"))]


@pytest.mark.usefixtures("folder")
def test_a_folder_gives_its_files_and_those_below_but_not_its_own_vectors() -> None:
    assert names("texts") == ["a.CSV", "b.jsonl", "deep/a.csv"]


@pytest.mark.usefixtures("folder")
def test_a_pattern_gives_what_it_matches_and_a_file_named_twice_counts_once() -> None:
    assert names("texts/*.jsonl", "texts/b.jsonl", "texts/a.CSV") == ["b.jsonl", "a.CSV"]
    assert names("texts/**/*.csv") == ["a.csv"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("no.csv", "'no.csv' is neither a file nor a folder, nor a pattern that a file matches; "),
        ("*.csv", "'*.csv' is neither a file nor a folder, nor a pattern that a file matches; "),
        ("texts/notes.md", "'texts/notes.md' is of no form that is read; give files in .csv, .t"),
    ],
)
def test_what_is_no_input_is_told_in_a_sentence(given: str, told: str) -> None:
    with pytest.raises(sc.InputError) as fault:
        names(given)
    assert str(fault.value).startswith(told)
    assert str(fault.value).endswith(".csv, .tsv, .jsonl, .ndjson or .parquet.")


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sc.InputError, match=r"holds no file that ends in \.csv, \.tsv, "):
        find_inputs([tmp_path], tmp_path / "vectors")


@pytest.mark.usefixtures("folder")
def test_two_inputs_of_one_name_are_refused_since_their_vectors_would_have_one_too() -> None:
    Path("other").mkdir()
    Path("other/b.jsonl").write_text("")
    with pytest.raises(sc.InputError, match=r"'texts/b\.jsonl' and 'other/b\.jsonl' have one name"):
        names("texts/b.jsonl", "other/b.jsonl")


def test_a_single_path_or_none_is_told_to_be_a_list() -> None:
    with pytest.raises(sc.InputError, match="The inputs came as a str; give a list of them"):
        find_inputs("texts.csv", Path("vectors"))
    with pytest.raises(sc.InputError, match="No inputs were given"):
        find_inputs([], Path("vectors"))
