"""pgvector; see `search_core.adapters.pgvector`."""

from search_core.adapters.pgvector import hits as hits
