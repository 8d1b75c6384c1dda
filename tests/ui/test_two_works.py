"""Two pieces of work of one visitor at once: each is told the truth, and none undoes the other."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import search_core as sc
from search_ui.tabs.events import STOPPED
from tests.ui.events import Events, LaidOut, label_form
from tests.ui.pages import page_of_sample, text_of
from tests.ui.work import csv_of, ferries

pytestmark = pytest.mark.model

OWN = "\n".join(ferries())
OTHER = "\n".join(f"recipe {n} for soup" for n in range(30))


def once(change: Callable[[], object]) -> Callable[[float], None]:
    """Return a progress callback that lets something happen in the midst of the work."""
    waiting = [change]

    def report(_share: float) -> None:
        if waiting:
            waiting.pop()()

    return report


def upload(content: bytes, name: str = "labels.csv") -> str:
    path = Path(tempfile.mkdtemp()) / name
    path.write_bytes(content)
    return str(path)


def use_texts(events: Events, texts: str, **during: Callable[[float], None]) -> str:
    said, *_rest = events.work("_ui_use", texts, None, **during)
    return text_of(said)


def read_labels(events: Events, **during: Callable[[float], None]) -> str:
    form = label_form("csv", upload(csv_of("ferries")))
    return text_of(events.work("_ui_read_labels", *form, **during)[0])


def fit(events: Events, kind: str = "csv", **during: Callable[[float], None]) -> str:
    return text_of(events.work("_ui_fit", "platt", "query", kind, **during)[0])


def test_a_fit_that_ends_after_the_collection_was_changed_reaches_no_other_collection(
    events: Events,
) -> None:
    use_texts(events, OWN)
    read_labels(events)
    said = fit(events, progress=once(lambda: use_texts(events, OTHER)))
    assert "You changed the collection while this was at work, so it changed nothing" in said
    after = events.page.workspace(events.visitor)
    assert after.serving.in_search is None
    assert after.engine.corpus.texts[0] == "recipe 0 for soup"


def test_a_fit_ends_well_where_another_tab_was_at_work_on_something_else(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    compared: list[object] = []

    def compare() -> None:
        compared.append(events.work("_ui_compare", "Which ferry?", "", "squared_l2"))

    assert fit(events, progress=once(compare)) == ""
    after = events.page.workspace(events.visitor)
    assert after.indexes is not None
    assert after.serving.reason == "fitted"
    assert compared


def test_a_comparison_that_ends_after_the_collection_was_changed_is_not_shown_on_it(
    events: Events,
) -> None:
    use_texts(events, OWN)
    said = events.work(
        "_ui_compare",
        "Which ferry?",
        "",
        "squared_l2",
        progress=once(lambda: use_texts(events, OTHER)),
    )
    assert "You changed the collection" in text_of(said[1])
    assert events.page.workspace(events.visitor).indexes is None


def test_a_fit_does_not_replace_a_calibrator_that_was_imported_meanwhile(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    fit(events)
    fitted = events.page.workspace(events.visitor).serving.calibrator
    assert fitted is not None
    exported = upload(fitted.to_json().encode(), "calibrator.json")
    said = fit(events, progress=once(lambda: events.call("_ui_import", exported)))
    assert "You changed the calibrator while this was at work, so it changed nothing" in said
    assert events.page.workspace(events.visitor).serving.reason == "imported"


def test_labels_that_end_after_the_collection_was_changed_change_nothing(events: Events) -> None:
    said = read_labels(events, progress=once(lambda: use_texts(events, OTHER)))
    assert "You changed the collection" in said
    after = events.page.workspace(events.visitor)
    assert after.has_chosen_collection
    assert after.work.judged is None


def test_a_collection_that_ends_after_labels_brought_another_is_told_so(events: Events) -> None:
    said = use_texts(events, OTHER, progress=once(lambda: read_labels(events)))
    assert "You changed the collection" in said
    assert events.page.workspace(events.visitor).is_of_labels


def test_starting_one_work_leaves_the_cancel_of_another_and_cancel_stops_one_alone(
    events: Events,
) -> None:
    use_texts(events, OWN)
    read_labels(events)
    visits, visitor = events.page.visits, events.visitor

    def cancel_fit_and_embed() -> None:
        visits.cancel(visitor, "cancel-fit")
        visits.begin(visitor, "cancel-collection")  # a click on "Use this collection"
        assert "30 documents embedded" in use_texts(events, OTHER)

    visits.begin(visitor, "cancel-fit")
    assert fit(events, progress=once(cancel_fit_and_embed)) == text_of(STOPPED)


def test_after_a_fit_on_scores_alone_search_keeps_the_calibrator_and_the_page_says_so(
    events: Events,
) -> None:
    use_texts(events, OWN)
    read_labels(events)
    fit(events)
    before = events.page.workspace(events.visitor).serving.in_search
    path = upload(csv_of("ferries", scores=True))
    events.work("_ui_read_labels", *label_form("scores", path, "bm25"))
    fit(events, "scores")
    state, *_rest = events.call("_ui_show_use")
    assert "Search is unaffected" in text_of(state)
    assert events.page.workspace(events.visitor).serving.in_search is before is not None


def test_an_uploaded_collection_is_deleted_once_it_is_read_and_may_be_tried_again(
    events: Events,
) -> None:
    path = upload(b"text\none cat\none dog\n", "texts.csv")

    def stop() -> None:
        events.page.visits.cancel(events.visitor, "cancel-collection")

    said, *_rest = events.work("_ui_use_file", path, progress=once(stop))
    assert text_of(said) == text_of(STOPPED)
    assert not Path(path).exists()
    events.page.visits.begin(events.visitor, "cancel-collection")
    said, *_rest = events.work("_ui_use_file", path)
    assert "2 documents embedded" in text_of(said)
    assert not events.page.workspace(events.visitor).uploads
    said, *_rest = events.work("_ui_use_file", "/nowhere/gone.csv")
    assert "not on the server any more; choose it again" in text_of(said)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("queries.jsonl", b'{"_id": "1", "text": "warm animals"}\n'),
        ("asked.csv", b"query_id,text\n1,warm animals\n"),
    ],
)
def test_queries_are_not_embedded_as_a_collection(
    events: Events, name: str, content: bytes
) -> None:
    path = upload(content, name)
    for event in (("_ui_use_file", path), ("_ui_use", "", path), ("_ui_resume",)):
        said, *_rest = events.work(*event)
        assert "This file holds queries and their ids" in text_of(said)
    assert events.page.workspace(events.visitor).is_on_sample
    said, *_rest = events.work("_ui_use", "one cat\none dog", path)  # what is pasted comes first
    assert "2 documents embedded" in text_of(said)


def test_after_own_texts_the_form_is_empty_and_a_question_of_them_is_asked(
    events: Events,
) -> None:
    texts = "The ferry to the island leaves at noon.\nBread rises overnight in a cold kitchen."
    said, _skip, pasted, upload, query, is_taken = events.work("_ui_use", texts, None)
    assert "2 documents embedded" in text_of(said)
    assert (pasted, upload, is_taken) == ("", None, True)
    assert query in texts
    again = events.work("_ui_use", "  ", None)
    assert "There are no texts yet" in text_of(again[0])
    assert again[-1] is False
    assert not events.page.workspace(events.visitor).is_on_sample


def test_a_text_fit_goes_on_while_scores_alone_are_read(events: Events) -> None:
    use_texts(events, OWN)
    read_labels(events)
    path = upload(csv_of("ferries", scores=True))

    def read_scores() -> None:
        events.work("_ui_read_labels", *label_form("scores", path, "bm25"))

    assert fit(events, progress=once(read_scores)) == ""
    after = events.page.workspace(events.visitor)
    assert after.work.fit is not None
    assert after.scores.judged is not None


def test_a_cancelled_comparison_does_not_stop_the_example(
    sample_engine: sc.SearchEngine, encoder: sc.Encoder
) -> None:
    events = Events(LaidOut(page_of_sample(sample_engine, encoder)))  # where no example was made
    visits, visitor = events.page.visits, events.visitor
    visits.begin(visitor, "models-cancel")
    visits.cancel(visitor, "models-cancel")
    stopped: list[object] = []

    def leave() -> None:
        stopped.append(True)
        visits.cancel(visitor, "models-example")

    said, *_ = events.work("_ui_show_models", 40, "", progress=once(leave))
    assert stopped
    assert said == STOPPED


def test_a_scored_csv_and_a_zip_go_with_the_threshold_and_the_labels_that_they_rest_on(
    events: Events,
) -> None:
    use_texts(events, OWN)
    read_labels(events)
    fit(events)
    form = label_form("csv", upload(csv_of("ferries")))
    changes = {
        "_ui_threshold": events.call("_ui_threshold", 60, "row"),
        "_ui_share": events.call("_ui_share", 12.5, 60, "row"),
        "_ui_read_labels": events.work("_ui_read_labels", *form),
        "_ui_fit": events.work("_ui_fit", "platt", "query", "csv"),
    }
    for name, answer in changes.items():
        said = events.named(name, answer)
        assert (said["applied"], said["zip-state"]) == ("", ""), name


def test_a_question_asked_while_own_texts_are_embedded_says_what_it_was_answered_from(
    events: Events,
) -> None:
    said: list[str] = []

    def ask() -> None:
        answered = list(events.call("_ui_search", "Which ferry?", 3, ""))[-1]
        said.append(text_of(events.named("_ui_search", answered)["whose-texts"]))

    use_texts(events, OWN, progress=once(ask))
    ask()
    assert said == [
        "Your texts were still being embedded when you asked. These hits are from the sample.",
        "Searching 60 texts of your own.",
    ]
