"""Any function that turns texts into vectors becomes an encoder, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

import search_core as sc

Rows = npt.NDArray[np.float64]

DIM = 24


def rows(texts: list[str], seed: int = 0) -> Rows:
    """Return a vector a text, of any length, that its letters decide."""
    letters = np.random.default_rng(seed).standard_normal((256, DIM))
    return np.array([letters[list(text.encode())].sum(axis=0) + 0.1 for text in texts])


def unit(texts: list[str]) -> Rows:
    made = rows(texts)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))


@pytest.mark.parametrize(
    "returned",
    [
        lambda made: made,
        lambda made: made.astype(np.float32),
        lambda made: made.tolist(),
        lambda made: tuple(map(tuple, made)),
        lambda made: (row for row in made),
        lambda made: torch.from_numpy(made).requires_grad_(),
        lambda made: list(torch.from_numpy(made)),
        lambda made: np.asfortranarray(made),
    ],
)
def test_whatever_libraries_return_becomes_unit_vectors(returned: Callable[[Rows], Any]) -> None:
    own = sc.encoder_from(lambda texts: returned(rows(texts)), name="letters", dim=DIM)
    vectors = own.encode_documents(["a ladder", "a lamp"])
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert vectors == pytest.approx(unit(["a ladder", "a lamp"]), abs=1e-6)


def test_it_says_whether_it_brings_vectors_to_unit_length() -> None:
    long, short = (sc.encoder_from(made, name="letters") for made in (rows, unit))
    assert "brought to length 1 here" in long.notes[0]
    assert "brought to unit length" in repr(long)
    assert short.notes == ()
    texts = ["a ladder"]
    assert short.encode_documents(texts).tolist() == unit(texts).astype(np.float32).tolist()


def test_it_is_an_encoder_that_an_engine_searches_with() -> None:
    own = sc.encoder_from(rows, name="letters")
    assert isinstance(own, sc.Encoder)
    corpus = sc.Corpus.from_texts(["a ladder", "a lamp", "seven swans"])
    engine = sc.SearchEngine.build(corpus, own)
    assert engine.search("seven swans", 1).texts == ("seven swans",)
    assert engine.scale.source == own.fingerprint


@pytest.mark.slow
@pytest.mark.model
def test_a_calibrator_on_an_own_function_is_stored_and_comes_back(
    encoder: sc.Encoder, sample_corpus: sc.Corpus, sample_labels: sc.Labels
) -> None:
    own = sc.encoder_from(encoder.encode_documents, name="acme/embed-3")
    engine = sc.SearchEngine.build(sample_corpus, own)
    fitted = sc.fit_calibrator(engine.score_labels(sample_labels), "platt", seed=0).calibrator
    again = sc.load_calibrator(fitted.to_json())
    hits = engine.search("How do I get rid of limescale?", 5)
    assert again.apply(hits, engine).scores.tolist() == fitted.apply(hits, engine).scores.tolist()
    assert again.scale.source == own.fingerprint


@pytest.mark.model
def test_the_default_model_as_a_function_scores_as_itself(
    encoder: sc.Encoder, sample_corpus: sc.Corpus
) -> None:
    own = sc.encoder_from(encoder.encode_documents, name="the same", dim=encoder.dim)
    corpus = sc.Corpus.from_texts(sample_corpus.texts[:40])
    question = "How do I get rid of limescale?"
    hits = sc.SearchEngine.build(corpus, own).search(question, 5)
    expected = sc.SearchEngine.build(corpus, encoder).search(question, 5)
    assert hits.ids == expected.ids
    assert hits.cosines() == pytest.approx(expected.cosines(), abs=1e-6)


def test_queries_may_have_a_function_and_prefixes_of_their_own() -> None:
    heard: list[str] = []

    def listening(texts: list[str]) -> Rows:
        heard.extend(texts)
        return rows(texts)

    own = sc.encoder_from(
        listening, name="two towers", queries=lambda texts: rows(texts, seed=1),
        document_prefix="passage: ", query_prefix="query: ",
    )  # fmt: skip
    heard.clear()
    own.encode_documents(["swans"])
    assert heard == ["passage: swans"]
    asked = own.encode_queries(["swans"])[0]
    expected = rows(["query: swans"], seed=1)[0]
    assert asked == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)
    assert own.query_prefix == "query: "


def test_many_texts_go_to_the_function_in_batches_between_which_work_can_stop() -> None:
    sizes: list[int] = []
    steps: list[tuple[int, int]] = []

    def counting(texts: list[str]) -> Rows:
        sizes.append(len(texts))
        return rows(texts)

    own = sc.encoder_from(counting, name="letters")
    sizes.clear()
    texts = [f"swan {n}" for n in range(150)]
    vectors = own.encode_documents(texts, lambda *step: steps.append(step))
    assert vectors == pytest.approx(unit(texts), abs=1e-6)
    assert sizes == [128, 22]
    assert steps == [(128, 150), (150, 150)]
    assert own.encode_documents([]).shape == (0, DIM)


def test_the_fingerprint_tells_models_apart_and_not_machines() -> None:
    def made(function: Any = rows, **more: Any) -> str:
        return sc.encoder_from(function, name=more.pop("name", "letters"), **more).fingerprint

    def elsewhere(texts: list[str]) -> Rows:
        return rows(texts) * (1 + 1e-7 * np.sin(np.arange(DIM)))

    assert made() == made() == made(elsewhere) == made(unit)
    others = {
        made(lambda texts: rows(texts, seed=1)), made(name="other"), made(query_prefix="query: "),
        made(document_prefix="passage: "), made(queries=lambda texts: rows(texts, seed=1)),
    }  # fmt: skip
    assert len(others) == 5
    assert made() not in others
    assert made(fingerprint="v3 of May") == "v3 of May"


def test_an_index_of_another_model_is_noticed_through_a_function_too() -> None:
    import faiss

    texts = [f"swan {n}" for n in range(20)]
    index: Any = faiss.IndexFlatIP(DIM)
    index.add(unit(texts).astype(np.float32))
    engine = sc.SearchEngine.from_faiss(index, texts, sc.encoder_from(rows, name="letters"))
    assert engine.search("swan 7", 1).ids == ("7",)
    other = sc.encoder_from(lambda asked: rows(asked, seed=1), name="other letters")
    with pytest.raises(sc.EncoderError, match="not made by this model"):
        sc.SearchEngine.from_faiss(index, texts, other)


async def awaited(texts: list[str]) -> Rows:
    return rows(texts)


def with_hole(value: float) -> Callable[[list[str]], Rows]:
    def function(texts: list[str]) -> Rows:
        made = rows(texts)
        made[-1, 3] = value
        return made

    return function


def sorted_rows(texts: list[str]) -> Rows:
    return rows(sorted(texts))


def centred(texts: list[str]) -> Rows:
    made = rows(texts)
    return made - made.mean(axis=0) + 1e-3


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("all-MiniLM-L6-v2", "A function was expected, and what was given is of type str"),
        (awaited, "is async"),
        (lambda texts: awaited(texts), "something to be awaited"),
        (lambda texts: None, "returned something of type NoneType"),
        (lambda texts: {"data": rows(texts)}, "returned something of type dict"),
        (lambda texts: rows(texts)[0], r"shape \(24,\) for 8 texts.*single text"),
        (lambda texts: rows(texts)[:1], r"shape \(1, 24\) for 8 texts"),
        (lambda texts: rows(texts)[np.newaxis], r"shape \(1, 8, 24\)"),
        (lambda texts: [row[: 3 + n % 2] for n, row in enumerate(rows(texts))], "no array of num"),
        (lambda texts: [["a"] for _ in texts], "no array of numbers"),
        (lambda texts: rows(texts).astype(complex), "no array of numbers"),
        (lambda texts: rows(texts)[:, :0], r"shape \(8, 0\)"),
        (with_hole(np.nan), "Vector 7 holds a number that is not finite"),
        (with_hole(1e300), "Vector 7 holds a number that is not finite"),
        (lambda texts: rows(texts) * 0, "a vector of zeros"),
        (sorted_rows, "another vector alone than in a list"),
        (centred, "another vector alone than in a list"),
    ],
)
def test_a_plain_mistake_gets_one_sentence(function: Any, words: str) -> None:
    with pytest.raises(sc.EncoderError, match=words):
        sc.encoder_from(function, name="letters")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": " "}, "give the model's name"),
        ({"name": "letters", "dim": 0}, "dim is 0"),
        ({"name": "letters", "dim": 384}, "vectors of 24 numbers, and 384 were expected"),
        ({"name": "letters", "query_prefix": None}, "query_prefix is None"),
        ({"name": "letters", "queries": "query"}, "A function was expected"),
    ],
)
def test_names_lengths_and_prefixes_are_looked_at(arguments: Any, words: str) -> None:
    with pytest.raises(sc.EncoderError, match=words):
        sc.encoder_from(rows, **arguments)


def test_what_goes_wrong_later_is_named_then() -> None:
    is_broken = False

    def failing(texts: list[str]) -> Rows:
        return rows(texts)[:, :3] if is_broken else rows(texts)

    own = sc.encoder_from(failing, name="letters")
    is_broken = True
    with pytest.raises(sc.EncoderError, match="vectors of 3 numbers, and 24 were expected"):
        own.encode_queries(["swan"])


def test_what_a_function_raises_itself_get_one_sentence_that_keeps_its_cause() -> None:
    def down(texts: list[str]) -> Rows:
        raise ConnectionError("no route to host\nTraceback of the client")

    with pytest.raises(sc.EncoderError) as caught:
        sc.encoder_from(down, name="service")
    assert str(caught.value).startswith(
        "The function of 'service' raised ConnectionError: no route to host Traceback of the "
        "client when it got a list of 8 texts."
    )
    assert isinstance(caught.value.__cause__, ConnectionError)


def test_a_function_that_takes_one_text_is_told_to_be_wrapped() -> None:
    with pytest.raises(sc.EncoderError, match=r"give lambda texts: \[embed\(text\) for text"):
        sc.encoder_from(lambda text: rows([text.upper()]), name="one")  # type: ignore[attr-defined]


def test_a_function_that_fails_later_is_told_as_at_first() -> None:
    own = sc.encoder_from(lambda texts: rows(texts) if len(texts) != 3 else 1 / 0, name="at times")
    with pytest.raises(sc.EncoderError, match="raised ZeroDivisionError"):
        own.encode_documents(["a", "b", "c"])


def test_one_vector_for_all_texts_is_no_model() -> None:
    with pytest.raises(sc.EncoderError, match="one and the same vector"):
        sc.encoder_from(lambda texts: np.full((len(texts), 4), 0.5), name="stuck")


def test_an_array_of_objects_is_read_where_it_holds_vectors() -> None:
    def column(texts: list[str]) -> object:
        kept = np.empty(len(texts), dtype=object)
        kept[:] = [list(row) for row in rows(texts)]
        return kept

    own = sc.encoder_from(column, name="a data frame's column")
    expected = sc.encoder_from(rows, name="plain").encode_documents(["swans"])
    assert own.encode_documents(["swans"]) == pytest.approx(expected)


class LikeLangChain:
    """An object with the two methods of LangChain's Embeddings."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.calls.append(len(texts))
        return rows(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        self.calls.append(1)
        return (3 * rows([text])[0]).tolist()


class LikeSentenceTransformer:
    """A callable with `encode`, and methods of its own for queries and documents."""

    def __call__(self, features: object) -> object:
        raise AssertionError("a network is called by its own library alone")

    def encode(self, texts: list[str]) -> Rows:
        return rows(texts)

    def encode_document(self, texts: list[str]) -> Rows:
        return rows([f"passage: {text}" for text in texts])

    def encode_query(self, texts: list[str]) -> Rows:
        return rows([f"query: {text}" for text in texts])


def test_embeddings_of_langchain_embed_queries_and_documents_each_in_their_way() -> None:
    own = sc.encoder_from(LikeLangChain(), name="letters")
    assert own.encode_queries(["a lamp"]) == pytest.approx(unit(["a lamp"]), abs=1e-6)
    assert own.encode_documents(["a lamp"]) == pytest.approx(unit(["a lamp"]), abs=1e-6)


def test_a_sentence_transformer_puts_its_own_prompts_before_texts() -> None:
    own = sc.encoder_from(LikeSentenceTransformer(), name="letters")
    assert own.encode_queries(["a lamp"]) == pytest.approx(unit(["query: a lamp"]), abs=1e-6)
    assert own.encode_documents(["a lamp"]) == pytest.approx(unit(["passage: a lamp"]), abs=1e-6)


@pytest.mark.slow
@pytest.mark.model
def test_a_real_sentence_transformer_is_an_encoder(encoder: sc.Encoder) -> None:
    library = pytest.importorskip("sentence_transformers")
    from search_core.encoder.models import MODELS, find_weights

    model = library.SentenceTransformer(str(find_weights(MODELS[sc.DEFAULT_MODEL])))
    own = sc.encoder_from(model, name="all-MiniLM-L6-v2")
    texts = ["How do I descale a kettle?", "Vinegar dissolves limescale."]
    assert own.encode_queries(texts) == pytest.approx(encoder.encode_queries(texts), abs=1e-4)


def test_calls_are_counted_before_they_are_made(caplog: pytest.LogCaptureFixture) -> None:
    model = LikeLangChain()
    own = sc.encoder_from(model, name="letters", batch=10)
    model.calls.clear()
    assert own.calls_for(25, queries=2) == 5
    with caplog.at_level("INFO", logger="search_core"):
        own.encode_documents([f"text {n}" for n in range(25)])
    assert caplog.messages == ["letters: 3 calls for 25 texts"]
    own.encode_queries(["one", "two"])
    assert model.calls == [10, 10, 5, 1, 1]


def test_vectors_of_another_length_are_refused_where_they_are_not_to_be_changed() -> None:
    assert sc.encoder_from(unit, name="letters", normalize=False).notes == ()
    with pytest.raises(sc.EncoderError, match=r"have length .* and normalize is False"):
        sc.encoder_from(rows, name="letters", normalize=False)


def test_a_service_that_changes_its_model_is_found_out() -> None:
    seed = [0]
    own = sc.encoder_from(lambda texts: rows(texts, seed[0]), name="letters")
    own.check()
    own.check(own.fingerprint)
    seed[0] = 1
    with pytest.raises(sc.EncoderError, match=r"'letters' gives '.*' another vector than before"):
        own.check()
    today = sc.encoder_from(lambda texts: rows(texts, seed[0]), name="letters")
    with pytest.raises(sc.EncoderError, match="other vectors than the encoder that was used"):
        today.check(own.fingerprint)


def test_rounding_is_no_other_model() -> None:
    noise = [0.0]
    own = sc.encoder_from(lambda texts: unit(texts) + noise[0], name="letters")
    noise[0] = 1e-4
    own.check()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LikeLangChain, "The class LikeLangChain was given; give an instance"),
        (type("Half", (), {"embed_documents": rows})(), "A Half has no method 'embed_query'"),
        (object(), "of type object; .* or with 'embed_documents' and 'embed_query'"),
    ],
)
def test_what_a_model_lacks_is_named(model: Any, words: str) -> None:
    with pytest.raises(sc.EncoderError, match=words):
        sc.encoder_from(model, name="letters")


@pytest.mark.parametrize("batch", [0, -1, 2.5, "many", True])
def test_a_batch_is_a_whole_number(batch: Any) -> None:
    with pytest.raises(sc.EncoderError, match=r"batch is .*; it must be a whole number of 1"):
        sc.encoder_from(rows, name="letters", batch=batch)
