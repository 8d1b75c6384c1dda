"""How a retriever or a store of another library is asked."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any, Protocol

from search_core.adapters import chroma
from search_core.adapters.results import ScoredBy
from search_core.engine import SearchEngine
from search_core.errors import InputError
from search_core.stores.engine import StoreEngine

Search = Callable[[str], Any]
"""From a query to what a library found for it."""


class LangChainStore(Protocol):
    """A vector store of LangChain."""

    @property
    def similarity_search_with_score(self) -> Any:
        """Finds documents with their scores."""
        ...


class LangChainRetriever(Protocol):
    """A retriever of LangChain: the one of a store, or another, whose documents have no scores."""

    @property
    def _get_relevant_documents(self) -> Any: ...


class LlamaIndexRetriever(Protocol):
    """A retriever of LlamaIndex."""

    @property
    def aretrieve(self) -> Any:
        """Finds nodes."""
        ...


class LlamaIndexIndex(Protocol):
    """An index of LlamaIndex."""

    @property
    def index_struct(self) -> Any:
        """What it holds."""
        ...


class HaystackRetriever(Protocol):
    """A retriever of Haystack, asked with a query or with its vector."""

    @property
    def __haystack_input__(self) -> Any: ...


class ChromaCollection(Protocol):
    """A collection of Chroma that embeds queries itself."""

    @property
    def configuration(self) -> Any:
        """How it compares vectors."""
        ...


Searchable = (
    Search | SearchEngine | StoreEngine | LangChainStore | LangChainRetriever | LlamaIndexRetriever
    | LlamaIndexIndex | HaystackRetriever | ChromaCollection
)  # fmt: skip
"""What is asked with a query: a function, or a retriever or a store of another library."""


def search_of(given: Any, within: SearchEngine | StoreEngine | None) -> Search | None:
    """Return how something is searched, None where it is nothing that is.

    How many hits there are is the retriever's own setting, or the store's.

    Raises
    ------
    InputError
        A Haystack retriever takes a query's vector, and there is no collection to embed it.
    """
    if isinstance(given, SearchEngine | StoreEngine):
        return given.search
    for member, search in _SEARCHED:
        if hasattr(given, member):
            return search(given)
    if hasattr(given, "__haystack_input__"):
        return _of_haystack(given, within)
    return given if callable(given) and not isinstance(given, type) else None


def engine_of(given: Any) -> ScoredBy | None:
    """Return what shows the scores of a store, where the store says so."""
    return chroma.engine_of(given) if hasattr(given, "configuration") else None


def _of_langchain_retriever(given: Any) -> Search:
    if not hasattr(given, "vectorstore"):
        return given.invoke  # type: ignore[no-any-return]
    # The store behind a retriever is asked, for that drops the scores.
    kept = {name: each for name, each in given.search_kwargs.items() if name in ("k", "filter")}
    return lambda query: given.vectorstore.similarity_search_with_score(query, **kept)


def _of_haystack(given: Any, within: SearchEngine | StoreEngine | None) -> Search:
    if "query_embedding" not in signature(given.run).parameters:
        return lambda query: given.run(query=query)
    if within is None:
        raise InputError(
            f"A {type(given).__name__} is asked with a vector; give within=engine, whose encoder "
            "makes one, or a function that searches."
        )
    return lambda query: given.run(query_embedding=within.query_vectors([query])[0].tolist())


_SEARCHED: tuple[tuple[str, Callable[[Any], Search]], ...] = (
    ("_get_relevant_documents", _of_langchain_retriever),
    ("similarity_search_with_score", lambda store: store.similarity_search_with_score),
    ("aretrieve", lambda retriever: retriever.retrieve),
    ("index_struct", lambda index: index.as_retriever().retrieve),
    ("configuration", lambda store: lambda query: store.query(query_texts=[query])),
)
"""What a retriever or a store is known by, and how it is asked."""
