from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search_core as sc
from search_core.adapters import sentence_transformers as st
from tests.adapters.conftest import QUESTION, assert_as_expected

pytestmark = [pytest.mark.peers, pytest.mark.model]


def test_hits_of_a_semantic_search_get_the_value_that_their_cosine_has(
    sample_engine: sc.SearchEngine,
    asked: list[float],
    fitted: sc.CalibrationResult,
    expected: dict[str, float],
) -> None:
    util = pytest.importorskip("sentence_transformers.util")
    (hits,) = util.semantic_search(
        np.array([asked], dtype=np.float32), sample_engine.vectors, top_k=8
    )
    places = sample_engine.corpus.position_of_id
    numbered = {str(places[name]): value for name, value in expected.items()}
    assert_as_expected(sc.meaningful(hits, fitted, query=QUESTION), numbered)
    read = st.hits(hits, QUESTION, texts=sample_engine.corpus.texts)
    assert read.positions == tuple(hit["corpus_id"] for hit in hits)
    assert read.texts[0] == sample_engine.corpus.texts[read.positions[0]]


def test_hits_of_several_queries_or_of_another_corpus_get_one_sentence() -> None:
    with pytest.raises(sc.InputError, match="A list was given where the hits of one query"):
        st.hits([[{"corpus_id": 0, "score": 0.5}]])
    with pytest.raises(
        sc.InputError, match=r"A hit is text 4 of its corpus, .* 1 texts were given"
    ):
        st.hits([{"corpus_id": 4, "score": 0.5}], texts=["a cat"])


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cross-encoder of the usual kind, tiny and untrained: only what it shows matters here."""
    library = pytest.importorskip("sentence_transformers")
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat", "dog", "sun", "a", "the"]
    tokens = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106
    tokens.pre_tokenizer = Whitespace()
    named = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    folder: Path = tmp_path_factory.mktemp("reranker")
    PreTrainedTokenizerFast(tokenizer_object=tokens, **named).save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(words), intermediate_size=16, num_labels=1, **sizes)
    BertForSequenceClassification(config).save_pretrained(folder)
    return library.CrossEncoder(str(folder), device="cpu")


def test_a_cross_encoder_ranks_by_its_logits_whatever_stands_behind_its_last_layer(
    reranker: Any,
) -> None:
    texts = ["a cat", "the sun", "a dog"]
    hits = st.reranked(reranker, "cat", texts)
    shown = reranker.predict([("cat", texts[place]) for place in hits.positions])
    assert hits.scale.name == "reranker_logit"
    np.testing.assert_allclose(1 / (1 + np.exp(-hits.scores)), shown, atol=1e-6)
    assert [texts[place] for place in hits.positions] == list(hits.texts)


def test_logits_are_calibrated_as_any_other_score(reranker: Any) -> None:
    hits = st.reranked(reranker, "cat", ["a cat", "the sun", "a dog"])
    random = np.random.default_rng(3)
    relevance = random.integers(0, 2, 100)
    logits = hits.scores.mean() + relevance - 0.5 + random.normal(size=100)
    rows = [
        {"query": f"q{row % 20}", "score": logits[row], "relevance": int(relevance[row])}
        for row in range(100)
    ]
    fitted = sc.fit_calibrator(sc.score_pairs(sc.labels_of(rows), hits.scale), "platt")
    found = sc.meaningful(hits, fitted)
    assert [hit.id for hit in found] == list(hits.ids)
    assert all(hit.low and hit.high and hit.low <= hit.value <= hit.high for hit in found)


def test_what_is_no_cross_encoder_get_one_sentence() -> None:
    with pytest.raises(sc.InputError, match="A str was given where a CrossEncoder with one label"):
        st.reranked("ms-marco", "cat", ["a cat"])
