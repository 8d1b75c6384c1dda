"""sentence-transformers; see `search_core.adapters.sentence_transformers`."""

from search_core.adapters.sentence_transformers import hits as hits, reranked as reranked
