"""A visitor's FAISS index with its texts: searched by its own vectors, which are not made anew."""

from __future__ import annotations

from dataclasses import replace

import search_core as sc
from search_ui.visit.workspace import Workspace


def indexed(workspace: Workspace, index: bytes | None, texts: bytes | None) -> sc.SearchEngine:
    """Read an index file and the texts of its vectors, and see that the model in use made them.

    The index is searched exactly, whatever kind it is; only a few of the texts are embedded.

    Parameters
    ----------
    workspace:
        The visitor's work, which knows the model.
    index:
        The content of a file that `faiss.write_index` wrote.
    texts:
        A file of texts in the order of the index, or with ids that the index has.

    Raises
    ------
    CorpusError
        A file is missing, the texts cannot be read, do not fit the index, or are too many.
    IndexSpecError
        The index cannot be read, or its vectors are not of unit length.
    EncoderError
        Another model made the vectors, or they belong to other texts.
    """
    if index is None or texts is None:
        missing = "index file" if index is None else "file with the texts"
        raise sc.CorpusError(f"There is no {missing} yet; add it.")
    found = sc.read_index_file(index)
    _check_size(found)
    corpus = _named(found, sc.read_corpus(texts, limits=sc.PUBLIC))
    encoder = workspace.sample.encoder
    sc.check_belong_together(found.vectors, corpus, encoder)
    engine = sc.SearchEngine.from_vectors(corpus, encoder, found.vectors)
    engine.background(corpus.texts[0])  # so that the first question does not wait for it
    return engine


def _check_size(found: sc.IndexFile) -> None:
    most = sc.PUBLIC.documents
    if not 0 < len(found.ids) <= most:
        raise sc.CorpusError(
            f"The index holds {len(found.ids):,} vectors; at least 1 and at most {most:,} are "
            "taken here, so give a part of it or run Score Sense on your own machine."
        )


def _named(found: sc.IndexFile, read: sc.Corpus) -> sc.Corpus:
    """Return one document a vector; texts that came without ids have those of the index."""
    is_numbered = read.ids == tuple(map(str, range(len(read))))
    corpus, _ = sc.match_texts(found.ids, read.texts, None if is_numbered else read.ids)
    return replace(corpus, notes=(*read.notes, *corpus.notes))
