from __future__ import annotations

import pytest

import search_core as sc
from search_ui.page import Page
from search_ui.sessions import Session
from search_ui.tabs.calibrate.reading import Given, read_given


@pytest.mark.model
def test_label_texts_with_too_many_tokens_are_refused_and_the_session_is_as_it_was(
    page: Page,
) -> None:
    session = Session()
    rows = "".join(f"a,{n} {'word ' * 250},{n % 2}\n" for n in range(900))
    given = Given("csv", f"query,text,relevance\n{rows}".encode())
    with pytest.raises(sc.CorpusError, match="more than 200,000 tokens"):
        read_given(page, session, given, lambda _done, _total: None)
    assert (session.labels, session.pairs, session.engine) == (None, None, None)
