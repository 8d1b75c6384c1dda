"""The Learn tab shows what the classic snippets give, from real distances."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core import classic
from search_core.encoder import DEFAULT_MODEL
from search_core.encoder.models import MODELS, find_weights
from search_ui.tabs.learn import (
    SNIPPETS,
    FittedLines,
    lists_html,
    opposites_html,
    readings_html,
    snippets_html,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def engine(encoder: sc.Encoder) -> sc.SearchEngine:
    return sc.SearchEngine.build(sc.Corpus.from_texts(classic.SENTENCES), encoder=encoder)


@pytest.mark.model
@pytest.mark.parametrize("query", classic.QUERIES)
def test_every_sentence_stands_in_the_table_best_first(engine: sc.SearchEngine, query: str) -> None:
    hits = engine.search(query, k=5)
    shown = re.findall(r'<td class="whole">\d\. (.*?)</td>', readings_html(hits))
    assert shown == list(hits.texts)


@pytest.mark.model
def test_the_finding_names_the_sentence_that_the_z_snippet_would_put_first(
    engine: sc.SearchEngine,
) -> None:
    html = readings_html(engine.search("A feline relaxes.", k=5))
    assert "1/(1 + z) gives it −1.99 and would rank sentence 2 first." in html


@pytest.mark.model
def test_a_sentence_and_its_negation_are_close_by_cosine(encoder: sc.Encoder) -> None:
    cosines = [float(found) for found in re.findall(r"<b>(0\.\d+)</b>", opposites_html(encoder))]
    assert len(cosines) == 3
    assert min(cosines) > 0.7


def test_all_three_snippets_stand_beside_what_to_write_instead() -> None:
    html = snippets_html(FittedLines(0.31, 0.77, 1.5))
    assert html.count("What to write instead") == 3
    assert html.index("falls by 0.31 per unit") > html.index("3 · Fit a line")
    assert "With matching rows it falls by 0.77, and at distance 0 it predicts 1.50" in html
    assert "falls by" not in snippets_html()
    assert "AutoModel.from_pretrained(name)" in html


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.usefixtures("few_draws")
def test_what_to_write_instead_runs_as_shown(
    sample_engine: sc.SearchEngine, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    known: dict[str, Any] = {"sentences": classic.SENTENCES, "query": classic.QUERIES[0]}
    for snippet in SNIPPETS[:2]:
        exec(snippet.here, known)  # noqa: S102 - the code that the page shows
    assert "squared_l2 " in capsys.readouterr().out
    assert known["bars"].scores[0] == 1
    monkeypatch.chdir(EXAMPLES)  # where judgements of a whole collection are
    known |= {"engine": sample_engine, "hits": sample_engine.search(classic.QUERIES[0], k=5)}
    exec(SNIPPETS[2].here, known)  # noqa: S102 - the code that the page shows
    assert "on unseen queries" in capsys.readouterr().out
    assert known["calibrated"].scale.name == "expected_relevance"


@pytest.mark.model
@pytest.mark.slow
def test_the_usual_snippets_run_and_make_the_mistakes_that_are_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import faiss
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import MinMaxScaler, StandardScaler
    from transformers import AutoModel, AutoTokenizer

    known: dict[str, Any] = {
        "np": np, "faiss": faiss, "AutoModel": AutoModel, "AutoTokenizer": AutoTokenizer,
        "LinearRegression": LinearRegression, "train_test_split": train_test_split,
        "MinMaxScaler": MinMaxScaler, "StandardScaler": StandardScaler,
        "name": str(find_weights(MODELS[DEFAULT_MODEL])),
        "sentences": list(classic.SENTENCES), "query": classic.QUERIES[0],
        "other": classic.QUERIES[1],
    }  # fmt: skip
    for snippet in SNIPPETS:
        exec(snippet.usual, known)  # noqa: S102 - the code that the page shows
    assert "A fluffy cat naps." in capsys.readouterr().out.splitlines()[0]
    assert known["minmax"].max() == pytest.approx(1)
    assert known["relevance"][0] < 0  # the best hit turns negative
    assert known["predicted"].shape == (2,)  # two numbers, for five sentences


def test_the_papers_are_named_and_linked() -> None:
    _, papers = lists_html().split('id="papers"')
    for name in ("Johnson", "Vaswani", "Manning", "Guo", "Platt", "Zadrozny", "Radovanović"):
        assert re.search(rf'<a href="https://[^"]+">{name}', papers)
