"""Which text belongs to which vector of an index that keeps ids of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from search_core.corpus import Corpus
from search_core.errors import CorpusError, several
from search_core.mistakes import explain_mistakes
from search_core.vectors import Positions, Rows


@explain_mistakes
def match_texts(
    held: Positions, texts: Iterable[str], ids: Iterable[object] | None = None
) -> tuple[Corpus, Rows]:
    """Find the text of each vector: by its id where the ids are those of the index, else in order.

    Parameters
    ----------
    held:
        The ids that the index gives its vectors, in the order in which it keeps them; shape (n,).
    texts:
        One a vector, in that order. Where each comes with an id of the index they may stand in any
        order, and there may be more of them, as after `remove_ids`: the others are left out, and a
        note of the collection says so.
    ids:
        One a text. Without them the documents have the ids of the index.

    Returns
    -------
    The collection, one document a vector in the order of the vectors; and which of the texts each
    of them is, shape (n,).

    Raises
    ------
    CorpusError
        There are more or fewer texts than vectors, a vector's id comes with no text, or texts and
        ids make no collection.

    Examples
    --------
    >>> corpus, _ = sc.match_texts(np.array([71, 70]), ["a cat", "a dog"], ids=[70, 71])
    >>> corpus.texts
    ('a dog', 'a cat')
    """
    given = several(texts, "texts", CorpusError)
    own = [str(number) for number in held.tolist()]
    names = None if ids is None else [str(name) for name in several(ids, "ids", CorpusError)]
    if names is not None and len(names) != len(given):
        raise CorpusError(
            f"{len(given)} texts and {len(names)} ids were given; give each text an id."
        )
    rows = _rows(own, len(given), names)
    named = own if names is None else [names[row] for row in rows]
    corpus = Corpus.from_texts([given[row] for row in rows], named)
    return _noted(corpus, len(given)), np.array(rows, dtype=np.intp)


def _rows(own: Sequence[str], texts: int, names: Sequence[str] | None) -> list[int]:
    """Return which text each vector is."""
    row_of = _row_of(texts, names)
    without = [name for name in own if name not in row_of]
    if names is not None and not without:
        return [row_of[name] for name in own]
    if len(own) == texts and (names is None or len(without) == len(own)):
        return list(range(texts))
    has_gaps = own != [str(number) for number in range(len(own))]
    if names is None and not without and has_gaps:  # numbered from 0, before some were removed
        return [row_of[name] for name in own]
    if names is None or len(without) == len(own):
        raise CorpusError(
            f"The index holds {len(own)} vectors, and {texts} texts were given; give the text of "
            "each vector, in the order in which they were added, or each text with its id of the "
            "index."
        )
    raise CorpusError(
        f"The index holds a vector under the id {without[0]}, and no text has that id; give a text "
        "for each id of the index, or leave the ids out and give the texts in the order of the "
        "index."
    )


def _row_of(texts: int, names: Sequence[str] | None) -> dict[str, int]:
    if names is None:
        return {str(row): row for row in range(texts)}
    row_of: dict[str, int] = {}
    for row, name in enumerate(names):
        if name in row_of:
            raise CorpusError(f"The id '{name[:40]}' is given twice; name every text once.")
        row_of[name] = row
    return row_of


def _noted(corpus: Corpus, texts: int) -> Corpus:
    left_out = texts - len(corpus)
    if not left_out:
        return corpus
    one = left_out == 1
    note = (
        f"{left_out:,} {'text is' if one else 'texts are'} not in the index and "
        f"{'was' if one else 'were'} left out."
    )
    return replace(corpus, notes=(*corpus.notes, note))
