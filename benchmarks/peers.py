"""What the benchmarks measure, and what they measure it against; each made in its own process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
Answers = tuple[list[list[int]], float]
"""The positions of each query's ten best documents, and the median seconds of a query."""

BATCH = 32  # sentence-transformers' own default
FIRST = 10


def model_folder() -> Path:
    """Return the folder of the default model, which both sides load."""
    from search_core.encoder.models import find_weights, model_record

    return find_weights(model_record("all-MiniLM-L6-v2"))


def ours() -> Encode:
    """Return this project's encoder."""
    import search_core as sc

    return sc.load_encoder().encode_documents


def sentence_transformers() -> Encode:
    """Return sentence-transformers' encode, as its documentation calls it."""
    from sentence_transformers import SentenceTransformer

    _without_progress_bars()
    model = SentenceTransformer(str(model_folder()), device="cpu")

    def encode(texts: Sequence[str]) -> Vectors:
        vectors: Vectors = model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors

    return encode


def classic_loop() -> Encode:
    """Return the loop of many tutorials: one text at a time through AutoModel, averaged."""
    tokenizer, model = _automodel()
    return lambda texts: np.vstack([_embed(tokenizer, model, text) for text in texts])


def our_search(documents: Sequence[str]) -> Callable[[Sequence[str]], Answers]:
    """Return the engine's search over `documents`."""
    engine = _engine(documents)
    return _one_by_one(lambda query: list(engine.search(query, FIRST).positions))


def our_search_without_embedding(
    documents: Sequence[str],
) -> Callable[[Sequence[str]], float]:
    """Return what takes the median seconds of a search whose query is embedded already."""
    engine = _engine(documents)

    def run(queries: Sequence[str]) -> float:
        for query in queries:
            engine.query_vector(query)  # remembered, so the search does not embed it again
        return _median_of(lambda query: engine.search(query, FIRST))(queries)

    return run


def our_encoder_alone() -> Callable[[Sequence[str]], float]:
    """Return what takes the median seconds of embedding one query."""
    import search_core as sc

    encoder = sc.load_encoder()
    return _median_of(lambda query: encoder.encode_queries([query]))


def peer_encoder_alone() -> Callable[[Sequence[str]], float]:
    """Return what takes the median seconds of embedding one query by sentence-transformers."""
    encode = sentence_transformers()
    return _median_of(lambda query: encode([query]))


def sentence_transformers_and_faiss(
    documents: Sequence[str],
) -> Callable[[Sequence[str]], Answers]:
    """Return a search by sentence-transformers and a flat FAISS index over `documents`."""
    import faiss

    encode = sentence_transformers()
    vectors = encode(documents)
    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    return _one_by_one(lambda query: index.search(encode([query]), FIRST)[1][0].tolist())


def classic_snippet(documents: Sequence[str]) -> Callable[[Sequence[str]], Answers]:
    """Return the classic snippet as written: every call loads tokenizer and model again."""
    import faiss

    vectors = classic_loop()(documents)
    index: Any = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)

    def search(query: str) -> list[int]:
        found: list[int] = index.search(_embed(*_automodel(), query), FIRST)[1][0].tolist()
        return found

    return _one_by_one(search)


def _engine(documents: Sequence[str]) -> Any:
    import search_core as sc

    return sc.SearchEngine.build(
        sc.Corpus.from_texts(documents), sc.load_encoder(), sc.IndexSpec(metric="cosine")
    )


def _automodel() -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer

    _without_progress_bars()
    folder = model_folder()
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    return tokenizer, AutoModel.from_pretrained(folder).eval()


def _without_progress_bars() -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()


def _embed(tokenizer: Any, model: Any, text: str) -> Vectors:
    import torch

    inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
    with torch.no_grad():
        hidden = model(**inputs).last_hidden_state
    unit: Vectors = torch.nn.functional.normalize(hidden.mean(dim=1), dim=1).numpy()
    return unit


def _median_of(work: Callable[[str], Any]) -> Callable[[Sequence[str]], float]:
    def run(queries: Sequence[str]) -> float:
        return statistics.median(_timed(work, query)[1] for query in queries)

    return run


def _one_by_one(search: Callable[[str], list[int]]) -> Callable[[Sequence[str]], Answers]:
    def run(queries: Sequence[str]) -> Answers:
        found, seconds = zip(*(_timed(search, query) for query in queries), strict=True)
        return list(found), statistics.median(seconds)

    return run


def _timed(work: Callable[[str], Any], query: str) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work(query)
    return result, time.perf_counter() - started
