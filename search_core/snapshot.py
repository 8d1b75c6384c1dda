"""One state of a collection, which never changes: an engine that grows swaps it for the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property

from search_core.corpus import Corpus
from search_core.encoder import Vectors
from search_core.features import FeatureSpace
from search_core.index.store import VectorStore
from search_core.normalizers.background import CollectionBackground


class Snapshot:
    """A collection with its index, and with what is learned of it when first asked for.

    Whoever searches takes the engine's snapshot once and asks it for everything, so that texts,
    vectors and index are of one moment.

    Attributes
    ----------
    corpus, store:
        The documents, and the index of their vectors.
    vectors:
        float32 unit vectors of the documents, shape (n, dim), read-only.
    """

    def __init__(self, corpus: Corpus, store: VectorStore, vectors: Vectors) -> None:
        self.corpus = corpus
        self.store = store
        self.vectors = vectors
        self.vectors.flags.writeable = False
        self._background: CollectionBackground | None = None
        # What is computed once takes seconds, and searches need not wait for it.
        self._once_lock = threading.Lock()

    def background(self, questions: Callable[[], Vectors]) -> CollectionBackground:
        """Return the background of the collection; `questions` gives the unrelated ones' vectors.

        They are asked for only when the background is first wanted.
        """
        with self._once_lock:
            if self._background is None:
                self._background = CollectionBackground.build(self.vectors, questions())
            return self._background

    @property
    def features(self) -> FeatureSpace:
        """The collection, ready to place pairs in it."""
        with self._once_lock:
            return self._features

    @cached_property
    def _features(self) -> FeatureSpace:
        return FeatureSpace.build(self.vectors, self.corpus.texts)

    def changed_to(self, corpus: Corpus, vectors: Vectors) -> Snapshot:
        """Return the next state; this one stays as it is, for the searches that are in it."""
        return Snapshot(corpus, self.store.with_vectors(vectors), vectors)
