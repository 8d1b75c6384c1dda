"""When an answer of the Search tab is old: model, collection or calibrator are others by now."""

from __future__ import annotations

from dataclasses import replace

import pytest

import search_core as sc
from search_ui.page import Page
from search_ui.sessions import Session
from search_ui.tabs.search.basis import basis_of
from search_ui.tabs.search.collection import use_collection

pytestmark = pytest.mark.model


def _quiet(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def _with_texts(page: Page, texts: str) -> Session:
    session = Session()
    use_collection(page, session, "paste", texts, None, _quiet)
    return session


def test_the_page_opens_on_the_basis_without_a_name() -> None:
    assert basis_of(Session()) == ""


def test_the_same_texts_have_one_name_and_others_another(page: Page) -> None:
    first, again, other = (
        basis_of(_with_texts(page, texts))
        for texts in ("A cat.\nA dog.", "A cat.\nA dog.", "A cat.")
    )
    assert first == again
    assert len({first, other, ""}) == 3


def test_another_model_has_another_name(page: Page) -> None:
    assert basis_of(Session(sample=page.sample())) != ""


def test_a_calibrator_counts_by_what_it_states(page: Page) -> None:
    calibrator = page.sample().calibrator
    basis = basis_of(Session(calibrator=calibrator))
    assert basis != ""
    carrying = replace(calibrator, thresholds=(), report={})
    assert basis_of(Session(calibrator=carrying)) == basis
    stricter = replace(calibrator, nothing_below=0.9)
    assert basis_of(Session(calibrator=stricter)) != basis


def test_a_calibrator_that_comes_back_from_its_file_has_the_same_name(page: Page) -> None:
    calibrator = page.sample().calibrator
    copy = sc.load_calibrator(calibrator.to_json())
    assert basis_of(Session(calibrator=copy)) == basis_of(Session(calibrator=calibrator))


def test_leave_to_apply_a_blend_elsewhere_counts(page: Page) -> None:
    asked = Session(calibrator=page.sample().calibrator)
    allowed = replace(asked, accepts_other_collection=True)
    assert basis_of(asked) != basis_of(allowed)
