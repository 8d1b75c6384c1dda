from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

import search_core as sc
from search_core.labels.judged_files import Files

CORPUS = (
    b'{"_id": "d1", "title": "Frost", "text": "Cover the beds before dusk."}\n'
    b'{"_id": "d2", "title": "", "text": "Copper tape keeps slugs off."}\n'
    b'{"_id": "d3", "title": "", "text": ""}\n'
)
QUERIES = b'{"_id": "q1", "text": "night frost", "metadata": {}}\n{"_id": "q2", "text": "slugs"}\n'
BEIR = b"query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td2\t1\n"
QRELS = b"q1 0 d1 2\nq1 0 d2 -1\nq2 0 d2 1\n"
RUN = b"q1 Q0 d1 1 14.5 bm25\nq1 Q0 d2 2 3.25 bm25\nq2 Q0 d2 1 9 bm25\nq2 Q0 d9 2 1 bm25\n"

FOLDER: dict[str, bytes] = {
    "corpus.jsonl": CORPUS,
    "queries.jsonl": QUERIES,
    "qrels/test.tsv": BEIR,
}


def refusal(files: dict[str, bytes], **options: object) -> str:
    with pytest.raises(sc.LabelsError) as caught:
        sc.read_judged_files(files, **options)  # type: ignore[arg-type]
    return str(caught.value)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_folder_of_beir_a_zip_of_it_its_paths_and_its_contents_are_read_alike(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path / "set", FOLDER)
    packed = tmp_path / "set.zip"
    packed.write_bytes(zipped(FOLDER))
    paths = [path for path in folder.rglob("*") if path.is_file()]
    given: list[Files] = [folder, str(folder), packed, packed.read_bytes(), paths, FOLDER]
    for sources in given:
        read = sc.read_judged_files(sources)
        assert read.labels.queries == ("night frost", "night frost", "slugs")
        assert read.labels.doc_ids == ("d1", "d2", "d2")
        assert read.labels.relevance.tolist() == [1, 0, 1]
        assert read.corpus is not None
        assert read.corpus.ids == ("d1", "d2")
        assert read.corpus.texts[0] == "Frost Cover the beds before dusk."


@pytest.mark.parametrize("parting", [b" ", b"\t", b"   ", b",", b";"])
def test_qrels_are_parted_by_blanks_tabs_or_commas_and_below_0_means_not_relevant(
    parting: bytes,
) -> None:
    files = {**FOLDER, "qrels/test.tsv": QRELS.replace(b" ", parting)}
    labels = sc.read_judged_files(files).labels
    assert labels.relevance.tolist() == [1, 0, 0.5]


@pytest.mark.parametrize(
    "above",
    [
        b"query_id iteration doc_id relevance\n", b"topic iter document judgement\n",
        b"qid Q0 docid rel\n", b"# by three people\n# query iter doc grade\n", b"\n\n",
    ],
)  # fmt: skip
def test_names_and_comments_above_qrels_that_blanks_part_are_no_row(above: bytes) -> None:
    labels = sc.read_judged_files({**FOLDER, "qrels/test.tsv": above + QRELS}).labels
    assert labels.relevance.tolist() == [1, 0, 0.5]


@pytest.mark.parametrize("above", [b"", b"query-id corpus-id score\n"])
@pytest.mark.parametrize("parting", [b" ", b"\t", b",", b", "])
def test_qrels_without_an_iteration_are_read_whatever_parts_their_fields(
    parting: bytes, above: bytes
) -> None:
    qrels = above + b"q1 d1 2\nq1 d2 0\nq2 d2 1\n"
    files = {**FOLDER, "qrels/test.tsv": qrels.replace(b" ", parting)}
    read = sc.read_judged_files(files)
    assert read.labels.relevance.tolist() == [1, 0, 0.5]
    assert read.labels.doc_ids == ("d1", "d2", "d2")


@pytest.mark.parametrize("named", [b"", b"query-id corpus-id score\n"])
def test_the_lowest_grade_of_qrels_that_list_relevant_texts_alone_is_no_zero(named: bytes) -> None:
    qrels = named + b"q1 d1 2\nq1 d2 1\nq2 d2 1\n"
    files = {**FOLDER, "qrels/test.tsv": qrels.replace(b" ", b"\t")}
    labels = sc.read_judged_files(files).labels
    assert labels.relevance.tolist() == [1, 0.5, 0.5]
    assert any("the lowest here is 1, and they are read on 0–2" in n for n in labels.reading.notes)
    outline = sc.outline_judged_files(files)
    assert (outline.lowest, outline.highest) == (0, 2)
    stated = sc.read_judged_files(files, scale=(1, 2)).labels
    assert stated.relevance.tolist() == [1, 0, 0]


def test_ratings_in_a_file_of_their_own_begin_where_they_begin() -> None:
    ratings = b"query_id,doc_id,rating\nq1,d1,5\nq1,d2,1\nq2,d2,3\n"
    labels = sc.read_judged_files({**FOLDER, "qrels/test.tsv": ratings}).labels
    assert labels.relevance.tolist() == [1, 0, 0.5]


def test_a_line_of_short_qrels_that_lacks_a_field_is_a_fault_of_its_row() -> None:
    qrels = b"query-id corpus-id score\nq1 d1 2\nq1 d2\nq2 d2 1\n"
    with pytest.raises(sc.LabelsError, match="Row 3 has 2 fields, and a line of qrels has 3"):
        sc.read_judged_files({**FOLDER, "qrels/test.tsv": qrels})


def test_qrels_and_runs_are_read_from_json_of_numbers_by_document_by_query() -> None:
    files = {
        "qrels.json": b'{"q1": {"d1": 2, "d2": 0}, "q2": {"d2": 1}}',
        "run.json": b'{"q1": {"d1": 0.91, "d2": 0.4}, "q2": {"d2": 0.73}}',
    }
    read = sc.read_judged_files(files)
    assert read.files == {"qrels.json": "the labels", "run.json": "the scores of a run"}
    assert read.labels.relevance.tolist() == [1, 0, 0.5]
    assert read.labels.scores is not None
    assert read.labels.scores.tolist() == [0.91, 0.4, 0.73]


def test_a_nested_object_whose_names_have_a_meaning_is_one_row_and_no_qrels() -> None:
    table = sc.read_table(b'{"answers": {"score": 1}, "stored": {"at": 2}}')
    assert "query_id" not in table.columns


def test_each_file_is_known_by_what_it_holds_and_not_by_its_name() -> None:
    files = {"1": QUERIES, "2": QRELS, "3": CORPUS, "README.md": b"# About\nnothing here\n"}
    assert sc.read_judged_files(files).files == {
        "1": "the queries",
        "2": "the labels",
        "3": "the documents",
        "README.md": "",
    }


@pytest.mark.parametrize(
    "queries",
    [
        b"q1\tnight frost\nq2\tslugs\n",
        b"qid,question\nq1,night frost\nq2,slugs\n",
        b"query_id;text\nq1;night frost\nq2;slugs\n",
    ],
)
@pytest.mark.parametrize(
    "corpus", [b"d1\tCover them.\nd2\tCopper tape.\n", b"doc_id,passage\nd1,Cover\nd2,Copper\n"]
)
def test_texts_come_with_a_header_or_without(queries: bytes, corpus: bytes) -> None:
    read = sc.read_judged_files({"a": corpus, "b": queries, "c": QRELS})
    assert set(read.labels.queries) == {"night frost", "slugs"}
    assert read.corpus is not None
    assert read.corpus.ids == ("d1", "d2")


def test_where_ids_tell_nothing_names_of_files_do() -> None:
    files = {
        "collection.tsv": b"1\tCover them.\n2\tCopper.\n",
        "queries.tsv": b"1\tfrost\n2\tslugs\n",
        "qrels": b"1 0 1 1\n2 0 2 1\n1 0 2 0\n",
    }
    assert set(sc.read_judged_files(files).labels.queries) == {"frost", "slugs"}


def test_the_scores_of_a_run_are_joined_and_what_has_no_label_is_left_out() -> None:
    read = sc.read_judged_files({**FOLDER, "bm25.run": RUN})
    assert read.labels.scores is not None
    assert read.labels.scores.tolist() == [14.5, 3.25, 9]
    assert "Left out: 1 of the run's pairs, which have no label." in read.labels.reading.notes


def test_qrels_and_a_run_alone_are_scores_alone() -> None:
    read = sc.read_judged_files({"qrels": QRELS, "run": RUN})
    assert read.corpus is None
    assert (read.labels.queries, read.labels.doc_ids) == (("q1", "q1", "q2"), ())
    pairs = sc.score_pairs(read.labels, sc.BROUGHT_SCALES["bm25"])
    assert pairs.similarities.tolist() == [14.5, 3.25, 9]


def test_labels_of_a_test_file_are_rows_to_test_on() -> None:
    train = b"query-id\tcorpus-id\tscore\nq1\td1\t1\n"
    test = b"query-id\tcorpus-id\tscore\nq2\td2\t1\nq2\td1\t0\n"
    files = {**FOLDER, "qrels/train.tsv": train, "qrels/test.tsv": test}
    assert sorted(sc.read_judged_files(files).labels.split) == ["test", "test", "train"]


def test_ids_without_texts_are_counted_and_named_at_once() -> None:
    files = {**FOLDER, "qrels/test.tsv": QRELS + b"q8 0 d2 1\nq9 0 d2 1\nq1 0 d7 0\n"}
    notes = sc.read_judged_files(files).labels.reading.notes
    assert any("2 queries have labels and no text" in n and "'q8', 'q9'" in n for n in notes)
    assert any("1 document has labels and no text" in n and "'d7'" in n for n in notes)


def test_ids_that_are_written_differently_are_refused_with_those_that_are_missing() -> None:
    message = refusal({**FOLDER, "qrels/test.tsv": b"1 0 D1 1\n2 0 D2 0\n"})
    assert "check that the ids are written alike" in message
    assert "'1', '2'" in message


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["corpus.jsonl", "queries.jsonl"], ["labels (TREC qrels"]),
        (["qrels/test.tsv"], ["texts of the queries", "texts of the documents"]),
        (["queries.jsonl"], ["labels (TREC qrels", "texts of the documents"]),
    ],
)
def test_files_that_are_missing_are_all_named_beside_those_that_are_there(
    names: list[str], missing: list[str]
) -> None:
    message = refusal({name: FOLDER[name] for name in names})
    assert all(words in message for words in missing)
    assert all(f"'{name}'" in message for name in names)


@pytest.mark.parametrize("content", [QRELS, BEIR, b"query_id,doc_id,relevance\nq1,d1,1\n"])
def test_labels_that_have_ids_only_say_which_files_are_to_be_given_beside_them(
    content: bytes,
) -> None:
    with pytest.raises(sc.LabelsError) as caught:
        sc.read_labels(content)
    assert "add the files with the texts of the queries and of the documents" in str(caught.value)


def test_a_run_alone_is_told_to_have_no_labels() -> None:
    with pytest.raises(sc.LabelsError, match="TREC run, which has scores and no labels; add its q"):
        sc.read_labels(RUN)


@pytest.mark.parametrize("content", [QRELS, RUN])
def test_qrels_are_no_collection(content: bytes) -> None:
    with pytest.raises(sc.CorpusError, match="which has ids only; choose the texts"):
        sc.read_corpus(content)


def test_a_stated_scale_and_a_grade_that_counts_hold_for_files_too() -> None:
    files = {**FOLDER, "qrels/test.tsv": QRELS}
    assert sc.read_judged_files(files, relevant_from=2).labels.relevance.tolist() == [1, 0, 0]
    assert sc.read_judged_files(files, scale=(0, 4)).labels.relevance.tolist() == [0.5, 0, 0.25]


def test_a_faulty_line_of_qrels_is_named_and_can_be_left_out() -> None:
    files = {**FOLDER, "qrels/test.tsv": QRELS * 8 + b"q1 0\n"}
    assert "Row 25 has 2 fields, and a line of qrels has 4" in refusal(files)
    assert len(sc.read_judged_files(files, skip_faulty=True).labels) == 24


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (sc.Limits(documents=1), "The collection has 2 documents; at most 1 are taken here"),
        (sc.Limits(upload_bytes=300), "more than 300 bytes"),
    ],
)
def test_files_of_strangers_are_capped(limits: sc.Limits, words: str) -> None:
    assert words in refusal(FOLDER, limits=limits)


def test_a_zip_that_would_unpack_to_more_than_is_taken_is_not_unpacked() -> None:
    bomb = zipped({"corpus.jsonl": b"0" * 2_000_000})
    assert len(bomb) < 10_000
    with pytest.raises(sc.LabelsError, match="The zip holds more than 100,000 bytes"):
        sc.read_judged_files(bomb, limits=sc.Limits(upload_bytes=100_000))


def test_a_broken_zip_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(sc.LabelsError, match="zip cannot be opened"):
        sc.read_judged_files(b"PK\x03\x04 and nothing more")
    with pytest.raises(sc.LabelsError, match=r"'gone\.tsv' cannot be read"):
        sc.read_judged_files([tmp_path / "gone.tsv"])


@pytest.mark.model
def test_what_is_read_can_be_scored_and_fitted(encoder: sc.Encoder) -> None:
    read = sc.read_judged_files(FOLDER)
    assert read.corpus is not None
    engine = sc.SearchEngine.build(read.corpus, encoder=encoder)
    pairs = engine.score_labels(read.labels)
    assert pairs.similarities[0] > pairs.similarities[1]


# What is left out is said


def test_a_file_that_cannot_be_read_is_named_with_the_reason() -> None:
    message = refusal(
        FOLDER | {"corpus.jsonl": '{"_id": "d1", "text": "Fröste"}'.encode("latin-1")}
    )
    assert "'corpus.jsonl' is not used: Row 1 holds the byte 0xF6" in message


def test_an_unreadable_file_beside_a_complete_set_is_told_of() -> None:
    read = sc.read_judged_files(FOLDER | {"qrels/train.tsv": b"\xff\xfe", "LICENSE": b"free"})
    assert [note for note in read.labels.reading.notes if "train.tsv" in note]
    assert not [note for note in read.labels.reading.notes if "LICENSE" in note]


def test_a_line_of_qrels_that_is_cut_off_is_at_fault_and_not_the_file() -> None:
    files = {"qrels": QRELS + b"q2 0 d1\n", "queries.jsonl": QUERIES, "corpus.jsonl": CORPUS}
    assert refusal(files).startswith("Row 4 has 3 fields, and a line of qrels has 4")
    assert len(sc.read_judged_files(files, skip_faulty=True).labels) == 3


def test_documents_that_cannot_be_read_are_counted() -> None:
    files = {"qrels": QRELS, "queries.jsonl": QUERIES}
    files["corpus.csv"] = b"id,text\nd1,Cover the beds.\nd2,Copper tape.\nd4,Slugs, snails.\n"
    (note,) = sc.read_judged_files(files).labels.reading.notes[:1]
    assert note.startswith("Left out: 1 row of 'corpus.csv'. Row 4 has 3 cells")


def test_ids_and_pairs_that_come_again_with_something_else_are_told_of() -> None:
    twice = CORPUS + b'{"_id": "d1", "text": "Another text."}\n'
    files = FOLDER | {"corpus.jsonl": twice, "run": RUN + b"q1 Q0 d1 9 0.5 bm25\n"}
    notes = " ".join(sc.read_judged_files(files).labels.reading.notes)
    assert "In 'corpus.jsonl' 1 id has several texts, of which the last counts: 'd1'." in notes
    assert "In 'run' 1 pair has several scores, of which the last counts: 'q1 d1'." in notes


def test_scores_alone_claim_nothing_of_texts() -> None:
    read = sc.read_judged_files({"qrels": QRELS, "run": RUN})
    assert "texts" not in " ".join(read.labels.reading.notes)
