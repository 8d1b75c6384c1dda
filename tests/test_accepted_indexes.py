"""The tables of accepted indexes, index files and encoders: each row does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
import scipy
import torch

import search_core as sc

DOCUMENT = (Path(__file__).resolve().parent.parent / "docs" / "accepted.md").read_text("utf-8")
DIM, COUNT = 16, 300
IDS = np.arange(COUNT)[::-1] * 7 + 2000
NAMES = {"faiss": faiss, "np": np, "torch": torch, "scipy": scipy, "d": DIM}


def unit_vectors() -> np.ndarray[Any, np.dtype[np.float32]]:
    vectors = np.random.default_rng(0).standard_normal((COUNT, DIM))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


VECTORS = unit_vectors()
TEXTS = [f"parcel {n}" for n in range(COUNT)]
ROW_OF = {text: row for row, text in enumerate(TEXTS)}


def rows(first_column: str) -> list[list[str]]:
    """Return the cells of each row of the table whose header begins so."""
    start = DOCUMENT.index(f"| {first_column} |")
    table = DOCUMENT[start:].split("\n\n")[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def code_in(cell: str) -> str:
    (code,) = re.findall("`([^`]+)`", cell)[:1]
    return str(code)


def encoder() -> sc.Encoder:
    return sc.encoder_from(
        lambda texts: [VECTORS[ROW_OF.get(text, len(text))] for text in texts], name="lookup"
    )


def filled(cell: str, how: str = "`add`") -> Any:
    index: Any = eval(code_in(cell), NAMES)  # noqa: S307 - a cell of our own document
    index.train(VECTORS)
    index.add_with_ids(VECTORS, IDS) if "add_with_ids" in how else index.add(VECTORS)
    if "remove_ids" in how:
        index.remove_ids(IDS[[2, 9]])
    if hasattr(index, "nprobe"):
        index.nprobe = 4
    return index


@pytest.mark.parametrize(("made", "how", "also", "ids"), rows("index | filled by"))
def test_an_index_is_searched_as_its_row_says(made: str, how: str, also: str, ids: str) -> None:
    given: dict[str, Any] = {"vectors": VECTORS} if "vectors=" in also else {}
    if "ids=" in also:
        given["ids"] = IDS
    index = filled(made, how)
    if "vectors" in given:
        with pytest.raises(sc.IndexSpecError, match="exact vectors"):
            sc.SearchEngine.from_faiss(index, TEXTS, encoder())
    engine = sc.SearchEngine.from_faiss(index, TEXTS, encoder(), **given)
    engine.shortlist = 100
    hits = engine.search(TEXTS[40], 3)
    assert hits.texts[0] == TEXTS[40]
    assert hits.ids[0] == (str(IDS[40]) if ids == "of the index" else "40")
    assert hits.cosines()[0] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("made", "said"), rows("index | what is said"))
def test_an_index_is_refused_as_its_row_says(made: str, said: str) -> None:
    index: Any = eval(code_in(made), NAMES)  # noqa: S307 - a cell of our own document
    vectors = VECTORS * 3 if made.startswith("vectors × 3") else VECTORS.copy()
    if made.startswith("one NaN"):
        vectors[5, 0] = np.nan
    if made.startswith("one id twice"):
        index.add_with_ids(vectors, IDS[[1, *range(1, COUNT)]])
    elif not isinstance(index, faiss.IndexBinary):
        index.train(vectors)
        index.add(vectors)
    with pytest.raises(sc.IndexSpecError, match=re.escape(said)):
        sc.SearchEngine.from_faiss(index, TEXTS, encoder())


@pytest.mark.parametrize(("factory", "taken"), rows("`faiss.index_factory(d, …)`"))
def test_a_file_is_read_as_its_row_says(factory: str, taken: str) -> None:
    made = f'`faiss.index_factory(d, "{code_in(factory)}")`'
    index = filled(made, "`add_with_ids`" if "IDMap" in factory else "`add`")
    content = faiss.serialize_index(index).tobytes()
    if taken == "yes":
        assert sc.read_index_file(content).vectors.tolist() == VECTORS.tolist()
        return
    with pytest.raises(sc.IndexSpecError, match="does not keep its vectors whole"):
        sc.read_index_file(content)


@pytest.mark.parametrize(("returned", "taken"), rows("the function returns"))
def test_a_function_is_an_encoder_as_its_row_says(returned: str, taken: str) -> None:
    def function(texts: list[str]) -> Any:
        letters = np.random.default_rng(0).standard_normal((256, DIM))
        x = np.array([letters[list(text.encode())].sum(axis=0) for text in texts])
        return eval(code_in(returned), {**NAMES, "x": x})  # noqa: S307 - our own document

    if taken == "no":
        with pytest.raises(sc.EncoderError):
            sc.encoder_from(function, name="letters")
        return
    vectors = sc.encoder_from(function, name="letters").encode_documents(["a ladder"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0], abs=1e-6)
