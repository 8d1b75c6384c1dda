"""Qdrant; see `search_core.adapters.qdrant`."""

from search_core.adapters.qdrant import engine_of as engine_of, hits as hits
